"""The funding page on a store made for it: counts that come short and are corrected, some late, some not there."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from analysis.catalogue import load_catalogue
from analysis.store import Store, run_lock
from reporting.test_notebooks import Shown, displayed, plain, records, words
from store.rows import ledger, observation

ROUNDS = load_catalogue().rounds
DAYS = [ROUNDS.first + timedelta(days=ROUNDS.every_days * number) for number in range(44)]
TODAY = DAYS[-1] + timedelta(days=9)
SHORT = 0.9  # what a first report holds of the final count


def counts(indicator: str, dataflow: str, provider: str, level: float, rounds: int) -> list[dict[str, object]]:
    """Each round first reported short after 5 days, and in full after 30."""
    rows = []
    for number, period in enumerate(DAYS[:rounds]):
        final = round(level + 3 * number + 4 * (number % 3))
        for days, value in ((5, round(SHORT * final)), (30, final)):
            known = {"as_of": period + timedelta(days=days), "value": float(value), "period": period}
            place = {"indicator": indicator, "dataflow": dataflow, "provider": provider, "geo": "VLG"}
            rows.append(observation(**place, **known))
    return [row for row in rows if row["as_of"] <= TODAY]  # type: ignore[operator]


def page_on(folder: Path, rows: list[dict[str, object]]) -> Shown:
    with run_lock(folder, "tests"):
        Store(folder).commit({"observations": pd.DataFrame(rows), "submissions": ledger({})})
    return displayed("funding", {"as_of": f"{TODAY}"}, folder)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    late = counts("INT01", "integration", "iom", 400, 42)  # the last two rounds have not come
    return page_on(tmp_path_factory.mktemp("funded"), counts("HOU04", "housing", "fedasil", 7000, 44) + late)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """A store with housing, and no figure of the territory that the programmes are paid for."""
    elsewhere = [row | {"geo": "WAL"} for row in counts("HOU04", "housing", "fedasil", 7000, 44)]
    return page_on(tmp_path_factory.mktemp("unfunded"), elsewhere)


def table(shown: Shown, caption: str) -> list[list[str]]:
    text = next(data["text/markdown"] for data, told in shown if told.get("caption") == caption)
    return [
        [cell.strip() for cell in plain(line).replace("\\", "").strip("|").split("|")] for line in text.splitlines()[2:]
    ]


def number(cell: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.]", "", cell))


def test_the_last_count_is_nowcast_before_it_is_forecast(shown: Shown) -> None:
    place, trajectory = table(shown, "The last reported round: as counted, and as it is expected to stand")
    final = 7000 + 3 * 43 + 4 * (43 % 3)
    assert place[0] == "Occupied reception place" and number(place[2]) == round(SHORT * final)
    assert float(number(place[3])) == pytest.approx(final, rel=0.003)
    low, high = (number(part) for part in place[4].split("to"))
    assert low <= final <= high and low > number(place[2])
    assert [place[5], trajectory[5]] == ["42 of 44", "42 of 42"]


def test_the_budget_prices_the_forecast_from_the_nowcast_to_the_cent(shown: Shown) -> None:
    place, trajectory, total = table(shown, "Budget of the next six rounds, in euro")
    assert float(number(place[3])) == pytest.approx(6 * 7150, rel=0.02)  # from the counts as they came, 6 x 6440
    assert number(place[5]) == number(place[2]) * number(place[3])
    assert number(total[5]) == number(place[5]) + number(trajectory[5])
    low, high = (number(part) for part in place[4].split("–"))
    assert low <= number(place[3]) <= high


def test_forecasts_are_scored_against_what_happened_and_the_naive_ones(shown: Shown) -> None:
    found = table(shown, "Forecasts against what happened")
    assert {row[1] for row in found} == {"Damped trend (ours)", "Drift", "Last value", "Same round a year before"}
    assert {(row[0], row[2]) for row in found} == {
        ("Occupied reception place", "7"),
        ("New civic-integration trajectory", "5"),
    }


def test_a_trigger_is_judged_by_the_forecast_made_before(shown: Shown) -> None:
    for row in table(shown, "The last six rounds against the forecast made before them (released, in euro)"):
        low, high = (number(part) for part in row[2].split("–"))
        side = "below" if number(row[3]) < low else "above" if number(row[3]) > high else "within"
        assert row[1] == "above the interval: release tranche 2" and row[4] == side
        assert (row[5] == "none") == (side != "above")


def test_what_was_not_reported_is_said_and_everything_else_shown(shown: Shown) -> None:
    said = plain(words(shown))
    assert "No budget for “Place in a language course”: of the indicator “Enrolled in language courses”" in said
    assert "0 rounds have been reported; a forecast that can be scored needs 39." in said
    assert "the number of persons, of whom no count has come in yet" in said
    assert {entry["lineage"]["statistic"].partition(":")[0] for entry in records(shown).values()} == {
        "budget",
        "nowcast",
    }


def test_a_page_without_its_figures_says_so_and_does_not_fail(nothing: Shown) -> None:
    said = plain(words(nothing))
    assert said.count("No budget for") == 3
    assert len(table(nothing, "Instalments of the contract, in euro")) == 3
    assert [data for data, _ in nothing if "image/svg+xml" in data] == []
