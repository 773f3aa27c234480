from datetime import date, datetime
from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from analysis.submissions.cells import Unreadable, as_text, decimal_mark, read_date, read_month, read_number

NUMBERS = [
    # text              value       file's decimal mark
    ("0", 0, ""),
    ("1234", 1234, ""),
    ("-12", -12, ""),
    ("−12", -12, ""),  # U+2212, as typeset
    ("12,5", 12.5, ""),
    ("12.5", 12.5, ""),
    (",5", 0.5, ""),
    ("73785.0", 73785, ""),
    ("0,512", 0.512, ""),
    ("1 234", 1234, ""),
    ("1\u00a0234,5", 1234.5, ""),
    ("1\u202f234\u202f567", 1234567, ""),
    ("1.234,5", 1234.5, ""),
    ("1,234.5", 1234.5, ""),
    ("1.234.567", 1234567, ""),
    ("1'234'567", 1234567, ""),
    ("1.234", 1.234, "."),
    ("1.234", 1234, ","),
    ("1,234", 1.234, ","),
    ("1,234", 1234, "."),
    ("1e3", 1000, ""),
    (" 42 ", 42, ""),
    (42, 42, ""),
    (0.25, 0.25, ""),
]
NOT_NUMBERS = [
    ("", "STR-20"),
    ("abc", "STR-20"),
    ("12 personnes", "STR-20"),
    ("< 5", "STR-20"),
    ("12 34", "STR-20"),
    ("1,2,3", "STR-20"),
    ("--5", "STR-20"),
    ("nan", "STR-20"),
    ("inf", "STR-20"),
    ("1e999", "STR-20"),
    ("٣", "STR-20"),  # a digit, but not one that anybody here writes
    (float("nan"), "STR-20"),
    (True, "STR-20"),
    (date(2022, 3, 13), "STR-20"),
    ("1,234", "STR-21"),
    ("1.234", "STR-21"),
]


@pytest.mark.parametrize(("cell", "value", "mark"), NUMBERS)
def test_read_number(cell: str | float, value: float, mark: str) -> None:
    assert read_number(cell, mark) == value


@pytest.mark.parametrize(("cell", "rule"), NOT_NUMBERS)
def test_what_is_no_number(cell: str, rule: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_number(cell)
    assert caught.value.rule == rule


@given(
    number=st.decimals(-(10**9), 10**9, places=2, allow_nan=False),
    locale=st.sampled_from(["fr_BE", "nl_BE", "de_BE", "en_GB", "de_CH", "fr_FR"]),
)
def test_a_number_written_in_a_locale_reads_the_same(number: Decimal, locale: str) -> None:
    written = format_decimal(number, format="#,##0.00", locale=locale)
    assert read_number(written) == float(number)


@given(number=st.integers(-(10**12), 10**12), locale=st.sampled_from(["fr_BE", "nl_BE", "de_BE", "en_GB"]))
def test_a_whole_number_reads_the_same_once_the_file_tells_its_decimal_mark(number: int, locale: str) -> None:
    mark = "." if locale == "en_GB" else ","
    assert read_number(format_decimal(number, locale=locale), mark) == number


@given(text=st.text(max_size=12))
def test_any_text_is_a_number_or_unreadable(text: str) -> None:
    try:
        number = read_number(text)
    except Unreadable as unread:
        assert unread.rule in ("STR-20", "STR-21")
    else:
        assert abs(number) < float("inf")


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1", "2"], ""),
        (["1.234", "5"], ""),
        (["1.234", "5,5"], ","),
        (["1.234", "5.5"], "."),
        (["1.234.567"], ","),
        (["1 234,5"], ","),
        (["5,5", "5.5"], ""),
        (["tot 5,5"], ""),
    ],
)
def test_decimal_mark(texts: list[str], mark: str) -> None:
    assert decimal_mark(texts) == mark


DATES = [
    ("2022-03-13", date(2022, 3, 13)),
    ("2022-03-13 00:00:00", date(2022, 3, 13)),
    ("13/03/2022", date(2022, 3, 13)),
    ("3/4/2022", date(2022, 4, 3)),
    ("13.03.2022", date(2022, 3, 13)),
    ("13-03-2022", date(2022, 3, 13)),
    (datetime(2022, 3, 13), date(2022, 3, 13)),
    (date(2022, 3, 13), date(2022, 3, 13)),
]


@pytest.mark.parametrize(("cell", "day"), DATES)
def test_read_date(cell: str, day: date) -> None:
    assert read_date(cell) == day


@pytest.mark.parametrize(
    "cell", ["", "31/02/2022", "2022-13-01", "03/13/2022", "13/03/22", "1822-03-13", "mars", 44633]
)
def test_what_is_no_date(cell: str) -> None:
    with pytest.raises(Unreadable, match="STR-22"):
        read_date(cell)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2022-02", date(2022, 2, 28)),
        ("2024-02", date(2024, 2, 29)),
        ("2022M12", date(2022, 12, 31)),
        ("03/2022", date(2022, 3, 31)),
        ("2022-04-19", date(2022, 4, 19)),
    ],
)
def test_read_month(cell: str, day: date) -> None:
    assert read_month(cell) == day


@pytest.mark.parametrize("cell", ["", "2022", "2022-00", "2022-13", "13/2022", "1822-03", "Q1"])
def test_what_is_no_month(cell: str) -> None:
    with pytest.raises(Unreadable, match="STR-23"):
        read_month(cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (12.0, "12"),
        (12.5, "12.5"),
        (datetime(2022, 3, 13), "2022-03-13"),
        ("n/a", "n/a"),
        (1e300, "1e+300"),
    ],
)
def test_raw_text(cell: object, text: str) -> None:
    assert as_text(cell) == text  # type: ignore[arg-type]
