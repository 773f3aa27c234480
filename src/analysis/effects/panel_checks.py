"""What a panel must show before any of its estimators runs."""

import numpy as np

from analysis.effects.panel import Booleans, Panel
from analysis.errors import DataRejected

NOTHING_TO_COMPARE = "No unit shows what would have happened; an interrupted time series needs none."


def check_contrast(panel: Panel, *, followed: bool = True) -> None:
    """Refuse a panel without two periods, a treated unit, an untreated cell, or an outcome that varies.

    A treatment in doses need not be 0 anywhere: that it varies apart from the fixed effects is seen in the regression.
    `followed`: units must be seen again, and the outcome must vary within one of them.
    """
    if len(panel.periods) < 2:
        raise DataRejected("the panel", must="of at least two periods", found=len(panel.periods))
    if panel.treatment is None or np.isin(panel.treatment[panel.present], (0.0, 1.0)).all():
        _check_mixed(panel, panel.treated & panel.present if panel.treatment is None else panel.treatment > 0)
    if followed and panel.present.sum(axis=1).max() == 1:
        raise DataRejected(
            "the units",
            must="seen in two periods or more",
            found=f"{len(panel.units)} units, each seen once",
            mend="Repeated cross-sections: callaway_santanna(..., panel=False), or average to groups seen again.",
        )
    _check_variation(panel, followed)


def _check_mixed(panel: Panel, treated: Booleans) -> None:
    """Refuse a treatment that nobody has, that everybody has, or that all units of a period have or lack in each."""
    if not treated.any():
        raise DataRejected("the panel", must="treated somewhere", mend="Check the column of cohorts or treatment.")
    if not (panel.present & ~treated).any():
        raise DataRejected("the panel", must="untreated somewhere: every unit is treated in every period")
    some, others = (treated & panel.present).any(axis=0), (~treated & panel.present).any(axis=0)
    if not (some & others).any():
        raise DataRejected(
            "the panel",
            must="untreated in some units while others are treated",
            found="every unit treated at once",
            mend=NOTHING_TO_COMPARE,
        )


def _check_variation(panel: Panel, followed: bool) -> None:
    """Refuse an outcome that never changes (`followed`: within a unit)."""
    y, axis = panel.outcome, 1 if followed else None
    spread = np.nanmax(y, axis=axis) - np.nanmin(y, axis=axis)
    if np.max(spread) <= 1e-12 * max(1.0, float(np.nanmax(np.abs(y)))):
        must = "varying over time in at least one unit" if followed else "varying"
        raise DataRejected("the outcome", must=must, found="zero variance")
