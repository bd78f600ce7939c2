# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users and developers read is plain English with the field's own terms, and the README fits a phone reader's patience."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.any_core

ROOT = Path(__file__).resolve().parents[2]
README_LINES = 200
#: What is searched: every text file of these folders and files, but for this one.
SEARCHED = (
    "README.md", "CONTRIBUTING.md", "SECURITY.md", ".github", "changelogs/fragments", "docs/docsite", "extensions", "meta", "playbooks", "plugins",
    "report/src", "roles", "tests", "tools", "Makefile", ".ci/run",
)
SUFFIXES = (".md", ".rst", ".yml", ".py", ".js", ".css")
#: Files that are built.
BUILT = "_asset.py"
#: Where a name is looked at, too: C(untold) and C(told_at) are found by their parts.
CODE = ("plugins", "report", "tools")
#: A word that is banned, and what to write instead.
BANNED = {
    r"\b(?:tell|tells|telling|told)\b": "report, notify, return, list, show, say",
    r"\btold_at\b": "notified_at (gate), emitted_at (events)",
    r"\b(?:came|come|comes|coming) of\b": "result, outcome",
    r"\b(?:became|become|becomes) of\b": "result, outcome",
    r"\blest\b": "so that ... not, otherwise",
    r"\b(?:sight|sights)\b": "observation",
    r"\bseams?\b": "page boundary",
    r"\bask(?:s|ed|ing)? (?:a |an |the |no |any |its |of the )?(?:source|gateway|API|database|store|nobody|system)s?\b": "request, fetch, query",
    r"\basks? nobody\b": "makes no requests",
    r"\bchecksum:": "sha256",
    r"\b(?:audit|gate|setup|evidence)_window_(?:start|end)\b": "audit_start_time and so on",
    r"\bthat is all there is to\b": "nothing: cut it",
}
#: The same for names, comments and messages in code.
BANNED_IN_CODE = {
    r"(?<![a-z])(?:un)?told(?![a-z])": "reported, returned, unnamed",
    r"(?<![a-z])(?:seams?|sight|gathered)(?![a-z])": "page boundary, observation, collected",
    r"(?<![a-z])pieces?(?![a-z])": "chunk, part",
    r"(?<![a-z])(?:asked|asking)(?![a-z])": "requested, fetched",
    r"\b(?:lead|leads|led)[ _]to\b": "follow from",
}
#: Of these, what tests must not have, either: in names and texts of their own they may ask.
BANNED_IN_TESTS = {pattern: instead for pattern, instead in BANNED_IN_CODE.items() if "told" in pattern or "piece" in pattern}
#: Real uses of a banned word.
ALLOWED = re.compile(r"\b(?:tell|tells|telling|told)(?: \w+){0,6} apart\b", re.I)


def texts():
    """Path and text of each file that is searched."""
    for name in SEARCHED:
        place = ROOT / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if (path == place or path.suffix in SUFFIXES) and not path.name.endswith(BUILT) and path != Path(__file__).resolve():
                yield path.relative_to(ROOT), path.read_text("utf-8")


def found_in(text, banned=None):
    """The banned words of a text, also those that a line break splits, with their lines."""
    text = ALLOWED.sub(lambda allowed: re.sub(r"\w", ".", allowed[0]), re.sub(r"\n[ #/]*", lambda space: "\n" + " " * (len(space[0]) - 1), text))
    for pattern, instead in (banned or BANNED).items():
        for match in re.finditer(pattern.replace(" ", r"\s+"), text, re.I):
            yield text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), instead


def banned_in(path):
    """What is banned in a file."""
    return {**BANNED, **(BANNED_IN_CODE if path.parts[0] in CODE else BANNED_IN_TESTS if path.parts[0] == "tests" else {})}


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= README_LINES


@pytest.mark.parametrize("text, words", [
    ("It tells of gaps.", ["tells"]), ("Telling apart a and b, and to tell a CA and a host apart.", []), ("what\n# came\n  of it", ["came of"]),
    ("It asks no source.", ["asks no source"]), ("Ask an administrator for a key.", []), ("The highest, the insight", []), ("lest it", ["lest"]),
])
def test_banned_words_are_found(text, words):
    assert [word for _line, word, _instead in found_in(text)] == words


@pytest.mark.parametrize("text, words", [
    ("self.untold = 1", ["untold"]), ("_told_of()", ["told"]), ("for piece in pieces:", ["piece", "pieces"]), ("rows led to it", ["led to"]), ("masked", []),
])
def test_banned_names_are_found(text, words):
    assert [word for _line, word, _instead in found_in(text, BANNED_IN_CODE)] == words


def test_no_banned_word_is_used():
    found = [
        "%s:%d: %r, write: %s" % (path, line, word, instead) for path, text in texts()
        for line, word, instead in found_in(text, banned_in(path))
    ]
    assert not found, "\n".join(found)


def test_every_place_that_is_searched_is_there():
    assert {name for name in SEARCHED if not (ROOT / name).exists()} == set()
    assert len(list(texts())) > 60
