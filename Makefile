# Every target starts from nothing but Python 3.11, make and the package registries.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
export DAGSTER_HOME ?= $(CURDIR)/.dagster
export SCREENALYTICS_DATA_ROOT ?= $(CURDIR)/data
DEMO := demo-s01e01
PORT ?= 3000

.PHONY: demo install install-dev test check bench bench-identities bench-cast bench-library bench-scale bench-faults \
	bench-s3 dev docs lock clean

demo: install ## the whole job on a sample episode
	$(BIN)/screenalytics sample
	$(BIN)/screenalytics run --ep-id $(DEMO) --video "$(SCREENALYTICS_DATA_ROOT)/samples/$(DEMO).mp4"

install: .venv/installed
install-dev: .venv/installed-dev

.venv/bin/python:
	$(PYTHON) -m venv .venv

# Locked with hashes and installed without dependency resolution: what the lock leaves out, a second onnxruntime
# and a second OpenCV, stays out.
.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	@echo "installing into .venv (about a minute)"
	$(PIP) --require-hashes --requirement requirements.lock
	$(PIP) --no-build-isolation --editable .
	touch $@

.venv/installed-dev: requirements-dev.lock .venv/installed
	@echo "installing the test dependencies"
	$(PIP) --require-hashes --requirement requirements-dev.lock
	touch $@

# Whole systems of many processes come last and alone: beside them other tests would wait, and they for those.
test: install-dev ## the test suite: on all cores, then whole systems one after the other
	$(BIN)/python -m pytest -n auto --ignore=tests/system --ignore=tests/deploy
	$(BIN)/python -m pytest tests/system tests/deploy

check: install-dev ## style, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install-dev ## our job against its floor and against what one would write first
	$(BIN)/python -m benchmarks.main_job $(BENCH)

bench-identities: install-dev ## identities on people not seen before, against what one would use, and their cost
	$(BIN)/python -m benchmarks.identities.main $(BENCH)

bench-cast: install-dev ## who is named by a cast, and how fast
	$(BIN)/python -m benchmarks.facebank.main $(BENCH)

bench-library: install-dev ## a backfill against its stages, and the daemon's memory over 200 episodes
	$(BIN)/python -m benchmarks.library.main $(BENCH)

bench-faults: install-dev ## runs, daemon and machine killed at random moments, and what is left
	$(BIN)/python -m benchmarks.faults.main $(BENCH)

bench-scale: install-dev ## the library's own work at 1,000 and 10,000 episodes; takes minutes to write them
	$(BIN)/python -m benchmarks.library.scale $(BENCH)

bench-s3: install-dev ## the job on S3 against the same on a disk; BENCH="--clip FILE"
	$(BIN)/python -m benchmarks.object_storage $(BENCH)

dev: install ## Dagster's UI and daemon, on the instance that the command line uses
	$(BIN)/python -c "from screenalytics_app.dagster_instance import prepare_home; prepare_home()"
	cd "$(DAGSTER_HOME)" && $(CURDIR)/$(BIN)/dagster dev --workspace $(CURDIR)/workspace.yaml --host 127.0.0.1 --port $(PORT)

docs: install-dev ## what is generated from code
	$(BIN)/python -m screenalytics_app.artifact_docs > docs/artifacts.md
	$(BIN)/python -m screenalytics_app.configuration_docs > docs/configuration.md

lock: install-dev ## after a change of dependencies in pyproject.toml
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra deploy $(LOCK) --output-file requirements-deploy.lock
	$(BIN)/uv pip compile pyproject.toml --extra deploy --extra dev $(LOCK) --output-file requirements-dev.lock
LOCK := --override requirements-left-out.txt --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --quiet

clean: ## everything that can be made again, but no data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
