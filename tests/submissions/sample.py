"""One tiny good submission that every test starts from; a bad case is this one plus one edit."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from analysis.catalogue import load_catalogue
from analysis.store import Delivery

RULEBOOK = Path(__file__).parents[2] / "expectations"
CATALOGUE = load_catalogue()
NAME = "registration__ibz__2022-03-13.csv"
RECEIVED = date(2022, 3, 18)

# row 1 is the header; sex F + M = T, persons are whole numbers, the date is the first of the calendar
GOOD = (
    "Indicateur;Région;Date de référence;Sexe;Valeur;Dénominateur;Remarque\n"
    "REG01;BE;13/03/2022;Total;1200;;\n"
    "REG01;BE;13/03/2022;Femmes;700;;\n"
    "REG01;BE;13/03/2022;Hommes;500;;\n"
    "REG01;Région wallonne;13/03/2022;Total;300;;\n"
    "REG02;BE;13/03/2022;Total;5 400;;\n"
)


def edited(before: str, after: str) -> str:
    """The good submission with one edit, which must be one."""
    assert GOOD.count(before) == 1, f"{before!r} is in the sample {GOOD.count(before)} times"
    return GOOD.replace(before, after)


def delivery(
    folder: Path,
    content: str | bytes = GOOD,
    name: str = NAME,
    *,
    received_at: date = RECEIVED,
    declared: Mapping[str, str] | None = None,
) -> Delivery:
    """A file on disk and the delivery that the store would make of it."""
    data = content.encode() if isinstance(content, str) else content
    place = folder / sha256(data + name.encode()).hexdigest()[:12]
    place.mkdir(exist_ok=True)
    path = place / name
    path.write_bytes(data)
    return Delivery(path, sha256(data).hexdigest(), name, received_at, False, declared or {})


def workbook(
    rows: list[list[object]], *, title: str = "Blatt 1", more: Mapping[str, list[list[object]]] | None = None
) -> bytes:
    """An XLSX file with these cells."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = title
    for name, cells in {title: rows, **(more or {})}.items():
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        for row in cells:
            sheet.append(row)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()
