"""Words and numbers in the reader's language: one text for every fact, Babel for every format."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from analysis.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from analysis.catalogue.model import Label

LOCALES = {"en": "en_GB", "fr": "fr_BE", "nl": "nl_BE", "de": "de_BE"}
MINUS = "−"
SMALLEST_P = 0.001
NO_BREAK = "\N{NO-BREAK SPACE}"
RATE_UNITS = ("%", "per 1,000", "pp", "x")


def difference_unit(unit: str) -> str:
    """The unit of a difference between two values: of percentages, percentage points."""
    return "pp" if unit == "%" else unit


@dataclass(frozen=True)
class Wording:
    """The texts of the catalogue in one language, and that language's formats."""

    texts: Mapping[str, Label]
    lang: str

    def __post_init__(self) -> None:
        if self.lang not in LOCALES:
            raise UsageError("lang", must=f"one of {', '.join(LOCALES)}", found=self.lang)

    @property
    def locale(self) -> str:
        """Babel's name of the locale."""
        return LOCALES[self.lang]

    def say(self, key: str, **values: object) -> str:
        """The text `key` with its fields filled in; fields are already words."""
        if key not in self.texts:
            raise UsageError("text", must="in a file of catalogue/texts", found=key)
        return unbroken(self.texts[key][self.lang].format(**values))

    def code(self, group: str, code: str) -> str:
        """The wording of a small code, such as a state or a unit; the code itself where there is none."""
        key = f"{group}.{code}"
        return self.texts[key][self.lang] if key in self.texts else str(code)

    def breakdown(self, code: str) -> str:
        """An answer of the survey, or a group of a published figure, in words; the code where there are none."""
        words = (self.code(group, code) for group in ("option", "breakdown"))
        return next((word for word in words if word != code), code)

    def bodies(self, named: str) -> str:
        """Bodies that are named in English, as the language calls them; a name without a text stays as it is."""
        names = re.split(r"( / |/|, |; | \+ | \(|\))", named)
        return "".join(self.code("body", name) for name in names)

    def number(self, value: float | None, decimals: int = 0, *, signed: bool = False) -> str:
        """`value` with separators of the language; a dash where there is none."""
        from babel.numbers import format_decimal

        if value is None or not math.isfinite(value):
            return "–"
        rounded = round(float(value), decimals) + 0.0
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        body = str(format_decimal(abs(rounded), format=pattern, locale=self.locale))
        if rounded < 0:
            return MINUS + body
        return "+" + body if signed and rounded > 0 else body

    def quantity(self, value: float | None, unit: str, *, signed: bool = False, decimals: int | None = None) -> str:
        """`value` and its unit: 12,345 persons; 41.2%; +1.4 percentage points."""
        places = decimals_of(unit) if decimals is None else decimals
        figure = self.number(value, places, signed=signed)
        shown = value if value is None else round(value, places)
        return figure if figure == "–" or not unit else self.say(self._pattern(unit, shown), number=figure)

    def p_value(self, value: float | None) -> str:
        """A p value to three places, the smallest ones as "< 0.001"."""
        small = value is not None and value < SMALLEST_P
        return f"< {self.number(SMALLEST_P, 3)}" if small else self.number(value, 3)

    def brief(self, value: float | None, unit: str, *, signed: bool = False) -> str:
        """`value` as a table cell has it: with a percent sign, but without the name of what is counted."""
        figure = self.number(value, decimals_of(unit), signed=signed)
        key = f"brief.{unit}"
        return self.say(key, number=figure) if key in self.texts and figure != "–" else figure

    def unit(self, unit: str) -> str:
        """The unit as an axis says it."""
        return self.code("unit", unit)

    def span(self, low: float | None, high: float | None, unit: str, decimals: int | None = None) -> str:
        """An interval: 40.1% to 42.3%."""
        if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
            return "–"
        places = decimals_of(unit) if decimals is None else decimals
        return self.say("format.span", low=self.number(low, places), high=self.quantity(high, unit, decimals=places))

    def bare_span(self, low: float | None, high: float | None, unit: str) -> str:
        """An interval without its unit, which stands beside it: 40.1 to 42.3; empty where there is none."""
        if low is None or high is None:
            return ""
        return self.say(
            "format.span", low=self.number(low, decimals_of(unit)), high=self.number(high, decimals_of(unit))
        )

    def between(self, low: float | None, high: float | None, unit: str, *, named: bool = False) -> str:
        """A number that is only known to lie between two: 1–4; `named` adds what is counted."""
        places = decimals_of(unit)
        span = f"{self.number(low, places)}–{self.number(high, places)}"
        if named:
            return self.say(self._pattern(unit, high), number=span) if unit else span
        key = f"brief.{unit}"
        return self.say(key, number=span) if key in self.texts else span

    def day(self, when: date | pd.Timestamp | None, style: str = "long") -> str:
        """A date; `style` is Babel's (short, medium, long) or a pattern."""
        from babel.dates import format_date

        if when is None or when != when:
            return "–"
        written = str(format_date(when, format=style, locale=self.locale))
        return written.replace("1 ", "1er ", 1) if self.lang == "fr" and written.startswith("1 ") else written

    def month(self, when: date | pd.Timestamp) -> str:
        """A month and its year."""
        return self.day(when, "LLLL y")

    def listing(self, words: Sequence[str]) -> str:
        """Words as one enumeration: a, b and c."""
        from babel.lists import format_list

        return str(format_list(list(words), locale=self.locale)) if words else "–"

    def several(self, parts: Iterable[str]) -> str:
        """Statements that stand side by side: a; b; c."""
        return self.say("list.separator").join(parts)

    def territory(self, name: str) -> str:
        """A country by its English name, as the page's language calls it; any other name stays as it is."""
        from babel import Locale

        names = Locale.parse("en").territories
        code = next((code for code, english in names.items() if english == name.removeprefix("The ")), "")
        return name if self.lang == "en" else str(Locale.parse(str(self.locale)).territories.get(code, name))

    def _pattern(self, unit: str, value: float | None) -> str:
        singular = f"quantity.{unit}.one"
        one = value is not None and (abs(value) < 2 if self.lang == "fr" else abs(value) == 1)  # French: 1,9 personne
        if one and singular in self.texts:
            return singular
        key = f"quantity.{unit}"
        return key if key in self.texts else "quantity.other"


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """The rows of a frame, each field an attribute whose type is as unknown as the frame's own."""
    return list(frame.itertuples(index=False))


def unbroken(text: str) -> str:
    """`text` with spaces that no line may break at: before a percent sign and French punctuation, inside guillemets."""
    return re.sub(r" (?=[%:;!?»](?:\W|$))|(?<=«) ", NO_BREAK, text)


def decimals_of(unit: str) -> int:
    """Decimals shown: whole counts, one place for rates."""
    return 1 if unit in RATE_UNITS else 0


def alt_trend(frame: pd.DataFrame, wording: Wording, *, title: str, unit: str) -> str:
    """What a trend chart shows: each series' first, last, lowest and highest value, its breaks, drops and gaps.

    `frame` is the chart's own (`series`, `period`, `value`, optional `mark`).
    """
    parts = [wording.say("alt.trend", title=title, count=wording.number(frame["series"].nunique()))]
    for name, series in frame.groupby("series", sort=False):
        parts.append(_alt_series(str(name), series, wording, unit))
    return " ".join(parts)


def alt_process(frame: pd.DataFrame, wording: Wording, *, title: str, unit: str) -> str:
    """What a process chart shows: its way, what is expected of the latest value, signals, gaps, withheld values.

    `frame` is the chart's own (`charts.process_chart`).
    """
    told = [wording.say("alt.trend", title=title, count=wording.number(1))]
    told.append(_alt_series(title, frame[~frame["withheld"]], wording, unit))
    last = frame.iloc[-1]
    if last["lower"] == last["lower"]:
        told.append(wording.say("alt.range", span=wording.span(last["lower"], last["upper"], unit)))
    days = [wording.day(when) for when in frame.loc[frame["meaning"] != "", "period"]]
    if days:
        told.append(wording.say("alt.signals", days=wording.listing(days)))
    if frame["withheld"].any():
        told.append(wording.say("alt.withheld", count=wording.number(int(frame["withheld"].sum()))))
    return " ".join(told)


def alt_gaps(frame: pd.DataFrame, wording: Wording, *, title: str) -> str:
    """What a gap plot shows: its `label`, `gap`, `low` and `high` in percentage points, row by row."""
    rows = [
        wording.say(
            "alt.gap",
            label=row.label,
            gap=wording.quantity(row.gap, "pp", signed=True),
            span=wording.span(row.low, row.high, "pp"),
        )
        for row in rows_of(frame)
    ]
    return " ".join([wording.say("alt.gap_plot", title=title), *rows])


def alt_panels(frame: pd.DataFrame, wording: Wording, *, title: str, units: Mapping[str, str]) -> str:
    """What small multiples show, panel by panel; `units` by panel."""
    panels = list(dict.fromkeys(frame["panel"]))
    told = [_alt_series(panel, frame[frame["panel"] == panel], wording, units[panel]) for panel in panels]
    return " ".join([wording.say("alt.panels", title=title, count=wording.number(len(panels))), *told])


def _alt_series(name: str, series: pd.DataFrame, wording: Wording, unit: str) -> str:
    known = series.dropna(subset="value")
    if known.empty:
        return wording.say("alt.empty", series=name)
    facts: dict[str, Any] = {"series": name}
    rows = {
        "first": known.iloc[0],
        "last": known.iloc[-1],
        "lowest": known.iloc[int(known["value"].argmin())],
        "highest": known.iloc[int(known["value"].argmax())],
    }
    for role, row in rows.items():
        facts[role] = wording.quantity(row["value"], unit)
        facts[f"{role}_day"] = wording.day(row["period"])
    sentence = wording.say("alt.series", **facts)
    return " ".join([sentence, *_alt_marks(series, wording)])


def _alt_marks(series: pd.DataFrame, wording: Wording) -> list[str]:
    marks = series["mark"] if "mark" in series else series["value"].map(lambda _: "")
    told = []
    for mark in ("break", "drop", "jump"):
        days = [wording.day(when) for when in series.loc[marks == mark, "period"]]
        if days:
            told.append(wording.say(f"alt.{mark}", days=wording.listing(days)))
    gaps = int(series["value"].isna().sum())
    if gaps:
        told.append(wording.say("alt.gaps", count=wording.number(gaps)))
    return told


def alt_bars(frame: pd.DataFrame, wording: Wording, *, title: str) -> str:
    """What a completeness chart shows: its `label`, `reported`, `expected` and `late`, row by row."""
    rows = [
        wording.say(
            "alt.bar",
            label=row.label,
            reported=wording.number(row.reported),
            expected=wording.number(row.expected),
            late=wording.number(row.late),
        )
        for row in rows_of(frame)
    ]
    return " ".join([wording.say("alt.bars", title=title), *rows])


def alt_effect(
    frame: pd.DataFrame, wording: Wording, *, title: str, unit: str, onset: date, effect: str, span: str
) -> str:
    """What an effect chart shows: the observed series, the onset, and the effect with its interval, both in words."""
    observed = frame.dropna(subset="observed")
    first, last = observed.iloc[0], observed.iloc[-1]
    return wording.say(
        "alt.effect",
        title=title,
        first=wording.quantity(first["observed"], unit),
        first_day=wording.day(first["period"]),
        last=wording.quantity(last["observed"], unit),
        last_day=wording.day(last["period"]),
        onset=wording.day(onset),
        effect=effect,
        span=span,
    )


def alt_countries(frame: pd.DataFrame, wording: Wording, *, title: str, unit: str, focus: str) -> str:
    """What the country chart shows: the focus country's way and its place among the others at the last date."""
    known = frame.dropna(subset="value")
    latest = known[known["period"] == known.loc[known["series"] == focus, "period"].max()]
    ranks = latest.set_index("series")["value"].rank(ascending=False, method="min")
    return " ".join(
        [
            wording.say("alt.countries", title=title, count=wording.number(known["series"].nunique())),
            _alt_series(focus, frame[frame["series"] == focus], wording, unit),
            wording.say("alt.rank", series=focus, rank=wording.number(ranks[focus]), of=wording.number(len(ranks))),
        ]
    )
