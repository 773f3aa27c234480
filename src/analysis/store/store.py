"""The store: a small log of commits over Parquet files, read through DuckDB as pandas frames."""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath

import pandas as pd

from analysis.errors import MonitorError, UsageError
from analysis.store import parquet, raw
from analysis.store.atomic import sync, write_atomically
from analysis.store.lock import writing
from analysis.store.manifest import LiveFile, Manifest, broken
from analysis.store.raw import Delivery
from analysis.store.relations import CUBE, RELATIONS, TABLE, conform, empty

_FOLDERS = ("observations", "submissions", "findings", "changes", "tables", "documents")  # below processed/
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class Store:
    """Everything under one data root: raw deliveries, and what was made of them.

    A commit writes new files beside the live ones and then replaces `processed/store.json`, the list of live files, by
    one rename: that rename is the commit. Readers need no lock; writers take the run lock unless this process has it.
    """

    def __init__(self, data: Path) -> None:
        self.data = data
        self.raw = data / "raw"
        self.processed = data / "processed"
        self._list = self.processed / "store.json"
        self._repaired = False

    def deliveries(self) -> list[Delivery]:
        """Every file under `raw/`: those in folders named by a date, and the received ones.

        Sorted by date received, then name; of the same bytes only the earliest. A file that cannot be used carries its
        reason in `error` and stops nobody else. Raises UsageError for a missing data root or an unreadable folder.
        """
        self._must_exist()
        return raw.deliveries(self.raw)

    def receive(self, source: Path, received_at: date, declared: Mapping[str, str]) -> tuple[Delivery, bool]:
        """Keep the bytes of `source` once, under their SHA-256, and say whether they were there already.

        `declared` may hold provider, dataflow and period; given again for the same bytes, the new words are added and
        the first date received stays. Raises UsageError where `source` cannot be read, DataRejected for a name that
        is not plain text.
        """
        with writing(self.data, "receive"):
            self._repair()
            return raw.receive(self.raw, source, received_at, declared)

    def forget(self, submission: str, *, unsearched: bool = False) -> bool:
        """Delete the received bytes of a submission for good, and say whether there were any.

        Its SHA-256 and the day it came stay as a tombstone: `deliveries` passes it over, and `receive` keeps nothing of
        the same bytes and gives a delivery that is `forgotten`. Files in dated folders are nobody's to delete here.
        `unsearched`: nobody could look into it; should the same bytes come again, they are looked at again.
        """
        with writing(self.data, "forget"):
            self._repair()
            return raw.forget(self.raw, submission, unsearched=unsearched)

    def keep_notes(self, submission: str, content: bytes) -> None:
        """Keep what the provider says of a submission (JSON), beside the raw deliveries: it is input like them."""
        with writing(self.data, "notes"):
            self._repair()
            raw.keep_notes(self.raw, submission, content)

    def notes(self, submissions: Iterable[str]) -> dict[str, bytes]:
        """What `keep_notes` kept, for those of `submissions` that have notes."""
        return raw.notes(self.raw, submissions)

    def commit(
        self,
        relations: Mapping[str, pd.DataFrame],
        documents: Mapping[str, bytes] | None = None,
        *,
        replacing: Iterable[str] = (),
    ) -> None:
        """Append rows and documents: all of them or, whatever happens, none.

        Parameters
        ----------
        relations
            Frames by relation: `observations`, `submissions`, `findings`, `changes`, or `table_<dataflow>`.
        documents
            Contents by name, a relative path such as `receipts/<sha>.json`; a name used again gets the new content.
        replacing
            Submissions (SHA-256) whose rows of earlier commits, in every relation, this commit supersedes.

        Raises
        ------
        MonitorError
            A frame does not fit its relation; the message names the column and the row.
        UsageError
            A document's name is absolute or leads out of the store.
        LockHeld
            Another process is writing.
        """
        frames = {name: conform(_relation(name), frame) for name, frame in relations.items()}
        contents = {_document_name(name): content for name, content in (documents or {}).items()}
        gone = sorted(set(replacing))
        if not (gone or contents or any(len(frame) for frame in frames.values())):
            return
        with writing(self.data, "commit"):
            self._repair()
            before = Manifest.read(self._list)
            files = [file for name, frame in frames.items() for file in self._write(name, frame, before.commits + 1)]
            places = {name: self._keep(name, content, before) for name, content in contents.items()}
            before.after(files, places, gone).write(self._list)

    def observations(
        self,
        as_of: date | None = None,
        *,
        dataflows: Iterable[str] | None = None,
        indicators: Iterable[str] | None = None,
        geos: Iterable[str] | None = None,
        history: bool = False,
    ) -> pd.DataFrame:
        """What was known on `as_of` (None: what is known): per key the row with the greatest `as_of` up to that date.

        Where two rows of a key have the same `as_of`, the later commit wins, within one commit the later row. With
        `history` all vintages up to `as_of` come. Sorted by key, then `as_of`; columns and types as in `relations`.
        """
        manifest, files = self._live("observations", dataflows)
        wanted = {"dataflow": dataflows, "indicator": indicators, "geo": geos}
        return parquet.read_observations(files, manifest.superseded, as_of, wanted, history=history)

    def cube(
        self,
        as_of: date | None = None,
        *,
        dataflows: Iterable[str] | None = None,
        indicators: Iterable[str] | None = None,
        geos: Iterable[str] | None = None,
    ) -> pd.DataFrame:
        """What was known on `as_of` of all persons: one row per dataflow, provider, indicator, place and period.

        The rows of `observations` whose strata are the totals, in the columns of `relations.CUBE`. The first call for a
        content of the store and a day writes one small file under `processed/cubes/`; later ones only open it. Cubes of
        an earlier content are removed.
        """
        manifest, files = self._live("observations")
        if not files:
            return empty(CUBE)
        folder, state = self.processed / "cubes", manifest.fingerprint()[:16]
        path = folder / f"{state}-{as_of.isoformat() if as_of else 'latest'}.parquet"
        if not path.is_file():
            folder.mkdir(exist_ok=True)
            beside = folder / f".{path.name}.{os.getpid()}.tmp"
            parquet.write_cube(files, manifest.superseded, as_of, beside)
            beside.replace(path)
            for old in folder.glob("*.parquet"):
                if not old.name.startswith(state):
                    old.unlink(missing_ok=True)
        return parquet.read_cube(path, {"dataflow": dataflows, "indicator": indicators, "geo": geos})

    def submissions(self) -> pd.DataFrame:
        """The ledger: one row per submission and rulebook, superseded ones left out, in the order of commits."""
        manifest, files = self._live("submissions")
        return parquet.read(files, manifest.superseded, RELATIONS["submissions"])

    def findings(self, dataflow: str | None = None) -> pd.DataFrame:
        """Every finding, or those of one dataflow, in the order of commits."""
        manifest, files = self._live("findings")
        wanted = {"dataflow": None if dataflow is None else [dataflow]}
        return parquet.read(files, manifest.superseded, RELATIONS["findings"], wanted)

    def changes(self) -> pd.DataFrame:
        """Every altered value and left-out line of the submissions, in the order of commits."""
        manifest, files = self._live("changes")
        return parquet.read(files, manifest.superseded, RELATIONS["changes"])

    def table(self, dataflow: str) -> pd.DataFrame:
        """The rows of a dataflow that stays a table: `submission`, `row`, `as_of`, then the columns of its form."""
        manifest, files = self._live("table", [dataflow])
        return parquet.read(files, manifest.superseded, TABLE)

    def document(self, name: str) -> bytes:
        """The latest content of a document; UsageError where there is none of that name."""
        for _ in range(2):  # a writer may replace the document between the list and the file
            place = self._manifest().documents.get(_document_name(name))
            if place is None:
                raise UsageError(f"document {name!r}", must="one that the store holds", where=str(self.processed))
            try:
                return (self.processed / place).read_bytes()
            except FileNotFoundError:
                continue
        raise broken(f"document {name!r}", self.processed)

    def documents(self, prefix: str = "") -> list[str]:
        """The names of all documents that start with `prefix`, sorted."""
        return sorted(name for name in self._manifest().documents if name.startswith(prefix))

    def last_as_of(self) -> date:
        """The latest date on which the store learnt anything; UsageError while it is empty."""
        known = [self.submissions()["received_at"].max(), self._last_observed()]
        days: list[date] = [day.date() for day in known if not pd.isna(day)]
        if not days:
            raise UsageError(
                "the store is empty", where=str(self.data), mend="Run `monitor run` or `monitor intake` first"
            )
        return max(days)

    def fingerprint(self) -> str:
        """SHA-256 naming the content of all relations: the clock, the order of files and the documents play no part."""
        return self._manifest().fingerprint()

    def _last_observed(self) -> pd.Timestamp:
        manifest, files = self._live("observations")
        return parquet.latest(files, manifest.superseded, "as_of")

    def _must_exist(self) -> None:
        if not self.data.is_dir():
            mend = "Give an existing folder with --data or DATA_DIR"
            raise UsageError("the data root", must="an existing folder", found=str(self.data), mend=mend)

    def _manifest(self) -> Manifest:
        self._must_exist()
        return Manifest.read(self._list)

    def _live(self, relation: str, dataflows: Iterable[str] | None = None) -> tuple[Manifest, list[Path]]:
        """The manifest, and the files of a relation in the order of commits."""
        manifest = self._manifest()
        asked = None if dataflows is None else set(dataflows)
        paths = []
        for file in manifest.files:
            if file.relation == relation and (asked is None or file.dataflow in asked):
                path = self.processed / file.path
                if not path.is_file() or path.stat().st_size != file.size:
                    raise broken(f"file {file.path}", self.processed)
                paths.append(path)
        return manifest, paths

    def _repair(self) -> None:
        """Remove what a killed writer left: files that no commit lists. Only for the holder of the lock, and once."""
        if self._repaired:
            return
        live = Manifest.read(self._list).paths()
        for folder in _FOLDERS:
            for path in sorted((self.processed / folder).rglob("*"), reverse=True):
                if path.is_dir():
                    if not any(path.iterdir()):
                        path.rmdir()
                elif path.relative_to(self.processed).as_posix() not in live:
                    path.unlink()
        for path in self.processed.glob(".store.json.*.tmp"):
            path.unlink()
        raw.remove_unfinished(self.raw)
        self._repaired = True

    def _write(self, name: str, frame: pd.DataFrame, number: int) -> list[LiveFile]:
        """The files of one relation: one per dataflow for observations, else one; none for no rows."""
        relation = _relation(name)
        if relation == "observations":
            parts = {str(key): part for key, part in frame.groupby("dataflow", sort=True)}
            return [self._write_file(f"observations/{_plain(key)}", relation, key, parts[key], number) for key in parts]
        if frame.empty:
            return []
        if relation == "table":
            dataflow = name.removeprefix("table_")
            return [self._write_file(f"tables/{dataflow}", relation, dataflow, frame, number)]
        return [self._write_file(relation, relation, "", frame, number)]

    def _write_file(self, folder: str, relation: str, dataflow: str, frame: pd.DataFrame, number: int) -> LiveFile:
        place = self.processed / folder
        place.mkdir(parents=True, exist_ok=True)
        beside = place / f".{number}.tmp"
        parquet.write(frame, beside, RELATIONS.get(relation, TABLE))
        with beside.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        path = beside.rename(place / parquet.file_name(number, digest))
        sync(path)
        sync(place)
        return LiveFile(f"{folder}/{path.name}", relation, dataflow, len(frame), path.stat().st_size, digest)

    def _keep(self, name: str, content: bytes, before: Manifest) -> str:
        """Where a document's content lies; the same content as before stays where it is."""
        old = before.documents.get(name)
        if old is not None and (self.processed / old).is_file() and (self.processed / old).read_bytes() == content:
            return old
        place = f"documents/{before.commits + 1:08d}/{name}"
        write_atomically(self.processed / place, content)
        return place


def _relation(name: str) -> str:
    """The kind of relation that `name` is: itself, or `table` for `table_<dataflow>`."""
    if name in RELATIONS:
        return name
    if name.startswith("table_") and _NAME.fullmatch(name.removeprefix("table_")):
        return "table"
    raise MonitorError("a relation", must=f"{', '.join(RELATIONS)} or table_<dataflow>", found=name)


def _plain(dataflow: str) -> str:
    if not _NAME.fullmatch(dataflow):
        raise MonitorError("column dataflow of observations", must="an identifier", found=dataflow)
    return dataflow


def _document_name(name: str) -> str:
    parts = PurePosixPath(name).parts
    absolute = name.startswith(("/", "\\")) or PureWindowsPath(name).drive or "\\" in name
    if not parts or absolute or ".." in parts or "\0" in name:
        raise UsageError("a document's name", must="a relative path without '..'", found=name)
    return PurePosixPath(name).as_posix()
