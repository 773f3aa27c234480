"""Counts that are withheld because they, or what they would tell, are small: by their sender a range, by us nothing."""

import pandas as pd

from analysis.catalogue.disclosure import KEPT_BACK, WITHHELD

_BOUNDS = r"\bvalue in \[(\d+), (\d+)\]"
_BASE = "denominator in ["


def withheld(observations: pd.DataFrame) -> pd.DataFrame:
    """Which values were withheld, and between which whole numbers each lies.

    Parameters
    ----------
    observations : `flag` and `note` (missing text counts as empty), and `value` where flags may say `c`: a value that
        is told all the same is not withheld.

    Returns
    -------
    On the same index: `withheld` (bool: the value), `base_withheld` (bool: the denominator), `least` and `most` (NaN
    where nothing was withheld or the note gives no bounds), in the value's own unit.
    """
    flags = observations["flag"].fillna("").astype(str)
    notes = observations["note"].fillna("").astype(str) if "note" in observations else flags.where(flags == "", "")
    untold = observations["value"].isna() if "value" in observations else flags != flags
    found = flags.str.contains(KEPT_BACK, regex=False) | (flags.str.contains(WITHHELD, regex=False) & untold)
    bounds = notes.str.extract(_BOUNDS).astype(float)
    return pd.DataFrame(
        {
            "withheld": found,
            "base_withheld": notes.str.contains(_BASE, regex=False),
            "least": bounds[0].where(found),
            "most": bounds[1].where(found),
        },
        index=observations.index,
    )
