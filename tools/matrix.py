# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the tests with the oldest and the newest ansible-core that the collection supports.

    matrix.py [--rest]      --rest: end-to-end tests alone, one leg for each, the oldest on the oldest Python, the newest on
                            the newest, and none for that which this environment has: `make test` ran all tests with it

Tests that show the same with every ansible-core are left to `make test`. A leg whose Python isn't there is named and
left out; on a build machine (CI=true) one working leg for each ansible-core is required.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version as installed
from pathlib import Path

from find_python import find_python
from make_venv import ROOT, make_venv
from scratch import scratch_env

# The Pythons that each ansible-core runs on, oldest first.
OLDEST = ("2.17", ("3.10", "3.11", "3.12"))
NEWEST = ("2.21", ("3.12", "3.13", "3.14"))


def run_leg(core: str, version: str, python: str, rest: bool) -> bool:
    print(f"== ansible-core {core}, Python {version}", flush=True)
    name = f"{core}-py{version}"
    arguments = (f"ansible-core~={core}.0", "-r", "requirements-test.txt")
    bin_folder = make_venv(Path(".cache", f"venv-{name}"), *arguments, base=python)
    # Unit tests show what an old Python lacks, but not what a new ansible-core changes.
    # Servers are the same in every leg, and the emulator runs on any Python of developers.
    unit = ("tests/unit", "--ignore=tests/unit/emulator", "-k", "not postgresql and not mariadb")
    folders = ("tests/e2e", *(unit if core == OLDEST[0] and not rest else ()))
    options = ("--quiet", "--numprocesses=3", "-m", "not any_core", "-o", f"cache_dir=.cache/pytest-{name}")
    if os.environ.get("CI") == "true":
        # As in the Makefile: failed tests are tried once more, and reported.
        options += ("--reruns=1", "--rerun-show-tracebacks")
    command = [bin_folder / "python", "-m", "pytest", *folders, *options]
    env = scratch_env(bin_folder, ROOT / ".cache" / f"home-{name}")
    return subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False).returncode == 0


def main(rest: bool) -> int:
    failed = []
    own = installed("ansible-core")
    for core, versions in (OLDEST, NEWEST):
        pythons = {version: find_python(version) for version in versions}
        for version in [version for version, python in pythons.items() if not python]:
            print(f"-- ansible-core {core} not run on Python {version}: no such interpreter here")
        found = [(version, python) for version, python in pythons.items() if python]
        if not found and os.environ.get("CI") == "true":
            failed.append(f"ansible-core {core}: needs one of Python {', '.join(versions)}, none found")
        if rest:
            found = [] if own.startswith(core + ".") else found[:1] if core == OLDEST[0] else found[-1:]
        failed += [f"ansible-core {core}, Python {version}" for version, python in found if not run_leg(core, version, python, rest)]
    for failure in failed:
        print(f"FAILED: {failure}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main("--rest" in sys.argv[1:]))
