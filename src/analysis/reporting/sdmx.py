"""Observations as SDMX-CSV 2.0, so that another office's tools read them without asking what a column means.

Source of the layout: SDMX 3.0, section 4, SDMX-CSV 2.0.0 (STRUCTURE, STRUCTURE_ID, ACTION, then the components).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from analysis.reporting.text import rows_of
from analysis.submissions.plain_text import as_plain_text

if TYPE_CHECKING:
    import pandas as pd

AGENCY, VERSION = "INTEGRATION_MONITOR", "1.0.0"
INFORMATION = "I"  # the action of a message that only tells
KEYS = ("provider", "indicator", "geo", "frequency", "sex", "age", "nationality", "breakdown")
DIMENSIONS = ("PROVIDER", "INDICATOR", "REF_AREA", "FREQ", "SEX", "AGE", "CITIZENSHIP", "BREAKDOWN")
COLUMNS = (
    "STRUCTURE", "STRUCTURE_ID", "ACTION", *DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", "BASE", "UNIT_MEASURE",
    "OBS_STATUS", "CONF_STATUS", "AS_OF", "SYNTHETIC",
)  # fmt: skip
NORMAL, MISSING, WITHHELD = "A", "O", "Q"  # SDMX's code list CL_OBS_STATUS
STATUSES = (("b", "B"), ("e", "E"), ("s", "E"), ("p", "P"), ("d", "D"), ("u", "U"))
CONFIDENTIAL, FREE = "C", "F"  # SDMX's code list CL_CONF_STATUS


def as_sdmx_csv(observations: pd.DataFrame, units: Mapping[str, str]) -> bytes:
    """UTF-8 with commas and points, one row an observation in the order of the frame.

    Parameters
    ----------
    observations : of the store, or of the store as the public may see it; what is withheld there is withheld here.
    units : unit by indicator. `OBS_VALUE` is the value as it was sent: where it has a `BASE`, the rate is
        `OBS_VALUE / BASE` and `UNIT_MEASURE` is the unit of both, persons or whatever the indicator counts.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(observations, units))
    return stream.getvalue().encode()


def _rows(observations: pd.DataFrame, units: Mapping[str, str]) -> Iterator[list[str]]:
    wanted = ["dataflow", *KEYS, "period", "value", "denominator", "flag", "as_of", "synthetic"]
    for flow, *told in rows_of(observations[wanted]):
        keys, (period, value, base, flag, as_of, synthetic) = told[: len(KEYS)], told[len(KEYS) :]
        hidden = "c" in flag and value != value
        yield [
            "dataflow",
            f"{AGENCY}:{flow.upper()}({VERSION})",
            INFORMATION,
            *(as_plain_text(str(key)) for key in keys),
            f"{period:%Y-%m-%d}",
            _number(value),
            _number(base),
            units.get(keys[1], "") if base != base else "COUNT",
            WITHHELD if hidden else _status(value, flag),
            CONFIDENTIAL if hidden else FREE,
            f"{as_of:%Y-%m-%d}",
            str(bool(synthetic)).lower(),
        ]


def _status(value: float, flag: str) -> str:
    """The first of our flags that SDMX has a code for; a break and a provisional value alike keep the break."""
    if value != value:
        return MISSING
    return next((code for ours, code in STATUSES if ours in flag), NORMAL)


def _number(value: Any) -> str:
    """Whole numbers without a point, others as short as they come back the same; nothing where there is none."""
    if value != value:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))
