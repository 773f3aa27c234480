"""`make bench`: every benchmark in turn, ratios of medians in one run; the results go to bench/results as JSON."""

import argparse
import importlib
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = ("kernels", "validation", "renderer", "panel", "its", "alerts", "coverage", "toolkit", "observations")


def median_seconds(work: Callable[[], object], runs: int) -> float:
    """The median wall time of `runs` runs after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    """Run the named benchmarks, or all."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="which ones (all)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, help="rows of the store that `observations` asks (1,600,000)")
    options = parser.parse_args()
    for name in options.names or BENCHMARKS:
        load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
        machine = {
            "processors": os.cpu_count(),
            "load before": load,
            "python": platform.python_version(),
            "runs": options.runs,
        }
        module, file = importlib.import_module(f"bench.{name}"), name
        if options.rows and hasattr(module, "ROWS"):
            module.ROWS = options.rows
            file = f"{name}-{options.rows}"
        rows = module.measure(lambda work: median_seconds(work, options.runs))
        result = {"benchmark": name, "machine": machine, "rows": rows}
        (HERE / "results").mkdir(exist_ok=True)
        (HERE / "results" / f"{file}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"{name}:")
        for row in rows:
            print(
                "  "
                + "  ".join(
                    f"{key} {value:.3g}" if isinstance(value, float) else f"{value}" for key, value in row.items()
                )
            )


if __name__ == "__main__":
    main()
