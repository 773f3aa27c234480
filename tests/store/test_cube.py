"""The cube: what was known of all persons, opened from one small file."""

from pathlib import Path

import pandas as pd

from analysis.store import Store
from analysis.store.relations import CUBE, TOTALS
from store.rows import SHA, day, observation

TOTAL = {"sex": "T", "age": "TOTAL", "nationality": "TOTAL", "breakdown": ""}


def filled(data: Path) -> Store:
    data.mkdir(exist_ok=True)
    rows = [
        observation(**TOTAL, geo="VLG", value=10.0),
        observation(**TOTAL, geo="WAL", value=4.0),
        observation(**{**TOTAL, "sex": "F"}, geo="VLG", value=6.0),
        observation(**TOTAL, geo="VLG", value=11.0, as_of=day("2024-02-01"), submission=SHA["b"]),
    ]
    store = Store(data)
    store.commit({"observations": pd.DataFrame(rows)})
    return store


def test_the_cube_is_the_total_stratum_of_the_observations(tmp_path: Path) -> None:
    store = filled(tmp_path / "data")
    for known in (None, day("2024-01-31"), day("2023-01-01")):
        rows = store.observations(known)
        totals = rows[(rows[list(TOTALS)] == pd.Series(TOTALS)).all(axis=1)]
        expected = totals[[field.name for field in CUBE]].reset_index(drop=True)
        pd.testing.assert_frame_equal(store.cube(known), expected)
    assert store.cube(geos=["WAL"])["value"].tolist() == [4.0]
    assert store.cube(day("2024-01-31"), geos=["VLG"])["value"].tolist() == [10.0]


def test_a_cube_is_written_once_and_goes_with_its_content(tmp_path: Path) -> None:
    store = filled(tmp_path / "data")
    store.cube()
    first = list((store.processed / "cubes").iterdir())
    stamp = first[0].stat().st_mtime_ns
    store.cube(indicators=["HOU01"])
    assert [path.stat().st_mtime_ns for path in (store.processed / "cubes").iterdir()] == [stamp]
    changed = pd.DataFrame([observation(**TOTAL, geo="BRU", value=3.0, submission=SHA["c"])])
    store.commit({"observations": changed})
    assert store.cube(geos=["BRU"])["value"].tolist() == [3.0]
    assert first[0] not in list((store.processed / "cubes").iterdir())


def test_an_empty_store_has_an_empty_cube(tmp_path: Path) -> None:
    assert list(Store(tmp_path).cube().columns) == [field.name for field in CUBE]
