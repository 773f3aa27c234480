"""One tiny complete world: a data folder with a provider of each kind, taken from the tracked raw data.

`build_world` gives every test its own copy; a bad case is that world plus one edit.
"""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
RAW = ROOT / "data" / "raw"

# One provider whose series carries the planted effect, one with the planted revision, one that is late.
PATTERNS = ("employment__vdab__*", "housing__fedasil__2023-03-*", "education__dg__2023-0[1-3]-*")


def build_world(data: Path, patterns: tuple[str, ...] = PATTERNS) -> Path:
    """Fill `data` with the miniature world and return it."""
    tracked = RAW / "submissions"
    for name in ("SYNTHETIC.md", "truth.yml"):
        copy(tracked / name, data)
    for pattern in patterns:
        for file in sorted(tracked.glob(f"*/{pattern}")):
            copy(file, data)
    for folder in ("published", "studies"):
        for file in [*sorted((RAW / folder).glob("*/*.csv")), *(RAW / folder).glob("*/SYNTHETIC.md")]:
            copy(file, data)
    return data


def copy(file: Path, data: Path) -> None:
    """Copy one raw file to the same place under `data`."""
    target = data / "raw" / file.relative_to(RAW)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
