"""Which pages to build: the catalogue's pages, in the languages asked for, that have data to show."""

import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from analysis.catalogue import Catalogue
from analysis.catalogue.model import LANGUAGES, Label, Page
from analysis.errors import UsageError
from analysis.run.parameters import check_parameters, declared_parameters


@dataclass(frozen=True)
class Job:
    """One page in one language, ready to execute."""

    page: str
    lang: str
    title: str
    notebook: Path
    parameters: dict[str, object]
    formats: tuple[str, ...] = ("html",)

    @property
    def name(self) -> str:
        """The stem of the page's file on the site."""
        return f"{self.page}.{self.lang}"


@dataclass(frozen=True)
class Plan:
    """The jobs to do, and the pages left out with the dataflows they wait for."""

    jobs: tuple[Job, ...]
    waiting: dict[str, tuple[str, ...]] = field(default_factory=dict)


def check_languages(asked: str) -> tuple[str, ...]:
    """The languages of a comma-separated list; UsageError names an unknown one."""
    languages = tuple(dict.fromkeys(code.strip() for code in asked.split(",")))
    for code in languages:
        if code not in LANGUAGES:
            raise UsageError("a language", must="one of " + ", ".join(LANGUAGES), found=code)
    return languages


def make_plan(
    catalogue: Catalogue,
    notebooks: Path,
    *,
    as_of: date,
    languages: Sequence[str],
    with_data: Collection[str],
    only: Sequence[str] = (),
    public: bool = False,
) -> Plan:
    """Lay out the jobs of a run.

    Parameters
    ----------
    notebooks
        The folder of the notebooks.
    as_of
        The date of knowledge of every page.
    languages
        In the order of the site; a page that has none of them is built in its own first language.
    with_data
        The dataflows that the store holds.
    only
        Page ids, or `notebook:name=value,…` for a page that the catalogue does not list; empty for all pages.
    public
        Leave out the pages that are not for the public.

    Raises
    ------
    UsageError
        For an unknown page, or a parameter that its notebook does not declare or that has another type.
    """
    pages = [_asked(catalogue, notebooks, text) for text in only] or list(catalogue.pages.values())
    jobs: list[Job] = []
    waiting: dict[str, tuple[str, ...]] = {}
    for page in pages:
        if public and not page.public:
            continue
        if page.needs and not set(page.needs) & set(with_data):
            waiting[page.id] = page.needs
            continue
        chosen = [lang for lang in languages if lang in page.languages] or list(page.languages[:1])
        jobs += [_job(page, lang, notebooks, as_of) for lang in chosen]
    return Plan(tuple(jobs), waiting)


def _job(page: Page, lang: str, notebooks: Path, as_of: date) -> Job:
    notebook = notebooks / f"{page.notebook}.ipynb"
    given: dict[str, object] = {"as_of": as_of.isoformat(), **page.parameters}
    if "lang" in declared_parameters(notebook):
        given["lang"] = lang
    return Job(page.id, lang, page.title[lang], notebook, check_parameters(notebook, given), page.formats)


def _asked(catalogue: Catalogue, notebooks: Path, text: str) -> Page:
    if text in catalogue.pages:
        return catalogue.pages[text]
    notebook, _, listed = text.partition(":")
    if not (notebooks / f"{notebook}.ipynb").is_file() or not re.fullmatch(r"[a-z_]+", notebook):
        close = difflib.get_close_matches(text, catalogue.pages, n=3)
        mend = f"Did you mean {', '.join(close)}?" if close else "Known pages: " + ", ".join(catalogue.pages) + "."
        raise UsageError("a page", must="a page's id or notebook:name=value,…", found=text, mend=mend)
    given = dict(_pair(pair, text) for pair in listed.split(",") if pair)
    check_parameters(notebooks / f"{notebook}.ipynb", given)
    same = [page for page in catalogue.pages.values() if page.notebook == notebook and dict(page.parameters) == given]
    if same:
        return same[0]
    title = Label(**dict.fromkeys(LANGUAGES, " ".join([notebook.capitalize(), *given.values()])))
    slug = re.sub(r"[^a-z0-9]+", "-", "-".join([notebook, *given.values()]).lower()).strip("-")
    like = next((page for page in catalogue.pages.values() if page.notebook == notebook), None)
    page = Page(slug, notebook, title, given)
    return replace(page, languages=like.languages) if like else page


def _pair(pair: str, text: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals:
        raise UsageError("a parameter of a page", must="name=value", found=pair, where=text)
    return name.strip(), value.strip()
