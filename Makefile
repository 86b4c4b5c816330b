# Everything a user or a test machine does. `make help` lists it.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
BENCHMARKS := trajectory experiment sampling iq_points growth startup sweep envelopes inference planning plan_scatter null_channel design laboratories adaptive optimal_charging
QOC := build/qutip-qoc
PIP := $(BIN)/python -m pip
# A virtual environment that uv made need not have pip.
INSTALL := { $(PIP) --version || $(BIN)/python -m ensurepip; } >/dev/null 2>&1; \
	$(PIP) install --quiet --disable-pip-version-check -c constraints.txt
# One thread of linear algebra each: two processes share two cores.
TESTS := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
PYTHONS := python3 python3.13 python3.12 python3.11

.PHONY: help run test studies slow experiments instruments lint style docs bench ledger reality pictures soak clean

help:  ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: $(VENV)/.installed  ## emulate, analyse and report examples/proposed.toml
	$(BIN)/cqed-battery run examples/proposed.toml --out runs/proposed

test: $(VENV)/.installed-test  ## run the tests but the slow ones and the studies
	$(TESTS) -m "not slow and not study" $(PYTEST)

studies: $(VENV)/.installed-test  ## run the tests that take whole runs, three times as long
	$(TESTS) -m "study and not slow" $(PYTEST)

slow: $(VENV)/.installed-test  ## run the slow tests
	$(BIN)/python -m pytest -m slow $(PYTEST)

experiments: $(VENV)/.installed-experiments  ## run qiskit-experiments on the emulated device
	$(BIN)/python -m pytest -m slow tests/test_backend_experiments.py

instruments: $(VENV)/.installed-instruments  ## rehearse a run on control electronics
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/test_labone_q.py $(PYTEST)

lint: $(VENV)/.installed-test  ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.installed-docs  ## build the documentation into build/docs, offline
	$(BIN)/python -m sphinx -q -W --keep-going -d build/doctrees docs build/docs
	@echo "documentation: build/docs/index.html"

bench: $(VENV)/.installed-bench $(VENV)/.installed-instruments $(QOC)/.installed  ## install the peers and run every benchmark
	@set -e; for name in $(BENCHMARKS); do echo "$$name"; $(BIN)/python -m benchmarks.$$name; done

style: $(VENV)/.installed-test  ## print sizes of files and functions beside what the project keeps to
	$(BIN)/python -m benchmarks.style

ledger: $(VENV)/.installed  ## compute what the papers claim, and write docs/claims.md
	$(BIN)/cqed-battery claims --page docs/claims.md

reality: $(VENV)/.installed  ## compare with published measurements, and write docs/reality.md
	$(BIN)/cqed-battery reality --page docs/reality.md

pictures: $(VENV)/.installed  ## run the examples and draw docs/pictures
	$(BIN)/python -m benchmarks.pictures

soak: $(VENV)/.installed-test  ## attack it for hours, and write docs/reliability.md; SOAK="--cases 1000" for less
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 PYTHONPATH=tests:. $(BIN)/python -m soak $(SOAK)

clean:  ## remove caches and builds; .venv and runs stay
	rm -rf build dist docs/reference/generated *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find cqed_battery protocols analysis tests -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV); the first time this takes a few minutes."
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV), test tools included; the first time this takes a few minutes."
	@$(INSTALL) --editable '.[test]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-experiments: $(VENV)/.installed-test
	@$(INSTALL) --no-deps qiskit-experiments
	@touch $@

$(VENV)/.installed-instruments: $(VENV)/.installed-test
	@echo "Installing the software of control electronics into $(VENV)."
	@$(INSTALL) --editable '.[test,laboneq]'
	@touch $@

$(VENV)/.installed-docs: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV), what builds the documentation included."
	@$(INSTALL) --editable '.[docs]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-bench: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV), peers included; the first time this takes a few minutes."
	@$(INSTALL) --editable '.[bench]'
	@touch $(VENV)/.installed $@

# numpy 1.26, which qutip-qoc needs, has no wheels for Python 3.13.
$(QOC)/.installed: benchmarks/qutip_qoc.txt
	@echo "Installing qutip-qoc into $(QOC), with a numpy of its own."
	@for python in python3.12 python3.11; do \
	    $$python -m venv $(QOC) 2>/dev/null && \
	    $(QOC)/bin/python -m pip install --quiet --disable-pip-version-check -r $< && \
	    touch $@ && exit 0; \
	done; echo "no Python 3.11 or 3.12 for qutip-qoc: its comparison is left out" >&2

# The first Python in the supported range that can really be started, or else one that uv finds or
# fetches. What stops Python 3.14 is symengine < 0.14 alone, which qiskit 1.3 asks for.
$(BIN)/python:
	@for python in $(PYTHONS); do \
	    if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	        2>/dev/null; then \
	        "$$python" -m venv $(VENV) && exit 0; \
	        rm -rf $(VENV); \
	        echo "$$python cannot make a virtual environment: its venv module is incomplete." >&2; \
	        exit 1; \
	    fi; \
	done; \
	if uv --version >/dev/null 2>&1; then uv venv --quiet --seed --python 3.13 $(VENV); exit $$?; fi; \
	echo "Python 3.11, 3.12 or 3.13 is needed, and none of $(PYTHONS) is one; qiskit 1.3 asks for" \
	    "symengine < 0.14, which there is not for Python 3.14. Install one of them, or uv from" \
	    "https://docs.astral.sh/uv and call: uv venv --python 3.13" >&2; \
	exit 1
