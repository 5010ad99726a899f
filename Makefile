# make run starts the portal; make test proves it. Both set up first what is missing.
.PHONY: help run setup setup-tests test check lint types size format lock coverage coverage-js bench tour house
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
JS := tools/javascript
TSC := tools/node $(JS)/node_modules/typescript/bin/tsc
BIOME := tools/node $(JS)/node_modules/@biomejs/biome/bin/biome

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

coverage-js: setup-tests ## what the vectors and cases leave out of the JavaScript engine; fails below 95 %
	@$(PYTHON) -m tests.engine.javascript_coverage

check: setup-tests lint types ## before a push: format, lint, types, migrations in step with models, tests
	$(MAKE) --no-print-directory test house

lint: setup-tests ## format and lint, Python and JavaScript
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(BIOME) check --config-path=$(JS)/style.jsonc --error-on-warnings

types: setup-tests ## types, Python and JavaScript
	$(PYTHON) -m mypy
	$(TSC) -p $(JS)/tsconfig.json
	$(TSC) -p $(JS)/tsconfig.node.json

size: setup-tests ## what a till has to load: the JavaScript engine as one file, minified and compressed
	@tools/node $(JS)/size.mjs

bench: setup-tests ## how fast both engines are, beside each other
	$(PYTHON) -m bench.engine

tour: setup-tests ## photograph the portal anew for docs/tour.md
	$(PYTHON) -m tests.tour

house: ## sizes worth a look
	@$(PYTHON) -m tests.house.sizes

format: setup-tests ## format the code and sort its imports
	$(PYTHON) -m ruff check --fix --select I .
	$(PYTHON) -m ruff format .
	$(BIOME) check --config-path=$(JS)/style.jsonc --write

lock: ## write the lock files anew (UV=path/to/uv)
	tools/lock
