"""Many parsed submissions of one dataflow as one frame, with the columns that rules look at but no provider fills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from analysis.catalogue.disclosure import KEPT_BACK
from analysis.catalogue.model import Catalogue, Dataflow
from analysis.submissions.parse import Parsed
from analysis.submissions.validate import ROW

if TYPE_CHECKING:
    import pandas as pd

STRATA = ("sex", "age", "breakdown")  # keys whose parts must make up the total
KEYS = ("indicator", "geo", "period", "sex", "age", "nationality", "breakdown")
COUNTED = ("stock", "flow", "cumulative", "rate", "share")  # kinds whose value counts people or places, so parts add up
PERCENT = "%"
UNKNOWN = "UNK"
PROVISIONAL = "p"  # flag of a value whose query is open: kept until it is explained, mended or taken back
_TEXT = {"indicator", "geo", "sex", "age", "nationality", "breakdown", "flag", "note", "frequency"}


@dataclass(frozen=True)
class Entry:
    """One submission of a batch."""

    submission: str
    period: date | None  # of the file as a whole, as its name or an option says
    received_at: date
    parsed: Parsed


def assemble(entries: Sequence[Entry], flow: Dataflow, catalogue: Catalogue) -> "pd.DataFrame":
    """
    One row per parsed row: `submission`, `_entry` and `_index` (where it came from), `row_id`, then typed columns.

    Dataflows that become observations also get helper columns: `declared_period`; `received_at`; `share_denominator`
    (denominators of percentages only); `denominator_state` (given, missing, none); `fraction` (what a count has beyond
    a whole number); and for sex and age `_excess` (of parts over the total) and `_rest` (what all parts leave over).
    """
    import pandas as pd

    form = catalogue.forms[flow.form]
    typed = {column.name: column.type for column in form.columns}
    frame = pd.DataFrame(
        {
            "submission": [entry.submission for entry in entries for _ in entry.parsed.rows],
            "_entry": [number for number, entry in enumerate(entries) for _ in entry.parsed.rows],
            "_index": [index for entry in entries for index in range(len(entry.parsed.rows))],
        }
    )
    for name, kind in typed.items():
        cells = [cell for entry in entries for cell in entry.parsed.values[name]]
        frame[name] = _series(cells, kind, frame.index)
    frame[ROW] = range(len(frame))
    if form.becomes != "observations":
        return frame
    totals = _totals(catalogue)
    _complete(frame, flow, totals)
    frame["declared_period"] = _series([e.period for e in entries for _ in e.parsed.rows], "date", frame.index)
    frame["received_at"] = _series([e.received_at for e in entries for _ in e.parsed.rows], "date", frame.index)
    _add_intervals(frame, entries)
    _add_indicator_columns(frame, catalogue)
    for key in STRATA:
        _add_parts(frame, key, totals.get(key, ""), _divisions(catalogue, key, totals.get(key, "")))
    return frame


def _totals(catalogue: Catalogue) -> dict[str, str]:
    """The code of the total of each stratum: what an empty cell of a form stands for."""
    columns = [column for form in catalogue.forms.values() for column in form.columns]
    return {column.name: column.default for column in columns if column.default}


def _series(cells: Sequence[Any], kind: str, index: "pd.Index[int]") -> "pd.Series":
    import pandas as pd

    if kind == "number":
        return pd.Series(cells, index=index, dtype="float64")
    if kind in ("date", "month"):
        return pd.to_datetime(pd.Series(cells, index=index, dtype="object")).astype("datetime64[s]")
    return pd.Series(cells, index=index, dtype="str")


def _complete(frame: "pd.DataFrame", flow: Dataflow, totals: Mapping[str, str]) -> None:
    """Columns that the form lacks: constants of the dataflow, else the total of a stratum, else nothing."""
    for name, value in {**totals, **flow.constants}.items():
        if name not in frame:
            frame[name] = value
    if "frequency" not in frame:
        frame["frequency"] = flow.frequency
    for name in ("value", "denominator"):
        if name not in frame:
            frame[name] = float("nan")
    for name in (*KEYS, "flag", "note"):
        if name not in frame:
            frame[name] = None
    for name in sorted(_TEXT):
        frame[name] = frame[name].astype("str")
    frame["breakdown"] = frame["breakdown"].fillna("")


def _add_intervals(frame: "pd.DataFrame", entries: Sequence[Entry]) -> None:
    """Withheld values: the flag says that it is one, the note between which whole numbers it lies."""
    start = 0
    for entry in entries:
        for (index, name), (low, high) in entry.parsed.intervals.items():
            row, told = start + index, f"{name} in [{low}, {high}]"
            note = frame["note"].iat[row]
            frame.loc[row, "note"] = f"{told}; {note}" if isinstance(note, str) and note else told
            if name == "value":
                frame.loc[row, "flag"] = KEPT_BACK
        start += len(entry.parsed.rows)


def _add_indicator_columns(frame: "pd.DataFrame", catalogue: Catalogue) -> None:
    unit = frame["indicator"].map({name: entry.unit for name, entry in catalogue.indicators.items()})
    kind = frame["indicator"].map({name: entry.kind for name, entry in catalogue.indicators.items()})
    needed = frame["indicator"].map({name: bool(entry.denominator) for name, entry in catalogue.indicators.items()})
    given = frame["denominator"].notna()
    frame["share_denominator"] = frame["denominator"].where(unit == PERCENT)
    frame["denominator_state"] = "none"
    frame.loc[needed.fillna(False).astype(bool) & ~given, "denominator_state"] = "missing"
    frame.loc[given, "denominator_state"] = "given"
    frame["counted"] = kind.isin(COUNTED)
    frame["fraction"] = (frame["value"] % 1).where(frame["counted"])


def _divisions(catalogue: Catalogue, key: str, total: str) -> list[list[str]]:
    """Lists of codes that each make up the total; of a breakdown there are several."""
    listed = catalogue.code_lists[key]
    below = [name for name, code in listed.codes.items() if code.parent == total]
    return list(listed.divisions().values()) or [below or [name for name in listed.codes if name != total]]


def _add_parts(frame: "pd.DataFrame", key: str, total: str, divisions: list[list[str]]) -> None:
    """On the total's row: by how much its parts exceed it, and what complete parts leave over (the worst division)."""
    import pandas as pd

    told = [_against_total(frame, key, total, parts) for parts in divisions]
    frame[f"{key}_excess"] = pd.concat([excess for excess, _ in told], axis=1).max(axis=1)
    frame[f"{key}_rest"] = pd.concat([rest for _, rest in told], axis=1).max(axis=1)


def _against_total(frame: "pd.DataFrame", key: str, total: str, parts: list[str]) -> "tuple[pd.Series, pd.Series]":
    others = ["submission", *(name for name in KEYS if name != key)]
    is_part = frame[key].isin(parts) & frame["counted"] & frame["value"].notna()
    parted = frame[is_part].groupby(others, dropna=False)
    known = frame[is_part & (frame[key] != UNKNOWN)].groupby(others, dropna=False)[key].nunique()
    complete = len(set(parts) - {UNKNOWN})
    sums = parted["value"].sum().rename("_sum").to_frame().join(known.rename("_known"))
    joined = frame[others].merge(sums, how="left", left_on=others, right_index=True)
    joined.index = frame.index
    surplus = (joined["_sum"] - frame["value"]).round(6).where((frame[key] == total) & frame["counted"])
    return surplus, (-surplus).clip(lower=0).where(joined["_known"] == complete)
