# Every target sets up what it needs first: python3, pip and make are enough.
PYTHON := python3
VENV := .venv
UV_VERSION := 0.13.9
UV := $(VENV)/bootstrap/bin/uv
RUN := $(VENV)/bin

# What somebody's shell says of other environments must not decide where these go.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH
export UV_PROJECT_ENVIRONMENT := $(VENV)
export PIP_USER := 0
export PIP_REQUIRE_VIRTUALENV := 0
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format docs refit

#? help    Show this help
help:
	@sed -n 's/^#? /  make /p' Makefile

# uv lives inside the project's own .venv; `--target` works with any pip and
# leaves the system's Python alone. It is moved into place whole, so that what an
# interrupted run left behind is never taken for it.
$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "dockwright needs Python 3.11 or newer: make PYTHON=python3.13")'
	@rm -rf $(VENV)/bootstrap $(VENV)/bootstrap.new
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --target $(VENV)/bootstrap.new uv==$(UV_VERSION)
	@mv $(VENV)/bootstrap.new $(VENV)/bootstrap

# `.syncing` outlives an interrupted run: what that one installed is thrown away.
$(VENV)/.synced: pyproject.toml uv.lock | $(UV)
	@! test -e $(VENV)/.syncing || rm -rf $(VENV)/bin $(VENV)/include $(VENV)/lib $(VENV)/lib64
	@touch $(VENV)/.syncing
	@$(PYTHON) -m venv --without-pip $(VENV)
	@$(UV) sync --quiet --locked --compile-bytecode
	@$(RUN)/python -m compileall -q src
	@mv $(VENV)/.syncing $@
	@touch $@

#? setup   Make .venv with everything locked in uv.lock
setup: $(VENV)/.synced

#? demo    Show, audit, plan and apply on a copy of the example project
demo: setup
	@$(RUN)/python -m scripts.demo

#? test    Run every test; the live ones too where a Docker engine answers
test: setup
	@$(RUN)/pytest -n auto

#? lint    ruff, mypy and the rooms' contract
lint: setup
	@$(RUN)/ruff check
	@$(RUN)/ruff format --check
	@$(RUN)/mypy
	@$(RUN)/lint-imports --no-logo

#? format  Let ruff format the code
format: setup
	@$(RUN)/ruff format
	@$(RUN)/ruff check --fix

#? docs    Write what is generated: the rules' pages, the settings' schema, the README's tour
docs: setup
	@$(RUN)/python -m scripts.rule_pages
	@$(RUN)/python -m scripts.reference
	@$(RUN)/python -m scripts.tour

#? refit   Write examples/dashtam, what `apply` makes of examples/dashtam-legacy
refit: setup
	@$(RUN)/python -m scripts.refit
