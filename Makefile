# make run   set up, fetch the real data, check every claim (some three minutes once installed), write figures and ledger
# make test  set up with the test extras, fetch the real data, run the whole test suite
# make lint  format, lint and types
# Settings: VENV=folder, PYTHON=python3.11, PIP_ARGS='...', ARGS='--preset standard' (of the experiments)
VENV ?= .venv
PYTHON ?= python3
PIP_ARGS ?=
ARGS ?=
BIN := $(VENV)/bin
# One thread a process: the work is spread over processes, and spinning threads only take the processor from each other.
export OMP_NUM_THREADS ?= 1

.PHONY: run test lint data
.DEFAULT_GOAL := run

EXPERIMENTS := identifiability equivalence invariance_tests composition

run: $(VENV)/.installed-data data
	for name in $(EXPERIMENTS); do $(BIN)/python -m experiments.$$name run $(ARGS) || exit; done
	for name in $(EXPERIMENTS) ledger; do $(BIN)/python -m paper_figures $$name || exit; done

test: $(VENV)/.installed-test data
	$(BIN)/python -m pytest -n logical --dist loadfile

lint: $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Without the real data everything else still runs: its claims then say `not run`, its tests skip with the reason.
data:
	@$(BIN)/python -m realscale.data fetch emoji || echo "make: no real data; its claims and tests will say so" >&2
	@! $(BIN)/python -c 'import textblob' 2>/dev/null || $(BIN)/python -m realscale.negatives --fetch || echo "make: no WordNet; its tests will say so" >&2

$(VENV)/.installed-%: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; say PYTHON=python3.11 (or newer)" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(PIP_ARGS) --quiet --disable-pip-version-check -e '.[$*]'
	@touch $@
