"""Primary suppression: small counts, and the rates that rest on them."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import pandas as pd

from analysis.catalogue.disclosure import KEPT_BACK, WITHHELD, DisclosureRules

Mask: TypeAlias = "pd.Series[bool]"
Secondary: TypeAlias = Callable[[pd.DataFrame, Mask], Mask]


def small(observations: pd.DataFrame, rules: DisclosureRules, units: Mapping[str, str]) -> Mask:
    """Which cells are too small to show: a count within its threshold, or a rate with such a numerator or denominator.

    Parameters
    ----------
    observations : `dataflow`, `indicator`, `value`, `denominator` (NaN for a count).
    units : unit by indicator; amounts and durations (`rules.units`) count nobody, but what they are an average over
        does. A value that came as a rate without its denominator is no count either.
    """
    found = pd.Series(False, index=observations.index)
    unit = observations["indicator"].map(units)
    for dataflow, part in observations.groupby("dataflow", sort=False):
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
    return observations["value"].isna() & observations["flag"].str.contains(rf"\b{KEPT_BACK}\b")


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
    """
    withheld = small(observations, rules, units)
    for also in secondary:
        withheld = withheld | also(observations, withheld)
    out = observations.copy()
    out.loc[withheld, ["value", "denominator"]] = float("nan")
    for name, blank in (("flag", WITHHELD), ("note", "")):
        if name in out.columns:
            out.loc[withheld, name] = blank
    return out
