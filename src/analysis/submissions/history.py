"""Columns that set a row against what the same provider sent before: what rules about history look at."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from analysis.catalogue.stock_flows import StockFlow
from analysis.submissions.compile import ROW

if TYPE_CHECKING:
    import pandas as pd

CELL = ("provider", "indicator", "geo", "sex", "age", "nationality", "breakdown")
COLUMNS = ("cumulative_fall", "unusual", "vintage_change", "missing_cells", "days_old", "balance_gap")
FEWEST = 8  # earlier rounds without which nothing is usual
_YEAR = 366  # days that count as history: what was usual two years ago no longer is


@dataclass(frozen=True)
class Asked:
    """What history is read by: kinds of indicators, places that count, flows of stocks, the days between rounds."""

    kinds: Mapping[str, str]
    geos: Collection[str]
    stock_flows: Mapping[str, StockFlow] = field(default_factory=dict)
    every_days: int = 14


def needs_history(suite: Mapping[str, Any]) -> bool:
    """Whether a rule of the suite looks at one of these columns."""
    return any(expectation["kwargs"].get("column") in COLUMNS for expectation in suite["expectations"])


def add_history(
    frame: "pd.DataFrame",
    providers: "pd.Series",
    asked: Asked,
    past: "pd.DataFrame | None" = None,
) -> "pd.DataFrame":
    """
    The frame with columns about what was known when each row came in; empty where there is nothing to compare with.

    Parameters
    ----------
    frame : rows of observations with `row_id`, `submission`, `received_at`, keys and `value`.
    providers : who sent each row.
    asked : what the catalogue says; a row of a place that is not among `geos` is no history of anything.
    past : observations of the store, all vintages; those of submissions in `frame` are passed over.

    Returns
    -------
    The frame and `cumulative_fall` (by how much a cumulative total is below the round before); `unusual` (how many
    usual steps it is away from where the round before, and the median of the last three, lead: the scale is the median
    absolute deviation of a year's steps, at least the square root of the value and 2 % of it); `vintage_change` (as a
    share of the value last sent for the same period); `missing_cells` (on the first row of a file: cells that the round
    before had and this file lacks); `days_old` (from the period to the day received); `balance_gap` (by how much a
    stock changed since the round before beyond what its inflows and outflows allow, as far as they are known; empty
    where one of them, or the round before, is missing).
    """
    import duckdb
    import pandas as pd

    rows = frame[[ROW, "submission", "received_at", "period", "value", *CELL[1:]]].assign(
        provider=providers.astype("str").to_numpy(),
        cumulative=frame["indicator"].map(asked.kinds).eq("cumulative").to_numpy(),
    )
    known = rows[rows["geo"].isin(list(asked.geos))].rename(columns={"received_at": "known_at"})
    if past is not None and len(past):
        others = past[~past["submission"].isin(set(frame["submission"]))]
        known = pd.concat([known, others.rename(columns={"as_of": "known_at"})], ignore_index=True)
    known = known.loc[known["value"] >= 0, [*CELL, "submission", "known_at", "period", "value"]]
    # A file that says the same cell a thousand times is one history, or the joins below grow with its square.
    known = known.drop_duplicates([*CELL, "submission", "known_at", "period"])
    with duckdb.connect() as connection:
        connection.register("mine", rows)
        connection.register("known", known)
        connection.register("stock_flows", _stock_flows(asked))
        told = connection.execute(_SQL).df()
    return frame.merge(told.astype(dict.fromkeys(COLUMNS, "float64")), on=ROW, how="left", validate="one_to_one")


def _stock_flows(asked: Asked) -> "pd.DataFrame":
    """One row a stock and flow: its sign, whether each side is known, and the days between rounds."""
    import pandas as pd

    rows = [
        (stock, flow, sign, entry.inflows is not None, entry.outflows is not None, asked.every_days)
        for stock, entry in asked.stock_flows.items()
        for sign, flows in ((1, entry.inflows), (-1, entry.outflows))
        for flow in flows or ()
    ]
    frame = pd.DataFrame(rows, columns=["stock", "flow", "sign", "inflows", "outflows", "days"])
    return frame.astype({"stock": "str", "flow": "str", "sign": "int64", "days": "int64"})


_SAME = " AND ".join(f"k.{name} = f.{name}" for name in CELL)
_SAME_GROUP = " AND ".join(f"k.{name} = f.{name}" for name in CELL if name != "indicator")
_SAME_SENT = " AND ".join(f"m.{name} = k.{name}" for name in CELL[1:])
_OTHERS = "k.submission <> f.submission AND k.known_at <= f.received_at"
_SQL = f"""
WITH earlier AS (
    SELECT f.{ROW}, k.period, arg_max(k.value, k.known_at) AS value
    FROM mine f JOIN known k ON {_SAME} AND {_OTHERS}
        AND k.period < f.period AND k.period >= f.period - INTERVAL {_YEAR} DAY
    GROUP BY ALL
), steps AS (
    SELECT *, value - lag(value) OVER (PARTITION BY {ROW} ORDER BY period) AS step,
        row_number() OVER (PARTITION BY {ROW} ORDER BY period DESC) AS age
    FROM earlier
), usual AS (
    SELECT {ROW}, count(*) AS rounds, arg_max(value, period) AS previous, median(step) AS middle, mad(step) AS spread,
        median(value) FILTER (age <= 3) AS recent
    FROM steps GROUP BY ALL
), vintages AS (
    SELECT f.{ROW}, arg_max(k.value, k.known_at) AS before
    FROM mine f JOIN known k ON {_SAME} AND {_OTHERS} AND k.period = f.period
        AND k.known_at < f.received_at GROUP BY ALL
), files AS (
    SELECT submission, provider, mode(period) AS period, max(received_at) AS received_at, min({ROW}) AS {ROW}
    FROM mine GROUP BY submission, provider
), rounds AS (
    SELECT f.submission, f.provider, f.{ROW}, f.received_at, max(k.period) AS period
    FROM files f JOIN known k ON k.provider = f.provider AND {_OTHERS} AND k.period < f.period
    GROUP BY f.submission, f.provider, f.{ROW}, f.received_at
), gone AS (
    SELECT f.{ROW}, count(DISTINCT ({", ".join(f"k.{name}" for name in CELL[1:])})) AS cells
    FROM rounds f JOIN known k ON k.provider = f.provider AND {_OTHERS} AND k.period = f.period
    WHERE NOT EXISTS (FROM mine m WHERE m.submission = f.submission AND {_SAME_SENT})
    GROUP BY f.{ROW}
), flows AS (
    SELECT f.{ROW}, b.flow, b.sign, b.inflows, b.outflows, b.days, arg_max(k.value, k.known_at) AS value
    FROM mine f JOIN stock_flows b ON b.stock = f.indicator
    LEFT JOIN known k ON {_SAME_GROUP} AND k.indicator = b.flow AND k.period = f.period AND k.known_at <= f.received_at
    GROUP BY ALL
), explained AS (
    SELECT {ROW}, any_value(inflows) AS inflows, any_value(outflows) AS outflows, any_value(days) AS days,
        CASE WHEN count(value) = count(*) THEN sum(sign * value) END AS change
    FROM flows GROUP BY {ROW}
), balanced AS (
    SELECT f.{ROW}, arg_max(k.value, k.known_at) AS before
    FROM mine f JOIN explained e USING ({ROW}) JOIN known k ON {_SAME} AND {_OTHERS}
        AND k.period = f.period - to_days(e.days::INTEGER)
    GROUP BY f.{ROW}
), gaps AS (
    SELECT m.{ROW}, m.value - b.before - e.change AS gap, e.inflows, e.outflows
    FROM mine m JOIN explained e USING ({ROW}) JOIN balanced b USING ({ROW})
)
SELECT m.{ROW},
    CASE WHEN cumulative AND previous - value IS NOT NULL THEN greatest(previous - value, 0) END AS cumulative_fall,
    CASE WHEN rounds >= {FEWEST} THEN least(abs(value - previous - middle), abs(value - recent - 2 * middle))
        / greatest(1.4826 * spread, sqrt(greatest(previous, 1)), 0.02 * previous) END AS unusual,
    abs(value - before) / greatest(before, 1) AS vintage_change,
    cells AS missing_cells,
    date_diff('day', period, received_at) AS days_old,
    CASE WHEN g.gap IS NULL THEN NULL WHEN inflows AND outflows THEN abs(g.gap)
        WHEN inflows THEN greatest(g.gap, 0) ELSE greatest(-g.gap, 0) END AS balance_gap
FROM mine m LEFT JOIN usual USING ({ROW}) LEFT JOIN vintages USING ({ROW}) LEFT JOIN gone USING ({ROW})
    LEFT JOIN gaps g USING ({ROW})
"""
