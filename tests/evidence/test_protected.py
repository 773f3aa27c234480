"""The store of a public release: what a page may ask of it holds no small cell and no text of a provider."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.catalogue.disclosure import DisclosureRules, Threshold
from analysis.errors import UsageError
from analysis.evidence.protected import ProtectedStore
from analysis.store import Store
from store.rows import SHA, observation

TOTAL = {"sex": "T", "age": "TOTAL", "nationality": "TOTAL", "breakdown": "", "indicator": "COUNT"}
RULES = DisclosureRules({"default": Threshold(1, 4)}, frozenset(), frozenset(), frozenset())
# Tables are what others published, or answers of organisations: their counts are not of persons.
HARMLESS = {"deliveries", "table", "documents", "last_as_of", "fingerprint"}
WRITING = {"receive", "forget", "keep_notes", "commit"}


@pytest.fixture
def store(tmp_path: Path) -> ProtectedStore:
    (tmp_path / "data").mkdir()
    rows = [
        observation(**TOTAL, geo="VLG", value=3.0, denominator=None, note="only three"),
        observation(**TOTAL, geo="WAL", value=40.0, denominator=None, note="many"),
    ]
    plain = Store(tmp_path / "data")
    plain.commit({"observations": pd.DataFrame(rows)}, documents={"receipt": b"what the provider wrote"})
    return ProtectedStore(tmp_path / "data", RULES, {"COUNT": "persons"})


@pytest.mark.parametrize("asked", ["observations", "cube"])
def test_a_small_cell_is_withheld_however_it_is_asked_for(store: ProtectedStore, asked: str) -> None:
    answer = getattr(store, asked)().set_index("geo")
    assert pd.isna(answer.loc["VLG", "value"])
    assert answer.loc["WAL", "value"] == 40.0
    assert "only three" not in answer.to_csv()


def test_a_providers_words_stay_with_the_cell(store: ProtectedStore) -> None:
    assert store.notes([SHA["a"]]) == {}
    with pytest.raises(UsageError, match="must be read in a restricted release"):
        store.document("receipt")


def test_every_reader_of_the_store_was_thought_of() -> None:
    readers = {name for name in vars(Store) if not name.startswith("_") and callable(getattr(Store, name))}
    assert readers - HARMLESS - WRITING <= vars(ProtectedStore).keys()
