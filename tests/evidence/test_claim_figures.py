"""The figures that a claim is about, looked up in what the store holds."""

import pandas as pd
import pytest

from analysis.catalogue.recommendations import Claim
from analysis.evidence.claim_figures import answers

CLAIM = Claim("answer", question="Q1", option="yes", at_least=50)
ROW = {"question": "Q1", "option": "yes", "column": "all", "pct": 60.0, "stated_base": 50, "submission": "s", "row": 4}


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        pytest.param([], None, id="a store that never received a survey has a table without columns"),
        pytest.param([ROW | {"option": "no"}], None, id="another answer only"),
        pytest.param([ROW | {"column": "female"}], None, id="another column only"),
        pytest.param([ROW], 60.0, id="the answer"),
    ],
)
def test_an_answer_is_looked_up_or_not_known(rows: list[dict[str, object]], value: float | None) -> None:
    (found,) = answers(CLAIM, pd.DataFrame(rows), "all", 0.95)
    assert found.value == value
    assert (found.low is None) == (value is None)
    if value is not None:
        assert found.low is not None and found.high is not None and found.low < value < found.high
        assert (found.lineage.submissions, found.lineage.rows) == (("s",), (4,))
