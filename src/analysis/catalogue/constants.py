"""The few numbers that a sentence of `texts/` may hold as figures, because they belong to a definition."""

from pathlib import Path

from analysis.catalogue.entry import Entry
from analysis.catalogue.read import read_yaml

FILE = "constants.yml"


def load_constants(folder: Path = Path(__file__).parent) -> dict[str, tuple[str, ...]]:
    """Number -> the beginnings of the keys of texts that may hold it; none where every text may.

    Raises
    ------
    CatalogueError
        An entry does not say what its number means.
    """
    return {
        str(number): _places(Entry(FILE, str(number), fields)) for number, fields in read_yaml(folder / FILE).items()
    }


def _places(entry: Entry) -> tuple[str, ...]:
    entry.text("means")
    places = entry.texts("texts", ())
    entry.done()
    return places
