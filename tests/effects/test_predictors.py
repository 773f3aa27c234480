"""Synthetic control by predictors: an independent library's weights, the way back to outcomes, laws, bad input."""

import numpy as np
import pandas as pd
import pytest

from analysis.effects import synthetic_control
from analysis.errors import DataRejected, UsageError
from effects.test_independent import scatter

KEYS = ("unit", "t", "y", "u03", 12)
IMPORTANCE = {"income": 1.0, "price": 3.0, "young": 2.0, "y": 4.0}


def panel(units: int = 8) -> pd.DataFrame:
    unit, t = np.repeat(np.arange(units), 20), np.tile(np.arange(20), units)
    frame = pd.DataFrame({"unit": [f"u{number:02d}" for number in unit], "t": t})
    return frame.assign(
        y=3 * scatter(unit + 0.5) + 0.2 * t * scatter(unit + 0.1) + scatter(unit, t),
        income=10 + scatter(unit + 0.3) + 0.1 * t,
        price=5 + 2 * scatter(unit + 0.7) + 0.05 * scatter(unit, t + 0.5),
        young=0.2 + 0.05 * scatter(unit + 0.9),
    )


def test_weights_of_an_independent_library():
    """pysyncon 1.7.0, Synth with custom_V; its optimiser stops at about 1e-4."""
    got = synthetic_control(panel(), *KEYS, predictors=IMPORTANCE, placebos=False)
    expected = [0.22364235, 0.06383216, 0, 0, 0.58953609, 0.1229894, 0]
    np.testing.assert_allclose(got.unit_weights, expected, rtol=0, atol=1e-4)
    assert got.method == "synthetic control by income, price, young, y (exact weights)"


def test_each_earlier_outcome_as_a_predictor_is_the_comparison_by_outcomes():
    """With their variances as importance: what scaling takes out comes back."""
    frame, wide = panel(), panel().pivot(index="unit", columns="t", values="y")
    lags = {f"y{t}": wide[t].var() for t in range(12)}
    frame = frame.assign(**{f"y{t}": frame["unit"].map(wide[t]) for t in range(12)})
    by_lags = synthetic_control(frame, *KEYS, predictors=lags, placebos=False)
    by_outcomes = synthetic_control(frame, *KEYS, solver="exact", placebos=False)
    np.testing.assert_allclose(by_lags.unit_weights, by_outcomes.unit_weights, rtol=0, atol=1e-4)


@pytest.mark.parametrize("named", [list(IMPORTANCE), dict.fromkeys(IMPORTANCE, 7.0), tuple(IMPORTANCE)])
def test_what_must_not_matter_does_not(named):
    plain = synthetic_control(panel(), *KEYS, predictors=dict.fromkeys(IMPORTANCE, 1.0), placebos=False)
    moved = panel().assign(income=lambda f: 1000 * f["income"] - 5).sample(frac=1, random_state=3)
    got = synthetic_control(moved, *KEYS, predictors=named, placebos=False)
    assert got.estimate == pytest.approx(plain.estimate, rel=1e-6)


def test_one_name_is_one_predictor():
    asked = {"placebos": False, "predictors": "price"}
    one = synthetic_control(panel(), *KEYS, **asked)
    assert one.method == "synthetic control by price (exact weights)"
    met = panel()[lambda f: f["t"] < 12].groupby("unit")["price"].mean()
    assert one.unit_weights @ met[one.unit_weights.index] == pytest.approx(met["u03"], abs=1e-3)


def test_placebos_are_weighted_by_predictors_too():
    got = synthetic_control(panel(24), *KEYS, predictors=IMPORTANCE)
    assert len(got.in_space) == 24 and got.p_value >= 1 / 24
    row = got.in_space.set_index("unit").loc["u07"]
    others = panel(24)[lambda f: f["unit"] != "u03"]
    alone = synthetic_control(others, "unit", "t", "y", "u07", 12, predictors=IMPORTANCE, placebos=False)
    assert row["estimate"] == pytest.approx(alone.estimate)
    assert got.in_time["estimate"].notna().all() and got.leave_one_out["estimate"].notna().all()


BAD = [
    ("unknown", panel(), ["wealth"], UsageError, "column 'wealth' must be one of"),
    ("a hole", panel().assign(price=lambda f: f["price"].where(f.index != 3)), ["price"], DataRejected, "hole in u00"),
    ("the same", panel().assign(price=1.0), ["price"], DataRejected, "price must be not the same in every unit"),
    ("text", panel().assign(price="high"), ["price"], DataRejected, "price must be numeric"),
    ("infinite", panel().assign(price=np.inf), ["price"], DataRejected, "price must be finite"),
    ("of no importance", panel(), {"price": 0.0}, UsageError, "importance of price must be a positive number"),
]


@pytest.mark.parametrize(("frame", "named", "error", "words"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_input_is_one_clear_line(frame, named, error, words):
    with pytest.raises(error, match=words) as caught:
        synthetic_control(frame, *KEYS, predictors=named)
    assert "\n" not in str(caught.value)
