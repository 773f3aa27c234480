from datetime import date

import pytest

from analysis.effects import interrupted_time_series
from analysis.effects.placebo_dates import placebo_dates
from effects.test_interrupted import series

EARLY = date(2022, 8, 1)


@pytest.mark.parametrize(
    ("level", "jump", "answer"),
    [(20.0, 0.0, "passed"), (0.0, 0.0, "cannot tell"), (20.0, 15.0, "failed")],
)
def test_a_placebo_date_passes_only_where_the_effect_would_have_been_seen(level, jump, answer):
    frame = series(n=60, onset=40, level=level)
    frame["y"] += jump * (frame["t"] >= 11) * (frame["t"] < 40)
    onset = frame["period"][40].date()
    main = interrupted_time_series(frame, "period", "y", onset)
    got = placebo_dates(frame, "period", "y", onset, [EARLY], main=main)
    assert [one.answer for one in got.diagnostics] == [answer]
    assert got.results[EARLY].n_obs == 40


def test_a_date_too_early_for_the_design_cannot_tell():
    frame = series(n=60, onset=40)
    onset = frame["period"][40].date()
    main = interrupted_time_series(frame, "period", "y", onset)
    got = placebo_dates(frame, "period", "y", onset, [date(2022, 4, 1)], main=main)
    assert [one.answer for one in got.diagnostics] == ["cannot tell"]
