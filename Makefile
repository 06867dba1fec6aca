# Everything into .venv: Python packages by uv's lock file, PostgreSQL and Node as wheels.
PYTHON ?= python3
UV := .venv/bin/uv
BIN := .venv/bin
export UV_PROJECT_ENVIRONMENT = .venv

.PHONY: setup demo test

setup: .venv/.ready

.venv/.ready: pyproject.toml uv.lock frontend/package-lock.json frontend/build_hook.py
	@test -x $(UV) || ($(PYTHON) -m venv .venv && $(BIN)/pip install --quiet uv==0.13.9)
	$(UV) sync --locked --inexact --quiet
	@touch $@
