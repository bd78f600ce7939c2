# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the tarball from dist/ as a user does, with nothing but its own requirements, and use it in an empty folder.

That is done with the oldest and the newest ansible-core that there is a Python for.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.emulator.client import Emulator
from build_collection import build
from demo import INSTANCE_ID, run_demo
from find_python import find_python
from make_report import BUILT
from make_venv import make_venv
from matrix import NEWEST, OLDEST
from scratch import ROOT, scratch_env

_BLOCK = re.compile("^```(yaml|shell)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def check_contents(tarball: Path) -> None:
    """Check that the tarball has the built files and licenses, and not the sources that they are built from."""
    with tarfile.open(tarball) as packed:
        names = set(packed.getnames())
    built = {path.relative_to(ROOT).as_posix() for each in BUILT for path in (each, *each.rglob("*")) if path.is_file()}
    licenses = {f"licenses/{part}/LICENSE" for part in ("asciinema-player", "solid-js")}
    missing = {*built, *licenses} - names
    if missing or any(name.startswith(("report/", "docs/sphinx/")) for name in names):
        sys.exit(f"The tarball is not as it must be; missing: {sorted(missing)}")


def check_bytes(tarball: Path) -> None:
    """Check that building the same commit again gives the same bytes."""
    if build(ROOT / ".cache" / "rebuilt").read_bytes() != tarball.read_bytes():
        sys.exit(f"{tarball.name} is not what another build makes")


def check_docs(env: dict[str, str], folder: Path) -> None:
    """Check that the documentation of each plugin and role can be shown."""
    command = ["ansible-doc", "--metadata-dump", "--no-fail-on-errors", "opsaudit.sessions"]
    output = subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout
    shown = json.loads(output)["all"]
    broken = [name for plugins in shown.values() for name, plugin in plugins.items() if "error" in plugin]
    if broken or not all(shown[kind] for kind in ("module", "filter", "inventory", "role")):
        raise RuntimeError(f"No documentation of: {broken or 'anything'}")


def follow_readme(env: dict[str, str], folder: Path) -> None:
    """Follow README.md as a new user would, with its own file and commands, and two other values."""
    blocks = _BLOCK.findall((ROOT / "README.md").read_text("utf-8"))
    (at,) = (number for number, (_kind, text) in enumerate(blocks) if text.startswith("audit_sources:"))
    (_yaml, variables), (_shell, commands) = blocks[at : at + 2]
    with Emulator() as emulator:
        values = {"https://hoop.example.com": emulator.urls["hoop"], "hpk_...": credentials.HOOP_API_KEY}
        for example, value in values.items():
            if example not in variables + commands:
                raise RuntimeError(f"README.md has no {example} in the steps for new users")
            variables, commands = variables.replace(example, value), commands.replace(example, value)
        (folder / "audit.yml").write_text(variables)
        subprocess.run(["bash", "-ec", commands], cwd=folder, env=env, stdin=subprocess.DEVNULL, check=True)
    missing = [name for name in ("report.html", "week.html", "sessions.db") if not (folder / name).exists()]
    if missing:
        raise RuntimeError(f"The steps for new users did not make {missing}")


def check_inventory(env: dict[str, str], folder: Path) -> None:
    """Check that an instance is a host, with its nodes."""
    (folder / "fleet.taurusdb.yml").write_text("plugin: opsaudit.sessions.taurusdb\n")
    with Emulator() as emulator:
        command = ["ansible-inventory", "-i", "fleet.taurusdb.yml", "--host", INSTANCE_ID]
        output = subprocess.run(
            command, cwd=folder, env=env | credentials.environment(emulator.urls), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True
        ).stdout
    if not json.loads(output)["taurusdb_node_ids"]:
        raise RuntimeError("There are no nodes in the inventory")


def check(tarball: Path, core: str, python: str) -> None:
    """Install the tarball, and use it."""
    # The rest is the user's requirements file.
    arguments = (f"ansible-core~={core}.0", "-r", "requirements.txt")
    bin_folder = make_venv(Path(".cache", f"venv-package-{core}"), *arguments, base=python, link=False)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "empty")
        folder.mkdir()
        env = scratch_env(bin_folder, home=Path(name, "home"))
        command = ["ansible-galaxy", "collection", "install", "--offline", tarball]
        subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, check=True)
        check_docs(env, folder)
        check_inventory(env, folder)
        follow_readme(env, folder)
        if run_demo(env, folder) != 0:
            raise RuntimeError("The demo failed")


def main() -> int:
    tarball = max((ROOT / "dist").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    check_contents(tarball)
    check_bytes(tarball)
    pythons = {OLDEST[0]: OLDEST[1], NEWEST[0]: NEWEST[1][::-1]}
    found = {core: next(filter(None, map(find_python, versions)), None) for core, versions in pythons.items()}
    if not all(found.values()) and os.environ.get("CI") == "true" or not any(found.values()):
        sys.exit(f"Not every ansible-core has a Python: {found}")
    with ThreadPoolExecutor(max_workers=2) as pool:
        for core, done in [(core, pool.submit(check, tarball, core, python)) for core, python in found.items() if python]:
            done.result()
            print(f"The tarball works with ansible-core {core}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
