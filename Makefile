# The two commands: `make run` and `make test`. Both make a virtual environment in .venv and install the project there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What is imported is compiled then, once: each process would do it again where bytecode may not be written. To compile
# all that is installed takes longer than to install it.
PIP := --quiet --no-compile
unexport PYTHONDONTWRITEBYTECODE
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-test
LONG_STAMP := $(VENV)/.installed-long

# Test files are shared among the cores, the longest first (tests/conftest.py).
PYTEST := -q -n auto --dist loadfile --no-loadscope-reorder

.PHONY: run test test-long tests lint fuzz numbers clean

run: $(STAMP)
	$(BIN)/driftsim run configs/quickstart.toml -o runs/quickstart --overwrite

# The checks beside the run, which compiles, and the tests after it, which need what it compiled.
test: $(TEST_STAMP)
	$(MAKE) --jobs=2 lint tests CHOSEN='-m "not long"'

test-long: $(LONG_STAMP)
	$(MAKE) --jobs=2 lint tests

tests: run
	$(BIN)/python -m pytest $(PYTEST) $(CHOSEN)

# Anything at all is given to the parsers, for a minute or for SECONDS.
SECONDS ?= 60
fuzz: $(TEST_STAMP)
	-$(BIN)/python -m pip install --quiet --editable '.[fuzz]'
	$(BIN)/python tests/fuzz/run.py $(SECONDS)

# The numbers, tables and figures of README and docs, from runs of their own: some ten minutes on two cores.
numbers: $(STAMP)
	$(BIN)/python docs/make_numbers.py

lint: $(TEST_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "driftsim needs Python 3.11 or later; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	-$(BIN)/python -m pip install --quiet --upgrade pip # older ones take half as long again to find what fits

$(STAMP): pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install $(PIP) --editable .
	touch $@

$(TEST_STAMP): pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install $(PIP) --editable '.[test]'
	touch $(STAMP) $@

# Libraries of 400 MB, without which the tests of GRIB, Icechunk and Parquet are skipped.
$(LONG_STAMP): pyproject.toml $(TEST_STAMP)
	$(BIN)/python -m pip install $(PIP) --editable '.[test,stores,grib,parquet,distributed]'
	touch $@

clean:
	rm -rf $(VENV) build dist runs
