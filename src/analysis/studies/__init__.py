"""The founding studies: published percentages audited, mechanisms benchmarked. Pure functions."""

from analysis.studies.benchmark import Matrix, Mechanism, Misprint, Robustness, read_matrix, robustness
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

__all__ = [
    "Audit",
    "Figure",
    "FigureAudit",
    "Matrix",
    "Mechanism",
    "Misprint",
    "QuestionAudit",
    "Robustness",
    "Rule",
    "audit",
    "fitting_counts",
    "read_matrix",
    "robustness",
    "rules_giving",
]
