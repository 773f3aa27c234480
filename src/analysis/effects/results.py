"""What an estimator hands back: an estimate with its diagnostics, or a reasoned refusal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

Answer = Literal["passed", "failed", "cannot tell"]


@dataclass(frozen=True)
class Diagnostic:
    """One check of the design or the model: its answer, one sentence, and the number behind it."""

    name: str
    answer: Answer
    sentence: str
    statistic: float = float("nan")
    p_value: float = float("nan")


@dataclass(frozen=True)
class Refusal:
    """A reasoned "the design cannot answer this": one sentence for each code. A result, not an exception."""

    codes: tuple[str, ...]
    sentences: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.codes or len(self.codes) != len(self.sentences):
            raise ValueError("a refusal needs at least one code, and one sentence for each code")

    def __str__(self) -> str:
        return " ".join(self.sentences)

    @classmethod
    def merged(cls, refusals: "list[Refusal]") -> "Refusal":
        """All codes and sentences of `refusals` in one, in their order."""
        return cls(
            tuple(code for refusal in refusals for code in refusal.codes),
            tuple(sentence for refusal in refusals for sentence in refusal.sentences),
        )


@dataclass(frozen=True)
class Coefficient:
    """One estimated quantity with its interval; NaN interval and p where inference is refused."""

    estimate: float
    std_error: float
    ci_low: float
    ci_high: float
    p_value: float


@dataclass(frozen=True, eq=False)
class Estimate:
    """What every estimator says: the effect, its 95 % interval (see `inference`), its base, what was checked."""

    estimate: float
    std_error: float
    ci_low: float
    ci_high: float
    p_value: float
    n_obs: int
    n_units: int
    n_treated: int
    method: str
    inference: str
    diagnostics: tuple[Diagnostic, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class EffectEstimate(Estimate):
    """An effect, how sure it is, and what was checked.

    `estimate`, `std_error`, `ci_low` and `ci_high` are in `unit`: the outcome's own units (no effect = 0) for the
    linear models, a rate ratio (no effect = 1, standard error by the delta method) for the count models. `null` is the
    value that means no effect. The interval is the 95 % one that `inference` describes; it need not be
    `estimate ± 1.96 std_error`. `refusals` is empty, or says why inference is withheld: the estimate then stays as a
    description only, and `ci_low`, `ci_high`, `p_value` are NaN.

    `fitted` covers every period used; the three `counterfactual` series cover the periods from the onset on. All are
    indexed by the time column and in the outcome's units; the band is that of the mean path, not of single values.
    `details` holds model figures by name (phi, dispersion, deviance, durbin_watson, ...).
    """

    unit: str
    null: float
    slope_change: Coefficient | None
    fitted: pd.Series
    counterfactual: pd.Series
    counterfactual_low: pd.Series
    counterfactual_high: pd.Series
    refusals: tuple[Refusal, ...] = ()
    details: Mapping[str, float] = field(default_factory=dict)

    @property
    def supported(self) -> bool:
        """Whether inference is given at all."""
        return not self.refusals

    @property
    def excludes_null(self) -> bool:
        """Whether the 95 % interval excludes "no effect"; False where inference is refused."""
        return self.supported and not self.ci_low <= self.null <= self.ci_high


@dataclass(frozen=True, eq=False, kw_only=True)
class PanelEstimate(Estimate):
    """An average effect over the treated units of a panel, with its parts and how sure each is.

    All figures are in the outcome's own units; no effect is 0. The interval is the 95 % one that `inference` describes.
    `table` has one row for each part that the method reports (event times, cohorts, two-by-two comparisons, kinds of
    standard error) and `covariance` holds their covariance, in the order of the table; it is empty where a method has
    none. `refusals` is empty, or says why inference is withheld: the interval and `p_value` are then NaN. `details`
    holds model figures by name.
    """

    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    covariance: pd.DataFrame = field(default_factory=pd.DataFrame)
    refusals: tuple[Refusal, ...] = ()
    details: Mapping[str, float] = field(default_factory=dict)

    @property
    def supported(self) -> bool:
        """Whether inference is given at all."""
        return not self.refusals

    @property
    def excludes_null(self) -> bool:
        """Whether the 95 % interval excludes "no effect"; False where inference is refused."""
        return self.supported and not self.ci_low <= 0 <= self.ci_high
