import json
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import MonitorError, RuleCrashed, UsageError
from analysis.store import Delivery, Store
from analysis.submissions import Receipt, check, intake, receipt_of
from submissions.sample import CATALOGUE, GOOD, NAME, RECEIVED, RULEBOOK, delivery, edited, workbook

OFFICIAL = Path(__file__).parents[3] / "shared" / "data"

# One bad case is the good submission plus one edit; `found` is (rule, severity, row, column, raw) of every finding.
CASES: dict[str, tuple[str, str, list[tuple[str, str, int, str, str]]]] = {
    "good": (GOOD, "accepted", []),
    "negative": (
        edited("BE;13/03/2022;Total;1200", "BRU;13/03/2022;Total;-1"),
        "accepted_with_queries",
        [("REG-013", "error", 2, "Valeur", "-1")],
    ),
    "empty cell": (
        edited(";300;", ";;"),
        "accepted_with_queries",
        [("REG-012", "error", 5, "Valeur", "")],
    ),
    "a word for no figure": (
        edited(";300;", ";n.v.t.;"),
        "accepted_with_queries",
        [("REG-012", "error", 5, "Valeur", "n.v.t.")],
    ),
    "not a number": (
        edited(";300;", ";beaucoup;"),
        "accepted_with_queries",
        [("STR-20", "error", 5, "Valeur", "beaucoup")],
    ),
    "half a person": (
        edited(";300;", ";300,5;"),
        "accepted_with_queries",
        [("REG-014", "error", 5, "Valeur", "300,5")],
    ),
    "unknown region": (
        edited("Région wallonne", "Atlantis"),
        "accepted_with_queries",
        [("REG-004", "error", 5, "Région", "Atlantis")],
    ),
    "indicator of another collection": (
        edited("REG02", "HOU01"),
        "accepted_with_queries",
        [("REG-002", "error", 6, "Indicateur", "HOU01"), ("REG-015", "error", 6, "Dénominateur", "")],
    ),
    "unknown sex": (
        edited("wallonne;13/03/2022;Total", "wallonne;13/03/2022;Autre chose"),
        "accepted_with_queries",
        [("REG-009", "error", 5, "Sexe", "Autre chose")],
    ),
    "date of another round": (
        edited("13/03/2022;Total;300", "27/03/2022;Total;300"),
        "accepted_with_queries",
        [
            ("REG-007", "error", 5, "Date de référence", "27/03/2022"),
            ("REG-008", "error", 5, "Date de référence", "27/03/2022"),
        ],
    ),
    "date outside the calendar": (
        edited("13/03/2022;Total;300", "14/03/2022;Total;300"),
        "accepted_with_queries",
        [
            ("REG-006", "error", 5, "Date de référence", "14/03/2022"),
            ("REG-007", "error", 5, "Date de référence", "14/03/2022"),
        ],
    ),
    "the same key twice": (
        GOOD + "REG02;BE;13/03/2022;Total;5401;;\n",
        "accepted_with_queries",
        [("REG-018", "error", 6, "", ""), ("REG-018", "error", 7, "", "")],
    ),
    "parts above the total": (
        edited(";700;", ";701;"),
        "accepted_with_queries",
        [("REG-019", "error", 2, "Valeur", "1200")],
    ),
    "parts below the total": (
        edited(";700;", ";699;"),
        "accepted_with_queries",
        [("REG-020", "query", 2, "Valeur", "1200")],
    ),
    "implausible": (
        edited(";300;", ";300000;"),
        "accepted_with_queries",
        [("REG-023", "query", 5, "Valeur", "300000")],
    ),
    "a column that we do not know": (
        edited("Remarque", "Couleur"),
        "accepted",
        [("STR-26", "info", 1, "Couleur", "Couleur")],
    ),
    "most rows wrong": (
        GOOD.replace(";BE;", ";Atlantis;"),
        "rejected",
        [("STR-13", "error", 0, "", "")] + [("REG-004", "error", row, "Région", "Atlantis") for row in (2, 3, 4, 6)],
    ),
    "a column missing": (edited("Valeur", "Prix"), "rejected", [("STR-09", "error", 0, "", "")]),
    "no rows": (GOOD.splitlines()[0], "rejected", [("STR-10", "error", 0, "", "")]),
    "empty file": ("", "rejected", [("STR-01", "error", 0, "", "")]),
}


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, dict[str, Receipt]]]:
    """All cases in one intake, as they would come in."""
    folder = tmp_path_factory.mktemp("cases")
    (folder / "data").mkdir()
    store = Store(folder / "data")
    files = {case: delivery(folder, text) for case, (text, _, _) in CASES.items()}
    receipts = {receipt.submission: receipt for receipt in intake(store, CATALOGUE, list(files.values()), RULEBOOK)}
    yield store, {case: receipts[file.sha256] for case, file in files.items()}


@pytest.mark.parametrize("case", CASES)
def test_one_edit_one_answer(case: str, answered: tuple[Store, dict[str, Receipt]]) -> None:
    _, state, found = CASES[case]
    receipt = answered[1][case]
    assert [(f.rule, f.severity, f.row, f.column, f.raw) for f in receipt.findings] == found
    assert receipt.state == state
    wrong = {f.row for f in receipt.findings if f.severity == "error" and f.row}
    assert receipt.rows_quarantined == len(wrong)
    if state != "rejected":
        assert receipt.rows_accepted == receipt.rows_read - len(wrong)


def test_what_is_stored_is_what_was_accepted(answered: tuple[Store, dict[str, Receipt]]) -> None:
    store, receipts = answered
    rows = store.observations(history=True).groupby("submission").size().to_dict()
    accepted = {r.submission: r.rows_accepted for r in receipts.values() if r.rows_accepted}
    # The last row that says the same key on the same day is what is known; the counts of history are exact.
    assert rows == accepted
    ledger = store.submissions().set_index("submission")
    assert ledger["state"].to_dict() == {r.submission: r.state for r in receipts.values()}
    assert ledger.loc[receipts["negative"].submission, "reason"] == "Erreurs : 1 ; questions : 0."


def test_an_observation_leads_back_to_its_cell(answered: tuple[Store, dict[str, Receipt]]) -> None:
    store, receipts = answered
    kept = store.observations(history=True)
    (row,) = kept[(kept["submission"] == receipts["good"].submission) & (kept["geo"] == "WAL")].to_dict("records")
    expected = {
        "dataflow": "registration",
        "provider": "ibz",
        "indicator": "REG01",
        "period": pd.Timestamp("2022-03-13"),
        "frequency": "P2W",
        "sex": "T",
        "age": "TOTAL",
        "nationality": "TOTAL",
        "breakdown": "",
        "value": 300.0,
        "as_of": pd.Timestamp(RECEIVED),
        "sheet": "",
        "row": 5,
        "column": "Valeur",
        "synthetic": False,
    }
    assert {name: row[name] for name in expected} == expected


def test_the_stored_receipt_is_the_one_that_was_given(answered: tuple[Store, dict[str, Receipt]]) -> None:
    store, receipts = answered
    assert receipt_of(store, receipts["negative"].submission) == receipts["negative"]
    assert receipt_of(store, "f" * 64) is None


@pytest.fixture
def store(tmp_path: Path) -> Store:
    (tmp_path / "data").mkdir()
    return Store(tmp_path / "data")


@pytest.fixture
def lean(tmp_path: Path) -> Path:
    """A rulebook of two rules a suite, for tests that are not about the rules."""
    folder = Path(shutil.copytree(RULEBOOK, tmp_path / "rulebook"))
    for name in ("registration", "budget"):
        suite = json.loads((folder / f"{name}.json").read_text("utf-8"))
        suite["expectations"] = [e for e in suite["expectations"] if e["meta"]["rule"][3:] in ("-014", "-023")]
        (folder / f"{name}.json").write_text(json.dumps(suite), "utf-8")
    return folder


def test_a_second_intake_does_nothing_and_needs_no_great_expectations(
    store: Store, tmp_path: Path, lean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [delivery(tmp_path), delivery(tmp_path, "", "empty.csv")]
    assert [r.state for r in intake(store, CATALOGUE, files, lean)] == ["accepted", "rejected"]
    before = store.fingerprint()
    monkeypatch.setitem(sys.modules, "great_expectations", None)
    assert intake(store, CATALOGUE, files, lean) == []
    assert store.fingerprint() == before


def test_a_later_file_for_the_same_period_supersedes_and_is_late(store: Store, tmp_path: Path, lean: Path) -> None:
    first = delivery(tmp_path)
    second = delivery(tmp_path, edited("5 400", "5 450"), received_at=date(2022, 3, 30))
    third = delivery(tmp_path, edited("5 400", "5 460"), received_at=date(2022, 4, 2))
    receipts = intake(store, CATALOGUE, [first, second], lean) + intake(store, CATALOGUE, [third], lean)
    assert [r.supersedes for r in receipts] == ["", first.sha256, second.sha256]
    assert [r.days_late for r in receipts] == [0, 10, 13]
    known = {
        day: store.observations(date.fromisoformat(day), indicators=["REG02"])["value"].tolist()
        for day in ("2022-03-18", "2022-03-31", "2022-04-02")
    }
    assert known == {"2022-03-18": [5400], "2022-03-31": [5450], "2022-04-02": [5460]}


def test_the_same_bytes_twice_are_told_as_a_duplicate(store: Store, tmp_path: Path, lean: Path) -> None:
    first, again = delivery(tmp_path), delivery(tmp_path, name="registration__ibz__2022-03-13 (1).csv")
    receipts = intake(store, CATALOGUE, [first, again], lean)
    assert [(r.state, r.file_name) for r in receipts] == [("accepted", first.name), ("duplicate", again.name)]
    assert NAME in receipts[1].reason
    assert len(store.submissions()) == 1


def test_a_declaration_makes_an_unrecognised_file_welcome(store: Store, tmp_path: Path, lean: Path) -> None:
    nameless = delivery(tmp_path, name="export.csv")
    declared = delivery(tmp_path, name="export.csv", declared={"dataflow": "registration", "period": "2022-03-13"})
    (before,) = intake(store, CATALOGUE, [nameless], lean)
    (after,) = intake(store, CATALOGUE, [declared], lean)
    assert ([f.rule for f in before.findings], after.state) == (["STR-05"], "accepted")
    assert intake(store, CATALOGUE, [declared], lean) == []
    assert store.submissions()["state"].tolist() == ["accepted"]


def test_another_rulebook_judges_anew_and_leaves_no_rows_behind(store: Store, tmp_path: Path, lean: Path) -> None:
    file = delivery(tmp_path)
    intake(store, CATALOGUE, [file], lean)
    suite = lean / "registration.json"
    suite.write_text(suite.read_text("utf-8").replace('"max_value": 150000', '"max_value": 5000'), "utf-8")
    (receipt,) = intake(store, CATALOGUE, [file], lean)
    assert [f.rule for f in receipt.findings] == ["REG-023"]
    assert len(store.observations(history=True)) == 5
    assert store.submissions()["state"].tolist() == ["accepted_with_queries"]


def test_a_crashing_rule_stops_its_dataflow_only(store: Store, tmp_path: Path, lean: Path) -> None:
    suite = lean / "registration.json"
    suite.write_text(suite.read_text("utf-8").replace('"column": "fraction"', '"column": "nowhere"'), "utf-8")
    other = GOOD.replace("REG01", "BUD01").replace("REG02", "BUD02")
    budget = delivery(tmp_path, other, "budget__mi_is__2022-03-13.csv")
    with pytest.raises(RuleCrashed, match="REG-014"):
        intake(store, CATALOGUE, [delivery(tmp_path), budget], lean)
    assert store.submissions()["dataflow"].tolist() == ["budget"]


def test_a_bug_on_one_file_is_raised_once_the_others_are_stored(
    store: Store, tmp_path: Path, lean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["analysis.submissions.intake"]  # the package's attribute of that name is the function
    real = module.examine

    def examine(file: Delivery, *rest: object) -> object:
        if file.name.startswith("cursed"):
            raise ZeroDivisionError("a bug")
        return real(file, *rest)

    monkeypatch.setattr(module, "examine", examine)
    with pytest.raises(MonitorError, match=r"cursed\.csv: ZeroDivisionError: a bug"):
        intake(store, CATALOGUE, [delivery(tmp_path, "x", "cursed.csv"), delivery(tmp_path)], lean)
    assert store.submissions()["file_name"].tolist() == [NAME]


def test_a_delivery_that_could_not_be_read_is_told_and_not_stored(store: Store, tmp_path: Path, lean: Path) -> None:
    torn = Delivery(tmp_path / "torn.csv", "", "torn.csv", RECEIVED, False, {}, "file 'torn.csv' must be readable")
    receipts = intake(store, CATALOGUE, [torn, delivery(tmp_path)], lean)
    assert [(r.file_name, r.state) for r in receipts] == [("torn.csv", "rejected"), (NAME, "accepted")]
    assert receipts[0].lines("en") == [
        "torn.csv: rejected",
        "  [error STR-00] the whole file",
        "    The file reached us in a state in which we could not use it: file 'torn.csv' must be readable",
        "    -> Send the file again. If it arrives like this a second time, please contact us.",
    ]
    assert len(store.submissions()) == 1


def test_progress_is_told(store: Store, tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    files = [delivery(tmp_path, "", "a.csv"), delivery(tmp_path, " ", "b.csv")]
    intake(store, CATALOGUE, files, RULEBOOK, on_progress=lambda *step: told.append(step))
    assert told == [(1, 2, "a.csv"), (2, 2, "b.csv")]


def test_check_answers_without_storing(tmp_path: Path) -> None:
    file = delivery(
        tmp_path,
        workbook([["Indikator", "Region", "Stichtag", "Wert"], ["REG01", "BE", "13.03.2022", -4]]),
        "registration__ibz__2022-03-13.xlsx",
    )
    receipt = check(file.path, CATALOGUE, RULEBOOK, today=RECEIVED)
    assert receipt.state == "rejected"
    assert [(f.rule, f.sheet, f.row, f.column, f.raw) for f in receipt.findings] == [
        ("STR-13", "", 0, "", ""),
        ("REG-013", "Blatt 1", 2, "D", "-4"),
    ]
    with pytest.raises(UsageError, match=r"nowhere\.csv"):
        check(tmp_path / "nowhere.csv", CATALOGUE, RULEBOOK)


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the official files are not on this machine (../shared/data)")
@pytest.mark.parametrize(
    ("name", "dataflow", "read", "accepted", "infos", "latest"),
    [
        ("eurostat_migr_asytpsm_UA_T_TOTAL__sdmx_csv2_labels_both.csv", "eurostat_tps", 1136, 1131, 5, "2025-03-31"),
        ("tp_grants_TOTAL_monthly.csv", "eurostat_tpf", 924, 916, 8, "2024-08-31"),
    ],
)
def test_official_files(name: str, dataflow: str, read: int, accepted: int, infos: int, latest: str) -> None:
    receipt = check(OFFICIAL / name, CATALOGUE, RULEBOOK, today=date(2026, 11, 21))
    assert (receipt.dataflow, receipt.provider, receipt.state) == (dataflow, "eurostat", "accepted")
    assert (receipt.rows_read, receipt.rows_accepted, receipt.count("info")) == (read, accepted, infos)
    assert str(receipt.period) == latest


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the official files are not on this machine (../shared/data)")
def test_flags_and_vintages_of_official_files_are_kept(store: Store, tmp_path: Path) -> None:
    names = ["eurostat_migr_asytpsm_UA_T_TOTAL__sdmx_csv2_labels_both.csv", "tp_grants_TOTAL_monthly.csv"]
    files = [delivery(tmp_path, (OFFICIAL / n).read_bytes(), n, received_at=date(2026, 11, 21)) for n in names]
    intake(store, CATALOGUE, files, RULEBOOK)
    kept = store.observations(history=True)
    assert kept["flag"].value_counts().to_dict() == {"": 1836, "d": 205, "b": 4, "e": 2}
    grants = kept[kept["dataflow"] == "eurostat_tpf"]
    assert set(grants["as_of"].dt.strftime("%Y-%m-%d")) == {"2023-06-26", "2026-11-21"}
    assert set(kept["indicator"]) == {"EUR01", "EUR02"}
