"""Tables as Markdown: what a provider wrote stays text."""

import subprocess

import pandas as pd
import pypandoc
import pytest

from analysis.catalogue import load_catalogue
from analysis.reporting.tables import escape, markdown_table
from analysis.reporting.text import Wording

EN, FR = (Wording(load_catalogue().texts, lang) for lang in ("en", "fr"))

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[click](javascript:alert(1))",
    "![x](http://example.org/pixel.png)",
    "a | b || c",
    "`code` and $math$ and **bold**",
    "@citation and [^note] and {#id .class}",
    "\\(x\\) \\[y\\] &lt;b&gt;",
    "first\nsecond | third",
    "https://example.org/a_b_c",
]


def html(markdown: str) -> str:
    pandoc = pypandoc.get_pandoc_path()
    done = subprocess.run(
        [pandoc, "-f", "markdown", "-t", "plain", "--wrap=none"],
        input=markdown,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_hostile_text_is_shown_as_it_was_written():
    shown = html("\n\n".join(escape(text) for text in HOSTILE)).split("\n\n")
    assert shown == [" ".join(text.split()) for text in HOSTILE]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_makes_no_markup(text):
    pandoc = pypandoc.get_pandoc_path()
    done = subprocess.run(
        [pandoc, "-f", "markdown", "-t", "html"], input=escape(text), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().startswith("<p>")
    assert not {"<script", "<img", "<a ", "<code", "<strong", "<em", "class="} & set_of(done.stdout)


def set_of(page: str) -> set[str]:
    return {mark for mark in ("<script", "<img", "<a ", "<code", "<strong", "<em", "class=") if mark in page}


def test_a_table_in_two_languages():
    frame = pd.DataFrame(
        {"geo": ["A|B"], "value": [1234.5], "state": ["rejected"], "period": [pd.Timestamp("2023-05-16")]}
    )
    formats = {"geo": "text", "value": "rate", "state": "code:state", "period": "day"}
    english = markdown_table(frame, EN, formats).splitlines()
    assert english[0] == "| Territory | Value | Answer | Reference date |"
    assert english[1] == "| --------- | ------: | -------- | -------------- |"
    assert english[2] == "| A\\|B | 1,234.5 | rejected | 16 May 2023 |"
    assert markdown_table(frame, FR, formats).splitlines()[2].split(" | ")[2:] == ["refusé", "16 mai 2023 |"]


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (None, "text", "–"),
        (float("nan"), "number", "–"),
        ("", "text", "–"),
        (0.00004, "p", "\\< 0.001"),
        (0.0412, "p", "0.041"),
        (3.0, "quantity:persons", "3 persons"),
        ("https://example.org/a?b=1", "link", "[example.org](<https://example.org/a?b=1>)"),
        ("https://example.org/(x) note", "link", "https\\://example.org/(x) note"),
        ("javascript:alert(1)", "link", "javascript\\:alert(1)"),
    ],
)
def test_cells(value, form, shown):
    table = markdown_table(pd.DataFrame({"x": [value]}), EN, {"x": form})
    assert table.splitlines()[2] == f"| {shown.replace(chr(92) + '<', '&lt;')} |"


def test_no_break_spaces_stay_and_other_spaces_become_one():
    assert escape("57,9\u00a0%\t of\n 20\u202f000 ") == "57,9\u00a0% of 20\u202f000"
