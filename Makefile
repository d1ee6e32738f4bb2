# The commands of Tapedeck. `make run` and `make test` set up what they need, once.

VENV := .venv
TEST_VENV := .venv-test
TEST_PYTHON := $(TEST_VENV)/bin/python
PYTEST_ARGS ?=

.PHONY: help run test check audit sbom pins format bench soak pictures clean venv test-venv tools browser postgres nginx

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## */  make \1 | /p' Makefile | column -t -s '|' 2>/dev/null || grep '##' Makefile

run: venv  ## the page, the relay and a paper bot at http://127.0.0.1:8050; Ctrl-C stops all
	@exec $(VENV)/bin/python socket_server.py

test: test-venv browser postgres nginx  ## the whole suite, headless
	@exec $(TEST_PYTHON) -m pytest -n 3 --dist worksteal $(PYTEST_ARGS)

check: test-venv  ## format, lint, types and known vulnerabilities
	@$(TEST_PYTHON) -m ruff format --check .
	@$(TEST_PYTHON) -m ruff check .
	@$(TEST_PYTHON) -m mypy
	@setup/audit

audit:  ## look the packages up among the known vulnerabilities
	@setup/audit

sbom:  ## write build/sbom.json, the list of all packages (CycloneDX)
	@setup/sbom

pins: tools  ## compile requirements*.in to the lists with hashes
	@setup/pins

format: test-venv  ## put the code into its format
	@$(TEST_PYTHON) -m ruff format .
	@$(TEST_PYTHON) -m ruff check --fix .

bench: test-venv browser  ## the benchmarks, about five minutes
	@for name in latency burst fanout browser_cpu; do $(TEST_PYTHON) -m benchmarks.$$name || exit 1; done

soak: test-venv browser  ## ten minutes idle, ten minutes at 20 prices a second
	@exec $(TEST_PYTHON) -m benchmarks.soak

pictures: test-venv browser  ## take docs/pictures anew: every view on desk and phone, dark and light
	@exec $(TEST_PYTHON) -m docs.take_pictures

clean:  ## remove environments and caches; the data folder stays
	@rm -rf $(VENV) $(TEST_VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv:
	@setup/venv $(VENV) requirements.txt

test-venv:
	@setup/venv $(TEST_VENV) requirements.txt requirements-test.txt

tools:
	@setup/venv build/tools requirements-tools.txt

browser:
	@setup/browser

postgres:
	@setup/postgres

nginx:
	@setup/nginx
