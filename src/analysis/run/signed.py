"""The sign-off register as the home page tells it: who read which page when, what changed since, what is open."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.evidence.protected import PUBLIC
from analysis.reporting.tables import markdown_table
from analysis.reporting.text import Wording
from analysis.run.signatures import Entry, Signed

FORMATS = {
    "signed_page": "text",
    "signed_by": "text",
    "signed_on": "day",
    "signed_said": "text",
    "signed_state": "text",
}


def signed_off(signed: Sequence[Signed], titles: Mapping[str, str], wording: Wording, release: str) -> list[str]:
    """Markdown blocks: heading, open remarks, and the table of signatures and remarks, newest first.

    Parameters
    ----------
    titles : by page, of the pages of this site; an entry on a page that it lacks is left out.
    release : a public one tells signatures alone, and the role of who signed in place of the name.
    """
    shown = [one for one in reversed(signed) if one.entry.page in titles]
    if release == PUBLIC:
        shown = [one for one in shown if not one.entry.remark]
    heading = f"## {wording.say('index.signed')}"
    nobody = [wording.say("signed.none")] if all(one.entry.remark or not one.current for one in shown) else []
    if not shown:
        return [heading, *nobody]
    still = sum(one.entry.open for one in shown)
    remarks = [wording.say("signed.open", count=wording.number(still))] if still else []
    rows = [_row(one, titles, wording, release) for one in shown]
    table = markdown_table(pd.DataFrame(rows, columns=list(FORMATS)), wording, FORMATS)
    return [heading, *nobody, *remarks, f"::: {{#tbl-signed}}\n\n{table}\n\n{wording.say('caption.signed')}\n:::"]


def _row(one: Signed, titles: Mapping[str, str], wording: Wording, release: str) -> tuple[object, ...]:
    entry = one.entry
    since = wording.code("signedstate", "unchanged" if one.current else "changed")
    return titles[entry.page], _reader(entry, wording, release), entry.on, _said(entry, wording), since


def _reader(entry: Entry, wording: Wording, release: str) -> str:
    """Name and role; to the public only a role of the catalogue, for any other text might name somebody."""
    known = f"signedrole.{entry.role.casefold()}"
    role = wording.say(known) if known in wording.texts else entry.role
    if release == PUBLIC:
        return role if known in wording.texts else wording.say("signed.reader")
    return f"{entry.by} ({role})" if role else entry.by


def _said(entry: Entry, wording: Wording) -> str:
    if not entry.remark:
        return wording.code("signedstate", "signed")
    return wording.say("signedstate.open" if entry.open else "signedstate.closed", remark=entry.remark)
