# Everything goes into .venv: Python packages by uv's lock file, PostgreSQL and Node as wheels.
# The machine needs Python 3.11 or newer, and make.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9
NODE := $(BIN)/python scripts/npm.py
PARALLEL ?= 5
export UV_PROJECT_ENVIRONMENT := .venv
# Compiled once: the tests start the command many times.
export PYTHONDONTWRITEBYTECODE :=

SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -type f -print 2>/dev/null)

.PHONY: setup demo test lint pages browser unit benchmark simulate

setup: .venv/.ready  ## Install everything; `.venv/bin/vigil` works afterwards

.venv/.ready: pyproject.toml uv.lock $(SOURCES)
	@test -x $(UV) || { $(PYTHON) -m venv .venv && $(BIN)/pip install --quiet uv==$(UV_VERSION); }
	$(UV) sync --locked --inexact --quiet
	@touch $@

demo: setup  ## Play one crisis call here, with virtual phones, and stay up
	$(BIN)/vigil demo

test: setup  ## Everything that must hold
	$(MAKE) --jobs 2 --output-sync lint pages
	$(MAKE) unit

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_migrations.py

pages: setup
	$(NODE) run format:check
	$(NODE) run check
	$(NODE) test

browser: setup
	$(BIN)/python scripts/find_browser.py

unit: setup browser
	$(BIN)/pytest -n $(PARALLEL) --dist worksteal

simulate: setup  ## NIGHTS=1000 simulated nights with faults (JOBS=2, FIRST=0), or one: SEED=7
	$(BIN)/python -W ignore -m tests.simulation --jobs $(or $(JOBS),1) $(if $(SEED),--seed $(SEED),--nights $(or $(NIGHTS),1000) --first $(or $(FIRST),0)) $(if $(STORM),--storm)

benchmark: setup  ## The figures of docs/benchmarks.md, on this machine
	$(BIN)/python benchmarks/oncall_schedule.py
	$(BIN)/python benchmarks/coverage_proof.py
	$(BIN)/python benchmarks/oncall_http.py
	$(BIN)/python benchmarks/planner.py
	$(BIN)/python benchmarks/webhook_latency.py
	$(BIN)/python benchmarks/deadlines.py
	$(BIN)/python benchmarks/failover.py
	$(BIN)/python benchmarks/board_sockets.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/hl7_reading.py
	$(BIN)/python benchmarks/hl7_acknowledgements.py
	$(BIN)/python benchmarks/notice_to_sms.py
	$(BIN)/python benchmarks/matching.py
