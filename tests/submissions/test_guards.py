import pytest

from analysis.submissions import guards
from analysis.submissions.guards import Refusal, guard
from submissions.sample import GOOD, workbook


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", GOOD.encode(), "csv"),
        ("A.CSV", b"a;b", "csv"),
        ("a.xlsx", workbook([["a"]]), "xlsx"),
        ("a.ods", b"PK\x03\x04", "ods"),
    ],
)
def test_what_may_be_opened(name: str, content: bytes, kind: str) -> None:
    assert guard(name, content) == kind


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("a.csv", b"", "STR-01"),
        ("a.csv", b" \r\n\t ", "STR-01"),
        ("a.odt", b"PK\x03\x04", "STR-03"),
        ("a.ods", GOOD.encode(), "STR-04"),
        ("a", b"a;b", "STR-03"),
        ("a.csv", workbook([["a"]]), "STR-04"),
        ("a.xlsx", GOOD.encode(), "STR-04"),
        ("a.csv", b"%PDF-1.7", "STR-04"),
        ("a.csv", b"<!DOCTYPE html><table>", "STR-04"),
        ("a.csv", b"\xef\xbb\xbf\n<html>", "STR-04"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "STR-12"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "STR-12"),  # a password turns a workbook into this
    ],
)
def test_what_may_not(name: str, content: bytes, rule: str) -> None:
    with pytest.raises(Refusal) as caught:
        guard(name, content)
    assert caught.value.rule == rule


def test_size_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "MAX_BYTES", len(GOOD.encode()))
    assert guard("a.csv", GOOD.encode()) == "csv"
    with pytest.raises(Refusal, match="STR-02"):
        guard("a.csv", GOOD.encode() + b"\n")
