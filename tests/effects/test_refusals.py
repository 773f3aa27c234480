"""Every refusal that the code can give is explained, and none is explained that it cannot give."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GIVES = re.compile(r'(?:_refuse\(\s*|_refused\(\s*design,\s*|Refusal\(\()"([a-z_]+)"')


def test_the_table_of_refusals_is_complete():
    text = (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `([a-z_]+)` \|", text, flags=re.MULTILINE)
    sources = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "src" / "analysis" / "effects").glob("*.py"))
    assert sorted(explained) == sorted(set(GIVES.findall(sources)))
