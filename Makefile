# Needs make and Python >= 3.11, nothing else: every target builds .venv from the lock first when
# it is missing or older than the lock. PYTHON=python3.13 make install picks another interpreter.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Most tests wait for processes, so three at a time halve the time even on two cores.
SIDE_BY_SIDE := --numprocesses 3 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help install demo up test check bench soak live coverage pictures lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

install: $(INSTALLED) ## build .venv from requirements.lock

# Without isolation the build takes hatchling from the lock, so a second install needs no network.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "infoblox-mq needs Python 3.11 or newer, and '$(PYTHON)' is not one:" >&2; \
	  echo "name one, as in: make $(or $(MAKECMDGOALS),install) PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing into $(VENV), a minute or less ..."
	@$(PYTHON) -m venv $(VENV) || { echo "the venv module is missing (Debian: python3-venv)" >&2; exit 1; }
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(INSTALLED) ## play the main job against the sandbox; needs no account
	@$(BIN)/infoblox-mq demo $(ARGS)

up: $(INSTALLED) ## store, workers and front end on this machine; Ctrl-C stops (ARGS=--sandbox)
	@$(BIN)/infoblox-mq up $(ARGS)

test: $(INSTALLED) ## every test (ARGS="-k name" for some)
	$(BIN)/python -m pytest tests $(SIDE_BY_SIDE) $(ARGS)

check: $(INSTALLED) ## format, lint, types, imports, unit tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/unit $(ARGS)

bench: $(INSTALLED) ## measure overhead and throughput
	$(BIN)/python -m benchmarks $(ARGS)

soak: $(INSTALLED) ## the tests of faults and guards, for long
	SOAK=1 $(BIN)/python -m pytest tests/faults tests/guards $(ARGS)

live: $(INSTALLED) ## ask the account of INFOBLOX_API_KEY: every list, and a scratch IP space
	@test -n "$$INFOBLOX_API_KEY" || { \
	  echo "INFOBLOX_API_KEY is not set: make live asks a real account and needs its key." >&2; exit 1; }
	LIVE=1 $(BIN)/python -m pytest tests/live -s $(ARGS)

coverage: $(INSTALLED) ## every test, with the lines none of them reached
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest tests $(SIDE_BY_SIDE) $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# uv only resolves here, in an environment of its own; nothing else needs it.
UV := .venv-lock/bin/uv
RESOLVE := $(UV) pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-emit-index-url --no-header

pictures: $(INSTALLED) ## take the pictures of the dashboard in docs/images anew
	PICTURES=100 $(BIN)/python -m pytest tests/dashboard/test_pictures.py $(ARGS)

lock: ## resolve both lock files anew (needs the network)
	@$(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python -m pip --disable-pip-version-check --quiet install 'uv>=0.9,<1'
	$(RESOLVE) --group dev --output-file requirements.lock >/dev/null
	$(RESOLVE) --constraint requirements.lock --output-file requirements-runtime.lock >/dev/null

clean: ## remove .venv, caches and what was built
	rm -rf $(VENV) .venv-lock build dist htmlcov .coverage .coverage.* .hypothesis
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
