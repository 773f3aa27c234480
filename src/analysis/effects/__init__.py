"""Estimators of short-term policy effects, and the gate that refuses what a design cannot answer. Pure over frames."""

from analysis.effects.gate import SeriesDesign, identification_gate, series_design
from analysis.effects.interrupted import MODELS, interrupted_time_series
from analysis.effects.results import Coefficient, Diagnostic, EffectEstimate, Refusal

__all__ = [
    "MODELS",
    "Coefficient",
    "Diagnostic",
    "EffectEstimate",
    "Refusal",
    "SeriesDesign",
    "identification_gate",
    "interrupted_time_series",
    "series_design",
]
