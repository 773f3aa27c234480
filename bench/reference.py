"""Writes docs/monitoring_reference.md: each published figure with ours beside it, and what the real files revealed.

`python -m bench.reference`, with `../shared` beside the checkout. No file of it is copied, only what was found.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.catalogue import load_catalogue
from analysis.trends import (
    Identity,
    backtest,
    balance,
    breakpoints,
    drops,
    identities,
    nowcast,
    scores,
    structural_level,
    xmr,
)

ROOT = Path(__file__).parents[1]
SHARED = ROOT / ".." / "shared"
XMR = "XmR signals at the last period"
RATES = ["what", "kind", "nominal %", "found %", "simulation error", "draws"]
STORED = ["what", "rows", "seconds", "peak GB", "ratio", "memory ratio"]
COMMAND = "Each figure comes from `{}`, which writes `bench/results/{}.json`.\n"
CASES, DATA = SHARED / "cases", SHARED / "data"


def main() -> None:
    """Compute everything and write the page."""
    parts = [
        "# Monitoring: reference figures and what the real files revealed\n",
        "Written by `python -m bench.reference`; each figure is also a test under `tests/trends/`.\n",
        "## Published figures, ours beside them\n",
        _table(["figure", "printed", "by", "ours"], _figures()),
        "\n## False alarms of `trends.alerts`, simulated\n",
        COMMAND.format("python -m bench alerts", "alerts"),
        _results("alerts", ["what", "worlds", "worlds with an alert", "alerts a world", XMR]),
        "\n## Coverage and false findings, simulated\n",
        COMMAND.format("python -m bench coverage", "coverage"),
        "The simulation error is one standard error, in percentage points; not every rule promises a rate.\n",
        _results("coverage", RATES),
        "\n## Stocks that rise by more than was granted (Eurostat, all citizenships, 401 country-months)\n",
        *_violations(),
        "\n## Falls of more than 5 % in a month (Eurostat, Ukrainian citizens)\n",
        *_falls(),
        "\n## Nowcasts held against what UNHCR later reported\n",
        *_later(),
        "\n## Speed\n",
        COMMAND.format("python -m bench toolkit", "toolkit"),
        "Seconds are for 5,000 series of 48 values, scaled from the `series` timed.\n",
        _results("toolkit", ["what", "series", "seconds", "loop", "loop seconds", "ratio"]),
        *(
            f"\n`bench/results/{path.name}`:\n\n" + _results(path.stem, STORED)
            for path in sorted((ROOT / "bench/results").glob("observations*.json"))
        ),
    ]
    (ROOT / "docs/monitoring_reference.md").write_text("\n".join(parts) + "\n", encoding="utf-8")


def _figures() -> Iterable[list[object]]:
    nile = pd.read_csv(CASES / "nile/nile.csv")
    options: dict[str, Any] = {"by": [], "period": "year", "value": "volume"}
    level = structural_level(nile, **options, trend="local level").parameters.iloc[0]
    breaks, choice = breakpoints(nile, **options).breaks.iloc[0], breakpoints(nile, **options).choice
    printed = _printed("nile")
    ours = {
        "sigma2 irregular": f"{level['sigma2_irregular']:.1f}",
        "sigma2 level": f"{level['sigma2_level']:.1f}",
        "loglik diffuse": f"{level['log_likelihood']:.4f}",
        "break obs (m=1)": int(breaks["last"]) - 1870,
        "break CI": f"{int(breaks['low'])}..{int(breaks['high'])}",
        "supF": f"{choice['F'].iloc[1]:.6f}",
        "BIC m=0..5": " ".join(f"{bic:.0f}" for bic in choice["bic"]),
        "breaks m=2,3,4": " | ".join(_years(breakpoints(nile, **options, choose=m).breaks) for m in (2, 3, 4)),
    }
    yield from ([f"Nile, {name}", *printed[name], ours[name]] for name in printed)
    chart = pd.read_csv(CASES / "xmr_nhs/xmr_seed123.csv")
    outlier = chart["y"].where(chart.index != 14, 10.0)
    for name, values, screen in (("r1", chart["y"], True), ("r2", outlier, True), ("r3", outlier, False)):
        key = next(one for one in _printed("xmr_nhs") if one.startswith(name))
        frame = pd.DataFrame({"period": range(len(values)), "value": values})
        limits = xmr(frame, screen=screen).iloc[0][["mean", "lower", "upper"]]
        yield [f"NHS XmR, {key}", *_printed("xmr_nhs")[key], " / ".join(f"{limit:.7g}" for limit in limits)]
    for file, names in (("genins", ("Taylor-Ashe IBNR", "Taylor-Ashe Mack SE")), ("raa", ("RAA IBNR", "RAA Mack SE"))):
        found = nowcast(pd.read_csv(CASES / f"taylor_ashe/{file}_triangle.csv", index_col=0))
        for name, mine in zip(names, (found.expected, found.error), strict=True):
            yield [name, *_printed("taylor_ashe")[name], f"{mine:,.2f}"]
    cohort = load_catalogue().balances["walloon_cohort"]
    rest = balance(cohort)
    yield ["Walloon cohort: 14,496 less its six parts", 0, "Walloon Parliament, 9 November 2023", f"{rest.low:g}"]


def _years(breaks: pd.DataFrame) -> str:
    return " ".join(str(int(year) - 1870) for year in breaks["last"])


def _printed(case: str) -> dict[str, tuple[object, str]]:
    references = json.loads((CASES / case / "reference.json").read_text(encoding="utf-8"))["references"]
    return {one["id"]: (one["value"], one["origin"]) for one in references}


def _violations() -> Iterable[str]:
    frame = pd.read_csv(DATA / "tp_stock_and_grants_TOTAL_vintage_2023-06.csv").rename(columns={"dataset": "indicator"})
    frame = frame[~frame["geo"].str.startswith("EU")]
    frame = frame.assign(period=pd.to_datetime(frame["time_period"]), frequency="P1M")
    rule = Identity("rise within grants", "rise_within", "migr_asytpsm", ("migr_asytpfm",), rounded_to=5)
    found = identities(frame, [rule], by=["geo"]).sort_values("excess", ascending=False)
    yield (
        f"{len(found)} rises are more than rounding to 5 can explain (7.5 persons: three figures, 2.5 each);"
        f" {int((found['excess'] > 50).sum())} of them by more than 50 persons. The suspect is the one cell whose"
        " mending fits best: a suspicion, no proof.\n"
    )
    rows = (
        [one.geo, f"{one.period:%Y-%m}", f"{one.left:,.0f}", f"{one.right:,.0f}", f"{one.excess:,.0f}", one.culprit,
         f"{one.culprit_period:%Y-%m}"]
        for one in found.itertuples()
    )  # fmt: skip
    yield _table(["country", "month", "rise", "granted", "excess", "suspect", "of"], rows)


def _falls() -> Iterable[str]:
    raw = pd.read_csv(DATA / "eurostat_migr_asytpsm_UA_T_TOTAL__sdmx_csv2_labels_both.csv")
    periods = pd.to_datetime(raw["TIME_PERIOD"]) + pd.offsets.MonthEnd(0)
    frame = pd.DataFrame({"geo": raw["geo"], "period": periods, "value": raw["OBS_VALUE"], "flag": raw["OBS_FLAG"]})
    found = drops(frame, frequency="P1M").sort_values("relative")
    yield f"{len(found)} falls, {int(found['flagged'].sum())} of them flagged as a break.\n"
    rows = (
        [one.geo, f"{one.period:%Y-%m}", f"{100 * one.relative:.1f} %", "yes" if one.flagged else "no"]
        for one in found.itertuples()
    )
    yield _table(["country", "month", "fall", "flagged as a break"], rows)


def _later() -> Iterable[str]:
    vintages = pd.read_csv(DATA / "unhcr_daily_outflow_vintages_changes_only.csv", parse_dates=["vintage", "date"])
    revised = float((vintages.groupby("date").size() > 1).mean())
    known = vintages.rename(columns={"vintage": "as_of", "date": "period", "individuals": "value"})
    found = scores(backtest(known[known["as_of"] >= known["period"]], delays=[3, 7, 14, 28]))
    yield (
        f"{100 * revised:.0f} % of the dates were revised after they were first published. Every day's nowcast of the"
        " figure as it stood 28 days after its date, at a nominal 95 %. The intervals cover less, for revisions came in"
        " bursts; and the figure as it stood was nearer to the truth than the nowcast: such a series needs none.\n"
    )
    rows = (
        [one.delay, one.n, f"{100 * one.covered:.0f} %", f"{100 * one.trained:.0f} %", f"{100 * one.error_known:.1f} %",
         f"{100 * one.error_nowcast:.1f} %"]
        for one in found.itertuples()
    )  # fmt: skip
    head = ["days after", "nowcasts", "Mack covers", "trained covers", "error of the figure", "error of the nowcast"]
    yield _table(head, rows)


def _results(name: str, columns: list[str]) -> str:
    rows = json.loads((ROOT / "bench/results" / f"{name}.json").read_text(encoding="utf-8"))["rows"]
    return _table(columns, ([_plain(row.get(column, "")) for column in columns] for row in rows))


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else "" if value is None else str(value)


def _table(head: list[str], rows: Iterable[list[object]]) -> str:
    cells: list[list[Any]] = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in cells)


if __name__ == "__main__":
    main()
