"""Results that the pages of one run share."""

import os
from pathlib import Path

import pandas as pd
import pytest

from analysis.store import shared, sharing


def counted(calls: list[str], name: str) -> pd.DataFrame:
    calls.append(name)
    return pd.DataFrame({"name": [name], "calls": [len(calls)]})


def test_the_same_key_is_computed_once_while_sharing(tmp_path: Path) -> None:
    calls: list[str] = []
    with sharing(tmp_path / "shared"):
        first = shared(("a", 1), lambda: counted(calls, "a"))
        again = shared(("a", 1), lambda: counted(calls, "a"))
        shared(("a", 2), lambda: counted(calls, "b"))
    pd.testing.assert_frame_equal(first, again)
    assert calls == ["a", "b"]


def test_nothing_is_kept_outside_sharing_or_from_one_run_to_the_next(tmp_path: Path) -> None:
    calls: list[str] = []
    shared(("a",), lambda: counted(calls, "alone"))
    for _ in range(2):
        with sharing(tmp_path / "shared"):
            shared(("a",), lambda: counted(calls, "run"))
    shared(("a",), lambda: counted(calls, "alone"))
    assert calls == ["alone", "run", "run", "alone"]
    assert not (tmp_path / "shared").exists()
    assert "MONITOR_SHARED" not in os.environ


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    def fails() -> int:
        raise ValueError("no data")

    with sharing(tmp_path / "shared"):
        with pytest.raises(ValueError, match="no data"):
            shared(("a",), fails)
        assert shared(("a",), lambda: 1) == 1
