"""Quarto and the built-in renderer say the same of one executed notebook: ids, numbers, alternative texts, tables."""

from pathlib import Path

import pytest

from analysis.errors import RenderingFailed
from analysis.reporting.builtin import BuiltinRenderer
from analysis.reporting.quarto import find_quarto
from reporting.facts import facts_of
from reporting.sample import sample, written

REPORTS = Path(__file__).parents[2] / "reports"
NO_QUARTO = "Quarto 1.9 or later is not installed here (its Python package only fetches the program from the network)"

OURS = """<html><head><style>p {margin: 3px}</style></head><body><header><a href="index.html">147 pages</a></header>
<main><h2 id="situation"><span class="header-section-number">1</span> Situation</h2>
<p>The share rose to <a class="ev" href="#ev-1a">41.3 %</a>, it’s <em>+1.2</em> more
(<a href="#fig-trend">Figure 1</a>).</p>
<figure id="fig-trend"><img alt="Line that rises" src="data:1"><figcaption>Figure 1: People</figcaption></figure>
<figure id="tbl-regions"><table><tr><th>Region</th><th>Rate</th><th>n</th></tr>
<tr><td id="ev-1a">VLG</td><td>33,4</td><td>12</td></tr></table></figure>
<details><summary>Code</summary><pre><code>x = 99</code></pre></details></main>
<footer>Version 3.10</footer></body></html>"""
THEIRS = """<html><head><script>var n = 12;</script></head><body>
<header id="title-block-header"><p>2024-01-15</p></header>
<nav id="TOC"><a href="#situation">1 Situation</a></nav><main><section id="situation"><h2 data-number="1">
<span class="header-section-number">1</span> Situation</h2><p>The share rose to <a href="#ev-1a">41.3&nbsp;%</a>,
it's <em>+1.2</em> more (<a href="#fig-trend" class="quarto-xref">Figure&nbsp;1</a>).</p>
<div id="fig-trend" class="quarto-float"><figure><div><img src="data:2" class="img-fluid" alt="Line that
rises"/></div><figcaption>Figure&nbsp;1: People</figcaption></figure></div>
<div id="tbl-regions"><div><table class="caption-top"><thead><tr><th>Region</th><th>Rate</th><th>n</th></tr></thead>
<tbody><tr><td><span id="ev-1a">VLG</span></td><td>33,4</td><td>12</td></tr></tbody></table></div></div></section>
</main></body></html>"""


def test_the_same_facts_in_other_markup_are_equal() -> None:
    ours = facts_of(OURS)
    assert ours == facts_of(THEIRS)
    assert ours.ids == {"fig-trend", "tbl-regions", "ev-1a"}
    assert ours.alternatives == ["Line that rises"]
    assert ours.tables == [[["Region", "Rate", "n"], ["VLG", "33,4", "12"]]]
    assert dict(ours.numbers) == {"41.3": 1, "+1.2": 1, "1": 2, "33,4": 1, "12": 1}


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ("41.3&nbsp;%", "41.4&nbsp;%"),
        ("+1.2", "−1.2"),
        ("33,4", "33.4"),
        ("<td>33,4</td>", "<td></td><td>33,4</td>"),
        ('alt="Line that\nrises"', 'alt="Line that falls"'),
        ('alt="Line that\nrises"', ""),
        ('id="tbl-regions"', 'id="tbl-places"'),
        ('<span id="ev-1a">VLG</span>', "VLG"),
        ("<tbody><tr>", "<tbody><tr></tr><tr>"),
        ("</section>", "<p>Also 7.</p></section>"),
    ],
)
def test_a_changed_fact_is_a_difference(part: str, instead: str) -> None:
    assert part in THEIRS
    assert facts_of(THEIRS.replace(part, instead)) != facts_of(OURS)


def test_a_page_of_ours_has_the_facts_of_its_notebook(tmp_path: Path) -> None:
    BuiltinRenderer(REPORTS).render(written(sample(), tmp_path), tmp_path / "ours")
    facts = facts_of((tmp_path / "ours" / "page.html").read_text("utf-8"))
    assert facts.ids >= {"fig-trend", "fig-band", "tbl-regions", "sec-method"}
    assert facts.alternatives == ['Line that rises from "few" to many', "A blue band"]
    assert ["Flanders", "34 120", "11 402", "33.4", "+1.2", "2023-12-31"] in facts.tables[0]
    assert [row[0] for row in facts.tables[1]] == ["Month", "November", "December"]


def test_quarto_says_what_we_say(tmp_path: Path) -> None:
    try:
        quarto = find_quarto(REPORTS)
    except RenderingFailed:
        pytest.skip(NO_QUARTO)
    page = written(sample(), tmp_path)
    told = []
    for renderer in (BuiltinRenderer(REPORTS), quarto):
        renderer.render(page, tmp_path / renderer.name)
        told.append(facts_of((tmp_path / renderer.name / "page.html").read_text("utf-8")))
    ours, theirs = told
    assert theirs.ids >= ours.ids
    assert theirs.alternatives == ours.alternatives
    assert theirs.tables == ours.tables
    assert theirs.numbers == ours.numbers
