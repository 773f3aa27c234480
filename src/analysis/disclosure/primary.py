"""Primary suppression: small counts, and the rates that rest on them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import pandas as pd

from analysis.catalogue.disclosure import KEPT_BACK, WITHHELD, DisclosureRules
from analysis.errors import UsageError

Mask: TypeAlias = "pd.Series[bool]"
Secondary: TypeAlias = Callable[[pd.DataFrame, Mask], Mask]
FIGURES = ("value", "denominator")


def check_cells(observations: pd.DataFrame, columns: Iterable[str]) -> None:
    """Refuse what cannot be protected as asked: silence here would show a cell that must be withheld.

    Raises
    ------
    UsageError
        For what is no frame, lacks a column or has it twice, has an index that names two rows alike, or texts in the
        place of numbers.
    """
    if not isinstance(observations, pd.DataFrame):
        raise UsageError("observations", must="a pandas DataFrame", found=type(observations).__name__)
    for name in columns:
        if list(observations.columns).count(name) != 1:
            raise UsageError(f"column {name!r}", must="there once", found=list(observations.columns))
    if not observations.index.is_unique or observations.index.nlevels > 1:
        mend = "Call reset_index(drop=True) first."
        raise UsageError("the index of observations", must="one label a row, each once", found="others", mend=mend)
    for name in FIGURES:
        if not pd.api.types.is_numeric_dtype(observations[name].infer_objects()):
            raise UsageError(f"column {name!r}", must="numbers", found=str(observations[name].dtype))


def small(observations: pd.DataFrame, rules: DisclosureRules, units: Mapping[str, str]) -> Mask:
    """Which cells are too small to show: a count within its threshold, or a rate with such a numerator or denominator.

    Parameters
    ----------
    observations : `dataflow`, `indicator`, `value`, `denominator` (NaN for a count).
    units : unit by indicator; amounts and durations (`rules.units`) count nobody, but what they are an average over
        does. A value that came as a rate without its denominator is no count either. A row without a dataflow has the
        default threshold.

    Raises
    ------
    UsageError
        For a frame that cannot be read so (`check_cells`).
    """
    check_cells(observations, ("dataflow", "indicator", *FIGURES))
    found = pd.Series(False, index=observations.index)
    unit = observations["indicator"].map(units)
    for dataflow, part in observations.groupby("dataflow", sort=False, dropna=False):
        threshold = rules.threshold(str(dataflow))
        if threshold is None:
            continue
        own = unit.loc[part.index]
        based = part["denominator"].notna()
        counted = ~own.isin(rules.units) & (based | ~own.isin(["%", "per 1,000"]))
        # Between whole numbers too: a count of 4.0000001 hides no more than one of 4.
        numerator = part["value"].round().between(threshold.smallest, threshold.largest)
        denominator = part["denominator"].round().between(threshold.smallest, threshold.largest)
        found.loc[part.index] = (counted & numerator) | denominator
    return found


def kept_back(observations: pd.DataFrame) -> Mask:
    """Which counts their own sender withheld: without a value, and flagged as an interval."""
    if "flag" not in observations:
        return pd.Series(False, index=observations.index)
    flags = observations["flag"].astype("str").fillna("")
    return observations["value"].isna() & flags.str.contains(rf"\b{KEPT_BACK}\b")


def suppress(
    observations: pd.DataFrame,
    rules: DisclosureRules,
    units: Mapping[str, str],
    *,
    secondary: Sequence[Secondary] = (),
) -> pd.DataFrame:
    """A copy whose small cells have no value, no denominator and no note, and the flag `c`.

    Parameters
    ----------
    secondary : each takes the frame and the cells withheld so far and returns all that must be; this is where joint
        suppression comes in (`complement` for one total and its parts, one key at a time).

    Raises
    ------
    UsageError
        As of `small` and of each `secondary`.
    """
    withheld = small(observations, rules, units)
    for also in secondary:
        withheld = withheld | also(observations, withheld)
    out = observations.copy()
    out.loc[withheld, ["value", "denominator"]] = float("nan")
    for name, blank in (("flag", WITHHELD), ("note", "")):
        if name in out.columns:
            if not pd.api.types.is_string_dtype(out[name]):  # flags of a frame that has none may be numbers (NaN)
                out[name] = out[name].astype(object)
            out.loc[withheld, name] = blank
    return out
