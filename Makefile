# Everything the project does, one target each. `make` alone prints them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
T ?= tests

# Images of containers set it; each of the many processes that tests and benches start would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## Print the targets
	@echo "kvswatch: make TARGET"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---------------------------------------------------------------- set-up
# A stamp a lock: a second run installs nothing. The larger lock holds the smaller with the same versions.
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev

$(BIN)/python:
	tools/make-venv $(VENV)

$(RUNTIME): requirements.txt pyproject.toml | $(BIN)/python
	tools/install $(VENV) requirements.txt
	touch $@

$(DEV): requirements.txt requirements-dev.txt pyproject.toml | $(BIN)/python
	tools/install $(VENV) requirements-dev.txt
	touch $(RUNTIME) $@

.PHONY: setup
setup: $(RUNTIME) ## Make .venv and install what the program needs, by hash

# ---------------------------------------------------------------- running
.PHONY: demo run migrate
demo: $(RUNTIME) ## Run kvswatch on an emulated AWS organization (PORT=8000)
	$(BIN)/python -m app demo --port $(PORT)

run: $(RUNTIME) ## Run kvswatch on this machine: web, worker, database (PORT=8000)
	$(BIN)/python -m app run --port $(PORT)

migrate: $(RUNTIME) ## Bring the database of KVSWATCH_DATABASE_URL up to date
	$(BIN)/python -m app migrate

# ---------------------------------------------------------------- checking
.PHONY: check format-check lint types floors templates spelling format
check: format-check lint types floors templates spelling ## Format, lint, types, floors, templates, spelling

format-check: $(DEV)
	$(BIN)/ruff format --check --quiet .

lint: $(DEV)
	$(BIN)/ruff check .

types: $(DEV)
	$(BIN)/mypy --num-workers 2

floors: $(DEV)
	tools/floors

templates: $(DEV)
	tools/templates

spelling: $(DEV)
	$(BIN)/codespell

format: $(DEV) ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# ---------------------------------------------------------------- testing
.PHONY: test test-browser soak
test: $(DEV) ## Run the tests (T=tests/core for a part)
	$(BIN)/pytest -n 2 $(T)

test-browser: $(DEV) ## Run the tests that need Chromium
	tools/chromium
	$(BIN)/pytest -n 2 -m browser tests/browser

soak: $(DEV) ## Run the long tests: hundreds of kills, millions of events
	$(BIN)/pytest -n 0 -m soak --timeout 0 tests

# ---------------------------------------------------------------- measuring
.PHONY: bench bench-quick
bench: $(DEV) ## Measure against the budgets; writes bench/results.json
	tools/chromium
	$(BIN)/python -m bench

bench-quick: $(DEV) ## The same on small sets, asserting the ratios (3 minutes)
	$(BIN)/python -m bench --quick

# ---------------------------------------------------------------- keeping
.PHONY: docs lock clean
docs: $(RUNTIME) ## Write the pages that are generated from the code
	$(BIN)/python -m tools.docs

lock: $(DEV) ## Pin the newest versions that go together (U=name: only that one)
	tools/lock $(if $(U),--upgrade-package $(U),--upgrade)

clean: ## Remove .venv and everything generated
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
