"""The Excel form that a provider fills in: their indicators and language, drop-downs, definitions, an identity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Any

import yaml

from analysis.catalogue.model import Catalogue, CodeList, Column, Dataflow, Provider
from analysis.errors import UsageError
from analysis.submissions.answers.texts import day
from analysis.submissions.identity import SHEET, write_identity
from analysis.submissions.plain_text import as_plain_text
from analysis.submissions.sheets import letter

HEADER_ROW = 5
LISTS = f"{SHEET}_lists"
_FILLED = ("indicator", "geo", "period", "value")  # what every row needs; a denominator comes on top where there is one
_WIDTHS = {"code": 30, "date": 22, "number": 16, "text": 40}
_GUIDE = ("code", "label", "unit", "numerator", "denominator")
_ACCENT, _FAINT = "17456B", "F3F5F7"


@dataclass(frozen=True)
class Burden:
    """What filling in one row per indicator asks of a provider; `minutes` rests on the estimates of template.yml."""

    indicators: int
    fields: int
    minutes: float


def template(catalogue: Catalogue, provider: str, dataflow: str, period: date) -> bytes:
    """
    The XLSX form of `dataflow` for `provider` and the reference date `period`.

    Raises
    ------
    UsageError
        The provider or the dataflow is unknown, the provider does not deliver it, or it has no form of ours.
    """
    import openpyxl

    body, flow = _known(catalogue, provider, dataflow)
    lang, columns = body.language, catalogue.forms[flow.form].columns
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = _say(lang, "sheet")
    lists = book.create_sheet(LISTS)
    guide = book.create_sheet(_say(lang, "guide"), 1)
    _head(sheet, catalogue, body, flow, period)
    for position, column in enumerate(columns):
        _column(sheet, lists, position, column, lang, choices(catalogue, flow, column, lang, period))
    _write_guide(guide, catalogue, flow, lang)
    lists.sheet_state = "veryHidden"
    write_identity(book, {"dataflow": flow.id, "provider": body.id, "period": period.isoformat()})
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def burden(catalogue: Catalogue, dataflow: Dataflow) -> Burden:
    """How many fields one row per indicator has, and how long that takes."""
    types = {column.name: column.type for column in catalogue.forms[dataflow.form].columns}
    minutes: Mapping[str, float] = _texts()["minutes"]
    own = [entry for entry in catalogue.indicators.values() if entry.domain == dataflow.domain]
    fields = [types[name] for _ in own for name in _FILLED]
    fields += [types["denominator"] for entry in own if entry.denominator]
    return Burden(len(own), len(fields), round(sum(minutes[kind] for kind in fields), 1))


def choices(catalogue: Catalogue, flow: Dataflow, column: Column, lang: str, period: date) -> Sequence[str | date]:
    """What the drop-down of a column offers: labels that lead back to their code, else the codes; () for free cells."""
    if column.name == "period":
        return [period]
    if column.type != "code":
        return ()
    codes = catalogue.code_lists[column.code_list]
    return [_choice(codes, code, lang) for code in _offered(catalogue, flow, column, period)]


def _offered(catalogue: Catalogue, flow: Dataflow, column: Column, period: date) -> list[str]:
    if column.code_list == "indicator":
        return [name for name, entry in catalogue.indicators.items() if entry.domain == flow.domain]
    codes = catalogue.code_lists[column.code_list].codes
    valid = [name for name, code in codes.items() if code.valid_from <= period <= code.valid_to]
    # Of a list with a hierarchy only what hangs together: countries of Europe are no places in this form.
    below = [name for name in valid if codes[name].parent]
    tied = {*below, *(codes[name].parent for name in below)}
    return [name for name in valid if name in tied] or valid


def _choice(codes: CodeList, code: str, lang: str) -> str:
    label = codes.codes[code].label[lang]
    return label if codes.resolve(label) == code else code


def _known(catalogue: Catalogue, provider: str, dataflow: str) -> tuple[Provider, Dataflow]:
    body, flow = catalogue.providers.get(provider), catalogue.dataflows.get(dataflow)
    if body is None:
        raise UsageError("a provider", must=f"one of {', '.join(catalogue.providers)}", found=provider)
    own = [name for name, entry in catalogue.dataflows.items() if provider in entry.providers]
    if flow is None or provider not in flow.providers:
        raise UsageError("--dataflow", must=f"a dataflow of {provider}: {', '.join(own)}", found=dataflow)
    if any(column.label is None for column in catalogue.forms[flow.form].columns):
        raise UsageError("a template", must="of a dataflow with a form of ours", found=dataflow)
    return body, flow


def _head(sheet: Any, catalogue: Catalogue, body: Provider, flow: Dataflow, period: date) -> None:
    from openpyxl.styles import Alignment, Font

    lang, asked = body.language, burden(catalogue, flow)
    names = {"dataflow": flow.label[lang], "provider": body.label[lang], "period": day(lang, period)}
    counts = {"indicators": asked.indicators, "fields": asked.fields, "minutes": round(asked.minutes)}
    lines = (_say(lang, "title", **names), _say(lang, "intro"), _say(lang, "burden", **counts))
    for row, line in enumerate(lines, start=1):
        cell = sheet.cell(row, 1, as_plain_text(line))
        cell.font = Font(
            name="Calibri", size=15 if row == 1 else 11, bold=row == 1, color=_ACCENT if row == 1 else None
        )
        cell.alignment = Alignment(vertical="center")
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    _one_page_wide(sheet)


def _column(sheet: Any, lists: Any, position: int, column: Column, lang: str, offered: Sequence[str | date]) -> None:
    """One column: its meaning above the header, its header, and what may be put below."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.datavalidation import DataValidation

    place, first, last = letter(position), HEADER_ROW + 1, HEADER_ROW + int(_texts()["spare_rows"])
    meaning = _say(lang, "columns", column.name)
    above, header = sheet[f"{place}{HEADER_ROW - 1}"], sheet[f"{place}{HEADER_ROW}"]
    above.value, above.font = meaning, Font(name="Calibri", size=9, italic=True, color="4A5764")
    above.alignment = Alignment(wrap_text=True, vertical="bottom")
    name = column.label[lang] if column.label else column.name
    header.value = f"{name} *" if column.required else name
    header.font, header.fill = Font(name="Calibri", bold=True, color="FFFFFF"), PatternFill("solid", fgColor=_ACCENT)
    sheet.column_dimensions[place].width = _WIDTHS[column.type]
    sheet.row_dimensions[HEADER_ROW - 1].height = 50
    rule = None
    if offered:
        for row, choice in enumerate(offered, start=1):
            lists.cell(row, position + 1, choice)
        source = f"'{LISTS}'!${place}$1:${place}${len(offered)}"
        rule = DataValidation("list", formula1=source, allow_blank=True, error=_say(lang, "wrong"))
    elif column.type == "number":
        rule = DataValidation(
            "decimal", operator="between", formula1="-1e15", formula2="1e15", allow_blank=True,
            error=_say(lang, "wrong_number"),
        )  # fmt: skip
    if rule:
        rule.promptTitle, rule.prompt = name[:32], meaning[:255]
        rule.showInputMessage = rule.showErrorMessage = True
        sheet.add_data_validation(rule)
        rule.add(f"{place}{first}:{place}{last}")
    if column.type == "date":
        for row in range(first, last + 1):
            sheet[f"{place}{row}"].number_format = "dd/mm/yyyy"


def _write_guide(guide: Any, catalogue: Catalogue, flow: Dataflow, lang: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    own = [entry for entry in catalogue.indicators.values() if entry.domain == flow.domain]
    header = [_say(lang, "guide_header", name) for name in _GUIDE]
    rows = [[e.id, e.label[lang], _unit(catalogue, e.unit, lang), *_counted(catalogue, e.id, lang)] for e in own]
    for number, row in enumerate([header, *rows], start=1):
        for position, text in enumerate(row, start=1):
            cell = guide.cell(number, position, as_plain_text(text))
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if number == 1:
                cell.font, cell.fill = Font(name="Calibri", bold=True), PatternFill("solid", fgColor=_FAINT)
    for place, width in zip("ABCDE", (10, 45, 14, 55, 45), strict=True):
        guide.column_dimensions[place].width = width
    guide.freeze_panes = "A2"
    _one_page_wide(guide)


def _counted(catalogue: Catalogue, indicator: str, lang: str) -> tuple[str, str]:
    """What the value and the denominator of an indicator count."""
    told = catalogue.definitions[indicator]
    return told.value[lang], told.of[lang] if told.of else ""


def _unit(catalogue: Catalogue, unit: str, lang: str) -> str:
    """The unit as pages word it; as the catalogue writes it where they have no word."""
    told = catalogue.texts.get(f"unit.{unit}")
    return told[lang] if told else unit


def _one_page_wide(sheet: Any) -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


@cache
def _texts() -> dict[str, Any]:
    text = resources.files("analysis.submissions").joinpath("template.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def _say(lang: str, *keys: str, **values: object) -> str:
    entry: Any = _texts()
    for key in (*keys, lang):
        entry = entry[key]
    return str(entry).format(**values)
