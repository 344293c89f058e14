# Each target sets up what it needs: a .venv with the versions of constraints.txt, made again only when those change.
.POSIX:
.PHONY: help demo test fuzz lint docs generate bench soak kafka audit

ARGS =
SEEDS = 100
N = 100000
PIP = .venv/bin/python -m pip --disable-pip-version-check -qq
# pip checks the hashes in constraints.txt; a checkout has none, so it is installed apart from what it stands on.
DEPENDENCIES = import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")

help: ## Show this list (the default)
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

# trap: Ctrl-C reaches the demo as well; the shell lets it end in its own way, and leaving that way is no error.
demo: .venv/program ## A simulated call centre with everything on: prints where to look; end it with Ctrl-C
	@trap : INT; .venv/bin/intervalwatch demo $(ARGS) || test $$? -eq 130

# Two processes, each with servers of its own: live tests mostly wait. loadgroup deals tests out one by one.
test: .venv/tools ## All tests; those that need a server this machine lacks are skipped (ARGS="-k erlang" for some)
	@.venv/bin/python -m pytest --numprocesses 2 --dist loadgroup $(ARGS)

fuzz: .venv/tools ## Input of any kind at random, divided over the tests of tests/fuzz: make fuzz N=100000
	@FUZZ_INPUTS=$(N) .venv/bin/python -m pytest tests/fuzz $(ARGS)

lint: .venv/tools ## Style, types, and that imports go one way
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

# Not --quiet: strict mode counts only the warnings that are shown. The theme's notice of its own end of life is no
# fault of these pages.
docs: .venv/docs ## The documentation as a site: build/site/index.html
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict

generate: .venv/program ## Write what is generated and committed: Prometheus rules, routing, dashboards, reference pages
	@.venv/bin/python -m intervalwatch alerting --config config/monitor.yaml --output config
	@.venv/bin/python -m dashboards.grafana.files
	@.venv/bin/python -m intervalwatch.docs_pages

bench: .venv/tools ## Every benchmark beside the peers it is measured against (takes long)
	@for script in bench/bench_*.py; do echo "== $$script"; .venv/bin/python $$script || exit 1; done

soak: .venv/tools ## Crashes, outages and duplicates on a real Kafka, by seeds: make soak SEEDS=100
	@SOAK_SEEDS=$(SEEDS) .venv/bin/python -m pytest tests/live/test_soak.py $(ARGS)

audit: .venv/audit ## Known vulnerabilities of the versions in constraints.txt, where their data can be had
	@.venv/audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip --progress-spinner off

kafka: .venv/tools ## Fetch the jars of Apache Kafka that live tests run (needs mvn)
	@.venv/bin/python tests/support/kafka_server.py

.venv/audit: .venv/program
	@.venv/bin/python -m venv $@
	@$@/bin/python -m pip --disable-pip-version-check -qq install pip-audit

.venv/tools: .venv/program
	@echo "installing the tools of developers"
	@$(PIP) install --group dev --constraint constraints.txt
	@touch $@

.venv/docs: .venv/program
	@echo "installing the tools of the documentation"
	@$(PIP) install --group docs --constraint constraints.txt
	@touch $@

.venv/program: pyproject.toml constraints.txt
	@for candidate in python3.11 python3; do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if test -z "$$python"; then echo "Python 3.11 or later is needed; python3.11 and python3 on PATH are not" >&2; exit 2; fi; \
	.venv/bin/python -c '' 2>/dev/null || { echo "making .venv with $$python"; "$$python" -m venv --clear .venv; }
	@echo "installing intervalwatch and what it stands on"
	@$(PIP) install --upgrade "pip>=25.1"
	@.venv/bin/python -c '$(DEPENDENCIES)' >.venv/dependencies
	@$(PIP) install --requirement .venv/dependencies --constraint constraints.txt
	@$(PIP) install --no-deps --editable .
	@touch $@
