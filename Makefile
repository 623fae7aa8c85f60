# Every target sets up what it needs first: python3, pip and make are enough.
UV_VERSION := 0.13.9
VENV := .venv
UV := $(VENV)/bootstrap/bin/uv
RUN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format

#? help    Show this help
help:
	@sed -n 's/^#? /  make /p' $(MAKEFILE_LIST)

# uv lives inside the project's own .venv; `--target` works with any pip and
# leaves the system's Python alone.
$(UV):
	@python3 -m venv --without-pip $(VENV)
	@python3 -m pip install --quiet --disable-pip-version-check --target $(VENV)/bootstrap uv==$(UV_VERSION)

$(VENV)/.synced: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --quiet --locked
	@touch $@

#? setup   Make .venv with everything locked in uv.lock
setup: $(VENV)/.synced

#? demo    Show, audit, plan and apply on a copy of the example project
demo: setup
	@$(RUN)/python scripts/demo.py

#? test    Run every test; the live ones too where a Docker engine answers
test: setup
	@$(RUN)/pytest -n auto

#? lint    ruff, mypy and the rooms' contract
lint: setup
	@$(RUN)/ruff check
	@$(RUN)/ruff format --check
	@$(RUN)/mypy
	@$(RUN)/lint-imports

#? format  Let ruff format the code
format: setup
	@$(RUN)/ruff format
	@$(RUN)/ruff check --fix
