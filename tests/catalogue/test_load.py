"""The catalogue loads as it stands, and says in one line what is wrong with it after one bad edit."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

import analysis.catalogue
from analysis.catalogue import LANGUAGES, load_catalogue
from analysis.errors import CatalogueError

OURS = Path(analysis.catalogue.__file__).parent
CATALOGUE = load_catalogue()


def edited(folder: Path, file: str, old: str, new: str) -> Path:
    """The good catalogue with the first `old` in `file` made `new`."""
    shutil.copytree(OURS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


BAD = [
    # file, old text, new text, message
    ("providers.yml", "language: nl", "language: en-GB",
     "`language` must be one of en, fr, nl, de, not 'en-GB' (in providers.yml, fedasil)"),
    ("providers.yml", "level: federal", "tier: federal",
     "`level` must be given (in providers.yml, ibz)"),
    ("providers.yml", "level: federal", "level: federal, phone: none",
     "a field must be a known one, not 'phone' (in providers.yml, ibz)"),
    ("providers.yml", "fedasil:", "ibz:",
     "the key 'ibz' must be unique (in providers.yml, line 3). Remove or rename one of the two."),
    ("providers.yml", "fr: Fedasil, ", "",
     "`label` must be given in exactly en, fr, nl, de, not ['de', 'en', 'nl'] (in providers.yml, fedasil)"),
    ("providers.yml", "ibz: {", "ibz: ",
     "the file must be YAML (in providers.yml, line 2). Look for a missing quote, colon or bracket."),
    ("code_lists.yml", '"NO":', "NO:",
     "a code must be text, not False (in code_lists.yml, geo). Put it in quotes."),
    ("code_lists.yml", "aliases: [GR]", "aliases: [GR, Cyprus]",
     "the name 'Cyprus' must be of one code, not 'CY and EL' (in code_lists.yml, geo)"),
    ("code_lists.yml", "parent: WAL", "parent: WALL",
     "`parent` must be an entry of the list geo, not 'WALL' (in code_lists.yml, geo.DG). Did you mean WAL?"),
    ("code_lists.yml", "parent: WAL", "valid_from: 2023-01-01, valid_to: 2022-01-01",
     "`valid_to` must be on or after 2023-01-01, not '2022-01-01' (in code_lists.yml, geo.DG)"),
    ("forms.yml", "code_list: geo", "code_list: places",
     "`code_list` must be an entry of code_lists.yml, not 'places' (in forms.yml, sectoral.geo)."
     " Add it there, or mend the name here."),
    ("forms.yml", "default: T,", "default: X,",
     "`default` must be an entry of the code list sex, not 'X' (in forms.yml, sectoral.sex)."
     " Add it there, or mend the name here."),
    ("forms.yml", "headers: [Gender, Genre]", "headers: [Gender, Regio]",
     "the header 'Regio' must be of one column, not 'geo too' (in forms.yml, sectoral.sex)"),
    ("forms.yml", "type: number, required: false", "type: decimal, required: false",
     "`type` must be one of text, number, percent, date, month, code, not 'decimal'"
     " (in forms.yml, sectoral.denominator)"),
    ("forms.yml", "type: code, code_list: geo", "type: text, code_list: geo",
     "`code_list` must be given when, and only when, the type is code, not 'geo' (in forms.yml, sectoral.geo)"),
    ("dataflows.yml", "providers: [fedasil]", "providers: [fedasyl]",
     "`providers` must be an entry of providers.yml, not 'fedasyl' (in dataflows.yml, housing). Did you mean fedasil?"),
    ("dataflows.yml", "form: sectoral", "form: sektoral",
     "`form` must be an entry of forms.yml, not 'sektoral' (in dataflows.yml, registration). Did you mean sectoral?"),
    ("dataflows.yml", "frequency: P2W", "frequency: 14 days",
     "`frequency` must be an ISO 8601 duration such as P2W, or empty, not '14 days' (in dataflows.yml, registration)"),
    ("dataflows.yml", "{indicator: EUR01}", "{indicator: EUR1}",
     "`constants.indicator` must be an entry of the code list indicator, not 'EUR1' (in dataflows.yml, eurostat_tps)."
     " Did you mean EUR01?"),
    ("indicators.csv", "REG02,registration", "REG02,registrations",
     "`domain` must be an entry of domains.yml, not 'registrations' (in indicators.csv, REG02)."
     " Did you mean registration?"),
    ("indicators.csv", "REG02,", "REG01,",
     "`id` must be unique, not 'REG01' (in indicators.csv, REG01)"),
    ("indicators.csv", "persons,flow,", "persons,stream,",
     "`kind` must be one of stock, flow, cumulative, rate, share, ratio, duration, amount, estimate, decomposition,"
     " not 'stream' (in indicators.csv, REG01)"),
    ("indicators.csv", "REG01,registration,Temporary", "REG01,registration,Certificates, temporary",
     "a row must be 15 cells wide, not 16 (in indicators.csv, line 2). Put text that holds a comma in double quotes."),
    ("interventions.yml", "indicator: EMP01", "indicator: EMP11",
     "`indicator` must be an entry of indicators.csv, not 'EMP11' (in interventions.yml, vdab-registration)."
     " Did you mean EMP01?"),
    ("interventions.yml", "announced: 2023-04-21", "announced: 2023-06-01",
     "`announced` must be on or before 2023-05-16, not '2023-06-01' (in interventions.yml, vdab-registration)"),
    ("interventions.yml", "in_force: 2023-05-16", "in_force: mid May",
     "`in_force` must be a date such as 2023-05-16, not 'mid May' (in interventions.yml, vdab-registration)"),
    ("interventions.yml", "comparison: [BRU, WAL]", "comparison: [BRU, VLG]",
     "`comparison` must be untreated, not 'VLG' (in interventions.yml, vdab-registration)"),
    ("interventions.yml", "expected_sign: 1", "expected_sign: 6",
     "`expected_sign` must be a whole number from -1 to 1, not 6 (in interventions.yml, vdab-registration)"),
    ("rounds.yml", "last: 2023-12-31", "last: 2023-12-30",
     "`last` must be a whole number of rounds after 2022-03-13, not '2023-12-30' (in rounds.yml)"),
    ("pages.yml", "domain: housing", "domain: houses",
     "`parameters.domain` must be an entry of domains.yml, not 'houses' (in pages.yml, monitoring-housing)."
     " Did you mean housing?"),
    ("pages.yml", "needs: [housing]", "needs: [houses]",
     "`needs` must be an entry of dataflows.yml, not 'houses' (in pages.yml, monitoring-housing)."
     " Did you mean housing?"),
    ("pages.yml", "parameters: {dataflow: registration}", "languages: [en, es]",
     "`languages` must be of en, fr, nl, de, not ['es'] (in pages.yml, intake-registration)"),
    ("pages.yml", "formats: [html, pdf]", "formats: [pdf]",
     "`formats` must be html, or html and pdf, not ['pdf'] (in pages.yml, brief)"),
    ("domains.yml", "fr: Logement", "fr: ''",
     "the text in fr must be text, not '' (in domains.yml, housing)"),
    ("texts/site.yml", 'fr: "Données', 'fr: "{n} Données',
     "the text in fr must be with the fields of the English one, [], not ['n'] (in texts/site.yml, synthetic.notice)"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "message"), BAD, ids=[f"{row[0]}: {row[2]}" for row in BAD])
def test_a_bad_edit_is_told_in_one_line(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    with pytest.raises(CatalogueError) as told:
        load_catalogue(edited(tmp_path, file, old, new))
    assert str(told.value) == message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    edited(tmp_path, "rounds.yml", "first", "first")
    (tmp_path / "pages.yml").unlink()
    with pytest.raises(CatalogueError, match=r"no pages\.yml"):
        load_catalogue(tmp_path)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    edited(tmp_path, "rounds.yml", "first", "first")
    (tmp_path / "domains.yml").write_bytes("housing: {en: Housing, fr: Santé}".encode("cp1252"))
    with pytest.raises(CatalogueError, match=r"UTF-8 text \(in domains\.yml\)"):
        load_catalogue(tmp_path)


def test_the_fingerprint_names_the_content(tmp_path: Path) -> None:
    same, other = tmp_path / "same", tmp_path / "other"
    same.mkdir(), other.mkdir()
    assert load_catalogue(edited(same, "rounds.yml", "first", "first")).fingerprint == CATALOGUE.fingerprint
    changed = load_catalogue(edited(other, "rounds.yml", "due_after_days: 7", "due_after_days: 8"))
    assert changed.fingerprint != CATALOGUE.fingerprint


def test_what_the_tracked_catalogue_holds() -> None:
    assert len(CATALOGUE.indicators) == 61
    sectoral = {"registration", "housing", "employment", "education", "integration", "health", "social", "budget"}
    others = {"published_figures", "survey", "survey_responses", "benchmark", "eurostat_tps", "eurostat_tpf"}
    assert set(CATALOGUE.dataflows) == sectoral | others
    assert (CATALOGUE.rounds.last - CATALOGUE.rounds.first).days // CATALOGUE.rounds.every_days + 1 == 48
    assert CATALOGUE.interventions["vdab-registration"].in_force == date(2023, 5, 16)


def test_every_dataflow_has_an_intake_page() -> None:
    intake = {page.parameters["dataflow"] for page in CATALOGUE.pages.values() if page.notebook == "intake"}
    assert intake == set(CATALOGUE.dataflows)


@pytest.mark.parametrize(
    ("code_list", "written", "code"),
    [
        ("geo", "Flandre", "VLG"),
        ("geo", " vlaams  GEWEST ", "VLG"),
        ("geo", "Région de Bruxelles-Capitale", "BRU"),
        ("geo", "Wallonien", "WAL"),
        ("geo", "no", "NO"),
        ("geo", "GR", "EL"),
        ("geo", "Oost-Vlaanderen", None),
        ("sex", "Femmes", "F"),
        ("sex", "Vrouwen", "F"),
        ("sex", "FRAUEN", "F"),
        ("sex", "Hommes", "M"),
        ("sex", "Insgesamt", "T"),
        ("age", "0-17", "Y_LT18"),
        ("age", "< 18", "Y_LT18"),
        ("age", "65 ans et plus", "Y_GE65"),
        ("nationality", "Derdelanders", "TCN"),
        ("indicator", "emp01", "EMP01"),
        ("indicator", "Eingeschriebene Schülerinnen und Schüler", "EDU01"),
    ],
)
def test_codes_as_providers_write_them(code_list: str, written: str, code: str | None) -> None:
    assert CATALOGUE.code_lists[code_list].resolve(written) == code


def test_every_language_of_the_sectoral_form_has_distinct_headers() -> None:
    columns = CATALOGUE.forms["sectoral"].columns
    for lang in LANGUAGES:
        headers = [column.label[lang] for column in columns if column.label]
        assert len(set(headers)) == len(columns), lang


def test_no_label_holds_a_working_note() -> None:
    for indicator in CATALOGUE.indicators.values():
        shown = " ".join((*(indicator.label[lang] for lang in LANGUAGES), indicator.numerator, indicator.framework))
        assert not re.search(r"seed|TODO|\?\?", shown), indicator.id


def test_a_mended_sentence_does_not_change_what_submissions_are_judged_by(tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(Path(analysis.catalogue.__file__).parent, folder)
    before = load_catalogue(folder)
    texts = folder / "texts" / "site.yml"
    texts.write_text(texts.read_text(encoding="utf-8") + "\n# mended\n", encoding="utf-8")
    load_catalogue.cache_clear()
    after = load_catalogue(folder)
    assert after.fingerprint != before.fingerprint
    assert after.intake_fingerprint == before.intake_fingerprint


def test_a_sentence_belongs_to_one_file(tmp_path: Path) -> None:
    shutil.copytree(OURS, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shutil.copy(tmp_path / "texts" / "brief.yml", tmp_path / "texts" / "second.yml")
    with pytest.raises(CatalogueError, match=r"a text must be in one file of texts/, not .* \(in texts/second.yml\)"):
        load_catalogue(tmp_path)


def test_every_page_is_for_readers_of_every_language() -> None:
    assert {page.id: page.languages for page in CATALOGUE.pages.values() if page.languages != LANGUAGES} == {}
