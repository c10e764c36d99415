# everynumber: `make paper` writes and audits the example paper, `make test` runs the tests.
# Needs Python 3.11 or newer and make; everything else comes from requirements.lock (pins and hashes).

# The first Python here that is new enough. To use another one: make paper PYTHON=/path/to/python
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; exit; }; done; echo python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STUDY ?= data/nmosd
# Whole papers tampered with again and again: minutes each. `make test` leaves them out, `make test-all` and CI do not.
LONG_TESTS := $(addprefix audit/test_,audit_detection.py audit_html_seen.py audit_pdf_edited.py audit_pdf_seen.py \
	audit_supplement.py fire_bytes.py fire_files.py fire_records.py returned_constructs.py returned_resaved.py \
	returned_seen.py rules_papers.py) $(addprefix writing/test_,chain.py claims_chosen.py cluster_written.py \
	crossover_written.py flow_written.py harms_written.py large_trial.py many_arms.py pages.py privacy.py \
	repeated_written.py sensitivity_written.py tamper.py warned.py) $(addprefix checklist/test_,checklist.py consort_page.py draft.py) $(addprefix properties/test_any_,paper.py results.py warning.py)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install paper test test-all lint types check lock pictures benchmark clean distclean

help: ## what there is to make
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s%s\n", $$1, $$2}'

install: $(STAMP) ## make .venv with everything that is needed, and everynumber itself

paper: $(STAMP) ## build the NMOSD paper (or STUDY=folder) and audit every number in it
	@$(BIN)/everynumber build "$(STUDY)"

test: $(STAMP) ## run the tests, but for the long ones
	$(BIN)/python -m pytest -n 2 $(addprefix --ignore=tests/,$(LONG_TESTS))

test-all: $(STAMP) ## run all tests, as .ci/run does
	$(BIN)/python -m pytest -n 2 -rs

lint: $(STAMP) ## ruff
	$(BIN)/ruff check .

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

check: lint types ## lint and types

pictures: $(STAMP) ## make the README's pictures again (needs pdftoppm)
	docs/images/make.sh

benchmark: $(STAMP) ## measure a build beside a bare script, and write docs/benchmarks.md
	$(BIN)/python benchmarks/build.py --write

# A second call does nothing until the lock or pyproject.toml changes. Only relative paths: the folder may have any name.
$(STAMP): requirements.lock pyproject.toml
	@"$(PYTHON)" -c '' >/dev/null 2>&1 || { \
		echo "There is no Python called '$(PYTHON)'. Install Python 3.11 or newer, or name one: make paper PYTHON=/path/to/python" >&2; exit 2; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "'$(PYTHON)' is $$("$(PYTHON)" -V 2>&1), and everynumber needs Python 3.11 or newer. Name one: make paper PYTHON=/path/to/python" >&2; exit 2; }
	@"$(PYTHON)" -c 'import ensurepip, venv' >/dev/null 2>&1 || { \
		echo "'$(PYTHON)' cannot make virtual environments: its modules venv and ensurepip are missing. On Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }
	@echo "Making $(VENV) from requirements.lock; this takes a minute or two."
	@$(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

lock: ## write requirements.lock again: pins and hashes of everything in pyproject.toml, by uv
	@scratch="$$(mktemp -d)" && trap 'rm -rf "$$scratch"' EXIT && \
	"$(PYTHON)" -m venv "$$scratch/uv" && "$$scratch/uv/bin/python" -m pip install --quiet uv && \
	"$$scratch/uv/bin/uv" pip compile pyproject.toml --group dev --universal --generate-hashes --no-header \
		--python-version 3.11 --quiet --output-file requirements.lock

clean: ## remove what was built, and caches
	rm -rf _output build .everynumber .quarto .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name .venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

distclean: clean ## remove .venv too
	rm -rf $(VENV)
