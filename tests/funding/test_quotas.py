"""Apportionment against worked examples and the properties that each method is known for."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import UsageError
from analysis.funding import Method, apportion, blended, moved

DIVISORS = [Method.JEFFERSON, Method.WEBSTER, Method.ADAMS, Method.HUNTINGTON_HILL]
WEIGHTS = st.lists(st.integers(1, 1000), min_size=1, max_size=6).map(lambda ws: {f"u{k}": w for k, w in enumerate(ws)})
# The example known from Balinski & Young: 26 places for 26 000 people, and each method answers differently.
FIVE = {"A": 9061, "B": 7179, "C": 5259, "D": 3319, "E": 1182}


def shares(total: int, weights: dict[str, int], method: Method) -> list[int]:
    return list(apportion(total, weights, method).places.values())


@pytest.mark.parametrize(
    ("method", "places"),
    [
        (Method.HAMILTON, [9, 7, 5, 4, 1]),
        (Method.JEFFERSON, [10, 7, 5, 3, 1]),
        (Method.WEBSTER, [9, 8, 5, 3, 1]),
        (Method.HUNTINGTON_HILL, [9, 7, 6, 3, 1]),
        (Method.ADAMS, [9, 7, 5, 3, 2]),
    ],
)
def test_five_methods_five_answers(method: Method, places: list[int]) -> None:
    assert shares(26, FIVE, method) == places


def test_the_textbook_d_hondt_table() -> None:
    assert shares(8, {"A": 100000, "B": 80000, "C": 30000, "D": 20000}, Method.JEFFERSON) == [4, 3, 1, 0]
    assert shares(8, {"A": 100000, "B": 80000, "C": 30000, "D": 20000}, Method.WEBSTER) == [3, 3, 1, 1]


@pytest.mark.parametrize(
    ("method", "ten", "eleven"),
    [
        (Method.HAMILTON, [4, 4, 2], [5, 5, 1]),  # the Alabama paradox: one more place takes one from C
        (Method.JEFFERSON, [5, 4, 1], [5, 5, 1]),
        (Method.WEBSTER, [5, 4, 1], [5, 5, 1]),  # a tie of all three for the last places
    ],
)
def test_the_alabama_paradox(method: Method, ten: list[int], eleven: list[int]) -> None:
    weights = {"A": 6, "B": 6, "C": 2}
    assert (shares(10, weights, method), shares(11, weights, method)) == (ten, eleven)


@given(st.integers(0, 60), WEIGHTS, st.sampled_from(list(Method)))
def test_places_add_up_and_larger_weights_never_get_less(total: int, weights: dict[str, int], method: Method) -> None:
    allocation = apportion(total, weights, method)
    assert sum(allocation.places.values()) == total
    assert sum(allocation.quotas.values()) == total
    pairs = [(a, b) for a in weights for b in weights if weights[a] > weights[b]]
    assert all(allocation.places[a] >= allocation.places[b] for a, b in pairs)


@given(st.integers(0, 60), WEIGHTS)
def test_largest_remainder_stays_within_the_quota(total: int, weights: dict[str, int]) -> None:
    assert apportion(total, weights).within_quota


def test_a_divisor_method_can_leave_the_quota() -> None:
    allocation = apportion(100, {"large": 860} | {f"small{k}": 14 for k in range(10)}, Method.JEFFERSON)
    assert (allocation.quotas["large"], allocation.places["large"], allocation.within_quota) == (86, 90, False)


@given(st.integers(0, 60), WEIGHTS, st.sampled_from(DIVISORS), st.data())
def test_divisor_methods_are_house_monotone(
    total: int, weights: dict[str, int], method: Method, data: st.DataObject
) -> None:
    floors = {unit: data.draw(st.integers(0, 2)) for unit in weights}
    total += sum(floors.values())
    one = apportion(total, weights, method, floors=floors).places
    more = apportion(total + 1, weights, method, floors=floors).places
    assert all(more[unit] >= one[unit] for unit in weights)


@given(st.integers(1, 60), WEIGHTS, st.sampled_from(DIVISORS))
def test_divisor_methods_have_a_divisor(total: int, weights: dict[str, int], method: Method) -> None:
    # Independent of the order of handing out: no unit's last claim lies below another's next claim.
    def divisor(k: int) -> float:
        return {"jefferson": k + 1, "webster": k + 0.5, "adams": k, "huntington-hill": (k * (k + 1)) ** 0.5}[method]

    places = apportion(total, weights, method).places
    last = [weights[u] / divisor(k - 1) if divisor(k - 1) else float("inf") for u, k in places.items() if k]
    following = [weights[u] / divisor(k) if divisor(k) else float("inf") for u, k in places.items()]
    assert min(last) >= max(following) * (1 - 1e-12)


@given(st.integers(0, 40), WEIGHTS, st.sampled_from(list(Method)), st.data())
def test_floors_and_caps_hold_and_places_still_add_up(
    total: int, weights: dict[str, int], method: Method, data: st.DataObject
) -> None:
    floors = {unit: data.draw(st.integers(0, 6)) for unit in weights}
    caps = {unit: floors[unit] + data.draw(st.integers(0, 20)) for unit in weights}
    total = min(max(total, sum(floors.values())), sum(caps.values()))
    places = apportion(total, weights, method, floors=floors, caps=caps).places
    assert sum(places.values()) == total
    assert all(floors[unit] <= places[unit] <= caps[unit] for unit in weights)


@pytest.mark.parametrize(
    ("method", "weights", "total", "places", "tied"),
    [
        (Method.HAMILTON, {"A": 1, "B": 1, "C": 1}, 4, [2, 1, 1], ("A", "B", "C")),
        (Method.HAMILTON, {"A": 1, "B": 1}, 4, [2, 2], ()),
        (Method.WEBSTER, {"A": 1, "B": 1, "C": 1}, 5, [2, 2, 1], ("A", "B", "C")),
        (Method.JEFFERSON, {"A": 2, "B": 1}, 2, [2, 0], ("A", "B")),
        (Method.ADAMS, {"A": 5, "B": 9}, 1, [0, 1], ()),
        (Method.HUNTINGTON_HILL, {"A": 5, "B": 5}, 1, [1, 0], ("A", "B")),
    ],
)
def test_ties_go_to_the_first_and_are_told(
    method: Method, weights: dict[str, int], total: int, places: list[int], tied: tuple[str, ...]
) -> None:
    allocation = apportion(total, weights, method)
    assert (list(allocation.places.values()), allocation.tied) == (places, tied)


def test_a_key_of_population_and_capacity_and_what_it_moves() -> None:
    population, capacity = {"A": 600, "B": 300, "C": 100}, {"A": 10, "B": 10, "C": 20}
    key = blended(population, capacity, Fraction(1, 2))
    assert key == {"A": Fraction(17, 40), "B": Fraction(11, 40), "C": Fraction(3, 10)}
    change = moved(apportion(100, population), apportion(100, key))
    assert change == {"A": -17, "B": -3, "C": 20}
    assert blended(population, capacity, Fraction(0)) == {
        "A": Fraction(3, 5),
        "B": Fraction(3, 10),
        "C": Fraction(1, 10),
    }


def test_what_a_cap_leaves_over_is_shared_by_the_others_in_proportion() -> None:
    assert apportion(100, {"A": 60, "B": 30, "C": 10}, caps={"A": 20}).places == {"A": 20, "B": 60, "C": 20}
    assert apportion(10, {"A": 0, "B": 1}, floors={"A": 1}).places == {"A": 1, "B": 9}


@pytest.mark.parametrize(
    ("total", "weights", "limits", "words"),
    [
        (-1, {"A": 1}, {}, "the places to share out must be 0 or more, not -1"),
        (1, {"A": -1}, {}, "a weight must be 0 or more"),
        (1, {"A": 0}, {}, "the sum of the floors, 0, and of the caps, 0"),
        (1, {"A": 1}, {"floors": {"A": 2}}, "the sum of the floors, 2"),
        (5, {"A": 1}, {"caps": {"A": 3}}, "of the caps, 3"),
        (5, {"A": 1}, {"caps": {"A": 1}, "floors": {"A": 2}}, "floor and cap must be 0 <= floor <= cap"),
        (5, {"A": 1}, {"caps": {"Z": 1}}, "a floor or cap must be of a unit with a weight"),
    ],
)
def test_what_cannot_be_shared_out_is_refused(
    total: int, weights: dict[str, int], limits: dict[str, dict[str, int]], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        apportion(total, weights, **limits)
