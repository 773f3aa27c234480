import numpy as np
import pandas as pd
import pytest

from analysis.errors import DataRejected, UsageError
from analysis.trends import group_gaps, widening
from analysis.trends.intervals import newcombe, wilson


def rows(*groups: tuple[str, float, float], flag: str = "", **keys: object) -> pd.DataFrame:
    frame = pd.DataFrame(groups, columns=["sex", "value", "denominator"])
    return frame.assign(flag=np.where(frame["value"].isna(), "iv", flag), **keys)


def test_two_groups_against_each_other():
    found = group_gaps(rows(("F", 300, 1000), ("M", 420, 1000)), group="sex")
    f, m = (found.gaps.set_index("sex").loc[one] for one in "FM")
    alone = 0.95**0.5  # Sidak, two intervals together
    low, high = newcombe(*(np.array([x]) for x in (300.0, 1000.0, 420.0, 1000.0)), alone)
    assert (f["gap"], f["low"], f["high"]) == pytest.approx((-0.12, low[0], high[0]))
    assert (m["gap"], m["low"], m["high"]) == pytest.approx((0.12, -high[0], -low[0]))
    assert (f["verdict"], m["verdict"]) == ("behind", "ahead")
    assert found.gaps["sex"].iloc[0] == "F" and f["certainty"] > 0.999
    low, high = wilson(np.array([300.0]), np.array([1000.0]), alone)
    assert found.groups.loc[0, ["rate", "low", "high"]].tolist() == pytest.approx([0.3, low[0], high[0]])


CASES = [
    # groups, better, verdict of the first
    ([("F", 30, 100), ("M", 42, 100)], "higher", "cannot tell"),
    ([("F", 300, 1000), ("M", 420, 1000)], "higher", "behind"),
    ([("F", 300, 1000), ("M", 420, 1000)], "lower", "ahead"),
    ([("F", 0, 500), ("M", 40, 500)], "higher", "behind"),
    ([("F", np.nan, 500), ("M", 100, 500)], "higher", "behind"),  # 1 to 4 of 500 is behind, whatever it is
    ([("F", np.nan, 12), ("M", 100, 500)], "higher", "cannot tell"),
    ([("F", np.nan, 2), ("M", 100, 500)], "higher", "cannot tell"),
]


@pytest.mark.parametrize(("groups", "better", "verdict"), CASES)
def test_verdicts(groups, better, verdict):
    found = group_gaps(rows(*groups), group="sex", better=better)
    assert found.gaps.set_index("sex").loc["F", "verdict"] == verdict


def test_a_withheld_cell_is_covered_and_never_told():
    groups = [("F", np.nan, 50), ("M", 20, 60), ("X", 10, 40)]
    found = group_gaps(rows(*groups), group="sex")
    told = found.gaps.set_index("sex")
    assert found.groups.set_index("sex")["status"].to_dict() == {"F": "withheld", "M": "ok", "X": "ok"}
    assert told["gap"].isna().all()  # the rest of M and X holds the withheld cell
    assert found.groups.set_index("sex").loc["F", ["rate", "shrunk"]].isna().all()
    for count in (1, 2, 3, 4):
        full = [("F", count, 50), *groups[1:]]
        known = group_gaps(rows(*full), group="sex").gaps.set_index("sex")
        assert (told["low"] <= known["low"] + 1e-12).all() and (told["high"] >= known["high"] - 1e-12).all()


def test_a_reference_group():
    found = group_gaps(rows(("F", 30, 100), ("M", 42, 100), ("X", 5, 100)), group="sex", reference="M").gaps
    assert found["sex"].tolist() == ["X", "F"] and set(found["reference"]) == {"M"}
    assert found["gap"].tolist() == pytest.approx([-0.37, -0.12])


def test_comparisons_do_not_mix():
    frames = [rows(("F", 30, 100), ("M", 60, 100), geo="VLG"), rows(("F", 50, 100), ("M", 50, 100), geo="WAL")]
    both = group_gaps(pd.concat(frames, ignore_index=True), group="sex")
    for frame in frames:
        alone = group_gaps(frame, group="sex").gaps
        mine = both.gaps[both.gaps["geo"] == frame["geo"].iloc[0]].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone)


def test_what_has_no_rate_is_left_out_of_the_rest():
    found = group_gaps(rows(("F", 30, 100), ("M", 60, 100), ("X", 7, np.nan), ("Y", 9, 4)), group="sex")
    assert found.groups["status"].tolist() == ["ok", "ok", "no_denominator", "not_a_proportion"]
    assert found.gaps.set_index("sex").loc["F", "gap"] == pytest.approx(-0.3)
    assert found.gaps.set_index("sex").loc[["X", "Y"], "status"].tolist() == ["no_rate", "no_rate"]


def test_small_groups_are_drawn_to_the_others_and_large_ones_stay():
    sizes = [2000, 2000, 2000, 2000, 2000, 2000, 8]
    rates = [0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 1.0]
    frame = pd.DataFrame({"geo": [f"m{i}" for i in range(7)], "value": np.multiply(sizes, rates), "denominator": sizes})
    groups = group_gaps(frame, group="geo", by=[]).groups
    assert groups["shrunk"].iloc[0] == pytest.approx(0.30, abs=0.01)
    assert 0.43 < groups["shrunk"].iloc[6] < 0.7
    assert groups["weight"].iloc[6] < 0.4 < 0.9 < groups["weight"].iloc[0]
    assert group_gaps(frame[:5], group="geo", by=[]).groups["shrunk"].isna().all()


def test_the_intervals_hold_together():
    """400 worlds of six groups with one rate: at most 5 % have any false verdict (binomial bound)."""
    generator, sizes = np.random.default_rng(7), np.array([40, 80, 150, 300, 700, 2000])
    frame = pd.DataFrame({
        "breakdown": np.tile([f"g{i}" for i in range(6)], 400), "geo": np.repeat(np.arange(400), 6).astype(str),
        "value": generator.binomial(np.tile(sizes, 400), 0.3).astype(float), "denominator": np.tile(sizes, 400),
    })  # fmt: skip
    gaps = group_gaps(frame, group="breakdown", by=["geo"], shrink=False).gaps
    false = gaps.assign(bad=gaps["verdict"] != "cannot tell").groupby("geo")["bad"].any().mean()
    assert false <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)


def test_who_falls_further_behind():
    periods = [pd.Timestamp("2022-12-31"), pd.Timestamp("2023-12-31")]
    frame = pd.concat([
        rows(("F", 400, 1000), ("M", 400, 1000), period=periods[0]),
        rows(("F", 400, 1000), ("M", 600, 1000), period=periods[1]),
    ], ignore_index=True)  # fmt: skip
    gaps = group_gaps(frame, group="sex").gaps
    found = widening(gaps, before=periods[0], now=periods[1], group="sex")
    assert found["sex"].tolist() == ["F", "M"] and found["verdict"].tolist() == ["falling behind", "catching up"]
    assert found["change"].tolist() == pytest.approx([-0.2, 0.2])


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"better": "more"}, UsageError, "better must be one of"),
        ({"reference": "Q"}, UsageError, "reference must be a value of column sex"),
        ({"group": "age"}, UsageError, "column 'age'"),
    ],
)
def test_what_is_refused(options, error, words):
    with pytest.raises(error, match=words):
        group_gaps(rows(("F", 1, 2), ("M", 1, 2)), **{"group": "sex", **options})


def test_a_group_counts_once():
    with pytest.raises(DataRejected, match="once in each comparison"):
        group_gaps(rows(("F", 1, 2), ("F", 1, 2)), group="sex")
