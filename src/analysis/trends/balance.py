"""Accounts of persons: what is left of a total once all that is known is taken away, as an interval."""

from dataclasses import dataclass

import pandas as pd

from analysis.catalogue.balances import AccountBalance, Term

TERMS = ["term", "sign", "low", "best", "high", "assumed", "share"]


@dataclass(frozen=True, eq=False)
class Balance:
    """The rest of an account, in persons: between `low` and `high`; `best` only where every term has a best value.

    `terms`: one row for the total (sign 1) and one a term (sign -1): `term`, `sign`, `low`, `best`, `high`, `assumed`
    (whether an assumption stands behind it) and `share` of the interval's width that it causes (0 to 1; NaN where the
    interval is a point). `closes`: whether the terms explain the total exactly. `impossible`: whether the terms, at
    their least, exceed the total at its most.
    """

    low: float
    best: float | None
    high: float
    terms: pd.DataFrame
    closes: bool
    impossible: bool


def balance(account: AccountBalance) -> Balance:
    """What an account leaves unexplained.

    The bounds hold whenever every term lies in its range: no distribution is assumed, and no range is taken to be
    independent of another. Persons cannot be negative, so neither bound is below 0.
    """
    rows = [_row("total", 1, account.total), *(_row(name, -1, term) for name, term in account.terms.items())]
    terms = pd.DataFrame(rows, columns=TERMS[:-1])
    signed = terms["sign"]
    low = float(terms["low"].where(signed > 0, -terms["high"]).sum())
    high = float(terms["high"].where(signed > 0, -terms["low"]).sum())
    best = None if terms["best"].isna().any() else float((signed * terms["best"]).sum())
    width = terms["high"] - terms["low"]
    terms["share"] = width / width.sum() if width.sum() > 0 else float("nan")
    impossible = high < 0
    return Balance(max(low, 0.0), best, max(high, 0.0), terms, low == high == 0, impossible)


def _row(name: str, sign: int, term: Term) -> tuple[str, int, float, float, float, bool]:
    best = float("nan") if term.best is None else term.best
    return name, sign, term.low, best, term.high, term.assumption is not None
