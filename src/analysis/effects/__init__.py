"""Estimators of short-term policy effects, and the gate that refuses what a design cannot answer. Pure over frames."""

from analysis.effects.assessment import Assessment, assess_comparison, assess_series
from analysis.effects.bacon import bacon_decomposition
from analysis.effects.collapse import collapse_cells
from analysis.effects.gate import SeriesDesign, identification_gate, series_design
from analysis.effects.honest import HonestEstimate, honest_did
from analysis.effects.imputation import imputation_did, two_stage_did
from analysis.effects.interaction import sun_abraham
from analysis.effects.interrupted import MODELS, interrupted_time_series
from analysis.effects.many import interrupted_time_series_many
from analysis.effects.model_panel import ModelPanel, comparison_panel, its_panel_of_models
from analysis.effects.naive import naive_step
from analysis.effects.panel_design import PanelDesign, panel_design
from analysis.effects.placebo_dates import PlaceboDates, placebo_dates
from analysis.effects.power import minimum_detectable_effect, power_of_effect, simulated_power
from analysis.effects.randomization import RandomizationResult, minimum_attainable_p, randomization_inference
from analysis.effects.results import Coefficient, Diagnostic, EffectEstimate, PanelEstimate, Refusal
from analysis.effects.router import InferenceChoice, choose_inference, routed_difference
from analysis.effects.series_power import pre_trend, series_power
from analysis.effects.staggered import GroupTimeEffects, callaway_santanna
from analysis.effects.synthetic import SyntheticEstimate, synthetic_control, synthetic_did
from analysis.effects.two_way import clustered_regression, two_way_fixed_effects
from analysis.effects.verdict import Criterion, Verdict, single_series_verdict, verdict
from analysis.effects.young_periods import with_nowcast

__all__ = [
    "MODELS",
    "Assessment",
    "Coefficient",
    "Criterion",
    "Diagnostic",
    "EffectEstimate",
    "GroupTimeEffects",
    "HonestEstimate",
    "InferenceChoice",
    "ModelPanel",
    "PanelDesign",
    "PanelEstimate",
    "PlaceboDates",
    "RandomizationResult",
    "Refusal",
    "SeriesDesign",
    "SyntheticEstimate",
    "Verdict",
    "assess_comparison",
    "assess_series",
    "bacon_decomposition",
    "callaway_santanna",
    "choose_inference",
    "clustered_regression",
    "collapse_cells",
    "comparison_panel",
    "honest_did",
    "identification_gate",
    "imputation_did",
    "interrupted_time_series",
    "interrupted_time_series_many",
    "its_panel_of_models",
    "minimum_attainable_p",
    "minimum_detectable_effect",
    "naive_step",
    "panel_design",
    "placebo_dates",
    "power_of_effect",
    "pre_trend",
    "randomization_inference",
    "routed_difference",
    "series_design",
    "series_power",
    "simulated_power",
    "single_series_verdict",
    "sun_abraham",
    "synthetic_control",
    "synthetic_did",
    "two_stage_did",
    "two_way_fixed_effects",
    "verdict",
    "with_nowcast",
]
