"""The founding studies: the survey, the auditor of published percentages, the benchmarking matrices. Pure functions."""

from analysis.studies.benchmark import Matrix, Mechanism, Misprint, Robustness, read_matrix, robustness
from analysis.studies.findings import Checked, Studied, Verdict, check_finding
from analysis.studies.keywords import Coded, Coding, code_answers
from analysis.studies.margins import Bound, Conflict, Counts, Printed, printed_results, solve_counts
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
from analysis.studies.respondents import draw_respondents, rows_in_order
from analysis.studies.responses import Broken, Share, Tabulated, check_responses, read_responses, tabulate, wilson

__all__ = [
    "Audit",
    "Bound",
    "Broken",
    "Checked",
    "Coded",
    "Coding",
    "Conflict",
    "Counts",
    "Figure",
    "FigureAudit",
    "Matrix",
    "Mechanism",
    "Misprint",
    "Printed",
    "QuestionAudit",
    "Robustness",
    "Rule",
    "Share",
    "Studied",
    "Tabulated",
    "Verdict",
    "audit",
    "check_finding",
    "check_responses",
    "code_answers",
    "draw_respondents",
    "fitting_counts",
    "printed_results",
    "read_matrix",
    "read_responses",
    "robustness",
    "rows_in_order",
    "rules_giving",
    "solve_counts",
    "tabulate",
    "wilson",
]
