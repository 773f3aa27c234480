# On Windows, or without make: type the lines under a target yourself, with .venv\Scripts\python for $(PY).
PYTHON ?= python3
PY = .venv/bin/python
# Where the environment forbids to keep compiled modules, each of the many processes compiles the libraries again: 9 s.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help report test lint lab bench lock synthetic clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

.venv/ready: bootstrap.lock requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --require-hashes -r bootstrap.lock
	$(PY) -m uv pip sync --quiet --require-hashes requirements.lock
	$(PY) -m uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch .venv/ready

report: .venv/ready  ## set up, take in data/raw, build reports/site
	$(PY) -m analysis run

test: .venv/ready lint  ## set up, check style and types, run the tests
	$(PY) -m pytest

lint: .venv/ready
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

lab: .venv/ready  ## open JupyterLab; outputs are stripped from what git sees
	$(PY) -m nbstripout --install --attributes .gitattributes
	git config filter.nbstripout.extrakeys "metadata.papermill cell.metadata.papermill"
	$(PY) -m jupyterlab --notebook-dir=.

bench: .venv/ready  ## measure, as ratios; results go to bench/results
	$(PY) -m bench

lock: .venv/ready  ## resolve the dependencies anew
	$(PY) -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --extra dev --upgrade pyproject.toml -o requirements.lock

synthetic: .venv/ready  ## write the synthetic submissions of data/raw again
	$(PY) -m analysis.submissions.synthetic --data data

clean:  ## remove everything that is computed
	rm -rf .venv data/processed reports/site reports/site-*
