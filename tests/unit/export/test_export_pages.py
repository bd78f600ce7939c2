# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages beside the records of an export: a report and replays, under the checksums of the export."""

from __future__ import annotations

import json

import pytest
import reporting
from exporting import done, export, some_days

from ansible_collections.opsaudit.sessions.plugins.module_utils._files.own_files import PAGE_START

REPLAY = "replay/00000000-0000-4000-8000-000000000001.html"


@pytest.fixture
def folder(tmp_path):
    """An export with a report and a replay."""
    store, folder = some_days(tmp_path / "s.db"), tmp_path / "e"
    done(store, folder)
    reporting.done(store, folder / "index.html")
    (folder / "replay").mkdir()
    (folder / REPLAY).write_text(PAGE_START % "session_download" + "</html>")
    return folder


def renew(folder, **given):
    return done(folder.parent / "s.db", folder, **given)


def verify(folder):
    return export(None, folder, verify=True)


def test_pages_are_under_the_checksums(folder):
    assert verify(folder)["mismatched"] == ["index.html"], "not listed yet"
    assert renew(folder, check=True)["changed"] and verify(folder)["failed"]
    assert renew(folder)["changed"] and not verify(folder).get("failed")
    listed = json.loads((folder / "manifest.json").read_text())["pages"]
    assert [each["path"] for each in listed] == ["index.html", REPLAY]
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert {each["path"]: each["sha256"] for each in listed}.items() <= sums.items()
    assert renew(folder)["changed"] is False
    # A page may be made again, and an export never replaces one.
    reporting.done(folder.parent / "s.db", folder / "index.html", title="Another")
    assert verify(folder)["mismatched"] == ["index.html"]
    assert renew(folder)["changed"] and not verify(folder).get("failed")


@pytest.mark.parametrize("spoil, names", [
    (lambda folder: (folder / "index.html").write_text("x"), ["index.html"]),
    (lambda folder: (folder / REPLAY).unlink(), [REPLAY]),
    (lambda folder: (folder / "replay" / "more.html").write_text("x"), ["replay/more.html"]),
    (lambda folder: (folder / "replay" / ".x").mkdir(), ["replay/.x"]),
    (lambda folder: ((folder / "index.html").unlink(), (folder / "index.html").symlink_to("/etc/hostname")), ["index.html"]),
])
def test_what_was_altered_or_added_is_named(folder, spoil, names):
    renew(folder)
    spoil(folder)
    assert verify(folder)["mismatched"] == names


def test_what_others_made_is_no_page(folder):
    for name, text in (("index.html", "<html>mine"), (REPLAY, PAGE_START % "session_report")):
        (folder / name).write_text(text)
    (folder / "replay" / "a b.html").write_text(PAGE_START % "session_download")
    (folder / "replay" / "link.html").symlink_to("a b.html")
    renew(folder)
    assert json.loads((folder / "manifest.json").read_text())["pages"] == []
    assert (folder / "index.html").read_text() == "<html>mine" and verify(folder)["mismatched"] == ["index.html"]


def test_names_that_leave_the_folder_are_not_opened(folder):
    renew(folder)
    sums = folder / "SHA256SUMS"
    names = ["replay/../../s.db", "replay//etc/passwd", "replay/x.txt", "replay"]
    sums.write_text(sums.read_text() + "".join("%s  %s\n" % ("0" * 64, name) for name in names))
    assert set(names) <= set(verify(folder)["mismatched"])
