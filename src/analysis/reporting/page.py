"""A page as a notebook sees it: it opens the store, words and numbers everything, and records what it shows."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from analysis.catalogue import Catalogue, load_catalogue
from analysis.errors import UsageError
from analysis.evidence import Evidence, Lineage, Register, record
from analysis.evidence.protected import PUBLIC, RESTRICTED, protect
from analysis.reporting.links import ANCHOR, linked
from analysis.reporting.tables import escape, markdown_table
from analysis.reporting.text import Wording, rows_of
from analysis.store import Store, run_lock, shared

if TYPE_CHECKING:
    import pandas as pd

    from analysis.reporting.download import Table

Bundle = dict[str, str]
T = TypeVar("T")
LATEST = "latest"
P_VALUE = "p"  # the statistic of a probability
WITHHELD = "withheld"  # the statistic of a number that is only known to lie between two
DIFFERENCES = ("round", "year", "effect", "slope", "excess", "gap")  # statistics whose sign is part of the answer
RELEASE = "MONITOR_RELEASE"  # the environment tells a kernel which release it builds


def _display(data: Bundle, metadata: Mapping[str, Any]) -> None:
    from IPython.display import display

    display(data, metadata=dict(metadata), raw=True)  # type: ignore[no-untyped-call]


@dataclass
class Page:
    """One page in one language, as known on one date.

    Everything shown goes through `show` as a MIME bundle with `metadata.monitor`: caption, alt and evidence (ids) of a
    figure or table, `heading` of a heading, and from `close` every number shown as a record.
    """

    id: str
    catalogue: Catalogue
    store: Store
    wording: Wording
    as_of: date
    parameters: Mapping[str, str]
    register: Register = field(default_factory=Register)
    listed: dict[str, Evidence] = field(default_factory=dict)
    show: Callable[[Bundle, Mapping[str, Any]], None] = _display
    listing: bool = True  # whether its numbers are listed at its end; a page for one sheet of paper has no room
    release: str = RESTRICTED

    @property
    def lang(self) -> str:
        """The language of the page."""
        return self.wording.lang

    @property
    def country(self) -> str:
        """The territory that the others are parts of, and that is part of none."""
        codes = self.catalogue.code_lists["geo"].codes
        return next(code.parent for code in codes.values() if code.parent and not codes[code.parent].parent)

    def shared(self, key: tuple[object, ...], compute: Callable[[], T]) -> T:
        """What `compute` makes of the store alone, without a word of any language: once for all pages of a run."""
        return shared((str(self.store.data.resolve()), self.as_of, self.release, *key), compute)

    def places(self, geo: str) -> str:
        """The name of a territory, or of several that are taken together (`VLG+WAL`)."""
        return self.wording.listing([self.label("geo", one) for one in geo.split("+")]) if geo else ""

    def label(self, group: str, code: str) -> str:
        """What a reader calls a code of `indicator`, `provider`, `dataflow`, `domain`, or a code list."""
        found: Any
        if group == "domain":
            found = self.catalogue.domains.get(code)
        elif group in ("indicator", "provider", "dataflow"):
            found = {
                "indicator": self.catalogue.indicators,
                "provider": self.catalogue.providers,
                "dataflow": self.catalogue.dataflows,
            }[group].get(code)
            found = found and found.label
        else:
            found = self.catalogue.code_lists[group].codes.get(code)
            found = found and found.label
        if found is None and group == "geo":
            places = self.catalogue.places
            former = (place for place in reversed(places.entries) if place.nis == code)
            place = places.at(code, self.as_of) or next(former, None)
            found = place and place.label
        return str(found[self.lang]) if found else str(code)

    def record(
        self,
        value: float | None,
        lineage: Lineage,
        *,
        unit: str = "",
        interval: tuple[float | None, float | None] = (None, None),
        n: float | None = None,
        listed: bool = True,
    ) -> Evidence:
        """Make a number of this page traceable; `listed` ones also stand in the table at its end."""
        evidence = self.register.add(record(value, lineage, as_of=self.as_of, unit=unit, interval=interval, n=n))
        if listed:
            self.listed.setdefault(evidence.id, evidence)
        return evidence

    def figure_of(self, evidence: Evidence, decimals: int | None = None) -> str:
        """A number in words of this page, with its unit; a difference keeps its sign."""
        if evidence.value is None and evidence.ci_low is not None and evidence.lineage.statistic == WITHHELD:
            return self.wording.between(evidence.ci_low, evidence.ci_high, evidence.unit, named=True)
        signed = evidence.lineage.statistic.partition(":")[0] in DIFFERENCES
        return self.wording.quantity(evidence.value, evidence.unit, signed=signed, decimals=decimals)

    def cell_of(self, evidence: Evidence) -> str:
        """The same for a table whose heading names the unit; a withheld number is its bounds, or the word."""
        if evidence.lineage.statistic != WITHHELD:
            return self.wording.brief(evidence.value, evidence.unit)
        if evidence.ci_low is None:
            return self.wording.say("cell.withheld")
        return self.wording.between(evidence.ci_low, evidence.ci_high, evidence.unit)

    def span_of(self, evidence: Evidence, decimals: int | None = None) -> str:
        """Its interval in words of this page."""
        return self.wording.span(evidence.ci_low, evidence.ci_high, evidence.unit, decimals)

    def bare_span_of(self, evidence: Evidence) -> str:
        """The same without its unit, for a table that names it once."""
        return self.wording.bare_span(evidence.ci_low, evidence.ci_high, evidence.unit)

    def say(self, key: str, bare: Sequence[str] = (), **values: Evidence | str) -> None:
        """Show the text `key` as a paragraph; evidence is worded with its unit, without it where `bare` names it."""
        shown = {name: value for name, value in values.items() if isinstance(value, Evidence)}
        worded: dict[str, object] = {**values}
        for name, value in shown.items():
            worded[name] = self.wording.number(value.value) if name in bare else self.figure_of(value)
        self.markdown(self.wording.say(key, **worded), evidence=list(shown.values()))

    def notice(self, *frames: pd.DataFrame) -> None:
        """A visible callout where any of `frames` rests on synthetic submissions."""
        if any(bool(frame["synthetic"].any()) for frame in frames if len(frame)):
            title, body = self.wording.say("synthetic.title"), self.wording.say("synthetic.notice")
            self.markdown(f'::: {{.callout-warning title="{title}"}}\n{body}\n:::', notice=title)

    def headlines(self, lines: Sequence[tuple[str, str, str]], evidence: Sequence[Evidence] = ()) -> None:
        """Large figures: (figure, what it is, how it moved) each; how may be several lines, the last its verdict."""
        items = []
        for figure, what, moved in lines:
            *said, verdict = [escape(line) for line in moved.split("\n")]
            tail = [*said, f"*{verdict}*"] if said else [verdict]
            items.append("\n  ".join([f"- **{figure}** {escape(what)}", *tail]))
        self.markdown("::: {.headlines}\n" + "\n".join(items) + "\n:::", evidence=evidence)

    def figure(self, drawing: str, caption: str, alt: str, evidence: Sequence[Evidence] = ()) -> None:
        """An SVG with its caption and the text that stands for it."""
        self.show({"image/svg+xml": drawing, "text/plain": alt}, _monitor(evidence, caption=caption, alt=alt))

    def table(
        self,
        frame: pd.DataFrame,
        caption: str,
        formats: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        evidence: Sequence[Evidence] = (),
    ) -> None:
        """A Markdown table (formats as in `markdown_table`); an empty frame is said to be empty."""
        if frame.empty:
            self.markdown(self.wording.say("table.empty"), caption=caption)
        else:
            self.markdown(markdown_table(frame, self.wording, formats, headers), evidence=evidence, caption=caption)

    def markdown(self, text: str, *, evidence: Sequence[Evidence] = (), **facts: str) -> None:
        """Show Markdown that is already in the page's language; the numbers of `evidence` lead to their lineage."""
        led = evidence if self.listing else ()
        shown = linked(text, led, self.wording, {one.id: self._names(one) for one in led})
        self.show({"text/markdown": shown, "text/plain": text}, _monitor(evidence, **facts))

    def heading(self, words: str, level: int = 3) -> None:
        """A heading that depends on the data; it becomes part of the page's outline."""
        text = f"{'#' * level} {escape(words)}"
        self.show({"text/markdown": text, "text/plain": words}, {"monitor": {"heading": words}})

    def source(self, *frames: pd.DataFrame) -> str:
        """The source line of what `frames` hold: who sent it, the day it was known, and whether it is synthetic."""
        return self.wording.say("source.line", source=self.senders(*frames), day=self.wording.day(self.as_of))

    def senders(self, *frames: pd.DataFrame) -> str:
        """Who sent what `frames` hold, and whether it is synthetic."""
        groups: dict[bool, dict[str, None]] = {True: {}, False: {}}
        for frame in frames:
            sent = frame.loc[frame["provider"] != "", ["dataflow", "provider", "synthetic"]].drop_duplicates()
            if sent.empty:  # sums alone carry no provider: name whoever sends the dataflow
                sent = frame[["dataflow", "provider", "synthetic"]].drop_duplicates()
            for flow, provider, synthetic in rows_of(sent):
                dataflow = self.catalogue.dataflows[flow]
                for sender in (provider,) if provider else dataflow.providers:
                    groups[bool(synthetic)][dataflow.source or self.label("provider", sender)] = None
        said = [self.wording.say("source.synthetic", source=", ".join(groups[True]))] if groups[True] else []
        return self.wording.several([*said, *([", ".join(groups[False])] if groups[False] else [])]) or "–"

    def download(self, table: Table) -> None:
        """Links to `table` as CSV and XLSX; the files go with the page, as bytes in the output's metadata."""
        from analysis.reporting.download import as_csv, as_xlsx

        stem = "-".join([self.id, *self.parameters.values()]).lower()
        files = {f"{stem}.{self.lang}.csv": as_csv(table), f"{stem}.{self.lang}.xlsx": as_xlsx(table)}
        links = [f"[{self.wording.say('download.' + name.rsplit('.', 1)[1])}]({name})" for name in files]
        held = {name: b64encode(content).decode() for name, content in files.items()}
        self.show({"text/markdown": " · ".join(links), "text/plain": ""}, {"monitor": {"files": held}})

    def close(self) -> None:
        """Hand over every number shown; list them under the ids that `monitor trace` takes, if this page lists them."""
        import pandas as pd

        records = {"evidence": self.register.to_json()}
        if not self.listing:
            self.show({"text/plain": ""}, {"monitor": records})
            return
        entries = {**self.listed, **self.register.entries}
        rows = [self._row(evidence) for evidence in entries.values()]
        text = markdown_table(
            pd.DataFrame(rows, columns=["evidence", "statistic", "value"]),
            self.wording,
            {"evidence": f"anchor:{ANCHOR}", "statistic": "text", "value": "figure"},
        )
        if self.release == PUBLIC:
            self.markdown(self.wording.say("disclosure.note"))
        self.markdown(self.wording.say("evidence.lead"))
        caption = self.wording.say("evidence.caption")
        self.show({"text/markdown": text, "text/plain": text}, {"monitor": {"caption": caption, **records}})

    def _row(self, evidence: Evidence) -> tuple[str, str, str]:
        lineage = evidence.lineage
        subject = self.label("indicator", lineage.indicator) if lineage.indicator else ""
        parts = [
            subject or (self.label("dataflow", lineage.dataflow) if lineage.dataflow else ""),
            self.places(lineage.geo),
            self._part(lineage.breakdown),
            ", ".join(self._dated(span) for span in lineage.periods),
            self._statistic(lineage.statistic),
        ]
        bounded = evidence.value is None and evidence.ci_low is not None and lineage.statistic != WITHHELD
        figure = self.span_of(evidence) if bounded else self.figure_of(evidence)
        if lineage.statistic.partition(":")[0] == P_VALUE:
            figure = self.wording.p_value(evidence.value)
        return evidence.id, " · ".join(part for part in parts if part), figure

    def _statistic(self, statistic: str) -> str:
        """What a number is; one that is told apart by a code after a colon says the code in words."""
        kind, _, detail = statistic.partition(":")
        return " ".join([self.wording.code("statistic", kind), *([f"({self._detail(detail)})"] if detail else [])])

    def _detail(self, code: str) -> str:
        """The longest text that begins the code, and the name of what follows; the code where there is none."""
        words = code.split(" ")
        for length in range(len(words), 0, -1):
            key = "detail." + " ".join(words[:length])
            if key in self.wording.texts:
                return self.wording.say(key, name=self._name_of(" ".join(words[length:])))
        return (
            self._name_of(code) if {words[0], code} & {*self.catalogue.balances, *self.catalogue.programmes} else code
        )

    def _name_of(self, code: str) -> str:
        """A day, a model, a term of an account, an indicator or a place by its name."""
        try:
            return self.wording.day(date.fromisoformat(code.partition(" ")[0]), "medium")
        except ValueError:
            pass
        if f"model.{code}" in self.wording.texts:
            return self.wording.say(f"model.{code}")
        if code in self.catalogue.programmes:
            return self.catalogue.programmes[code].label[self.lang]
        account, _, term = code.partition(" ")
        if account in self.catalogue.balances:
            return self.catalogue.balances[account].named(term)[self.lang]
        return self.label("indicator" if code in self.catalogue.indicators else "geo", code)

    def _names(self, evidence: Evidence) -> tuple[str, ...]:
        """The words by which a reader tells this number from another with the same value."""
        lineage = evidence.lineage
        places = (self.places(lineage.geo), self._part(lineage.breakdown))
        subjects = (
            self.label("indicator", lineage.indicator) if lineage.indicator else "",
            self.label("provider", lineage.provider) if lineage.provider else "",
        )
        last = lineage.periods[0].split("/")[-1] if lineage.periods else ""
        return (*places, *subjects, self.wording.day(date.fromisoformat(last), "medium") if last else "")

    def _part(self, code: str) -> str:
        """A breakdown by its label, or in the words of a text; nothing for the whole."""
        return code and self.wording.breakdown(self.label("breakdown", code))

    def _dated(self, span: str) -> str:
        return " – ".join(self.wording.day(date.fromisoformat(day), "medium") for day in span.split("/"))


def open_page(
    notebook: str,
    *,
    as_of: str = LATEST,
    lang: str = "en",
    data: Path | None = None,
    listing: bool = True,
    **parameters: str,
) -> Page:
    """Open the store for reading and check what the notebook was asked.

    Parameters
    ----------
    notebook : its name; `parameters` are its own (domain, region, intervention, dataflow) and are checked here.
    data : the data folder; `find_data` otherwise.
    as_of : ISO date, or `latest` for the last day on which the store learnt anything.
    listing : whether the page lists its numbers at its end, with links to them; a sheet of paper has no room.

    Raises
    ------
    UsageError : a parameter is not one of the known values, which the message lists.
    """
    catalogue = load_catalogue()
    known = {
        "domain": {flow.domain for flow in catalogue.dataflows.values()},
        "region": set(catalogue.code_lists["geo"].codes),
        "intervention": set(catalogue.interventions),
        "dataflow": set(catalogue.dataflows),
        "framework": set(catalogue.frameworks),
        "group": {code for framework in catalogue.frameworks.values() for code in framework.groups},
    }
    for name, value in parameters.items():
        if value not in known[name]:
            raise UsageError(name, must=f"one of {', '.join(sorted(known[name]))}", found=value, where=notebook)
    wording = Wording(catalogue.texts, lang)
    store = Store(data or find_data())
    _take_in_tracked_data(store, catalogue)
    release = os.environ.get(RELEASE, RESTRICTED)
    day = _day(as_of, store)
    if release == PUBLIC:
        store = protect(store.data, catalogue)
    return Page(notebook, catalogue, store, wording, day, dict(parameters), release=release, listing=listing)


def find_data() -> Path:
    """`DATA_DIR`, else `data/` of the project around the working directory.

    Raises
    ------
    UsageError : neither is there.
    """
    if os.environ.get("DATA_DIR"):
        return Path(os.environ["DATA_DIR"])
    return _project() / "data"


def find_reports() -> Path:
    """`reports/` of the project around the working directory."""
    return _project() / "reports"


def _project() -> Path:
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "pyproject.toml").is_file():
            return folder
    raise UsageError("the working directory", must="inside the project", found=str(here), mend="Set DATA_DIR.")


def _take_in_tracked_data(store: Store, catalogue: Catalogue) -> None:
    """A notebook run alone in a fresh clone finds nothing taken in yet; then it does what `monitor intake` does."""
    if len(store.submissions()):
        return
    from analysis.submissions import intake

    with run_lock(store.data, "notebook"):
        intake(store, catalogue, store.deliveries(), _project() / "expectations")


def _day(as_of: str, store: Store) -> date:
    if as_of == LATEST:
        return store.last_as_of()
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise UsageError("as_of", must="an ISO date such as 2023-12-31, or latest", found=as_of) from None


def _monitor(evidence: Sequence[Evidence], **facts: str) -> dict[str, Any]:
    shown = {"evidence": [entry.id for entry in evidence]} if evidence else {}
    return {"monitor": {**facts, **shown}}
