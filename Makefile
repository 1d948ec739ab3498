# `make help` lists what there is. Everything runs in .venv, which is built when it is needed.

PYTHON := .venv/bin/python
# Two for each of two cores: a test of the whole bot mostly waits.
WORKERS ?= 4
# The longest first: others are done meanwhile.
CHECKS := types collection format style imports locks dockerfile docs tables tree

# Or each of the many processes that tests start would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help faults demo guide test bench torture check run lock mend clean env $(CHECKS:%=check-%)

help: ## List these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

demo: env ## See the bot at work against local stand-ins: no account, no key
	@$(PYTHON) -m sandbox.demo

guide: env ## Make the pictures of the moderator's guide anew, from messages of the real bot
	@$(PYTHON) -m sandbox.demo.guide

test: env ## Run all tests; WORKERS=0 runs them in one process, ARGS="-k name" some of them
	$(PYTHON) -m pytest -n $(WORKERS) --dist worksteal --durations=20 $(ARGS)

torture: env ## Kill the bot a thousand times and check every promise; N=40 SEED=1 ENGINE=postgres choose how
	@$(PYTHON) -m sandbox.torture --kills $(or $(N),1000) --engine $(or $(ENGINE),sqlite) \
		$(if $(SEED),--seed $(SEED))

bench: env ## Measure speed and write docs/performance.md; ARGS="alone memory" prints some parts of it
	@$(PYTHON) -m benchmarks $(ARGS)

check: $(CHECKS:%=check-%) ## Check everything but the tests; with -k, to the end
check-format: env
	$(PYTHON) -m ruff format --check --quiet
check-style: env
	$(PYTHON) -m ruff check
check-types: env
	$(PYTHON) -m basedpyright --project pyproject.toml --pythonpath $(PYTHON)
	.venv/bin/pyrefly check --summary=none
check-collection: env
	@said=$$($(PYTHON) -m pytest --collect-only -qqq 2>&1) || { echo "$$said"; exit 1; }
check-imports: env
	.venv/bin/lint-imports --no-cache --no-logo
check-locks: env
	$(PYTHON) scripts/locks.py check
check-dockerfile: env
	.venv/bin/hadolint Dockerfile
check-docs: env
	$(PYTHON) scripts/docs.py
check-tables: env
	$(PYTHON) scripts/tables.py --check
check-tree: env
	$(PYTHON) scripts/tree.py

faults: env ## Let every request fail in every way, on both engines; ARGS="--only text" plays some
	@$(PYTHON) -m tests.faults $(ARGS)

run: env ## Run the bot against the real Discord, with the settings in .env
	@$(PYTHON) -m bot run

lock: env ## Bring the lock files up to date; UPGRADE=1 takes the newest versions
	$(PYTHON) scripts/locks.py write $(if $(UPGRADE),--upgrade)

mend: env ## Format the code, and mend what ruff can mend by itself
	$(PYTHON) -m ruff format
	$(PYTHON) -m ruff check --fix

clean: ## Remove the environment and everything else that is made
	rm -rf .venv .venv.*-* demo-output dist .hypothesis .import_linter_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

env:
	@sh scripts/setup.sh
