"""What goes back to a provider: receipt, shared validation report, a page to read, their workbook with the marks."""

import shutil
import tempfile
from pathlib import Path

from analysis.catalogue.model import Catalogue
from analysis.store import replace_directory
from analysis.submissions.answers.ess import ess_report
from analysis.submissions.answers.page import report_page
from analysis.submissions.answers.workbook import annotated
from analysis.submissions.receipt import DUPLICATE, Receipt
from analysis.submissions.rulebook import load_rulebook

RECEIPT, ESS, PAGE = "receipt.json", "ess-validation-report.json", "report.html"


def answer_files(receipt: Receipt, content: bytes, catalogue: Catalogue, rulebook: Path) -> dict[str, bytes]:
    """The files of one answer by name; `content` are the bytes that came in."""
    workbook = f"{_stem(receipt.file_name)}.answer.xlsx"
    told = [f for f in receipt.findings if f.row or not receipt.rows_read]
    marked = {workbook: annotated(receipt, content)} if told else {}
    return {
        RECEIPT: receipt.to_json().encode(),
        ESS: ess_report(receipt, load_rulebook(rulebook, catalogue)).encode(),
        PAGE: report_page(receipt, catalogue, workbook if marked else "").encode(),
        **marked,
    }


def write_answer(folder: Path, receipt: Receipt, content: bytes, catalogue: Catalogue, rulebook: Path) -> list[Path]:
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
        files = answer_files(receipt, content, catalogue, rulebook)
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
