"""Synthetic submissions: what eight bodies would send, made by a seeded generator, with known truth planted in them."""

from analysis.submissions.synthetic.build import SyntheticFile, planted_truth, synthetic_submissions
from analysis.submissions.synthetic.plan import Plan, load_plan

__all__ = ["Plan", "SyntheticFile", "load_plan", "planted_truth", "synthetic_submissions"]
