# `make help` lists what there is. Every target sets itself up first: the stamp below is made once, and again when a pin changes.

SHELL := /bin/bash
READY := .venv/.ready
TOOLS := tools/node_modules/.ready
PYTHON ?= python3
PACKAGES := packages/shared packages/blog packages/crm packages/ops
PINS := requirements/uv.txt requirements/dev.txt

.DEFAULT_GOAL := help
.PHONY: help run setup test lint check build bench verify dev-crm dev-blog build-crm build-blog requirements clean

run: $(READY) ## Bring the whole system up, with demo data
	@exec .venv/bin/ops dev

setup: $(READY) ## Create .venv from the pinned files; the other targets do it by themselves

$(READY): $(PINS) $(addsuffix /pyproject.toml,$(PACKAGES)) scripts/setup
	@PYTHON=$(PYTHON) scripts/setup $(PACKAGES)
	@touch $@

test: $(READY) ## Run every test, the browser journeys included
	@scripts/test

lint: $(READY) ## Check format, lint, types, import rules and links in the docs
	@scripts/lint

check: $(READY) $(TOOLS) ## Check with the tools of the trades; PART=scan, pages or drill takes a part of it
	@scripts/check $(PART)

$(TOOLS): tools/package.json tools/package-lock.json scripts/tools
	@scripts/tools

build: $(READY) ## Build the static site into dist/site
	@PYTHON=.venv/bin/python scripts/build-site

bench: $(READY) $(TOOLS) ## Measure, and write benchmarks/RESULTS.md
	@exec .venv/bin/python benchmarks/run.py

verify: $(READY) ## Walk through the running system (make run) and check every part
	@exec .venv/bin/ops verify --target local

dev-crm: $(READY) ## Run the CRM alone
	@exec .venv/bin/ops dev --only crm

dev-blog: $(READY) ## Write: the public site, built on every save and loaded anew in the browser
	@exec .venv/bin/blog serve --site site.toml --port $${SITE_PORT:-8080} --api http://localhost:$${CRM_PORT:-8000}

build-crm: $(READY) ## Check the CRM's types and build its wheel into dist/crm
	@.venv/bin/mypy packages/crm/src
	@cd packages/crm && ../../.venv/bin/hatchling build -t wheel -d ../../dist/crm

build-blog: $(READY) ## Build the blog alone into dist/blog
	@.venv/bin/blog build --root packages/blog/content --out dist/blog --cache .cache/blog-alone

requirements: $(READY) ## Pin again what the packages ask for; UPGRADE=1 takes the newest releases
	@scripts/requirements

clean: ## Remove what was built; the data folder stays
	rm -rf dist .cache .venv tools/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name what; do printf '  make %-14s %s\n' "$$name" "$$what"; done
