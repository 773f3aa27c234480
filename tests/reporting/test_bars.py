"""Charts with many names: each is there in full, and rows of several lines get the room for them."""

import re
from collections.abc import Callable

import pandas as pd
import pytest

from analysis.catalogue import load_catalogue
from analysis.reporting import bars
from analysis.reporting.text import Wording

WORDS = Wording(load_catalogue().texts, "fr")
LONG = "Inscrits ayant travaillé depuis l’inscription au service public de l’emploi"
NAMES = [f"{LONG} : Région {name}" for name in ("flamande", "wallonne")]
SHARES = pd.DataFrame({"group": [f"{LONG}, par région"] * 2, "label": NAMES, "value": 40.0, "low": 30.0, "high": 50.0})
COUNTS = pd.DataFrame({"label": NAMES, "part": "fr", "count": 3})
FORMS: dict[str, Callable[[], str]] = {
    "share_dots": lambda: bars.share_dots(SHARES, WORDS),
    "count_bars": lambda: bars.count_bars(COUNTS, WORDS),
    "waterfall": lambda: bars.waterfall([(name, 5.0, False) for name in NAMES], WORDS, unit="EUR"),
    "coverage_grid": lambda: bars.coverage_grid(pd.DataFrame({"a": [1, 0]}, index=NAMES), WORDS),
}


def words(drawing: str) -> str:
    """What is written: text elements, or the comments that name each outlined line."""
    return " ".join(re.sub(r"<(?!!--)[^>]+>", " ", drawing).replace("<!--", " ").replace("-->", " ").split())


@pytest.mark.parametrize("form", FORMS)
def test_no_name_is_cut(form: str) -> None:
    written = words(FORMS[form]())
    assert "…" not in written
    for name in NAMES:
        assert all(piece in written for piece in name.split())
    assert form != "share_dots" or all(piece in written for piece in ["par", "région"])


def height(drawing: str) -> float:
    return float(re.findall(r'height="([0-9.]+)pt"', drawing)[0])


def test_names_of_several_lines_have_room() -> None:
    short = SHARES.assign(group="Question", label=["a", "b"])
    assert height(bars.share_dots(SHARES, WORDS)) > height(bars.share_dots(short, WORDS))
