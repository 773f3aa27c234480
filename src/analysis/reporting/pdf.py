"""Typesets a page with Typst, from fonts that Typst carries, so that every machine makes the same PDF."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from analysis.errors import RenderingFailed


def typeset(text: str, assets: Mapping[str, bytes], where: str) -> bytes:
    """The PDF (PDF/UA-1: tagged, with alt text) of a Typst text and its pictures."""
    import typst

    with tempfile.TemporaryDirectory(prefix="monitor-pdf-") as folder:
        root = Path(folder)
        for name, content in assets.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        (root / "page.typ").write_text(text, "utf-8")
        try:
            pdf = typst.compile(
                root / "page.typ", root=root, ignore_system_fonts=True, format="pdf", pdf_standards="ua-1", timestamp=0
            )
        except typst.TypstError as error:
            raise RenderingFailed("Typst", must="able to set the page", found=str(error), where=where) from error
    return bytes(pdf)
