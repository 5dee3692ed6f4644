# What a person types. `make` alone lists it.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
HAS_PYTHON = command -v $(PYTHON) > /dev/null || \
	{ echo "psdf needs Python 3.11 or newer, and there is no '$(PYTHON)': try make $@ PYTHON=python3.12" >&2; exit 1; }
ENVIRONMENT = @$(HAS_PYTHON); $(PYTHON) deploy/environment.py $(if $(filter-out file,$(origin PYTHON)),--asked)

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-cluster check bench bench-cluster bench-console bench-scale soak campaign simulate hostile generate screenshots vendor lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Create .venv with all that runs, tests and checks (does nothing when up to date)
	$(ENVIRONMENT) dev

demo: ## Play a fund year on this machine, without Docker (installs only what runs)
	$(ENVIRONMENT) run
	$(BIN)/psdf demo $(ARGS)

test: setup ## Run the tests (ARGS="-k name", "-n 3" with three workers)
	$(BIN)/python -m pytest $(ARGS)

test-cluster: setup ## Only those with processes on a real Kafka and MongoDB-wire server, with a hundred kills
	PSDF_REQUIRE_CONNECTED=1 $(BIN)/python -m pytest tests/cluster $(ARGS)

check: setup ## House rules: ruff, mypy, import-linter, exported schemas
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/psdf schema --check

bench: setup ## Measure the embedded stack
	$(BIN)/python -m tests.bench $(ARGS)

bench-scale: setup ## Measure a nation's year, and days on which much is open
	$(BIN)/python -m tests.bench.scale $(ARGS)

bench-console: setup ## Measure the console: pages, memory, the index, event to pixel (ARGS="--parts demo"; needs chromium)
	$(BIN)/python -m tests.bench.console $(ARGS)

bench-cluster: setup ## Measure the cluster stack (Kafka, MongoDB wire)
	$(BIN)/python -m tests.bench_cluster $(ARGS)

soak: setup ## Kill processes, Kafka and the store for as long as asked (ARGS="--minutes 60 --seed 1", "--flat")
	$(BIN)/python -m tests.soak $(ARGS)

campaign: setup ## Zombies, wrong groups, deleted records, a restored store ... while events flow (ARGS="--ordeals zombies")
	$(BIN)/python -m tests.soak --minutes 0 --ordeals all $(ARGS)

simulate: setup ## Play the cluster in one process under seeded faults (ARGS="--seeds 0:1000", "--seed 7 --trace")
	$(BIN)/python -m tests.simulation $(ARGS)

hostile: setup ## Send hostile inputs over every way into the fund (ARGS="--inputs 100000 --seed 7")
	$(BIN)/python -m tests.hostile $(ARGS)

screenshots: setup ## Take the pictures of the console for the README (ARGS=FOLDER of a demo; needs chromium)
	$(BIN)/python -m tests.console.screenshots $(ARGS)

vendor: setup ## Fetch the console's scripts again and compare them with VENDORED.toml (needs npm)
	$(BIN)/python -m tests.console.vendor

generate: setup ## Write again what is made from the code: schemas, Kubernetes resources, tables of points
	$(BIN)/psdf schema --write
	$(BIN)/python -m deploy.render
	$(BIN)/python -m tests.docs.points

lock: ## Pin again after a change in pyproject.toml (needs uv; ARGS=--upgrade for newer releases)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links $(ARGS) pyproject.toml -o requirements.lock
	$(PYTHON) -c 'import tomllib as t; print(*t.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["ubl"], sep="\n")' | \
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links $(ARGS) --constraint requirements.lock - -o requirements-ubl.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links $(ARGS) --constraint requirements.lock --constraint requirements-ubl.lock --extra dev \
		pyproject.toml -o requirements-dev.lock

clean: ## Remove caches and builds (.venv and psdf-home stay)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
