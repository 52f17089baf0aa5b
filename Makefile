# What a person does with knarr. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/scripts/node/node_modules/.bin:$(CURDIR)/node_modules/.bin:$(PATH)
DATA_DIR ?= /var/lib/knarr

.PHONY: help setup setup-sim setup-test up down sim test check unit scenarios real conformance field determinism fix build bench soak fuzz fuzz-dns browser generate

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## Install what the cluster needs (npm packages by the lockfile, Debian packages)
	@scripts/setup

setup-test: ## Install what the tests need besides
	@scripts/setup --test

setup-sim: ## Install what a simulated cluster needs: npm packages, without root
	@scripts/setup --sim

# The seed's manifests are older than Kubernetes 1.16.
FLAGS ?= --runtime-config extensions/v1beta1=true

up: setup ## Start the cluster in the background and print how to reach it
	@bin/knarr up --detach --data-dir $(DATA_DIR) $(FLAGS)

sim: setup-sim ## Start a simulated cluster of NODES nodes, without root or containers
	@bin/knarr up --sim --nodes $(or $(NODES),3) --detach $(FLAGS)

down: ## Stop the cluster and leave nothing behind
	@bin/knarr down --data-dir $(DATA_DIR)

# Whatever runs sources says so where their packages, or a Node that runs them, are missing.
.PHONY: packages
packages:
	@node -e 'process.exit(parseInt(process.versions.node) >= 24 && fs.existsSync("node_modules") ? 0 : 1)' || { \
	  echo "The packages of this checkout are not installed: 'make setup-sim' installs them, without root." >&2; exit 1; }
check unit scenarios real determinism fix build soak fuzz fuzz-dns generate: | packages

test: setup-test check real ## Everything: check, then the tests on real containers

check: ## Types, lint, import rules, unit tests and scenarios, in parallel
	@node rules/check.ts

unit: ## Unit tests only
	@node rules/check.ts unit

scenarios: ## Whole clusters on virtual time; needs no root
	@node rules/check.ts scenarios

real: ## Tests with real kubectl, helm, containerd and etcd (root)
	@node test/run.ts

conformance: setup-test ## Upstream's conformance specs (root, Go): WORLD=real|sim FOCUS=…
	@node --disable-warning=ExperimentalWarning test/conformance/run.ts

field: setup-test ## What public projects bring, on a simulated cluster (Go)
	@node --disable-warning=ExperimentalWarning test/field/run.ts
	@KNARR_FIELD=1 node --disable-warning=ExperimentalWarning --test test/field/{operator,python,rust}.test.ts

determinism: ## A thousand seeds, each run twice
	@KNARR_SEEDS=1000 node --disable-warning=ExperimentalWarning --test test/determinism/*.test.ts

fix: ## Format and apply safe lint fixes
	@biome check --write .

build: ## Bundle for release
	@node scripts/build.ts

bench: setup-test ## Every figure the README quotes
	@node bench/run.ts

browser: setup-test ## Look at reports in a real browser (Chromium, root): light, dark, phone, desk
	@scripts/install-debian --browser
	@node --disable-warning=ExperimentalWarning --test test/browser/*.browser.ts

fuzz: ## Requests that chance makes, of all kinds: REQUESTS=1000000
	@node --disable-warning=ExperimentalWarning test/fuzz/fuzz.ts $(REQUESTS)

fuzz-dns: ## Messages to the name server that chance makes: MESSAGES=1000000
	@node --disable-warning=ExperimentalWarning test/fuzz/dns.ts $(MESSAGES)

soak: ## Mutated requests until memory would show that it is not given back
	@node --disable-warning=ExperimentalWarning test/soak/soak.ts $(REQUESTS)

generate: ## Regenerate knarr's own kinds, or src/api/generated from FOLDER=…
	@node scripts/generate-api/main.ts $(FOLDER)
