"""A number typed into a page fails its build; dates, ids, references and code do not."""

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from analysis.catalogue import load_catalogue
from analysis.catalogue.constants import load_constants
from analysis.catalogue.model import Label
from analysis.reporting.typed import SPELLED, lint_numbers, lint_texts, typed_in

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize(
    ("prose", "found"),
    [
        ("The share rose to 45 %.", ["45"]),
        ("It costs 1,250.50 euros for 3 places.", ["1,250.50", "3"]),
        ("Il y a 12 500 personnes.", ["12 500"]),
        ("On 16 May 2023, in 2022 and since 2023-03-26.", []),
        ("Le 1er octobre 2023; am 16. Mai 2023; op 4 juli 2023.", []),
        ("Indicator EMP01, SHA-256, see @fig-2 and [@key2020, p. 3]; `x = 5`.", []),
        ("[a page](https://example.org/2/3) {#sec-2}", []),
        ("1. first\n2. second", []),
        ("In 2023 it was 2023 %.", ["2023"]),
        ("There were 2041 persons on 41 May.", ["2041", "41"]),
        ("Of them `41 %`, and `monitor trace 41`.", ["41"]),
        ("```\n41\n```", ["41"]),
        ('::: {.callout-note title="41% of people"}\n:::', ["41"]),
        ("41. persons", ["41"]),
        ("⅓ of them, or ４１", ["⅓", "４１"]),
        ("| Flanders | 41.3 |", ["41.3"]),
        ("Of them &#52;&#49; %, &frac13; of them", ["41", "⅓"]),
        ("⁴¹ persons, ④ persons, Ⅻ persons, ٤١ persons", ["⁴¹", "④", "Ⅻ", "٤١"]),
        ("R² and CO₂", []),
        ("1/3 of people, 2023 families", ["1", "3", "2023"]),
        ("Twenty came, XLI per cent of them, phase II.", ["Twenty", "XLI per cent"]),
        ("Half the forty-one, a dozen, hundreds of", ["Half the", "forty-one", "a dozen", "hundreds of"]),
        ("Forty-one per cent, one in three, two thirds.", ["Forty-one per cent", "one in three", "two thirds"]),
    ],
)
def test_what_counts_as_typed_in(prose: str, found: list[str]) -> None:
    assert typed_in(prose) == found


def test_the_message_names_the_cell_the_number_and_the_way_out() -> None:
    notebook = new_notebook(
        cells=[
            new_raw_cell("---\ntitle: Page\n---"),
            new_code_cell("days = 14", metadata={"tags": ["parameters"]}),
            new_markdown_cell("About 57 bodies."),
            new_code_cell('#| fig-cap: "Top 5"\npage.markdown("There are 8 of them")\npage.head(13)'),
        ]
    )
    first, *others = lint_numbers(notebook)
    assert first.startswith("cell 2: the number 57 is typed in; show it from evidence")
    assert [line.split(";")[0] for line in others] == [
        "cell 3: the number 5 is typed in",
        "cell 3: the number 8 is typed in",
    ]


@pytest.mark.parametrize(
    ("prose", "lang", "found"),
    [
        ("Quarante et un pour cent, une personne sur dix.", "fr", ["Quarante", "un pour cent"]),
        ("Trois sur quatre, la moitié des enfants.", "fr", ["Trois sur quatre", "la moitié des"]),
        ("Veertig procent, één op de drie, drie duizend.", "nl", ["Veertig procent", "één op de drie", "drie duizend"]),
        ("Einundvierzig Prozent, zwei Drittel.", "de", ["Einundvierzig Prozent", "zwei Drittel"]),
        ("Die drei Regionen, ein Programm.", "de", []),
        ("Zwanzig kamen; zweiundzwanzig gingen.", "de", ["Zwanzig", "zweiundzwanzig"]),
        ("Les trois Régions ; vingt-deux sont venues.", "fr", ["vingt-deux"]),
        ("Tweeëntwintig kwamen, duizenden mensen.", "nl", ["Tweeëntwintig", "duizenden mensen"]),
    ],
)
def test_a_number_in_letters_is_one_too(prose: str, lang: str, found: list[str]) -> None:
    assert typed_in(prose, lang) == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('page.markdown(f"About {41} percent of people")', ["41"]),
        ('page.markdown("About %d percent" % 41)', ["41"]),
        ('page.markdown("About " + str(41) + " percent")', ["41"]),
        ('page.markdown("About {} percent".format(41.3))', ["41.3"]),
        ('page.markdown(" ".join(["About", "41", "percent"]))', ["41"]),
        ('page.markdown("41%")', ["41"]),
        ('page.heading("41")', ["41"]),
        ('page.heading("Figures", level=3)', []),
        ('page.say("brief.x", share="41.3%")', ["41.3"]),
        ('page.say("brief.x", share=page.wording.number(-41.3))', ["41.3"]),
        ("page.record(41, lineage)", ["41"]),
        ('page.table(pd.DataFrame({"share": [41.3]}), caption, formats)', ["41.3"]),
        ("print(41)", ["41"]),
        ("share = 41", ["41"]),
        ('plt.text(1, 2, "41")', ["1", "2", "41"]),
        ('charts.bars([41], "x")', ["41"]),
        ('page.headlines([("41", "people", "up")])', ["41"]),
        ('page.say("brief.x", share=float("41"))', ["41"]),
        ('page.say("brief.x", share=sum([41]))', ["41"]),
        ('page.say("brief.x", share=Decimal(41))', ["41"]),
        ("page.markdown(chr(52) + chr(49))", ["52", "49"]),
        ('page.markdown(b"41".decode())', ["41"]),
        ("frame.assign(share=41)", ["41"]),
        ("shares = dict(one=41)", ["41"]),
        ("shares = np.array([41.3])", ["41.3"]),
        ('frame.head(8)\nquestion(page, 40)\nfirst = rows[0]\nquestions(["11", "41"])\nlate = days[days > 14]', []),
        ('page.show("EMP01", "2023-12-31")', []),
    ],
)
def test_no_way_of_writing_code_shows_a_typed_number(code: str, found: list[str]) -> None:
    lines = lint_numbers(new_notebook(cells=[new_raw_cell("---\ntitle: Page\n---"), new_code_cell(code)]))
    assert [re.search(r"the number (\S+) is", line)[1] for line in lines] == found


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_page_has_one(notebook: Path) -> None:
    assert lint_numbers(nbformat.read(notebook, as_version=4)) == []


SAID = {"two.kinds": Label(en="Of 57 bodies {n} answered.", fr="57, {n}", nl="57, {n}", de="57, {n}")}


@pytest.mark.parametrize(
    ("constants", "found"),
    [
        ({}, 4),
        ({"57": ()}, 0),
        ({"57": ("two.",)}, 0),
        ({"57": ("three.",)}, 4),
        ({"5": (), "7": ()}, 4),
    ],
)
def test_a_number_in_a_sentence_of_the_catalogue_is_declared_or_a_field(
    constants: dict[str, tuple[str, ...]], found: int
) -> None:
    lines = lint_texts(SAID, constants)
    assert len(lines) == found
    assert all("text two.kinds in" in line and "the number 57 is typed in" in line for line in lines)


def test_no_sentence_of_the_catalogue_has_an_undeclared_one_and_none_is_declared_in_vain() -> None:
    texts, constants = load_catalogue().texts, load_constants()
    assert lint_texts(texts, constants) == []
    everything = [
        re.fullmatch(r"text (.*) in ..: the number (.*) is typed in;.*", one) for one in lint_texts(texts, {})
    ]
    held = {(one[1], re.sub(r"\D", "", part) or SPELLED) for one in everything if one for part in one[2].split(", ")}
    for number, places in constants.items():
        keys = [key for key, typed in held if typed == number]
        assert keys and all(any(key.startswith(place) for key in keys) for place in places), number
