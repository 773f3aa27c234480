"""What counts as a citation: only that calls for a list of sources."""

import pytest

from analysis.reporting.document import Document
from analysis.reporting.tables import escape


@pytest.mark.parametrize(
    ("text", "cites"),
    [
        ("As shown [@newey1987].", True),
        ("@newey1987 shows it.", True),
        ("See @fig-trend and @tbl-regions.", False),
        ("Write to someone@example.org.", False),
        ("Write to " + escape("someone@example.org") + ".", False),
        ("Handle " + escape("@someone") + ".", False),
    ],
)
def test_only_a_citation_calls_for_a_list_of_sources(text: str, cites: bool) -> None:
    assert Document({}, text, {}, ()).cites is cites
