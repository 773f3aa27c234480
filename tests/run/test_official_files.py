"""Files that nobody here wrote: Eurostat's own, from the command line to a page."""

import json
from pathlib import Path

import pytest

from analysis.cli import main
from world import ROOT

SHARED = ROOT.parent / "shared" / "data"
STOCK = SHARED / "eurostat_migr_asytpsm_UA_T_TOTAL__sdmx_csv2_labels_both.csv"
GRANTS = SHARED / "tp_grants_TOTAL_monthly.csv"

pytestmark = [
    pytest.mark.skipif(not STOCK.is_file(), reason="the official files are not beside the checkout (../shared)"),
]


@pytest.fixture(scope="module")
def european(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of its own that has received both files, and its site."""
    folder = tmp_path_factory.mktemp("european")
    assert main(["intake", str(STOCK), str(GRANTS), "--data", str(folder / "data")]) == 0
    assert main(["run", "--data", str(folder / "data"), "--out", str(folder / "site"), "--lang", "en,nl"]) == 0
    return folder


def test_the_stock_file_is_recognised_and_kept_with_its_flags(european: Path) -> None:
    from analysis.store import Store

    stock = Store(european / "data").observations(dataflows=["eurostat_tps"])
    assert (len(stock), stock["geo"].nunique(), stock["period"].nunique()) == (1131, 31, 37)
    assert stock["flag"].value_counts().drop("", errors="ignore").to_dict() == {"d": 205, "b": 4, "e": 2}
    belgium = stock[(stock["geo"] == "BE") & (stock["period"] == "2022-10-31")]
    assert belgium["value"].tolist() == [55205]


def test_the_grants_file_is_recognised_by_what_it_says(european: Path) -> None:
    from analysis.store import Store

    assert set(Store(european / "data").observations(dataflows=["eurostat_tpf"])["indicator"]) == {"EUR02"}


def test_the_page_shows_belgium_among_european_countries_with_marked_breaks(european: Path) -> None:
    page = (european / "site" / "monitoring-european.en.html").read_text(encoding="utf-8")
    assert "<h1" in page and "Temporary protection: Belgium among European countries" in page
    assert "Synthetic data" not in page
    for country in ("Bulgaria", "Germany", "Lithuania"):
        assert country in page
    dutch = (european / "site" / "monitoring-european.nl.html").read_text(encoding="utf-8")
    assert "Tijdelijke bescherming: België tussen de Europese landen" in dutch


def test_pages_without_data_wait_and_are_named(european: Path) -> None:
    said = json.loads((european / "site" / "run.json").read_text(encoding="utf-8"))
    assert "monitoring-housing" in said["status"]["waiting_for_data"]
    assert said["status"]["failed"] == {}


def test_the_same_bytes_again_are_told_as_a_duplicate(european: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["intake", str(STOCK), "--data", str(european / "data")]) == 0
    assert "already received" in capsys.readouterr().err
