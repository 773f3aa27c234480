"""What the catalogue says of one provider, end to end: mappings of headers, codes and units, and known errors."""

from dataclasses import replace
from pathlib import Path

from analysis.catalogue.corrections import Correction
from analysis.catalogue.mappings import Mapped
from analysis.store import Store
from analysis.submissions import intake
from submissions.sample import CATALOGUE, GOOD, RULEBOOK, delivery, edited

OWN = Mapped(
    source="telephone call, 2022-03-10",
    headers={"Territoire visé": "geo", "Effectif": "value"},
    codes={"geo": {"Wall.": "WAL"}},
    units={"value": "thousand"},
    decimal=",",
)
THEIRS = (
    GOOD.replace("Région;", "Territoire visé;")
    .replace("Valeur", "Effectif")
    .replace("Région wallonne", "Wall.")
    .replace("1200", "1,200")
    .replace("700", "0,700")
    .replace("500;", "0,500;")
    .replace(";300;", ";0,300;")
    .replace("5 400", "5,400")
)
WRONG = Correction(
    id="ibz-2022-03-walloon",
    dataflow="registration",
    provider="ibz",
    keys={"indicator": "REG01", "geo": "WAL"},
    column="value",
    before="3000",
    after="300",
    reason="a digit too many",
    source="telephone call, 2022-03-14",
    status="confirmed",
)


def taken_in(tmp_path: Path, text: str, **particulars: object) -> tuple[Store, list[str], dict[str, float]]:
    (tmp_path / "data").mkdir()
    store = Store(tmp_path / "data")
    catalogue = replace(CATALOGUE, **particulars)  # type: ignore[arg-type]
    (receipt,) = intake(store, catalogue, [delivery(tmp_path, text)], RULEBOOK)
    known = store.observations()
    values = known[(known["indicator"] == "REG01") & (known["sex"] == "T")].set_index("geo")["value"].to_dict()
    return store, [finding.rule for finding in receipt.findings], values


def test_a_provider_with_headers_codes_and_units_of_its_own(tmp_path: Path) -> None:
    store, told, values = taken_in(tmp_path, THEIRS, mappings={("ibz", "registration"): OWN})
    assert (told, values) == ([], {"BE": 1200.0, "WAL": 300.0})
    whys = store.changes()["why"].value_counts().to_dict()
    assert whys == {"unit": 5, "code": 1}


def test_a_known_error_is_mended_and_logged(tmp_path: Path) -> None:
    store, told, values = taken_in(tmp_path, edited(";300;", ";3000;"), corrections=(WRONG,))
    assert (told, values) == ([], {"BE": 1200.0, "WAL": 300.0})
    (change,) = store.changes().to_dict("records")
    assert (change["why"], change["before"], change["after"]) == ("correction", "3000", "300")
    assert "a digit too many" in change["reason"]


def test_a_correction_that_has_outlived_its_error_says_so(tmp_path: Path) -> None:
    _, told, values = taken_in(tmp_path, GOOD, corrections=(WRONG,))
    assert (told, values) == (["STR-37"], {"BE": 1200.0, "WAL": 300.0})
