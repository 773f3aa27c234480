"""Days and months as people write them beyond plain dates: weeks, month names, serial numbers of spreadsheets."""

import re
from calendar import monthrange
from datetime import date, timedelta

from analysis.catalogue.words import Words
from analysis.submissions.cells import Cell, Unreadable, as_text, read_date, read_month, tidy

BASES = {False: date(1899, 12, 30), True: date(1904, 1, 1)}  # of serial numbers: Excel's usual one, and the old Mac one
_WEEK = re.compile(r"([0-9]{4})-?[Ww]([0-9]{1,2})(?:-([1-7]))?")
_NAMED = re.compile(r"([0-9]{1,2})(?:er|e|ste|de|st|nd|rd|th)?\.?[ -]([^\W\d_]+)\.?[ -]([0-9]{4})")
_NAMED_FIRST = re.compile(r"([^\W\d_]+)\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})")
_NAMED_MONTH = re.compile(r"([^\W\d_]+)\.?[ -]([0-9]{4})")
_SERIAL = re.compile(r"[1-9][0-9]{4}(?:[.,]0+)?")
_WEEKDAY = re.compile(r"^[^\W\d_]+,? (?=[0-9]{1,2}\W)")


def read_day(cell: Cell, words: Words, base_1904: bool | None, window: tuple[date, date]) -> tuple[date, str]:
    """
    A day, and how it was found where that is more than reading: `week` (its Sunday) or `serial`.

    Parameters
    ----------
    base_1904 : the base that the workbook tells; None for a CSV, which cannot tell.
    window : the days that are likely; settles the base where nothing tells it.

    Raises
    ------
    Unreadable
        `STR-22` no date; `STR-31` a serial number that neither the file nor the window settles.
    """
    try:
        return read_date(cell), ""
    except Unreadable:
        text = tidy(as_text(cell))
    if match := _WEEK.fullmatch(text):
        try:
            day = date.fromisocalendar(int(match[1]), int(match[2]), int(match[3] or 7))
            return day, "" if match[3] else "week"
        except ValueError:
            raise Unreadable("STR-22") from None
    if not isinstance(cell, bool) and _SERIAL.fullmatch(text):
        return _serial(int(text[:5]), base_1904, window), "serial"
    return _named(text, words), ""


def read_named_month(cell: Cell, words: Words) -> date:
    """A month by number or by name (`mars 2022`) as its last day; else Unreadable `STR-23`."""
    try:
        return read_month(cell)
    except Unreadable:
        match = _NAMED_MONTH.fullmatch(tidy(as_text(cell)))
        month = words.month(match[1]) if match else None
        if match is None or month is None or not 1900 <= int(match[2]) <= 2100:
            raise
    return date(int(match[2]), month, monthrange(int(match[2]), month)[1])


def _named(text: str, words: Words) -> date:
    if match := _NAMED.fullmatch(_WEEKDAY.sub("", text)):
        day, name, year = match.groups()
    elif match := _NAMED_FIRST.fullmatch(text):
        name, day, year = match.groups()
    else:
        raise Unreadable("STR-22")
    month = words.month(name)
    if month is None:
        raise Unreadable("STR-22")
    return read_date(f"{day}/{month}/{year}")


def _serial(number: int, base_1904: bool | None, window: tuple[date, date]) -> date:
    days = {base: start + timedelta(days=number) for base, start in BASES.items()}
    if base_1904 is not None:
        return days[base_1904]
    likely = [day for day in days.values() if window[0] <= day <= window[1]]
    if len(likely) != 1:
        raise Unreadable("STR-31")
    return likely[0]
