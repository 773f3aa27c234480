"""The privacy gate: nothing of a file that tells of individual persons goes any further."""

from collections.abc import Sequence
from dataclasses import replace

from analysis.submissions.guards import WORKBOOKS, Refusal
from analysis.submissions.preflight import Inspector, Preflight
from analysis.submissions.privacy import MAIL, REGISTER, Trace, Words, traces
from analysis.submissions.sheets import Sheet, read_sheets
from analysis.submissions.unseen import bare_texts, text_lines, unseen_sheets


class PersonalData(Refusal):
    """A file with data on persons, refused whole; only masked values are in it."""

    def __init__(self, found: Sequence[Trace]) -> None:
        super().__init__("PRI-00")
        self.traces = tuple(found)


def opened(inspector: Inspector, name: str, content: bytes, words: Words) -> Preflight:
    """
    What the preflight says of a file; one that it refuses is searched as far as its bare bytes go.

    Raises
    ------
    PersonalData
        It must not be opened, and even its bytes point to individual persons.
    Refusal
        It must not be opened; `unsearched` unless there was nothing in it.
    """
    try:
        return inspector.look(name, content)
    except Refusal as refusal:
        if found := [trace for trace in traces(bare_texts(content), words) if trace.rule in (REGISTER, MAIL)]:
            raise PersonalData([replace(trace, row=0, column="") for trace in found]) from None
        refusal.unsearched = refusal.rule != "STR-01"
        raise


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
    except Refusal as refusal:
        searched = beside if looked.kind in WORKBOOKS else text_lines(content)
        if found := told + traces(searched, words):
            raise PersonalData(found) from None
        refusal.unsearched = looked.kind in WORKBOOKS and refusal.rule == "STR-04"
        raise
    told += traces([Sheet(sheet.name, ((sheet.name,),)) for sheet in sheets if sheet.name], words)
    if found := told + traces([*sheets, *beside], words):
        raise PersonalData(found)
    return sheets
