from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.catalogue import Label, load_catalogue
from analysis.catalogue.balances import AccountBalance, Term
from analysis.trends import balance

TEXT = Label("a", "b", "c", "d")


def term(low: float, high: float | None = None, best: float | None = None) -> Term:
    return Term(TEXT, low, low if high is None else high, low if high is None else best, TEXT, high and TEXT)


def account(total: Term, *terms: Term) -> AccountBalance:
    return AccountBalance(
        "x", TEXT, "WAL", date(2023, 9, 1), total, {f"t{i}": one for i, one in enumerate(terms)}, TEXT, "DEM05"
    )


CASES = [
    # total, terms, low, best, high, closes, impossible
    (term(100), [term(60), term(40)], 0, 0, 0, True, False),
    (term(100), [term(60), term(30)], 10, 10, 10, False, False),
    (term(100), [term(20, 50), term(30)], 20, None, 50, False, False),
    (term(100), [term(20, 50, 25), term(30)], 20, 45, 50, False, False),
    (term(90, 110, 100), [term(20, 50, 25)], 40, 75, 90, False, False),
    (term(100), [term(20, 150)], 0, None, 80, False, False),
    (term(100), [term(120, 150)], 0, None, 0, False, True),
]


@pytest.mark.parametrize(("total", "terms", "low", "best", "high", "closes", "impossible"), CASES)
def test_the_rest_of_an_account(total, terms, low, best, high, closes, impossible):
    found = balance(account(total, *terms))
    assert (found.low, found.best, found.high) == (low, best, high)
    assert (found.closes, found.impossible) == (closes, impossible)


@given(
    st.integers(1000, 2000), st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100), st.floats(0, 1)), max_size=5)
)
def test_every_truth_within_the_ranges_lies_within_the_bounds(total, spans):
    found = balance(account(term(total), *(term(low, low + more) for low, more, _ in spans)))
    truth = total - sum(low + share * more for low, more, share in spans)
    assert found.low - 1e-6 <= truth <= found.high + 1e-6
    assert found.terms["share"].sum() == pytest.approx(1 if found.high > found.low else 0)


def test_the_cohort_of_the_walloon_parliament_closes():
    cohort = load_catalogue().balances["walloon_cohort"]
    parts = [one.best for one in cohort.terms.values()]
    assert (cohort.total.best, parts) == (14496, [10866, 1107, 884, 408, 1205, 26])
    found = balance(cohort)
    assert found.closes and (found.low, found.high) == (0, 0)


def test_private_hosting_is_an_interval_and_reception_causes_most_of_it():
    found = balance(load_catalogue().balances["private_hosting_wal"])
    assert (found.low, found.best, found.high) == (1084, None, 12071)
    assert found.terms.set_index("term")["share"].idxmax() == "reception"
    assert found.terms.set_index("term")["assumed"].to_dict() == {
        "total": False, "reception": True, "social_rental": True, "moved": False, "returned": False, "gone": True
    }  # fmt: skip
