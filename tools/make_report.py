# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the page that session_report writes, from report/ and Apache ECharts; do nothing if it is there and up to date.

A module on a target gets the collection's Python files and nothing else. So script and style become texts of one:
plugins/module_utils/_report_asset.py. The licenses of what is in it go to licenses/. Git knows neither.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from make_venv import installer

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "report"
ASSET = ROOT / "plugins" / "module_utils" / "_report_asset.py"
LICENSES = ROOT / "licenses"
#: What lies in the checkout without being in git, and belongs to the collection.
BUILT = (ASSET, LICENSES)
_OLDEST_NODE = 18
_HEAD = '''\
# Made by tools/make_report.py from report/ and what package-lock.json names; do not edit.
# Copyright: (c) 2026, The opsaudit.sessions developers, and those that licenses/ names
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later AND Apache-2.0 AND BSD-3-Clause AND 0BSD
"""Script and style of a report's page, and the licenses of others' parts of them. Mark: %s"""

from __future__ import annotations
'''


def mark() -> str:
    """What the page is made from: any change of it makes the page anew."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    files = [SOURCE / name for name in ("build.mjs", "package.json", "package-lock.json")]
    for path in [*files, *sorted(each for each in (SOURCE / "src").rglob("*") if each.is_file())]:
        digest.update(b"%s\0%s\0" % (path.relative_to(SOURCE).as_posix().encode(), path.read_bytes()))
    return digest.hexdigest()


def node_env() -> dict[str, str]:
    """An environment with Node.js and npm: the machine's, or else one from PyPI in the environment that runs this."""
    if not _is_new_enough(shutil.which("node")) or not shutil.which("npm"):
        own = Path(sys.prefix, "bin")
        if not (own / "npm").exists():
            command = [str(part) for part in installer(Path(sys.executable))]
            subprocess.run([*command, "-r", "requirements-node.txt"], cwd=ROOT, check=True)
        return {**os.environ, "PATH": os.pathsep.join([str(own), os.environ["PATH"]])}
    return dict(os.environ)


def _is_new_enough(node: str | None) -> bool:
    if node is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(told.strip().lstrip("v").partition(".")[0] or 0) >= _OLDEST_NODE


def literal(name: str, text: str) -> str:
    """A text as Python, in lines that are not too long for anybody who reads it."""
    lines = [ascii(text[at : at + 100]) for at in range(0, len(text), 100)]
    return "\n%s = (\n%s\n)\n" % (name, "\n".join("    " + line for line in lines))


def notices(parts: list[dict[str, object]]) -> str:
    """All licenses as one text; it goes into each page as a comment, for it is a copy of what they are about."""
    told = ["The script of this page contains the following, under the licenses below."]
    for part in parts:
        files = part["files"]
        assert isinstance(files, dict)
        told += ["", "%s %s" % (part["name"], part["version"]), ""]
        for text in files.values():
            told += [text, ""]
    return "\n".join(told).replace("--", "- -")


def write(parts: list[dict[str, object]], made_from: str) -> None:
    dist = SOURCE / "dist"
    script, style = (dist / name for name in ("report.js", "report.css"))
    texts = {"STYLE": style.read_text("utf-8").strip(), "SCRIPT": script.read_text("utf-8").strip(), "NOTICES": notices(parts)}
    for text in texts.values():
        if any(each in text.lower() for each in ("</script", "</style", "<!--", "-->")):
            sys.exit("The bundle has a text that would end its element.")
    shutil.rmtree(LICENSES, ignore_errors=True)
    for part in parts:
        files = part["files"]
        assert isinstance(files, dict)
        for name, text in files.items():
            path = LICENSES / str(part["name"]) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", "utf-8")
    new = ASSET.with_suffix(".new")
    new.write_text(_HEAD % made_from + "".join(literal(name, text) for name, text in texts.items()), "utf-8")
    # Last, and in one step: what is there is whole.
    new.replace(ASSET)


def build() -> None:
    """Build the page, unless it is there already.

    :raises CalledProcessError, OSError: if that can't be done.
    """
    made_from = mark()
    if ASSET.exists() and LICENSES.exists() and "Mark: %s" % made_from in ASSET.read_text("utf-8")[:1000]:
        return
    print("Building the page of the report")
    env = node_env()
    subprocess.run(["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=SOURCE, env=env, check=True)
    subprocess.run(["node", "build.mjs"], cwd=SOURCE, env=env, check=True)
    write(json.loads((SOURCE / "dist" / "parts.json").read_text("utf-8")), made_from)


if __name__ == "__main__":
    try:
        build()
    except (subprocess.CalledProcessError, OSError) as problem:
        sys.exit("The page of the report could not be built (%s). It needs the npm registry, and Node.js %d or newer." % (problem, _OLDEST_NODE))
