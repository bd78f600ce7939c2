# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the documentation site in .cache/docs/html: a page for each plugin and role, and the guides of docs/docsite.

It makes no network requests. A warning, such as a dead reference, is an error.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from scratch import ROOT, scratch_env

SETTINGS = ROOT / "docs" / "sphinx"
DOCS = ROOT / ".cache" / "docs"


def run(*command: object) -> None:
    env = scratch_env(Path(sys.prefix, "bin"))
    subprocess.run([str(part) for part in command], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=True)


def main() -> None:
    shutil.rmtree(DOCS, ignore_errors=True)
    pages, site = DOCS / "rst", DOCS / "html"
    # antsibull-docs requires a folder that others cannot write to.
    pages.mkdir(parents=True, mode=0o755)
    run(
        "antsibull-docs", "--config-file", SETTINGS / "antsibull-docs.cfg", "collection", "--use-current", "--squash-hierarchy",
        "--dest-dir", pages, "opsaudit.sessions",
    )
    run("sphinx-build", "-b", "html", "-c", SETTINGS, "-W", "--keep-going", "--quiet", pages, site)
    print(f"The site is in {site / 'index.html'}")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as problem:
        sys.exit(f"The documentation site could not be built: {problem.cmd[0]} failed")
