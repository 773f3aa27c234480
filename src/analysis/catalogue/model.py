"""The nouns of the catalogue, as frozen dataclasses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.catalogue.accounts import Account, Bias
    from analysis.catalogue.assurance import Assurance
    from analysis.catalogue.balances import AccountBalance
    from analysis.catalogue.benchmarks import Benchmark
    from analysis.catalogue.connectors import Connector
    from analysis.catalogue.corrections import Correction
    from analysis.catalogue.definitions import Definition
    from analysis.catalogue.disclosure import DisclosureRules
    from analysis.catalogue.findings import Finding
    from analysis.catalogue.frameworks import Framework
    from analysis.catalogue.mappings import Mapped
    from analysis.catalogue.places import Places
    from analysis.catalogue.programmes import Programme
    from analysis.catalogue.protocol import Lock
    from analysis.catalogue.publication import Publication
    from analysis.catalogue.questionnaire import Questionnaire
    from analysis.catalogue.quotas import Quota
    from analysis.catalogue.recounts import Recount
    from analysis.catalogue.stakeholders import Stakeholder
    from analysis.catalogue.stock_flows import StockFlow
    from analysis.catalogue.survey import Survey
    from analysis.catalogue.targets import Target
    from analysis.catalogue.words import Words

LANGUAGES = ("en", "fr", "nl", "de")


@dataclass(frozen=True)
class Label:
    """One text in the four languages."""

    en: str
    fr: str
    nl: str
    de: str

    def __getitem__(self, lang: str) -> str:
        return str(getattr(self, lang))


@dataclass(frozen=True)
class Code:
    """One allowed code of a key, with validity dates."""

    code: str
    label: Label
    aliases: tuple[str, ...] = ()
    parent: str = ""
    division: str = ""  # of a list that divides a total in several ways: which of them this code is a part of
    valid_from: date = date(1900, 1, 1)
    valid_to: date = date(9999, 12, 31)


@dataclass(frozen=True)
class CodeList:
    """The allowed codes of one key; `resolve` also takes labels and aliases in any language, case-insensitively."""

    id: str
    codes: Mapping[str, Code]
    _names: Mapping[str, str] = field(default_factory=dict, repr=False)

    def resolve(self, text: str) -> str | None:
        """The code that `text` names, or None."""
        return self._names.get(" ".join(text.split()).casefold())

    def divisions(self) -> dict[str, list[str]]:
        """The parts of each division."""
        found: dict[str, list[str]] = {}
        for name, code in self.codes.items():
            if code.division:
                found.setdefault(code.division, []).append(name)
        return found


@dataclass(frozen=True)
class Column:
    """One column of a form: our name, the type of its cells, the headers that providers write (any language).

    `required` is about the column: a file without it cannot be read. Empty cells are the rulebook's business.
    """

    name: str
    type: str  # text | number | percent | date | month | code
    headers: tuple[str, ...]
    required: bool = True
    code_list: str = ""
    default: str = ""
    label: Label | None = None  # the header of our own forms; its four texts are among `headers`


@dataclass(frozen=True)
class Form:
    """The shape of a file: its columns, and whether rows become observations or stay a table."""

    id: str
    becomes: str  # observations | table
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Dataflow:
    """One kind of table that is collected; its rulebook is `expectations/<id>.json`."""

    id: str
    label: Label
    domain: str
    form: str
    frequency: str  # ISO 8601 duration of the reference period: P2W, P1M, P1D; "" where it varies
    providers: tuple[str, ...]
    constants: Mapping[str, str] = field(default_factory=dict)
    recognise: Mapping[str, str] = field(default_factory=dict)  # header -> prefix of its first value ("" = any value)
    source: str = ""


@dataclass(frozen=True)
class Provider:
    """A body that submits."""

    id: str
    label: Label
    language: str
    level: str  # federal | region | community | international | research
    contact: str = ""


@dataclass(frozen=True)
class Indicator:
    """A published quantity: `value` of an observation is its numerator, `denominator` its denominator."""

    id: str
    domain: str
    label: Label
    numerator: str
    denominator: str  # "" for a count
    unit: str
    kind: str  # stock | flow | rate | share | ratio | cumulative | duration | amount | ...
    direction: str  # higher | lower | context | target band
    source_body: str = ""
    cadence: str = ""
    framework: str = ""
    check_rule: str = ""


@dataclass(frozen=True)
class Donors:
    """Which territories may stand in for the treated one: all with a whole series of some size, less those named."""

    first: date
    last: date
    at_least: float  # in every period from `first` to `last`, in the indicator's unit
    without: tuple[str, ...] = ()

    def __str__(self) -> str:
        without = f", without {', '.join(self.without)}" if self.without else ""
        return f"{self.first} to {self.last} >= {self.at_least:g}{without}"


@dataclass(frozen=True)
class Amendment:
    """An open change of a locked protocol: when, which fields, and why."""

    day: date
    fields: tuple[str, ...]
    reason: Label


@dataclass(frozen=True)
class Intervention:
    """A dated policy measure with the units that it treats, and how its effect is estimated."""

    id: str
    title: Label
    announced: date
    in_force: date
    treated: tuple[str, ...]  # geo codes
    comparison: tuple[str, ...]
    indicator: str
    expected_sign: int
    model: str  # the main model; `models` are all pre-specified ones, this one among them
    source: Label
    design: str = "single_series"  # or synthetic_control
    models: tuple[str, ...] = ()
    expected_lag: int = 0  # periods from coming into force to the effect
    placebo_dates: tuple[date, ...] = ()  # before `in_force`: nothing can be found there
    placebo_outcomes: tuple[str, ...] = ()  # indicators that the measure cannot move
    missing: Label | None = None  # what data the question needs and nobody delivers yet
    explored_outcomes: tuple[str, ...] = ()  # placebo outcomes named after the lock: shown, never counted
    onset: date | None = None  # where effects count from, when people acted before it came into force
    donors: Donors | None = None  # of a synthetic control; with `window` (first and last period) and `scale`
    window: tuple[date, ...] = ()
    scale: str = "level"  # or log: effects are then relative
    amendments: tuple[Amendment, ...] = ()

    @property
    def starts(self) -> date:
        """The first day on which an effect counts."""
        return self.onset or self.in_force


@dataclass(frozen=True)
class Rounds:
    """The calendar of collection dates."""

    first: date
    last: date
    every_days: int
    due_after_days: int
    answer_after_days: int = 14  # to explain what a rule asks, from the day the file came in


@dataclass(frozen=True)
class Page:
    """One page of the report: a notebook with fixed parameters; built once per language in `languages`."""

    id: str
    notebook: str
    title: Label
    parameters: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # dataflows, at least one of which must have data
    languages: tuple[str, ...] = LANGUAGES
    formats: tuple[str, ...] = ("html",)  # html, and pdf where the page is also for paper
    public: bool = True  # whether a public release has it


@dataclass(frozen=True)
class Catalogue:
    """Everything that a domain expert edits, checked. `load_catalogue()` gives it.

    `fingerprint` names its content; `intake_fingerprint` only what submissions are judged by, so that a mended sentence
    does not send all history through validation again.
    """

    dataflows: Mapping[str, Dataflow]
    forms: Mapping[str, Form]
    providers: Mapping[str, Provider]
    code_lists: Mapping[str, CodeList]
    indicators: Mapping[str, Indicator]
    domains: Mapping[str, Label]
    interventions: Mapping[str, Intervention]
    locks: "Mapping[str, Lock]"
    assurance: "Mapping[str, Assurance]"
    recounts: "Mapping[str, Recount]"
    definitions: "Mapping[str, Definition]"
    rounds: Rounds
    pages: Mapping[str, Page]
    texts: Mapping[str, Label]
    places: "Places"
    words: "Words"
    mappings: "Mapping[tuple[str, str], Mapped]"  # (provider, dataflow) -> what they write otherwise
    corrections: "tuple[Correction, ...]"
    accounts: "Mapping[str, Account]"
    biases: "Mapping[str, Bias]"
    frameworks: "Mapping[str, Framework]"
    targets: "Mapping[str, Target]"
    balances: "Mapping[str, AccountBalance]"
    stock_flows: "Mapping[str, StockFlow]"  # indicator of a stock -> the flows by which it changes
    connectors: "Mapping[str, Connector]"
    questionnaire: "Questionnaire"
    survey: "Survey"
    benchmarks: "Mapping[str, Benchmark]"
    findings: "Mapping[str, Finding]"
    programmes: "Mapping[str, Programme]"
    quotas: "Mapping[str, Quota]"
    stakeholders: "Mapping[str, Stakeholder]"
    disclosure: "DisclosureRules"
    publication: "Publication"
    fingerprint: str
    intake_fingerprint: str

    def text(self, key: str, lang: str, **values: object) -> str:
        """The text `key` in `lang` with `{name}` fields filled in; KeyError names a missing key."""
        return self.texts[key][lang].format(**values)
