"""The last look at a release: a needle is found in every kind of file that a site has."""

import base64
import zlib
from io import BytesIO
from zipfile import ZipFile

import pandas as pd
import pytest

from analysis.disclosure import Needle, cells_told, leaks, needles

SECRET = "Xanthippe & Co"
WANTED = [Needle(SECRET, "note of a provider")]


def archive(text: str) -> bytes:
    held = BytesIO()
    with ZipFile(held, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", text)
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", f"<p>{SECRET}</p>".encode()),
        ("escaped.html", b"<p>Xanthippe &amp; Co</p>"),
        ("wrapped.html", b"<p>Xanthippe\n    &amp;&nbsp;Co</p>"),
        ("run.json", rb'{"note": "Xanthippe \u0026 Co"}'),
        ("divided.html", b"<p>Xan<a href='#ev-1'>thip</a>pe &amp; <em>Co</em></p>"),
        ("broken.html", "<p>Xan\u00adthippe\u200b &amp; Co</p>".encode()),
        ("comment.html", b"<!-- Xanthippe & Co -->"),
        ("linked.html", b"<a href='page.html#Xanthippe%20%26%20Co'>"),
        (f"{SECRET}.html", b""),
        ("sixteen.csv", SECRET.encode("utf-16")),
        ("title.pdf", b"%PDF-1.7 /Title (\xfe\xff" + SECRET.encode("utf-16-be") + b")"),
        ("alt.pdf", b"%PDF-1.7 /Alt <FEFF" + SECRET.encode("utf-16-be").hex().upper().encode() + b">"),
        ("table.csv", f"a;{SECRET}".encode()),
        ("book.xlsx", archive(SECRET)),
        ("picture.html", b'<img src="data:image/svg+xml;base64,' + base64.b64encode(SECRET.encode()) + b'">'),
        ("brief.pdf", b"%PDF-1.7 stream\n" + zlib.compress(SECRET.encode()) + b"endstream"),
    ],
)
def test_it_looks_into_every_file(name: str, content: bytes) -> None:
    assert leaks({name: content}, WANTED) == [f"{name} holds the note of a provider"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b'<h2 id="dossier-of-xanthippe">'),
        ("page.html", b'<svg><g id="dossier_of_xanthippe"/></svg>'),
        ("dossier-of-xanthippe.svg", b""),
    ],
)
def test_a_text_of_several_words_is_found_as_an_anchor_and_a_file_name(name: str, content: bytes) -> None:
    assert leaks({name: content}, [Needle("Dossier of Xanthippe", "note")]) == [f"{name} holds the note"]
    assert leaks({name: content}, [Needle("Xanthippe", "note")]) == []  # one word would stand anywhere


def test_a_clean_release_has_none() -> None:
    assert leaks({"page.html": b"<p>nothing</p>", "broken.xlsx": b"PK no archive"}, WANTED) == []


def test_the_needles_of_a_cell_are_its_long_rates_and_never_its_count() -> None:
    cell = {
        "indicator": "HOU01",
        "geo": "BRU",
        "period": pd.Timestamp("2023-03-26"),
        "value": 3.0,
        "denominator": 7919.0,
    }
    made = needles(pd.DataFrame([cell]), [("note of a provider", " short "), ("note of a provider", SECRET)])
    texts = [needle.text for needle in made]
    assert SECRET in texts
    assert any("0.0378835" in text for text in texts)
    assert "3" not in texts and "short" not in texts
    assert all("7919" not in needle.what for needle in made)


def withheld(value: float, base: float, sex: str = "T") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "indicator": "EMP03", "geo": "BRU", "period": [pd.Timestamp("2022-03-13")], "sex": sex, "age": "TOTAL",
            "nationality": "TOTAL", "breakdown": "", "value": value, "denominator": base,
        }
    )  # fmt: skip


@pytest.mark.parametrize(("value", "base"), [(1.0, 7.0), (4.0, 49.0), (2.0, 22.0), (4.0, 800.0), (0.0, 4.0)])
def test_a_fraction_of_few_is_many_other_numbers_too(value: float, base: float) -> None:
    """8 of 56 organisations are 14.285714285714285 % as well: searching for it would close the gate on anything."""
    assert needles(withheld(value, base), []) == []


def test_a_rate_is_not_found_within_a_longer_number() -> None:
    made = needles(withheld(3.0, 7919.0), [])
    assert leaks({"a.csv": b"x,0.00037883571157974494,1"}, made) == ["a.csv holds the rate of EMP03 BRU 2022-03-13"]
    assert leaks({"a.json": b'{"a":[1,10.00037883571157974494]}'}, made) == []
    assert leaks({"a.json": b'{"a":[10.00037883571157974494,0.00037883571157974494]}'}, made) != []


@pytest.mark.parametrize(
    ("value", "lineage", "found"),
    [
        (100 / 7, {}, True),
        (1000 / 7, {"sex": "T"}, True),
        (100 / 7, {"sex": "F"}, False),
        (100 / 7, {"geo": "WAL"}, False),
        (100 / 7, {"statistic": "answer"}, False),
        (100 / 7, {"periods": ["2022-03-13", "2022-03-27"]}, False),
        (100 / 8, {}, False),
        (None, {}, False),
    ],
)
def test_evidence_of_the_very_cell_is_found_however_round_its_rate_is(
    value: float | None, lineage: dict[str, object], found: bool
) -> None:
    cell = {"statistic": "value", "indicator": "EMP03", "geo": "BRU", "periods": ["2022-03-13"]} | lineage
    told = cells_told([{"id": "aaa", "value": value, "lineage": cell}], withheld(1.0, 7.0))
    assert told == (["evidence aaa holds the rate of EMP03 BRU 2022-03-13"] if found else [])


def test_evidence_of_a_withheld_count_is_found() -> None:
    cell = {"statistic": "value", "indicator": "EMP03", "geo": "BRU", "periods": ["2022-03-13"]}
    told = cells_told([{"id": "aaa", "value": 3.0, "lineage": cell}], withheld(3.0, float("nan")))
    assert told == ["evidence aaa holds the count of EMP03 BRU 2022-03-13"]
