"""Comments that say the same share one where there are very many; nothing that was found is left out."""

from itertools import pairwise

import pytest

from analysis.catalogue.model import Label
from analysis.submissions.answers.marks import MANY, SCREEN, Place, shared
from analysis.submissions.receipt import Finding

TEXT, OTHER = Label("Wrong.", "Faux.", "Fout.", "Falsch."), Label("Odd.", "Rare.", "Raar.", "Seltsam.")


def cells(count: int, text: Label = TEXT) -> dict[Place, list[Finding]]:
    return {("S", row, "E"): [Finding("R1", "error", "S", row, "E", "x", text, text)] for row in range(2, count + 2)}


def test_few_cells_have_a_comment_each() -> None:
    assert len(list(shared(cells(MANY), "en"))) == MANY


@pytest.mark.parametrize("count", [MANY + 1, 20_000])
def test_of_many_the_next_comment_is_never_further_than_a_screen(count: int) -> None:
    places = sorted(row for (_, row, _), _ in shared(cells(count), "en"))
    assert places[0] == 2 and len(places) < count / SCREEN + 2
    assert max(b - a for a, b in pairwise(places)) <= SCREEN


def test_cells_that_say_something_else_keep_their_own_comment() -> None:
    odd = {place: found for place, found in cells(MANY + 5, OTHER).items() if place[1] == 7}
    told = dict(shared(cells(MANY + 5) | odd, "en"))
    assert told["S", 7, "E"] == "R1: Odd.\n→ Odd."
    assert told["S", 2, "E"].startswith("R1: Wrong.") and "row 39: 36" in told["S", 2, "E"]
