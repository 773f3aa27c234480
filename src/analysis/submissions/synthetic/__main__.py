"""`python -m analysis.submissions.synthetic --data data`: writes data/raw/submissions anew."""

import argparse
from importlib.resources import files
from pathlib import Path

import yaml

from analysis.catalogue import load_catalogue
from analysis.store import write_atomically
from analysis.submissions.synthetic.build import planted_truth, synthetic_submissions

FOLDER = Path("raw") / "submissions"


def main() -> None:
    """Write the synthetic submissions, their marker and their truth; remove dated files that are no longer made."""
    parser = argparse.ArgumentParser(description="Write the synthetic submissions.")
    parser.add_argument("--data", type=Path, default=Path("data"), help="data folder (default: data)")
    folder = parser.parse_args().data / FOLDER
    catalogue = load_catalogue()
    made = {folder / file.path: file.content for file in synthetic_submissions(catalogue)}
    made[folder / "truth.yml"] = yaml.safe_dump(planted_truth(catalogue), sort_keys=False, allow_unicode=True).encode()
    made[folder / "SYNTHETIC.md"] = (files(__package__) / "SYNTHETIC.md").read_bytes()
    for old in set(folder.glob("????-??-??/*.*")) - set(made):
        old.unlink()
    for path, content in made.items():
        if not path.exists() or path.read_bytes() != content:
            write_atomically(path, content)
    size = sum(map(len, made.values()))
    print(f"{folder}: {len(made)} files, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
