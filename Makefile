# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# make demo     see it work, against a built-in emulator of the four sources
# make test     everything a change must pass
# make help     the rest

# Python 3.11 or newer; INSTALLER=pip installs with pip (and its pip.conf) instead of uv.
PYTHON ?= python3
INSTALLER ?= uv
VENV ?= .venv
BIN := $(VENV)/bin

export INSTALLER
# Ansible insists on UTF-8.
export LC_ALL := C.UTF-8
# Tests never see the user's own configuration, credentials or proxies.
clean_env = mkdir -p .cache/home && env -i $${CI:+CI="$$CI"} HOME="$(CURDIR)/.cache/home" LC_ALL=$(LC_ALL) \
  PATH="$(CURDIR)/$(1):$$PATH"
# On a build machine, which is noisy, a failed test is retried once and reported.
pytest := pytest $(if $(CI),--reruns=1 --rerun-show-tracebacks)
run = @echo '== $(1)'; $(call clean_env,$(BIN)) $(1)
# Linters and ansible-test use one processor only, so the legs of a test run in pairs; each prints when it has ended.
ifeq ($(MAKECMDGOALS),test)
MAKEFLAGS += --jobs=2 --output-sync=target
endif

.DEFAULT_GOAL := help
.PHONY: help setup report demo test lint format unit coverage sanity integration browser parity eda bench docs build package importer sbom matrix pins clean

help:  ## list the targets
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup:  ## make or refresh the development environment in .venv
	@$(PYTHON) tools/make_venv.py $(VENV) -r requirements-dev.txt

report: setup  ## build the pages that session_report and session_download write; it needs the npm registry
	@$(BIN)/python tools/make_report.py

demo: setup  ## run playbooks/demo.yml against the emulator, and make a report (OPEN=1 opens it)
	@$(BIN)/python tools/demo.py

test: lint unit sanity integration  ## all of these

lint: report  ## ruff, yamllint, ansible-lint, mypy, changelog and documentation
	$(call run,ruff check .)
	$(call run,yamllint --strict .)
	@$(BIN)/python tools/link_collection.py .cache/typing
	$(call run,mypy $(foreach part,module_utils plugin_utils filter inventory,-p ansible_collections.opsaudit.sessions.plugins.$(part)))
	$(call run,ansible-lint)
	$(call run,antsibull-changelog lint)
	$(call run,antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .)

format: setup  ## mend what ruff can mend
	$(BIN)/ruff check --fix .

unit: report  ## tests without a network
	$(call run,$(pytest) --numprocesses=2 tests/unit)

coverage: report  ## the same, and which lines they don't reach
	$(call run,$(pytest) --numprocesses=2 tests/unit --cov=plugins --cov-report=term-missing:skip-covered)

sanity: report  ## ansible-test sanity, of what is released
	@$(BIN)/python tools/ansible_test.py sanity --exclude tests/

integration: report  ## the smoke target and end-to-end tests, against the emulator
	@$(BIN)/python tools/ansible_test.py integration
	$(call run,$(pytest) --numprocesses=3 tests/e2e)

browser: report  ## look at reports and replays with a real Chromium, in an environment of its own
	@$(BIN)/python tools/make_venv.py .venv-browser -r requirements-browser.txt
	@$(call clean_env,.venv-browser/bin) $(pytest) tests/browser

parity: setup  ## compare with the official SDKs, in their own environment
	@$(BIN)/python tools/make_venv.py .venv-parity -r requirements-parity.txt
	@$(call clean_env,.venv-parity/bin) $(pytest) tests/parity

eda: setup  ## the event source in a real ansible-rulebook, in an environment of its own; it needs Java
	@$(BIN)/python tools/make_venv.py .venv-eda -r requirements-eda.txt
	@$(call clean_env,.venv-eda/bin) $(pytest) tests/eda

bench: setup  ## print the table of ratios, in 20 minutes (BENCH=--guide: also into the guide)
	$(call run,python tests/benchmarks/run.py $(BENCH))

docs: setup  ## the documentation site, in .cache/docs/html
	@$(BIN)/python tools/make_docs.py

matrix: report  ## end-to-end tests with other versions of ansible-core (MATRIX=--rest: what make test left)
	@$(BIN)/python tools/matrix.py $(MATRIX)

build: report  ## the Galaxy tarball, in dist/
	@$(BIN)/python tools/build_collection.py

package: build  ## install the tarball elsewhere and run the demo from there
	@$(BIN)/python tools/check_package.py

importer: build  ## look at the tarball as Galaxy does before it takes one
	@$(BIN)/python tools/make_venv.py .venv-release -r requirements-release.txt
	@$(call clean_env,.venv-release/bin) sh -c 'cd .cache && python -m galaxy_importer.main "$$(ls -t ../dist/*.tar.gz | head -n 1)"'

sbom: build  ## bills of materials, beside the tarball in dist/
	@$(BIN)/python tools/make_venv.py .venv-release -r requirements-release.txt
	@.venv-release/bin/python tools/make_sbom.py "$$(ls -t dist/*.tar.gz | head -n 1)"

pins: setup  ## pin the newest versions of all requirements, with their hashes
	for name in test dev parity browser eda release node; do \
	  $(BIN)/uv pip compile --quiet --upgrade --system-certs --universal --python-version "$$([ $$name = test ] && echo 3.10 || echo 3.11)" \
	    --generate-hashes --no-emit-index-url --no-annotate --no-header requirements-$$name.in -o requirements-$$name.txt || exit 1; \
	done

clean:  ## remove all that was made
	rm -rf .venv .venv-parity .venv-browser .venv-eda .venv-release .cache .ansible dist licenses report/dist report/node_modules plugins/module_utils/_report/report_asset.py plugins/module_utils/_sources/hoop/recording/replay_asset.py
