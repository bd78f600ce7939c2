# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the pages that session_report and session_download write, from report/ and what package-lock.json names, if they are not up to date.

A module on a target gets the collection's Python files and nothing else. So script and style of each become texts of one:
plugins/module_utils (ASSETS). The licenses of what is in them go to licenses/. Git knows none of these.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from make_venv import installer

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "report"
LICENSES = ROOT / "licenses"
#: Each page, and the licenses of its script.
PAGES = {
    "report": "GPL-3.0-or-later",
    "replay": "GPL-3.0-or-later AND Apache-2.0 AND MIT",
}
_UTILS = ROOT / "plugins" / "module_utils"
ASSETS = {
    "report": _UTILS / "_report" / "report_asset.py",
    "replay": _UTILS / "_sources" / "hoop" / "recording" / "replay_asset.py",
}
#: Files that belong to the collection and are not in git.
BUILT = (*ASSETS.values(), LICENSES)
_OLDEST_NODE = 18
_HEAD = '''\
# Made by tools/make_report.py from report/ and what package-lock.json names; do not edit.
# Copyright: (c) 2026, The opsaudit.sessions developers, and those that licenses/ names
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: %s
"""Script and style of a page, and the licenses of others' parts of them. Mark: %s"""

from __future__ import annotations
'''


def mark() -> str:
    """Return the hash of everything that the pages are built from: any change builds them again."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    files = [SOURCE / name for name in ("build.mjs", "package.json", "package-lock.json")]
    for path in [*files, *sorted(each for each in (SOURCE / "src").rglob("*") if each.is_file())]:
        digest.update(b"%s\0%s\0" % (path.relative_to(SOURCE).as_posix().encode(), path.read_bytes()))
    return digest.hexdigest()


def node_env() -> dict[str, str]:
    """Return an environment with Node.js and npm: the machine's, or else one from PyPI in the running environment."""
    if not _is_new_enough(shutil.which("node")) or not shutil.which("npm"):
        own = Path(sys.prefix, "bin")
        if not (own / "npm").exists():
            command = [str(part) for part in installer(Path(sys.executable))]
            subprocess.run([*command, "--require-hashes", "-r", "requirements-node.txt"], cwd=ROOT, check=True)
        return {**os.environ, "PATH": os.pathsep.join([str(own), os.environ["PATH"]])}
    return dict(os.environ)


def _is_new_enough(node: str | None) -> bool:
    if node is None:
        return False
    output = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(output.strip().lstrip("v").partition(".")[0] or 0) >= _OLDEST_NODE


def literal(name: str, text: str) -> str:
    """Return a text as a Python literal, in lines of readable length."""
    lines = [ascii(text[at : at + 100]) for at in range(0, len(text), 100)] or [ascii("")]
    return "\n%s = (\n%s\n)\n" % (name, "\n".join("    " + line for line in lines))


def notices(parts: list[dict[str, Any]]) -> str:
    """Return all licenses as one text, for a comment in each page, which is a copy of the licensed parts."""
    if not parts:
        return ""
    output = ["The script of this page contains the following, under the licenses below."]
    for part in parts:
        output += ["", part["title"], ""]
        for text in (part["note"], *part["files"].values()):
            output += [text, ""] if text else []
    return "\n".join(output).replace("--", "- -")


def write(page: str, made_from: str) -> None:
    """Write the texts of a page, and the licenses of its parts."""
    dist = SOURCE / "dist"
    parts = json.loads((dist / ("%s.json" % page)).read_text("utf-8"))
    script, style = ((dist / ("%s.%s" % (page, kind))).read_text("utf-8").strip() for kind in ("js", "css"))
    texts = {"STYLE": style, "SCRIPT": script, "NOTICES": notices(parts)}
    for text in texts.values():
        if any(each in text.lower() for each in ("</script", "</style", "<!--", "-->")):
            sys.exit("The bundle has a text that would end its element.")
    for part in parts:
        for name, text in part["files"].items():
            path = LICENSES / part["name"] / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", "utf-8")
    asset = ASSETS[page]
    new = asset.with_suffix(".new")
    new.write_text(_HEAD % (PAGES[page], made_from) + "".join(literal(name, text) for name, text in texts.items()), "utf-8")
    # Last, and in one step, so that the file is never incomplete.
    new.replace(asset)


def is_up_to_date(made_from: str) -> bool:
    """Return whether all built files exist, and are from the current sources."""
    return all(map(Path.exists, BUILT)) and all(
        "Mark: %s" % made_from in asset.read_text("utf-8")[:1000] for asset in ASSETS.values()
    )


def build() -> None:
    """Build the page, unless it is there already.

    :raises CalledProcessError, OSError: if building fails.
    """
    made_from = mark()
    if is_up_to_date(made_from):
        return
    print("Building the pages of reports and replays")
    env = node_env()
    subprocess.run(["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=SOURCE, env=env, check=True)
    subprocess.run(["node", "build.mjs"], cwd=SOURCE, env=env, check=True)
    shutil.rmtree(LICENSES, ignore_errors=True)
    for page in PAGES:
        write(page, made_from)


if __name__ == "__main__":
    try:
        build()
    except (subprocess.CalledProcessError, OSError) as problem:
        sys.exit("The pages of reports and replays could not be built (%s). It needs the npm registry, and Node.js %d or newer." % (problem, _OLDEST_NODE))
