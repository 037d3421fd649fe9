# make run   set up, fetch the real data, check every claim (some four to six minutes once installed), write figures and ledger
# make test  set up with the test extras, fetch the real data, run the whole test suite
# make lint  format, lint and types
# Settings: VENV=folder, PYTHON=python3.11, PIP_ARGS='...', ARGS='--preset standard' (of the experiments)
VENV ?= .venv
PYTHON ?= python3
PIP_ARGS ?=
ARGS ?=
BIN := $(VENV)/bin
SHELL := /bin/bash
# One thread a process: the work is spread over processes, and spinning threads only take the processor from each other.
export OMP_NUM_THREADS ?= 1

.PHONY: run test lint data
.DEFAULT_GOAL := run

EXPERIMENTS := identifiability equivalence invariance_tests composition midtraining reward

run: $(VENV)/.installed-data data
	for name in $(EXPERIMENTS); do $(BIN)/python -m experiments.$$name run $(ARGS) || exit; done
	printf '%s\n' $(EXPERIMENTS) ledger | xargs -P 2 -n 1 $(BIN)/python -m paper_figures

test: $(VENV)/.installed-test data
	$(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Without the real data everything else still runs: its claims then say `not run`, its tests skip with the reason. What
# only an extra uses is fetched where the extra is installed (its package, then what to run; commas stand for spaces).
EXTRAS := textblob:negatives:--fetch tokenizers:sentence_encoder:fetch timm:pretrained:fetch timm:pretrained:fetch,open-styles
data:
	@$(BIN)/python -m realscale.data fetch emoji || echo "make: no real data; its claims and tests will say so" >&2
	@for extra in $(EXTRAS); do IFS=: read -r package module command <<< "$$extra"; \
		$(BIN)/python -c "import importlib.util as u; exit(u.find_spec('$$package') is None)" || continue; \
		$(BIN)/python -m realscale.$$module $${command//,/ } || echo "make: realscale.$$module has no data; its tests will say so" >&2; done

$(VENV)/.installed-%: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; say PYTHON=python3.11 (or newer)" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(PIP_ARGS) --quiet --disable-pip-version-check -e '.[$*]'
	@touch $@
