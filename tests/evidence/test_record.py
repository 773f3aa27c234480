"""Identity of a number: by what it is, not by its value."""

import json
from datetime import date

import pytest

from analysis.errors import MonitorError
from analysis.evidence import Evidence, Lineage, Register, record

DAY = date(2024, 1, 7)
LEVEL = Lineage("value", dataflow="employment", indicator="EMP01", geo="VLG", periods=("2023-12-31",))


def test_same_question_same_id_whatever_the_answer():
    assert record(41.3, LEVEL, as_of=DAY).id == record(99.0, LEVEL, as_of=DAY).id


@pytest.mark.parametrize(
    "other",
    [
        Lineage("round", dataflow="employment", indicator="EMP01", geo="VLG", periods=("2023-12-31",)),
        Lineage("value", dataflow="employment", indicator="EMP01", geo="BRU", periods=("2023-12-31",)),
        Lineage("value", dataflow="employment", indicator="EMP01", geo="VLG", periods=("2023-12-17",)),
        Lineage("value", dataflow="employment", indicator="EMP01", geo="VLG", periods=("2023-12-31",), sex="F"),
    ],
)
def test_another_question_another_id(other):
    assert record(41.3, other, as_of=DAY).id != record(41.3, LEVEL, as_of=DAY).id


def test_another_day_another_id():
    assert record(41.3, LEVEL, as_of=date(2024, 1, 8)).id != record(41.3, LEVEL, as_of=DAY).id


def test_nan_is_no_number():
    nan = float("nan")
    evidence = record(nan, LEVEL, as_of=DAY, interval=(nan, nan), n=nan)
    assert (evidence.value, evidence.ci_low, evidence.ci_high, evidence.n) == (None, None, None, None)


def test_json_there_and_back():
    whole = Lineage("value", "employment", indicator="EMP01", geo="BE", parts=("VLG", "BRU"), rows=(3, 4))
    evidence = record(41.3, whole, as_of=DAY, unit="%", interval=(40.9, 41.8), n=1000)
    assert Evidence.from_json(json.loads(json.dumps(evidence.to_json()))) == evidence


def test_register_keeps_one_of_each():
    register = Register()
    first = register.add(record(41.3, LEVEL, as_of=DAY))
    assert register.add(record(41.3, LEVEL, as_of=DAY)) is first
    assert len(register.to_json()) == 1


def test_register_refuses_two_answers_to_one_question():
    register = Register()
    register.add(record(41.3, LEVEL, as_of=DAY))
    with pytest.raises(MonitorError, match=r"must be the value first shown, 41\.3, not 42\.0"):
        register.add(record(42.0, LEVEL, as_of=DAY))
