"""Belgian places by date: NIS codes, postcodes and names to the code that was valid on a day, never by likeness."""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from analysis.catalogue.model import Label
from analysis.catalogue.read import read_table, read_yaml
from analysis.errors import CatalogueError

FILES = ("places.csv", "place_changes.csv", "place_aliases.yml")
LEVELS = ("region", "province", "arrondissement", "municipality")
REGIONS = {"01000": "BE", "02000": "VLG", "03000": "WAL", "04000": "BRU"}  # NIS code -> the code of the list `geo`
_COLUMNS = (
    *("nis", "level", "parent", "name_fr", "name_nl", "name_de"),
    *("language_area", "valid_from", "valid_to", "postcodes"),
)
_CHANGES = ["valid_from", "old_nis", "new_nis", "kind"]
_FOREVER = date(9999, 12, 31)
_BRACKET = re.compile(r"\s*\([^)]*\)$")
_SAINT = re.compile(r"\b(?:saint|sint|sankt)\b")


@dataclass(frozen=True)
class Place:
    """One region, province, arrondissement or municipality as it was between two days."""

    nis: str
    level: str
    parent: str  # NIS code, "" for a region
    names: tuple[str, str, str]  # French, Dutch, German
    language_area: str  # of a municipality: nl, fr, de, or "nl fr" in Brussels
    valid_from: date
    valid_to: date
    postcodes: tuple[str, ...]

    @property
    def label(self) -> Label:
        """Its names; the English one is that of its language area."""
        fr, nl, de = self.names
        return Label(en={"nl": nl, "de": de}.get(self.language_area, fr), fr=fr, nl=nl, de=de)

    def valid(self, day: date) -> bool:
        """Whether the place was there on `day`."""
        return self.valid_from <= day <= self.valid_to


@dataclass(frozen=True)
class Change:
    """A code that another one replaced, by merger or by a new number."""

    valid_from: date
    old: str
    new: str
    kind: str


@dataclass(frozen=True)
class Match:
    """What a text says of a place: a code, or a doubt and what can be told about it."""

    code: str = ""
    how: str = ""  # code | name | postcode | zero (a leading zero was lost)
    doubt: str = ""  # "" | unknown | ambiguous | expired | future
    others: tuple[str, ...] = ()  # candidates, successors, or nearest names: for the message only
    since: date | None = None  # when the code ended (expired) or begins (future)


@dataclass(frozen=True)
class Places:
    """All places that ever were, and how they changed."""

    entries: tuple[Place, ...]
    changes: tuple[Change, ...]
    aliases: Mapping[str, tuple[str, ...]]

    @property
    def codes(self) -> frozenset[str]:
        """Every code below a region; regions have codes of their own in the list `geo`."""
        return frozenset(place.nis for place in self.entries if place.level != "region")

    def municipalities(self, day: date) -> tuple[Place, ...]:
        """The municipalities of a day: 589 until 2018, 581 in 2019-2024, 565 from 2025."""
        return tuple(place for place in self.entries if place.level == "municipality" and place.valid(day))

    def at(self, nis: str, day: date) -> Place | None:
        """The place with this code on `day`, or None."""
        return next((place for place in self._by_code.get(nis, ()) if place.valid(day)), None)

    def within(self, nis: str, day: date) -> tuple[str, ...]:
        """The codes that contain it, from near to far, ending with the region's code in the list `geo` and `BE`."""
        found: list[str] = []
        place = self.at(nis, day)
        while place and place.parent:
            found.append(place.parent)
            place = self.at(place.parent, day)
        if found:
            found[-1] = REGIONS.get(found[-1], found[-1])
        return (*found, "BE")

    def successors(self, nis: str) -> tuple[str, ...]:
        """The codes that replaced it, with those that replaced them in turn only where nothing stands in between."""
        return tuple(dict.fromkeys(change.new for change in self.changes if change.old == nis and change.new != nis))

    def resolve(self, text: str, day: date, *, like: Iterable[Match] = ()) -> Match:
        """
        The place that `text` names on `day`.

        Parameters
        ----------
        text : a NIS code, a postcode or a name in French, Dutch or German, as written.
        like : what the column's other cells turned out to be; settles what could be two things, and nothing else.

        Returns
        -------
        A Match with a code; or with a doubt: `unknown` (others = names that look alike, to propose), `ambiguous`
        (others = the candidates), `expired` (others = successors) or `future` (since = its first day).
        """
        found = self._numbered(text.strip()) if text.strip().isdecimal() else self._named(text)
        valid = [(code, how) for code, how in found if code in REGIONS or self.at(code, day)]
        if not valid:
            return self._not_then(found[0][0], day) if found else Match(doubt="unknown", others=self._near(text, day))
        if len(valid) > 1:
            valid = self._settled(valid, day, tuple(like))
        if len(valid) > 1:
            return Match(doubt="ambiguous", others=tuple(self.describe(code, day) for code, _ in valid))
        code, how = valid[0]
        return Match(REGIONS.get(code, code), how)

    def resolve_column(self, texts: Sequence[str], days: Sequence[date]) -> list[Match]:
        """Each cell on its own day; cells that are certain settle those that could be two things."""
        pairs = list(zip(texts, days, strict=True))
        alone = {pair: self.resolve(*pair) for pair in dict.fromkeys(pairs)}
        certain = [match for match in alone.values() if not match.doubt]
        for pair, match in alone.items():
            if match.doubt == "ambiguous":
                alone[pair] = self.resolve(*pair, like=certain)
        return [alone[pair] for pair in pairs]

    def describe(self, code: str, day: date) -> str:
        """Code and French / Dutch name, for a message."""
        place = self.at(code, day) or next(iter(self._by_code.get(code, ())), None)
        if place is None:
            return code
        names = " / ".join(dict.fromkeys(place.names[:2]))
        return f"{REGIONS.get(code, code)} ({names})"

    def _numbered(self, digits: str) -> list[tuple[str, str]]:
        if digits in self._by_code or digits in REGIONS:
            return [(digits, "code")]
        lost = digits.zfill(5)
        zero = [(lost, "zero")] if len(digits) < 5 and (lost in self._by_code or lost in REGIONS) else []
        return zero + [(nis, "postcode") for nis in self._by_postcode.get(digits, ())]

    def _named(self, text: str) -> list[tuple[str, str]]:
        return [(nis, "name") for nis in self._by_name.get(plain(text), ())]

    def _settled(self, found: list[tuple[str, str]], day: date, like: Sequence[Match]) -> list[tuple[str, str]]:
        """Candidates of the same kind (postcodes among postcodes) and then of the same level as the other cells."""
        kinds = {"code" if match.how in ("code", "zero") else match.how for match in like}
        levels = {self._level(match.code, day) for match in like}
        same = [one for one in found if ("code" if one[1] == "zero" else one[1]) in kinds] or found
        return [one for one in same if len(levels) == 1 and self._level(one[0], day) in levels] or same

    def _level(self, code: str, day: date) -> str:
        place = self.at(code, day)
        return place.level if place else "region"

    def _not_then(self, code: str, day: date) -> Match:
        ended = [place.valid_to for place in self._by_code[code] if place.valid_to < day]
        if ended:
            others = tuple(self.describe(new, day) for new in self.successors(code))
            starts = [c.valid_from for c in self.changes if c.old == code and c.new != code]
            return Match(doubt="expired", others=others, since=min(starts, default=max(ended)))
        return Match(
            doubt="future",
            others=tuple(self.describe(c.old, day) for c in self.changes if c.new == code),
            since=min(place.valid_from for place in self._by_code[code]),
        )

    def _near(self, text: str, day: date) -> tuple[str, ...]:
        word = plain(text)
        holding = [name for name in self._by_name if word and word in name.split()]
        near = difflib.get_close_matches(word, self._by_name, n=3, cutoff=0.8)
        codes = dict.fromkeys(nis for name in [*holding, *near] for nis in self._by_name[name] if self.at(nis, day))
        return tuple(self.describe(nis, day) for nis in codes)[:3]

    @cached_property
    def _by_code(self) -> Mapping[str, list[Place]]:
        found = defaultdict(list)
        for place in self.entries:
            found[place.nis].append(place)
        return dict(found)

    @cached_property
    def _by_postcode(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for place in self.entries:
            for postcode in place.postcodes:
                found[postcode].append(place.nis)
        return dict(found)

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        """Every plain name and alias -> the codes it may mean, whenever they were valid."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for place in self.entries:
            for name in (*place.names, *self.aliases.get(place.nis, ())):
                for written in (name, _BRACKET.sub("", name)):
                    found[plain(written)][place.nis] = None
        return {name: list(codes) for name, codes in found.items()}


def plain(name: str) -> str:
    """A name without what people drop: capitals, accents, hyphens, the long form of Saint."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = " ".join(re.sub(r"[^\w]+", " ", bare).split())
    return _SAINT.sub("st", words)


def load_places(folder: Path) -> Places:
    """Read and check the places, their changes and their aliases."""
    entries = tuple(_place(row, line) for line, row in enumerate(read_table(folder / FILES[0], _COLUMNS), start=2))
    known = {place.nis for place in entries}
    changes = tuple(
        _change(row, line, known) for line, row in enumerate(read_table(folder / FILES[1], _CHANGES), start=2)
    )
    for line, place in enumerate(entries, start=2):
        if place.parent and place.parent not in known:
            raise CatalogueError("`parent`", must="a NIS code of this file", found=place.parent, where=_where(0, line))
    aliases = {}
    for nis, names in read_yaml(folder / FILES[2]).items():
        if nis not in known:
            raise CatalogueError("an entry", must="a NIS code of places.csv", found=nis, where=FILES[2])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise CatalogueError("the aliases", must="a list of texts", found=names, where=f"{FILES[2]}, {nis}")
        aliases[nis] = tuple(names)
    return Places(entries, changes, aliases)


def _place(row: Mapping[str, str], line: int) -> Place:
    if row["level"] not in LEVELS:
        must = "one of " + ", ".join(LEVELS)
        raise CatalogueError("`level`", must=must, found=row["level"], where=_where(0, line))
    if not re.fullmatch("[0-9]{5}", row["nis"]):
        mend = "A spreadsheet program may have dropped a leading zero."
        raise CatalogueError("`nis`", must="five digits", found=row["nis"], where=_where(0, line), mend=mend)
    first, last = _day(row["valid_from"], 0, line), _day(row["valid_to"], 0, line) if row["valid_to"] else _FOREVER
    names = (row["name_fr"], row["name_nl"], row["name_de"])
    postcodes = tuple(row["postcodes"].split())
    return Place(row["nis"], row["level"], row["parent"], names, row["language_area"], first, last, postcodes)


def _change(row: Mapping[str, str], line: int, known: set[str]) -> Change:
    for field in ("old_nis", "new_nis"):
        if row[field] not in known:
            raise CatalogueError(f"`{field}`", must="in places.csv", found=row[field], where=_where(1, line))
    return Change(_day(row["valid_from"], 1, line), row["old_nis"], row["new_nis"], row["kind"])


def _day(text: str, file: int, line: int) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CatalogueError("a date", must="like 2025-01-01", found=text, where=_where(file, line)) from None


def _where(file: int, line: int) -> str:
    return f"{FILES[file]}, line {line}"
