"""The plan of the synthetic submissions: `plan.yml`, read into dataclasses and checked against the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from analysis.catalogue import Catalogue
from analysis.catalogue.entry import Entry
from analysis.catalogue.read import read_yaml
from analysis.errors import CatalogueError

FILE = "plan.yml"


@dataclass(frozen=True)
class Quantity:
    """One number per region and round; `model` names how it comes about, `terms` its numbers (see plan.yml)."""

    id: str
    model: str  # count | level | sum_of | part_of | amount_of
    of: str
    terms: Mapping[str, Any]
    regions: Mapping[str, float]
    noise: float
    season: float


@dataclass(frozen=True)
class Division:
    """Two parts of a row's persons: the first one's share of them and of the denominator; the other is the rest."""

    part: str
    share: float
    over: float
    rest: str


@dataclass(frozen=True)
class Published:
    """Rows of one indicator: a quantity by region, possibly over another one or fed by one only, and by stratum."""

    indicator: str
    of: str
    over: str
    inflow: str
    regions: tuple[str, ...]
    women: float | None
    women_over: float | None
    ages: Mapping[str, float]
    ages_over: Mapping[str, float]
    nationalities: Mapping[str, float]
    nationalities_over: Mapping[str, float]
    divisions: tuple[Division, ...]


@dataclass(frozen=True)
class FilePlan:
    """What one provider sends for one dataflow every round, and how the file is written."""

    provider: str
    dataflow: str
    format: Mapping[str, str]
    days: tuple[int, int]
    missing: tuple[date, ...]
    note: str
    rows: tuple[Published, ...]


@dataclass(frozen=True)
class WrongRow:
    """One row that a validator must find."""

    kind: str
    provider: str
    dataflow: str
    round: date
    indicator: str
    region: str
    sex: str
    written: Mapping[str, str]
    add: float
    copy: bool


@dataclass(frozen=True)
class Plan:
    """Quantities, files and planted truth."""

    seed: int
    quantities: Mapping[str, Quantity]
    files: tuple[FilePlan, ...]
    effect: Mapping[str, Any]
    series_break: Mapping[str, Any]
    strains: tuple[Mapping[str, Any], ...]
    revision: Mapping[str, Any]
    wrong_rows: tuple[WrongRow, ...]


def load_plan(catalogue: Catalogue, path: Path | None = None) -> Plan:
    """Read the plan; CatalogueError where it names what the catalogue does not know."""
    top = Entry(FILE, "", read_yaml(path or Path(__file__).with_name(FILE)))
    regions = top.take("regions")
    quantities = {
        name: _quantity(Entry(FILE, name, fields), regions) for name, fields in top.take("quantities").items()
    }
    plan = Plan(
        seed=top.integer("seed", 0, 2**63),
        quantities=quantities,
        files=tuple(_file(Entry(FILE, f"files[{n}]", fields), regions) for n, fields in enumerate(top.take("files"))),
        effect=top.take("effect"),
        series_break=top.take("break"),
        strains=tuple(top.take("strains")),
        revision=top.take("revision"),
        wrong_rows=tuple(
            _wrong_row(Entry(FILE, f"wrong_rows[{n}]", fields)) for n, fields in enumerate(top.take("wrong_rows"))
        ),
    )
    top.done()
    _check(plan, catalogue)
    return plan


def _quantity(entry: Entry, regions: Mapping[str, float]) -> Quantity:
    models = [name for name in ("count", "level", "sum_of", "part_of", "amount_of") if name in entry.fields]
    if len(models) != 1:
        raise entry.wrong("model", "one of count, level, sum_of, part_of, amount_of", models)
    given = entry.take(models[0])
    chosen = entry.take("regions", regions)
    shares = chosen if isinstance(chosen, Mapping) else dict.fromkeys(chosen, 1.0)
    noise, season = entry.take("noise", 0.0), entry.take("season", 0.0)
    rest = {name: entry.take(name) for name in entry.fields}
    terms = given if isinstance(given, Mapping) else rest
    return Quantity(entry.name, models[0], given if isinstance(given, str) else "", terms, shares, noise, season)


def _file(entry: Entry, regions: Mapping[str, float]) -> FilePlan:
    first, last = entry.take("days")
    plan = FilePlan(
        provider=entry.text("provider"),
        dataflow=entry.text("dataflow"),
        format=entry.mapping("format"),
        days=(first, last),
        missing=tuple(entry.take("missing", ())),
        note=entry.text("note"),
        rows=tuple(_published(Entry(FILE, f"{entry.name}.rows", row), regions) for row in entry.take("rows")),
    )
    entry.done()
    return plan


def _published(entry: Entry, regions: Mapping[str, float]) -> Published:
    published = Published(
        indicator=entry.text("indicator"),
        of=entry.text("of"),
        over=entry.text("over", ""),
        inflow=entry.text("inflow", ""),
        regions=tuple(entry.take("regions", tuple(regions))),
        women=entry.take("sex", None),
        women_over=entry.take("sex_over", None),
        ages=entry.take("age", {}),
        ages_over=entry.take("age_over", {}),
        nationalities=entry.take("nationality", {}),
        nationalities_over=entry.take("nationality_over", {}),
        divisions=tuple(Division(**fields) for fields in entry.take("breakdown", ())),
    )
    entry.done()
    return published


def _wrong_row(entry: Entry) -> WrongRow:
    wrong = WrongRow(
        kind=entry.text("kind"),
        provider=entry.text("provider"),
        dataflow=entry.text("dataflow"),
        round=entry.date("round"),
        indicator=entry.text("indicator"),
        region=entry.text("region"),
        sex=entry.text("sex", "T"),
        written=entry.mapping("set", {}),
        add=entry.take("add", 0),
        copy=entry.flag("copy", False),
    )
    entry.done()
    return wrong


def _check(plan: Plan, catalogue: Catalogue) -> None:
    for file in plan.files:
        where = f"{FILE}, {file.provider} {file.dataflow}"
        if (
            file.dataflow not in catalogue.dataflows
            or file.provider not in catalogue.dataflows[file.dataflow].providers
        ):
            raise CatalogueError("a synthetic file", must="of a dataflow and one of its providers", where=where)
        for row in file.rows:
            if row.indicator not in catalogue.indicators:
                raise CatalogueError("`indicator`", must="of indicators.csv", found=row.indicator, where=where)
            for quantity in (row.of, row.over, row.inflow):
                if quantity and quantity not in plan.quantities:
                    raise CatalogueError("`of`, `over` and `inflow`", must="quantities", found=quantity, where=where)
