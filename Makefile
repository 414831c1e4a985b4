# What can be done with a checkout. Every target may be run again at any time.

BIN := .venv/bin
SET_UP := .venv/.set-up
LONG := long# which of the tests test-long runs

unexport PYTHONDONTWRITEBYTECODE # compiling anew in each process would take a sixth of the tests' time

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long check bench clients clean

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(SET_UP) ## make .venv with everything pinned in requirements.lock and .venv/bin/sfsync

demo: setup ## show the whole loop in .demo: pull, score, route, plan, apply, undo, verify
	$(BIN)/sfsync demo .demo

test: setup ## what the program promises, in under a minute
	$(BIN)/pytest -q -n 2 --dist loadfile -m "not long" --ignore=tests/docs --ignore=tests/house

test-long: setup ## the tests that take minutes: kills, faults, fuzz, PostgreSQL, packaging
	$(BIN)/pytest -q -n 2 -m "$(LONG)"
	$(BIN)/pytest -q -n 2 -m "hypothesis and not long" --hypothesis-profile=long
	SFSYNC_VARIANTS=all $(BIN)/pytest -q -n 2 -m "not postgres" tests/sync tests/salesforce tests/dataload

check: setup ## style, types, walls between packages, the tests of docs and house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/docs tests/house

bench: setup ## measure against bare loops and rivals on this machine
	@$(BIN)/python -m pip --version >/dev/null 2>&1 && $(BIN)/python -m pip install -q --require-hashes -r benchmarks/requirements.lock \
		|| uv pip install -q --python $(BIN)/python --require-hashes -r benchmarks/requirements.lock
	@for bench in benchmarks/*_bench.py; do echo "== $$bench"; $(BIN)/python "$$bench" || exit 1; done

clients: setup ## strangers' Salesforce clients, installed in .clients, against the local org (CLIENTS="jsforce sfdmu": those)
	$(BIN)/python tests/outside_clients/installing.py $(CLIENTS)
	$(BIN)/pytest -q -rs $$($(BIN)/python tests/outside_clients/installing.py --tests $(CLIENTS))

clean: ## remove .venv, .demo, .clients, caches and builds
	-@[ ! -d .demo/.sfsync/org ] || $(BIN)/sfsync org stop --state .demo/.sfsync/org
	rm -rf .venv .demo .clients dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find sfsync tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# Set up again where the pins or the project's own description changed, or .venv no longer runs.
ifneq ($(shell $(BIN)/python -c 'print("runs")' 2>/dev/null),runs)
.PHONY: $(SET_UP)
endif

$(SET_UP): requirements.lock pyproject.toml
	@sh .ci/setup
	@touch $@
