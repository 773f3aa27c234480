"""A rich executed notebook that holds every element of the Quarto subset, in the form that `compose` leaves behind."""

import base64
import struct
import zlib
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from analysis.reporting.cells import front_matter_source

POINTS = [(60, 190), (140, 150), (220, 158), (300, 96), (380, 80), (460, 62), (540, 66), (620, 40)]
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 240" font-family="sans-serif" font-size="13">'
    '<path d="M50 210H650M50 210V20" stroke="#4a5764" fill="none"/>'
    f'<polyline points="{" ".join(f"{x},{y}" for x, y in POINTS)}" fill="none" stroke="#17456b" stroke-width="2.5"/>'
    '<text x="60" y="228">Mar 2022</text><text x="570" y="228">Dec 2023</text></svg>'
)
TABLE = """\
| Region | Registered | Employed | Rate (%) | Change since the last round (percentage points) | Reference date |
|:-------|-----------:|---------:|---------:|-----------------------------------------------:|:---------------|
| Flanders | 34 120 | 11 402 | 33.4 | +1.2 | 2023-12-31 |
| Brussels | 10 871 | 2 744 | 25.2 | −0.3 | 2023-12-31 |
| Wallonia | 17 945 | 4 029 | 22.5 | +0.8 | 2023-12-31 |"""
BODY = {
    "situation": "## Situation\n\nThe trend is in @fig-trend, the regions are in @tbl-regions; see also @sec-method "
    "and the code of practice [@escop2017].",
    "callouts": '::: {.callout-warning title="Synthetic data"}\nEvery number on this page is made up.\n:::\n\n'
    "::: {.callout-note}\nA note **without** a title.\n:::\n\n::: {.callout-tip}\n## Read the interval first\n"
    "Then the estimate.\n:::\n\n::: {.callout-important}\nDisclosure rules apply.\n:::\n\n"
    '::: {.callout-caution title="Few people"}\nSmall cells.\n:::',
    "tabs": "### By region\n\n::: {.panel-tabset}\n#### Flanders\n\nSteady growth, see [-@fig-trend].\n\n"
    "#### Brussels\n\n- a dip in autumn\n- then a recovery\n\n#### Wallonia\n\n"
    "| Month | Value |\n|:--|--:|\n| November | 4 011 |\n| December | 4 029 |\n:::",
    "method": "## Method {#sec-method}\n\nStandard errors follow @newey1987; the design follows @bernal2017 "
    "[see also @eu2022_382; @sdmx2021].\n\n$$y_t = \\beta_0 + \\beta_1 t + \\beta_2 D_t + \\varepsilon_t$$\n\n"
    "### Limits\n\n1. Registration lags by up to `7` days.\n2. A [further reading](https://ec.europa.eu/eurostat).",
}


def png(width: int = 320, height: int = 60) -> bytes:
    """A plain blue picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x17\x45\x6b" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def shown(data: dict[str, str], **metadata: object) -> NotebookNode:
    """An output that a cell displays."""
    return new_output("display_data", data=data, metadata=metadata)


def cell(source: str, *outputs: NotebookNode, tags: tuple[str, ...] = ()) -> NotebookNode:
    """An executed code cell."""
    made = new_code_cell(source, outputs=list(outputs), execution_count=1)
    if tags:
        made.metadata["tags"] = list(tags)
    return made


def numbered(notebook: NotebookNode) -> NotebookNode:
    """The same notebook with cell ids that do not change from run to run."""
    for order, each in enumerate(notebook.cells, start=1):
        each["id"] = f"cell-{order}"
    return notebook


def sample(lang: str = "en", **meta: object) -> NotebookNode:
    """Every element once."""
    front = {
        "title": "Employment of people under temporary protection",
        "subtitle": "Monitoring note",
        "lang": lang,
        "date": "2024-01-15",
        "as-of": "2023-12-31",
    } | meta
    picture = base64.b64encode(png()).decode()
    trend = (
        '#| label: fig-trend\n#| fig-cap: "People in work, *three regions*"\n#| fig-alt: "Line that rises from '
        '\\"few\\" to many"\nfrom analysis.reporting import charts\n\ncharts.trend(frame)  # one line a region'
    )
    band = '#| label: fig-band\n#| fig-cap: "A band"\n#| fig-alt: "A blue band"\n#| echo: false\nband()'
    regions = '#| label: tbl-regions\n#| tbl-cap: "Employment by region"\n#| echo: false\ntables.regions(frame)'
    cells = [
        new_raw_cell(front_matter_source(front)),
        cell('as_of: str = "latest"  # ISO date, or "latest"', tags=("parameters", "remove-cell")),
        new_markdown_cell(BODY["situation"]),
        new_markdown_cell(BODY["callouts"]),
        cell(trend, shown({"image/svg+xml": SVG, "text/plain": "<Figure>"})),
        cell(regions, shown({"text/markdown": TABLE, "text/plain": "..."})),
        new_markdown_cell(BODY["tabs"]),
        cell(band, shown({"image/png": picture})),
        cell("print(1)", new_output("stream", name="stdout", text="1\n")),
        new_markdown_cell(BODY["method"]),
    ]
    return numbered(new_notebook(cells=cells))


def written(notebook: NotebookNode, folder: Path, name: str = "page.ipynb") -> Path:
    """The notebook as a file in `folder`."""
    path = folder / name
    nbformat.write(notebook, path)
    return path
