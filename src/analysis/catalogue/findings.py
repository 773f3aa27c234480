"""Findings about the printed reports: what stands there, where, and the check that shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.catalogue.entry import Entry, read_entries
from analysis.catalogue.model import Label
from analysis.errors import CatalogueError

FILE = "findings.yml"
STUDIES = ("benchmark", "survey")
SUM, NONE = "sum", "none"
CHECKS = ("total", "missing", "highest", "bases", "rounding", "counts", "shares", "optional", SUM, NONE)
MOST = 10**6


@dataclass(frozen=True)
class Asked:
    """A printed question with its column ("25 ua") and the options meant; none: all of them."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Rounded:
    """A percentage as printed, and the count and base that it stands for."""

    printed: str
    count: int
    base: int


@dataclass(frozen=True)
class Finding:
    """One finding. `expect` is what the check must find for the finding to hold; the other fields are its inputs."""

    id: str
    study: str
    label: Label
    printed: Label
    source: str
    check: str
    expect: tuple[str, ...]
    matrix: str
    mechanism: str
    asked: tuple[Asked, ...]
    rounded: tuple[Rounded, ...]
    span: tuple[int, int]
    addends: tuple[int, ...]


def load_findings(folder: Path) -> dict[str, Finding]:
    """The findings of `findings.yml`, in the order of the file; CatalogueError where an entry breaks a rule."""
    return read_entries(folder, FILE, _finding)


def check_findings(findings: Mapping[str, Finding], matrices: Mapping[str, object]) -> None:
    """CatalogueError where a finding speaks of a matrix that is not in the catalogue."""
    for finding in findings.values():
        if finding.matrix and finding.matrix not in matrices:
            must = f"one of {', '.join(matrices)}"
            raise CatalogueError("`matrix`", must=must, found=finding.matrix, where=f"{FILE}, {finding.id}")


def _finding(entry: Entry) -> Finding:
    finding = Finding(
        id=entry.name,
        study=entry.one_of("study", STUDIES),
        label=entry.label("label"),
        printed=entry.label("printed"),
        source=entry.text("source"),
        check=entry.one_of("check", CHECKS),
        expect=entry.texts("expect", ()),
        matrix=entry.text("matrix", ""),
        mechanism=entry.text("mechanism", ""),
        asked=tuple(_asked(part) for part in _parts(entry, "asked")),
        rounded=tuple(_rounded(part) for part in _parts(entry, "rounded")),
        span=_span(entry),
        addends=_numbers(entry, "addends"),
    )
    if (finding.check == NONE) == bool(finding.expect):
        raise entry.wrong("expect", "given when, and only when, there is a check", list(finding.expect))
    return finding


def _parts(entry: Entry, field: str) -> list[Entry]:
    parts = entry.take(field, [])
    if not isinstance(parts, list):
        raise entry.wrong(field, "a list", parts)
    return [Entry(FILE, f"{entry.name}.{field} {number}", part) for number, part in enumerate(parts, 1)]


def _asked(entry: Entry) -> Asked:
    asked = Asked(entry.text("question"), entry.texts("options", ()))
    entry.done()
    return asked


def _rounded(entry: Entry) -> Rounded:
    rounded = Rounded(entry.text("printed"), entry.integer("count", 0, MOST), entry.integer("base", 1, MOST))
    entry.done()
    return rounded


def _span(entry: Entry) -> tuple[int, int]:
    numbers = _numbers(entry, "span")
    if numbers and (len(numbers) != 2 or not 1 <= numbers[0] <= numbers[1]):
        raise entry.wrong("span", "the smallest and the largest base to try", list(numbers))
    return (numbers[0], numbers[1]) if numbers else (0, 0)


def _numbers(entry: Entry, field: str) -> tuple[int, ...]:
    numbers = entry.take(field, [])
    if not isinstance(numbers, list) or any(type(number) is not int for number in numbers):
        raise entry.wrong(field, "a list of whole numbers", numbers)
    return tuple(numbers)
