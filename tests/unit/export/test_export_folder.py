# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of an export: what may be replaced or removed in it, and what is left when something goes wrong."""

from __future__ import annotations

import pytest
from exporting import contents, done, export, keep, session, some_days

from ansible_collections.opsaudit.sessions.plugins.module_utils._export import folder as folder_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._files import atomic_file


@pytest.fixture
def store(tmp_path):
    return some_days(tmp_path / "s.db")


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "export"


def test_only_what_an_export_made_is_removed(store, dest):
    dest.mkdir()
    (dest / "notes.txt").write_text("mine")
    done(store, dest)
    (dest / "hoop_session.ocsf.jsonl").unlink()
    (dest / "hoop_session.ocsf.jsonl").symlink_to("notes.txt")
    done(store, dest, sources=["hoop_session"], formats=["csv"])
    assert sorted(contents(dest)) == ["SHA256SUMS", "hoop_session.csv", "hoop_session.ocsf.jsonl", "manifest.json", "notes.txt"]
    assert (dest / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["hoop_session.csv", "manifest.json", "SHA256SUMS"])
def test_a_foreign_file_with_one_of_our_names_is_not_touched(store, dest, name):
    dest.mkdir()
    (dest / name).write_text('{"complete": true}')
    result = export(store, dest)
    assert "dest: " in result["msg"] and name in result["msg"] and result["failure"]["kind"] == "invalid_request"
    assert contents(dest) == {name: b'{"complete": true}'}
    assert done(store, dest / "new")["changed"] is True


def test_a_file_that_was_added_to_an_export_is_not_replaced(store, dest):
    done(store, dest, formats=["csv"])
    (dest / "hoop_session.jsonl").write_text("mine")
    assert "hoop_session.jsonl" in export(store, dest)["msg"]
    done(store, dest, formats=["csv"])
    assert (dest / "hoop_session.jsonl").read_text() == "mine"


def bad_places(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to("nowhere")
    return ["relative", str(tmp_path / "file"), str(tmp_path / "no" / "folder"), str(tmp_path / "dangling"), str(tmp_path / "a\0b")]


@pytest.mark.parametrize("number", range(5))
def test_a_place_where_no_export_can_be(store, tmp_path, number):
    dest = bad_places(tmp_path)[number]
    before = sorted(path.name for path in tmp_path.iterdir())
    for verify in (False, True):
        result = export(store, dest, verify=verify)
        assert result["failure"]["kind"] == "invalid_request" and result["msg"].startswith("dest: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_full_disk_leaves_the_earlier_export(store, dest, monkeypatch):
    done(store, dest)
    before = contents(dest)
    keep(store, [session(9)], now=5)

    def full(file, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_file.os, "write", full)
    result = export(store, dest)
    assert result["failure"]["kind"] == "file" and "No space left" in result["msg"] and str(dest) in result["msg"]
    assert contents(dest) == before
    assert export(store, dest.with_name("new"))["failed"] and not dest.with_name("new").exists()


def broken(settle, after):
    """What puts files in place, until so many are."""
    done_so_far = []

    def until_then(*given):
        done_so_far.append(given)
        if len(done_so_far) > after:
            raise OSError(5, "Input/output error")
        return settle(*given)

    return until_then


@pytest.mark.parametrize("after", range(6))
def test_an_interrupted_export_does_not_check_and_is_mended(store, dest, monkeypatch, after):
    """However far it came: with new forms, with fewer, and in a new folder."""
    for first, second in (({"formats": ["csv"]}, {}), ({}, {"formats": ["csv"]}), (None, {})):
        folder = dest.with_name("%s%d%d" % (dest.name, len(first or ()), len(second)))
        if first is not None:
            done(store, folder, sources=["hoop_session"], **first)
        with monkeypatch.context() as patched:
            patched.setattr(folder_module, "put_in_place", broken(folder_module.put_in_place, after))
            failed = export(store, folder, sources=["hoop_session"], **second)
        if failed.get("failed"):
            checked = export(None, folder, verify=True) if folder.exists() else {"failed": True}
            assert checked.get("failed") or (first is not None and after == 0)
        done(store, folder, sources=["hoop_session"], **second)
        assert export(None, folder, verify=True)["mismatched"] == []
        assert [name for name in contents(folder) if name.endswith(".part")] == []
