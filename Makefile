PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo decode figure docs test test-papers test-docs test-all test-floor test-newest \
	bench bench-core bench-gpu bench-streams faults published claims credit clean

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Each stamp is one set of extras, installed into the same environment.
$(VENV)/.%.stamp: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable ".[$*]"
	touch $@

demo: $(VENV)/.cli,river.stamp
	$(BIN)/python examples/demo.py

# Reads recordings from the folder that ONWARD_DATA names, or from shared/data beside the checkout.
decode: $(VENV)/.cli,river.stamp
	$(BIN)/python examples/decode.py

figure: demo
	$(BIN)/python examples/figure.py

# Every page is run; a warning is an error.
docs: $(VENV)/.docs.stamp
	$(BIN)/python docs/facts.py
	$(BIN)/python docs/rules_and_cells.py > docs/reference/rules-and-cells.md
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

# Types are checked beside the tests, and what is found is shown after them.
test: $(VENV)/.test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(BIN)/pyright > $(VENV)/pyright.txt & types=$$!; \
	$(BIN)/python -m pytest; tests=$$?; \
	wait $$types; types=$$?; \
	echo pyright; cat $(VENV)/pyright.txt; \
	exit $$((tests || types))

# An empty -m selects every test: the studies that train many networks, every rule on every cell,
# and variations that take the code that another takes. With ONWARD_THOROUGH programs are optimized
# and shapes are checked, in all of them.
test-papers: $(VENV)/.test.stamp
	ONWARD_THOROUGH=1 $(BIN)/python -m pytest -m "" tests/papers

test-all: $(VENV)/.test.stamp
	ONWARD_THOROUGH=1 $(BIN)/python -m pytest -m ""

# The code of every page, compiled quickly.
test-docs: $(VENV)/.test.stamp
	$(BIN)/python -m pytest -m "" tests/test_docs.py

# The oldest and the newest releases of what we depend on, each in an environment of its own; a
# suite of minutes on a few cells and rules.
SHORT := tests/test_package.py tests/test_readme.py tests/learning/test_xla.py \
	tests/storing/test_checkpoint.py tests/learning/test_running.py tests/cells/test_laws.py \
	tests/rules/test_laws.py tests/streams/test_catalogue.py tests/runs/test_folder.py
SHORT_NAMES := not laws or (lru or gru) and not min and not reset and not embedded

.venv-floor/.stamp: PIP_CONSTRAINT := $(CURDIR)/constraints-floor.txt
.venv-newest/.stamp: PIP_CONSTRAINT :=
.venv-floor/.stamp: constraints-floor.txt
.venv-floor/.stamp .venv-newest/.stamp: pyproject.toml
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --editable ".[cli,river]" pytest pytest-xdist
	touch $@

test-floor test-newest: test-%: .venv-%/.stamp
	ONWARD_THOROUGH=1 .venv-$*/bin/python -m pytest $(SHORT) -k "$(SHORT_NAMES)"

# Its dependencies are not ours: an environment and constraints of its own.
.venv-braintrace/.stamp: benchmarks/braintrace-constraints.txt
	$(PYTHON) -m venv --clear .venv-braintrace
	PIP_CONSTRAINT=$(CURDIR)/$< .venv-braintrace/bin/python -m pip install --quiet braintrace
	touch $@

# Likewise. deep-river needs gigabytes, so nothing here depends on it: without its environment the
# table says why it is absent.
.venv-peers/.stamp: PEERS := river capymoa
.venv-deep-river/.stamp: PEERS := deep-river pytest
.venv-peers/.stamp .venv-deep-river/.stamp: .venv-%/.stamp: benchmarks/streams/%-constraints.txt
	$(PYTHON) -m venv --clear $(@D)
	PIP_CONSTRAINT=$(CURDIR)/$< $(@D)/bin/python -m pip install --quiet $(PEERS)
	touch $@

bench: $(VENV)/.bench.stamp .venv-braintrace/.stamp
	$(BIN)/python benchmarks/bench.py --keep

bench-core: $(VENV)/.bench.stamp
	$(BIN)/python benchmarks/bench.py --one --only updates influence latency river start

# Six minutes on a GPU or a TPU that JAX was installed for; `benchmarks/accelerator.py --small` runs
# anywhere.
bench-gpu: $(VENV)/.cli,river.stamp
	$(BIN)/python benchmarks/accelerator.py

bench-streams: $(VENV)/.cli,river.stamp .venv-peers/.stamp
	$(BIN)/python -m benchmarks.streams.run --keep

# Twenty minutes, most of it for processes that are killed as soon as they have begun. Then
# tables and recordings that nobody would write, as many times more of them as in `make test`.
HOSTILE := tests/streams/files/test_hostile.py tests/runs/test_hostile.py \
	tests/recordings/test_hostile.py tests/recordings/test_hostile_nwb.py
faults: $(VENV)/.bench.stamp $(VENV)/.test.stamp
	JAX_PLATFORMS=cpu $(BIN)/python -m benchmarks.faults.run
	ONWARD_HOSTILE=20 $(BIN)/python -m pytest -m "" $(HOSTILE)

# Every claim over its family of protocols; hours, and can be resumed.
claims: $(VENV)/.cli,river.stamp
	$(BIN)/onward reproduce --out results

published: $(VENV)/.cli,river.stamp
	$(BIN)/python -m papers.published.run

# Half an hour on two cores, and can be resumed.
credit: $(VENV)/.cli,river.stamp
	$(BIN)/python -m papers.credit.run --out results

clean:
	rm -rf $(VENV) .venv-braintrace .venv-peers .venv-deep-river .venv-floor .venv-newest out \
		docs/_build
