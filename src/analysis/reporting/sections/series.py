"""Observations of a page as regular series: the total stratum, the page's territories, every expected round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.errors import UsageError
from analysis.reporting.page import Page

if TYPE_CHECKING:
    import pandas as pd

TOTALS = {"sex": ("T", ""), "age": ("TOTAL", ""), "breakdown": ("",)}
NATIONALITIES = ("TOTAL", "", "UA")  # the widest group that the source has
SERIES = ["dataflow", "provider", "indicator", "geo"]
STRATA = ["sex", "age", "nationality", "breakdown"]
BETTER = {"higher": "up", "lower": "down"}
PUBLISHED = "published"  # the form of figures that are quoted, not collected: they make no series


def page_dataflows(page: Page, domain: str) -> list[str]:
    """The collected dataflows of a domain."""
    flows = page.catalogue.dataflows.values()
    return [flow.id for flow in flows if flow.domain == domain and flow.form != PUBLISHED]


def indicator_dataflows(page: Page, indicator: str) -> list[str]:
    """The collected dataflows that hold an indicator: those of its domain that are not of another one alone."""
    flows = page_dataflows(page, page.catalogue.indicators[indicator].domain)
    return [flow for flow in flows if page.catalogue.dataflows[flow].constants.get("indicator", indicator) == indicator]


def page_series(page: Page, domain: str, region: str) -> pd.DataFrame:
    """Totals of every indicator of a domain, one row per series and expected round, with `kind`; NaN where none came.

    `region` with parts (the country) means all territories; another one means itself.

    Raises
    ------
    UsageError : nothing is known of the domain, or of the region in it.
    """
    return page.shared(("series", domain, region), lambda: _regular(page, domain, region))


def _regular(page: Page, domain: str, region: str) -> pd.DataFrame:
    known = page_totals(page.store.observations(page.as_of, dataflows=page_dataflows(page, domain)))
    chosen = known if region_parts(page, region) else known[known["geo"] == region]
    if chosen.empty:
        there = ", ".join(sorted(set(known["geo"]))) or "nothing"
        raise UsageError(
            f"data of domain {domain}, region {region}", must=f"in the store, which has {there} as of {page.as_of}"
        )
    kinds = {name: indicator.kind for name, indicator in page.catalogue.indicators.items()}
    regular = _with_gaps(page, chosen)
    return regular.assign(kind=regular["indicator"].map(kinds))


def region_parts(page: Page, region: str) -> list[str]:
    """The territories directly below a region."""
    return [code.code for code in page.catalogue.code_lists["geo"].codes.values() if code.parent == region]


def page_watched(page: Page, domain: str, region: str) -> pd.DataFrame:
    """`page_series` with sums of the region, levels, marks and the judgement of each value (`trends.watch`)."""
    return page.shared(("watched", domain, region), lambda: _watched(page, domain, region))


def _watched(page: Page, domain: str, region: str) -> pd.DataFrame:
    import pandas as pd

    from analysis.trends.levels import levels
    from analysis.trends.marks import marks
    from analysis.trends.together import together
    from analysis.trends.watch import watch

    observed = page_series(page, domain, region)
    whole = together(observed, region, region_parts(page, region))
    series = levels(pd.concat([observed, whole], ignore_index=True), units(page))
    return watch(series.assign(mark=marks(series)), improvements(page))


def improvements(page: Page) -> dict[str, str]:
    """Which way is better, by indicator: `up`, `down` or `none`."""
    return {name: BETTER.get(one.direction, "none") for name, one in page.catalogue.indicators.items()}


def units(page: Page) -> pd.Series:
    """Unit by indicator."""
    import pandas as pd

    return pd.Series({name: indicator.unit for name, indicator in page.catalogue.indicators.items()})


def page_totals(observations: pd.DataFrame) -> pd.DataFrame:
    """The rows of the total stratum; of nationalities the widest group that each indicator has."""
    for key, totals in TOTALS.items():
        observations = observations[observations[key].isin(totals)]
    widest = observations["nationality"].map({code: rank for rank, code in enumerate(NATIONALITIES)})
    best = widest.groupby(observations["indicator"]).transform("min")
    return observations[widest == best]


def _with_gaps(page: Page, observations: pd.DataFrame) -> pd.DataFrame:
    """Every series on all expected dates since its own first; text is empty and numbers are NaN where nothing came."""
    import pandas as pd

    key = [*SERIES, "frequency"]
    by = observations.sort_values([*key, "period"], kind="stable").groupby(key, sort=False)
    same = by[STRATA].last().assign(synthetic=by["synthetic"].any(), first=by["period"].min()).reset_index()
    parts = [observations[[*key, "period"]].merge(same, on=key)]
    for (_, frequency), series in same.groupby(["dataflow", "frequency"], sort=False):
        due = _expected(page, str(frequency), observations.merge(series[key])["period"])
        dates = series.merge(pd.DataFrame({"period": due}), how="cross")
        parts.append(dates[dates["period"] >= dates["first"]])
    every = pd.concat(parts, ignore_index=True).drop_duplicates([*key, "period"]).drop(columns="first")
    came = observations.drop(columns=[*STRATA, "synthetic"])
    gaps = every.merge(came, how="left", on=[*key, "period"]).sort_values([*key, "period"], ignore_index=True)
    texts = ["flag", "submission", "sheet", "column", "note"]
    gaps[texts] = gaps[texts].fillna("")
    return gaps[[*observations.columns]]


def _expected(page: Page, frequency: str, periods: pd.Series) -> pd.DatetimeIndex:
    import pandas as pd

    from analysis.trends.completeness import rounds_due

    rounds = page.catalogue.rounds
    if frequency == f"P{rounds.every_days // 7}W":
        return rounds_due(rounds, page.as_of)
    if frequency == "P1M":
        return pd.date_range(periods.min(), periods.max(), freq="ME")
    return pd.DatetimeIndex(sorted(periods.unique()))
