"""Estimators of short-term policy effects, and the gate that refuses what a design cannot answer. Pure over frames."""

from analysis.effects.bacon import bacon_decomposition
from analysis.effects.collapse import collapse_cells
from analysis.effects.gate import SeriesDesign, identification_gate, series_design
from analysis.effects.imputation import imputation_did, two_stage_did
from analysis.effects.interaction import sun_abraham
from analysis.effects.interrupted import MODELS, interrupted_time_series
from analysis.effects.results import Coefficient, Diagnostic, EffectEstimate, PanelEstimate, Refusal
from analysis.effects.staggered import GroupTimeEffects, callaway_santanna
from analysis.effects.two_way import clustered_regression, two_way_fixed_effects

__all__ = [
    "MODELS",
    "Coefficient",
    "Diagnostic",
    "EffectEstimate",
    "GroupTimeEffects",
    "PanelEstimate",
    "Refusal",
    "SeriesDesign",
    "bacon_decomposition",
    "callaway_santanna",
    "clustered_regression",
    "collapse_cells",
    "identification_gate",
    "imputation_did",
    "interrupted_time_series",
    "series_design",
    "sun_abraham",
    "two_stage_did",
    "two_way_fixed_effects",
]
