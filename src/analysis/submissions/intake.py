"""Raw files in, observations and receipts out: the whole way of one round of intake."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.catalogue.model import Catalogue
from analysis.errors import MonitorError, UsageError
from analysis.submissions.examine import LET_GO, Examined, examine, let_go
from analysis.submissions.preflight import Inspector, shown_name
from analysis.submissions.receipt import (
    ACCEPTED,
    DUPLICATE,
    REJECTED,
    WITH_QUERIES,
    Receipt,
    duplicate_reason,
    reason_for,
)
from analysis.submissions.recognise import language
from analysis.submissions.rulebook import INFO, Rulebook, load_rulebook

if TYPE_CHECKING:
    import pandas as pd

    from analysis.store import Delivery, Store
    from analysis.submissions.clarify import Kept
    from analysis.submissions.judge import Verdict

Progress = Callable[[int, int, str], None]
Crash = tuple[str, Exception]


def intake(
    store: "Store",
    catalogue: Catalogue,
    deliveries: "Sequence[Delivery]",
    rulebook: Path,
    *,
    anew: bool = False,
    on_progress: Progress | None = None,
) -> list[Receipt]:
    """
    Validate what is new among `deliveries`, commit it at once, and answer.

    Parameters
    ----------
    rulebook : the directory of suites and `structure.yml`.
    anew : judge also what the ledger already has under the same rulebook.
    on_progress : called with (files read, files in all, file name).

    Returns
    -------
    Receipts for new bytes, for bytes that an older rulebook judged, and for bytes whose sender now declares something
    else, in the order of `deliveries`; then one (state duplicate) per delivery whose bytes came earlier in the list.
    What the ledger already has under the same rulebook is passed over; `receipt_of` gives its receipt.

    Raises
    ------
    MonitorError
        A file or a rule crashed (a bug, not bad data). Everything else has been committed before it is raised.
    """
    book = load_rulebook(rulebook, catalogue)
    history = store.submissions() if deliveries else None
    fresh = _fresh(store, catalogue, book, deliveries, None if anew else history)
    examined, crashes = _examined(fresh, catalogue, book, on_progress)
    # Before anything is committed: a file that the ledger knows is not looked at again.
    examined = [_forgotten(store, one, book) if one.personal or one.unsearched else one for one in examined]
    receipts, relations = _answered(
        examined, catalogue, book, _accepted(history, fresh), crashes, notes_of(store, fresh), store
    )
    # A file whose bytes could not be read has no hash: it is told each time, and never stored.
    stored = [receipt for receipt in receipts if receipt.submission]
    if stored:
        documents = {f"receipts/{receipt.submission}.json": receipt.to_json().encode() for receipt in stored}
        store.commit(relations, documents, replacing=[receipt.submission for receipt in stored])
    if crashes:
        raise _crashed(crashes)
    return receipts + _duplicates(deliveries, fresh, catalogue)


def check(
    path: Path,
    catalogue: Catalogue,
    rulebook: Path,
    *,
    declared: Mapping[str, str] | None = None,
    today: date | None = None,
) -> Receipt:
    """What a provider would be told about `path` if it came in today; nothing is stored."""
    try:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        must = f"a file that can be read ({error.strerror})"
        raise UsageError("the file to check", must=must, found=path.name, where=str(path.parent)) from error
    # The store brings pandas; a wrong path is answered before that.
    from analysis.store import Delivery

    book = load_rulebook(rulebook, catalogue)
    delivery = Delivery(path, digest, shown_name(path.name), today or date.today(), False, dict(declared or {}))
    crashes: list[Crash] = []
    with Inspector() as inspector:
        examined = examine(delivery, catalogue, book, inspector)
    receipts, _ = _answered([examined], catalogue, book, {}, crashes, stored=False)
    if crashes:
        raise crashes[0][1]
    return receipts[0]


def judged(
    store: "Store", catalogue: Catalogue, deliveries: "Sequence[Delivery]", rulebooks: Sequence[Path]
) -> list[list[Receipt]]:
    """What each rulebook would answer to `deliveries` today, in order; the files are read once, nothing is stored."""
    books = [load_rulebook(path, catalogue) for path in rulebooks]
    examined, crashes = _examined(deliveries, catalogue, books[0], None)
    notes = notes_of(store, deliveries)
    answers = [_answered(examined, catalogue, book, {}, crashes, notes, stored=False)[0] for book in books]
    if crashes:
        raise crashes[0][1]
    return answers


def clarify(store: "Store", catalogue: Catalogue, rulebook: Path, path: Path, today: date) -> Receipt:
    """
    Keep the notes of a note file and judge the submission that they are about again, with them.

    Raises UsageError where the file is not complete, names no one submission of the ledger or answers nothing that was
    asked; DataRejected where it points to a person. Then nothing of it is kept.
    """
    from analysis.submissions.notes import check_about, from_json, read_note_file, to_json

    personal = load_rulebook(rulebook, catalogue).structure.personal
    start, notes = read_note_file(path, today, personal)
    known = [delivery for delivery in store.deliveries() if delivery.sha256.startswith(start)]
    receipt = receipt_of(store, known[0].sha256) if len(known) == 1 else None
    if receipt is None:
        must = "the hash of one submission that was taken in"
        raise UsageError("`submission`", must=must, found=start, where=path.name)
    check_about(notes, receipt.findings, path.name)
    kept = store.notes([receipt.submission]).get(receipt.submission)
    store.keep_notes(receipt.submission, to_json([*(from_json(kept) if kept else ()), notes]))
    return intake(store, catalogue, known, rulebook, anew=True)[0]


def notes_of(store: "Store", deliveries: "Sequence[Delivery]") -> "Kept":
    """The notes that came apart from these files, by submission."""
    kept = store.notes([delivery.sha256 for delivery in deliveries])
    if not kept:
        return {}
    from analysis.submissions.notes import from_json

    return {submission: from_json(content) for submission, content in kept.items()}


def receipt_of(store: "Store", submission: str) -> Receipt | None:
    """The latest receipt of a submission, or None where the store has none."""
    name = f"receipts/{submission}.json"
    return Receipt.from_json(store.document(name)) if name in store.documents(name) else None


def _fresh(
    store: "Store",
    catalogue: Catalogue,
    book: Rulebook,
    deliveries: "Sequence[Delivery]",
    history: "pd.DataFrame | None",
) -> "list[Delivery]":
    """Deliveries that the ledger lacks, or has under another rulebook or another declaration; the same bytes once."""
    judged: dict[str, tuple[str, str]] = {}
    if history is not None:
        told = zip(history["dataflow"], history["rulebook"], strict=True)
        judged = dict(zip(history["submission"], told, strict=True))
    stamps: dict[str, str] = {}
    fresh: dict[str, Delivery] = {}
    for delivery in deliveries:
        known = judged.get(delivery.sha256)
        if known and known[0] not in stamps:
            # A dataflow that the catalogue no longer has: the file is looked at afresh.
            gone = known[0] and known[0] not in catalogue.dataflows
            stamps[known[0]] = "" if gone else book.fingerprint(known[0])
        same = known is not None and stamps[known[0]] == known[1] and _settled_before(store, delivery)
        if not same:
            fresh.setdefault(delivery.sha256 or str(delivery.path), delivery)
    return list(fresh.values())


def _settled_before(store: "Store", delivery: "Delivery") -> bool:
    """Whether the same was declared of it, and its bytes were kept: those that come again were let go before."""
    came_again = delivery.path.parent.name == delivery.sha256
    if not delivery.declared and not came_again:
        return True
    receipt = receipt_of(store, delivery.sha256)
    if receipt is None or any(finding.rule == LET_GO for finding in receipt.findings):
        return False
    return not delivery.declared or dict(receipt.declared) == dict(delivery.declared)


def _duplicates(deliveries: "Sequence[Delivery]", fresh: "Sequence[Delivery]", catalogue: Catalogue) -> list[Receipt]:
    """Answers to the later ones of deliveries with the same bytes."""
    first = {delivery.sha256: delivery for delivery in fresh if delivery.sha256}
    later = [d for d in deliveries if d.sha256 in first and d is not first[d.sha256]]
    receipts = []
    for delivery in later:
        lang, before = language(delivery.name, delivery.declared, catalogue), first[delivery.sha256]
        reason = duplicate_reason(before.name, before.received_at, lang)
        receipts.append(
            Receipt(
                *(delivery.sha256, delivery.name, "", "", None, delivery.received_at, "", DUPLICATE, reason),
                synthetic=delivery.synthetic,
                language=lang,
            )
        )
    return receipts


def _examined(
    fresh: "Sequence[Delivery]", catalogue: Catalogue, book: Rulebook, on_progress: Progress | None
) -> tuple[list[Examined], list[Crash]]:
    examined, crashes = [], []
    with Inspector() as inspector:
        for done, delivery in enumerate(fresh, start=1):
            try:
                examined.append(examine(delivery, catalogue, book, inspector))
            # One file that trips over a bug must not keep the others out; the bug is raised once they are safe.
            except Exception as error:
                crashes.append((delivery.name, error))
            if on_progress:
                on_progress(done, len(fresh), delivery.name)
    return examined, crashes


def _forgotten(store: "Store", one: Examined, book: Rulebook) -> Examined:
    """Delete the bytes of a file with data on persons, or that could not be searched for them."""
    store.forget(one.delivery.sha256, unsearched=not one.personal)
    return let_go(one, book.structure, kept=one.delivery.path.exists())


def _answered(
    examined: Sequence[Examined],
    catalogue: Catalogue,
    book: Rulebook,
    accepted: Mapping[tuple[str, str, date], list[tuple[date, str]]],
    crashes: list[Crash],
    notes: "Kept | None" = None,
    store: "Store | None" = None,
    *,
    stored: bool = True,
) -> "tuple[list[Receipt], dict[str, pd.DataFrame]]":
    """A receipt per examined file that no rule crashed on, and (where it is `stored`) what the store must keep."""
    verdicts: dict[int, Verdict] = {}
    frames: dict[str, list[pd.DataFrame]] = defaultdict(list)
    by_flow: dict[str, list[Examined]] = defaultdict(list)
    for one in examined:
        if one.parsed and one.dataflow:
            by_flow[one.dataflow.id].append(one)
    for flow_id, batch in by_flow.items():
        from analysis.submissions.clarify import explained, known_rows
        from analysis.submissions.judge import judge

        flow = catalogue.dataflows[flow_id]
        try:
            past = store.observations(dataflows=[flow_id], history=True) if store else None
            asked, frame = judge(batch, flow, catalogue, book, past)
            judged = explained(asked, frame, notes or {})
            rows = known_rows(asked, frame, notes or {}, flow, catalogue) if stored else {}
        # A crash in one dataflow (of a rule, or a bug of ours) must not keep the others out; it is raised at the end.
        except Exception as error:
            crashes.append((flow_id, error))
            continue
        verdicts |= {id(verdict.examined): verdict for verdict in judged}
        for name, part in rows.items():
            frames[name].append(part)
    known = {key: list(entries) for key, entries in accepted.items()}
    whole = [one for one in examined if one.parsed is None or id(one) in verdicts]
    receipts = [_receipt(one, verdicts.get(id(one)), catalogue, book, known) for one in whole]
    named = [receipt for receipt in receipts if receipt.submission]
    return receipts, _relations(frames, named) if stored else {}


def _relations(frames: "Mapping[str, list[pd.DataFrame]]", receipts: Sequence[Receipt]) -> "dict[str, pd.DataFrame]":
    if not receipts:
        return {}
    import pandas as pd

    from analysis.submissions.relations import findings, ledger

    relations = {name: pd.concat(parts, ignore_index=True) for name, parts in frames.items()}
    return relations | {"submissions": ledger(receipts), "findings": findings(receipts)}


def _receipt(
    one: Examined,
    verdict: "Verdict | None",
    catalogue: Catalogue,
    book: Rulebook,
    accepted: dict[tuple[str, str, date], list[tuple[date, str]]],
) -> Receipt:
    """The receipt, and the submission entered in `accepted` so that a later one of the batch can supersede it."""
    findings = verdict.findings if verdict else one.findings
    flow, provider = one.dataflow.id if one.dataflow else "", one.provider.id if one.provider else ""
    state, waiting = _state(verdict), len(verdict.provisional) if verdict else 0
    supersedes = ""
    if state != REJECTED and one.period:
        earlier = accepted.setdefault((flow, provider, one.period), [])
        others = [entry for entry in earlier if entry[1] != one.delivery.sha256]
        supersedes = max((e for e in others if e[0] <= one.delivery.received_at), default=(date.min, ""))[1]
        earlier.append((one.delivery.received_at, one.delivery.sha256))
    return Receipt(
        submission=one.delivery.sha256,
        file_name=one.delivery.name,
        dataflow=flow,
        provider=provider,
        period=one.period,
        received_at=one.delivery.received_at,
        rulebook=book.fingerprint(flow),
        state=state,
        reason=reason_for(state, findings, one.language),
        rows_read=verdict.read if verdict else 0,
        rows_accepted=len(verdict.stored) if verdict else 0,
        rows_quarantined=verdict.quarantined if verdict else 0,
        findings=findings,
        supersedes=supersedes,
        days_late=_days_late(one, catalogue),
        synthetic=one.delivery.synthetic,
        language=one.language,
        declared=dict(one.delivery.declared),
        rows_provisional=waiting,
        answer_by=one.delivery.received_at + timedelta(catalogue.rounds.answer_after_days) if waiting else None,
    )


def _state(verdict: "Verdict | None") -> str:
    if verdict is None or verdict.refused:
        return REJECTED
    return ACCEPTED if all(f.severity == INFO or f.note for f in verdict.findings) else WITH_QUERIES


def _days_late(one: Examined, catalogue: Catalogue) -> int | None:
    """Days after the due date, 0 when on time; None for a dataflow outside the two-weekly calendar."""
    rounds = catalogue.rounds
    if one.period is None or one.dataflow is None or one.dataflow.frequency != _every(rounds.every_days):
        return None
    due = one.period + timedelta(days=rounds.due_after_days)
    return max(0, (one.delivery.received_at - due).days)


def _every(days: int) -> str:
    return f"P{days // 7}W" if days % 7 == 0 else f"P{days}D"


def _accepted(
    history: "pd.DataFrame | None", fresh: "Sequence[Delivery]"
) -> dict[tuple[str, str, date], list[tuple[date, str]]]:
    """Accepted submissions of the ledger that are not judged anew, by dataflow, provider and period."""
    accepted: dict[tuple[str, str, date], list[tuple[date, str]]] = defaultdict(list)
    if history is None or history.empty:
        return accepted
    anew = history["submission"].isin([delivery.sha256 for delivery in fresh])
    told = history[(history["state"] != REJECTED) & history["period"].notna() & ~anew]
    days = zip(told["period"].dt.date, told["received_at"].dt.date, strict=True)
    names = zip(told["dataflow"], told["provider"], told["submission"], strict=True)
    for (period, received_at), (dataflow, provider, submission) in zip(days, names, strict=True):
        accepted[dataflow, provider, period].append((received_at, submission))
    return accepted


def _crashed(crashes: Sequence[Crash]) -> MonitorError:
    """One error for all crashes: a rule's own error kept as it is, a bug named by its type; the first is its cause."""
    first = crashes[0][1]
    if len(crashes) == 1 and isinstance(first, MonitorError):
        return first
    told = "; ".join(f"{where}: {type(error).__name__}: {error}" for where, error in crashes)
    error = MonitorError(
        "intake crashed", found=told, mend="Everything else has been stored; use --debug for the traceback"
    )
    error.__cause__ = first
    return error
