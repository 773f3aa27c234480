"""What is needed and who gets it: quotas and variances, exact to the last place and cent. Pure functions."""

from analysis.funding.quotas import Allocation, Method, apportion, blended, moved
from analysis.funding.variance import Cost, Variance, add_up, price_quantity_variance

__all__ = [
    "Allocation",
    "Cost",
    "Method",
    "Variance",
    "add_up",
    "apportion",
    "blended",
    "moved",
    "price_quantity_variance",
]
