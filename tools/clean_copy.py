# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy the collection, without caches, environments and other ignored files, to a fresh folder.

    clean_copy.py FOLDER        makes FOLDER/ansible_collections/opsaudit/sessions

ansible-test requires that path, and ansible-galaxy would pack all files in the checkout.
Files that make_report.py has built are copied, too, although git ignores them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from make_report import BUILT

ROOT = Path(__file__).resolve().parents[1]


def clean_copy(folder: Path) -> Path:
    target = ROOT / folder / "ansible_collections" / "opsaudit" / "sessions"
    shutil.rmtree(target, ignore_errors=True)
    names = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, names.split("\0")):
        source = ROOT / name
        if source.is_symlink() or source.exists():  # else: deleted, and not committed yet
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
    for built in filter(Path.exists, BUILT):
        copy = target / built.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(built, copy) if built.is_dir() else shutil.copy2(built, copy)
    return target


if __name__ == "__main__":
    clean_copy(Path(sys.argv[1]))
