# What a person types. `make` alone lists it.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
STAMP := .venv/.stamp

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-cluster check bench bench-cluster soak screenshots vendor lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv from the lock (does nothing when up to date)
	@echo "ready: $(BIN)/psdf"

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "psdf needs Python 3.11 or newer, and '$(PYTHON)' is not: try make setup PYTHON=python3.12" >&2; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || { echo "creating .venv"; $(PYTHON) -m venv --clear .venv; }
	@echo "installing the locked packages (a minute or two the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@echo "installing psdf"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## Play a fund year on this machine, without Docker
	$(BIN)/psdf demo $(ARGS)

test: $(STAMP) ## Run the tests (ARGS="-k name -n auto")
	$(BIN)/python -m pytest $(ARGS)

test-cluster: $(STAMP) ## Only those with processes on a real Kafka and MongoDB-wire server, with a hundred kills
	PSDF_REQUIRE_CONNECTED=1 $(BIN)/python -m pytest tests/cluster $(ARGS)

check: $(STAMP) ## House rules: ruff, mypy, import-linter, exported schemas
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/psdf schema --check

bench: $(STAMP) ## Measure the embedded stack
	$(BIN)/python -m tests.bench $(ARGS)

bench-cluster: $(STAMP) ## Measure the cluster stack (Kafka, MongoDB wire)
	$(BIN)/python -m tests.bench_cluster $(ARGS)

soak: $(STAMP) ## Kill processes, Kafka and the store for as long as asked (ARGS="--minutes 60 --seed 1")
	$(BIN)/python -m tests.soak $(ARGS)

screenshots: $(STAMP) ## Take the pictures of the console for the README (ARGS=FOLDER of a demo; needs chromium)
	$(BIN)/python -m tests.console.screenshots $(ARGS)

vendor: $(STAMP) ## Fetch the console's scripts again and compare them with VENDORED.toml (needs npm)
	$(BIN)/python -m tests.console.vendor

lock: ## Pin again after a change in pyproject.toml (needs uv; ARGS=--upgrade for newer releases)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links $(ARGS) pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links $(ARGS) --constraint requirements.lock --extra dev \
		pyproject.toml -o requirements-dev.lock

clean: ## Remove caches and builds (.venv and psdf-home stay)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
