"""Rows against a suite: one compiled pass, and Great Expectations (imported only here) for rules that need it."""

import logging
import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from analysis.errors import RuleCrashed
from analysis.submissions.compile import ROW as ROW
from analysis.submissions.compile import compile_suite, failing_rows, kinds_of
from analysis.submissions.rulebook import Rule

if TYPE_CHECKING:
    import pandas as pd

_RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [ROW],
    "include_unexpected_rows": False,
    "exclude_unexpected_values": True,
}


def validate(
    frame: "pd.DataFrame",
    suite: Mapping[str, Any],
    rules: Mapping[str, Rule],
    values: Mapping[str, object],
) -> list[tuple[Rule, int]]:
    """
    Judge every row of a batch by every rule of a suite.

    Parameters
    ----------
    frame : one row an observation, of any number of submissions, with a unique whole number in column `row_id`.
    suite : genuine GX 1.x JSON; every expectation works on rows (it can name those that fail) and has meta `rule`.
    rules : the same suite's rules by id.
    values : what each `$PARAMETER` stands for.

    Returns
    -------
    Each rule with each `row_id` that breaks it, in the order of the suite, then of the rows.

    Raises
    ------
    RuleCrashed
        A rule could not run at all. That says nothing about the data, so no row is judged.
    """
    plan = compile_suite(suite, kinds_of(frame), values)
    failing = {rule: rows.tolist() for rule, rows in failing_rows(plan, frame).items()}
    if plan.rest:
        failing |= by_great_expectations(frame, {**suite, "expectations": list(plan.rest)}, values)
    return [(rules[rule], row) for rule in rules for row in failing[rule]]


def by_great_expectations(
    frame: "pd.DataFrame", suite: Mapping[str, Any], values: Mapping[str, object]
) -> dict[str, list[int]]:
    """The sorted `row_id`s that break each rule of a suite, as Great Expectations itself finds them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = _results(frame, suite, values)
    failing: dict[str, list[int]] = {}
    for result in results:
        rule = result.expectation_config.meta["rule"]
        _ran(result, rule, str(suite["name"]))
        rows = [] if result.success else result.result["unexpected_index_list"]
        failing[rule] = sorted(int(row) for entry in rows for row in _listed(entry[ROW]))
    return failing


def _results(frame: "pd.DataFrame", suite: Mapping[str, Any], values: Mapping[str, object]) -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read once, at import: nothing about a provider leaves this machine
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)  # what matters is raised, naming the rule
    import great_expectations as gx
    from great_expectations.core import ExpectationSuite
    from great_expectations.data_context.types import base

    # Without the default site for Data Docs, which nobody looks at.
    backend = base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    config = base.DataContextConfig(
        store_backend_defaults=backend, progress_bars=base.ProgressBarsConfig(globally=False), analytics_enabled=False
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    asset = context.data_sources.add_pandas("submissions").add_dataframe_asset(str(suite["name"]))
    batch = asset.add_batch_definition_whole_dataframe("batch").get_batch({"dataframe": frame})
    try:
        genuine = ExpectationSuite(**suite)
        _whole(genuine, suite)
        needed = {name: values[name] for name in genuine.suite_parameter_options if name in values}
        return batch.validate(genuine, expectation_parameters=needed, result_format=_RESULT_FORMAT).results
    except RuleCrashed:
        raise
    # GX's errors share no base class; whatever stops a suite is a crash of the rulebook and told as one.
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RuleCrashed(f"suite {suite['name']} could not run", found=reason, mend="Mend the suite") from error


def _whole(genuine: Any, suite: Mapping[str, Any]) -> None:
    """Raise RuleCrashed where GX left an expectation out: it drops what it cannot build and goes on without it."""
    loaded = {expectation.meta["rule"] for expectation in genuine.expectations}
    for expectation in suite["expectations"]:
        if expectation["meta"]["rule"] not in loaded:
            where = f"suite {suite['name']}, {expectation['meta']['rule']}"
            must = "an expectation that Great Expectations can build"
            raise RuleCrashed("a rule", must=must, found=expectation["type"], where=where, mend="Mend the suite")


def _ran(result: Any, rule: str, suite: str) -> None:
    """Raise RuleCrashed unless the rule really looked at the rows; GX reports a crash as a failure of the data."""
    told = result.exception_info or {}
    entries = [told] if "raised_exception" in told else list(told.values())
    crashed = [entry for entry in entries if entry.get("raised_exception")]
    if crashed:
        message = str(crashed[0].get("exception_message") or "").strip()
        reason = message.splitlines()[0] if message else "no message"
        raise RuleCrashed(
            f"rule {rule} crashed", found=reason, where=f"suite {suite}", mend="Mend the rule in the suite"
        )
    if not result.success and "unexpected_index_list" not in result.result:
        mend = "Use an expectation on column values, column pairs or several columns"
        raise RuleCrashed(
            f"rule {rule}", must="a rule on rows that names those that fail", where=f"suite {suite}", mend=mend
        )


def _listed(row: Any) -> list[Any]:
    return list(row) if isinstance(row, list | tuple) else [row]
