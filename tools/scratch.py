# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make an environment for child processes without the user's settings: no ~/.ansible, credentials or proxies."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".cache" / "home"


def scratch_env(bin_folder: Path, home: Path = HOME) -> dict[str, str]:
    home.mkdir(parents=True, exist_ok=True)
    # pip's own settings must stay in force for what ansible-test installs.
    for name in (".config/pip", ".pip"):
        theirs, ours = Path.home() / name, home / name
        if theirs.is_dir() and not ours.exists():
            ours.parent.mkdir(parents=True, exist_ok=True)
            ours.symlink_to(theirs)
    env = {name: os.environ[name] for name in ("CI", "TERM", "TMPDIR") if name in os.environ}
    env.update(HOME=str(home), LC_ALL="C.UTF-8", PATH=os.pathsep.join([str(bin_folder), os.environ["PATH"]]))
    return env
