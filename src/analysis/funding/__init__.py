"""What is needed and who gets it: budgets, forecasts, schedules, quotas, variances, exact to place and cent. Pure."""

from analysis.funding.budget import Budget, Scenario, budget_under, linked, price_out, total, tranches, whole
from analysis.funding.fairness import Fairness, alabama, fairness, new_state, population
from analysis.funding.forecast import Forecast, forecast, score
from analysis.funding.quotas import Allocation, Method, apportion, blended, moved
from analysis.funding.schedules import Instalment, Release, Side, Trigger, decide, side, territorial_contract, worth
from analysis.funding.variance import Cost, Variance, add_up, price_quantity_variance

__all__ = [
    "Allocation",
    "Budget",
    "Cost",
    "Fairness",
    "Forecast",
    "Instalment",
    "Method",
    "Release",
    "Scenario",
    "Side",
    "Trigger",
    "Variance",
    "add_up",
    "alabama",
    "apportion",
    "blended",
    "budget_under",
    "decide",
    "fairness",
    "forecast",
    "linked",
    "moved",
    "new_state",
    "population",
    "price_out",
    "price_quantity_variance",
    "score",
    "side",
    "territorial_contract",
    "total",
    "tranches",
    "whole",
    "worth",
]
