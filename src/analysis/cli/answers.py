"""What `check`, `intake`, `template` and `replay` do beyond the calls: files for providers, notes, forms, replays."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import MonitorError, UsageError

if TYPE_CHECKING:
    from analysis.catalogue import Catalogue
    from analysis.store import Store
    from analysis.submissions import Receipt
    from analysis.submissions.answers import Answers

NOTE_FILES = {".yml", ".yaml"}


def give(receipts: "Sequence[Receipt]", paths: Mapping[str, Path], folder: Path) -> "Answers":
    """Write the answer to each receipt below `folder`; `paths` are the files that came in, by submission."""
    from analysis.catalogue import load_catalogue
    from analysis.run.project import find_project
    from analysis.submissions.answers import give_answers

    return give_answers(folder, receipts, paths, load_catalogue(), find_project().rulebook)


def clarified(
    store: "Store",
    catalogue: "Catalogue",
    rulebook: Path,
    files: Sequence[Path],
    problems: list[MonitorError],
    today: date,
) -> "tuple[list[Receipt], list[Path]]":
    """Receipts renewed by the note files among `files`, and the other files; what is wrong goes to `problems`."""
    receipts = []
    for path in (path for path in files if path.suffix.casefold() in NOTE_FILES):
        from analysis.submissions.intake import clarify

        try:
            receipts.append(clarify(store, catalogue, rulebook, path, today))
        except MonitorError as error:
            problems.append(error)
    return receipts, [path for path in files if path.suffix.casefold() not in NOTE_FILES]


def write_template(provider: str, dataflow: str, period: str, out: Path | None) -> Path:
    """Write the form to `out` (a folder or an .xlsx file; here when None) and say where it is."""
    from analysis.catalogue import load_catalogue
    from analysis.store import write_atomically
    from analysis.submissions.cells import Unreadable, read_month
    from analysis.submissions.template import template

    try:
        day = read_month(period)
    except Unreadable:
        raise UsageError(
            "--period", must="a date such as 2022-03-13 or a month such as 2022-03", found=period
        ) from None
    content = template(load_catalogue(), provider, dataflow, day)
    place = out or Path()
    path = place if place.suffix.casefold() == ".xlsx" else place / f"{dataflow}__{provider}__{day.isoformat()}.xlsx"
    write_atomically(path, content)
    return path


def show_replay(data: Path, suite: Path, *, as_json: bool) -> None:
    """Print what the changed suite would flip."""
    from analysis.catalogue import load_catalogue
    from analysis.run.project import find_project
    from analysis.store import Store
    from analysis.submissions.replay import replay

    result = replay(Store(data), load_catalogue(), find_project().rulebook, suite)
    if as_json:
        print(json.dumps(asdict(result), ensure_ascii=False))
        return
    print("\n".join(result.lines()))
