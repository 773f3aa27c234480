"""Which renderer is chosen, and what a person is told about it."""

from pathlib import Path

import pytest

from analysis.errors import RenderingFailed, UsageError
from analysis.reporting.render import choose_renderer

NOTHING = {"PATH": ""}


def quarto(folder: Path, version: str = "1.9.37") -> dict[str, str]:
    """An environment whose Quarto answers its version and no more."""
    program = folder / "quarto"
    program.write_text(f"#!/bin/sh\necho {version}\n")
    program.chmod(0o755)
    return {"PATH": "", "QUARTO_PATH": str(program)}


@pytest.mark.parametrize(
    ("preference", "variable", "has_quarto", "name"),
    [
        (None, None, False, "builtin"),
        (None, None, True, "quarto"),
        (None, "auto", True, "quarto"),
        (None, "builtin", True, "builtin"),
        ("builtin", "quarto", True, "builtin"),
        ("quarto", "builtin", True, "quarto"),
    ],
)
def test_choice(preference: str, variable: str, has_quarto: bool, name: str, tmp_path: Path) -> None:
    environ = (quarto(tmp_path) if has_quarto else NOTHING) | ({"REPORT_RENDERER": variable} if variable else {})
    choice = choose_renderer(preference, project=tmp_path, environ=environ)
    assert choice.renderer.name == name


def test_falling_back_is_one_line_that_says_why(tmp_path: Path) -> None:
    choice = choose_renderer(environ=quarto(tmp_path, "1.4.550"))
    assert choice.renderer.name == "builtin"
    assert choice.notice.startswith("Pages are rendered by the built-in renderer: Quarto must be >= 1.9, not '1.4.550'")
    assert "\n" not in choice.notice


@pytest.mark.parametrize("wish", ["builtin", "quarto"])
def test_no_notice_when_the_wish_is_met(wish: str, tmp_path: Path) -> None:
    assert choose_renderer(wish, environ=quarto(tmp_path)).notice == ""


def test_quarto_by_name_fails_hard_and_says_how_to_get_it() -> None:
    with pytest.raises(
        RenderingFailed, match=r"Quarto must be installed.*quarto-cli.*REPORT_RENDERER=builtin"
    ) as failure:
        choose_renderer("quarto", environ=NOTHING)
    assert failure.value.exit_code == 6


def test_unknown_preference_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="REPORT_RENDERER must be one of auto, quarto, builtin, not 'latex'"):
        choose_renderer(environ={"REPORT_RENDERER": "latex"})
