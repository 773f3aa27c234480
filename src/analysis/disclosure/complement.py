"""Complementary suppression: no withheld cell follows from a total less the parts that are shown. Pure.

One family at a time: a total and the parts directly below it, along one key (sex, age, nationality, territory, each
division of a breakdown) with all others fixed, round by round until nothing changes. What several tables tell together
(crossed margins, two divisions of one total, flows of a stock, earlier editions) needs joint suppression with an audit
of all their equations; it takes the same place in `suppress` as this.
"""

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from analysis.catalogue.disclosure import DisclosureRules, Threshold
from analysis.disclosure.primary import FIGURES, Mask, Secondary, check_cells, kept_back
from analysis.errors import UsageError

KEYS = ("dataflow", "provider", "indicator", "geo", "period", "frequency", "sex", "age", "nationality", "breakdown")
ACROSS_PROVIDERS = "geo"  # the parts of a territory come from different bodies
Division: TypeAlias = tuple[str, Mapping[str, str]]


def complement(rules: DisclosureRules, totals: Iterable[Division]) -> Secondary:
    """What else must be withheld, as `suppress` asks for it.

    Parameters
    ----------
    totals : a key, and its codes that are parts -> the code of their total. A key that is divided in several ways has
        one entry for each: the parts of one way make up the total by themselves.

    Returns
    -------
    A function of the observations and the cells withheld so far. In each family with a total it withholds the smallest
    other part (the total, where none is left) until two cells are withheld whose sum leaves open what each of them is.
    A count that its own sender kept back ("fewer than 5") is guarded alike.

    Raises
    ------
    UsageError
        For a division of no key or of a code into itself; by the function: for two rows of one cell and edition, whose
        parts would be counted twice, and as `check_cells`.
    """

    divisions = list(totals)
    for key, parents in divisions:
        if key not in KEYS or any(part == total for part, total in parents.items()):
            must = f"one of {', '.join(KEYS)}, with parts that are not their own total"
            raise UsageError("a division", must=must, found=f"{key}: {dict(parents)}")

    def also(observations: pd.DataFrame, withheld: Mask) -> Mask:
        check_cells(observations, (*KEYS, *FIGURES))
        edition = [*KEYS, "as_of"] if "as_of" in observations else list(KEYS)
        if observations.duplicated(edition).any():
            raise UsageError(
                "observations", must="one row a cell and edition", found="two of one", mend="Keep the last."
            )
        silent = kept_back(observations)
        small = frozenset(observations.index[withheld | silent])
        hidden, waiting = set(small), set(small)
        while waiting:
            families = list(_families(observations, waiting, divisions, rules))
            waiting = {row for family in families for row in _needed(family, hidden, small)}
            hidden |= waiting
        return pd.Series(observations.index.isin(hidden), index=observations.index) & ~silent

    return also


@dataclass(frozen=True)
class _Family:
    """A total's row and value, and the value of each of its parts by row."""

    whole: Hashable
    total: float
    parts: Mapping[Hashable, float]
    threshold: Threshold | None


def _families(
    observations: pd.DataFrame, rows: Set[Hashable], divisions: Sequence[Division], rules: DisclosureRules
) -> Iterator[_Family]:
    """Every family with a total in which one of `rows` is."""
    touched = observations[observations.index.isin(rows)]
    several = "as_of" in observations and bool(observations.duplicated(list(KEYS)).any())
    for key, parents in divisions:
        fixed = [name for name in KEYS if name != key and not (key == ACROSS_PROVIDERS and name == "provider")]
        fixed += ["as_of"] if several else []  # each edition has its own families
        near = observations.reset_index(names="_row").merge(touched[fixed].drop_duplicates(), on=fixed)
        for _, group in near.groupby(fixed, sort=False):
            for total in sorted(set(parents.values())):
                whole = list(group.loc[group[key] == total, ["_row", "value"]].itertuples(index=False, name=None))
                parts = group[group[key].map(parents) == total]
                if whole and len(parts):
                    values = dict(zip(parts["_row"], parts["value"].astype(float), strict=True))
                    row, value = whole[0]
                    yield _Family(row, value, values, rules.threshold(str(group["dataflow"].iloc[0])))


def _needed(family: _Family, hidden: Set[Hashable], small: Set[Hashable]) -> set[Hashable]:
    """The cell of a family that must be withheld next; none where it is safe."""
    parts = [row for row in family.parts if row in hidden]
    if not parts and family.whole not in hidden:
        return set()
    if len(parts) + (family.whole in hidden) > 1 and not _told_exactly(family, parts, hidden, small):
        return set()
    shown = [row for row, value in family.parts.items() if row not in hidden and value > 0]
    if shown:
        return {min(shown, key=lambda row: family.parts[row])}
    return {family.whole} - hidden


def _told_exactly(family: _Family, parts: list[Hashable], hidden: Set[Hashable], small: Set[Hashable]) -> bool:
    """Whether hidden small counts follow from their sum: all at the least or all at the greatest of the threshold."""
    if family.whole in hidden or family.threshold is None or any(row not in small for row in parts):
        return False
    rest, many = sum(family.parts[row] for row in parts), len(parts)
    if math.isnan(rest):  # a sender kept one back: what is left of the total
        rest = family.total - sum(value for row, value in family.parts.items() if row not in hidden)
    return rest <= many * family.threshold.smallest or rest >= many * family.threshold.largest
