"""Built pages in a real browser: accessibility, width, keyboard, nothing from a network.

The pages are one of each notebook on the miniature world, and an answer to a provider; `MONITOR_SITE` names a site.
Without a Chromium or axe-core these tests are skipped; `REQUIRE_BROWSER=1`, which `.ci/run` sets, makes that a failure.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from analysis.catalogue import load_catalogue
from analysis.cli import main
from browser.chromium import Browser, program
from reporting.sample import sample, written
from world import ROOT, build_world

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
WIDE, PHONE = 1280, 360
# The size of targets is part of WCAG 2.2 AA, and off unless asked for.
CHECK = """axe.run({rules: {'target-size': {enabled: true}}}).then(found => found.violations.map(
    rule => rule.id + ': ' + rule.nodes.length + ' x ' + rule.nodes[0].html.slice(0, 160)))"""

missing = [
    name
    for name, there in (("a Chromium", program()), ("axe-core (npm ci in tests/browser)", AXE.exists()))
    if not there
]
pytestmark = pytest.mark.skipif(
    bool(missing) and "REQUIRE_BROWSER" not in os.environ, reason=f"needs {' and '.join(missing)}"
)


@dataclass(frozen=True)
class Visit:
    """What one page at one width turned out to be."""

    page: str
    width: int
    violations: list[str]
    needs_width: int
    asked: list[str]
    problems: list[str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if given := os.environ.get("MONITOR_SITE"):
        return Path(given)
    folder = tmp_path_factory.mktemp("pages")
    data = build_world(folder / "data")
    there = {file.name.partition("__")[0] for file in data.rglob("*__*")}
    pages = [page for page in load_catalogue().pages.values() if not page.needs or there & set(page.needs)]
    of_each = {page.notebook: page.id for page in reversed(pages)}
    selection = [word for page in of_each.values() for word in ("--page", page)]
    assert main(["run", "--data", str(data), "--out", str(folder / "site"), "--lang", "en", *selection]) == 0
    answers = folder / "site" / "answers"
    bad = next((data / "raw" / "submissions").glob("*/housing__fedasil__*"))
    main(["check", str(bad), "--answers", str(answers), "--data", str(data)])
    return folder / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def visits(site: Path, browser: Browser) -> list[Visit]:
    found = [visit(browser, page, width) for page in sorted(site.rglob("*.html")) for width in (WIDE, PHONE)]
    assert found
    return found


def visit(browser: Browser, page: Path, width: int) -> Visit:
    browser.open(page, width)
    asked = [url for url in browser.requests if not url.startswith(("data:", page.resolve().as_uri()))]
    needs = browser.run("document.scrollingElement.scrollWidth")
    browser.run(AXE.read_text("utf-8") + ";0")
    return Visit(page.name, width, browser.run(CHECK), needs, asked, list(browser.problems))


def test_axe_finds_no_violation(visits: list[Visit]) -> None:
    assert {(seen.page, seen.width): seen.violations for seen in visits if seen.violations} == {}


def test_no_page_is_wider_than_its_window(visits: list[Visit]) -> None:
    assert {seen.page: seen.needs_width for seen in visits if seen.needs_width > seen.width} == {}


def test_the_release_calendar_fits_a_phone(site: Path, browser: Browser) -> None:
    """In each language of the home page: three dates side by side, less than a sign of any font too wide."""
    scrolling = (
        "[...document.querySelectorAll('#tbl-calendar .table-scroll')].map(box => box.scrollWidth - box.clientWidth)"
    )
    for page in sorted(site.glob("index*.html")):
        browser.open(page, PHONE)
        (over,) = browser.run(scrolling)
        assert over < 8, page.name


def test_a_page_asks_nothing_of_a_network_and_its_scripts_run(visits: list[Visit]) -> None:
    assert {seen.page: (seen.asked, seen.problems) for seen in visits if seen.asked or seen.problems} == {}


def test_the_first_key_offers_the_way_past_the_menu(site: Path, browser: Browser) -> None:
    browser.open(site / "index.html", WIDE)
    browser.press("Tab")
    assert browser.run("document.activeElement.className") == "skip"
    browser.press("Enter")
    assert browser.run("document.activeElement.id") == "main"


def test_arrows_move_between_the_tabs_of_a_page(tmp_path: Path, browser: Browser) -> None:
    from analysis.reporting.builtin import BuiltinRenderer

    renderer = BuiltinRenderer(ROOT / "reports")
    page = renderer.render(written(sample(), tmp_path), tmp_path / "site", ("html",)).outputs[0]
    browser.open(page, WIDE)
    open_ = "[...document.querySelectorAll('[role=tab]')].map(tab => tab.getAttribute('aria-selected')).join()"
    assert browser.run(open_) == "true,false,false"
    browser.run("document.querySelector('[role=tab]').focus()")
    browser.press("ArrowRight")
    assert browser.run(open_) == "false,true,false"
    assert browser.run("document.querySelectorAll('[role=tabpanel].tab-closed').length") == 2
    assert browser.run("document.activeElement.getAttribute('role')") == "tab"


def test_the_browser_tells_a_bad_page_from_a_good_one(tmp_path: Path, browser: Browser) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        '<!DOCTYPE html><html><head><title>T</title></head><body><img src="https://example.org/x.png">'
        '<div style="width:900px;color:#ccc;background:#fff">faint</div><script>nothing()</script></body></html>'
    )
    seen = visit(browser, page, PHONE)
    assert {rule.partition(":")[0] for rule in seen.violations} >= {"html-has-lang", "image-alt", "color-contrast"}
    assert seen.needs_width >= 900
    assert seen.asked == ["https://example.org/x.png"]
    assert seen.problems
