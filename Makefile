# Every target needs only Python 3.11, make and the package registries.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
export DAGSTER_HOME ?= $(CURDIR)/.dagster
export SCREENALYTICS_DATA_ROOT ?= $(CURDIR)/data
DEMO := demo-s01e01
PORT ?= 3000
REVIEW_PORT ?= 3001

.PHONY: demo install install-dev wheel test test-parts test-systems check \
	bench bench-identities bench-television bench-cast bench-decisions bench-survival bench-oracle bench-review bench-api \
	bench-library bench-scale bench-faults bench-week bench-s3 bench-gpu install-gpu dev docs lock help clean

demo: install ## run the complete job on a sample episode
	$(BIN)/screenalytics sample
	$(BIN)/screenalytics run --ep-id $(DEMO) --video "$(SCREENALYTICS_DATA_ROOT)/samples/$(DEMO).mp4"

install: .venv/installed
install-dev: .venv/installed-dev
install-gpu: .venv/installed-gpu ## install the CUDA libraries, 1 GB to download; needs an NVIDIA driver of release 580 or later

.venv/bin/python:
	$(PYTHON) -m venv .venv

# Locked with hashes and installed without dependency resolution. This keeps out the packages that the lock omits: a
# second onnxruntime and a second OpenCV.
.venv/installed: requirements.lock pyproject.toml setup.py | .venv/bin/python
	@echo "installing into .venv (about a minute)"
	$(PIP) --require-hashes --requirement requirements.lock
	$(PIP) --no-build-isolation --editable .
	touch $@

.venv/installed-dev: requirements-dev.lock .venv/installed
	@echo "installing the test dependencies"
	$(PIP) --require-hashes --requirement requirements-dev.lock
	touch $@

.venv/installed-gpu: requirements-gpu.lock .venv/installed
	@echo "installing the CUDA libraries (1 GB, a few minutes)"
	$(PIP) --require-hashes --requirement requirements-gpu.lock
	touch $@

# A build reuses files that an earlier build left in build/, including modules that have been removed since.
wheel: install ## build a wheel in dist/, without network access
	rm -rf build dist
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	rm -rf build

# Tests of complete systems wait most of the time. So they run next to the others, which get only the time on the cores
# that the many processes of a system leave. Three files of them run at once, the longest first, because tests of a file
# share systems.
test: install-dev ## run the test suite on all cores
	$(MAKE) --jobs 2 --keep-going --output-sync=none test-parts test-systems

test-parts: install-dev
	nice -n 10 $(BIN)/python -m pytest -n auto --ignore=tests/system --ignore=tests/deploy

test-systems: install-dev
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder tests/deploy tests/system

check: install-dev ## check style, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v npm > /dev/null; then \
		npm ci --silent --no-audit --no-fund && npx --no-install tsc --project tsconfig.json; \
	else echo "The types of the review pages are not checked, because Node (npm) is not installed."; fi

bench: install-dev ## compare the job with its lower bound and with a naive implementation
	$(BIN)/python -m benchmarks.main_job $(BENCH)

bench-identities: install-dev ## measure quality and cost of identities on unseen people, against standard methods
	$(BIN)/python -m benchmarks.identities.main $(BENCH)

bench-television: install-dev ## measure identities on labelled real clips and on hard simulated television, against other methods
	$(BIN)/python -m benchmarks.television.main $(BENCH)

bench-survival: install-dev ## count the decisions that survive other thresholds, tracks, models and video sizes
	$(BIN)/python -m benchmarks.moderation.survival $(BENCH)

bench-review: install-dev ## count the actions that put an episode right in a browser, and time the pages
	$(BIN)/python -m benchmarks.review.main $(BENCH)
	$(BIN)/python -m benchmarks.review.page_speed

bench-oracle: install-dev ## count the actions that correct an episode of 50 identities by its queue of suggestions
	$(BIN)/python -m benchmarks.moderation.main $(BENCH)

bench-api: install-dev ## measure gestures over HTTP on 1,000 tracks, and eight clients that write at once
	$(BIN)/python -m benchmarks.api.writing

bench-cast: install-dev ## measure how accurately and how fast a cast names people
	$(BIN)/python -m benchmarks.facebank.main $(BENCH)

bench-decisions: install-dev ## measure the decision log: appends, eight writers at once, and kills at random moments
	$(BIN)/python -m benchmarks.moderation.decision_log $(BENCH)

bench-library: install-dev ## compare a backfill with its stages, measure waiting runs and the daemon's memory over 200 episodes
	$(BIN)/python -m benchmarks.library.main $(BENCH)

bench-faults: install-dev ## kill runs, the daemon and the machine at random times, and check what remains
	$(BIN)/python -m benchmarks.faults.main $(BENCH)

bench-week: install-dev ## run a library of 200 episodes through kills, a lost instance and a full disk; takes an hour
	$(BIN)/python -m benchmarks.week.main $(BENCH)

bench-scale: install-dev ## measure the library's overhead with 1,000 and 10,000 episodes; writing them takes minutes
	$(BIN)/python -m benchmarks.library.scale $(BENCH)

bench-s3: install-dev ## compare the job on S3 with the job on a local disk; BENCH="--clip FILE"
	$(BIN)/python -m benchmarks.object_storage $(BENCH)

bench-gpu: install-gpu ## compare results and speed of the models on one CUDA device with the CPU; ends within ten minutes
	$(BIN)/python -m benchmarks.gpu.main $(BENCH)

dev: install ## start Dagster's UI and daemon, and the API with the review pages; Ctrl+C ends all
	$(BIN)/python -m screenalytics_app.cli.main dev --port $(REVIEW_PORT) --dagster-port $(PORT)

docs: install-dev ## generate the documentation that comes from code
	$(BIN)/python -m screenalytics_app.generated_docs.artifacts > docs/artifacts.md
	$(BIN)/python -m screenalytics_app.generated_docs.configuration > docs/configuration.md
	$(BIN)/python -m screenalytics_app.generated_docs.export > docs/export.md
	$(BIN)/python -m screenalytics_app.generated_docs.api_types > screenalytics_app/review/api/types.d.ts

lock: install-dev ## update the lock files after a change of the dependencies in pyproject.toml
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra gpu $(LOCK) --output-file requirements-gpu.lock
	$(BIN)/uv pip compile pyproject.toml --extra deploy $(LOCK) --output-file requirements-deploy.lock
	$(BIN)/uv pip compile pyproject.toml --extra deploy --extra dev $(LOCK) --output-file requirements-dev.lock
LOCK := --override requirements-left-out.txt --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --quiet

help: ## list the targets
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

clean: ## delete everything that can be rebuilt, but no data
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
