"""The founding studies: published percentages audited, mechanisms benchmarked. Pure functions."""

from analysis.studies.percentages import (
    Audit,
    Figure,
    FigureAudit,
    QuestionAudit,
    Rule,
    audit,
    fitting_counts,
    rules_giving,
)

__all__ = ["Audit", "Figure", "FigureAudit", "QuestionAudit", "Rule", "audit", "fitting_counts", "rules_giving"]
