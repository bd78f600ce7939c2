# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a virtual environment with the collection linked into it; do nothing if it is there and up to date.

    make_venv.py VENV PIP-ARGUMENT...        for example: make_venv.py .venv -r requirements-dev.txt

uv installs, unless INSTALLER=pip selects pip (which, unlike uv, reads pip.conf). Requirements files that have hashes are installed
with --require-hashes, everything else after them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Not sys.executable: in an activated environment that is the one that is made again.
BASE_PYTHON = str(Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}"))


def run(*command: object) -> None:
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


def fingerprint(python: str, arguments: tuple[str, ...]) -> str:
    """Return the hash of everything that the environment is made from: any change makes it again."""
    parts = [str(ROOT), python, *arguments]
    parts += [(ROOT / argument).read_text() for argument in arguments if argument.endswith(".txt")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def pin(name: str) -> str:
    """Return the pin of a development tool, with its hashes."""
    return re.search(rf"^{name}==.*(?:\n    --hash=.*)+", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)[0]


def split(arguments: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the requirements files with hashes, as arguments, and all other arguments."""
    hashed = [path for option, path in zip(arguments, arguments[1:]) if option == "-r" and "--hash=" in (ROOT / path).read_text()]
    others = [argument for at, argument in enumerate(arguments) if argument not in hashed and (argument != "-r" or arguments[at + 1] not in hashed)]
    return [argument for path in hashed for argument in ("-r", path)], others


def installer(python: Path) -> list[object]:
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if os.environ.get("INSTALLER") == "pip":
        return pip
    # A development environment that runs this has uv already.
    uv = Path(sys.prefix, "bin", "uv")
    if not uv.exists():
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write(pin("uv"))
            file.flush()
            run(*pip, "--require-hashes", "--requirement", file.name)
        uv = python.with_name("uv")
    # The system's certificates: a machine behind a TLS proxy has its authority there.
    return [uv, "pip", "install", "--quiet", "--system-certs", "--python", python]


def make_venv(venv: Path, *arguments: str, base: str = BASE_PYTHON, link: bool = True) -> Path:
    """Make the environment, unless it is up to date; return its bin folder."""
    venv = ROOT / venv
    stamp = venv / "made-from"
    wanted = fingerprint(base, (*arguments, f"link={link}"))
    if not (stamp.exists() and stamp.read_text() == wanted):
        # Not uv's own venv command, which installs no pip: ansible-test needs it.
        run(base, "-m", "venv", "--clear", venv)
        install = installer(venv / "bin" / "python")
        hashed, others = split(arguments)
        if hashed:
            run(*install, "--require-hashes", *hashed)
        if others:
            run(*install, *others)
        if link:
            run(venv / "bin" / "python", ROOT / "tools" / "link_collection.py")
        stamp.write_text(wanted)
    return venv / "bin"


if __name__ == "__main__":
    if sys.version_info < (3, 11):
        sys.exit("Python 3.11 or newer is needed to develop the collection: make PYTHON=/path/to/python3 ...")
    if not importlib.util.find_spec("ensurepip"):
        sys.exit("This Python has no venv: install it first (on Debian: apt-get install python3-venv).")
    try:
        make_venv(Path(sys.argv[1]), *sys.argv[2:])
    except subprocess.CalledProcessError as error:
        hint = "" if os.environ.get("INSTALLER") == "pip" else " (make INSTALLER=pip ... installs with pip instead)"
        sys.exit(f"Failed: {' '.join(error.cmd)}{hint}")
