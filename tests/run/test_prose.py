"""A recommendation whose sentence holds a typed-in number stops the run before anything is built."""

import shutil
from pathlib import Path

import pytest
import yaml

from analysis.catalogue import load_catalogue
from analysis.errors import RenderingFailed
from analysis.run.prose import refuse_typed_numbers
from world import ROOT


@pytest.mark.parametrize(
    ("file", "entry", "field", "what"),
    [
        ("recommendations.yml", "reception-reserve", "title", "recommendation reception-reserve"),
        ("recommendations.yml", "reception-reserve", "text", "recommendation reception-reserve"),
        ("decisions.yml", "flemish-registration-decree", "outcome", "decision flemish-registration-decree"),
    ],
)
def test_it_names_the_text_and_the_number(tmp_path: Path, file: str, entry: str, field: str, what: str) -> None:
    for name in ("recommendations.yml", "decisions.yml"):
        shutil.copy(ROOT / "reports" / name, tmp_path)
    refuse_typed_numbers(load_catalogue(), tmp_path)
    told = yaml.safe_load((tmp_path / file).read_text("utf-8"))
    told[entry][field]["nl"] += " Dat is 45 % meer."
    (tmp_path / file).write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    with pytest.raises(RenderingFailed, match=f"{what} in nl: the number 45 is typed in") as caught:
        refuse_typed_numbers(load_catalogue(), tmp_path)
    assert caught.value.exit_code == 6
