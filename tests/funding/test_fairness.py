"""Fairness indices by hand, and the three paradoxes: largest remainder has them, divisor methods do not."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import UsageError
from analysis.funding import Method, alabama, apportion, fairness, new_state, population
from analysis.funding.fairness import Paradox

DIVISORS = [Method.JEFFERSON, Method.WEBSTER, Method.ADAMS, Method.HUNTINGTON_HILL]
WEIGHTS = st.lists(st.integers(1, 400), min_size=3, max_size=5).map(lambda ws: {f"u{k}": w for k, w in enumerate(ws)})


def test_indices_by_hand() -> None:
    found = fairness({"A": 3, "B": 1}, {"A": 50, "B": 50})
    # Shares 75 and 25 where 50 and 50 are due; rates 0.06 and 0.02 a head, mean difference 0.02 over twice 0.04.
    assert found.moved == pytest.approx(0.25)
    assert found.least_squares == pytest.approx(0.25)
    assert (found.gini, found.spread) == (pytest.approx(0.25), pytest.approx(3))


def test_exact_proportion_is_fair_and_a_unit_left_out_has_no_spread() -> None:
    even = fairness({"A": 2, "B": 4}, {"A": Fraction(1, 3), "B": Fraction(2, 3)})
    assert (even.moved, even.least_squares, even.spread) == (0, 0, pytest.approx(1))
    assert even.gini == pytest.approx(0)
    assert fairness({"A": 2, "B": 0}, {"A": 1, "B": 1}).spread == float("inf")


def test_the_alabama_paradox() -> None:
    weights = {"A": 6, "B": 6, "C": 2}
    assert alabama(10, weights) == (Paradox("C", 2, 1),)
    assert all(alabama(10, weights, method) == () for method in DIVISORS)


def test_the_population_paradox() -> None:
    # A grows and C shrinks, and yet A loses a place to C, because B grew most.
    before, after = {"A": 657, "B": 237, "C": 106}, {"A": 660, "B": 245, "C": 105}
    assert list(apportion(100, before).places.values()) == [66, 24, 10]
    assert list(apportion(100, after).places.values()) == [65, 24, 11]
    assert population(100, before, after) == (("A", "C"),)
    assert all(population(100, before, after, method) == () for method in DIVISORS)


def test_the_new_states_paradox() -> None:
    # As Oklahoma in 1907: the newcomer brings its own places, and the old ones are shared out anew all the same.
    weights = {"A": 1045, "B": 8955}
    assert list(apportion(100, weights).places.values()) == [10, 90]
    assert new_state(100, weights, "C", 525) == (Paradox("A", 10, 11), Paradox("B", 90, 89))
    assert all(new_state(100, weights, "C", 525, method) == () for method in DIVISORS)


@given(st.integers(1, 60), WEIGHTS, st.sampled_from(DIVISORS))
def test_divisor_methods_have_no_alabama_paradox(total: int, weights: dict[str, int], method: Method) -> None:
    assert alabama(total, weights, method) == ()


@given(st.integers(1, 60), WEIGHTS, st.lists(st.integers(1, 400), min_size=5, max_size=5), st.sampled_from(DIVISORS))
def test_divisor_methods_have_no_population_paradox(
    total: int, weights: dict[str, int], later: list[int], method: Method
) -> None:
    after = dict(zip(weights, later, strict=False))
    # Ties are given by order, not by weight, so a tie on either side proves nothing.
    if not (apportion(total, weights, method).tied or apportion(total, after, method).tied):
        assert population(total, weights, after, method) == ()


@given(st.integers(1, 60), WEIGHTS, st.sampled_from(list(Method)))
def test_indices_stay_in_their_range(total: int, weights: dict[str, int], method: Method) -> None:
    found = fairness(apportion(total, weights, method).places, weights)
    assert 0 <= found.moved < 1 and 0 <= found.least_squares < 1 and -1e-12 <= found.gini < 1 and found.spread >= 1


@pytest.mark.parametrize(
    ("places", "weights"), [({"A": 1}, {"B": 1}), ({"A": 0}, {"A": 1}), ({"A": 1, "B": 0}, {"A": 1, "B": 0}), ({}, {})]
)
def test_what_cannot_be_judged_is_refused(places: dict[str, int], weights: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        fairness(places, weights)
