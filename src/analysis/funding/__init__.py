"""What is needed and who gets it: quotas and variances, exact to the last place and cent. Pure functions."""

from analysis.funding.quotas import Allocation, Method, apportion, blended, moved

__all__ = ["Allocation", "Method", "apportion", "blended", "moved"]
