"""The privacy gate: nothing of a file that tells of individual persons goes any further."""

from collections.abc import Sequence
from dataclasses import replace

from analysis.submissions.guards import WORKBOOKS, Refusal
from analysis.submissions.preflight import Preflight
from analysis.submissions.privacy import Trace, Words, traces
from analysis.submissions.sheets import Sheet, read_sheets
from analysis.submissions.unseen import text_lines, unseen_sheets


class PersonalData(Refusal):
    """A file with data on persons, refused whole; only masked values are in it."""

    def __init__(self, found: Sequence[Trace]) -> None:
        super().__init__("PRI-00")
        self.traces = tuple(found)


def gated_sheets(name: str, looked: Preflight, content: bytes, words: Words) -> list[Sheet]:
    """
    The tables of a file in which nobody can be told from another.

    Hidden sheets, comments, text boxes, cached records, document properties, the names of sheets and of the file are
    searched too; so is a text that is no table.

    Raises
    ------
    PersonalData
        Something points to individual persons.
    Refusal
        The file is no table.
    """
    told = [replace(trace, row=0, column="") for trace in traces([Sheet("", ((name,),))], words)]
    beside = unseen_sheets(looked.kind, content, hidden=looked.unseen) if looked.kind in WORKBOOKS else []
    told += traces([Sheet(sheet.name, ((sheet.name,),)) for sheet in beside if sheet.name], words)
    try:
        sheets = read_sheets(looked.kind, content)
    except Refusal:
        searched = beside if looked.kind in WORKBOOKS else text_lines(content)
        if found := told + traces(searched, words):
            raise PersonalData(found) from None
        raise
    told += traces([Sheet(sheet.name, ((sheet.name,),)) for sheet in sheets if sheet.name], words)
    if found := told + traces([*sheets, *beside], words):
        raise PersonalData(found)
    return sheets
