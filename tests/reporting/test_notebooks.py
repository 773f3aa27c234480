"""The notebooks: they run on a small world, show what they must, and say the same in every language."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest

from analysis.catalogue import load_catalogue
from analysis.catalogue.model import LANGUAGES
from analysis.errors import UsageError
from analysis.evidence import Evidence, trace
from analysis.reporting.compose import compose
from analysis.reporting.subset import lint
from analysis.store import Store, parquet, run_lock, sharing
from analysis.store.shared import FOLDER
from analysis.submissions import intake
from world import build_world

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
Shown = list[tuple[dict[str, str], dict[str, Any]]]


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """The miniature world, taken in; pages only read it."""
    return taken_in(build_world(tmp_path_factory.mktemp("pages") / "data"))


def taken_in(data: Path) -> Path:
    store = Store(data)
    with run_lock(data, "tests"):
        intake(store, load_catalogue(), store.deliveries(), ROOT / "expectations")
    return data


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Iterator[Path]:
    """Where the pages of this module share what they compute, as those of a run do: one file a result."""
    with sharing(tmp_path_factory.mktemp("shared") / "results"):
        yield Path(os.environ[FOLDER])


@pytest.fixture(scope="module")
def show(world, results):
    """Run a notebook's cells in this process, once for each set of parameters, and return what it displayed.

    `show.cost` tells how often a page asked the store, and how many results it computed for others to share.
    """
    seen: dict[tuple[str, ...], tuple[Shown, tuple[int, int]]] = {}
    engine = parquet._engine

    def once(name: str, given: dict[str, str]) -> tuple[Shown, tuple[int, int]]:
        key = (name, *sorted(f"{one}={value}" for one, value in given.items()))
        if key not in seen:
            asked: list[str] = []
            before = len(list(results.glob("*")))
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(parquet, "_engine", lambda: asked.append(name) or engine())
                shown = displayed(name, given, world)
            seen[key] = shown, (len(asked), len(list(results.glob("*"))) - before)
        return seen[key]

    def run(name: str, **given: str) -> Shown:
        return once(name, given)[0]

    run.cost = lambda name, **given: once(name, given)[1]
    return run


def displayed(name: str, given: dict[str, str], data: Path) -> Shown:
    shown: Shown = []
    scope: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATA_DIR", str(data))
        patch.setattr(
            "IPython.display.display", lambda bundle, metadata, raw: shown.append((bundle, metadata["monitor"]))
        )
        for cell in nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4).cells:
            if cell.cell_type == "code":
                exec(cell.source, scope)
                scope |= given if "parameters" in cell.metadata.get("tags", ()) else {}
    return shown


def records(shown: Shown) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in shown[-1][1]["evidence"]}


def words(shown: Shown) -> str:
    return "\n".join(data.get("text/markdown", "") for data, _ in shown)


def plain(text: str) -> str:
    """What a reader sees of a text: links, emphasis and no-break spaces are only looks."""
    return re.sub(r"\[([^\]]*)\](?:\([^)]*\))?(?:\{[^}]*\})?", r"\1", text).replace("**", "").replace("\u00a0", " ")


PAGES = [
    ("intake", {"dataflow": "housing"}),
    ("intake", {"dataflow": "survey"}),
    ("monitoring", {"domain": "employment", "region": "VLG"}),
    ("monitoring", {"domain": "education"}),
    ("vulnerability", {"region": "VLG"}),
    ("dashboard", {"framework": "flemish_themes", "group": "employment", "region": "VLG"}),
    ("meeting", {"region": "VLG"}),
    ("effects", {}),
    ("interventions", {}),
    ("brief", {}),
    ("quality", {}),
    ("survey", {}),
    ("coordination", {}),
]


@pytest.mark.parametrize(("name", "given"), PAGES)
def test_every_page_announces_synthetic_data_and_traces_its_numbers(show, world, name, given):
    shown = show(name, **given)
    announced = [told for _, told in shown if told.get("notice")]
    assert bool(announced) == (given.get("dataflow") != "survey" and name != "coordination")
    known = records(shown)
    assert known
    assert {one for _, told in shown[:-1] for one in told.get("evidence", ())} <= set(known)
    for entry in list(known.values())[:3]:
        assert trace(Evidence.from_json(entry), Store(world))


@pytest.mark.parametrize(("name", "given"), PAGES)
@pytest.mark.parametrize("lang", LANGUAGES[1:])
def test_the_numbers_are_the_same_in_every_language(show, name, given, lang):
    assert records(show(name, **given)) == records(show(name, lang=lang, **given))


@pytest.mark.parametrize(("name", "given"), PAGES)
def test_what_the_languages_share_is_read_and_computed_for_the_first_alone(show, name, given):
    assert show.cost("intake", dataflow="housing") > (0, 0)
    show(name, **given)
    assert [show.cost(name, lang=lang, **given) for lang in LANGUAGES[1:]] == [(0, 0)] * 3


def test_a_day_that_is_no_day_is_refused(show):
    with pytest.raises(UsageError, match="as_of must be an ISO date such as 2023-12-31, or latest, not '31/12/2023'"):
        show("intake", as_of="31/12/2023")


def test_every_figure_has_a_caption_and_an_alternative(show):
    shown = show("monitoring", domain="employment", region="VLG")
    figures = [told for data, told in shown if "image/svg+xml" in data]
    assert len(figures) > 3
    assert all(len(told["alt"]) > 60 and told["caption"] for told in figures)


def test_the_effect_is_said_with_its_interval(show):
    sentence = plain(words(show("effects")))
    assert "percentage points higher" in sentence and "(95% interval" in sentence


def test_a_refused_effect_has_no_number(show):
    shown = show("effects", as_of="2023-05-25")
    assert "cannot be said from these data. Too few periods have passed" in words(shown)
    assert [entry for entry in records(shown).values() if entry["lineage"]["statistic"] in ("effect", "slope")] == []


def test_every_intervention_has_an_effect_or_the_reason_why_not(show):
    table = next(data["text/markdown"] for data, told in show("interventions") if "grade" in told.get("caption", ""))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in plain(table).splitlines()[2:]]
    answers = {title: (estimate, meaning.replace("\\", "")) for title, _, _, estimate, _, meaning in rows}
    assert answers.keys() == {one.title["en"] for one in load_catalogue().interventions.values()}
    told = {title for title, (estimate, _) in answers.items() if "95% interval" in estimate}
    assert told == {"Mandatory registration with VDAB (Flanders)"}
    assert all(answers[title][1].startswith("Waits for data: ") for title in answers.keys() - told)


def test_what_was_known_earlier_is_shown_as_it_was(show):
    then, now = (records(show("intake", dataflow="housing", as_of=day)) for day in ("2023-04-10", "latest"))
    submissions = [
        next(entry["value"] for entry in page.values() if entry["lineage"]["statistic"] == "submissions")
        for page in (then, now)
    ]
    assert submissions[0] < submissions[1]


def test_a_past_page_is_the_same_whatever_came_later(show, tmp_path):
    """All that it shows, drawings and evidence ids included, as on the day when nothing later had come."""
    day, asked = "2023-04-20", {"framework": "brussels_groups", "group": "collective_housing", "region": "VLG"}
    data = build_world(tmp_path / "data", ("housing__fedasil__2023-03-*",))
    later = [folder for folder in (data / "raw" / "submissions").glob("????-??-??") if folder.name > day]
    for folder in later:
        shutil.rmtree(folder)
    taken_in(data)
    assert later and displayed("dashboard", {**asked, "as_of": day}, data) == show("dashboard", **asked, as_of=day)


def test_a_working_group_without_figures_still_has_a_page(show):
    shown = show("dashboard", framework="brussels_groups", group="vulnerable", region="BRU")
    assert "No body sends figures of this group for this territory yet" in words(shown)
    assert "Unaccompanied minors identified (Guardianship Service)" in words(shown)


def test_the_survey_names_the_obstacles(show):
    assert "| Data protection (GDPR) | 67% | 57 |" in plain(words(show("brief")))


def test_the_survey_draws_and_tabulates_every_printed_question_and_stays_light(show):
    shown = show("survey")
    drawn = {told["caption"]: data["image/svg+xml"] for data, told in shown if "image/svg+xml" in data}
    sections = ("The organisation and its support", "Data collection", "Data exchange", "A coordination mechanism")
    for section in sections:
        drawing = drawn[f"{section}: shares with 95% intervals"]
        rows = next(
            data["text/markdown"].splitlines()[2:]
            for data, told in shown
            if told.get("caption") == f"{section}: counts, base and silence"
        )
        # Words stay words, and one line of the drawing stands for one line of the table.
        assert drawing.count("<text") >= len(rows) and len(drawing) < 2000 * len(rows)
    assert sum(map(len, drawn.values())) < 300_000


def test_the_response_table_ends_in_a_verdict(show):
    said = plain(words(show("survey")))
    assert "| No interest or not relevant | 14 | 12% | 12.5% | only if rounded down |" in said
    assert "| Completed | 57 | 51% | 50.9% | same |" in said


def test_papermill_runs_it_from_its_own_folder_and_compose_splits_it(world, tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(world))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(NOTEBOOKS.parent / "src"), os.environ.get("PYTHONPATH", "")]))
    done = papermill.execute_notebook(
        NOTEBOOKS / "monitoring.ipynb",
        tmp_path / "monitoring.ipynb",
        parameters={"domain": "education", "lang": "fr"},
        kernel_name="python3",
        progress_bar=False,
        cwd=NOTEBOOKS,
    )
    composed = compose(done, lang="fr", title="Suivi", date="2023-12-31", texts=load_catalogue().texts)
    assert composed.warnings == ()
    assert composed.evidence
    assert lint(composed.notebook) == []
    headings = [cell.source for cell in composed.notebook.cells if cell.cell_type == "markdown"]
    assert "## Situation actuelle" in headings and "### Élèves inscrits" in headings
