"""Levels in the units that people read: a rate in percent with its interval, a count as it is, and how both moved."""

import pandas as pd

from analysis.trends.change import change, rates
from analysis.trends.withheld import withheld

SCALES = {"%": 100.0, "per 1,000": 1000.0}
SERIES = ["dataflow", "provider", "indicator", "geo"]
UNCOUNTED = ("duration", "amount", "ratio")  # kinds that count nobody, so that no count's interval is theirs
COMPARISONS = {"previous": "round", "last_year": "year"}


def levels(observations: pd.DataFrame, units: pd.Series) -> pd.DataFrame:
    """Add `level`, `low`, `high`, `n` and `scale` to observations.

    Parameters
    ----------
    observations : n rows with `indicator`, `value`, `denominator` (NaN for a count).
    units : unit by indicator; `%` and `per 1,000` scale value / denominator.

    Returns
    -------
    A copy, n rows; `level`, `low`, `high` in the indicator's unit (`trends.rates` says when there is an interval),
    `n` the denominator. A rate that came without its denominator is taken as it was sent, without interval; one whose
    denominator was withheld has no level. `least` and `most` are the bounds of a withheld value in the indicator's
    unit, NaN everywhere else; its level, too, is NaN.
    """
    hidden = withheld(observations)
    scale = observations["indicator"].map(units).map(SCALES)
    base = observations["denominator"].where(scale.notna())
    rated = rates(observations.assign(denominator=base))
    scale = scale.where(base.notna(), 1.0)
    level = (rated["rate"] * scale).where(base.notna(), observations["value"])
    share = scale / base.where(base > 0).where(base.notna(), 1.0)
    return observations.assign(
        level=level.where(~hidden["base_withheld"] & ~hidden["withheld"]),
        low=rated["rate_low"] * scale,
        high=rated["rate_high"] * scale,
        n=base,
        scale=scale,
        least=hidden["least"] * share,
        most=hidden["most"] * share,
        withheld=hidden["withheld"],
    )


def standing(series: pd.DataFrame) -> pd.DataFrame:
    """The last known level of every series, and its change since the round before and since a year before.

    Parameters
    ----------
    series : from `levels`, one row per series and period, with `frequency`; NaN as level where none came.

    Returns
    -------
    One row a series: its last known row, with `round` and `year` (changes in the indicator's unit, NaN where the
    earlier value is missing), `round_low` ... `year_high` (95 %, `trends.change`; none for a duration or an amount of
    money where `series` has its `kind`) and `round_period`, `year_period`
    (the dates compared with).
    """
    known = series[series["level"].notna()].sort_values("period")
    last = known.drop_duplicates(SERIES, keep="last").reset_index(drop=True)
    moved = change(series.assign(denominator=series["n"]), by=[*SERIES, "frequency"])
    for comparison, name in COMPARISONS.items():
        part = moved[moved["comparison"] == comparison]
        columns = {
            "absolute": name,
            "absolute_low": f"{name}_low",
            "absolute_high": f"{name}_high",
            "reference_period": f"{name}_period",
        }
        last = last.merge(part[[*SERIES, *columns]].rename(columns=columns), how="left", on=SERIES)
        numbers = [name, f"{name}_low", f"{name}_high"]
        last[numbers] = last[numbers].mul(last["scale"], axis=0)
        if "kind" in last:
            bounds = numbers[1:]
            last[bounds] = last[bounds].mask(last["kind"].isin(UNCOUNTED) & last["n"].isna())
    return last
