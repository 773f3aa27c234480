"""All pre-specified models of one question side by side, none left out for its answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from analysis.effects.interrupted import COUNT_MODELS, MODELS, interrupted_time_series
from analysis.effects.results import EffectEstimate, Refusal
from analysis.effects.synthetic import SyntheticEstimate, synthetic_control, synthetic_did
from analysis.errors import UsageError

Result = EffectEstimate | SyntheticEstimate | Refusal
COMPARISONS: Mapping[str, Callable[..., SyntheticEstimate]] = {
    "synthetic_control": synthetic_control,
    "synthetic_control_shifted": partial(synthetic_control, intercept=True),
    "synthetic_did": synthetic_did,
}
COLUMNS = ["model", "estimate", "std_error", "ci_low", "ci_high", "p_value", "unit", "codes"]


@dataclass(frozen=True, eq=False)
class ModelPanel:
    """What each model says, in the order of the protocol; a refusal stays in its place.

    `estimates` holds the models with an estimate, `refused` the codes of those whose estimate or inference is refused.
    """

    results: Mapping[str, Result]

    @property
    def estimates(self) -> dict[str, EffectEstimate | SyntheticEstimate]:
        """The models that give an estimate, with or without inference."""
        return {name: result for name, result in self.results.items() if not isinstance(result, Refusal)}

    @property
    def refused(self) -> dict[str, tuple[str, ...]]:
        """Codes of the models that refuse, or that withhold inference."""
        return {name: codes for name, result in self.results.items() if (codes := _codes(result))}

    @property
    def share_same_sign(self) -> float:
        """Share of the estimates on the commoner side of "no effect"; NaN without an estimate."""
        signs = [result.estimate > result.null for result in self.estimates.values()]
        return max(sum(signs), len(signs) - sum(signs)) / len(signs) if signs else float("nan")

    @property
    def share_excluding_null(self) -> float:
        """Share of the models with inference whose 95 % interval excludes "no effect"; NaN without one."""
        given = [result.excludes_null for result in self.estimates.values() if result.supported]
        return sum(given) / len(given) if given else float("nan")

    @property
    def table(self) -> pd.DataFrame:
        """One row a model: figures in `unit`, NaN where refused; `codes` says why."""
        rows = [{"model": name, **_figures(result), "codes": _codes(result)} for name, result in self.results.items()]
        return pd.DataFrame(rows, columns=COLUMNS)


def _codes(result: Result) -> tuple[str, ...]:
    if isinstance(result, Refusal):
        return result.codes
    return tuple(code for refusal in result.refusals for code in refusal.codes)


def _figures(result: Result) -> dict[str, Any]:
    if isinstance(result, Refusal):
        return {name: float("nan") for name in COLUMNS[1:6]} | {"unit": ""}
    return {name: getattr(result, name) for name in COLUMNS[1:7]}


def its_panel_of_models(
    frame: pd.DataFrame,
    time: str,
    outcome: str,
    onset: object,
    *,
    models: Sequence[str] | Mapping[str, Mapping[str, Any]] | None = None,
    **options: Any,
) -> ModelPanel:
    """Estimate every pre-specified model of one series.

    Parameters
    ----------
    frame, time, outcome, onset : as in `interrupted_time_series`.
    models : names of models, or a mapping of a label to the options of one specification (`model` among them), so that
        one model may stand in several specifications. Left out: every linear model, and the count models too where
        `population` is given.
    options : passed on to every model; `population` only to the count models and `lags` only to `ols_hac`.

    Returns
    -------
    ModelPanel, in the order of `models`. Estimates of linear models are in the outcome's units, those of count models
    rate ratios: compare signs and intervals across the two, not sizes.

    Raises
    ------
    UsageError where no model is named; else as `interrupted_time_series`, for bad input is not a refusal.

    Source: Simonsohn, Simmons and Nelson (2020), Nature Human Behaviour 4:1208-1214 (specification curves); the
    reason: Turner et al. (2021), BMC Medical Research Methodology 21:181, on how far models of one series differ.
    """
    if models is None:
        models = [model for model in MODELS if model not in COUNT_MODELS or options.get("population")]
    models = [models] if isinstance(models, str) else models
    named = models if isinstance(models, Mapping) else {name: {"model": name} for name in models}
    if not named:
        raise UsageError("`models`", must="one model or more", found="none")
    results: dict[str, Result] = {}
    for label, own in named.items():
        chosen = {**options, **own}
        model = chosen.get("model", "ols_hac")
        if model not in COUNT_MODELS and "population" not in own:
            chosen.pop("population", None)
        if model != "ols_hac" and "lags" not in own:
            chosen.pop("lags", None)
        results[label] = interrupted_time_series(frame, time, outcome, onset, **chosen)
    return ModelPanel(results)


def comparison_panel(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    treated: object,
    onset: object,
    *,
    models: Sequence[str],
    **options: Any,
) -> ModelPanel:
    """Estimate every pre-specified comparison with weighted donors, all with the exact optimum of the weights.

    `models` are names of `COMPARISONS`; else arguments as in `synthetic_control`.
    """
    unknown = [name for name in models if name not in COMPARISONS]
    if unknown or not models:
        raise UsageError("`models`", must=f"of {', '.join(COMPARISONS)}", found=unknown or "none")
    asked = {"solver": "exact", **options}
    return ModelPanel({name: COMPARISONS[name](frame, unit, time, outcome, treated, onset, **asked) for name in models})
