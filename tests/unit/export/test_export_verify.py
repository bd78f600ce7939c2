# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking an export: whatever was done to it is found, and named."""

from __future__ import annotations

import hashlib
import json
import os

import pytest
from exporting import BEGIN, DAY, done, export, keep, note, session

HASH = "0" * 64


@pytest.fixture
def folder(tmp_path):
    store = str(tmp_path / "s.db")
    keep(store, [session(number, BEGIN + number * DAY) for number in range(3)])
    note(store, (BEGIN, BEGIN + DAY), [(BEGIN, BEGIN + DAY)])
    done(store, tmp_path / "export", sources=["hoop_session"])
    return tmp_path / "export"


def verify(folder):
    return export(None, folder, verify=True)


def mismatch(folder):
    """What a check finds, which must fail."""
    result = verify(folder)
    assert result["failed"] is True and result["changed"] is False and result["failure"]["kind"] == "integrity"
    assert result["failure"]["target"] == {"dest": str(folder)}
    return result["mismatched"], result["msg"]


def rewrite(folder, name, change):
    """Change a file, and its checksum with it."""
    path = folder / name
    path.write_bytes(change(path.read_bytes()))
    sums = [line for line in (folder / "SHA256SUMS").read_text().splitlines() if not line.endswith("  " + name)]
    (folder / "SHA256SUMS").write_text("\n".join([*sums, "%s  %s" % (hashlib.sha256(path.read_bytes()).hexdigest(), name)]) + "\n")


def test_what_is_as_it_was(folder, tmp_path):
    (folder / "more").mkdir()
    (folder / "more" / "notes.txt").write_text("a folder of its own is no part of the export")
    (tmp_path / "s.db").unlink()
    result = verify(folder)
    reported = json.loads((folder / "manifest.json").read_text())
    assert (result["changed"], result["mismatched"], result["complete"], result["gaps"]) == (False, [], reported["complete"], reported["gaps"])
    assert {each["path"]: each["count"] for each in result["files"]} == {
        "hoop_session.jsonl": 3, "hoop_session.csv": 3, "hoop_session.ocsf.jsonl": 3, "manifest.json": None, "SHA256SUMS": None,
    }
    for each in result["files"]:
        assert hashlib.sha256((folder / each["path"]).read_bytes()).hexdigest() == each["sha256"]


@pytest.mark.parametrize("name", ["hoop_session.jsonl", "hoop_session.csv", "hoop_session.ocsf.jsonl", "manifest.json", "SHA256SUMS"])
def test_a_flipped_bit_is_found_wherever_it_is(folder, name):
    path = folder / name
    good = path.read_bytes()
    for at in (0, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
        names, msg = mismatch(folder)
        assert names and (name == "SHA256SUMS" or names == [name])
        assert name == "SHA256SUMS" or "%s differs" % name in msg
    path.write_bytes(good)
    assert not verify(folder).get("failed")


@pytest.mark.parametrize("name", ["hoop_session.jsonl", "manifest.json", "SHA256SUMS"])
def test_what_is_missing_or_no_file(folder, name):
    (folder / name).rename(folder.parent / "away")
    assert mismatch(folder)[0] == [name]
    (folder / name).symlink_to("../away")
    assert mismatch(folder)[0] == [name]
    (folder / name).unlink()
    (folder / name).mkdir()
    assert mismatch(folder)[0] == [name]


def test_what_is_there_and_not_listed(folder):
    (folder / "bcc_action_run.csv").write_text("")
    assert mismatch(folder) == (["bcc_action_run.csv"], "Checking the export (dest %s) failed: bcc_action_run.csv is not listed" % folder)
    (folder / "bcc_action_run.csv").unlink()
    for name, make in (("more.jsonl", lambda path: path.write_text("")), (".hidden", lambda path: path.symlink_to("/")), ("\x1b[31m", os.mkfifo)):
        make(folder / name)
        names, msg = mismatch(folder)
        assert len(names) == 1 and "is not listed" in msg and "\x1b" not in msg + names[0]
        (folder / name).unlink()
    # A file that is taken away with its line.
    (folder / "hoop_session.csv").unlink()
    sums = (folder / "SHA256SUMS").read_text().splitlines(keepends=True)
    (folder / "SHA256SUMS").write_text("".join(line for line in sums if "csv" not in line))
    names, msg = mismatch(folder)
    assert names == ["manifest.json"] and "lists other files than SHA256SUMS" in msg
    (folder / "SHA256SUMS").write_text("".join(line for line in sums if "manifest" not in line))
    assert "manifest.json" in mismatch(folder)[0]


@pytest.mark.parametrize("line", [
    "../secret", "/etc/passwd", "./hoop_session.csv", "hoop_session.csv/../../x", "..", "notes.txt", "x" * 5000, "\x1b[31mred", "hoop_session.csv ",
])
def test_names_that_lead_elsewhere_are_named_and_not_followed(folder, line, tmp_path):
    (tmp_path / "secret").write_text("")
    empty = hashlib.sha256(b"").hexdigest()
    with (folder / "SHA256SUMS").open("a") as sums:
        sums.write("%s  %s\n" % (empty, line))
    names, msg = mismatch(folder)
    assert len(names) == 1 and "is no file of an export" in msg and "\x1b" not in msg and len(msg) < 1000


@pytest.mark.parametrize("text", [
    "", "\n", "nonsense", HASH + " x", "A" * 64 + "  manifest.json\n", (HASH + "  manifest.json\n") * 2, HASH + "  manifest.json", "\0", "\xff",
])
def test_checksums_that_are_none(folder, text):
    (folder / "SHA256SUMS").write_bytes(text.encode("latin-1"))
    names, msg = mismatch(folder)
    assert names == ["SHA256SUMS"] and "is no list of checksums" in msg


@pytest.mark.parametrize("text", [
    "", "[]", "{}", "nonsense", '{"collection": {"name": "other"}, "files": [], "complete": true, "gaps": []}', "[" * 100_000,
    '{"collection": {"name": "opsaudit.sessions"}, "files": [{"path": [], "sha256": ""}], "complete": true, "gaps": []}',
    '{"collection": {"name": "opsaudit.sessions"}, "files": 5, "complete": true, "gaps": []}',
])
def test_a_manifest_that_is_none(folder, text):
    rewrite(folder, "manifest.json", lambda _before: text.encode())
    names, msg = mismatch(folder)
    assert names == ["manifest.json"] and "is no manifest" in msg


def test_many_are_named_shortly(folder):
    with (folder / "SHA256SUMS").open("a") as sums:
        sums.write("".join("%s  %s%d\n" % (HASH, "x" * 200, number) for number in range(500)))
    names, msg = mismatch(folder)
    assert len(names) == 500 and len(msg) < 1500


def test_there_must_be_a_folder(tmp_path):
    result = verify(tmp_path / "none")
    assert result["failure"]["kind"] == "invalid_request" and "dest: " in result["msg"]
    (tmp_path / "empty").mkdir()
    assert mismatch(tmp_path / "empty")[0] == ["SHA256SUMS"]
