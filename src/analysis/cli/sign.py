"""`monitor sign`: sign pages, remark on them, close remarks, list it all."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import UsageError

if TYPE_CHECKING:
    from analysis.run.signatures import Entry, Signed


def answer(options: argparse.Namespace, *, reports: Path, site: Path) -> int:
    """Do what the options ask for, and say what was written."""
    from analysis.run.signatures import close, sign, standing

    today, remark = datetime.now(UTC).date(), options.remark or ""
    if options.remark is not None and not remark.strip():
        raise UsageError("--remark", must="what is remarked", found=remark, mend="Leave it out to sign.")
    if options.close:
        print(_line(close(reports, options.close, options.by, today, remark)))
        return 0
    if options.pages:
        for entry in sign(reports, site, options.pages, options.by, options.role, today, remark):
            print(_line(entry))
        return 0
    if options.by or options.remark:
        raise UsageError("a page", must="named, to sign it or remark on it", mend="See `monitor sign --help`.")
    entries = standing(reports, site)
    if options.json:
        print(json.dumps([signed.to_json() for signed in entries], ensure_ascii=False))
    else:
        print("\n".join(_state(signed) for signed in entries) or "nobody has signed or remarked on a page yet")
    return 0


def _line(entry: "Entry") -> str:
    who = f"{entry.by} ({entry.role})" if entry.role else entry.by
    if not entry.remark:
        return f"{entry.number}. {entry.page}: signed by {who} on {entry.on}, as known on {entry.as_of}"
    end = f"; closed by {entry.closed_by} on {entry.closed_on} {entry.answer}".rstrip() if entry.closed_by else "; open"
    return f"{entry.number}. {entry.page}: {who} on {entry.on}, as known on {entry.as_of}: {entry.remark}{end}"


def _state(signed: "Signed") -> str:
    return _line(signed.entry) + ("; the page is unchanged" if signed.current else "; the page has changed since")
