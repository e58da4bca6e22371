# The tasks of the shared outcomes ledger. Bare `make` lists them.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# What the tests use beside Python. Installed by `make test` on Debian as root, and only what is missing;
# elsewhere a test that lacks its tool is skipped and says which.
DEBIAN_PACKAGES := openssl openssh-client jq golang-go golang-golang-x-mod-dev strace libfaketime hledger ledger \
  chromium libreoffice-calc poppler-utils

.PHONY: help demo test campaign lint bench docs clean tools

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.for-use ## Fill an example place with partners, what they commit and what they pay for, and show it
	@$(BIN)/outcomes demo

test: tools lint ## Set up what the tests need, then run every check
	@$(BIN)/pytest -n 2

campaign: tools .venv/.for-tests ## Search longer for faults: more random histories, every byte flipped
	@$(BIN)/pytest -n 2 -m campaign --hypothesis-profile=campaign

lint: .venv/.for-tests ## Check style, types and who imports whom
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: .venv/.for-tests ## Measure recording, verifying and replaying on this machine
	@$(BIN)/python -m tests.bench

docs: .venv/.for-tests ## Print the reference, the worked bytes and every transcript anew from the program
	@$(BIN)/outcomes catalogue --markdown > docs/reference/catalogue.md.new
	@mv docs/reference/catalogue.md.new docs/reference/catalogue.md
	@$(BIN)/python -m tests.worked
	@$(BIN)/python -m tests.transcript tests/transcripts/*.txt docs/tutorial.md docs/verify-without-us.md \
	  docs/line-of-sight.md README.md

clean: ## Remove .venv, caches and built files; no ledger is touched
	@rm -rf .venv build dist ./*.egg-info .coverage
	@rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find commands ledger projections tests -name __pycache__ -type d -prune -exec rm -rf {} +

# -- setting up ---------------------------------------------------------------------------------

$(BIN)/pip:
	@$(PYTHON) -m venv .venv

.venv/.for-use: $(BIN)/pip pyproject.toml
	@echo "Installing the ledger into .venv (once) ..." >&2
	@$(BIN)/pip install -qq -e .
	@touch $@

.venv/.for-tests: $(BIN)/pip pyproject.toml
	@echo "Installing the ledger and its test tools into .venv (once) ..." >&2
	@$(BIN)/pip install -qq -e '.[test,postgres]'
	@touch .venv/.for-use $@

tools:
	@[ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ] || exit 0; \
	missing=''; \
	for package in $(DEBIAN_PACKAGES); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q '^install ok installed' \
	    || missing="$$missing $$package"; \
	done; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || missing="$$missing python3-venv"; \
	[ -n "$$missing" ] || exit 0; \
	echo "Installing for the tests (once):$$missing" >&2; \
	export DEBIAN_FRONTEND=noninteractive; \
	fetch='apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends'; \
	apt-get -qq update </dev/null >/dev/null; \
	$$fetch $$missing </dev/null >/dev/null && exit 0; \
	for package in $$missing; do \
	  $$fetch $$package </dev/null >/dev/null \
	    || echo "Could not install $$package: the tests that need it are skipped (under CI they fail)." >&2; \
	done
