# Needs git, make and Python 3.11 or newer; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := 0.13.9
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup test check lint types contract shape format demo bench lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: $(READY) ## Make .venv with the pinned packages and Holdfast in it

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  found=$$($(PYTHON) --version 2>/dev/null || echo "not there"); \
	  echo "Holdfast needs Python 3.11 or newer, but '$(PYTHON)' is $$found. Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up (once; a few minutes on a slow line):"
	@echo "  [1/3] $(VENV) with $$($(PYTHON) --version)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	  rm -rf $(VENV); echo "'$(PYTHON) -m venv' failed; on Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "  [2/3] $$(grep -c '^[a-z].*==' requirements/dev.txt) pinned packages, checked by hash"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@echo "  [3/3] Holdfast itself"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

test: $(READY) ## Run all tests (FAST=1: without the slow ones)
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 $(if $(FAST),-m "not slow")

check: lint types contract shape ## Lint, types, import contract and shape of the tree

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

# The cache does not see that a missing module was added.
contract: $(READY)
	$(BIN)/lint-imports --no-logo --no-cache

shape: $(READY)
	$(BIN)/python -m pytest --quiet tests/shape

format: $(READY) ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo: $(READY) ## Run the demonstration
	$(BIN)/python demo/run.py

bench: $(READY) ## Measure every published figure, quickly (FULL=1: at full size)
	@set -e; for script in $$(grep -l __main__ bench/*.py); do \
	  echo "== $$script"; $(BIN)/python "$$script" $(if $(FULL),,--quick); done

# uv resolves for every platform and Python at once, which pip cannot; nothing else needs it.
lock: $(READY) ## Make requirements/*.txt again after a change of dependencies (UPGRADE=1: newest)
	@$(PIP) install uv==$(UV)
	$(call resolve,runtime,--group build)
	$(call resolve,dev,--group build --group dev --constraints requirements/runtime.txt)

define resolve
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) $(2) \
	  --output-file requirements/$(1).txt pyproject.toml
endef

clean: ## Remove .venv and every cache
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests bench demo -type d -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
