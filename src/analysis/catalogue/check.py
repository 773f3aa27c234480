"""Checks that every reference between catalogue files leads somewhere."""

import difflib
from collections.abc import Collection, Iterable

from analysis.catalogue.model import Catalogue, CodeList
from analysis.errors import CatalogueError


def check_references(catalogue: Catalogue) -> None:
    """Raise CatalogueError at the first name that another file does not know."""
    _check_code_lists(catalogue)
    _check_forms(catalogue)
    _check_indicators(catalogue)
    _check_dataflows(catalogue)
    _check_interventions(catalogue)
    _check_recounts(catalogue)
    _check_pages(catalogue)


def _known(names: Iterable[str], known: Collection[str], field: str, where: str, file: str) -> None:
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            mend = f"Did you mean {close[0]}?" if close else "Add it there, or mend the name here."
            raise CatalogueError(f"`{field}`", must=f"an entry of {file}", found=name, where=where, mend=mend)


def _check_code_lists(catalogue: Catalogue) -> None:
    for listed in catalogue.code_lists.values():
        for code in listed.codes.values():
            where = f"code_lists.yml, {listed.id}.{code.code}"
            _known([code.parent] if code.parent else [], listed.codes, "parent", where, f"the list {listed.id}")
            if code.valid_to < code.valid_from:
                must = f"on or after {code.valid_from}"
                raise CatalogueError("`valid_to`", must=must, found=str(code.valid_to), where=where)


def _check_forms(catalogue: Catalogue) -> None:
    for form in catalogue.forms.values():
        taken: dict[str, str] = {}
        for column in form.columns:
            where = f"forms.yml, {form.id}.{column.name}"
            for header in column.headers:
                other = taken.setdefault(header.casefold(), column.name)
                if other != column.name:
                    must = "of one column"
                    raise CatalogueError(f"the header {header!r}", must=must, found=f"{other} too", where=where)
            if column.code_list:
                _known([column.code_list], catalogue.code_lists, "code_list", where, "code_lists.yml")
                _known_code(catalogue.code_lists[column.code_list], column.default, "default", where)


def _known_code(codes: CodeList, code: str, field: str, where: str) -> None:
    if code:
        _known([code], codes.codes, field, where, f"the code list {codes.id}")


def _check_indicators(catalogue: Catalogue) -> None:
    for indicator in catalogue.indicators.values():
        _known([indicator.domain], catalogue.domains, "domain", f"indicators.csv, {indicator.id}", "domains.yml")


def _check_dataflows(catalogue: Catalogue) -> None:
    for dataflow in catalogue.dataflows.values():
        where = f"dataflows.yml, {dataflow.id}"
        _known([dataflow.domain], catalogue.domains, "domain", where, "domains.yml")
        _known([dataflow.form], catalogue.forms, "form", where, "forms.yml")
        _known(dataflow.providers, catalogue.providers, "providers", where, "providers.yml")
        for name, code in dataflow.constants.items():
            if name in catalogue.code_lists:
                _known_code(catalogue.code_lists[name], code, f"constants.{name}", where)


def _check_interventions(catalogue: Catalogue) -> None:
    for intervention in catalogue.interventions.values():
        where = f"interventions.yml, {intervention.id}"
        _known([intervention.indicator], catalogue.indicators, "indicator", where, "indicators.csv")
        for name in ("placebo_outcomes", "explored_outcomes"):
            _known(getattr(intervention, name), catalogue.indicators, name, where, "indicators.csv")
        if intervention.indicator in intervention.placebo_outcomes:
            must = "another indicator than the outcome"
            raise CatalogueError("`placebo_outcomes`", must=must, found=intervention.indicator, where=where)
        geos = catalogue.code_lists["geo"].codes
        _known(intervention.treated, geos, "treated", where, "the code list geo")
        _known(intervention.comparison, geos, "comparison", where, "the code list geo")
        if intervention.donors:
            _known(intervention.donors.without, geos, "donors.without", where, "the code list geo")
        both = sorted(set(intervention.treated) & set(intervention.comparison))
        if both:
            raise CatalogueError("`comparison`", must="untreated", found=both[0], where=where)


def _check_recounts(catalogue: Catalogue) -> None:
    for recount in catalogue.recounts.values():
        where = f"recounts.yml, {recount.id}"
        _known([recount.indicator], catalogue.indicators, "indicator", where, "indicators.csv")
        _known([recount.geo], catalogue.code_lists["geo"].codes, "geo", where, "the code list geo")


def _check_pages(catalogue: Catalogue) -> None:
    places = {
        "dataflow": (catalogue.dataflows, "dataflows.yml"),
        "domain": (catalogue.domains, "domains.yml"),
        "region": (catalogue.code_lists["geo"].codes, "the code list geo"),
        "intervention": (catalogue.interventions, "interventions.yml"),
        "provider": (catalogue.providers, "providers.yml"),
    }
    for page in catalogue.pages.values():
        where = f"pages.yml, {page.id}"
        _known(page.needs, catalogue.dataflows, "needs", where, "dataflows.yml")
        for name, value in page.parameters.items():
            if name in places:
                known, file = places[name]
                _known([value], known, f"parameters.{name}", where, file)
