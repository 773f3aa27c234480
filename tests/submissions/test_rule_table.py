from analysis.submissions.rule_table import rule_table
from analysis.submissions.rulebook import load_rulebook
from submissions.sample import CATALOGUE, RULEBOOK

PAGE = RULEBOOK.parent / "docs" / "rules.md"


def test_the_page_of_rules_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == rule_table(load_rulebook(RULEBOOK, CATALOGUE), CATALOGUE), (
        "write it again: PAGE.write_text(rule_table(...))"
    )
