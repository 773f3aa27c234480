"""The store of a public release: what a page may ask of it holds no small cell and no text of a provider."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.disclosure import DisclosureRules, Threshold
from analysis.errors import UsageError
from analysis.evidence.protected import ProtectedStore, protect
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


@pytest.mark.parametrize(
    "asked", [{}, {"geos": ["VLG"]}, {"geos": ["VLG"], "indicators": ["COUNT"]}, {"history": True}]
)
def test_a_total_less_the_other_part_does_not_tell_a_small_one(tmp_path: Path, asked: dict) -> None:
    (tmp_path / "data").mkdir()
    parts = {"T": 33.0, "F": 3.0, "M": 30.0}
    rows = [observation(**TOTAL | {"sex": sex}, value=value, denominator=None) for sex, value in parts.items()]
    Store(tmp_path / "data").commit({"observations": pd.DataFrame(rows)})
    safe = ProtectedStore(tmp_path / "data", RULES, {"COUNT": "persons"}, [("sex", {"F": "T", "M": "T"})])
    answer = safe.observations(**asked).set_index("sex")["value"]
    assert pd.isna(answer["F"]) and pd.isna(answer["M"]) and answer["T"] == 33.0


def test_the_rules_of_the_catalogue_know_what_is_part_of_what(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    catalogue = load_catalogue()
    indicator = next(one.id for one in catalogue.indicators.values() if one.unit == "persons")
    parts = {
        ("T", "TOTAL"): 50.0,
        ("F", "TOTAL"): 20.0,
        ("M", "TOTAL"): 30.0,
        ("F", "Y_LT18"): 17.0,
        ("F", "Y18-64"): 3.0,
    }
    total = TOTAL | {"indicator": indicator}
    rows = [
        observation(**total | {"sex": sex, "age": age}, value=value, denominator=None)
        for (sex, age), value in parts.items()
    ]
    Store(tmp_path / "data").commit({"observations": pd.DataFrame(rows)})
    answer = protect(tmp_path / "data", catalogue).observations().set_index(["sex", "age"])["value"]
    assert answer.isna().to_dict() == {key: key[1] != "TOTAL" for key in parts}


def test_either_division_of_a_breakdown_protects_its_own_small_part(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    catalogue = load_catalogue()
    indicator = next(one.id for one in catalogue.indicators.values() if one.unit == "persons")
    permit, vulnerability = catalogue.code_lists["breakdown"].divisions().values()
    values = {"": 50.0, permit[0]: 47.0, permit[1]: 3.0, vulnerability[0]: 20.0, vulnerability[1]: 30.0}
    rows = [
        observation(**TOTAL | {"indicator": indicator, "breakdown": part}, value=value, denominator=None)
        for part, value in values.items()
    ]
    Store(tmp_path / "data").commit({"observations": pd.DataFrame(rows)})
    answer = protect(tmp_path / "data", catalogue).observations().set_index("breakdown")["value"]
    assert set(answer.index[answer.isna()]) == set(permit)


def test_a_providers_words_stay_with_the_cell(store: ProtectedStore) -> None:
    assert store.notes([SHA["a"]]) == {}
    with pytest.raises(UsageError, match="must be read in a restricted release"):
        store.document("receipt")


def test_every_reader_of_the_store_was_thought_of() -> None:
    readers = {name for name in vars(Store) if not name.startswith("_") and callable(getattr(Store, name))}
    assert readers - HARMLESS - WRITING <= vars(ProtectedStore).keys()
