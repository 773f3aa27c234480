"""Builds the catalogue from its files and has it checked."""

import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from analysis.catalogue.accounts import ACCOUNTS, BIASES, load_accounts, load_biases
from analysis.catalogue.assurance import load_assurance
from analysis.catalogue.balances import check_balances, load_balances
from analysis.catalogue.benchmarks import load_benchmarks
from analysis.catalogue.check import check_references
from analysis.catalogue.connectors import check_connectors, load_connectors
from analysis.catalogue.corrections import check_corrections, load_corrections
from analysis.catalogue.definitions import FILE as DEFINITIONS
from analysis.catalogue.definitions import load_definitions
from analysis.catalogue.disclosure import load_disclosure
from analysis.catalogue.entry import Entry, as_label, read_entries
from analysis.catalogue.findings import check_findings, load_findings
from analysis.catalogue.frameworks import check_frameworks, load_frameworks
from analysis.catalogue.interventions import load_interventions
from analysis.catalogue.mappings import check_mappings, load_mappings
from analysis.catalogue.model import (
    LANGUAGES,
    Catalogue,
    Code,
    CodeList,
    Column,
    Dataflow,
    Form,
    Indicator,
    Label,
    Page,
    Provider,
    Rounds,
)
from analysis.catalogue.places import load_places
from analysis.catalogue.programmes import check_programmes, load_programmes
from analysis.catalogue.protocol import check_locks, load_locks
from analysis.catalogue.publication import load_publication
from analysis.catalogue.questionnaire import FORM as RESPONSES
from analysis.catalogue.questionnaire import load_questionnaire
from analysis.catalogue.quotas import load_quotas
from analysis.catalogue.read import read_table, read_yaml
from analysis.catalogue.recounts import load_recounts
from analysis.catalogue.stakeholders import check_stakeholders, load_stakeholders
from analysis.catalogue.stock_flows import check_stock_flows, load_stock_flows
from analysis.catalogue.survey import load_survey
from analysis.catalogue.targets import check_targets, load_targets
from analysis.catalogue.words import load_words
from analysis.errors import CatalogueError

FILES = (
    ACCOUNTS,
    "assurance.yml",
    "answer_options.yml",
    "balances.yml",
    "benchmarks.yml",
    "code_lists.yml",
    "connectors.yml",
    "constants.yml",
    "corrections.yml",
    "dataflows.yml",
    DEFINITIONS,
    "disclosure.yml",
    "domains.yml",
    "findings.yml",
    "forms.yml",
    "frameworks.yml",
    "indicators.csv",
    "interventions.yml",
    BIASES,
    "keywords.yml",
    "mappings.yml",
    "number_words.yml",
    "pages.yml",
    "place_aliases.yml",
    "place_changes.csv",
    "places.csv",
    "programmes.yml",
    "protocols.yml",
    "providers.yml",
    "recounts.yml",
    "questionnaire.yml",
    "quotas.yml",
    "publication.yml",
    "rounds.yml",
    "stock_flows.yml",
    "stakeholders.yml",
    "survey.yml",
    "targets.yml",
    "words.yml",
)
TEXTS = "texts"
SHOWING = (
    ACCOUNTS,
    BIASES,
    "assurance.yml",
    "answer_options.yml",
    "balances.yml",
    "connectors.yml",
    "constants.yml",
    "benchmarks.yml",
    DEFINITIONS,
    "disclosure.yml",
    "domains.yml",
    "findings.yml",
    "frameworks.yml",
    "interventions.yml",
    "keywords.yml",
    "number_words.yml",
    "pages.yml",
    "programmes.yml",
    "protocols.yml",
    "recounts.yml",
    "quotas.yml",
    "stakeholders.yml",
    "survey.yml",
    "publication.yml",
    "targets.yml",
)
JUDGING = tuple(file for file in FILES if file not in SHOWING)
FORMATS = ("html", "pdf")
LEVELS = ("federal", "region", "community", "international", "research")
CELL_TYPES = ("text", "number", "percent", "date", "month", "code")
KINDS = ("stock", "flow", "cumulative", "rate", "share", "ratio", "duration", "amount", "estimate", "decomposition")
DIRECTIONS = ("higher", "lower", "context", "target band")
INDICATOR_COLUMNS = [
    "id",
    "domain",
    "label_en",
    "label_fr",
    "label_nl",
    "label_de",
    "numerator",
    "denominator",
    "unit",
    "kind",
    "direction",
    "source_body",
    "cadence",
    "framework",
    "check_rule",
]


@functools.cache
def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read and check the catalogue.

    Parameters
    ----------
    path
        Folder that holds the files named in `FILES` and the folder `texts`; the package's own when omitted.

    Raises
    ------
    CatalogueError
        At the first entry that breaks a rule: one line: file, entry, what it must be, what was found, how to mend.
    """
    folder = path or Path(__file__).parent
    indicators = _indicators(folder)
    interventions = load_interventions(folder)
    dataflows = read_entries(folder, "dataflows.yml", _dataflow)
    providers = read_entries(folder, "providers.yml", _provider)
    questionnaire = load_questionnaire(folder)
    catalogue = Catalogue(
        dataflows=dataflows,
        forms={**read_entries(folder, "forms.yml", _form), RESPONSES: questionnaire.form()},
        providers=providers,
        code_lists={**read_entries(folder, "code_lists.yml", _code_list), "indicator": _indicator_list(indicators)},
        indicators=indicators,
        domains=_labels(folder, "domains.yml"),
        interventions=interventions,
        locks=load_locks(folder),
        assurance=load_assurance(folder, interventions),
        recounts=load_recounts(folder),
        definitions=load_definitions(folder, indicators),
        rounds=_rounds(Entry("rounds.yml", "", read_yaml(folder / "rounds.yml"))),
        pages=read_entries(folder, "pages.yml", _page),
        texts=_texts(folder),
        places=load_places(folder),
        words=load_words(folder),
        mappings=load_mappings(folder),
        corrections=load_corrections(folder),
        accounts=load_accounts(folder, indicators),
        biases=load_biases(folder, indicators),
        frameworks=load_frameworks(folder),
        targets=load_targets(folder),
        balances=load_balances(folder),
        stock_flows=load_stock_flows(folder),
        connectors=load_connectors(folder),
        questionnaire=questionnaire,
        survey=load_survey(folder),
        benchmarks=load_benchmarks(folder),
        findings=load_findings(folder),
        programmes=load_programmes(folder),
        quotas=load_quotas(folder),
        stakeholders=load_stakeholders(folder, dataflows, providers),
        disclosure=load_disclosure(folder),
        publication=load_publication(folder),
        fingerprint=_fingerprint(folder, (*FILES, *_text_files(folder))),
        intake_fingerprint=_fingerprint(folder, JUDGING),
    )
    check_references(catalogue)
    check_locks(catalogue.locks, catalogue.interventions)
    check_mappings(catalogue)
    check_corrections(catalogue)
    check_frameworks(catalogue)
    check_targets(catalogue)
    check_balances(catalogue)
    check_stock_flows(catalogue)
    check_connectors(catalogue)
    check_stakeholders(catalogue)
    check_programmes(catalogue)
    check_findings(catalogue.findings, catalogue.benchmarks)
    return catalogue


def _labels(folder: Path, file: str) -> dict[str, Label]:
    return {name: as_label(value, f"{file}, {name}") for name, value in read_yaml(folder / file).items()}


def _text_files(folder: Path) -> list[str]:
    return sorted(f"{TEXTS}/{path.name}" for path in (folder / TEXTS).glob("*.yml"))


def _texts(folder: Path) -> dict[str, Label]:
    """The sentences of all files of the folder `texts`; a key belongs to one file."""
    texts: dict[str, Label] = {}
    for file in _text_files(folder):
        for name, label in _labels(folder, file).items():
            if name in texts:
                raise CatalogueError("a text", must="in one file of texts/", found=name, where=file)
            texts[name] = label
    return texts


def _dataflow(entry: Entry) -> Dataflow:
    return Dataflow(
        id=entry.name,
        label=entry.label("label"),
        domain=entry.text("domain"),
        form=entry.text("form"),
        frequency=entry.duration("frequency"),
        providers=entry.texts("providers"),
        constants=entry.mapping("constants", {}),
        recognise=entry.mapping("recognise", {}),
        source=entry.text("source", ""),
    )


def _form(entry: Entry) -> Form:
    inner = Entry(entry.file, f"{entry.name}.columns", entry.take("columns"))
    return Form(
        id=entry.name,
        becomes=entry.one_of("becomes", ("observations", "table")),
        columns=tuple(_column(Entry(entry.file, f"{entry.name}.{name}", inner.take(name))) for name in inner.fields),
    )


def _column(entry: Entry) -> Column:
    label = entry.label("label") if "label" in entry.fields else None
    ours = tuple(label[lang] for lang in LANGUAGES) if label else ()
    column = Column(
        name=entry.name.rpartition(".")[2],
        type=entry.one_of("type", CELL_TYPES),
        headers=tuple(dict.fromkeys((*ours, *entry.texts("headers")))),
        required=entry.flag("required", True),
        code_list=entry.text("code_list", ""),
        default=entry.text("default", ""),
        label=label,
    )
    if (column.type == "code") != bool(column.code_list):
        raise entry.wrong("code_list", "given when, and only when, the type is code", column.code_list or column.type)
    entry.done()
    return column


def _provider(entry: Entry) -> Provider:
    return Provider(
        id=entry.name,
        label=entry.label("label"),
        language=entry.one_of("language", LANGUAGES),
        level=entry.one_of("level", LEVELS),
        contact=entry.text("contact", ""),
    )


def _code_list(entry: Entry) -> CodeList:
    codes = {}
    for code in entry.fields:
        fields = Entry(entry.file, f"{entry.name}.{code}", entry.take(code))
        if not isinstance(code, str):
            raise CatalogueError("a code", must="text", found=code, where=entry.where, mend="Put it in quotes.")
        codes[code] = Code(
            code=code,
            label=fields.label("label"),
            aliases=fields.texts("aliases", ()),
            parent=fields.text("parent", ""),
            division=fields.text("division", ""),
            valid_from=fields.date("valid_from", Code.valid_from),
            valid_to=fields.date("valid_to", Code.valid_to),
        )
        fields.done()
    return CodeList(entry.name, codes, _names(entry.where, codes.values()))


def _names(where: str, codes: Iterable[Code]) -> dict[str, str]:
    """What providers may write -> code; two codes must not claim one name."""
    names: dict[str, str] = {}
    for code in codes:
        for text in (code.code, *(code.label[lang] for lang in LANGUAGES), *code.aliases):
            name = " ".join(text.split()).casefold()
            if names.setdefault(name, code.code) != code.code:
                raise CatalogueError(
                    f"the name {text!r}", must="of one code", found=f"{names[name]} and {code.code}", where=where
                )
    return names


def _indicators(folder: Path) -> dict[str, Indicator]:
    indicators: dict[str, Indicator] = {}
    for row in read_table(folder / "indicators.csv", INDICATOR_COLUMNS):
        labels = {lang: row.pop(f"label_{lang}") for lang in LANGUAGES}
        entry = Entry("indicators.csv", row["id"], row)
        entry.one_of("kind", KINDS)
        entry.one_of("direction", DIRECTIONS)
        if row["id"] in indicators:
            raise entry.wrong("id", "unique", row["id"])
        indicators[row["id"]] = Indicator(**row, label=as_label(labels, entry.where, "label"))
    return indicators


def _indicator_list(indicators: Mapping[str, Indicator]) -> CodeList:
    codes = {indicator.id: Code(indicator.id, indicator.label) for indicator in indicators.values()}
    return CodeList("indicator", codes, _names("indicators.csv", codes.values()))


def _rounds(entry: Entry) -> Rounds:
    rounds = Rounds(
        first=entry.date("first"),
        last=entry.date("last"),
        every_days=entry.integer("every_days", 1, 366),
        due_after_days=entry.integer("due_after_days", 0, 366),
        answer_after_days=entry.integer("answer_after_days", 1, 366),
    )
    entry.done()
    if rounds.last < rounds.first or (rounds.last - rounds.first).days % rounds.every_days:
        raise entry.wrong("last", f"a whole number of rounds after {rounds.first}", str(rounds.last))
    return rounds


def _page(entry: Entry) -> Page:
    languages = entry.texts("languages", LANGUAGES)
    unknown = [lang for lang in languages if lang not in LANGUAGES]
    if unknown or not languages:
        raise entry.wrong("languages", "of " + ", ".join(LANGUAGES), unknown)
    formats = entry.texts("formats", FORMATS[:1])
    if any(one not in FORMATS for one in formats) or FORMATS[0] not in formats:
        raise entry.wrong("formats", "html, or html and pdf", list(formats))
    return Page(
        id=entry.name,
        notebook=entry.text("notebook"),
        title=entry.label("title"),
        parameters=entry.mapping("parameters", {}),
        needs=entry.texts("needs", ()),
        public=entry.flag("public", True),
        languages=languages,
        formats=formats,
    )


def _fingerprint(folder: Path, files: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.encode() + b"\0" + (folder / file).read_bytes() + b"\0")
    return digest.hexdigest()
