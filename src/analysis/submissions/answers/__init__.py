"""What goes back to a provider: receipt, shared validation report, a page to read, their workbook with the marks."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.catalogue.model import Catalogue
from analysis.store import replace_directory
from analysis.submissions.answers.ess import ess_report
from analysis.submissions.answers.page import report_page
from analysis.submissions.answers.workbook import annotated
from analysis.submissions.intake import receipt_of
from analysis.submissions.receipt import DUPLICATE, Receipt
from analysis.submissions.rulebook import Rulebook, load_rulebook

if TYPE_CHECKING:
    from analysis.store import Store

Answers = dict[str, list[Path]]  # by submission, the files that were written
RECEIPT, ESS, PAGE = "receipt.json", "ess-validation-report.json", "report.html"


def give_answers(
    folder: Path, receipts: Iterable[Receipt], paths: Mapping[str, Path], catalogue: Catalogue, rulebook: Path
) -> Answers:
    """
    Write the answer to each receipt below `folder`; `paths` are the files that came in, by submission.

    An answer that trips over a bug does not keep the others back: it is raised once they are written.
    """
    book = load_rulebook(rulebook, catalogue)
    written: Answers = {}
    crashes: list[Exception] = []
    for receipt in receipts:
        if receipt.state == DUPLICATE or receipt.submission in written:
            continue
        path = paths.get(receipt.submission)
        try:
            # Of a file that holds personal data the bytes are not kept; its answer needs none.
            content = path.read_bytes() if path and path.is_file() and receipt.rows_read else b""
            written[receipt.submission] = write_answer(folder, receipt, content, catalogue, book)
        except Exception as error:
            crashes.append(error)
    if crashes:
        raise crashes[0]
    return written


def owed(folder: Path, store: "Store") -> list[Receipt]:
    """Receipts of the ledger that have no answer below `folder`: after a break, or once the folder was deleted."""
    given = {path.name for path in folder.glob("*")}
    owing = [name for name in store.submissions()["submission"].unique() if name[:12] not in given]
    return [receipt for receipt in (receipt_of(store, name) for name in owing) if receipt]


def answer_files(receipt: Receipt, content: bytes, catalogue: Catalogue, book: Rulebook) -> dict[str, bytes]:
    """The files of one answer by name; `content` are the bytes that came in."""
    workbook = f"{_stem(receipt.file_name)}.answer.xlsx"
    told = [f for f in receipt.findings if f.row or not receipt.rows_read]
    marked = {workbook: annotated(receipt, content)} if told else {}
    return {
        RECEIPT: receipt.to_json().encode(),
        ESS: ess_report(receipt, book).encode(),
        PAGE: report_page(receipt, catalogue, workbook if marked else "").encode(),
        **marked,
    }


def write_answer(folder: Path, receipt: Receipt, content: bytes, catalogue: Catalogue, book: Rulebook) -> list[Path]:
    """
    Put the answer into `folder/<first 12 of the hash>/`, whole or not at all, and name its files.

    Nothing is written for a duplicate or for a file without a hash (it could not be read).
    """
    if receipt.state == DUPLICATE or not receipt.submission:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / receipt.submission[:12]
    beside = Path(tempfile.mkdtemp(prefix=".answer-", dir=folder))
    try:
        files = answer_files(receipt, content, catalogue, book)
        for name, data in files.items():
            (beside / name).write_bytes(data)
        beside.chmod(0o755)
        replace_directory(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return [target / name for name in files]


def _stem(name: str) -> str:
    """The file's name without its extension, and without anything that a file system or a mail could stumble over."""
    stem = name.rpartition(".")[0] or name
    plain = "".join(mark if mark.isalnum() or mark in " -_()." else "-" for mark in stem).strip(" .")
    return plain[:80] or "answer"
