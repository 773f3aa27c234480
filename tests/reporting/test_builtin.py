"""The built-in renderer: what a page holds, what it refuses, and that it is the same page tomorrow."""

import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook, new_output, new_raw_cell

from analysis.errors import RenderingFailed, UsageError
from analysis.reporting import builtin
from analysis.reporting.builtin import BuiltinRenderer, chrome
from analysis.reporting.cells import front_matter_source
from analysis.reporting.render import LanguageLink, PageLink, Rendering, Site
from reporting.sample import SVG, TABLE, cell, sample, shown, written

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
RENDERER = BuiltinRenderer(ROOT / "reports")
SITE = Site(
    "Integration Monitor",
    pages=(PageLink("Intake", "intake.en.html"), PageLink("Employment", "page.html", current=True)),
    languages=(LanguageLink("en", "page.html", current=True), LanguageLink("fr", "page.fr.html")),
)


def rendered(notebook: NotebookNode, folder: Path, *formats: str, site: Site | None = None) -> Rendering:
    return RENDERER.render(written(notebook, folder), folder / "site", formats or ("html",), site=site)


def page(*cells: NotebookNode, **front: object) -> NotebookNode:
    return new_notebook(cells=[new_raw_cell(front_matter_source({"title": "T", "lang": "en"} | front)), *cells])


def html_of(folder: Path, *cells: NotebookNode, **front: object) -> str:
    return rendered(page(*cells, **front), folder).outputs[0].read_text("utf-8")


def markdown(folder: Path, text: str) -> str:
    return html_of(folder, new_markdown_cell(text))


@pytest.fixture(scope="module")
def sample_html(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The sample page in English with the site around it."""
    return rendered(sample(), tmp_path_factory.mktemp("sample"), site=SITE).outputs[0].read_text("utf-8")


def normalised(html: str) -> str:
    """The page without styles, script, picture bytes and the version of pandoc."""
    html = re.sub(r"(?s)<(style|script)>.*?</\1>", r"<\1/>", html)
    html = re.sub(r"(data:[\w/+]+;base64,)[\w+/=]+", r"\1…", html)
    return re.sub(r"pandoc [\d.]+", "pandoc N", html)


def test_golden_page(sample_html: str) -> None:
    """After a wanted change: UPDATE_GOLDEN=1 pytest tests/reporting/test_builtin.py, then read the difference."""
    golden = GOLDEN / "sample.en.html"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(normalised(sample_html), "utf-8")
    assert normalised(sample_html) == golden.read_text("utf-8")


def test_second_run_is_the_same_to_the_byte(tmp_path: Path) -> None:
    runs = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        runs.append(
            [path.read_bytes() for path in rendered(sample(), tmp_path / name, "html", "pdf", site=SITE).outputs]
        )
    assert runs[0] == runs[1]


class Checker(HTMLParser):
    """Collects what a person with a screen reader relies on."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.headings: list[int] = []
        self.pictures: list[str | None] = []
        self.headers: list[str | None] = []
        self.landmarks: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids += [str(values["id"])] if "id" in values else []
        self.references += str(values.get("aria-labelledby") or "").split()
        if str(values.get("href") or "").startswith("#"):
            self.references.append(str(values["href"])[1:])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img":
            self.pictures.append(values.get("alt"))
        if tag == "th":
            self.headers.append(values.get("scope"))
        if tag in {"main", "nav", "header", "footer"}:
            self.landmarks.append(tag)


def test_accessibility_basics(sample_html: str) -> None:
    found = Checker(sample_html)
    assert len(found.ids) == len(set(found.ids))
    assert set(found.references) <= set(found.ids)
    assert found.headings[0] == 1
    assert found.headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in zip(found.headings, found.headings[1:], strict=False))
    assert found.pictures == ['Line that rises from "few" to many', "A blue band"]
    assert set(found.headers) == {"col", "row"}
    assert found.landmarks.count("main") == 1
    assert '<a class="skip" href="#main">Skip to content</a>' in sample_html


def test_parameters_are_not_on_the_page(sample_html: str) -> None:
    assert "ISO date, or" not in sample_html


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            ["Contents", "Figure\u00a01:", "Table\u00a01:", "15 January 2024", "Data as known on", "Warning", "Code"],
        ),
        ("fr", ["Sommaire", "Figure\u00a01\u00a0:", "Tableau\u00a01\u00a0:", "15 janvier 2024", "Avertissement"]),
        ("nl", ["Inhoud", "Figuur\u00a01:", "Tabel\u00a01:", "15 januari 2024", "Waarschuwing", "Let op"]),
        (
            "de",
            ["Inhalt", "Abbildung\u00a01:", "Tabelle\u00a01:", "15. Januar 2024", "Warnung", "Achtung", "Literatur"],
        ),
    ],
)
def test_the_words_around_a_page(lang: str, words: list[str], tmp_path: Path) -> None:
    html = rendered(sample(lang), tmp_path).outputs[0].read_text("utf-8")
    assert f'<html lang="{lang}">' in html
    assert [word for word in words if word not in html] == []


def test_every_language_has_every_word() -> None:
    assert {lang: sorted(words) for lang, words in chrome().items()} == dict.fromkeys(
        ("en", "fr", "nl", "de"), sorted(chrome()["en"])
    )


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("## A\n\n### B\n\n## C", ["1 A", "1.1 B", "2 C"]),
        ("# A\n\n## B", ["1 A", "1.1 B"]),
        ("### A\n\n### B {.unnumbered}\n\n### C", ["1 A", "B", "2 C"]),
    ],
)
def test_sections_are_numbered(text: str, shown_as: list[str], tmp_path: Path) -> None:
    headings = re.findall(r"<h[2-6](?: class=\"unnumbered\")?>(.*?)</h", markdown(tmp_path, text))
    assert [re.sub("<[^>]+>", "", heading) for heading in headings] == shown_as


def test_sections_are_not_numbered_where_the_front_matter_says_so(tmp_path: Path) -> None:
    html = html_of(tmp_path, new_markdown_cell("## A"), **{"number-sections": False})
    assert "<h2>A</h2>" in html


@pytest.mark.parametrize(
    ("reference", "link"),
    [
        ("See @fig-a.", '<a href="#fig-a" class="crossref">Figure\u00a01</a>.'),
        ("See [@fig-a].", '<a href="#fig-a" class="crossref">Figure\u00a01</a>.'),
        ("See [-@fig-a].", '<a href="#fig-a" class="crossref">1</a>.'),
        ("See [@fig-a; @sec-b].", '1</a>, <a href="#sec-b" class="crossref">Section\u00a01</a>.'),
    ],
)
def test_cross_references(reference: str, link: str, tmp_path: Path) -> None:
    figure = cell('#| label: fig-a\n#| fig-cap: "C"\n#| fig-alt: "A"\nx', shown({"image/svg+xml": SVG}))
    assert link in html_of(tmp_path, new_markdown_cell(f"## B {{#sec-b}}\n\n{reference}"), figure)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([new_markdown_cell("See @fig-nowhere.")], "Unable to resolve crossref @fig-nowhere"),
        ([new_markdown_cell("See @nobody2020.")], "citation nobody2020 not found"),
        ([new_markdown_cell("![A](pictures/a.png)")], "page must be self-contained, not 'pictures/a.png'"),
        ([new_markdown_cell("![A](assets/a.png)")], "picture must be an output of the notebook, not 'assets/a.png'"),
        ([new_markdown_cell("![A](https://a.example/a.png)")], "not 'https://a.example/a.png'"),
        ([new_markdown_cell("<script src='//a.example/a.js'></script>")], "not '//a.example/a.js'"),
        ([cell("x", new_output("error", ename="ValueError", evalue="no"))], "cell 1 must be free of errors"),
        (
            [cell("x", shown({"text/html": "<table>", "text/plain": "x"}))],
            "must be Markdown, SVG, PNG or text, not 'HTML'",
        ),
        ([cell("#| label: [\nx")], "cell 1 must be YAML"),
        ([cell("#| label: tbl-a\nx", shown({"text/markdown": TABLE})) for _ in range(2)], "Duplicate label @tbl-a"),
    ],
)
def test_a_page_that_would_be_wrong_is_refused(cells: list[NotebookNode], message: str, tmp_path: Path) -> None:
    with pytest.raises(RenderingFailed, match=re.escape(message)) as failure:
        rendered(page(*cells), tmp_path)
    assert failure.value.exit_code == 6
    assert list((tmp_path / "site").glob("*")) == []


@pytest.mark.parametrize(
    ("front", "message"),
    [({"lang": "la"}, "lang must be one of en, fr, nl, de, not 'la'"), ({"date": "soon"}, "date must be an ISO date")],
)
def test_front_matter_that_cannot_be_shown(front: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(RenderingFailed, match=message):
        rendered(page(**front), tmp_path)


def test_unknown_format_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="format must be one of html, pdf, not 'docx'"):
        rendered(page(), tmp_path, "docx")


def test_what_a_kernel_said_on_stderr_is_told_and_not_shown(tmp_path: Path) -> None:
    made = rendered(page(cell("x", new_output("stream", name="stderr", text="Deprecated\n"))), tmp_path)
    assert made.warnings == ("page.ipynb, cell 1: Deprecated",)
    assert "Deprecated" not in made.outputs[0].read_text("utf-8")


def test_text_beside_a_figure_stays_text_and_carries_its_evidence(tmp_path: Path) -> None:
    source = '#| label: fig-a\n#| fig-cap: "C"\n#| fig-alt: "A"\n#| evidence: "e1 e2"\n#| echo: false\nx'
    html = html_of(tmp_path, cell(source, shown({"text/markdown": "It rose."}), shown({"image/svg+xml": SVG})))
    assert '<div data-evidence="e1 e2">\n<p>It rose.</p>' in html
    assert '<figure class="figure" id="fig-a" data-evidence="e1 e2">' in html


@pytest.mark.parametrize("label", ["fig-a", "tbl-a"])
def test_words_in_place_of_a_figure_keep_its_number(label: str, tmp_path: Path) -> None:
    source = f"#| label: {label}\n#| fig-cap: C\n#| tbl-cap: C\n#| echo: false\nx"
    html = html_of(
        tmp_path, cell(source, shown({"text/markdown": "No data yet."})), new_markdown_cell(f"See @{label}.")
    )
    assert f'href="#{label}"' in html
    assert "No data yet." in html


@pytest.mark.parametrize(
    ("tags", "options", "code", "output"),
    [
        ((), "", True, True),
        ((), "#| echo: false\n", False, True),
        ((), "#| output: false\n", True, False),
        ((), "#| include: false\n", False, False),
        (("remove-cell",), "", False, False),
        (("remove-input",), "", False, True),
        (("remove-output",), "", True, False),
    ],
)
def test_what_of_a_cell_is_shown(tags: tuple[str, ...], options: str, code: bool, output: bool, tmp_path: Path) -> None:
    html = html_of(tmp_path, cell(f"{options}compute()", shown({"text/plain": "forty-two"}), tags=tags))
    assert ('<details class="code"><summary>Code</summary>' in html, "forty-two" in html) == (code, output)


def test_the_code_of_a_section_is_one_fold_at_its_end(tmp_path: Path) -> None:
    figure = [
        cell("setup()"),
        cell("draw()", shown({"text/markdown": "Drawn."})),
        new_markdown_cell("### Detail\n\nMore."),
    ]
    html = html_of(tmp_path, new_markdown_cell("## One"), *figure, new_markdown_cell("## Two"), cell("last()"))
    body = html[html.index("<main") :]
    order = [body.index(text) for text in (" One</h2", "Drawn.", "More.", "setup", "draw", " Two</h2", "last")]
    assert order == sorted(order)
    assert html.count("<details") == 2


def test_the_front_matter_may_hide_all_code(tmp_path: Path) -> None:
    assert "<details" not in html_of(tmp_path, cell("compute()"), execute={"echo": False})


def test_no_break_spaces_of_a_caption_survive(tmp_path: Path) -> None:
    source = '#| label: tbl-a\n#| tbl-cap: "Source\u00a0: 13\u202f660"\n#| echo: false\nx'
    html = html_of(tmp_path, cell(source, shown({"text/markdown": TABLE})))
    assert "Source\u00a0: 13\u202f660\n" in html


def test_printed_text_is_no_markup(tmp_path: Path) -> None:
    html = html_of(tmp_path, cell("x", new_output("stream", name="stdout", text="``` <b>*x*</b>\n")))
    assert '<pre tabindex="0"><code>``` &lt;b&gt;*x*&lt;/b&gt;</code></pre>' in html


@pytest.mark.parametrize("kind", ["note", "tip", "warning", "important", "caution"])
def test_callouts_say_their_kind_in_words(kind: str, tmp_path: Path) -> None:
    html = markdown(tmp_path, f'::: {{.callout-{kind} title="A *title*"}}\nBody.\n:::')
    assert f'<span class="callout-kind">{chrome()["en"][kind]}</span>: A <em>title</em>' in html
    assert f'<div class="callout callout-{kind}" role="note" aria-labelledby="callout-1">' in html


def test_tabsets_hold_every_panel_without_the_script(tmp_path: Path) -> None:
    html = markdown(tmp_path, "::: {.panel-tabset}\n## A\n\nFirst.\n\n## B\n\nSecond.\n:::")
    body = html[html.index("<main") : html.index("</main>")]
    assert all(text in body for text in ("<strong>A</strong>", "First.", "<strong>B</strong>", "Second."))
    assert "<h2" not in body
    assert "role', 'tablist'" in html


def test_a_page_without_tabsets_has_no_script(tmp_path: Path) -> None:
    assert "<script" not in markdown(tmp_path, "Text.")


@pytest.mark.parametrize(
    ("first", "second", "scope"), [("Flanders", "Wallonia", "row"), ("1 204", "33,5 %", None), ("Flanders", "12", None)]
)
def test_a_first_column_of_words_heads_the_rows(first: str, second: str, scope: str | None, tmp_path: Path) -> None:
    found = Checker(markdown(tmp_path, f"| A | B |\n|:--|--:|\n| {first} | 1 |\n| {second} | 2 |"))
    assert found.headers == ["col", "col", *([scope] * 2 if scope else [])]


def test_wide_tables_get_no_fixed_widths(tmp_path: Path) -> None:
    row = f"| {'word ' * 20} | {'other ' * 20} |"
    assert "colgroup" not in markdown(tmp_path, f"| A | B |\n|---|---|\n{row}")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("31 December 2023", True),
        ("+438 persons", True),
        ("Walloon Region", False),
        ("Regulation 2022/382 of 4 March", False),
    ],
)
def test_dates_and_quantities_stay_on_one_line(text: str, whole: bool, tmp_path: Path) -> None:
    html = markdown(tmp_path, f"| A | B |\n|---|---|\n| x | {text} |")
    assert f"<td>{text.replace(' ', chr(0xA0)) if whole else text}</td>" in html


def test_dates_break_where_many_columns_need_the_room(tmp_path: Path) -> None:
    assert "<td>31 December 2023</td>" in markdown(
        tmp_path, f"{'| A ' * 6}|\n{'|---' * 6}|\n| x {'| 31 December 2023 ' * 5}|"
    )


def test_navigation(sample_html: str) -> None:
    assert '<a href="page.html" aria-current="page">Employment</a>' in sample_html
    assert '<a href="page.fr.html" lang="fr" hreflang="fr">Français</a>' in sample_html
    assert '<link rel="alternate" hreflang="fr" href="page.fr.html">' in sample_html


def test_one_day_is_shown_once(tmp_path: Path) -> None:
    html = html_of(tmp_path, date="2023-12-31", **{"as-of": "2023-12-31"})
    assert re.findall("<dt>(.*?)</dt>", html) == ["Data as known on"]


def test_headlines_break_before_how_the_figure_moved(tmp_path: Path) -> None:
    html = markdown(tmp_path, "::: {.headlines}\n- **12** people\n  +1 since\n:::")
    assert "<strong>12</strong> people<br />\n+1 since" in html or "<strong>12</strong> people<br />+1 since" in html


def test_a_title_with_markup_characters_is_safe(tmp_path: Path) -> None:
    html = html_of(tmp_path, title="A & B: \\<script\\>")
    assert "<script" not in html
    assert "<title>A &amp; B: &lt;script&gt;</title>" in html


def test_pdf_is_tagged_and_holds_the_alt_text(tmp_path: Path) -> None:
    made = rendered(sample("fr"), tmp_path, "pdf")
    content = made.outputs[0].read_bytes()
    assert content.startswith(b"%PDF-1.")
    assert b"/StructTreeRoot" in content
    assert b"A blue band" in content
    assert b"(fr)" in content


def test_a_picture_without_alt_text_makes_no_pdf(tmp_path: Path) -> None:
    with pytest.raises(RenderingFailed, match="missing alt text"):
        rendered(page(cell('#| label: fig-a\n#| fig-cap: "C"\nx', shown({"image/svg+xml": SVG}))), tmp_path, "pdf")


def test_missing_pandoc_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RenderingFailed, match=r"pandoc must be installed\. Run `pip install pypandoc_binary`"):
        builtin.find_pandoc.__wrapped__()


def test_a_compact_page_on_paper_is_shorter_and_linked_from_the_screen(tmp_path: Path) -> None:
    parts = [new_markdown_cell(f"## Part {number}\n\n" + "Words. " * 120) for number in range(9)]
    lengths = []
    for compact in (False, True):
        html, pdf = rendered(page(*parts, compact=compact), tmp_path, "html", "pdf").outputs
        lengths.append(len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())))
        assert f'<a href="{pdf.name}">PDF</a>' in html.read_text("utf-8")
    assert lengths[1] < lengths[0]
