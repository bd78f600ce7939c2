# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test from a plain clone: ansible_test.py sanity|integration [ARGUMENT...]

ansible-test wants a copy at .../ansible_collections/opsaudit/sessions, takes a folder that git ignores for an empty
one (so the copy becomes a repository of its own), and downloads its pip bootstrap from a host that a build machine
need not reach (so a stand-in for it is put where ansible-test looks first).
Integration targets get the URLs and credentials of a running emulator through integration_config.yml.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from clean_copy import clean_copy
from scratch import HOME, scratch_env

# The names under which ansible-core 2.18-2.19 and 2.20-2.21 cache the bootstrap.
GET_PIP = ("get_pip_24_2.py", "get_pip_25_2.py")
GET_PIP_SCRIPT = f"""\
import subprocess, sys

arguments = [arg for arg in sys.argv[1:] if arg not in ("--no-setuptools", "--no-wheel")]
pip = [{sys.executable!r}, "-m", "pip", "--python", sys.executable, "install"]
sys.exit(subprocess.call(pip + arguments))
"""


def seed_pip() -> None:
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in GET_PIP:
        (cache / name).write_text(GET_PIP_SCRIPT)


@contextlib.contextmanager
def bin_without_spaces():
    """Provide the environment's bin folder under a path that fits into the shebang lines of ansible-test."""
    with tempfile.TemporaryDirectory() as folder:
        alias = Path(folder, "venv")
        alias.symlink_to(sys.prefix)
        yield alias / "bin"


@contextlib.contextmanager
def emulator_config(copy: Path):
    """Write the emulator's URLs and credentials for the integration targets, and remove them at the end."""
    # Not at the top: sanity needs no emulator.
    from ansible_collections.opsaudit.sessions.tests.emulator import credentials
    from ansible_collections.opsaudit.sessions.tests.emulator.client import Emulator

    known = {name.lower(): value for name, value in vars(credentials).items() if isinstance(value, str) and name.isupper()}
    with Emulator() as emulator:
        config = {"emulator": emulator.urls, "emulator_credentials": known}
        # JSON is YAML.
        (copy / "tests" / "integration" / "integration_config.yml").write_text(json.dumps(config, indent=2))
        yield


def main(command: str, *arguments: str) -> int:
    copy = clean_copy(Path(".cache", command))
    seed_pip()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    emulator = emulator_config(copy) if command == "integration" else contextlib.nullcontext()
    with emulator, bin_without_spaces() as bin_folder:
        env = scratch_env(bin_folder)
        subprocess.run(["git", "init", "--quiet"], cwd=copy, env=env, check=True)
        ansible_test = [bin_folder / "python", bin_folder / "ansible-test", command, "--local", "--python", python]
        return subprocess.call([*ansible_test, *arguments], cwd=copy, env=env, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
