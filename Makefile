# make demo | test | check | bench | soak | clean        (PORT=8080 for demo; PYTHON=python3.12 picks an interpreter)
PORT ?= 8080
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
RUN_STAMP := $(VENV)/.run-installed
TEST_STAMP := $(VENV)/.test-installed

.PHONY: demo test check bench soak clean setup setup-test lock generated
.DEFAULT_GOAL := demo

demo: setup
	@$(BIN)/huiyin demo --port $(PORT) --db var/demo.db

test: setup-test
	@$(BIN)/python -m pytest -q

check: setup-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python docs/house_check.py
	@$(BIN)/python -m bot.config_text --check
	@$(BIN)/python docs/clause_coverage.py --check
	@$(BIN)/python docs/texts.py --check

bench: setup-test
	@$(BIN)/python -m benchmarks

soak: setup-test
	@HUIYIN_SOAK=1 $(BIN)/python -m pytest -q

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +

# The schema, the example and the clause page are written from the code; `make check` only compares.
generated: setup-test
	@$(BIN)/python -m bot.config_text
	@$(BIN)/python docs/clause_coverage.py
	@$(BIN)/python docs/texts.py

# Needs pip-compile (pip-tools) on the path; see docs/decisions/0002-locks-without-addresses.md.
lock:
	@for part in run test; do pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --newline=lf \
	    --output-file requirements/$$part.txt requirements/$$part.in; done

setup: $(RUN_STAMP)
setup-test: $(TEST_STAMP)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 以上 / Python 3.11 or newer is needed" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "需要 Python 3.11 以上 / Python 3.11 or newer is needed ($(PYTHON))" >&2; exit 2; }
	@echo "建立 $(VENV) / creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "安装运行所需 / installing what it needs to run"
	@$(PIP) --require-hashes -r requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(TEST_STAMP): requirements/test.txt $(RUN_STAMP)
	@echo "安装测试所需 / installing what testing needs"
	@$(PIP) --require-hashes -r requirements/test.txt
	@touch $@
