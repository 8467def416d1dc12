# Everything is built into .venv and out/; a second run of any target finds its stamps and is quick.
# Needs Python 3.11 or newer, GNU make and git. The embedded database starts by itself, see
# docs/decisions/0003-embedded-postgresql.md.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help install run serve test test-all browser lint bench stop clean lock

PYTHON ?= python3
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out

PLANNER := $(wildcard src/zhitong/planning/*.py src/zhitong/planning/shuttle/*.py)
TEMPLATES = $(shell find src -name '*.html' -path '*/templates/*')
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# One line a package; pip's own output is either silent or pages long.
PROGRESS := sed -un -e 's/^ *\(Downloading\|Using cached\) \([^ ]*\).*/  \2/p' \
	-e 's/^\(Installing collected packages\):.*/  \1/p'

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

install: $(VENV)/.package $(VENV)/.kernels ## Make .venv: locked packages, this package, compiled planner kernels

run: install ## Walk one province from survey to bulletin and leave its documents in out/
	$(BIN)/python -m zhitong.cli journey --out $(OUT)

serve: install ## Serve the platform on this machine
	$(BIN)/zhitong serve

test: install $(VENV)/.tools browser ## Run the tests
	$(BIN)/pytest -n 2

test-all: install $(VENV)/.tools browser ## Run the tests, the long ones included
	$(BIN)/pytest -n 2 -m ""

lint: install $(VENV)/.tools ## Check style, types, import directions and templates
	@failed=()
	check() { echo "$$*" | cut -c -60; $(BIN)/"$$@" || failed+=("$$1"); }
	check ruff check --quiet
	check ruff format --check --quiet
	check mypy
	check lint-imports
	if [ -n "$(TEMPLATES)" ]; then check djlint --check --lint $(TEMPLATES); fi
	if [ $${#failed[@]} != 0 ]; then echo "failed: $${failed[*]}" >&2; exit 1; fi

bench: install ## Measure, an hour and a half; QUICK=1 for a first look
	$(BIN)/python benchmarks/all.py $(if $(QUICK),--quick)

stop: ## Stop the embedded database; its data stay
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m zhitong.config.embedded stop; fi

clean: ## DELETE the embedded database with its data and keys, .venv, out/ and all caches
	@if [ -e $(VENV)/.package ]; then $(BIN)/python -m zhitong.config.embedded destroy; fi
	rm -rf $(VENV) $(OUT) build dist src/*.egg-info .*_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

lock: ## Resolve requirements/*.in anew (needs uv)
	@if ! command -v $(UV) >/dev/null; then echo "make lock needs uv on the PATH, or UV=..." >&2; exit 1; fi
	for name in run test; do
		$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--upgrade requirements/$$name.in --output-file requirements/$$name.txt
	done

# -- how install and test get what they need

$(VENV)/.made:
	@if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
		echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3.11" >&2; exit 1
	fi
	if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then
		if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
			echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1
		fi
		echo "Installing python3-venv"
		export DEBIAN_FRONTEND=noninteractive
		apt-get -qq update
		apt-get -qq install --no-install-recommends python3-venv >/dev/null
	fi
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.requirements: $(VENV)/.made requirements/run.txt
	@echo "Installing what the platform needs"
	$(PIP) install --progress-bar off --require-hashes -r requirements/run.txt | $(PROGRESS)
	touch $@

$(VENV)/.package: $(VENV)/.requirements pyproject.toml requirements/run.in
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.kernels: $(VENV)/.package $(PLANNER)
	@echo "Compiling the planner, a minute or two"
	$(BIN)/python -m zhitong.planning.shuttle.warm &
	$(BIN)/python -m zhitong.planning.warm
	wait $$!
	touch $@

$(VENV)/.tools: $(VENV)/.requirements requirements/test.txt
	@echo "Installing what tests and linters need"
	$(PIP) install --progress-bar off --require-hashes -r requirements/test.txt | $(PROGRESS)
	touch $@

# The browser tests say what they lack where it cannot be installed.
browser:
	@missing=()
	command -v chromium >/dev/null || missing+=(chromium)
	{ fc-list :lang=zh 2>/dev/null || true; } | grep -q . || missing+=(fontconfig fonts-wqy-microhei)
	if [ $${#missing[@]} != 0 ]; then
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
			echo "Installing $${missing[*]}"
			export DEBIAN_FRONTEND=noninteractive
			apt-get -qq update
			apt-get -qq install --no-install-recommends "$${missing[@]}" >/dev/null
		else
			echo "Missing for the browser tests: $${missing[*]}" >&2
		fi
	fi
