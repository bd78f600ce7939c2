# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the checkout importable as ansible_collections.opsaudit.sessions, whatever its folder is called.

One symlink in the site-packages of the Python that runs this (or under the folder given) is all that Ansible,
pytest and the linters need to find the collection.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def link(parent: Path) -> None:
    target = parent / "ansible_collections" / "opsaudit" / "sessions"
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink():
        target.unlink()
    target.symlink_to(ROOT)


if __name__ == "__main__":
    link(Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("purelib")))
