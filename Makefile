# Everything a person types. `make play` and `make test` work on a fresh machine with Python and make.

# The distribution's first: it is built with optimisations, which what a version manager compiles often is not (docs/performance.md).
PYTHONS := /usr/bin/python3.12 /usr/bin/python3.11 /usr/bin/python3.13 python3.12 python3.11 python3.13 python3
PYTHON ?= $(shell for need in venv,ensurepip venv; do for p in $(PYTHONS); do command -v $$p >/dev/null 2>&1 && $$p -c "import sys,$$need; sys.exit(not (3,11) <= sys.version_info[:2] < (3,14))" 2>/dev/null && echo $$p && exit; done; done)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
# Where the real drawings are, if you have them. The only place that knows this default.
INKLING_DATA ?= $(wildcard ../shared/data)
export INKLING_DATA
export PYTHONDONTWRITEBYTECODE = 1
RUN := $(BIN)/python scripts/run_suite.py
# Tests that mostly wait run two at a time.
TWO_WORKERS := -n 2
# Measured in the suites of single parts: it would slow the timings of the others down. Python 3.12 measures nearly for free.
COVERED = COVERAGE_CORE=$$($(BIN)/python -c "import sys; print('sysmon' if sys.version_info >= (3, 12) else 'ctrace')") \
  $(BIN)/pytest -q --cov --cov-append --cov-report=

.PHONY: help setup play quick test check format e2e e2e2 faults fuzz scale redis wheel lock clean types figures recipes-page bench

help:            ## list all targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## */  make \1\t/' | expand -t 22

setup: $(VENV)/.ready server/static/index.html  ## virtual environment, dependencies, client build

$(VENV)/.ready: requirements/dev.txt scripts/preflight.py pyproject.toml
	@test -n "$(PYTHON)" || { echo "Inkling needs Python 3.11, 3.12 or 3.13. On Debian: sudo apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) scripts/preflight.py
	@echo "Setting up Python packages (TensorFlow is large; this takes a few minutes)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	@touch $@

CLIENT_SOURCES := $(shell find client/src client/public client/index.html client/package-lock.json client/vite.config.ts client/plugins -type f 2>/dev/null)

server/static/index.html: $(VENV)/.ready $(CLIENT_SOURCES)
	@echo "Building the page…"
	@$(BIN)/python scripts/npm.py ci --no-audit --no-fund --silent
	@$(BIN)/python scripts/npm.py run build

play: setup      ## the game at a printed address (LAN=1 lets phones join)
	@exec $(BIN)/inkling play --port $(PORT) $(if $(LAN),--lan)

quick: setup     ## check, unit, property and contract tests (≤ 2 min)
	@$(RUN) check:120 $(MAKE) --no-print-directory check
	@$(RUN) unit:60 $(BIN)/pytest -q $(TWO_WORKERS) tests/unit tests/property
	@$(RUN) contract:90 $(BIN)/pytest -q $(TWO_WORKERS) tests/contract

test:            ## everything CI runs, with coverage by folder and the time of each suite
	@$(BIN)/python -c '' 2>/dev/null || $(MAKE) --no-print-directory setup
	@$(MAKE) --no-print-directory setup
	@$(RUN) check:120 $(MAKE) --no-print-directory check
	@rm -rf .coverage && mkdir .coverage
	@$(RUN) unit+property:180 env $(COVERED) $(TWO_WORKERS) tests/unit tests/property
	@$(RUN) client:60 $(BIN)/python scripts/npm.py test -- --coverage
	@$(RUN) contract:200 env $(COVERED) $(TWO_WORKERS) tests/contract
	@$(RUN) integration:210 $(BIN)/pytest -q $(TWO_WORKERS) tests/integration
	@$(RUN) redis:150 $(BIN)/python scripts/redis_test_matrix.py
	@$(RUN) faults:240 $(BIN)/pytest -q tests/faults tests/fuzz
	@$(RUN) recipes:60 $(BIN)/pytest -q tests/recipes
	@$(RUN) browser:400 $(BIN)/pytest -q tests/e2e
	@$(BIN)/python scripts/coverage_table.py
	@$(RUN) --summary

check: setup     ## format, lint, strict types, import contracts, docs up to date (≤ 2 min)
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo >/dev/null || $(BIN)/lint-imports
	@$(BIN)/python -m server.protocol_types --check
	@$(BIN)/python scripts/settings_page.py --check
	@$(BIN)/python scripts/protocol_page.py --check
	@$(BIN)/python scripts/model_figures.py --check
	@$(BIN)/python scripts/recipes_page.py --check
	@$(BIN)/python scripts/performance_page.py --check
	@$(BIN)/pytest -q tests/docs
	@$(BIN)/python scripts/npm.py run lint --silent

format:          ## format Python and TypeScript
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .
	@$(BIN)/python scripts/npm.py run format --silent

types:           ## generate the client's protocol types, and the tables of docs/protocol.md, from the server's types
	@$(BIN)/python -m server.protocol_types
	@$(BIN)/python scripts/protocol_page.py

e2e: setup       ## the browser tests only
	@$(BIN)/pytest -q tests/e2e

e2e2: setup      ## the browser tests through a plain round-robin proxy before two web processes
	@WEBS=2 $(BIN)/pytest -q tests/e2e

faults: setup    ## kill, stop and starve every part in full counts (about 20 min); the table goes into docs/reliability.md
	@$(BIN)/python -m tests.faults

fuzz: setup      ## attack a web process in full counts: connections, floods of frames, slow HTTP (about 20 min, on a quiet machine)
	@$(BIN)/python -m tests.fuzz

scale: setup     ## what a second web process costs, with random routing and routed by room
	@$(BIN)/python -m tests.load.scale

redis: setup     ## the contract tests that talk to Redis, on Redis 7 and 8 and on Valkey (fetched into .redis/)
	@$(BIN)/python scripts/redis_test_matrix.py

wheel: setup     ## build the wheel into dist/ and check that it carries page, scripts and champion
	@$(BIN)/python -m pip wheel -q --no-deps --no-build-isolation --disable-pip-version-check -w dist .
	@$(BIN)/python scripts/check_wheel.py dist

figures: setup   ## evaluate the champion on real drawings (INKLING_DATA); writes the report and the figures in the pages
	@test -n "$(INKLING_DATA)" || { echo "INKLING_DATA is not set: a folder with quickdraw/simplified, quickdraw/raw and doodlenet"; exit 1; }
	@$(BIN)/inkling model remember --data $(INKLING_DATA)/quickdraw/simplified
	@$(BIN)/inkling model evaluate --part test --limit 8 --data $(INKLING_DATA)/quickdraw/simplified \
	  --play $(INKLING_DATA)/quickdraw/raw --teacher $(INKLING_DATA)/doodlenet --pack easy --report docs/evaluation.html --json > model/champion/evaluation.tmp
	@mv model/champion/evaluation.tmp model/champion/evaluation.json
	@$(BIN)/python scripts/model_figures.py
	@$(BIN)/python scripts/recipes_page.py

recipes-page: setup  ## write docs/recipes.md from the results of full runs (RUNS=DIR takes those of DIR over first)
	@$(BIN)/python scripts/recipes_page.py $(if $(RUNS),take $(RUNS))

bench: setup     ## measure Inkling against other servers (≤ 15 min); writes benchmarks/latest.json and docs/performance.md
	@$(BIN)/python -m benchmarks
	@$(BIN)/python scripts/performance_page.py

lock:            ## compile the lock files anew (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/"; exit 1; }
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements/dev.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements/dev.txt requirements/web.in -o requirements/web.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements/dev.txt benchmarks/requirements.in -o benchmarks/requirements.txt

clean:           ## remove what set-up and builds made
	@rm -rf $(VENV) .node .redis .coverage server/static client/node_modules dist benchmarks/.venv benchmarks/node_modules
