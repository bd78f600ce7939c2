# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find an interpreter of a given version that really works: a pyenv shim may stand in PATH and be dead."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# Prints the real executable, so that what is made with it doesn't depend on a shim.
PROBE = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2], sys.executable)"


def candidates(version: str) -> Iterator[Path]:
    for folder in os.environ["PATH"].split(os.pathsep):
        yield Path(folder, f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"), reverse=True)


def find_python(version: str) -> str | None:
    for candidate in candidates(version):
        if candidate.exists():
            answer = subprocess.run([candidate, "-c", PROBE], capture_output=True, text=True, check=False)
            if answer.returncode == 0 and answer.stdout.split(maxsplit=1)[0] == version:
                return answer.stdout.split(maxsplit=1)[1].strip()
    return None


if __name__ == "__main__":
    found = find_python(sys.argv[1])
    print(found) if found else sys.exit(f"No working Python {sys.argv[1]} found.")
