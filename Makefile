# Everything that a developer does. `make help` lists it.
#
# Each step of a recipe is a program of its own without a shell around it, so that the SIGTERM that make passes on
# reaches the program, and not a shell that dies and leaves it behind.

PORT ?= 8000
ARGS ?=
PYTHON_BIN := .venv/bin/python
MANAGE := $(PYTHON_BIN) manage.py

.DEFAULT_GOAL := help
PYTEST := -m pytest -n logical --dist worksteal

.PHONY: help setup run stop test check lint types django-checks format lock browser clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: ## make .venv from the lock, unless that was done (PYTHON=/path/to/python3 chooses one)
	@scripts/setup

# With a DATABASE_URL the mode has to be said: demo data and demo logins must never reach a database by accident.
ifeq ($(strip $(DATABASE_URL)),)
run: export BACKOFFICE_MODE := $(or $(BACKOFFICE_MODE),development)
endif
run: setup ## database, demo data, web server and job worker on http://127.0.0.1:8000 (PORT=8001 for another port)
ifeq ($(strip $(DATABASE_URL)),)
	@echo "==> Database"
	@$(MANAGE) devdb start
else ifneq ($(BACKOFFICE_MODE),development)
	@echo "make run fills a database with demo data. Set BACKOFFICE_MODE=development if DATABASE_URL names one for that." >&2
	@false
endif
	@echo "==> Migrations"
	@$(MANAGE) migrate --verbosity 1
	@echo "==> Demo data"
	@$(MANAGE) prepare_demo
	@$(MANAGE) serve --port $(PORT) --show-credentials

stop: ## stop the database that `make run` leaves running
	@$(MANAGE) devdb stop

# With COVERAGE=1 the processes that tests start are measured too, through the .pth file that comes with coverage.
ifdef COVERAGE
test: export COVERAGE_PROCESS_START := $(CURDIR)/pyproject.toml
endif
test: setup ## all tests, on a throw-away database (ARGS="-k word" chooses; COVERAGE=1 measures branch coverage)
ifdef COVERAGE
	@$(PYTHON_BIN) -m coverage erase
	@$(PYTHON_BIN) -m coverage run $(PYTEST) $(ARGS)
	@$(PYTHON_BIN) -m coverage combine --quiet
	@$(PYTHON_BIN) -m coverage report
	@$(PYTHON_BIN) scripts/check-coverage
else
	@$(PYTHON_BIN) $(PYTEST) $(ARGS)
endif

check: lint types django-checks ## everything that CI checks beside the tests

lint: setup ## style, formatting and import order
	@$(PYTHON_BIN) -m ruff check .
	@$(PYTHON_BIN) -m ruff format --check .
	@.venv/bin/lint-imports

types: setup ## mypy --strict
	@$(PYTHON_BIN) -m mypy .

django-checks: setup ## migrations complete, production settings clean
	@scripts/check-django

format: setup ## format the code
	@$(PYTHON_BIN) -m ruff check --fix .
	@$(PYTHON_BIN) -m ruff format .

lock: ## refresh requirements/*.txt from the .in files (UPGRADE=1 for the newest versions)
	@scripts/lock

browser: ## install Chromium for the browser tests (Debian, as root)
	@scripts/install-browser

clean: ## delete caches and .venv; development data stays (`manage.py devdb reset` deletes that)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov test-results .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
