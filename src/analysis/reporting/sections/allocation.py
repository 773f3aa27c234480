"""Allocation: places shared out by method and key, how even that is, and what another key would move."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from analysis.reporting.page import Page
from analysis.reporting.sections.quantities import show_table

if TYPE_CHECKING:
    from analysis.catalogue.quotas import Quota
    from analysis.funding import Allocation


def show_allocation(page: Page, quota: Quota) -> None:
    """Places by method and key, with fairness; then what another key would move."""
    import pandas as pd

    from analysis.funding import Method, apportion, blended, fairness, moved

    key = blended(quota.population, quota.capacity, quota.capacity_share)
    by_population = {method: apportion(quota.total, quota.population, method) for method in Method}
    mixed = apportion(quota.total, key)
    limited = apportion(quota.total, key, floors=quota.floors, caps=quota.caps)
    base = by_population[Method.HAMILTON]
    change = moved(base, limited)
    rows = [
        {
            "unit": name,
            **{method.name.lower(): allocation.places[unit] for method, allocation in by_population.items()},
            "mixed": mixed.places[unit],
            "limited": limited.places[unit],
            "moved": page.wording.number(change[unit], signed=True),
        }
        for unit, name in quota.names.items()
    ]
    frame = pd.DataFrame(rows)
    formats = {name: "text" if name == "unit" else "figure" if name == "moved" else "number" for name in frame.columns}
    page.say(
        "funding.allocation",
        total=str(quota.total),
        share=page.wording.quantity(100 * float(quota.capacity_share), "%", decimals=0),
    )
    show_table(page, "allocation", frame, formats)
    indexed: dict[str, tuple[Allocation, Mapping[str, int | Fraction]]] = {
        "hamilton": (base, quota.population),
        "mixed": (mixed, key),
        "limited": (limited, key),
    }
    judged = [(name, fairness(allocation.places, weights)) for name, (allocation, weights) in indexed.items()]
    told = [
        (
            page.wording.say(f"funding.head.{name}"),
            *(page.wording.number(100 * part, 2) for part in (one.moved, one.least_squares, one.gini)),
            page.wording.number(one.spread, 3),
        )
        for name, one in judged
    ]
    indices = ["index_moved", "index_squares", "index_gini", "index_spread"]
    formats = {"unit": "text", **dict.fromkeys(indices, "figure")}
    show_table(page, "fairness", pd.DataFrame(told, columns=["unit", *indices]), formats)
    page.say("funding.paradox")
