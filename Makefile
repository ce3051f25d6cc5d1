# The project's chores. Each target installs first what it needs; once that is done, no network is used.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
# Sees all of .venv and has pyspark besides.
SPARK := .venv-spark
# For so few rows Spark would write and compile more code than it runs.
QUICK := $(foreach setting,codegen.wholeStage=false codegen.factoryMode=NO_CODEGEN adaptive.enabled=false,\
	--conf spark.sql.$(setting))
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-emit-index-url $(UPGRADE)

# Without bytecode every import of Prefect costs seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo test test-slow test-spark lint style types locks format lock bench bench-dedupe bench-incremental clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-17s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(STAMP) ## Make .venv with every library at its pinned version (PYTHON=python3.12 chooses another Python)
	@echo "Ready: $(BIN)/leads --help"

$(STAMP): pyproject.toml requirements-dev.lock
	@command -v $(PYTHON) >/dev/null || \
		{ echo "$(PYTHON) is not here: install Python 3.11 or newer, or name one: make install PYTHON=…"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.version_info < (3, 11) and sys.exit("$(PYTHON) is Python " + sys.version.split()[0] \
		+ ", we need 3.11 or newer. Name one: make install PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make environments: install its venv package (Debian: apt install python3-venv)"; exit 2; }
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv
	@echo "Installing the pinned libraries; the first time takes a few minutes"
	@$(BIN)/python -m pip install $(if $(wildcard $@),--quiet) --disable-pip-version-check \
		--require-hashes --no-deps -r requirements-dev.lock
	@$(BIN)/python -m pip check --disable-pip-version-check --quiet
	@echo "Installing the project itself, as links to this folder"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP) ## Run the whole job on the sample sources, in a throw-away home
	@echo "Running the demo"
	@$(BIN)/leads demo

test: $(STAMP) ## Run all tests (ARGS="-k phones" chooses)
	@echo "Running the tests, two at a time"
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-slow: $(STAMP) ## Run what make test leaves out: the same once more, sealed, on PostgreSQL, with more examples
	@echo "Running the slow tests, two at a time"
	@$(BIN)/pytest -m slow -n 2 --dist load $(ARGS)

test-spark: $(STAMP) ## Run the tests of leads bulk on Spark: needs Java 17, installs pyspark (0.5 GB) beside .venv
	@test -x $(SPARK)/bin/python || { echo "Making $(SPARK)"; $(BIN)/python -m venv $(SPARK); }
	@$(BIN)/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' \
		> "$$($(SPARK)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/pinned.pth"
	@$(BIN)/python -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
		print(*project["optional-dependencies"]["spark"], sep="\n")' > $(SPARK)/asked.txt
	@$(SPARK)/bin/python -m pip install --disable-pip-version-check --quiet -r $(SPARK)/asked.txt
	@PYSPARK_SUBMIT_ARGS="$(QUICK) pyspark-shell" $(SPARK)/bin/python -m pytest -m spark -n 0 $(ARGS)

lint: style types locks ## Check style, types, and that the locks are in step with pyproject.toml

style: $(STAMP)
	@echo "Checking style"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP)
	@echo "Checking types"
	@$(BIN)/mypy

locks: $(STAMP)
	@echo "Checking the locks"
	@$(BIN)/python .ci/check_lock.py

format: $(STAMP) ## Bring the code into its one form
	@echo "Formatting"
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

lock: $(STAMP) ## Pin what pyproject.toml asks for (needs a network; UPGRADE=--upgrade takes newer versions)
	@echo "Pinning the libraries the project runs with"
	@$(COMPILE) --output-file requirements.lock
	@echo "Pinning those and the ones it is developed with"
	@$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock

bench: $(STAMP) ## Measure: every script in bench/, one after the other
	@echo "Running the measurements in bench/"
	@for script in $(sort $(wildcard bench/[!_]*.py)); do \
		echo "$$script"; $(BIN)/python $$script || exit 1; done

bench-dedupe: $(STAMP) ## Measure `leads dedupe` beside Splink on the labelled sets (ER_SETS names their folder)
	@echo "Matching the labelled sets"
	@$(BIN)/python bench/matching.py $(ARGS)

bench-incremental: $(STAMP) ## Measure new leads in small and large stores, and the same leads in other orders
	@echo "Loading new leads into stores of several sizes"
	@$(BIN)/python bench/incremental.py $(ARGS)

clean: ## Remove caches and build results (not .venv)
	@echo "Removing caches and build results"
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
