"""Verdicts and receipts as the frames that the store keeps."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.catalogue.model import Catalogue, Column, Dataflow
from analysis.submissions.clean import logged
from analysis.submissions.judge import Verdict
from analysis.submissions.receipt import Receipt
from analysis.submissions.rulebook import ERROR, INFO, QUERY
from analysis.submissions.validate import ROW

if TYPE_CHECKING:
    import pandas as pd

OBSERVATION = (
    *("dataflow", "provider", "indicator", "geo", "period", "frequency", "sex", "age", "nationality", "breakdown"),
    *("value", "denominator", "flag", "as_of", "submission", "sheet", "row", "column", "synthetic", "note"),
)
LEDGER = (
    *("submission", "file_name", "dataflow", "provider", "period", "received_at", "rulebook", "state", "reason"),
    *("rows_read", "rows_accepted", "rows_quarantined"),
)
KNOWN_SINCE = "published_on"  # a form's column that says when the world learnt the value
VINTAGE = "vintage"  # a header whose text may begin with that day
_ISO_START = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})\b")


def stored_rows(
    verdicts: Sequence[Verdict], frame: "pd.DataFrame", flow: Dataflow, catalogue: Catalogue
) -> "dict[str, pd.DataFrame]":
    """
    The accepted rows of a batch by relation.

    Observations for a form that becomes observations; a table `table_<dataflow>` for one that stays a table, and also
    where the form has columns that no observation can carry (a source, what was printed), so that nothing is lost.
    `changes` says what was altered on the way, also in a submission of which nothing is used.
    """
    form = catalogue.forms[flow.form]
    rows = [row for verdict in verdicts for row in verdict.stored]
    relations = _changes(verdicts)
    if not rows:
        return relations
    taken = frame.set_index(ROW, drop=False).loc[rows].reset_index(drop=True)
    _add_origin(taken, verdicts, flow, form.columns)
    if form.becomes == "observations":
        relations["observations"] = taken[list(OBSERVATION)]
    named = [column.name for column in form.columns]
    if form.becomes == "table" or not {*named} <= set(OBSERVATION):
        origin = taken[["submission", "row", "as_of"]]
        relations[f"table_{flow.id}"] = origin.join(taken[[name for name in named if name not in origin]])
    return relations


def _changes(verdicts: Sequence[Verdict]) -> "dict[str, pd.DataFrame]":
    import pandas as pd

    given = [(one.examined.parsed, one.examined.delivery.sha256) for one in verdicts]
    logs = [logged(parsed, submission) for parsed, submission in given if parsed and parsed.changes]
    return {"changes": pd.concat(logs, ignore_index=True)} if logs else {}


def ledger(receipts: Sequence[Receipt]) -> "pd.DataFrame":
    """One row per receipt, in the columns of the submissions relation."""
    import pandas as pd

    rows = [
        {name: getattr(receipt, name) for name in LEDGER}
        | {"errors": receipt.count(ERROR), "queries": receipt.count(QUERY), "infos": receipt.count(INFO)}
        | {name: getattr(receipt, name) for name in ("supersedes", "days_late", "synthetic")}
        for receipt in receipts
    ]
    frame = pd.DataFrame(rows)
    frame["days_late"] = frame["days_late"].astype("Int64")
    return frame


def findings(receipts: Sequence[Receipt]) -> "pd.DataFrame":
    """Every finding of the receipts, its texts in the provider's language."""
    import pandas as pd

    places = ("rule", "severity", "sheet", "row", "column", "raw")
    names = ["submission", "dataflow", "provider", *places, "message", "mend"]
    rows = [
        (
            *(receipt.submission, receipt.dataflow, receipt.provider),
            *(getattr(finding, name) for name in places),
            *(finding.message[receipt.language], finding.mend[receipt.language]),
        )
        for receipt in receipts
        for finding in receipt.findings
    ]
    frame = pd.DataFrame(rows, columns=names)
    return frame.astype({name: "int64" if name == "row" else "str" for name in names})


def _add_origin(taken: "pd.DataFrame", verdicts: Sequence[Verdict], flow: Dataflow, columns: Sequence[Column]) -> None:
    """Where each row came from and when its value became known."""
    import pandas as pd

    entries = taken["_entry"].tolist()
    given = [verdict.examined for verdict in verdicts]
    received = pd.Series([pd.Timestamp(given[e].delivery.received_at) for e in entries]).astype("datetime64[s]")
    taken["as_of"] = received
    if KNOWN_SINCE in taken:
        taken["as_of"] = taken[KNOWN_SINCE].fillna(received)
    for column in columns:
        if VINTAGE in column.headers:
            taken["as_of"] = _first_day(taken[column.name]).fillna(received)
    taken["dataflow"] = flow.id
    taken["provider"] = [given[e].provider.id for e in entries]
    parsed = [one.parsed for one in given]
    taken["sheet"] = [parsed[e].sheet for e in entries]
    taken["row"] = [parsed[e].rows[i] for e, i in zip(entries, taken["_index"], strict=True)]
    # A table may have a column of its own called `column`; an observation's is where its value stood.
    if "column" not in taken:
        taken["column"] = [parsed[e].places.get("value", "") for e in entries]
    taken["synthetic"] = [given[e].delivery.synthetic for e in entries]
    for name in ("flag", "note", "breakdown"):
        if name in taken:
            taken[name] = taken[name].fillna("")


def _first_day(texts: "pd.Series") -> "pd.Series":
    """The ISO date that a text begins with; NaT where it begins otherwise."""
    import pandas as pd

    start = texts.astype("str").str.extract(_ISO_START, expand=False)
    return pd.to_datetime(start, format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")
