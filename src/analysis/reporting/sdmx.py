"""Observations as SDMX-CSV 2.0, so that another office's tools read them without asking what a column means.

Layout: the field guide of SDMX-CSV 2.0.0 (with SDMX 3.0.0): a header row; STRUCTURE, STRUCTURE_ID as
`AGENCY:ID(VERSION)`, ACTION; then dimensions, measures and attributes; then columns of one's own. Codes of FREQ,
OBS_STATUS and CONF_STATUS are of SDMX's cross-domain lists CL_FREQ 2.1, CL_OBS_STATUS 2.2 and CL_CONF_STATUS; the
other dimensions use this project's code lists.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.catalogue.disclosure import KEPT_BACK
from analysis.reporting.text import rows_of
from analysis.submissions.plain_text import as_plain_text

if TYPE_CHECKING:
    import pandas as pd

AGENCY, VERSION = "INTEGRATION_MONITOR", "1.0.0"
INFORMATION = "I"  # the action of a message that only tells
KEYS = ("provider", "indicator", "geo", "frequency", "sex", "age", "nationality", "breakdown")
DIMENSIONS = ("PROVIDER", "INDICATOR", "REF_AREA", "FREQ", "SEX", "AGE", "CITIZENSHIP", "BREAKDOWN")
IDENTITY, MEASURES, ATTRIBUTES = ("STRUCTURE", "STRUCTURE_ID", "ACTION"), ("OBS_VALUE", "BASE"), ("UNIT_MEASURE",)
COLUMNS = (
    *IDENTITY, *DIMENSIONS, "TIME_PERIOD", *MEASURES, *ATTRIBUTES, "OBS_STATUS", "CONF_STATUS", "AS_OF", "SYNTHETIC",
)  # fmt: skip
FREQUENCIES = {
    "P1D": "D", "P1W": "W", "P2W": "W2", "P1M": "M", "P2M": "M2", "P3M": "Q", "P6M": "S", "P1Y": "A", "": "_U",
}  # fmt: skip
OTHER_FREQUENCY, TOTAL, NOT_APPLICABLE = "_O", "_T", "_Z"  # an empty dimension would mean a row of no observation
NORMAL, MISSING, WITHHELD = "A", "O", "Q"
STATUSES = (("b", "B"), ("e", "E"), ("s", "E"), ("p", "P"), ("d", "D"), ("u", "U"))
HIDDEN = ("c", KEPT_BACK)  # our flags of a value that is known and not told: by the rules, or by whoever sent it
CONFIDENTIAL, FREE = "C", "F"


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
        hidden = value != value and flag in HIDDEN
        yield [
            "dataflow",
            f"{AGENCY}:{flow.upper()}({VERSION})",
            INFORMATION,
            *_dimensions(keys),
            f"{period:%Y-%m-%d}",
            _number(value),
            _number(base),
            units.get(keys[1], "") if base != base else "COUNT",
            WITHHELD if hidden else _status(value, flag),
            CONFIDENTIAL if hidden else FREE,
            f"{as_of:%Y-%m-%d}",
            str(bool(synthetic)).lower(),
        ]


def _dimensions(keys: Sequence[Any]) -> list[str]:
    told = dict(zip(DIMENSIONS, map(str, keys), strict=True))
    told["FREQ"] = FREQUENCIES.get(told["FREQ"], OTHER_FREQUENCY)
    told["BREAKDOWN"] = told["BREAKDOWN"] or TOTAL
    return [as_plain_text(code or NOT_APPLICABLE) for code in told.values()]


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
