"""The tracked synthetic files are what the generator makes, and the truth beside them is really in them."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from analysis.catalogue import load_catalogue
from analysis.submissions.synthetic import load_plan, planted_truth, synthetic_submissions

FOLDER = Path(__file__).parents[2] / "data" / "raw" / "submissions"
CATALOGUE = load_catalogue()
PLAN = load_plan(CATALOGUE)
TRUTH = yaml.safe_load((FOLDER / "truth.yml").read_text(encoding="utf-8"))
TRACKED = sorted(FOLDER.glob("????-??-??/*.*"))


@cache
def table(path: Path) -> list[list[Any]]:
    """The cells of a file, header first."""
    if path.suffix == ".xlsx":
        return [list(row) for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]
    file = next(f for f in PLAN.files if path.name.startswith(f"{f.dataflow}__{f.provider}__"))
    text = path.read_bytes().decode(file.format["encoding"])
    return [list(row) for row in csv.reader(io.StringIO(text), delimiter=file.format["separator"])]


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file with the names and codes of the catalogue; values stay as written."""
    header, *rows = table(path)
    form = CATALOGUE.forms["sectoral"]
    names = {text: column.name for column in form.columns for text in column.headers}
    lists = {column.name: column.code_list for column in form.columns if column.code_list}
    for number, row in enumerate(rows, start=2):
        record = {
            "row": number,
            "sex": "T",
            "age": "TOTAL",
            "nationality": "TOTAL",
            "denominator": None,
            "breakdown": "",
        }
        for head, cell in zip(header, row, strict=True):
            name = names[head]
            resolved = CATALOGUE.code_lists[lists[name]].resolve(str(cell)) if name in lists else cell
            record[name] = cell if resolved is None else resolved
        yield record


def amount(cell: Any) -> float:
    return float(str(cell).replace(",", "."))


def pick(path: Path, **keys: str) -> dict[str, Any]:
    keys = {"sex": "T", "age": "TOTAL", "nationality": "TOTAL", "breakdown": "", **keys}
    return next(r for r in records(path) if all(r[name] == code for name, code in keys.items()))


def of(dataflow: str, provider: str) -> dict[date, Path]:
    """Round -> first file that came in for it."""
    found: dict[date, Path] = {}
    for path in TRACKED:
        if path.name.startswith(f"{dataflow}__{provider}__"):
            found.setdefault(date.fromisoformat(path.stem.split("__")[2]), path)
    return found


def test_the_tracked_files_are_what_the_generator_makes() -> None:
    made = {file.path: hashlib.sha256(file.content).hexdigest() for file in synthetic_submissions(CATALOGUE)}
    tracked = {path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in TRACKED}
    assert tracked == made


def test_the_tracked_truth_is_what_the_generator_planted() -> None:
    assert planted_truth(CATALOGUE) == TRUTH


def test_another_seed_gives_other_numbers_and_the_same_names() -> None:
    ours = {path.name for path in TRACKED}
    other = list(synthetic_submissions(CATALOGUE, seed=1))
    assert {file.name for file in other} == ours
    assert not {file.content for file in other} & {path.read_bytes() for path in TRACKED}


def test_there_are_48_rounds_by_8_providers() -> None:
    rounds = Counter(tuple(path.stem.split("__")[:2]) for path in TRACKED)
    assert len({provider for _, provider in rounds}) == 8
    assert rounds.pop(("housing", "fedasil")) == 48 + 1
    assert rounds.pop(("education", "dg")) == 48 - 2
    assert set(rounds.values()) == {48}


def test_the_folder_is_small_and_marked() -> None:
    assert sum(path.stat().st_size for path in TRACKED) < 3e6
    assert all(6 <= len(table(path)) - 1 <= 31 for path in TRACKED)
    marker = (FOLDER / "SYNTHETIC.md").read_text(encoding="utf-8")
    assert all(word in marker for word in ("English", "Français", "Nederlands", "Deutsch"))
    assert all("ynth" in str(table(path)[1][-1]) for path in TRACKED)


def test_every_cell_but_the_planted_ones_resolves() -> None:
    wrong = {(w["file"], w["row"]) for w in TRUTH["wrong_rows"]}
    for path in TRACKED:
        for record in records(path):
            if (path.relative_to(FOLDER).as_posix(), record["row"]) not in wrong:
                assert record["geo"] in CATALOGUE.code_lists["geo"].codes, (path, record)
                assert record["indicator"] in CATALOGUE.indicators
                assert amount(record["value"]) >= 0


def test_outside_the_planted_rows_the_sexes_add_up_and_parts_stay_below_wholes() -> None:
    wrong = {(w["file"], w["indicator"], w["geo"]) for w in TRUTH["wrong_rows"]}
    for path in TRACKED:
        cells = {
            (r["indicator"], r["geo"], r["sex"]): r
            for r in records(path)
            if r["age"] == r["nationality"] == "TOTAL" and not r["breakdown"]
        }
        for (indicator, geo, sex), record in cells.items():
            if (path.relative_to(FOLDER).as_posix(), indicator, geo) in wrong or "-" in geo:
                continue
            if record["denominator"] not in (None, ""):
                assert amount(record["value"]) <= amount(record["denominator"]), (path, record)
            if sex == "F":
                for column in ("value", "denominator"):
                    parts = [cells[(indicator, geo, s)][column] for s in "TFM"]
                    if parts[0] not in (None, ""):
                        assert amount(parts[0]) == amount(parts[1]) + amount(parts[2]), (path, indicator, geo)


@pytest.mark.parametrize(("key", "groups"), [("age", ("Y_LT18", "Y18-64", "Y_GE65")), ("nationality", ("UA", "TCN"))])
def test_ages_and_nationalities_of_the_insured_make_up_the_whole(key: str, groups: tuple[str, ...]) -> None:
    for path in of("health", "iom").values():
        insured = [r for r in records(path) if r["indicator"] == "HEA01" and r["sex"] == "T"]
        other = "age" if key == "nationality" else "nationality"
        cells = {(r["geo"], r[key]): r for r in insured if r[other] == "TOTAL"}
        for geo in ("VLG", "BRU", "WAL"):
            for column in ("value", "denominator"):
                parts = [amount(cells[(geo, group)][column]) for group in groups]
                assert sum(parts) == amount(cells[(geo, "TOTAL")][column]), (path, geo, column)
            shares = [amount(r["value"]) / amount(r["denominator"]) for (place, _), r in cells.items() if place == geo]
            assert max(shares) <= 1, (path, geo)


@pytest.mark.parametrize("parts", CATALOGUE.code_lists["breakdown"].divisions().values(), ids=" ".join)
@pytest.mark.parametrize("column", ["value", "denominator"])
def test_each_division_of_the_living_wage_makes_up_the_whole(parts: list[str], column: str) -> None:
    for path in of("social", "mi_is").values():
        cells = {(r["geo"], r["breakdown"]): amount(r[column]) for r in records(path) if r["indicator"] == "SOC01"
                 and r["sex"] == "T"}  # fmt: skip
        for geo in ("VLG", "BRU", "WAL"):
            assert sum(cells[(geo, part)] for part in parts) == cells[(geo, "")], (path, geo)


def test_rates_of_employment_services_keep_their_order() -> None:
    for provider, geo in (("vdab", "VLG"), ("actiris", "BRU"), ("forem", "WAL")):
        for path in of("employment", provider).values():
            ever, now = (amount(pick(path, indicator=i, geo=geo)["value"]) for i in ("EMP03", "EMP04"))
            assert now <= ever, path


@pytest.mark.parametrize("geo", ["BRU", "VLG", "WAL"])
def test_no_stock_grows_by_more_than_came_in(geo: str) -> None:
    """What rule REG-029 asks, which no planted row breaks."""
    files = sorted(of("registration", "ibz").items())
    stocks, inflows = (
        [amount(pick(path, indicator=indicator, geo=geo)["value"]) for _, path in files]
        for indicator in ("REG03", "REG01")
    )
    assert len(stocks) == 48
    assert [n for n in range(1, 48) if stocks[n] - stocks[n - 1] > inflows[n]] == []


@pytest.mark.parametrize("wrong", TRUTH["wrong_rows"], ids=lambda w: f"{w['kind']} {Path(w['file']).name}")
def test_each_wrong_row_is_where_the_truth_says(wrong: Mapping[str, Any]) -> None:
    path = FOLDER / wrong["file"]
    record = next(r for r in records(path) if r["row"] == wrong["row"])
    assert (record["indicator"], record["geo"], record["sex"]) == (wrong["indicator"], wrong["geo"], wrong["sex"])
    assert str(record["value"]) == str(wrong["written_value"])
    key = ("indicator", "geo", "sex", "age", "nationality", "breakdown")
    alike = [r for r in records(path) if all(r[k] == record[k] for k in key)]
    is_wrong = {
        "negative_count": lambda: amount(record["value"]) < 0,
        "unknown_geo": lambda: record["geo"] not in CATALOGUE.code_lists["geo"].codes,
        "numerator_above_denominator": lambda: amount(record["value"]) > amount(record["denominator"]),
        "duplicate_key": lambda: [r["row"] for r in alike] == [wrong["copy_of_row"], wrong["row"]],
        "sexes_do_not_add_up": lambda: amount(record["value"]) - wrong["right_value"] == 47,
        "not_a_number": lambda: not str(record["value"]).replace(".", "").replace(",", "").isdigit(),
        "share_above_100": lambda: amount(record["value"]) > 100 and record["denominator"] == "",
    }
    assert is_wrong[wrong["kind"]]()


def test_the_revision_changes_what_the_truth_says_and_nothing_else() -> None:
    first, second = (FOLDER / TRUTH["revision"][when] for when in ("first", "second"))
    assert first.name == second.name
    pairs = zip(records(first), records(second), strict=True)
    changed = [
        {k: old[k] for k in ("row", "indicator", "geo", "sex")}
        | {"before": int(old["value"]), "after": int(new["value"])}
        for old, new in pairs
        if old != new
    ]
    assert changed == TRUTH["revision"]["changed"]
    assert 28 <= (date.fromisoformat(second.parent.name) - date.fromisoformat(first.parent.name)).days <= 42


def test_only_the_late_provider_is_late() -> None:
    due = timedelta(days=CATALOGUE.rounds.due_after_days)
    late = TRUTH["late"]
    for path in TRACKED:
        if path != FOLDER / TRUTH["revision"]["second"]:
            delay = date.fromisoformat(path.parent.name) - date.fromisoformat(path.stem.split("__")[2])
            assert (delay > due) == (path.stem.split("__")[1] == late["provider"]), path
    assert not set(late["missing_rounds"]) & set(of(late["dataflow"], late["provider"]))


def change_at(series: Mapping[date, float], onset: date) -> float:
    """Level change at `onset` by two straight lines, least squares."""
    before = {day.toordinal(): x for day, x in series.items() if day < onset}
    after = {day.toordinal(): x for day, x in series.items() if day >= onset}
    at = min(after)
    return _line(after, at) - _line(before, at)


def _line(points: Mapping[int, float], at: int) -> float:
    mean_x, mean_y = sum(points) / len(points), sum(points.values()) / len(points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points.items()) / sum((x - mean_x) ** 2 for x in points)
    return mean_y + slope * (at - mean_x)


@pytest.mark.parametrize(
    ("provider", "geo", "planted"), [("vdab", "VLG", 6.0), ("actiris", "BRU", 0.0), ("forem", "WAL", 0.0)]
)
def test_the_effect_is_in_the_treated_region_only(provider: str, geo: str, planted: float) -> None:
    cells = {day: pick(path, indicator="EMP01", geo=geo) for day, path in of("employment", provider).items()}
    rate = {day: 100 * amount(cell["value"]) / amount(cell["denominator"]) for day, cell in cells.items()}
    assert abs(change_at(rate, TRUTH["effect"]["in_force"]) - planted) < 1.0


def test_reception_is_under_strain_at_the_end_in_the_regions_named() -> None:
    """Each strain moves its indicator by its factor in the round it begins, more than the region's noise ever does."""
    files = of("housing", "fedasil")

    def level(day: date, indicator: str, geo: str) -> float:
        record = pick(files[day], indicator=indicator, geo=geo)
        return amount(record["value"]) / amount(record["denominator"] or 1)

    for strain in TRUTH["strains"]:
        days = sorted(files)[-20:]
        moves = {
            day: level(day, strain["indicator"], strain["region"])
            / level(before, strain["indicator"], strain["region"])
            for before, day in pairwise(days)
        }
        move = moves.pop(strain["from"])
        assert move == pytest.approx(strain["factor"], abs=0.03)
        assert abs(move - 1) > max(abs(other - 1) for other in moves.values())
    last = max(files)
    assert level(last, "HOU04", "WAL") > 0.96 > 0.94 > max(level(last, "HOU04", geo) for geo in ("VLG", "BRU"))


def test_the_break_is_in_one_series_only_and_unflagged() -> None:
    files = of("integration", "iom")
    at = TRUTH["break"]["from"]
    step = {}
    for geo in ("VLG", "BRU", "WAL"):
        learners = {day: amount(pick(path, indicator="INT03", geo=geo)["value"]) for day, path in files.items()}
        step[geo] = learners[at] / learners[at - timedelta(days=14)]
    assert step["WAL"] == pytest.approx(TRUTH["break"]["factor"], rel=0.06)
    assert abs(step["VLG"] - 1) < 0.06 and abs(step["BRU"] - 1) < 0.06
    assert not any(record["note"] for record in list(records(files[at]))[1:])
