"""The last look at a release: a needle is found in every kind of file that a site has."""

import base64
import zlib
from io import BytesIO
from zipfile import ZipFile

import pandas as pd
import pytest

from analysis.disclosure import Needle, leaks, needles

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
        ("table.csv", f"a;{SECRET}".encode()),
        ("book.xlsx", archive(SECRET)),
        ("picture.html", b'<img src="data:image/svg+xml;base64,' + base64.b64encode(SECRET.encode()) + b'">'),
        ("brief.pdf", b"%PDF-1.7 stream\n" + zlib.compress(SECRET.encode()) + b"endstream"),
    ],
)
def test_it_looks_into_every_file(name: str, content: bytes) -> None:
    assert leaks({name: content}, WANTED) == [f"{name} holds the note of a provider"]


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
