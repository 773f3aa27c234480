"""The main job: take in what is new, build the pages, switch the site."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from analysis.catalogue import Catalogue, load_catalogue
from analysis.errors import ClaimUnsupported, UsageError
from analysis.evidence.protected import PUBLIC, protect
from analysis.reporting.render import Renderer, choose_renderer
from analysis.run.build import build_pages
from analysis.run.cache import PageCache
from analysis.run.claims import FILE as CLAIMS_FILE
from analysis.run.claims import ClaimCheck, check_claims, kept
from analysis.run.gate import close_on_leaks, without_text
from analysis.run.index import build_index, place_of
from analysis.run.manifest import Outcome, manifest, to_json
from analysis.run.news import Standing
from analysis.run.page import PageResult
from analysis.run.plan import Plan, make_plan
from analysis.run.project import Project
from analysis.run.prose import refuse_typed_numbers
from analysis.run.signatures import standing
from analysis.store import Delivery, Store, replace_directory, run_lock, sharing
from analysis.submissions import Receipt, intake
from analysis.submissions.answers import give_answers, owed

SDMX_FILE = "data.sdmx.csv"
DEFAULT_LANGUAGES = ("en", "fr", "nl", "de")

Built = dict[str, tuple[PageResult, Path]]


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line."""

    data: Path
    out: Path
    as_of: str = "latest"
    languages: tuple[str, ...] = DEFAULT_LANGUAGES
    only: tuple[str, ...] = ()
    release: str = "restricted"
    workers: int = 1
    cluster: str = ""
    renderer: str = "auto"


@dataclass(frozen=True)
class Listener:
    """Who is told how it goes; the command line shows it, tests may ignore it."""

    say: Callable[[str], None] = field(default=lambda line: None)
    page: Callable[[PageResult, int, int], None] = field(default=lambda result, done, total: None)


@dataclass(frozen=True)
class _Ground:
    """What every step of one run stands on."""

    project: Project
    request: Request
    catalogue: Catalogue
    renderer: Renderer
    store: Store
    deliveries: Sequence[Delivery]
    as_of: date

    def names(self) -> dict[str, str]:
        """What names the code and the data."""
        return {
            "commit": self.project.commit(),
            "lock": self.project.lock_hash(),
            "code": self.project.code_hash(),
            "rulebook": self.project.rulebook_hash(),
            "reports": self.project.reports_hash(),
            "catalogue": self.catalogue.fingerprint,
            "store": self.store.fingerprint(),
        }


def build_report(project: Project, request: Request, listener: Listener) -> Outcome:
    """Do the whole run under the lock of its data.

    A page that fails does not stop the others, but its site never replaces the last good one: it lands in
    `<out>-failed`. A newly rejected submission gives exit code 3, an approved claim that no
    longer holds 8, on a site that is switched all the same.

    Raises
    ------
    MonitorError
        Whatever makes the whole run pointless: no data, a wrong request, a crashed rule, a held lock.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    choice = choose_renderer(request.renderer, project=project.reports)
    listener.say(choice.notice or f"renderer: {choice.renderer.name} {choice.renderer.version}")
    catalogue = load_catalogue()
    refuse_typed_numbers(catalogue, project.reports)
    with run_lock(request.data, "monitor run"):
        store = Store(request.data)
        deliveries = store.deliveries()
        receipts = _take_in(store, catalogue, deliveries, project, listener)
        as_of = _as_of(request.as_of, store)
        ground = _Ground(project, request, catalogue, choice.renderer, store, deliveries, as_of)
        plan = _plan(ground)
        cache = PageCache(request.data / "processed" / "pages")
        with sharing(request.data / "processed" / "shared"):
            built = _build(ground, plan, cache, listener)
            checked = _checked(ground)
        outcome = _outcome(request, plan, built, receipts, checked, time.monotonic() - clock)
        _publish(ground, plan, built, outcome, checked, started)
        if not outcome.failed and not request.only:
            cache.prune({folder.name for _, folder in built.values()})
            shutil.rmtree(_failed_site(request.out), ignore_errors=True)
        # Last: whatever goes wrong with an answer, the site is built.
        _answer(ground, receipts, listener)
    return outcome


def _plan(ground: _Ground) -> Plan:
    plan = make_plan(
        ground.catalogue,
        ground.project.notebooks,
        as_of=ground.as_of,
        languages=ground.request.languages,
        with_data=_dataflows(ground.store),
        only=ground.request.only,
        public=ground.request.release == PUBLIC,
    )
    if not plan.jobs:
        raise UsageError(
            "a page to build",
            must="one whose data has been received",
            found=sorted(plan.waiting),
            mend="Put files in the raw folder, or give them to `monitor intake`.",
        )
    return plan


def _build(ground: _Ground, plan: Plan, cache: PageCache, listener: Listener) -> Built:
    request = ground.request
    scratch = request.data / "processed" / "building"
    shutil.rmtree(scratch, ignore_errors=True)
    named = {**ground.names(), "renderer": f"{ground.renderer.name} {ground.renderer.version}"}
    named["release"] = request.release
    return build_pages(
        plan.jobs,
        root=ground.project.root,
        data=request.data,
        scratch=scratch,
        cache=cache,
        common={name: value for name, value in named.items() if name != "commit"},
        site_of=lambda job: place_of(job, plan, ground.catalogue, request.languages),
        renderer=request.renderer,
        release=request.release,
        workers=request.workers,
        cluster=request.cluster,
        on_page=listener.page,
    )


def _checked(ground: _Ground) -> ClaimCheck:
    """The claims, checked again only when data, code, catalogue or claims have changed."""
    key = {name: value for name, value in ground.names().items() if name != "commit"}
    data, reports, as_of = ground.request.data, ground.project.reports, ground.as_of
    file = data / "processed" / CLAIMS_FILE
    return kept(file, {**key, "as_of": as_of.isoformat()}, lambda: check_claims(data, reports, as_of))


def _outcome(
    request: Request, plan: Plan, built: Built, receipts: Sequence[Receipt], checked: ClaimCheck, seconds: float
) -> Outcome:
    results = [result for result, _ in built.values()]
    return Outcome(
        exit_code=_exit_code(results, receipts, checked),
        site=_failed_site(request.out) if any(result.state == "failed" for result in results) else request.out,
        pages=results,
        waiting=plan.waiting,
        submissions=_states(receipts),
        rejected=[f"{receipt.file_name}: {receipt.reason}" for receipt in receipts if receipt.state == "rejected"],
        seconds=seconds,
        claims=checked.states,
        unsupported=checked.unsupported,
    )


def _publish(
    ground: _Ground, plan: Plan, built: Built, outcome: Outcome, checked: ClaimCheck, started: datetime
) -> None:
    """Assemble the site beside its place, then switch."""
    request = ground.request
    site = request.out.with_name(request.out.name + "-building")
    _assemble(site, built, ClaimCheck() if request.release == PUBLIC else checked)
    public = request.release == PUBLIC
    said = manifest(
        without_text(outcome) if public else outcome,
        started=started,
        names={**ground.names(), "notebooks": ground.project.notebooks_hash()},
        inputs={
            delivery.sha256 if public else _under_raw(delivery, request.data): delivery.sha256
            for delivery in ground.deliveries
        },
        parameters={
            "as_of": ground.as_of.isoformat(),
            "languages": list(request.languages),
            "release": request.release,
            "only": list(request.only),
        },
        renderer=(ground.renderer.name, ground.renderer.version),
    )
    (site / "run.json").write_bytes(to_json(said))
    failing = bool(checked.unsupported) and not public
    signed = standing(ground.project.reports, site)
    states = {} if public else checked.states
    home = Standing(
        plan, outcome.pages, ground.store.submissions(), ground.as_of, request.release, states, failing, signed
    )
    build_index(site, home, ground.catalogue, request.languages, ground.renderer)
    (site / SDMX_FILE).write_bytes(_exported(ground))
    if public:
        close_on_leaks(site, ground.store, ground.catalogue, request, ground.project.reports)
    replace_directory(site, outcome.site)


def _exported(ground: _Ground) -> bytes:
    """All observations as known on the day of the run, as the release may tell them."""
    from analysis.reporting.sdmx import as_sdmx_csv

    units = {name: indicator.unit for name, indicator in ground.catalogue.indicators.items()}
    store = ground.store
    if ground.request.release == PUBLIC:
        store = protect(store.data, ground.catalogue)
    return as_sdmx_csv(store.observations(ground.as_of), units)


def _take_in(
    store: Store, catalogue: Catalogue, deliveries: Sequence[Delivery], project: Project, listener: Listener
) -> list[Receipt]:
    listener.say(f"intake: {len(deliveries)} files")
    receipts = intake(store, catalogue, deliveries, project.rulebook)
    listener.say(f"intake: {len(receipts)} new, " + ", ".join(f"{n} {state}" for state, n in _states(receipts).items()))
    return receipts


def _answer(ground: _Ground, receipts: Sequence[Receipt], listener: Listener) -> None:
    """The files for the providers: of what is new, and of what has none (after a break, or deleted)."""
    folder = ground.store.data / "processed" / "answers"
    paths = {delivery.sha256: delivery.path for delivery in ground.deliveries}
    told = [*receipts, *owed(folder, ground.store)]
    written = give_answers(folder, told, paths, ground.catalogue, ground.project.rulebook)
    listener.say(f"answers: {len(written)} written to {folder}")


def _as_of(asked: str, store: Store) -> date:
    if asked == "latest":
        return store.last_as_of()
    try:
        return date.fromisoformat(asked)
    except ValueError as error:
        raise UsageError("--as-of", must="an ISO date such as 2023-12-31, or latest", found=asked) from error


def _dataflows(store: Store) -> set[str]:
    ledger = store.submissions()
    return set(ledger.loc[ledger["state"] != "rejected", "dataflow"])


def _states(receipts: Sequence[Receipt]) -> dict[str, int]:
    states = sorted({receipt.state for receipt in receipts})
    return {state: sum(receipt.state == state for receipt in receipts) for state in states}


def _exit_code(results: Sequence[PageResult], receipts: Sequence[Receipt], checked: ClaimCheck) -> int:
    codes = [result.exit_code for result in results if result.state == "failed"]
    if codes:
        return 1 if 1 in codes else min(codes)
    if checked.unsupported:
        return ClaimUnsupported.exit_code
    return 3 if any(receipt.state == "rejected" for receipt in receipts) else 0


def _under_raw(delivery: Delivery, data: Path) -> str:
    return delivery.path.resolve().relative_to((data / "raw").resolve()).as_posix()


def _failed_site(out: Path) -> Path:
    return out.with_name(out.name + "-failed")


def _assemble(site: Path, built: Built, checked: ClaimCheck) -> None:
    """Copy the finished pages, the evidence behind them and the claims, and the notebooks of the pages that failed."""
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    evidence: dict[str, dict[str, Any]] = {}
    for result, folder in built.values():
        for name in result.files:
            shutil.copyfile(folder / name, site / name)
        for item in result.evidence:
            _note(evidence, item, result.job.page)
        if result.failed_notebook:
            (site / "notebooks").mkdir(exist_ok=True)
            shutil.copyfile(result.failed_notebook, site / "notebooks" / result.failed_notebook.name)
    for item in checked.evidence:
        _note(evidence, item, "brief")
    if checked.claims:
        (site / CLAIMS_FILE).write_bytes(to_json({"claims": list(checked.claims)}))
    (site / "evidence.json").write_bytes(to_json(dict(sorted(evidence.items()))))


def _note(evidence: dict[str, dict[str, Any]], item: Mapping[str, Any], page: str) -> None:
    """Keep an evidence once, with the page that shows it first and all that do."""
    kept = evidence.setdefault(str(item["id"]), {**item, "page": page, "pages": []})
    kept["pages"] += [] if page in kept["pages"] else [page]
