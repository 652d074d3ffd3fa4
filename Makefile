# Two commands do all: `make run` and `make test`. Each sets up what it needs first.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
APPLICATIONS ?= 20000
PORT ?= 8050
JOBS ?= auto
SOAK ?= 200
SIZES ?= 100000
BUNDLE := dashboard/vendor/plotly-basic.min.js
PAGES ?= 10000 100000

.DEFAULT_GOAL := help
.PHONY: help setup run test soak lint audit bench bundle browser lock sample-data clean

help:  ## these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/run.stamp  ## .venv with the locked packages and the command kezek in it
	@$(MAKE) --silent bundle 2>/dev/null || echo "Pages load the whole of plotly.js, 1 MB more: there is no npm, or it reaches no registry (make bundle)"

run: setup  ## load a sample city where the warehouse is empty, then serve it on 127.0.0.1
	@$(BIN)/kezek demo --applications $(APPLICATIONS) --port $(PORT)

bundle: $(BUNDLE)  ## plotly.js with our kinds of charts alone, by npm; without it pages weigh 1 MB more

test: .venv/dev.stamp browser  ## every test: SQLite, a real PostgreSQL, a real Chromium
	@$(BIN)/pytest -n $(JOBS) --dist worksteal

soak: .venv/dev.stamp  ## kill runs at SOAK random moments on each database; damage SOAK times as many exports
	@KEZEK_SOAK=$(SOAK) $(BIN)/pytest -n $(JOBS) --timeout 7200 -k "any_moment or changed or packed" \
		tests/integration/test_kill.py tests/integration/test_mutated_exports.py

lint: .venv/dev.stamp  ## style, types, which room may import which, and no secret in any file
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@(git ls-files -z 2>/dev/null || find dashboard data docs etl tests -type f -print0) \
		| xargs -0 $(BIN)/detect-secrets-hook --baseline .secrets.baseline \
		|| { echo "A secret? Take it out; if it is none, mark its line: pragma: allowlist secret" >&2; exit 1; }

audit: .venv/dev.stamp  ## known weaknesses of the locked packages (asks PyPI; not part of the tests)
	@for lock in requirements.lock requirements-dev.lock; do \
		$(BIN)/pip-audit -r $$lock --require-hashes --disable-pip --strict --progress-spinner off \
		|| { echo "$$lock is not shown to be sound: a known weakness, or PyPI could not be asked (no network?); see above" >&2; exit 1; }; \
	done

bench: .venv/bench.stamp  ## ETL beside dlt and to_sql on SIZES, pages on PAGES; WRITE=1 for docs/
	@$(BIN)/python -m tests.benchmarks --sizes $(SIZES) --pages $(PAGES) $(if $(WRITE),--write)

browser: .venv/dev.stamp
	@$(BIN)/python tests/support/chromium.py

lock:  ## choose the packages anew (needs uv); commit the three files
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-annotate --no-header --upgrade -q pyproject.toml \
		--group build -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-annotate --no-header --upgrade -q pyproject.toml \
		--group dev -c requirements.lock -o requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-annotate --no-header --upgrade -q pyproject.toml \
		--group bench -c requirements-dev.lock -o requirements-bench.lock

clean:  ## remove the environment, the warehouse and every cache
	rm -rf .venv var build dashboard/vendor *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Kezek needs Python 3.11 or newer; install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "Python could not make .venv; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

# npm comes with the tools for tests, or is the system's. Offline it must give up at once.
$(BUNDLE): package.json package-lock.json
	@rm -rf build/npm && mkdir -p build/npm $(@D) && cp package.json package-lock.json build/npm
	@cd build/npm && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --ignore-scripts --no-audit \
		--no-fund --fetch-retries 0 --fetch-timeout 30000
	@cp build/npm/node_modules/plotly.js-basic-dist-min/$(@F) $@

.venv/run.stamp: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Setting up .venv (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@echo "Setting up the tools for tests (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.venv/bench.stamp: requirements-bench.lock .venv/dev.stamp
	@echo "Setting up the peers of the benchmarks (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@
