"""What each command does: thin calls into the rooms below."""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import MonitorError, UsageError

PUBLIC = "public"

if TYPE_CHECKING:
    from analysis.submissions import Receipt
    from analysis.submissions.answers import Answers


def run(options: argparse.Namespace) -> int:
    """Everything: intake, notebooks, pages, manifest; one status line of JSON at the end."""
    from analysis.cli.progress import open_progress
    from analysis.run.executors import default_workers
    from analysis.run.plan import check_languages
    from analysis.run.project import find_project
    from analysis.run.report import DEFAULT_LANGUAGES, Request, build_report

    project = find_project()
    selection = "site-public" if options.release == "public" else "site-selection" if options.page else "site"
    request = Request(
        data=options.data,
        out=options.out or project.reports / selection,
        as_of=options.as_of,
        languages=check_languages(options.lang) if options.lang else DEFAULT_LANGUAGES,
        only=tuple(options.page),
        release=options.release,
        workers=options.workers or default_workers(),
        cluster=options.cluster,
        renderer=os.environ.get("REPORT_RENDERER", "auto"),
    )
    with open_progress(sys.stderr) as listener:
        outcome = build_report(project, request, listener)
    for page in outcome.failed:
        print(f"failed {page.job.name}: {page.error}", file=sys.stderr)
    for line in outcome.rejected:
        print(f"rejected {line}", file=sys.stderr)
    for line in outcome.unsupported:
        print(f"no longer supported: {line}", file=sys.stderr)
    print(f"report: {outcome.site / 'index.html'}", file=sys.stderr)
    print(json.dumps(outcome.status(), ensure_ascii=False))
    return outcome.exit_code


def check(options: argparse.Namespace) -> int:
    """Validate files without storing; exit 3 when one would be rejected."""
    files, problems = _files(options.files)
    receipts: list[Receipt] = []
    written: Answers = {}
    if files:
        from analysis.catalogue import load_catalogue
        from analysis.run.project import find_project
        from analysis.submissions import check as check_file

        catalogue, rulebook = load_catalogue(), find_project().rulebook
        declared = _declared(options)
        receipts = [check_file(path, catalogue, rulebook, declared=declared) for path in files]
        if options.answers:
            from analysis.cli.answers import give

            written = give(receipts, dict(zip((r.submission for r in receipts), files, strict=True)), options.answers)
    return _answer(receipts, problems, options, written)


def intake(options: argparse.Namespace) -> int:
    """Store files and answer with receipts; what cannot be taken in is told, the others still go through."""
    files, problems = _files(options.files)
    receipts, written = _take_in(files, problems, options) if files else ([], {})
    return _answer(receipts, problems, options, written)


def _take_in(
    files: "list[Path]", problems: "list[MonitorError]", options: argparse.Namespace
) -> "tuple[list[Receipt], Answers]":
    from datetime import UTC, datetime

    from analysis.catalogue import load_catalogue
    from analysis.cli.answers import clarified, give
    from analysis.run.project import find_project
    from analysis.store import Store, run_lock
    from analysis.submissions import intake as judge
    from analysis.submissions import receipt_of

    catalogue, rulebook, today = load_catalogue(), find_project().rulebook, datetime.now(UTC).date()
    options.data.mkdir(parents=True, exist_ok=True)
    with run_lock(options.data, "monitor intake"):
        store = Store(options.data)
        received = []
        explained, files = clarified(store, catalogue, rulebook, files, problems, today)
        for path in files:
            try:
                received.append(store.receive(path, today, _declared(options)))
            except MonitorError as error:
                problems.append(error)
        receipts = judge(store, catalogue, [delivery for delivery, _ in received], rulebook)
        told = {receipt.submission for receipt in receipts}
        for delivery, had in received:
            if had:
                day = delivery.received_at
                print(f"{delivery.name}: already received on {day}, nothing is stored twice", file=sys.stderr)
            known = receipt_of(store, delivery.sha256) if had and delivery.sha256 not in told else None
            receipts += [known] if known else []
        receipts += explained
        paths = {delivery.sha256: delivery.path for delivery in store.deliveries()}
        return receipts, give(receipts, paths, options.answers or options.data / "processed" / "answers")


def template(options: argparse.Namespace) -> int:
    """Write the form that a provider fills in, and name it."""
    from analysis.cli.answers import write_template

    print(write_template(options.provider, options.dataflow, options.period, options.out))
    return 0


def replay(options: argparse.Namespace) -> int:
    """What a changed suite would flip in all history; nothing is stored."""
    from analysis.cli.answers import show_replay

    show_replay(options.data, options.suite, as_json=options.json)
    return 0


def fetch(options: argparse.Namespace) -> int:
    """What a service published since the last time, taken in as deliveries; nothing is stored where it is not there."""
    from analysis.cli.fetch import answer

    return answer(options)


def effect(options: argparse.Namespace) -> int:
    """One intervention's estimate, diagnostics and verdict; exit 4 when the design cannot answer."""
    from analysis.cli.effect import answer

    return answer(options.intervention, data=options.data, as_of=options.as_of, as_json=options.json, lang=options.lang)


def trace(options: argparse.Namespace) -> int:
    """The way back from a published number to the cells it came from."""
    from analysis.cli.trace import answer

    site = options.out or _site()
    return answer(options.evidence, data=options.data, site=site, as_json=options.json)


def diff(options: argparse.Namespace) -> int:
    """Which numbers moved between two releases, and why."""
    from analysis.cli.diff import answer

    return answer(options.before, options.after, data=options.data, as_json=options.json)


def sign(options: argparse.Namespace) -> int:
    """Sign pages of the site, remark on them, close remarks, or list it all."""
    from analysis.cli.sign import answer
    from analysis.run.project import find_project

    return answer(options, reports=find_project().reports, site=options.out or _site())


def verify(options: argparse.Namespace) -> int:
    """Re-check a built site; exit 6 when something does not hold, 5 when it is public and tells what is withheld."""
    from analysis.run.verify import release_of, verify_site

    site = options.out or (_site().with_name("site-public") if options.release == PUBLIC else _site())
    findings = verify_site(site, options.release or "")
    held = _told(options.data, site) if release_of(site) == PUBLIC else []
    for finding in (*findings, *held):
        print(finding)
    count = len(findings) + len(held)
    print(f"{site}: {count} findings" if count else f"{site}: every check passed")
    return 5 if held else 6 if findings else 0


def _told(data: Path, site: Path) -> list[str]:
    """What a public site holds and must not, by the store that it was built from."""
    from analysis.catalogue import load_catalogue
    from analysis.reporting.page import find_reports
    from analysis.run.gate import told
    from analysis.store import Store

    return told(site, Store(data), load_catalogue(), find_reports())


def doctor(options: argparse.Namespace) -> int:
    """What is installed, which renderer would be used, what is missing and how to get it."""
    from analysis.run.doctor import examine

    lines = examine(options.data)
    for line in lines:
        print(f"{'ok' if line.fine else 'MISSING' if line.needed else 'absent':8}{line.what}: {line.detail}")
    return 2 if any(line.needed and not line.fine for line in lines) else 0


def audit_percentages(options: argparse.Namespace) -> int:
    """Which whole counts and bases fit a table of printed percentages; exit 0 whatever fits."""
    from analysis.cli.percentages import answer

    return answer(options.file, as_json=options.json)


def survey(options: argparse.Namespace) -> int:
    """What the questionnaire finds wrong in a file of responses, and the counts; exit 3 for wrong answers."""
    from analysis.cli.survey import answer

    return answer(options.file, as_json=options.json)


def respondents(options: argparse.Namespace) -> int:
    """Synthetic respondents that have every printed result that can be, and why the others cannot."""
    from analysis.cli.survey import synthesise

    return synthesise(options.file, options.out, as_json=options.json)


def _site() -> Path:
    from analysis.run.project import find_project

    return find_project().reports / "site"


def _declared(options: argparse.Namespace) -> dict[str, str]:
    given = {name: getattr(options, name) for name in ("provider", "dataflow", "period")}
    return {name: value for name, value in given.items() if value}


def _files(paths: Iterable[Path]) -> "tuple[list[Path], list[MonitorError]]":
    """The files that `paths` name, folders opened, and what is wrong with the other paths."""
    files: list[Path] = []
    problems: list[MonitorError] = []
    for path in paths:
        try:
            if path.is_dir():
                files += sorted(entry for entry in path.iterdir() if entry.is_file() and entry.name[0] != ".")
            elif path.is_file():
                files.append(path)
            else:
                problems.append(UsageError("a path", must="an existing file or folder", found=str(path)))
        except OSError as error:
            mend = f"{error.strerror}."
            problems.append(UsageError("a path", must="readable", found=str(path), mend=mend))
    return files, problems


def _answer(
    receipts: "list[Receipt]", problems: "list[MonitorError]", options: argparse.Namespace, written: "Answers"
) -> int:
    if options.json:
        print(json.dumps([json.loads(receipt.to_json()) for receipt in receipts], ensure_ascii=False))
    else:
        for receipt in receipts:
            print("\n".join(receipt.lines()))
            for path in written.get(receipt.submission, ()) if receipt.state != "duplicate" else ():
                print(f"  {path}")
    for problem in problems:
        print(f"monitor {options.command}: {problem}", file=sys.stderr)
    rejected = [3] if any(receipt.state == "rejected" for receipt in receipts) else []
    return max([problem.exit_code for problem in problems] + rejected, default=0)
