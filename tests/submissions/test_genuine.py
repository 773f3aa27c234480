"""The suites as they lie on disk, loaded and run by Great Expectations alone."""

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.submissions.rulebook import parameters
from submissions.sample import CATALOGUE, RULEBOOK
from submissions.test_compile import clean

SUITES = sorted(RULEBOOK.glob("*.json"))


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_a_suite_loads_and_judges_a_batch_without_anything_of_ours(path: Path) -> None:
    import great_expectations as gx
    from great_expectations.data_context.types import base

    told = json.loads(path.read_text("utf-8"))
    suite = gx.ExpectationSuite(**told)
    assert len(suite.expectations) == len(told["expectations"])
    frame: pd.DataFrame = clean(path.stem)
    backend = base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    quiet = base.ProgressBarsConfig(globally=False)
    config = base.DataContextConfig(store_backend_defaults=backend, progress_bars=quiet, analytics_enabled=False)
    context = gx.get_context(mode="ephemeral", project_config=config)
    asset = context.data_sources.add_pandas("submissions").add_dataframe_asset(path.stem)
    batch = asset.add_batch_definition_whole_dataframe("batch").get_batch({"dataframe": frame})
    values = parameters(CATALOGUE, CATALOGUE.dataflows[path.stem])
    needed = {name: values[name] for name in suite.suite_parameter_options}
    results = batch.validate(suite, expectation_parameters=needed).results
    crashed = [r.expectation_config.meta["rule"] for r in results if (r.exception_info or {}).get("raised_exception")]
    assert len(results) == len(told["expectations"]) and not crashed
    assert all(isinstance(result.success, bool) for result in results)
