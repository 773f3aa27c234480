"""Commits, reads, vintages, superseding, documents, the fingerprint."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import MonitorError, UsageError
from analysis.store import Store
from analysis.store.relations import DTYPES, KEY, RELATIONS, conform
from store.rows import SHA, changes, day, findings, ledger, observations


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def values(frame: pd.DataFrame) -> list[tuple[str, float]]:
    return list(zip(frame["geo"], frame["value"], strict=True))


# --- vintages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "known"),
    [
        ("2024-01-09", []),
        ("2024-01-10", [("VLG", 1.0), ("WAL", 5.0)]),
        ("2024-01-23", [("VLG", 1.0), ("WAL", 5.0)]),
        ("2024-01-24", [("VLG", 2.0), ("WAL", 5.0)]),
        (None, [("VLG", 2.0), ("WAL", 5.0)]),
    ],
)
def test_as_of_gives_what_was_known_that_day(store: Store, as_of: str | None, known: list[tuple[str, float]]) -> None:
    store.commit({"observations": observations({"value": 1}, {"geo": "WAL", "value": 5})})
    store.commit({"observations": observations({"value": 2, "as_of": day("2024-01-24")})})
    assert values(store.observations(day(as_of) if as_of else None)) == known


def test_a_late_commit_of_an_older_date_does_not_hide_a_newer_one(store: Store) -> None:
    store.commit({"observations": observations({"value": 2, "as_of": day("2024-01-24")})})
    store.commit({"observations": observations({"value": 1})})
    assert values(store.observations()) == [("VLG", 2.0)]


def test_on_the_same_date_the_later_commit_wins_and_in_one_commit_the_later_row(store: Store) -> None:
    for number in range(12):  # past nine: commits sort as numbers
        store.commit({"observations": observations({"value": number}, {"value": number + 0.5})})
    assert values(store.observations()) == [("VLG", 11.5)]


def test_history_gives_every_vintage_up_to_a_date(store: Store) -> None:
    for value, as_of in ((1, "2024-01-10"), (2, "2024-01-24"), (3, "2024-02-07")):
        store.commit({"observations": observations({"value": value, "as_of": day(as_of)})})
    assert store.observations(history=True)["value"].tolist() == [1, 2, 3]
    assert store.observations(day("2024-01-31"), history=True)["value"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("asked", "geos"),
    [
        ({}, ["BRU", "VLG", "VLG", "WAL"]),
        ({"dataflows": ["housing"]}, ["BRU", "VLG", "VLG"]),
        ({"dataflows": ["health"], "geos": ["WAL", "DG"]}, ["WAL"]),
        ({"indicators": ["HOU02"]}, ["VLG"]),
        ({"geos": []}, []),
        ({"dataflows": ["unknown"]}, []),
    ],
)
def test_filters(store: Store, asked: dict[str, list[str]], geos: list[str]) -> None:
    rows = ({}, {"geo": "BRU"}, {"indicator": "HOU02"}, {"dataflow": "health", "geo": "WAL"})
    store.commit({"observations": observations(*rows)})
    assert sorted(store.observations(**asked)["geo"]) == geos


KEYS = st.sampled_from([("housing", "VLG"), ("housing", "WAL"), ("health", "VLG")])
ROW = st.tuples(KEYS, st.integers(1, 6), st.sampled_from("abc"), st.none() | st.integers(0, 99))
COMMIT = st.tuples(st.lists(ROW, max_size=5), st.sets(st.sampled_from("abc"), max_size=1))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commits=st.lists(COMMIT, max_size=4), as_of=st.integers(0, 7))
def test_the_bitemporal_law(
    tmp_path_factory: pytest.TempPathFactory, commits: list[tuple[list[tuple], set[str]]], as_of: int
) -> None:
    """Reading at a date equals a replay: drop what a commit supersedes, append, keep the last row up to the date."""
    store, log = Store(tmp_path_factory.mktemp("law")), observations({}).iloc[:0]
    for rows, gone in commits:
        said = [
            {"dataflow": key[0], "geo": key[1], "as_of": day(f"2024-01-0{on}"), "submission": SHA[sub], "value": value}
            for key, on, sub, value in rows
        ]
        store.commit({"observations": observations(*said)} if said else {}, replacing=[SHA[sub] for sub in gone])
        log = log[~log["submission"].isin([SHA[sub] for sub in gone])]
        log = pd.concat([log, observations(*said)], ignore_index=True) if said else log
    limit = pd.Timestamp("2024-01-01") + pd.Timedelta(days=as_of - 1)
    known = log[pd.to_datetime(log["as_of"]) <= limit].sort_values("as_of", kind="stable")
    expected = known.drop_duplicates(list(KEY), keep="last").sort_values(list(KEY))
    pd.testing.assert_frame_equal(store.observations(limit.date()), conform("observations", expected))


# --- shapes -----------------------------------------------------------------------------------------------------------


def test_an_empty_and_a_full_store_give_the_same_types(store: Store) -> None:
    reads = (store.observations, store.submissions, store.findings, store.changes)
    without = [read().dtypes for read in reads]
    store.commit(
        {
            "observations": observations({}),
            "submissions": ledger({}, {"period": None}),
            "findings": findings({}),
            "changes": changes({}),
        }
    )
    for read, relation, before in zip(reads, RELATIONS, without, strict=True):
        frame = read()
        assert len(frame) > 0
        assert frame.dtypes.equals(before)
        assert [str(kind) for kind in before] == [DTYPES[field.kind] for field in RELATIONS[relation]]


def test_rows_come_back_as_they_went_in(store: Store) -> None:
    rows = ledger({"reason": 'naïve – €, "x"\n2'}, {"period": None, "days_late": 4, "submission": SHA["b"]})
    store.commit({"submissions": rows})
    back = store.submissions()
    assert back["reason"].tolist() == ['naïve – €, "x"\n2', ""]
    assert back["days_late"].tolist() == [pd.NA, 4]
    assert back["period"].tolist() == [pd.Timestamp("2024-01-07"), pd.NaT]


def test_tables_of_different_commits_are_stacked_by_column_name(store: Store) -> None:
    base = {"submission": [SHA["a"]], "row": [2], "as_of": [day("2024-01-10")]}
    store.commit({"table_survey": pd.DataFrame(base | {"question": ["Q1"], "all": [1.5]})})
    store.commit({"table_survey": pd.DataFrame(base | {"all": [2.5], "ukraine": [3]})})
    table = store.table("survey")
    assert table["question"].fillna("-").tolist() == ["Q1", "-"]
    assert table["all"].tolist() == [1.5, 2.5]
    assert list(store.table("benchmark")) == ["submission", "row", "as_of"]


def test_findings_of_one_dataflow(store: Store) -> None:
    store.commit({"findings": findings({}, {"dataflow": "health", "rule": "HEA-001"})})
    assert store.findings("health")["rule"].tolist() == ["HEA-001"]


def test_a_data_root_with_pattern_signs_in_its_name_works(tmp_path: Path) -> None:
    (tmp_path / "da[1]*ta").mkdir()
    store = Store(tmp_path / "da[1]*ta")
    store.commit({"observations": observations({})})
    assert len(store.observations()) == 1


# --- superseding ------------------------------------------------------------------------------------------------------


def test_validating_again_replaces_what_the_submission_left_everywhere(store: Store) -> None:
    first = {
        "observations": observations({}, {"submission": SHA["b"], "geo": "WAL"}),
        "submissions": ledger({}),
        "findings": findings({}),
    }
    store.commit(first)
    store.commit({"submissions": ledger({"rulebook": "r2", "state": "rejected"})}, replacing=[SHA["a"]])
    assert store.observations()["geo"].tolist() == ["WAL"]
    assert store.submissions()[["rulebook", "state"]].values.tolist() == [["r2", "rejected"]]
    assert store.findings().empty


# --- documents and names ----------------------------------------------------------------------------------------------


def test_a_document_gets_its_latest_content(store: Store) -> None:
    store.commit({}, {"receipts/a.json": b"1", "pages/x": b"x"})
    store.commit({}, {"receipts/a.json": b"2"})
    assert store.document("receipts/a.json") == b"2"
    assert store.documents("receipts/") == ["receipts/a.json"]
    with pytest.raises(UsageError, match=r"document 'receipts/b.json' must be one that the store holds"):
        store.document("receipts/b.json")


@pytest.mark.parametrize("name", ["/etc/x", "../x", "receipts/../../x", "", "C:\\x", "a\\..\\x", "C:x", "a\0b"])
def test_a_document_name_that_leads_out_is_refused(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match=r"^a document's name must be a relative path without '\.\.', not "):
        store.commit({"observations": observations({})}, {name: b""})
    assert store.observations().empty


@pytest.mark.parametrize("name", ["observation", "table_", "table_../x", "table_a/b"])
def test_an_unknown_relation_is_refused(store: Store, name: str) -> None:
    with pytest.raises(
        MonitorError, match="a relation must be observations, submissions, findings, changes or table_<dataflow>"
    ):
        store.commit({name: pd.DataFrame()})


def test_a_dataflow_that_is_no_identifier_writes_nothing(store: Store) -> None:
    with pytest.raises(MonitorError, match=r"must be an identifier, not '../x'"):
        store.commit({"submissions": ledger({}), "observations": observations({"dataflow": "../x"})})
    assert store.submissions().empty


# --- the whole --------------------------------------------------------------------------------------------------------


def test_the_fingerprint_names_the_content_only(tmp_path: Path) -> None:
    a, b = {"submission": SHA["a"]}, {"submission": SHA["b"], "as_of": day("2024-01-24")}
    prints = []
    for folder, order in (("one", (a, b)), ("two", (b, a)), ("three", (a,)), ("four", (a, b | {"value": 9}))):
        (tmp_path / folder).mkdir()
        store = Store(tmp_path / folder)
        for rows in order:
            store.commit({"observations": observations(rows)}, {"clock": folder.encode()})
        prints.append(store.fingerprint())
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3
    store.commit({}, replacing=[SHA["a"]])
    assert store.fingerprint() not in prints


def test_last_as_of_is_the_latest_date_of_ledger_and_observations(store: Store) -> None:
    with pytest.raises(UsageError, match="the store is empty"):
        store.last_as_of()
    store.commit({"submissions": ledger({"received_at": day("2024-02-01")})})
    assert store.last_as_of() == day("2024-02-01")
    store.commit({"observations": observations({"as_of": day("2024-03-01")})})
    assert store.last_as_of() == day("2024-03-01")


def test_a_missing_data_root_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"the data root must be an existing folder, not '.*nowhere'. Give an existing"
    ):
        Store(tmp_path / "nowhere").observations()


@pytest.mark.parametrize("damage", ["store.json", "parquet", "missing"])
def test_damage_from_outside_is_told_in_one_line(store: Store, damage: str) -> None:
    store.commit({"observations": observations({})})
    file = store.processed / "store.json" if damage == "store.json" else next(store.processed.rglob("*.parquet"))
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(b"\0" * file.stat().st_size)
    with pytest.raises(UsageError, match=r"must be as the store wrote it .* delete it and run again"):
        store.observations()


def test_orphans_are_ignored_by_readers_and_removed_by_the_next_writer(store: Store) -> None:
    store.commit({"observations": observations({})}, {"a.json": b"1"})
    orphans = [
        store.processed / "observations/housing/00000002-0123456789abcdef.parquet",
        store.processed / "documents/00000002/a.json",
        store.processed / "tables/survey/.2.tmp",
        store.raw / "received/.abc.tmp/x.csv",
    ]
    for orphan in orphans:
        orphan.parent.mkdir(parents=True, exist_ok=True)
        orphan.write_bytes(b"half")
    (store.processed / "pages").mkdir()
    (store.processed / "pages/x.html").write_text("another room's")
    assert len(Store(store.data).observations()) == 1
    Store(store.data).commit({"submissions": ledger({})})
    assert [orphan for orphan in orphans if orphan.exists()] == []
    assert store.document("a.json") == b"1"
    assert (store.processed / "pages/x.html").exists()
