"""The page of reproduction tables says what our functions find today."""

import importlib

import pytest

from world import ROOT


def test_the_page_is_what_its_command_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    studies = importlib.import_module("bench.studies")
    said = studies.page()
    assert (ROOT / "docs" / "studies_reference.md").read_text(encoding="utf-8") == said
    assert "212 of 223 percentages" in said and "| Germany: 3, 6 |" in said and "fit together on a base of 42" in said
