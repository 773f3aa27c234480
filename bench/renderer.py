"""A page's rendering: the built-in renderer, against pandoc alone on the same Markdown (the limit)."""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROWS = 200
FIGURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path d="M0 0L10 10"/></svg>'


def measure(median: Callable[[Callable[[], object]], float]) -> list[dict[str, Any]]:
    """Seconds a page, and the ratio to the limit."""
    from analysis.reporting.builtin import BuiltinRenderer, find_pandoc

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        source = _page(folder / "page.ipynb")
        plain = folder / "page.md"
        plain.write_text(_table(), encoding="utf-8")
        renderer = BuiltinRenderer(Path("reports"))
        ours = median(lambda: renderer.render(source, folder / "out", ("html",)))
        pdf = median(lambda: renderer.render(source, folder / "out", ("pdf",)))
        command = [str(find_pandoc()), "-s", "-o", str(folder / "plain.html"), "--metadata", "title=Page", str(plain)]
        limit = median(lambda: subprocess.run(command, check=True, capture_output=True))
    return [
        {"what": "built-in renderer, HTML", "seconds": ours, "of the limit": ours / limit},
        {"what": "built-in renderer, PDF", "seconds": pdf, "of the limit": pdf / limit},
        {"what": "pandoc alone (limit)", "seconds": limit},
    ]


def _table() -> str:
    rows = "\n".join(f"| {number} | {number * number} |" for number in range(ROWS))
    return f"## Numbers\n\n| number | square |\n|---|---:|\n{rows}\n"


def _page(path: Path) -> Path:
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

    drawn = new_output("display_data", {"image/svg+xml": FIGURE})
    options = '#| label: fig-line\n#| fig-cap: "A line"\n#| fig-alt: "A line that rises"\ndraw()'
    cells = [
        new_raw_cell("---\ntitle: Page\nlang: en\ndate: 2023-12-31\n---"),
        new_markdown_cell(_table()),
        new_code_cell(options, outputs=[drawn]),
    ]
    nbformat.write(new_notebook(cells=cells), path)
    return path
