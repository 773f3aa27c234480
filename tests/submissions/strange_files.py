"""Strange files as a stranger would send them, made here cell by cell: each with what must come of it."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook import Workbook

from analysis.submissions.guards import OLE
from analysis.submissions.template import template
from submissions.sample import CATALOGUE, NAME
from submissions.test_ods import NUMBER, ods, row, table, text

XLSX, ODS = NAME.replace(".csv", ".xlsx"), NAME.replace(".csv", ".ods")
DAY = date(2022, 3, 13)
HEAD = ["Indicateur", "Région", "Date de référence", "Sexe", "Valeur", "Dénominateur", "Remarque"]
BODY: list[list[object]] = [
    ["REG01", "BE", DAY, "Total", 1200],
    ["REG01", "BE", DAY, "Femmes", 700],
    ["REG01", "BE", DAY, "Hommes", 500],
    ["REG01", "Région wallonne", DAY, "Total", 300],
    ["REG02", "BE", DAY, "Total", 5400],
]
TEXT = "\r\n".join(
    [
        ";".join(HEAD),
        "REG01;BE;13/03/2022;Total;1.200,0;;prénommés à Liège",
        "REG01;BE;13/03/2022;Femmes;700,0;;",
        "REG01;BE;13/03/2022;Hommes;500,0;;",
        "REG01;Région wallonne;13/03/2022;Total;300,0;;",
        "REG02;BE;13/03/2022;Total;5.400;;",
        "",
    ]
)
REGISTER = f"850730033{97 - 850730033 % 97:02d}"  # made up; its check digits are right
ALL, NONE = (5, 5), (0, 0)

Built = Callable[[Workbook], object]


def book(edit: Built = lambda workbook: None, rows: list[list[object]] | None = None) -> bytes:
    """The good table as a workbook (or `rows`), after an edit."""
    workbook = openpyxl.Workbook()
    for cells in [list(HEAD), *BODY] if rows is None else rows:
        workbook.active.append(cells)
    edit(workbook)
    stream = BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def cells(values: dict[str, object], *merged: str, shown: str = "") -> bytes:
    """The good workbook with other cells, perhaps shown in another format, and ranges of merged cells."""

    def edit(workbook: Workbook) -> None:
        for place, value in values.items():
            workbook.active[place] = value
            if shown:
                workbook.active[place].number_format = shown
        for area in merged:
            workbook.active.merge_cells(area)

    return book(edit)


def headed(*rows: list[object], merged: tuple[str, ...] = ()) -> bytes:
    """The good rows (with an empty column after the sex) below a header of several rows."""
    below = [[*line[:4], None, line[4]] for line in BODY]
    return book(lambda workbook: [workbook.active.merge_cells(area) for area in merged], [*rows, *below])


def with_sheet(rows: list[list[object]], state: str = "visible") -> Built:
    def edit(workbook: Workbook) -> None:
        sheet = workbook.create_sheet("bron")
        for line in rows:
            sheet.append(line)
        sheet.sheet_state = state

    return edit


def counted_from_1904(workbook: Workbook) -> None:
    workbook.epoch = CALENDAR_MAC_1904
    for line in range(2, 7):
        workbook.active[f"C{line}"] = (DAY - date(1904, 1, 1)).days


def with_chart(workbook: Workbook) -> None:
    chart = BarChart()
    chart.add_data(Reference(workbook.active, min_col=5, min_row=1, max_row=6))
    workbook.create_chartsheet("Grafiek").add_chart(chart)


def with_comment(workbook: Workbook) -> None:
    workbook.active["E2"].comment = Comment(f"zie {REGISTER}", "x")


def with_part(name: str, content: bytes) -> bytes:
    stream = BytesIO(book())
    with ZipFile(stream, "a", ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def form(provider: str = "vdab", told: tuple[str, str] | None = None) -> bytes:
    """A filled form for employment; with a second, other claim on its hidden sheet."""
    workbook = openpyxl.load_workbook(BytesIO(template(CATALOGUE, provider, "employment", DAY)))
    for place, value in {"A6": "EMP03", "B6": "VLG", "C6": DAY, "G6": 100, "H6": 400}.items():
        workbook.worksheets[0][place] = value
    if told:
        workbook["_monitor"].append(told)
    stream = BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def merged_ods() -> bytes:
    day = text("13/03/2022")
    head = row(*map(text, ("Indikator", "Region", "Stichtag", "Geschlecht", "Wert")))
    both = [cell.replace("<table:table-cell", '<table:table-cell table:number-rows-spanned="3"') for cell in
            (text("REG01"), text("BE"), day)]  # fmt: skip
    under = "<table:covered-table-cell/>" * 3
    return ods(
        table(
            head,
            row(*both, text("Insgesamt"), NUMBER.format("1200")),
            row(under, text("Frauen"), NUMBER.format("700")),
            row(under, text("Männer"), NUMBER.format("500")),
        )
    )


def other(before: str, after: str) -> str:
    assert before in TEXT
    return TEXT.replace(before, after)


# name of the file, its bytes, the rules that are told, rows read and accepted
STRANGE: dict[str, tuple[str, str | bytes, list[str], tuple[int, int]]] = {
    "three header rows in three languages": (XLSX, headed(
        ["Maandrapport / Rapport mensuel"], ["Identificatie", None, None, "Ventilatie", None, "Zahlen"],
        ["Indicator", "Gewest", "Datum", "Geslacht", None, "Waarde", "Noemer"],
        ["Indikator", "Region", "Stichtag", "Geschlecht", None, "Wert", "Nenner"],
        merged=("A1:G1", "A2:C2", "F2:G2")), [], ALL),
    "three header rows that share the words": (XLSX, headed(
        ["Indicator", "Regio", "Referentie-", "Geslacht", None, "Resultaten"],
        [None, None, "datum / date de", None, None, "Aantal", "Totaal"],
        ["Indicateur", "Région", "référence", "Sexe", None, "Valeur", "Dénominateur"],
        merged=("A1:A2", "F1:G1")), [], ALL),
    "a header merged over three rows": (XLSX, book(
        lambda b: [b.active.merge_cells(f"{c}1:{c}3") for c in "ABCDEFG"], [list(HEAD), [], [], *BODY]), [], ALL),
    "cp850, decimal comma, thousands dot": (NAME, TEXT.encode("cp850"), [], ALL),
    "UTF-16 and sep=;": (NAME, ("sep=;\r\n" + TEXT).encode("utf-16"), [], ALL),
    "sep=; between quotes": (NAME, '"sep=;"\r\n' + TEXT, [], ALL),
    "ISO weeks": (NAME, other("13/03/2022", "2022-W10"), [], ALL),
    "ISO weeks with the day": (NAME, other("13/03/2022", "2022-W10-7"), [], ALL),
    "weeks in words": (NAME, other("13/03/2022", "semaine 10/2022"), ["STR-13", "STR-22"], (5, 0)),
    "month before day": (NAME, other("13/03/2022", "03/13/2022"), ["STR-13", "STR-22"], (5, 0)),
    "days counted from 1904": (XLSX, book(counted_from_1904), [], ALL),
    "figures shown as percentages": (XLSX, cells({"E2": 0.12, "E3": 0.07}, shown="0.0%"), ["STR-30"], (5, 3)),
    "a subtotal and a total in German": (NAME, TEXT + "Zwischensumme;;;;8.100;;\r\nGesamtsumme;;;;8.100;;\r\n",
        [], ALL),
    "a total that is not the sum": (NAME, TEXT + "Insgesamt;;;;9.999,0;;\r\n", ["STR-32"], ALL),
    "an interval of its own making": (NAME, other("300,0", "1-4"), ["STR-20"], (5, 4)),
    "the provider of the name is not that of the form": ("employment__actiris__2022-03-13.xlsx", form(),
        ["STR-06"], NONE),
    "the period of the name is not that of the form": ("employment__vdab__2022-03-27.xlsx", form("vdab") + b"\0",
        ["STR-06"], NONE),
    "a form that names two providers": ("cijfers.xlsx", form(told=("provider", "forem")), ["STR-06"], NONE),
    "a filled form under any name": ("mijn cijfers.xlsx", form("vdab") + b"\0\0", [], (1, 1)),
    "a form sent back empty": ("leeg.xlsx", template(CATALOGUE, "vdab", "employment", DAY), ["STR-10"], NONE),
    "old Excel under a new name": (XLSX, OLE + bytes(700) + "Workbook".encode("utf-16-le"), ["PRE-02"], NONE),
    "a macro file": (XLSX[:-1] + "m", with_part("xl/vbaProject.bin", b"macro"), ["PRE-03"], NONE),
    "a password": (XLSX, OLE + bytes(900) + "EncryptedPackage".encode("utf-16-le"), ["PRE-01"], NONE),
    "a bomb in a sheet": (XLSX, with_part("xl/worksheets/sheet9.xml", bytes(40_000_000)), ["STR-11"], NONE),
    "a blank in the far corner": (XLSX, cells({"XFD1048576": " "}), ["PRE-04"], NONE),
    "persons on a hidden sheet": (XLSX, book(with_sheet(
        [["Naam", "Voornaam", "Geboortedatum"], *[["Peeters", "Jan", date(1985, 7, n)] for n in range(1, 6)]],
        "veryHidden")), ["PRI-00", "PRI-04", "PRI-05"], NONE),
    "file numbers on a hidden sheet": (XLSX, book(with_sheet(
        [["Dossiernummer", "Leeftijd"], *[[f"D{n:05d}", 20 + n] for n in range(30)]], "hidden")),
        ["PRI-00", "PRI-06"], NONE),
    "a register number in a remark": (NAME, other("prénommés", f"dossier {REGISTER}"), ["PRI-00", "PRI-01"], NONE),
    "a register number in a comment": (XLSX, book(with_comment), ["PRI-00", "PRI-01"], NONE),
    "keys from formulas never calculated": (XLSX, cells({"C3": "=C2", "A5": "=A4"}), ["STR-24"], (5, 3)),
    "error cells": (XLSX, cells({"E2": "#DIV/0!", "C5": "#REF!"}), ["STR-25"], (5, 3)),
    "links to other files": (XLSX, with_part("xl/externalLinks/externalLink1.xml",
        b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'), ["PRE-24"], ALL),
    "two endings": (NAME + ".exe", TEXT + ";", ["STR-03"], NONE),
    "a name like an option": ("-rf.csv", TEXT + ";;", ["STR-05"], NONE),
    "two months on two sheets": (XLSX, book(with_sheet([list(HEAD), *BODY])), ["STR-16"], NONE),
    "a draft on another sheet": (XLSX, book(with_sheet([["Région", "Valeur"], ["BE", 5]])), [], ALL),
    "a chart on a sheet of its own": (XLSX, book(with_chart), [], ALL),
    "a mark of order and blank lines": (NAME, b"\xef\xbb\xbf\r\n\r\n", ["STR-01"], NONE),
    "forty blank lines first": (NAME, "\r\n" * 40 + TEXT, [], ALL),
    "a header and separators": (NAME, ";".join(HEAD) + "\r\n;;;;;;" * 9, ["STR-10"], NONE),
    "the same line twice": (NAME, TEXT + TEXT.splitlines()[4], ["REG-018"], (6, 4)),
    "the same place by two names": (NAME, TEXT + "REG01;Wallonie;13/03/2022;Total;300;;", ["REG-018"], (6, 4)),
    "keys merged over rows": (XLSX, cells({"A3": None, "A4": None, "B3": None, "B4": None}, "A2:A4", "B2:B4"), [], ALL),
    "OpenDocument, keys merged over rows": (ODS, merged_ods(), [], (3, 3)),
    "a municipality that ended in 2019": (NAME, other("Région wallonne", "12030"), ["STR-35"], (5, 4)),
    "a municipality of 2025": (NAME, other("Région wallonne", "46029"), ["STR-36"], (5, 4)),
    "a municipality of its day": (NAME, other("Région wallonne", "12041"), [], ALL),
    "characters without width": (NAME, other("Femmes", "Femmes\u200b").replace("REG02", "\ufeffREG02"), [], ALL),
    "months as columns": (XLSX, book(rows=[["Indicateur", "Région", "13/03/2022"], ["REG01", "BE", 5]]),
        ["STR-09"], NONE),
}  # fmt: skip
