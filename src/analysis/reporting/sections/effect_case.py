"""One intervention as the store knows it: its frames, and what the estimators say of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from analysis.catalogue.model import Intervention
from analysis.catalogue.protocol import ProtocolState, protocol_state
from analysis.effects.assessment import Assessment, Elsewhere, Question, assess_comparison, assess_series
from analysis.errors import UsageError
from analysis.reporting.page import Page
from analysis.reporting.sections.series import indicator_dataflows, page_series, page_totals, units
from analysis.trends.levels import levels

if TYPE_CHECKING:
    import pandas as pd

EDITIONS = 8  # the last ones: four months of two-weekly rounds
COUNTRY = 2  # letters of a country's code; an aggregate's is longer


@dataclass(frozen=True, eq=False)
class Case:
    """An intervention with its data and its assessment; `series` is the treated outcome, one row a period."""

    intervention: Intervention
    series: pd.DataFrame
    panel: pd.DataFrame | None
    assessment: Assessment
    protocol: ProtocolState

    @property
    def relative(self) -> bool:
        """Whether effects are changes of a logarithm, to be told in per cent."""
        return self.intervention.scale == "log"


def has_data(page: Page, case: Intervention) -> bool:
    """Whether the outcome is known for every treated territory."""
    return _known(page, case.indicator, case.treated)


def open_case(page: Page, name: str, *, thorough: bool = True) -> Case:
    """Read the data of an intervention and have it judged; the estimate alone, ungraded, where not `thorough`.

    Raises
    ------
    UsageError : nothing is known of its outcome for a treated territory.
    """
    case = page.catalogue.interventions[name]
    if not has_data(page, case):
        flows = ", ".join(indicator_dataflows(page, case.indicator))
        must = f"backed by data of {flows} for {', '.join(case.treated)}, of which nothing is known on {page.as_of}"
        raise UsageError(f"the intervention {name}", must=must, mend="Take in the file with `monitor intake`.")
    return page.shared(("case", name, thorough), lambda: _judged(page, case, thorough=thorough))


def _judged(page: Page, case: Intervention, *, thorough: bool) -> Case:
    state = protocol_state(case, page.catalogue.locks)
    question = Question(
        onset=case.starts,
        model=case.model,
        models=case.models,
        placebo_dates=case.placebo_dates,
        kind=page.catalogue.indicators[case.indicator].kind,
        protocol=state.answer,
        announced=case.announced,
    )
    if case.donors is not None:
        return _compared(page, case, question, state)
    series = treated_series(page, case)
    elsewhere, editions = (_elsewhere(page, case), _editions(page, case, series)) if thorough else (None, None)
    nowcast = young_periods(_history(page, case), series) if thorough else None
    judged = assess_series(
        series, "level", question, elsewhere=elsewhere, editions=editions, nowcast=nowcast, thorough=thorough
    )
    return Case(case, series, None, judged, state)


def treated_series(page: Page, case: Intervention) -> pd.DataFrame:
    """The outcome of the treated territories, one row a period; several territories are taken together."""
    return outcome_series(page, case.indicator, case.treated)


def outcome_series(page: Page, indicator: str, geos: tuple[str, ...]) -> pd.DataFrame:
    """One indicator of one territory, or of several taken together, in its own unit (`level`)."""
    import pandas as pd

    from analysis.trends.together import together

    domain = page.catalogue.indicators[indicator].domain
    parts = [(geo, page_series(page, domain, geo)) for geo in geos]
    found = pd.concat([part[part["geo"] == geo] for geo, part in parts], ignore_index=True)
    series = found[found["indicator"] == indicator]
    if len(geos) > 1:
        series = together(series, "+".join(geos), list(geos))
    return levels(series.sort_values("period").reset_index(drop=True), units(page))


def donor_panel(page: Page, case: Intervention) -> pd.DataFrame:
    """The treated territory and its donors by the rule of the protocol; `outcome` is `level` or its logarithm."""
    import numpy as np
    import pandas as pd

    rule = case.donors
    assert rule is not None
    domain = page.catalogue.indicators[case.indicator].domain
    known = page_series(page, domain, page.country)
    series = levels(known[known["indicator"] == case.indicator], units(page))
    months = series["period"].between(pd.Timestamp(rule.first), pd.Timestamp(rule.last))
    wide = series[months].pivot(index="geo", columns="period", values="level")
    large = set(wide.index[wide.min(axis=1, skipna=False) >= rule.at_least])
    donors = {str(geo) for geo in large if len(str(geo)) == COUNTRY} - set(rule.without)
    first, last = (pd.Timestamp(day) for day in case.window)
    chosen = series[series["geo"].isin(donors | set(case.treated)) & series["period"].between(first, last)]
    outcome = np.log(chosen["level"]) if case.scale == "log" else chosen["level"]
    return chosen.assign(outcome=outcome).sort_values(["geo", "period"]).reset_index(drop=True)


def _compared(page: Page, case: Intervention, question: Question, state: ProtocolState) -> Case:
    panel = donor_panel(page, case)
    editions: dict[object, pd.DataFrame] = {
        day: donor_panel(replace(page, as_of=day), case) for day in edition_days(page, case)
    }
    treated = case.treated[0]
    judged = assess_comparison(panel, "outcome", treated, question, level="level", editions=editions)
    series = panel[panel["geo"] == treated].reset_index(drop=True)
    return Case(case, series, panel, judged, state)


def _elsewhere(page: Page, case: Intervention) -> Elsewhere:
    """The territories of comparison and the other outcomes, as far as anything is known of them."""
    unit = page.catalogue.indicators[case.indicator].unit
    others = (*case.placebo_outcomes, *case.explored_outcomes)
    there = [geo for geo in case.comparison if _known(page, case.indicator, (geo,))]
    territories: dict[object, pd.DataFrame] = {geo: outcome_series(page, case.indicator, (geo,)) for geo in there}
    outcomes, explored = (_outcomes(page, case, names) for names in (case.placebo_outcomes, case.explored_outcomes))
    differ = frozenset(name for name in others if page.catalogue.indicators[name].unit != unit)
    return Elsewhere(territories, outcomes, explored, differ)


def _outcomes(page: Page, case: Intervention, names: tuple[str, ...]) -> dict[object, pd.DataFrame]:
    return {name: outcome_series(page, name, case.treated) for name in names if _known(page, name, case.treated)}


def _known(page: Page, indicator: str, geos: tuple[str, ...]) -> bool:
    """Whether the collected dataflows, not figures that are quoted, hold the indicator for all of `geos`."""
    flows = indicator_dataflows(page, indicator)
    known = page.store.observations(page.as_of, dataflows=flows, indicators=[indicator], geos=list(geos))
    return set(geos) <= set(known["geo"])


def edition_days(page: Page, case: Intervention) -> list[date]:
    """The last days on which something new became known of the outcome, after the intervention began."""
    import pandas as pd

    known = _history(page, case)
    days = sorted(set(known.loc[known["as_of"] > pd.Timestamp(case.starts), "as_of"]))
    return [day.date() for day in days[-EDITIONS:]]


def revised(page: Page, case: Intervention) -> tuple[int, int]:
    """How many values of the outcome were ever revised, of how many."""
    values = _history(page, case).groupby(["geo", "period"])[["value", "denominator"]].nunique(dropna=False)
    return int((values.max(axis=1) > 1).sum()), len(values)


def young_periods(history: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame | None:
    """What the last counts of the outcome will become, in its own unit; None for a rate, or where nothing is revised.

    Of several territories the movements still to come are added up, as if all were misjudged alike.
    """
    from analysis.trends.revised import nowcasts

    found = nowcasts(history) if history["denominator"].isna().all() else history.iloc[:0]
    if found.empty:
        return None
    last = history.sort_values("as_of", kind="stable").drop_duplicates(["geo", "period"], keep="last")
    joined = found.merge(last[["geo", "period", "value"]], on=["geo", "period"])
    names = ["nowcast", "nowcast_low", "nowcast_high"]
    moves = joined[names].sub(joined["value"], axis=0).groupby(joined["period"]).sum()
    known = series.set_index("period")["level"].dropna()
    moves = moves[moves.index.isin(known.index)]
    return moves.add(known.reindex(moves.index), axis=0).reset_index() if len(moves) else None


def _editions(page: Page, case: Intervention, series: pd.DataFrame) -> dict[object, pd.DataFrame]:
    """The treated series as it was known on each edition's day."""
    import pandas as pd

    history = _history(page, case).sort_values("as_of", kind="stable")
    found: dict[object, pd.DataFrame] = {}
    for day in edition_days(page, case):
        known = history[history["as_of"] <= pd.Timestamp(day)].drop_duplicates(["geo", "period"], keep="last")
        sums = known.groupby("period").agg(
            value=("value", lambda values: values.sum(skipna=False)),
            denominator=("denominator", lambda values: values.sum(skipna=False)),
            parts=("geo", "nunique"),
        )
        whole = sums.where(sums["parts"] == len(case.treated))[["value", "denominator"]]
        then = series[series["period"] <= known["period"].max()].drop(columns=["value", "denominator"])
        found[day] = levels(then.join(whole, on="period"), units(page))
    return found


def _history(page: Page, case: Intervention) -> pd.DataFrame:
    """Every value ever known of the outcome, of the treated and, where there are donors, of everybody."""
    geos = list(case.treated) if case.donors is None else None
    flows = indicator_dataflows(page, case.indicator)
    known = page.store.observations(page.as_of, dataflows=flows, indicators=[case.indicator], geos=geos, history=True)
    return page_totals(known)
