# make run starts the portal; make test proves it. Both set up first what is missing.
.PHONY: help run setup setup-tests test check format lock coverage tour house
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

run: setup ## start everything: web server, worker, scheduler, a Redis of its own; Ctrl-C stops it (PORT, INSTANCE)
	@exec $(PYTHON) -m portal.cli run

setup: ## install what is needed to run, from the lock files with hashes
	@tools/setup

setup-tests:
	@tools/setup tests

test: setup-tests ## install what the tests need and run them all, PostgreSQL and Chromium included, with coverage
ifdef TESTS
	$(PYTHON) -m pytest -n $(or $(JOBS),2) --dist worksteal $(TESTS)
else
	$(PYTHON) -m pytest -n $(or $(JOBS),2) --dist worksteal --cov --cov-report=
	@$(MAKE) --no-print-directory coverage
endif

coverage: ## what the last run of all tests left out; fails below 90 %, 95 % in the engine
	@$(PYTHON) -m coverage report --fail-under=90
	@$(PYTHON) -m coverage report --fail-under=95 --include='portal/engine/*' | tail -1

check: setup-tests ## before a push: format, lint, types, migrations in step with models, tests
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(MAKE) --no-print-directory test house

tour: setup-tests ## photograph the portal anew for docs/tour.md
	$(PYTHON) -m tests.tour

house: ## sizes worth a look
	@$(PYTHON) -m tests.house.sizes

format: setup-tests ## format the code and sort its imports
	$(PYTHON) -m ruff check --fix --select I .
	$(PYTHON) -m ruff format .

lock: ## write the lock files anew (UV=path/to/uv)
	tools/lock
