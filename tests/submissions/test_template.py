"""The form leads back to us without any mapping: filled in by every provider, in four languages, it is accepted."""

from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pytest

from analysis.catalogue import LANGUAGES
from analysis.errors import UsageError
from analysis.submissions import check
from analysis.submissions.identity import identity
from analysis.submissions.synthetic.plan import load_plan
from analysis.submissions.synthetic.rows import rows_of
from analysis.submissions.synthetic.series import round_dates, trajectories
from analysis.submissions.template import HEADER_ROW, LISTS, burden, choices, template
from submissions.sample import CATALOGUE, RULEBOOK
from submissions.test_ods import NUMBER, ods, row, table, text

DAY = date(2022, 9, 25)
PROVIDERS = [
    (provider, flow.id, CATALOGUE.providers[provider].language)
    for flow in CATALOGUE.dataflows.values()
    for provider in flow.providers
    if flow.form == "sectoral"
]


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(BytesIO(content))


def filled(provider: str, dataflow: str) -> bytes:
    """The form, filled in with the synthetic figures of the round by choosing from its drop-downs."""
    plan = load_plan(CATALOGUE)
    file = next(f for f in plan.files if (f.provider, f.dataflow) == (provider, dataflow))
    days = round_dates(CATALOGUE.rounds)
    numbers = trajectories(plan, days, date(2023, 1, 1), plan.seed)
    book = opened(template(CATALOGUE, provider, dataflow, DAY))
    sheet = book.worksheets[0]
    columns = CATALOGUE.forms["sectoral"].columns
    for number, line in enumerate(rows_of(file, numbers, days.index(DAY), plan.seed), start=HEADER_ROW + 1):
        for position, column in enumerate(columns, start=1):
            value = DAY if column.name == "period" else getattr(line, column.name)
            if column.type == "code":
                offered = [cell.value for cell in book[LISTS][openpyxl.utils.get_column_letter(position)]]
                codes = CATALOGUE.code_lists[column.code_list]
                value = next(choice for choice in offered if choice and codes.resolve(choice) == value)
            sheet.cell(number, position).value = value if value != "" else None
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(("provider", "dataflow"), [pair[:2] for pair in PROVIDERS])
def test_a_filled_form_is_accepted_under_any_name(provider: str, dataflow: str, tmp_path: Path) -> None:
    path = tmp_path / "our figures.xlsx"
    path.write_bytes(filled(provider, dataflow))
    receipt = check(path, CATALOGUE, RULEBOOK, today=DAY)
    assert receipt.lines("en")[1:] == [
        f"  Rows read: {receipt.rows_read}; accepted: {receipt.rows_read}; set aside: 0."
    ]
    found = (receipt.state, receipt.provider, receipt.dataflow, receipt.period, receipt.findings)
    assert found == ("accepted", provider, dataflow, DAY, ())
    assert receipt.rows_read > 3


def cell_of(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, datetime):
        return f'<table:table-cell office:value-type="date" office:date-value="{value:%Y-%m-%d}"/>'
    return NUMBER.format(value) if isinstance(value, int | float) else text(escape(str(value)))


def as_open_document(content: bytes) -> bytes:
    """What LibreOffice makes of a form, as far as we read it: its sheets with their values, hidden ones hidden."""
    tables = [
        table(
            *(
                row(*map(cell_of, cells))
                for cells in sheet.iter_rows(values_only=True)
                if any(c is not None for c in cells)
            ),
            name=sheet.title,
            style="" if sheet.sheet_state == "visible" else "away",
        )
        for sheet in opened(content).worksheets
    ]
    return ods(*tables)


@pytest.mark.parametrize(("provider", "dataflow"), [("dg", "education"), ("fedasil", "housing"), ("mi_is", "social")])
def test_a_form_that_libreoffice_saved_in_its_own_format_is_accepted_too(
    provider: str, dataflow: str, tmp_path: Path
) -> None:
    path = tmp_path / "unsere zahlen.ods"
    path.write_bytes(as_open_document(filled(provider, dataflow)))
    receipt = check(path, CATALOGUE, RULEBOOK, today=DAY)
    assert (receipt.state, receipt.provider, receipt.period, receipt.findings) == ("accepted", provider, DAY, ())
    assert receipt.rows_accepted == receipt.rows_read > 3


@pytest.mark.parametrize(("provider", "dataflow", "lang"), PROVIDERS)
def test_definitions_are_in_the_language_of_the_form(provider: str, dataflow: str, lang: str) -> None:
    guide = opened(template(CATALOGUE, provider, dataflow, DAY)).worksheets[1]
    for code, _, _, value, of in guide.iter_rows(min_row=2, values_only=True):
        told = CATALOGUE.definitions[code]
        assert (value, of) == (told.value[lang], told.of[lang] if told.of else None)


@pytest.mark.parametrize(("provider", "dataflow", "lang"), PROVIDERS)
def test_the_form_says_what_it_asks_and_for_whom(provider: str, dataflow: str, lang: str) -> None:
    content = template(CATALOGUE, provider, dataflow, DAY)
    book = opened(content)
    sheet, guide = book.worksheets[:2]
    assert identity(content) == {"dataflow": dataflow, "provider": provider, "period": "2022-09-25"}
    columns = CATALOGUE.forms["sectoral"].columns
    header = [str(cell.value).removesuffix(" *") for cell in sheet[HEADER_ROW]]
    assert header == [column.label[lang] for column in columns if column.label]
    assert all(cell.value for cell in sheet[HEADER_ROW - 1]), "every field has its meaning above it"
    asked = burden(CATALOGUE, CATALOGUE.dataflows[dataflow])
    assert f"{asked.fields} " in sheet["A3"].value
    assert f"{round(asked.minutes)} " in sheet["A3"].value
    own = {entry.id for entry in CATALOGUE.indicators.values() if entry.domain == dataflow}
    assert {cell.value for cell in guide["A"][1:]} == own
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    kinds = {column.name: rules.get(f"{chr(65 + n)}{HEADER_ROW + 1}") for n, column in enumerate(columns)}
    assert {name: rule.type for name, rule in kinds.items() if rule} == {
        **dict.fromkeys(("indicator", "geo", "period", "sex", "age", "nationality", "breakdown"), "list"),
        **dict.fromkeys(("value", "denominator"), "decimal"),
    }
    assert all(rule.prompt and rule.error for rule in kinds.values() if rule)
    assert not [row for row in sheet.iter_rows(min_row=HEADER_ROW + 1, values_only=True) if any(row)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_choice_leads_to_one_code(lang: str) -> None:
    for flow in (flow for flow in CATALOGUE.dataflows.values() if flow.form == "sectoral"):
        for column in (c for c in CATALOGUE.forms[flow.form].columns if c.type == "code"):
            offered = choices(CATALOGUE, flow, column, lang, DAY)
            codes = [CATALOGUE.code_lists[column.code_list].resolve(str(choice)) for choice in offered]
            assert len(set(codes)) == len(offered) > 0
            assert None not in codes


def test_the_forms_cover_the_four_languages() -> None:
    assert {lang for _, _, lang in PROVIDERS} == set(LANGUAGES)


def test_places_are_those_of_the_country_that_collects() -> None:
    geo = next(column for column in CATALOGUE.forms["sectoral"].columns if column.name == "geo")
    offered = choices(CATALOGUE, CATALOGUE.dataflows["housing"], geo, "en", DAY)
    assert {"Belgium", "Walloon Region", "German-speaking Community"} <= set(offered)
    assert not {"France", "Ireland"} & set(offered)


def test_the_burden_counts_a_denominator_only_where_there_is_one() -> None:
    asked = burden(CATALOGUE, CATALOGUE.dataflows["registration"])
    own = [entry for entry in CATALOGUE.indicators.values() if entry.domain == "registration"]
    assert (asked.indicators, asked.fields) == (len(own), 4 * len(own) + sum(bool(e.denominator) for e in own))
    assert 0 < asked.minutes < asked.fields


@pytest.mark.parametrize(
    ("provider", "dataflow", "words"),
    [
        ("nobody", "housing", "one of ibz"),
        ("fedasil", "registration", "a dataflow of fedasil: housing, not 'registration'"),
        ("fedasil", "weather", "not 'weather'"),
        ("eurostat", "eurostat_tps", "a form of ours"),
    ],
)
def test_what_cannot_be_asked_for(provider: str, dataflow: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        template(CATALOGUE, provider, dataflow, DAY)
