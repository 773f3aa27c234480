"""The home page of the site and each page's place among the others."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.catalogue.publication import calendar
from analysis.reporting.render import LanguageLink, PageLink, Renderer, Site
from analysis.reporting.tables import escape, markdown_table
from analysis.reporting.text import Wording
from analysis.run.news import Standing, attention, changed
from analysis.run.plan import Job, Plan
from analysis.run.signed import signed_off

# what the pages of a notebook are about, in the order in which a reader in a hurry wants them
SUBJECTS = {
    "decide": ("brief", "meeting", "factsheet"),
    "situation": ("monitoring", "vulnerability", "balance", "dashboard"),
    "policy": ("interventions", "effects", "funding"),
    "studies": ("survey", "coordination"),
    "data": ("quality", "annex", "intake"),
}
STATES = {"accepted": "accepted", "accepted_with_queries": "queries", "rejected": "rejected"}


def home_of(lang: str, languages: Sequence[str]) -> str:
    """The file name of the home page in `lang`; the site's first language has the plain name."""
    return "index.html" if lang == languages[0] else f"index.{lang}.html"


def place_of(job: Job, plan: Plan, catalogue: Catalogue, languages: Sequence[str]) -> Site:
    """What surrounds a page: the pages in its language, and the same page in the other languages."""
    pages = _pages_in(job.lang, plan)
    links = tuple(PageLink(title, href, href == f"{job.name}.html") for title, href in pages)
    same = {other.lang for other in plan.jobs if other.page == job.page}
    alternates = tuple(
        LanguageLink(lang, f"{job.page}.{lang}.html", lang == job.lang) for lang in languages if lang in same
    )
    return Site(
        catalogue.text("site.title", job.lang), _home(job.lang, languages), links, alternates if len(same) > 1 else ()
    )


def build_index(
    site: Path, standing: Standing, catalogue: Catalogue, languages: Sequence[str], renderer: Renderer
) -> None:
    """Render the home page into the folder `site`, once per language."""
    import nbformat

    alternates = [LanguageLink(lang, home_of(lang, languages)) for lang in languages]
    for lang in languages:
        source = site / Path(home_of(lang, languages)).with_suffix(".ipynb").name
        nbformat.write(_notebook(standing, catalogue, lang), source)
        links = tuple(PageLink(title, href) for title, href in _pages_in(lang, standing.plan))
        here = tuple(LanguageLink(link.lang, link.href, link.lang == lang) for link in alternates)
        around = Site(
            catalogue.text("site.title", lang), home_of(lang, languages), links, here if len(here) > 1 else ()
        )
        renderer.render(source, site, ("html",), site=around)
        source.unlink()


def _home(lang: str, languages: Sequence[str]) -> str:
    return home_of(lang if lang in languages else languages[0], languages)


def _pages_in(lang: str, plan: Plan) -> list[tuple[str, str]]:
    """Title and file of every page, in `lang` where it exists in it, in the plan's order of sections."""
    by_page: dict[str, list[Job]] = {}
    for job in plan.jobs:
        by_page.setdefault(job.page, []).append(job)
    chosen = [next((job for job in jobs if job.lang == lang), jobs[0]) for jobs in by_page.values()]
    return [(job.title, f"{job.name}.html") for job in chosen]


def _notebook(standing: Standing, catalogue: Catalogue, lang: str) -> Any:
    from nbformat.v4 import new_markdown_cell, new_notebook, new_raw_cell

    wording = Wording(catalogue.texts, lang)
    front = f'---\ntitle: "{wording.say("site.title")}"\nlang: {lang}\nas-of: "{standing.as_of.isoformat()}"\n---'
    parts = [
        wording.say("index.lead", as_of=wording.day(standing.as_of)),
        f"**{wording.say(f'index.release.{standing.release}')}**",
    ]
    if standing.ledger["synthetic"].any():
        parts.append(f"::: {{.callout-warning}}\n{wording.say('synthetic.notice')}\n:::")
    parts += _failed(standing, wording)
    parts += changed(standing, catalogue, wording)
    parts += attention(standing, wording)
    parts += _subjects(standing, wording)
    parts += _waiting(standing, catalogue, wording)
    caption = wording.say("index.submissions_caption")
    table = _submissions(standing, catalogue, wording)
    parts += _calendar(standing, catalogue, wording)
    parts += signed_off(standing.signed, _titles(standing, lang), wording, standing.release)
    parts += [f"## {wording.say('index.submissions')}", f"::: {{#tbl-submissions}}\n\n{table}\n\n{caption}\n:::"]
    cells = [new_raw_cell(front), *(new_markdown_cell(part) for part in parts)]
    for number, cell in enumerate(cells):
        cell["id"] = f"home-{number}"
    notebook = new_notebook(cells=cells)
    notebook["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def _titles(standing: Standing, lang: str) -> dict[str, str]:
    """Title by page, in `lang` where the page exists in it."""
    titles = {job.page: job.title for job in standing.plan.jobs}
    return titles | {job.page: job.title for job in standing.plan.jobs if job.lang == lang}


def _failed(standing: Standing, wording: Wording) -> list[str]:
    failed = [result for result in standing.results if result.state == "failed"]
    if not failed:
        return []
    lines = [f"- {escape(f'{page.job.title} ({page.job.lang}): {page.error}')}" for page in failed]
    title = wording.say("index.failed")
    return [f'::: {{.callout-important title="{title}"}}\n' + "\n".join(lines) + "\n:::"]


def _calendar(standing: Standing, catalogue: Catalogue, wording: Wording) -> list[str]:
    planned = calendar(catalogue.publication, catalogue.rounds, standing.as_of)
    frame = pd.DataFrame([(one.collected, one.due, one.published) for one in planned])
    frame.columns = ["collected", "due", "published"]
    table = markdown_table(frame, wording, dict.fromkeys(frame.columns, "day"))
    caption = wording.say("caption.calendar")
    return [f"## {wording.say('index.calendar')}", f"::: {{#tbl-calendar}}\n\n{table}\n\n{caption}\n:::"]


def _subjects(standing: Standing, wording: Wording) -> list[str]:
    """Links to every page that was built, by subject."""
    broken = {f"{result.job.name}.html" for result in standing.results if result.state == "failed"}
    notebooks = {f"{job.name}.html": job.notebook.stem for job in standing.plan.jobs}
    pages = [page for page in _pages_in(wording.lang, standing.plan) if page[1] not in broken]
    parts = []
    for subject, members in SUBJECTS.items():
        inside = sorted(
            (page for page in pages if notebooks[page[1]] in members),
            key=lambda page: members.index(notebooks[page[1]]),
        )
        if inside:
            links = "\n".join(f"- [{escape(title)}]({href})" for title, href in inside)
            parts += [f"### {wording.say(f'index.subject.{subject}')}", f"::: {{.pages}}\n{links}\n:::"]
    return [f"## {wording.say('index.pages')}", *parts] if parts else []


def _waiting(standing: Standing, catalogue: Catalogue, wording: Wording) -> list[str]:
    names = [catalogue.pages[page].title[wording.lang] for page in standing.plan.waiting if page in catalogue.pages]
    if not names:
        return []
    return [f"### {wording.say('index.waiting')}", "\n".join(f"- {escape(name)}" for name in names)]


def _submissions(standing: Standing, catalogue: Catalogue, wording: Wording) -> str:
    """One row a provider: received, by state, late, last received."""
    ledger = standing.ledger
    known = ledger[ledger["received_at"] <= pd.Timestamp(standing.as_of)].drop_duplicates("submission", keep="last")
    labels = {name: provider.label[wording.lang] for name, provider in catalogue.providers.items()}
    rows = [
        {
            "provider": labels.get(str(name), ""),
            "received": len(its),
            **{column: int((its["state"] == state).sum()) for state, column in STATES.items()},
            "late": int(((its["days_late"].fillna(0) > 0) & (its["supersedes"] == "")).sum()),
            "last": its["received_at"].max(),
        }
        for name, its in known.groupby("provider")
    ]
    frame = pd.DataFrame(rows).replace({"provider": {"": wording.say("index.unknown")}})
    formats = dict.fromkeys(frame.columns, "number") | {"provider": "text", "last": "day"}
    return markdown_table(frame, wording, formats, {column: wording.say(f"index.{column}") for column in frame.columns})
