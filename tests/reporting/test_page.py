"""A page as a notebook sees it: parameters refused, notices shown, numbers recorded."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analysis.catalogue import load_catalogue
from analysis.errors import UsageError
from analysis.evidence import Lineage
from analysis.reporting.page import Page, find_data, open_page
from analysis.reporting.text import Wording
from analysis.store import Store

DAY = date(2024, 1, 7)
LEVEL = Lineage("value", dataflow="employment", indicator="EMP01", geo="VLG", periods=("2023-12-31",))


def page_in(lang: str, tmp_path) -> tuple[Page, list]:
    shown: list = []
    catalogue = load_catalogue()
    page = Page(
        "monitoring",
        catalogue,
        Store(tmp_path),
        Wording(catalogue.texts, lang),
        DAY,
        {},
        show=lambda data, metadata: shown.append((data, metadata["monitor"])),
    )
    return page, shown


def sent(synthetic: bool) -> pd.DataFrame:
    return pd.DataFrame({"dataflow": ["employment"], "provider": ["vdab"], "synthetic": [synthetic]})


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"domain": "employement"}, r"domain must be one of .*employment.*, not 'employement' \(in monitoring\)"),
        ({"region": "XX"}, r"region must be one of .*BRU.*, not 'XX'"),
        ({"intervention": "none"}, r"intervention must be one of .*vdab-registration"),
        ({"dataflow": "x"}, r"dataflow must be one of .*registration"),
        ({"lang": "es"}, r"lang must be one of en, fr, nl, de, not 'es'"),
    ],
)
def test_an_unknown_parameter_is_refused_with_the_known_ones(asked, message):
    with pytest.raises(UsageError, match=message):
        open_page("monitoring", **asked)


def test_data_lie_where_the_environment_says_or_in_the_project(monkeypatch, tmp_path):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert find_data() == tmp_path
    monkeypatch.delenv("DATA_DIR")
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert find_data() == tmp_path / "data"


@pytest.mark.parametrize(
    ("lang", "title"),
    [
        ("en", "Synthetic data"),
        ("fr", "Données synthétiques"),
        ("nl", "Synthetische gegevens"),
        ("de", "Synthetische Daten"),
    ],
)
def test_synthetic_data_are_announced(lang, title, tmp_path):
    page, shown = page_in(lang, tmp_path)
    page.notice(sent(False), sent(True))
    ((data, told),) = shown
    assert data["text/markdown"].startswith(f'::: {{.callout-warning title="{title}"}}')
    assert told["notice"] == title


def test_real_data_are_not_called_synthetic(tmp_path):
    page, shown = page_in("en", tmp_path)
    page.notice(sent(False), sent(True).head(0))
    assert shown == []


def test_the_source_line_tells_synthetic_from_real(tmp_path):
    page, _ = page_in("en", tmp_path)
    real = pd.DataFrame({"dataflow": ["eurostat_tps"], "provider": ["eurostat"], "synthetic": [False]})
    assert page.source(sent(True), real) == (
        "Source: VDAB (Flemish employment service) (synthetic data); Eurostat, migr_asytpsm. Known on 7 January 2024."
    )


def test_a_number_in_prose_is_recorded(tmp_path):
    page, shown = page_in("en", tmp_path)
    late = page.record(3.0, Lineage("late", dataflow="employment"), unit="submissions")
    page.say("quality.line", ("late",), expected="48", submissions=late, late=late, quarantined=late)
    ((data, told),) = shown
    assert data["text/plain"].startswith("Of 48 rounds expected, 3 submissions came in, 3 of them late")
    assert told["evidence"] == [late.id] * 3


def test_the_page_ends_with_its_numbers_and_hands_them_all_over(tmp_path):
    page, shown = page_in("en", tmp_path)
    listed = page.record(41.3, LEVEL, unit="%", interval=(40.9, 41.8), n=1000)
    other = page.record(1.1, Lineage("round", indicator="EMP01", geo="BRU"), unit="pp", listed=False)
    page.close()
    data, told = shown[-1]
    assert all(f"[{one.id}]{{#ev-{one.id}}}" in data["text/markdown"] for one in (listed, other))
    assert "Flemish Region · 31 Dec 2023 · level" in data["text/markdown"]
    assert [entry["id"] for entry in told["evidence"]] == [listed.id, other.id]


def test_headlines_escape_what_the_catalogue_says(tmp_path):
    page, shown = page_in("en", tmp_path)
    page.headlines([("41.3%", "A <b> | rate", "+1 since *last* round")])
    assert "&lt;b&gt; \\| rate" in shown[0][0]["text/markdown"]
    assert "\\*last\\*" in shown[0][0]["text/markdown"]


def test_an_empty_table_says_so(tmp_path):
    page, shown = page_in("de", tmp_path)
    page.table(pd.DataFrame({"geo": []}), "Tabelle", {"geo": "text"})
    assert shown[0][0]["text/markdown"] == "Keine Einträge."


def test_the_country_is_what_has_parts_and_is_no_part(tmp_path):
    assert page_in("en", tmp_path)[0].country == "BE"


def test_a_sum_over_providers_names_whoever_sends_the_dataflow(tmp_path: Path) -> None:
    catalogue = load_catalogue()
    page = Page("effects", catalogue, Store(tmp_path), Wording(catalogue.texts, "en"), date(2024, 2, 29), {})
    sums = pd.DataFrame({"dataflow": ["social"], "provider": [""], "synthetic": [True]})
    sender = catalogue.providers[catalogue.dataflows["social"].providers[0]].label.en
    assert sender in page.source(sums)
    assert "synthetic" in page.source(sums)
