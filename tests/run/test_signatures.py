"""The sign-off register: signatures hold for a page as it was read."""

import json
from datetime import date
from pathlib import Path

import pytest

from analysis.cli.arguments import parse
from analysis.cli.sign import answer
from analysis.errors import UsageError
from analysis.run.project import Project
from analysis.run.signatures import FILE, close, read_register, sign, standing

DAY = date(2024, 3, 1)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    pages = [{"page": "brief", "lang": lang, "files": [f"brief.{lang}.html"]} for lang in ("en", "fr")]
    (folder / "run.json").write_text(json.dumps({"pages": pages, "parameters": {"as_of": "2024-02-29"}}))
    for lang in ("en", "fr"):
        (folder / f"brief.{lang}.html").write_text(page("12 places"))
    return folder


def page(text: str, menu: str = "menu") -> str:
    return f"<html><body><nav>{menu}</nav><main><p>{text}</p></main></body></html>"


CHANGES = [
    ("nothing", None, page("12 places"), True),
    ("the menu around it", "fr", page("12 places", "longer menu"), True),
    ("its text in one language", "fr", page("13 places"), False),
]


@pytest.mark.parametrize(("what", "lang", "content", "holds"), CHANGES, ids=[case[0] for case in CHANGES])
def test_a_signature_holds_while_the_page_is_what_was_read(tmp_path, site, what, lang, content, holds):
    sign(tmp_path, site, ["brief"], "A. Reader", "reviewer", DAY)
    if lang:
        (site / f"brief.{lang}.html").write_text(content)
    (signed,) = standing(tmp_path, site)
    assert (signed.entry.by, signed.entry.as_of, signed.current) == ("A. Reader", date(2024, 2, 29), holds)


def test_a_remark_is_open_until_it_is_closed(tmp_path, site):
    (entry,) = sign(tmp_path, site, ["brief"], "A. Reader", "", DAY, remark="Which year?")
    assert entry.open
    closed = close(tmp_path, entry.number, "B. Author", DAY, "2023, now said")
    assert not closed.open and read_register(tmp_path) == [closed]
    with pytest.raises(UsageError, match=r"--close must be the number of an open remark, of \[\], not 1"):
        close(tmp_path, entry.number, "B. Author", DAY)


BAD = [
    ("a page that is not there", ["nowhere"], "A. Reader", "a page must be one of brief, not 'nowhere'"),
    ("nobody", ["brief"], " ", "--by must be the name of who signs"),
]


@pytest.mark.parametrize(("what", "pages", "by", "message"), BAD, ids=[case[0] for case in BAD])
def test_what_cannot_be_signed(tmp_path, site, what, pages, by, message):
    with pytest.raises(UsageError, match=message):
        sign(tmp_path, site, pages, by, "", DAY)
    assert not (tmp_path / FILE).exists()


def test_a_page_is_signed_once_by_one_reader_until_it_changes(tmp_path, site):
    def numbers(*pages: str, by: str = "A. Reader", role: str = "reviewer", remark: str = "") -> list[int]:
        return [entry.number for entry in sign(tmp_path, site, pages, by, role, DAY, remark)]

    assert (
        numbers("brief") == numbers("brief") == numbers("brief", "brief") == numbers("brief", by=" A.\nReader ") == [1]
    )
    assert numbers("brief", role="approver") == [2]
    assert numbers("brief", by="B. Reader") == [3]
    assert numbers("brief", remark="Which year?") == [4] and numbers("brief", remark="Which year?") == [5]
    (site / "brief.fr.html").write_text(page("13 places"))
    assert numbers("brief") == [6]
    assert [entry.number for entry in read_register(tmp_path)] == [1, 2, 3, 4, 5, 6]


def test_an_empty_remark_is_no_signature(tmp_path, site):
    with pytest.raises(UsageError, match="--remark must be what is remarked"):
        answer(parse(["sign", "brief", "--by", "A. Reader", "--remark", " "]), reports=tmp_path, site=site)
    assert not (tmp_path / FILE).exists()


def test_a_register_broken_by_hand_is_told_and_kept(tmp_path, site):
    (tmp_path / FILE).write_text("- {number: 1, nobody: knows}\n")
    with pytest.raises(UsageError, match="the register must be entries of `monitor sign`"):
        sign(tmp_path, site, ["brief"], "A. Reader", "", DAY)
    assert (tmp_path / FILE).read_text() == "- {number: 1, nobody: knows}\n"


def test_the_command_signs_remarks_closes_and_lists(tmp_path, site, capsys):
    def told(*words: str) -> list[str]:
        assert answer(parse(["sign", *words]), reports=tmp_path, site=site) == 0
        return capsys.readouterr().out.splitlines()

    assert told() == ["nobody has signed or remarked on a page yet"]
    assert told("brief", "--by", "A. Reader", "--role", "reviewer")[0].startswith(
        "1. brief: signed by A. Reader (reviewer)"
    )
    assert told("brief", "--by", "C. Reader", "--remark", "Which year?")[0].endswith("Which year?; open")
    assert "closed by B. Author" in told("--close", "2", "--by", "B. Author", "--remark", "2023")[0]
    assert [line.rpartition("; ")[2] for line in told()] == ["the page is unchanged"] * 2
    assert [entry["open"] for entry in json.loads(told("--json")[0])] == [False, False]


def test_signing_does_not_make_the_pages_be_built_anew(tmp_path):
    project = Project(tmp_path)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "recommendations.yml").write_text("{}")
    before = project.reports_hash()
    (tmp_path / "reports" / FILE).write_text("[]")
    assert project.reports_hash() == before
    (tmp_path / "reports" / "recommendations.yml").write_text("{other: 1}")
    assert project.reports_hash() != before
