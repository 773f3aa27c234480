"""Data on persons in a raw table: found by columns and cells, and told with masked values only."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import exp

from analysis.submissions.cells import Cell, as_text
from analysis.submissions.sheets import Sheet, letter

REGISTER, MAIL, PHONE, BIRTH, NAME, CASE = "PRI-01", "PRI-02", "PRI-03", "PRI-04", "PRI-05", "PRI-06"
CASES = 5  # different numbers of files below a header that says so: from there on, each row is a person
CHANCE = 0.01  # of a column of whole 11-digit strings to look like register numbers by luck; above it nothing is said
SHORT_CHANCE = 0.001  # where some have lost a leading zero: figures have nine or ten digits too
SEARCHED_ROWS = 25  # in which a header may stand
Words = Mapping[str, frozenset[str]]

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_URL = re.compile(r"https?://\S+")
_BARE = re.compile(r"[0-9]{9,11}")
# A whole number as spreadsheets write one: behind an apostrophe, with empty decimals, or cut into thousands.
_WHOLE = re.compile(r"'?(?:[0-9]+|[0-9]{1,3}(?:([ .'’])[0-9]{3})(?:\1[0-9]{3})*)(?:[.,]0+)?")
_WRITTEN = re.compile(r"^'|[.,]0+$(?<![0-9]{3}[.,]000)|[ .'’](?=[0-9]{3})")
_ALONE = r"(?<![0-9A-Za-z])(?<![0-9][.,])(?<!^[.,])"  # not the digits behind a decimal mark
_INSIDE = re.compile(_ALONE + r"[0-9]{11}(?![0-9A-Za-z]|[.,][0-9])")
_GROUPED = re.compile(r"(?<![0-9])[0-9]{2}([./ -])[0-9]{2}[./ -][0-9]{2}[./ -]{1,3}[0-9]{3}[./ -]?[0-9]{2}(?![0-9])")
_PRINTED = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}[.-][0-9]{2}")
_HALF_GROUPED = re.compile(r"(?<![0-9])[0-9]{6}[./ -][0-9]{3}[./ -]?[0-9]{2}(?![0-9])")
_MAIL = re.compile(r"([\w.+'-]+)@[\w-]+(?:\.[\w-]+)+")
_ABROAD = re.compile(_ALONE + r"(?:\+|00(?=32|380))[1-9][0-9]{0,2}(?:[ ./()-]{0,3}[0-9]){8,11}(?![0-9])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z.,+-])04[5-9][0-9][ /.-]{0,3}[0-9]{2,3}(?:[ .-]?[0-9]{2,3}){1,2}(?![0-9A-Za-z])")
_LANDLINE = re.compile(
    r"(?<![0-9A-Za-z.,+-])0[1-9][0-9]?[ /.-]{1,3}[0-9]{2,3}[ .-][0-9]{2}[ .-]?[0-9]{2}(?![0-9A-Za-z.,-])"
)
_DAY = re.compile(r"(?:([0-9]{4})-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}[/.-][0-9]{1,2}[/.-]([0-9]{4}))(?:[T ]00:00.*)?")
_CASE = re.compile(r"(?=(?:[^0-9]*[0-9]){4})[\w./ -]{4,20}")
_TAG = re.compile(r"[^\W\d_][^\W\d_'’.-]*(?:[-'’.][^\W\d_]+)*\.?,?")


@dataclass(frozen=True)
class Trace:
    """One kind of personal data in one column: where it first stands, masked, and how many values there are."""

    rule: str
    sheet: str
    row: int
    column: str  # a letter: a header may be personal itself
    raw: str


@dataclass(frozen=True)
class _Filled:
    row: int
    text: str


def traces(sheets: Iterable[Sheet], words: Words) -> list[Trace]:
    """
    Everything in `sheets` that points to individual persons; nothing for aggregated figures.

    National register and BIS numbers are judged by their column: 2 % of random 11-digit strings pass the check digits,
    0.2 % also begin with a plausible date of birth. So a column is judged by those of its numbers that begin with one:
    how many of them would pass the check digits by chance (one in 97, or two where both centuries are possible)? The
    column counts when more pass than chance would give in one of a hundred such columns. A lone 11-digit one, one in a
    text, one as printed or one below a telling header counts.

    Parameters
    ----------
    words : `personal` of gates.yml: headers of register numbers, births, phones, persons and files, first names,
        mailboxes.
    """
    found = []
    for sheet in sheets:
        name = masked(sheet.name, words)
        for position, cells in _columns(sheet).items():
            header, below = _header(cells, words)
            for rule, hits in _judged(header, below, cells, words):
                first, shown = hits[0]
                told = f"{shown} ({len(hits)} ×)" if len(hits) > 1 else shown
                found.append(Trace(rule, name, first.row, letter(position), told))
    return found


def masked(text: str, words: Words) -> str:
    """`text` without what it says of a person: for names of files and sheets."""
    for rule, value, shown in list(_inside(text, words)) + [(REGISTER, n, _mask_register(n)) for n in _bare(text)]:
        if rule:
            text = text.replace(value, shown)
    return text


def _bare(text: str) -> list[str]:
    return [match[0] for match in _INSIDE.finditer(text.replace("_", " ")) if plausible(match[0])]


def plausible(digits: str) -> bool:
    """Whether 11 digits are a national register or BIS number of someone born on a known day up to today."""
    if not _dated(digits):
        return False
    from stdnum.be import bis, nn

    if not (nn.is_valid(digits) or bis.is_valid(digits)):
        return False
    born = nn.get_birth_date(digits)
    return born is not None and born <= date.today()


def _dated(digits: str) -> bool:
    """Whether 11 digits begin as a register number does: two of a year, a month (a BIS number adds 20 or 40), a day."""
    month, day = int(digits[2:4]) % 20, int(digits[4:6])
    return 1 <= month <= 12 and 1 <= day <= 31 and int(digits[2:4]) <= 52


def _luck(dated: Iterable[str], passed: int) -> float:
    """At most this probability that `passed` of numbers with a date have the right check digits by chance (Poisson)."""
    this_year = date.today().year % 100
    mean = sum((2 if int(digits[:2]) <= this_year else 1) / 97 for digits in dated)
    below, term = 0.0, exp(-mean)
    for count in range(passed):
        below += term
        term *= mean / (count + 1)
    return max(0.0, 1 - below)


def _columns(sheet: Sheet) -> dict[int, list[_Filled]]:
    columns: dict[int, list[_Filled]] = {}
    known: dict[tuple[type, Cell], str] = {}
    for row, cells in enumerate(sheet.rows, start=1):
        for position, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            key = (type(cell), cell)
            text = known.get(key)
            if text is None:
                text = known[key] = unicodedata.normalize("NFKC", as_text(cell)).translate(_DASHES).strip()
            if text:
                columns.setdefault(position, []).append(_Filled(row, text))
    return columns


def _header(cells: Sequence[_Filled], words: Words) -> tuple[str, Sequence[_Filled]]:
    """The kind of telling header of a column, "" for none, and the cells that may be below one."""
    kinds = ("register", "birth", "phone", "person", "case", "name")
    for number, cell in enumerate(cells):
        if cell.row > SEARCHED_ROWS:
            break
        plain = _plain(cell.text)
        for kind in kinds:
            if plain in words[kind]:
                return kind, cells[number + 1 :]
    return "", cells


def _plain(text: str) -> str:
    letters = "".join(
        mark for mark in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(mark)
    )
    return " ".join(re.sub(r"[^0-9a-z]+", " ", letters).split())


Hits = list[tuple[_Filled, str]]


def _judged(
    header: str, below: Sequence[_Filled], cells: Sequence[_Filled], words: Words
) -> Iterator[tuple[str, Hits]]:
    """The kinds of personal data in one column, each with its cells and their masked values."""
    inside: dict[str, Hits] = {}
    seen: dict[str, list[tuple[str, str]]] = {}
    for cell in cells:
        if cell.text not in seen:
            seen[cell.text] = [(rule, shown) for rule, _, shown in _inside(cell.text, words)]
        for rule, shown in seen[cell.text]:
            inside.setdefault(rule, []).append((cell, shown))
    judges: list[tuple[str, Callable[[], Hits]]] = [
        (REGISTER, lambda: _register_column(header, below)),
        (PHONE, lambda: _phone_column(header, below)),
        (BIRTH, lambda: _birth_column(header, below)),
        (NAME, lambda: _name_column(header, below, words)),
        (CASE, lambda: _case_column(header, below)),
    ]
    for rule, judge in judges:
        hits = judge()
        if len(hits) > len(inside.get(rule, [])):
            inside[rule] = hits
    yield from sorted(inside.items())


def _inside(text: str, words: Words) -> Iterator[tuple[str, str, str]]:
    """What a cell says by itself: (rule, the value, the value masked)."""
    if len(text) < 6:
        return
    if "@" in text:
        for match in _MAIL.finditer(text):
            if _service(match[1]) not in words["mailboxes"]:
                yield MAIL, match[0], f"{match[0][0]}***@***"
    if sum(mark.isdigit() for mark in text) < 9:
        return
    text = _URL.sub(" ", text)
    yield from _registers_inside(text)
    # A lone run of digits may be a count: then its column decides.
    for pattern in (_MOBILE,) if _BARE.fullmatch(text) else (_ABROAD, _MOBILE, _LANDLINE):
        for match in pattern.finditer(text):
            digits = re.sub(r"[^0-9]", "", match[0])
            if pattern is _ABROAD or len(digits) == (10 if pattern is _MOBILE else 9):
                if pattern is _MOBILE and _is_enterprise(digits):
                    continue
                yield PHONE, match[0], digits[:2] + "*" * (len(digits) - 2)


def _service(local: str) -> str:
    return re.split(r"[.+_]", local.casefold())[0]


def _is_enterprise(digits: str) -> bool:
    """Whether ten digits are an enterprise number, which looks like a mobile number where it begins with 04."""
    return 97 - int(digits[:8]) % 97 == int(digits[8:])


def _registers_inside(text: str) -> Iterator[tuple[str, str, str]]:
    if not _BARE.fullmatch(text):
        for match in _INSIDE.finditer(text):
            if plausible(match[0]):
                yield REGISTER, match[0], _mask_register(match[0])
    for match in (*_GROUPED.finditer(text), *_HALF_GROUPED.finditer(text)):
        digits = re.sub(r"[^0-9]", "", match[0])
        # As printed on a card, a wrong check digit is a slip of the pen, not a count.
        if plausible(digits) or (_PRINTED.fullmatch(match[0]) and int(digits[2:4]) % 20 in range(1, 13)):
            yield REGISTER, match[0], _mask_register(digits)


def _mask_register(digits: str) -> str:
    return f"{digits[:2]}.{digits[2:4]}.**-***.**"


def _register_column(header: str, below: Sequence[_Filled]) -> Hits:
    # A spreadsheet drops the leading zeros of those born from 2000 on.
    written = {cell.text: _WRITTEN.sub("", cell.text) for cell in below if _WHOLE.fullmatch(cell.text)}
    numbers = {text: digits.zfill(11) for text, digits in written.items() if _BARE.fullmatch(digits)}
    good = {text for text, digits in numbers.items() if plausible(digits)}
    distinct = {numbers[text] for text in good}
    short = any(len(written[text]) < 11 for text in numbers)
    few = len(set(numbers.values())) == 1 and not short
    told = header == "register"
    if told:
        good |= {text for text in numbers if len(written[text]) == 11}
    luck = _luck({digits for digits in numbers.values() if _dated(digits)}, len(distinct))
    likely = luck < SHORT_CHANCE and len(distinct) >= 2 if short else luck < CHANCE
    if not good or not (told or few or likely):
        return []
    return [(cell, _mask_register(numbers[cell.text])) for cell in below if cell.text in good]


def _phone_column(header: str, below: Sequence[_Filled]) -> Hits:
    digits = [(cell, re.sub(r"[^0-9]", "", cell.text)) for cell in below]
    told = [(cell, number) for cell, number in digits if 8 <= len(number) <= 14 and not _DAY.fullmatch(cell.text)]
    national = [(cell, number) for cell, number in told if re.fullmatch(r"0[1-9][0-9]{7,8}", cell.text)]
    many = len({number for _, number in national}) >= 3 and len(national) >= 0.6 * len(below)
    chosen = told if header == "phone" else national if many else []
    return [(cell, number[:2] + "*" * (len(number) - 2)) for cell, number in chosen]


def _birth_column(header: str, below: Sequence[_Filled]) -> Hits:
    days = [(cell, match[1] or match[2]) for cell in below if (match := _DAY.fullmatch(cell.text))]
    if header == "birth":
        serials = [(cell, "****") for cell in below if re.fullmatch(r"[1-4]?[0-9]{4}(?:\.0)?", cell.text)]
        exact = [(cell, told) for cell, told in serials if int(float(cell.text)) > 5000]
        return [(cell, f"{year}-**-**") for cell, year in (*days, *exact)]
    return [(cell, f"{year}-**-**") for cell, year in days] if _like_births([cell.text for cell, _ in days]) else []


def _like_births(texts: Sequence[str]) -> bool:
    """Dates spread as people's births are: decades wide, on any day of the month, at no steady pace, few twice."""
    days = sorted({day for text in set(texts) if (day := _day(text))})
    if len(days) < 20 or len(days) < 0.7 * len(texts) or days[-1] > date.today():
        return False
    gaps = [(after - before).days for before, after in pairwise(days)]
    steady = max(gaps.count(gap) for gap in set(gaps)) > 0.3 * len(gaps)
    return (days[-1] - days[0]).days > 20 * 365 and len({day.day for day in days}) >= 12 and not steady


def _day(text: str) -> date | None:
    parts = [int(part) for part in re.findall(r"[0-9]+", text)[:3]]
    year, month, day = parts if parts[0] > 31 else reversed(parts)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _name_column(header: str, below: Sequence[_Filled], words: Words) -> Hits:
    texts = {cell.text: _name_parts(cell.text) for cell in below}
    like = {text for text, parts in texts.items() if parts}
    if header == "person":
        chosen = like if len(like) >= 0.5 * len(texts) else set()
    else:
        least = 1 if header == "name" else 2
        known = {
            text
            for text in like
            if len(texts[text]) >= least and any(_plain(part) in words["first_names"] for part in texts[text])
        }
        enough = len(known) >= (1 if header == "name" else 3) and len(known) >= 0.3 * len(texts)
        chosen = known if enough else set()
    return [(cell, " ".join(f"{p[0]}***" for p in texts[cell.text])) for cell in below if cell.text in chosen]


def _case_column(header: str, below: Sequence[_Filled]) -> Hits:
    """Numbers of files or cards below a header that says so, a different one on nearly every row."""
    numbers = [cell for cell in below if _CASE.fullmatch(cell.text)]
    different = len({cell.text for cell in numbers})
    if header != "case" or different < CASES or different < 0.8 * len(below):
        return []
    return [(cell, f"{cell.text[:2]}***") for cell in numbers]


def _name_parts(text: str) -> list[str]:
    """The one to five capitalised words of a cell that may be a person's name; nothing for any other text."""
    parts = text.split()
    small = {"de", "van", "von", "der", "den", "du", "la", "le", "el", "al", "ben", "d'", "'t"}
    capital = [part for part in parts if part[0].isupper()]
    fits = all(_TAG.fullmatch(part) and (part[0].isupper() or part in small) for part in parts)
    return parts if fits and capital and len(parts) <= 5 else []
