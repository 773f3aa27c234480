"""What each indicator counts, in four languages."""

from pathlib import Path

import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.definitions import FILE, load_definitions
from analysis.catalogue.model import LANGUAGES
from analysis.errors import CatalogueError

CATALOGUE = load_catalogue()
FOLDER = Path(load_definitions.__code__.co_filename).parent
TEXT = (FOLDER / FILE).read_text(encoding="utf-8")


def test_every_indicator_is_defined_and_every_part_has_its_whole() -> None:
    assert CATALOGUE.definitions.keys() == CATALOGUE.indicators.keys()
    wholes = {name for name, told in CATALOGUE.definitions.items() if told.of}
    assert wholes == {name for name, one in CATALOGUE.indicators.items() if one.denominator}


@pytest.mark.parametrize("name", CATALOGUE.definitions)
def test_no_definition_is_left_in_another_language(name: str) -> None:
    told = CATALOGUE.definitions[name]
    for label in filter(None, (told.value, told.of)):
        assert len({label[lang] for lang in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("REG01:\n", "REG99:\n", "of an indicator of indicators.csv, not 'REG99'"),
        (TEXT[TEXT.index("EUR02:") :], "", "not 'EUR02'"),
        ("  of: {en: Inhabitants on 1 January,", "  off: {en: Inhabitants on 1 January,", "of"),
    ],
)
def test_what_is_refused(before: str, after: str, words: str, tmp_path: Path) -> None:
    assert TEXT.count(before) == 1
    (tmp_path / FILE).write_text(TEXT.replace(before, after), encoding="utf-8")
    with pytest.raises(CatalogueError, match=words):
        load_definitions(tmp_path, CATALOGUE.indicators)
