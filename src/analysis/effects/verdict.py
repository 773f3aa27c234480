"""How good the evidence on one intervention is, by rule and not by taste.

Each criterion is `passed`, `failed`, `cannot tell`, or left out where a design has no such thing:

| criterion | passed | failed |
|---|---|---|
| `protocol` | locked, and unchanged since | changed after it was locked |
| `comparison` | inference rests on untreated units (reassignment, clustered errors) | a series stands for itself |
| `placebos` | nothing is found at any placebo date or outcome, and it would have been | something is found |
| `models` | all pre-specified models with inference give one answer (two or more; at most half refuse) | they differ |
| `diagnostics` | pre-trend, residual autocorrelation, boundary of a random walk: all passed | one failed |
| `leave_one_out` | the answer stands without any one unit (of one series: any one period) | it falls with one |
| `vintages` | the answer was the same in the last editions of the data (three or more) | it moved when bodies revised |

| grade | asks for |
|---|---|
| A | every criterion passed, none unknown, with a comparison and leave-one-out |
| B | none failed; comparison, placebos and models passed |
| C | at most one failed, and at least two passed |
| D | everything else |
| refused | the design was refused, or its inference withheld |

A single series has failed `comparison`, so it reaches C at best: nothing else that happened at the same time can be
told apart from the intervention. Grades rate the evidence, not the size of the effect: "no clear change" is graded by
the same rule. Sources: GRADE's domains (Guyatt et al. 2008, BMJ 336:924-926) and ROBINS-I (Sterne et al. 2016, BMJ
355:i4919) for what is judged; Lopez Bernal, Cummins and Gasparrini (2018), International Journal of Epidemiology 47(6)
on what a control series adds. The thresholds are ours, and are fixed here.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.effects.model_panel import ModelPanel, Result
from analysis.effects.results import Answer, Diagnostic, Refusal

CRITERIA = ("protocol", "comparison", "placebos", "models", "diagnostics", "leave_one_out", "vintages")
WEAKEST_FIRST = ("placebos", "models", "diagnostics", "leave_one_out", "vintages", "protocol", "comparison")
SINGLE_SERIES, COMPARISON = "single series", "comparison"
REFUSED = "refused"
LEAVE_ONE_OUT = "leave one out"  # the diagnostic of a synthetic comparison
ENOUGH_FOR_C = 2


@dataclass(frozen=True)
class Criterion:
    """One criterion of the table above and its answer."""

    name: str
    answer: Answer


@dataclass(frozen=True)
class Verdict:
    """The grade, every criterion with its answer, and which text says what would overturn it.

    `overturned_by` is a criterion's name (the weakest one), `refused`, or `replication` where all passed.
    """

    grade: str
    criteria: tuple[Criterion, ...]
    overturned_by: str

    @property
    def met(self) -> tuple[str, ...]:
        """Names of the criteria passed."""
        return tuple(one.name for one in self.criteria if one.answer == "passed")

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the criteria failed."""
        return tuple(one.name for one in self.criteria if one.answer == "failed")


def verdict(
    *,
    refusals: Iterable[str] = (),
    inference: str = SINGLE_SERIES,
    placebos: Iterable[Answer] = (),
    models: Answer = "cannot tell",
    diagnostics: Iterable[Answer] = (),
    leave_one_out: Answer | None = None,
    vintages: Answer | None = None,
    protocol: Answer = "cannot tell",
) -> Verdict:
    """The grade that the criteria give; see the table of this module.

    `inference` is `single series` or `comparison`. `placebos` and `diagnostics` are the answers of each check: one
    failed fails the criterion, else one unknown (or no check at all) leaves it open. `leave_one_out` and `vintages` are
    None where the design has none; grade A is then out of reach.
    """
    if inference not in (SINGLE_SERIES, COMPARISON):
        raise ValueError(f"the inference must be {SINGLE_SERIES!r} or {COMPARISON!r}, not {inference!r}")
    answers: dict[str, Answer | None] = {
        "protocol": protocol,
        "comparison": "passed" if inference == COMPARISON else "failed",
        "placebos": together(placebos),
        "models": models,
        "diagnostics": together(diagnostics),
        "leave_one_out": leave_one_out,
        "vintages": vintages,
    }
    criteria = tuple(Criterion(name, answer) for name in CRITERIA if (answer := answers[name]) is not None)
    if tuple(refusals):
        return Verdict(REFUSED, criteria, REFUSED)
    given = {one.name: one.answer for one in criteria}
    return Verdict(_grade(given), criteria, _weakest(given))


def together(answers: Iterable[Answer]) -> Answer:
    """One failed fails all; else one unknown, or none asked, leaves it open."""
    found = list(answers)
    if "failed" in found:
        return "failed"
    return "passed" if found and "cannot tell" not in found else "cannot tell"


def agreement(main: Result, panel: ModelPanel) -> Answer:
    """Whether all pre-specified models give the main model's answer (criterion `models`)."""
    given = [result for result in panel.estimates.values() if result.supported]
    if isinstance(main, Refusal) or not main.supported or len(given) < 2 or 2 * len(panel.refused) > len(panel.results):
        return "cannot tell"
    if any(result.excludes_null != main.excludes_null for result in given):
        return "failed"
    above = {result.estimate > result.null for result in given}
    return "failed" if main.excludes_null and len(above) > 1 else "passed"


def answer_of(result: Result) -> str:
    """What a result concludes: `higher`, `lower`, `unclear` or `refused`."""
    if isinstance(result, Refusal) or not result.supported or math.isnan(result.estimate):
        return REFUSED
    if not result.excludes_null:
        return "unclear"
    return "higher" if result.estimate > result.null else "lower"


def single_series_verdict(
    main: Result,
    panel: ModelPanel,
    *,
    placebos: Iterable[Diagnostic] = (),
    leave_one_out: Answer | None = None,
    vintages: Answer | None = None,
    protocol: Answer = "cannot tell",
) -> Verdict:
    """The verdict on one interrupted series: its own placebo onset counts beside `placebos`."""
    own = () if isinstance(main, Refusal) else main.diagnostics
    return verdict(
        refusals=("refused",) if answer_of(main) == REFUSED else (),
        inference=SINGLE_SERIES,
        placebos=[one.answer for one in (*own, *placebos) if one.name.startswith("placebo")],
        models=agreement(main, panel),
        diagnostics=[one.answer for one in own if not one.name.startswith("placebo")],
        leave_one_out=leave_one_out,
        vintages=vintages,
        protocol=protocol,
    )


def comparison_verdict(
    main: Result,
    panel: ModelPanel,
    *,
    vintages: Answer | None = None,
    protocol: Answer = "cannot tell",
) -> Verdict:
    """The verdict on a comparison with weighted donors; its own diagnostics hold the placebos and donors left out."""
    own = {} if isinstance(main, Refusal) else {one.name: one.answer for one in main.diagnostics}
    return verdict(
        refusals=("refused",) if answer_of(main) == REFUSED else (),
        inference=COMPARISON,
        placebos=[answer for name, answer in own.items() if name.startswith("placebo")],
        models=agreement(main, panel),
        diagnostics=[answer for name, answer in own.items() if not name.startswith(("placebo", LEAVE_ONE_OUT))],
        leave_one_out=own.get(LEAVE_ONE_OUT),
        vintages=vintages,
        protocol=protocol,
    )


def _grade(answers: dict[str, Answer]) -> str:
    failed = sum(answer == "failed" for answer in answers.values())
    passed = sum(answer == "passed" for answer in answers.values())
    if passed == len(CRITERIA):
        return "A"
    if not failed and all(answers[name] == "passed" for name in ("comparison", "placebos", "models")):
        return "B"
    return "C" if failed <= 1 and passed >= ENOUGH_FOR_C else "D"


def _weakest(answers: dict[str, Answer]) -> str:
    for wanted in ("failed", "cannot tell"):
        for name in WEAKEST_FIRST:
            if answers.get(name) == wanted:
                return name
    return "replication"
