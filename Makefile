# make demo, make run, make test: everything from nothing, on a machine with Python 3.11, venv and make.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
STAMP := $(VENV)/.installed
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help install demo run test check chaos latency bench screenshots clean

help:
	@echo 'make demo   the main job once, through a real worker, on simulated vendors (nothing to install first)'
	@echo 'make run    serve the pages over that data at http://127.0.0.1:$(PORT) (PORT=... for another port)'
	@echo 'make test   all tests; make check   style, types, migrations, deployment settings'
	@echo 'make chaos  random edits, events and runs by 200 seeds, one line each (CHAOS_SEEDS=17 one alone, made short)'
	@echo 'make latency  how long an edit takes from Business Central to BigCommerce, by the clock (eight minutes)'
	@echo 'make screenshots   pictures of every page over that data, into docs/screenshots (needs a Chromium)'
	@echo 'make bench  measure; make clean   remove the virtual environment and everything in var/'

install: $(STAMP)

# A failed install leaves no stamp, so the next make tries again.
$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "bcsync needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Choose one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make virtual environments: install them first (sudo apt install python3-venv)." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $@

demo: $(STAMP)
	@$(BIN)/python -m bcsync.embedded demo

run: $(STAMP)
	@$(BIN)/python -m bcsync.embedded run --port $(PORT)

test: $(STAMP)
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/python manage.py makemigrations --check --dry-run
	@set -a && . ./.ci/production.env && $(BIN)/python manage.py check --deploy --fail-level WARNING

chaos: $(STAMP)
	@CHAOS_SEEDS=$${CHAOS_SEEDS:-1-200} $(BIN)/python -m pytest tests/chaos/test_chaos.py --capture=no --show-capture=no --tb=short

latency: $(STAMP)
	@$(BIN)/python -m bcsync.embedded latency

bench: $(STAMP)
	@$(BIN)/python -m bcsync.embedded bench

screenshots: $(STAMP)
	@$(BIN)/python -m bcsync.embedded screenshots

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis static
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
