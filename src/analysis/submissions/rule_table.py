"""All rules of the rulebook as one Markdown page, so that what is written down is what is checked."""

from collections.abc import Iterable

from analysis.catalogue.model import Catalogue
from analysis.submissions.rulebook import Rule, Rulebook

_HEAD = "| rule | severity | column | what is wrong | how to mend it |\n|---|---|---|---|---|\n"


def rule_table(book: Rulebook, catalogue: Catalogue, lang: str = "en") -> str:
    """Structural rules, then those of each dataflow's suite, in the order in which they are checked."""
    parts = ["# Rules\n\nMade from `expectations/` by `rule_table`; a test holds it up to date.\n"]
    parts.append("\n## Every file\n\n" + _HEAD + _lines(book.structure.rules.values(), lang))
    for dataflow in sorted(catalogue.dataflows):
        parts.append(f"\n## {dataflow}\n\n" + _HEAD + _lines(book.rules(dataflow).values(), lang))
    return "".join(parts)


def _lines(rules: Iterable[Rule], lang: str) -> str:
    cells = ((rule.id, rule.severity, rule.column, rule.text[lang], rule.mend[lang]) for rule in rules)
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in cells)
