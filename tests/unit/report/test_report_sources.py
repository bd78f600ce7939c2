# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages of reports and replays are built from: small files of our own, and libraries that are named and not committed."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.any_core

ROOT = Path(__file__).resolve().parents[3]
REPORT = ROOT / "report"
#: What libraries name and the pages have nothing of: what runs on servers, or in old browsers, and types.
NOT_IN_A_PAGE = {"@babel/runtime", "csstype", "seroval", "seroval-plugins"}
SOURCES = sorted((REPORT / "src").rglob("*.*"))


def test_the_lock_names_no_registry():
    text = (REPORT / "package-lock.json").read_text("utf-8")
    packages = json.loads(text)["packages"]
    assert '"resolved"' not in text and len(packages) > 5
    assert all(package.get("integrity", "").startswith("sha512-") for name, package in packages.items() if name)


def test_versions_are_exact_and_those_of_the_lock():
    wanted = json.loads((REPORT / "package.json").read_text("utf-8"))
    locked = json.loads((REPORT / "package-lock.json").read_text("utf-8"))["packages"]
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version) and locked["node_modules/" + name]["version"] == version
    # Whatever is in a page has a license that build.mjs hands on.
    in_pages = {name.removeprefix("node_modules/") for name, package in locked.items() if name and not package.get("dev")} - NOT_IN_A_PAGE
    reported = set(re.findall(r'{ name: "([a-z@/-]+)", files', (REPORT / "build.mjs").read_text("utf-8")))
    assert in_pages == reported


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_source_is_small_and_says_whose_it_is(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 300
    assert "The opsaudit.sessions developers" in text[:300] and "SPDX-License-Identifier: GPL-3.0-or-later" in text[:300]
    # What would be markup, or code, made of a text.
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|https?://(?!www\.(gnu|w3)\.org)", text)


def test_nothing_of_others_is_committed():
    if not (ROOT / ".git").exists():
        pytest.skip("no repository")
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    assert not [name for name in names if re.search("node_modules|report/dist|_asset|^licenses/", name)]
