"""What a frame must look like to be committed, and the exact words of a refusal."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from analysis.errors import MonitorError
from analysis.store.relations import DTYPES, RELATIONS, conform
from store.rows import changes, day, findings, ledger, observations

FRAMES = {"observations": observations, "submissions": ledger, "findings": findings, "changes": changes}


@pytest.mark.parametrize("relation", FRAMES)
def test_a_good_frame_gets_the_pinned_columns_in_order_and_types(relation: str) -> None:
    shuffled = FRAMES[relation]({}, {})[[field.name for field in reversed(RELATIONS[relation])]]
    stored = conform(relation, shuffled)
    assert {name: str(kind) for name, kind in stored.dtypes.items()} == {
        field.name: DTYPES[field.kind] for field in RELATIONS[relation]
    }
    assert list(stored) == [field.name for field in RELATIONS[relation]]


@pytest.mark.parametrize(
    ("relation", "column", "cell", "refusal"),
    [
        ("observations", "value", "12", "a finite number or missing, not '12'"),
        ("observations", "value", np.inf, "a finite number or missing, not inf"),
        ("observations", "value", True, "a finite number or missing, not True"),
        ("observations", "geo", 4, "text, not 4"),
        ("observations", "geo", None, "text, never missing, not nan"),
        ("observations", "row", 2.5, "a whole number, not 2.5"),
        ("observations", "period", "2024-01-07", "a date without a time of day, not '2024-01-07'"),
        ("observations", "as_of", datetime(2024, 1, 7, 12), "a date without a time of day, not datetime.datetime("),
        ("observations", "as_of", None, "a date without a time of day, never missing (in row 1)"),
        ("observations", "synthetic", 1, "True or False, not 1"),
        ("submissions", "days_late", 1.5, "a whole number or missing, not 1.5"),
        ("submissions", "errors", None, "a whole number, never missing, not nan"),
        ("findings", "message", float("nan"), "text, never missing, not nan"),
    ],
)
def test_a_cell_that_does_not_fit_is_named(relation: str, column: str, cell: object, refusal: str) -> None:
    with pytest.raises(MonitorError) as error:
        conform(relation, FRAMES[relation]({}, {column: cell}))
    message = str(error.value)
    assert message.startswith(f"column {column} of {relation} must be {refusal}")
    assert "(in row 1)" in message
    assert message.endswith(". Text without content is ''") == refusal.startswith("text, never")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda f: f.drop(columns=["flag", "note"]), "rows for observations lack column flag, note"),
        (lambda f: f.assign(colour="red"), "rows for observations have no column colour"),
        (lambda f: pd.concat([f, f[["geo"]]], axis=1), "rows for observations repeat column geo"),
    ],
)
def test_columns_that_do_not_fit_are_named(edit: object, message: str) -> None:
    with pytest.raises(MonitorError) as refusal:
        conform("observations", edit(observations({})))  # type: ignore[operator]
    assert str(refusal.value) == message


def test_missing_dates_and_counts_stay_missing_where_they_may() -> None:
    stored = conform("submissions", ledger({"period": None}, {"days_late": 3}))
    assert stored["period"].isna().tolist() == [True, False]
    assert stored["days_late"].tolist() == [pd.NA, 3]


def test_a_table_keeps_the_columns_of_its_form() -> None:
    frame = pd.DataFrame(
        {"answer": ["oui", None], "submission": ["s", "s"], "row": [2, 3], "as_of": [day("2024-01-10")] * 2}
    )
    stored = conform("table_survey", frame.assign(share=[0.5, None], asked=[day("2023-05-01"), None]))
    assert {name: str(kind) for name, kind in stored.dtypes.items()} == {
        "submission": "str", "row": "int64", "as_of": "datetime64[s]",
        "answer": "str", "share": "float64", "asked": "datetime64[s]",
    }  # fmt: skip


def test_a_table_cell_of_a_mixed_column_is_refused() -> None:
    frame = pd.DataFrame(
        {"submission": ["s", "s"], "row": [2, 3], "as_of": [day("2024-01-10")] * 2, "answer": ["oui", 3]}
    )
    with pytest.raises(MonitorError, match=r"^column answer of table_survey must be text, not 3 \(in row 1\)$"):
        conform("table_survey", frame)
