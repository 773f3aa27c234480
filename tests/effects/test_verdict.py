import pytest

from analysis.effects import Refusal, interrupted_time_series, its_panel_of_models
from analysis.effects.verdict import agreement, answer_of, single_series_verdict, together, verdict
from effects.test_interrupted import series

P, F, U = "passed", "failed", "cannot tell"
GRADES = [
    # grade, overturned by     inference        protocol placebos models diagnostics leave-one-out vintages
    ("A", "replication", "comparison", P, [P, P], P, [P, P], P, P),
    ("B", "replication", "comparison", P, [P], P, [P], None, P),
    ("B", "vintages", "comparison", P, [P], P, [P], P, U),
    ("B", "protocol", "comparison", U, [P], P, [P], P, P),
    ("C", "placebos", "comparison", P, [P, F], P, [P], P, P),
    ("C", "placebos", "comparison", P, [P, U], P, [P], P, P),
    ("C", "protocol", "comparison", F, [P], P, [P], P, P),
    ("C", "comparison", "single series", P, [P], P, [P], None, P),
    ("C", "comparison", "single series", P, [U], P, [U], None, None),
    ("D", "comparison", "single series", P, [], U, [], None, None),
    ("D", "placebos", "single series", P, [F], P, [P], None, P),
    ("D", "models", "single series", P, [P], F, [P], None, P),
    ("D", "models", "comparison", P, [P], F, [F], P, P),
]


@pytest.mark.parametrize(
    ("grade", "overturned", "inference", "protocol", "placebos", "models", "checks", "one_out", "vintages"), GRADES
)
def test_grades(grade, overturned, inference, protocol, placebos, models, checks, one_out, vintages):
    given = {"inference": inference, "protocol": protocol, "placebos": placebos, "models": models}
    got = verdict(**given, diagnostics=checks, leave_one_out=one_out, vintages=vintages)
    assert (got.grade, got.overturned_by) == (grade, overturned)
    assert ("leave_one_out" in {one.name for one in got.criteria}) == (one_out is not None)


def test_a_refusal_has_no_grade_whatever_else_passed():
    got = verdict(
        refusals=["unit_root"], inference="comparison", protocol=P, placebos=[P], models=P, diagnostics=[P], vintages=P
    )
    assert (got.grade, got.overturned_by, got.failed) == ("refused", "refused", ())
    assert got.met == ("protocol", "comparison", "placebos", "models", "diagnostics", "vintages")


def test_an_unknown_inference_is_an_error():
    with pytest.raises(ValueError, match="not 'bayes'"):
        verdict(inference="bayes")


@pytest.mark.parametrize(
    ("answers", "one"), [([P, P], P), ([P, U], U), ([U, F], F), ([], U), ([F], F)], ids=lambda value: str(value)
)
def test_answers_together(answers, one):
    assert together(answers) == one


@pytest.mark.parametrize(
    ("level", "models", "says", "agrees"),
    [
        (8.0, ("ols_hac", "reml_ar1"), "higher", P),
        (-8.0, ("ols_hac", "reml_ar1"), "lower", P),
        (0.0, ("ols_hac", "reml_ar1"), "unclear", P),
        (8.0, ("ols_hac",), "higher", U),
    ],
)
def test_agreement_of_models(level, models, says, agrees):
    frame = series(level=level)
    main = interrupted_time_series(frame, "t", "y", 24)
    panel = its_panel_of_models(frame, "t", "y", 24, models=models)
    assert (answer_of(main), agreement(main, panel)) == (says, agrees)


def test_a_model_that_contradicts_the_main_one_fails_the_criterion():
    frame, calm = series(level=8.0), series(level=0.0)
    main = interrupted_time_series(frame, "t", "y", 24)
    panel = its_panel_of_models(calm, "t", "y", 24, models=("ols_hac", "reml_ar1"))
    assert agreement(main, panel) == F


def test_a_single_series_reaches_c_at_best_and_a_refused_one_has_no_grade():
    frame = series(level=8.0)
    main = interrupted_time_series(frame, "t", "y", 24)
    panel = its_panel_of_models(frame, "t", "y", 24, models=("ols_hac", "reml_ar1"))
    assert single_series_verdict(main, panel, vintages=P, protocol=P).grade == "C"
    short = interrupted_time_series(series(n=12, onset=5), "t", "y", 5)
    assert isinstance(short, Refusal)
    assert single_series_verdict(short, panel, protocol=P).grade == "refused"
