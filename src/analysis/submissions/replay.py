"""All history of a dataflow under a changed suite: what would flip, without storing anything."""

import json
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.catalogue.model import Catalogue
from analysis.errors import UsageError
from analysis.submissions.intake import judged
from analysis.submissions.receipt import Receipt
from analysis.submissions.rulebook import ERROR, QUERY

if TYPE_CHECKING:
    from analysis.store import Store

ACCEPTED, QUERIED, SET_ASIDE, REFUSED = "accepted", "queried", "set aside", "refused"
CURRENT, SUPERSEDED = "current", "superseded"  # of a submission, where a later one takes its place


@dataclass(frozen=True)
class Flip:
    """A row (`row` 0: the submission as a whole) whose outcome would change, and the rules that come or go."""

    submission: str
    file_name: str
    sheet: str
    row: int
    before: str
    after: str
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    superseded: bool = False  # a later submission took its place, under both suites

    def line(self) -> str:
        """One line of text."""
        sheet = f"sheet {self.sheet}, " if self.sheet else ""
        place = f", {sheet}row {self.row}" if self.row else ""
        rules = [*(f"+{rule}" for rule in self.gained), *(f"-{rule}" for rule in self.lost)]
        told = f" ({' '.join(rules)})" if rules else ""
        since = ", superseded since" if self.superseded else ""
        return f"{self.file_name} {self.submission[:12]}{place}: {self.before} -> {self.after}{told}{since}"


@dataclass(frozen=True)
class Replay:
    """Every flip, submissions before rows, and how much was judged; `superseded` of it counts no longer."""

    dataflow: str
    submissions: int
    rows: int
    flips: tuple[Flip, ...]
    superseded: int = 0
    superseded_rows: int = 0

    def lines(self) -> list[str]:
        """The flips, then a line that counts."""
        lines = [flip.line() for flip in self.flips]
        lines.append(f"{self.dataflow}: {self._counts(self.submissions, self.rows, superseded=False)}.")
        if self.superseded:
            lines.append(f"Superseded since: {self._counts(self.superseded, self.superseded_rows, superseded=True)}.")
        return [*lines, "Nothing was stored."]

    def _counts(self, submissions: int, rows: int, *, superseded: bool) -> str:
        """How many were judged and would flip, of those that count or of those that a later one replaced."""
        flips = [flip for flip in self.flips if flip.superseded == superseded]
        if not superseded:
            submissions, rows = submissions - self.superseded, rows - self.superseded_rows
        files = len({flip.submission for flip in flips if not flip.row})
        told = f"{submissions} submissions, of which {files} would flip"
        return f"{told}; {rows} rows, of which {sum(bool(flip.row) for flip in flips)} would flip"


def replay(store: "Store", catalogue: Catalogue, rulebook: Path, suite: Path) -> Replay:
    """
    Judge every submission in the ledger of the suite's dataflow by the suite in force and by `suite`, and compare.

    Both sides are judged now, under one catalogue, so that only the suite can make a difference.

    Raises
    ------
    UsageError
        `suite` is not the JSON of a suite of a known dataflow.
    RuleCrashed
        A rule of either suite could not run.
    """
    flow = _dataflow(suite, catalogue)
    history = store.submissions()
    known = set(history.loc[history["dataflow"] == flow, "submission"])
    deliveries = [delivery for delivery in store.deliveries() if delivery.sha256 in known]
    with tempfile.TemporaryDirectory() as folder:
        changed = Path(shutil.copytree(rulebook, Path(folder) / "rulebook"))
        shutil.copyfile(suite, changed / f"{flow}.json")
        now, then = judged(store, catalogue, deliveries, (rulebook, changed))
    gone, gone_then = ({receipt.supersedes for receipt in side} - {""} for side in (now, then))
    flips = []
    for before, after in zip(now, then, strict=True):
        found = _flips(before, after)
        if (before.submission in gone) != (after.submission in gone_then):
            was, becomes = (SUPERSEDED if before.submission in side else CURRENT for side in (gone, gone_then))
            found.append(Flip(before.submission, before.file_name, "", 0, was, becomes))
        both = before.submission in gone & gone_then
        flips += [replace(flip, superseded=both) for flip in found]
    flips.sort(key=lambda flip: (flip.row > 0, flip.file_name, flip.submission, flip.sheet, flip.row))
    old = [receipt for receipt in now if receipt.submission in gone & gone_then]
    read, old_rows = (sum(receipt.rows_read for receipt in side) for side in (now, old))
    return Replay(flow, len(deliveries), read, tuple(flips), len(old), old_rows)


def _dataflow(suite: Path, catalogue: Catalogue) -> str:
    try:
        told = json.loads(suite.read_bytes())
        flow = str(told["meta"].get("dataflow") or told["name"])
    except OSError as error:
        raise UsageError("--suite", must="a file that can be read", found=str(suite), mend=str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError("--suite", must="the JSON of a suite", found=str(suite), mend=str(error)) from error
    if flow not in catalogue.dataflows:
        raise UsageError("--suite", must="of a known dataflow", found=flow, where=str(suite))
    return flow


def _flips(before: Receipt, after: Receipt) -> list[Flip]:
    named = (before.submission, before.file_name)
    flips = [Flip(*named, "", 0, before.state, after.state)] if before.state != after.state else []
    old, new = _rules(before), _rules(after)
    for sheet, row in sorted(old.keys() | new.keys()):
        was, becomes = old.get((sheet, row), {}), new.get((sheet, row), {})
        outcomes = _outcome(was, before), _outcome(becomes, after)
        if outcomes[0] != outcomes[1]:
            gained, lost = sorted(becomes.keys() - was.keys()), sorted(was.keys() - becomes.keys())
            flips.append(Flip(*named, sheet, row, *outcomes, tuple(gained), tuple(lost)))
    return flips


def _rules(receipt: Receipt) -> dict[tuple[str, int], dict[str, str]]:
    """Per row the rules that it breaks, with their severities (a query that was explained counts as none)."""
    found: dict[tuple[str, int], dict[str, str]] = {}
    for finding in receipt.findings:
        if finding.row and not finding.note:
            found.setdefault((finding.sheet, finding.row), {})[finding.rule] = finding.severity
    return found


def _outcome(rules: dict[str, str], receipt: Receipt) -> str:
    if not receipt.rows_accepted:
        return REFUSED
    severities = set(rules.values())
    return SET_ASIDE if ERROR in severities else QUERIED if QUERY in severities else ACCEPTED
