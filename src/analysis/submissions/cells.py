"""One cell at a time: what a provider typed, read as a number, a date or a month, or refused with a reason."""

import math
import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime

Cell = str | int | float | date | datetime | None

_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))  # copied along from web pages
_PLAIN = re.compile(r"[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]*\.[0-9]+[eE][+-]?[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[ '’][0-9]{3})+(?:[.,][0-9]+)?")
_DOT_THOUSANDS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_COMMA_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3}){2,}")
_ONE_MARK = re.compile(r"([0-9]*)([.,])([0-9]+)")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_BELGIAN_DATE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_MONTH = re.compile(r"([0-9]{4})(?:-M?|M)([0-9]{1,2})")
_BELGIAN_MONTH = re.compile(r"([0-9]{1,2})[/.-]([0-9]{4})")
_YEARS = range(1900, 2101)


class Unreadable(ValueError):
    """A cell that cannot be read; `rule` is the structural rule that says so."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def as_text(cell: Cell) -> str:
    """The cell as its writer sees it: whole floats without `.0`, dates in ISO form."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def tidy(text: str) -> str:
    """Without what nobody sees: no characters without width, ends trimmed, every run of any space one plain space."""
    return _SPACES.sub(" ", text.translate(_UNSEEN)).strip()


def decimal_mark(texts: Iterable[str]) -> str:
    """The decimal mark that the unambiguous numbers of a file agree on, or "" where none or both appear."""
    marks = {mark for text in texts if (mark := _telling_mark(_unsigned(text)[1]))}
    return marks.pop() if len(marks) == 1 else ""


def read_number(cell: Cell, decimal: str = "") -> float:
    """
    Read one number as Belgians and their neighbours write them.

    Parameters
    ----------
    cell : a native number of a workbook, or text such as `1.234,5`, `1 234,5`, `1,234.5` or `12,5`.
    decimal : the decimal mark that the rest of the file proves, "" where unknown (see `decimal_mark`).

    Raises
    ------
    Unreadable
        `STR-20` where it is no finite number; `STR-21` where it could be two numbers (`1,234`).
    """
    if isinstance(cell, bool | date):
        raise Unreadable("STR-20")
    if isinstance(cell, int | float):
        return _finite(float(cell))
    sign, text = _unsigned(as_text(cell))
    if _GROUPED.fullmatch(text):
        return sign * float(re.sub(r"[ '’]", "", text).replace(",", "."))
    if _DOT_THOUSANDS.fullmatch(text):
        return sign * float(text.replace(".", "").replace(",", "."))
    if _COMMA_THOUSANDS.fullmatch(text):
        return sign * float(text.replace(",", ""))
    if _PLAIN.fullmatch(text):
        return sign * _finite(float(text))
    return sign * _one_mark(text, decimal)


def read_date(cell: Cell) -> date:
    """Read a day: a native date, `2022-03-13`, `13/03/2022`, `13.03.2022`; else Unreadable `STR-22`."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = tidy(as_text(cell))
    if match := _ISO_DATE.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _BELGIAN_DATE.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
    else:
        raise Unreadable("STR-22")
    return _day(year, month, day, "STR-22")


def read_month(cell: Cell) -> date:
    """Read a month (`2022-03`, `2022M03`, `03/2022`) as its last day; a full date stays itself; else `STR-23`."""
    text = tidy(as_text(cell))
    if match := _MONTH.fullmatch(text):
        year, month = (int(part) for part in match.groups())
    elif match := _BELGIAN_MONTH.fullmatch(text):
        month, year = (int(part) for part in match.groups())
    else:
        try:
            return read_date(cell)
        except Unreadable:
            raise Unreadable("STR-23") from None
    if not 1 <= month <= 12:
        raise Unreadable("STR-23")
    return _day(year, month, monthrange(year, month)[1] if year in _YEARS else 1, "STR-23")


def _day(year: int, month: int, day: int, rule: str) -> date:
    if year not in _YEARS:
        raise Unreadable(rule)
    try:
        return date(year, month, day)
    except ValueError:
        raise Unreadable(rule) from None


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise Unreadable("STR-20")
    return number


def _unsigned(text: str) -> tuple[float, str]:
    text = tidy(text).replace("\u2212", "-")
    if text[:1] in {"-", "+"}:
        return (-1.0 if text[0] == "-" else 1.0), text[1:].lstrip()
    return 1.0, text


def _ambiguous(whole: str, fraction: str) -> bool:
    return len(fraction) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")


def _one_mark(text: str, decimal: str) -> float:
    match = _ONE_MARK.fullmatch(text)
    if not match:
        raise Unreadable("STR-20")
    whole, mark, fraction = match.groups()
    if _ambiguous(whole, fraction) and decimal != mark:
        if not decimal:
            raise Unreadable("STR-21")
        return float(whole + fraction)
    return float(f"{whole or 0}.{fraction}")


def _telling_mark(text: str) -> str:
    if _DOT_THOUSANDS.fullmatch(text):
        return ","
    if _COMMA_THOUSANDS.fullmatch(text):
        return "."
    if _GROUPED.fullmatch(text):
        return text[-len(re.split(r"[.,]", text)[-1]) - 1] if re.search(r"[.,]", text) else ""
    match = _ONE_MARK.fullmatch(text)
    if match and not _ambiguous(match[1], match[3]):
        return match[2]
    return ""
