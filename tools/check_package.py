# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the tarball from dist/ as a user does, with nothing but its own requirements, and run the demo from there."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from demo import run_demo
from make_report import BUILT
from make_venv import make_venv
from scratch import ROOT, scratch_env


def check_contents(tarball: Path) -> None:
    """What is built and not in git has to be in it, with the licenses of others' parts, and what builds it has not."""
    with tarfile.open(tarball) as packed:
        names = set(packed.getnames())
    page, licenses = (built.relative_to(ROOT).as_posix() for built in BUILT)
    missing = {page, f"{licenses}/echarts/LICENSE", f"{licenses}/echarts/NOTICE", f"{licenses}/zrender/LICENSE"} - names
    if missing or any(name.startswith("report/") for name in names):
        sys.exit(f"The tarball is not as it must be; missing: {sorted(missing)}")


def main() -> int:
    tarball = max((ROOT / "dist").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    check_contents(tarball)
    # ansible-core as pinned for development; the rest is the user's requirements file.
    arguments = ("ansible-core", "--constraint", "requirements-dev.txt", "-r", "requirements.txt")
    bin_folder = make_venv(Path(".cache", "venv-package"), *arguments, link=False)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "empty")
        folder.mkdir()
        env = scratch_env(bin_folder, home=Path(name, "home"))
        command = ["ansible-galaxy", "collection", "install", "--offline", tarball]
        subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, check=True)
        return run_demo(env, folder)


if __name__ == "__main__":
    sys.exit(main())
