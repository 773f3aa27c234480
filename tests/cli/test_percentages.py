"""`monitor audit-percentages` on the printed survey and on what people really save as CSV."""

import csv
import json
from pathlib import Path

import pytest

from analysis.cli import main
from world import RAW

SURVEY = next((RAW / "studies").glob("*/survey__*.csv"))
HEADER = "question,option,printed,stated_base\n"


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "figures.csv"
    path.write_text(text, encoding=encoding)
    return path


def ukraine(tmp_path: Path) -> Path:
    with SURVEY.open(encoding="utf-8", newline="") as file:
        rows = [
            row for row in csv.DictReader(file) if row["column"] == "ua" and row["question"] in ["25", "26", "27", "28"]
        ]
    lines = [f'{row["question"]},"{row["option"]}",{row["printed"]},{row["stated_base"]}\n' for row in rows]
    return written(tmp_path, HEADER + "".join(lines))


def test_the_base_of_the_ukraine_column_is_42_not_38(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit-percentages", str(ukraine(tmp_path))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "25: stated base 38 does NOT fit; nearest that does: 40"
    assert lines[1].startswith("  bases that fit: 5, 10, 15, 20, 25, 30, 35, 40, 42-43, 45,")
    assert next(line for line in lines if "jointly" in line).startswith("all 4 questions jointly: 42, 58, 65, 77, 81,")


def test_the_survey_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit-percentages", str(SURVEY), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["figures"], told["with_stated_base"], len(told["impossible"])) == (233, 223, 11)
    assert told["reproduced"] == {"half up": 212, "half even": 211, "truncation": 119}
    assert told["joint_bases"] == {"half up": [114, 171], "half even": [114, 171], "truncation": []}
    first = told["questions"][0]
    assert (first["question"], first["stated_base"], first["bases"]["half up"]) == ("3 all", 57, [57, 114, 171])


@pytest.mark.parametrize(
    ("text", "encoding", "base"),
    [
        ("question;option;printed;stated_base\n3;French;57,89%;57\n", "utf-8-sig", "19"),
        ('stated_base,printed,option,question,more\r\n57.0,"57,89 %",French,3,x\r\n,,,,\r\n', "utf-8", "19"),
        (HEADER + "3,French,57.89,\n", "utf-8", "19"),
        ("Question\tOption\tPrinted\tStated_base\n3\tFrench\t57,89 %\t57\n", "utf-8", "19"),
    ],
)
def test_tables_as_people_save_them(
    tmp_path: Path, text: str, encoding: str, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit-percentages", str(written(tmp_path, text, encoding))]) == 0
    assert f"bases that fit: {base}, 38, 57, " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ("1,a,100%,57\n", ["1: stated base 57 fits", "  bases that fit: 1-200 (half up)"]),
        ("1,a,50%,3\n", ["1: stated base 3 does NOT fit; nearest that does: 2"]),
        ("1,a,60%,20\n1,b,70%,20\n1,c,0%,20\n", ["1: stated base 20 fits"]),  # several answers: more than 100 % in all
        (
            "1,a,50%,2\n1,a,50%,2\n",
            ["1: stated base 2 fits", "2 figures name a base; a whole count gives them: half up 2"],
        ),
        (
            "1,a,143%,57\n",
            ["1: stated base 57 does NOT fit; nearest that does: none", "  bases that fit: none (half up)"],
        ),
        ("1,a,50%,4\n", ["a whole count gives every one (half up)"]),
        ("1,a,25%,\n2,b,20%,\n", ["1: no stated base", "2: no stated base", "all 2 questions jointly: 20, 40,"]),
    ],
)
def test_small_tables(tmp_path: Path, rows: str, lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit-percentages", str(written(tmp_path, HEADER + rows))]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not any(told.startswith(line) for told in shown)] == []


@pytest.mark.parametrize(
    ("text", "encoding", "words"),
    [
        ("", "utf-8", "must be a CSV with the columns question, option, printed, stated_base, not []"),
        ("question,printed\n3,5%\n", "utf-8", "missing ['option', 'stated_base']"),
        (HEADER, "utf-8", "must be one row or more long"),
        (HEADER + "3,French,much,57\n", "utf-8", "must be a number such as 57,89%, not 'much' (in "),
        (HEADER + "3,French,5%,57\n3,Dutch,,57\n", "utf-8", "figures.csv, line 3)"),
        (HEADER + "3,French,57,89%,57\n", "utf-8", "line 2). Quote a text that holds the delimiter."),
        (
            "question,option,printed,stated_base,printed\n",
            "utf-8",
            "a column must be in the header once, not 'printed'",
        ),
        (HEADER + '"3,French,57%,57\n', "utf-8", "must be a CSV file (in "),
        (HEADER + "3,French,5%,0\n", "utf-8", "a stated base must be empty or a whole number from 1"),
        (HEADER + "3,French,5%,about 57\n", "utf-8", "not 'about 57'"),
        (HEADER + "3,French,5%,57.5\n", "utf-8", "not '57.5'"),
        (HEADER + "3,French,5%,-57\n", "utf-8", "not '-57'"),
        (HEADER + "3,Français,5%,57\n", "latin-1", "Save it as CSV UTF-8."),
        (HEADER + "3,«Français»,5%,57\n", "cp1252", "must be UTF-8 text"),
    ],
)
def test_a_table_that_cannot_be_read_is_one_line_and_3(
    tmp_path: Path, text: str, encoding: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit-percentages", str(written(tmp_path, text, encoding))]) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("monitor audit-percentages: ")
    assert shown.err.count("\n") == 1
    assert words in shown.err


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_path_that_is_no_file_is_2(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit-percentages", str(tmp_path / name)]) == 2
    assert capsys.readouterr().err.startswith("monitor audit-percentages: a path must be ")
