"""Inference withheld from an estimate whose design cannot bear it, whatever the data.

With one treated cluster its own noise is fitted away, so that errors over clusters are far too small and reject a true
null far too often (MacKinnon and Webb 2018, Econometrics Journal 21(2)).
"""

import dataclasses
from math import exp, lgamma
from typing import TypeVar

import numpy as np
import pandas as pd

from analysis.effects.panel import Panel
from analysis.effects.results import PanelEstimate, Refusal
from analysis.effects.series import Floats, Integers

LEVEL = 0.05
INFERRED = ("ci_low", "ci_high", "p_value", "band_low", "band_high")
NaN = float("nan")
Result = TypeVar("Result", bound=PanelEstimate)


def course_sizes(panel: Panel) -> tuple[int, ...]:
    """How many clusters had each course of treatment; empty where units of one cluster were treated differently."""
    courses = _cohorts(panel) if panel.treatment is None else _changes(panel)
    if courses is None:
        return ()
    return tuple(int(size) for size in np.unique(courses, axis=0, return_counts=True)[1])


def smallest_p(sizes: tuple[int, ...]) -> float:
    """1 / the number of ways to hand out the courses of treatment; with one start that is `minimum_attainable_p`."""
    return exp(sum(lgamma(size + 1) for size in sizes) - lgamma(sum(sizes) + 1))


def _cohorts(panel: Panel) -> Floats | None:
    """The start of each cluster (clusters x 1); None where a cluster has several."""
    first = np.unique(panel.clusters, return_index=True)[1]
    starts = panel.cohort[first]
    return starts[:, None] if (panel.cohort == starts[panel.clusters]).all() else None


def _changes(panel: Panel) -> Floats | None:
    """Each cluster's treatment less its first one (clusters x periods); None where units of a cluster differ.

    Unit effects take the first one out: clusters always treated are controls as those never treated are. A period
    without any row goes on as the one before it.
    """
    assert panel.treatment is not None
    low, high = _bounds(panel.treatment, panel.clusters)
    if (low < high).any():
        return None
    whole = pd.DataFrame(high).ffill(axis=1).bfill(axis=1).to_numpy(dtype=float)
    return np.asarray(whole - whole[:, :1])


def _bounds(treatment: Floats, clusters: Integers) -> tuple[Floats, Floats]:
    """The least and the most treatment of each cluster (clusters x columns); NaN where none is known."""
    shape = (int(clusters.max()) + 1, treatment.shape[1])
    low, high = np.full(shape, np.nan), np.full(shape, np.nan)
    np.fmin.at(low, clusters, treatment)
    np.fmax.at(high, clusters, treatment)
    return low, high


def withheld(result: Result, panel: Panel) -> Result:
    """`result`; a description alone, with a refusal, where the smallest attainable p exceeds 5 % or one is alone."""
    refusal = _refusal(course_sizes(panel))
    if refusal is None and panel.treatment is None and _each_start_is_alone(panel):
        sentence = "Each start of treatment has one cluster alone: its noise passes for effect."
        refusal = Refusal(("one_cluster_alone",), (sentence,))
    return _described(result, refusal)


def withheld_of_rows(result: Result, treatment: Floats, clusters: Integers) -> Result:
    """The same for rows that are no panel (n each), where the treatment went to whole clusters or to one alone."""
    low, high = _bounds(treatment[:, None], clusters)
    varies = (low < high)[:, 0]
    sizes: tuple[int, ...] = ()
    if not varies.any() or (varies.sum() == 1 and np.ptp(high[~varies]) == 0):
        course = np.column_stack([high[:, 0], varies])
        sizes = tuple(int(size) for size in np.unique(course, axis=0, return_counts=True)[1])
    return _described(result, _refusal(sizes))


def _described(result: Result, refusal: Refusal | None) -> Result:
    if refusal is None:
        return result
    blank = dict.fromkeys((name for name in INFERRED if name in result.table.columns), NaN)
    return dataclasses.replace(
        result,
        ci_low=NaN,
        ci_high=NaN,
        p_value=NaN,
        inference=f"withheld: {refusal.codes[0]}",
        table=result.table.assign(**blank),
        refusals=(refusal,),
    )


def _refusal(sizes: tuple[int, ...]) -> Refusal | None:
    if not sizes:
        return None
    smallest, clusters = smallest_p(sizes), sum(sizes)
    if smallest > LEVEL * (1 + 1e-9):
        sentence = f"With {clusters} clusters treated as they were the smallest attainable p is {smallest:.3g}."
        return Refusal(("minimum_p_too_large",), (sentence,))
    if len(sizes) == 2 and min(sizes) == 1:
        sentence = f"One of {clusters} clusters stands alone: errors over clusters miss its noise. Use randomisation."
        return Refusal(("one_cluster_alone",), (sentence,))
    return None


def _each_start_is_alone(panel: Panel) -> bool:
    """Whether every cluster treated has a start of its own, beside clusters never treated."""
    starts = _cohorts(panel)
    if starts is None:
        return False
    treated = starts[np.isfinite(starts)]
    return len(treated) < len(starts) and len(np.unique(treated)) == len(treated)
