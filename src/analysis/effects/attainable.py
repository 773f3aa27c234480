"""Inference withheld from an estimate whose design cannot bear it, whatever the data.

With one treated cluster its own noise is fitted away, so that errors over clusters are far too small and reject a true
null far too often (MacKinnon and Webb 2018, Econometrics Journal 21(2)).
"""

import dataclasses
from math import exp, lgamma
from typing import TypeVar

import numpy as np

from analysis.effects.panel import Panel
from analysis.effects.results import PanelEstimate, Refusal
from analysis.effects.series import Floats

LEVEL = 0.05
INFERRED = ("ci_low", "ci_high", "p_value", "band_low", "band_high")
NaN = float("nan")
Result = TypeVar("Result", bound=PanelEstimate)


def course_sizes(panel: Panel) -> tuple[int, ...]:
    """How many clusters had each course of treatment; empty where units of one cluster were treated differently."""
    courses = _courses(panel)
    order = np.argsort(panel.clusters, kind="stable")
    same = panel.clusters[order][1:] == panel.clusters[order][:-1]
    if (same & (courses[order][1:] != courses[order][:-1]).any(axis=1)).any():
        return ()
    first = np.unique(panel.clusters, return_index=True)[1]
    return tuple(int(size) for size in np.unique(courses[first], axis=0, return_counts=True)[1])


def smallest_p(sizes: tuple[int, ...]) -> float:
    """1 / the number of ways to hand out the courses of treatment; with one start that is `minimum_attainable_p`."""
    return exp(sum(lgamma(size + 1) for size in sizes) - lgamma(sum(sizes) + 1))


def _courses(panel: Panel) -> Floats:
    """A row a unit, equal for units treated alike: the start of a lasting treatment, else every dose."""
    if panel.treatment is None:
        return np.asarray(panel.cohort[:, None])
    doses = np.where(panel.present, panel.treatment, 0.0)
    if not np.isin(doses, (0.0, 1.0)).all():
        return np.asarray(doses)
    starts = np.where((doses > 0).any(axis=1), (doses > 0).argmax(axis=1), -1)
    return np.asarray(starts[:, None], dtype=float)


def withheld(result: Result, panel: Panel) -> Result:
    """`result`; a description alone, with a refusal, where the smallest attainable p exceeds 5 % or one is alone."""
    refusal = _refusal(course_sizes(panel))
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
