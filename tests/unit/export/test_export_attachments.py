# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attachments in an export: the bytes that were kept, under its checksums; what is not as it was kept is named."""

from __future__ import annotations

import hashlib
import json
import os

import pytest
from attachments import LOST, NOW, Archiving, Recordings, recorded, uuid
from exporting import export

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._export import attachments as exported
from ansible_collections.opsaudit.sessions.tests.stores.look import connected


@pytest.fixture
def gateway(wire):
    return Recordings(wire)


@pytest.fixture
def archiving(gateway, tmp_path):
    """Four sessions: two recordings are kept, one is lost, one session has none."""
    gateway.sessions = [recorded(number, metrics=None) for number in range(1, 5)]
    gateway.events.update({uuid(3): LOST, uuid(4): []})
    archiving = Archiving(tmp_path)
    archiving.run()
    return archiving


def run(archiving, tmp_path, **given):
    return export(archiving.store, tmp_path / "export", **{"sources": ["hoop_session"], "attachments": str(archiving.dest), **given})


def verify(tmp_path):
    return export(None, tmp_path / "export", verify=True)


def files(tmp_path):
    folder = tmp_path / "export"
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def manifest(tmp_path):
    return json.loads((tmp_path / "export" / "manifest.json").read_text())


def states(result):
    return [(each["record_id"], each["name"], each["state"]) for each in result["missing_attachments"]]


def test_copied_with_their_checksums(archiving, tmp_path):
    result = run(archiving, tmp_path)
    assert not result.get("failed"), result
    assert (result["changed"], result["complete"], states(result)) == (True, True, [(uuid(3), "recording", "gone")])
    names = [name for name in files(tmp_path) if name.startswith("attachments/")]
    assert names == ["attachments/hoop_session/2026-03/%s.recording.jsonl" % uuid(number) for number in (1, 2)]
    sums = dict(reversed(line.split("  ")) for line in (tmp_path / "export" / "SHA256SUMS").read_text().splitlines())
    for name in names:
        path = files(tmp_path)[name]
        assert sums[name] == hashlib.sha256(path.read_bytes()).hexdigest() and path.stat().st_mode & 0o777 == 0o600
    listed = manifest(tmp_path)["attachments"]
    assert [(each["record_id"], each["state"], each["path"]) for each in listed] == [
        (uuid(1), "kept", names[0]), (uuid(2), "kept", names[1]), (uuid(3), "gone", None), (uuid(4), "empty", None),
    ]
    assert listed[0]["scope"] == {"org": "b79ff037"}
    checked = verify(tmp_path)
    assert not checked.get("failed") and states(checked) == states(result)
    again = run(archiving, tmp_path)
    assert again["changed"] is False


def test_where_no_second_name_is_possible(archiving, tmp_path, monkeypatch):
    link = os.link

    def refuse(source, *rest, **how):
        # A file without a name gets its first one.
        if not source.startswith("/proc/"):
            raise OSError(18, "Invalid cross-device link")
        link(source, *rest, **how)

    monkeypatch.setattr(exported.os, "link", refuse)
    assert run(archiving, tmp_path)["complete"]
    monkeypatch.undo()
    first = files(tmp_path)["attachments/hoop_session/2026-03/%s.recording.jsonl" % uuid(1)]
    assert first.stat().st_nlink == 1 and not verify(tmp_path).get("failed")
    assert run(archiving, tmp_path)["changed"] is False


def test_check_mode(archiving, tmp_path):
    result = run(archiving, tmp_path, check=True)
    assert result["changed"] and states(result) == [(uuid(3), "recording", "gone")]
    assert not (tmp_path / "export").exists()


def test_without_the_option(archiving, tmp_path):
    run(archiving, tmp_path)
    result = run(archiving, tmp_path, attachments=None)
    assert (result["changed"], result["missing_attachments"]) == (True, [])
    assert [name for name in files(tmp_path) if name.startswith("attachments/")] == []
    assert not verify(tmp_path).get("failed")


def test_the_window(archiving, tmp_path):
    run(archiving, tmp_path)
    result = run(archiving, tmp_path, start_time="2026-03-01T01:30:00", end_time="2026-03-01T02:30:00")
    assert states(result) == []
    assert [name for name in files(tmp_path) if name.startswith("attachments/")] == ["attachments/hoop_session/2026-03/%s.recording.jsonl" % uuid(2)]


@pytest.mark.parametrize("spoil, state", [
    (lambda path: path.unlink(), "absent"),
    (lambda path: path.write_bytes(path.read_bytes().replace(b"orders", b"Orders")), "altered"),
    (lambda path: path.write_bytes(b""), "altered"),
    (lambda path: (path.rename(path.with_suffix(".x")), path.symlink_to(path.with_suffix(".x"))), "altered"),
])
def test_what_is_not_as_it_was_kept(archiving, tmp_path, spoil, state):
    spoil(archiving.files()["hoop_session/2026-03/%s.recording.jsonl" % uuid(1)])
    result = run(archiving, tmp_path)
    assert (result["complete"], result["gaps"], states(result)[0]) == (False, [], (uuid(1), "recording", state))
    checked = verify(tmp_path)
    assert (checked["complete"], states(checked)) == (False, states(result))


def test_what_failed(gateway, archiving, tmp_path):
    gateway.sessions.append(recorded(5))
    gateway.failing[uuid(5)] = SourceError("server", "no", 500)
    archiving.run(NOW + 1000, reread=True)
    result = run(archiving, tmp_path)
    assert result["complete"] is False and (uuid(5), "recording", "failed") in states(result)


def test_what_no_task_has_requested(gateway, archiving, tmp_path):
    """An export is not complete because nobody asked."""
    gateway.sessions += [recorded(5), recorded(6), recorded(7, end_date=None, status="open")]
    archiving.run(NOW + 1000, attachments=None, reread=True)
    result = run(archiving, tmp_path)
    assert (result["complete"], result["gaps"]) == (False, [])
    assert states(result) == [(uuid(3), "recording", "gone"), (uuid(5), "recording", "absent"), (uuid(6), "recording", "absent")]
    assert states(verify(tmp_path)) == states(result)
    # Of what the condition leaves out, nothing is missing; nor where attachments are not exported.
    assert states(run(archiving, tmp_path, where="record_id == '%s'" % uuid(1))) == []
    assert run(archiving, tmp_path, attachments=None)["complete"]
    archiving.run(NOW + 2000)
    assert run(archiving, tmp_path)["complete"]


def test_a_kind_that_was_never_requested_is_not_missing(archiving, tmp_path):
    """Recordings were archived, and inputs nowhere."""
    assert {each["name"] for each in run(archiving, tmp_path)["missing_attachments"]} == {"recording"}


def modes(tmp_path):
    folder = tmp_path / "export"
    return {oct(path.stat().st_mode & 0o7777) + ("/" if path.is_dir() else "") for path in [folder, *folder.rglob("*")]}


@pytest.mark.parametrize("mode, expected", [
    ("0644", {"0o755/", "0o644"}), ("0640", {"0o750/", "0o640"}), ("u=rw,g=r,o=", {"0o750/", "0o640"}), ("0660", {"0o750/", "0o660"}),
    ("0600", {"0o700/", "0o600"}),
])
def test_who_may_read_a_file_may_enter_the_folders_made_for_it(archiving, tmp_path, mode, expected):
    run(archiving, tmp_path, mode=mode)
    assert modes(tmp_path) == expected
    # The archive's files stay private, whatever an export of them is.
    assert {path.stat().st_mode & 0o7777 for path in archiving.files().values()} == {0o600}
    assert run(archiving, tmp_path, mode=mode)["changed"] is False
    assert not verify(tmp_path).get("failed")


def test_another_mode_changes_files_and_no_folder_that_is_there(archiving, tmp_path):
    run(archiving, tmp_path)
    result = run(archiving, tmp_path, mode="0644")
    assert result["changed"] and modes(tmp_path) == {"0o700/", "0o644"}
    assert {path.stat().st_mode & 0o7777 for path in archiving.files().values()} == {0o600}
    assert run(archiving, tmp_path)["changed"] and modes(tmp_path) == {"0o700/", "0o600"}


@pytest.mark.parametrize("given", [{"mode": "rw"}, {"owner": "nobody-here"}, {"group": "no-such-group"}])
def test_rights_that_are_none(archiving, tmp_path, given):
    [name] = given
    result = run(archiving, tmp_path, **given)
    assert result["failed"] and result["msg"].startswith("%s: " % name) and not (tmp_path / "export").exists()


def test_a_path_in_the_store_does_not_leave_the_folder(archiving, tmp_path):
    outside = tmp_path / "secret.recording.jsonl"
    outside.write_text("secret")
    with connected(archiving.store) as connection:
        connection.execute(
            "UPDATE attachment SET path = '../secret.recording.jsonl', size = 6, sha256 = ? WHERE record_id = ?",
            (hashlib.sha256(b"secret").hexdigest(), uuid(1)),
        )
        connection.commit()
    result = run(archiving, tmp_path)
    assert (uuid(1), "recording", "altered") in states(result)
    assert b"secret" not in b"".join(path.read_bytes() for path in files(tmp_path).values() if "attachments/" in str(path))


def name_of(number):
    return "attachments/hoop_session/2026-03/%s.recording.jsonl" % uuid(number)


@pytest.mark.parametrize("spoil, name", [
    (lambda folder: (folder / name_of(1)).unlink(), name_of(1)),
    (lambda folder: (folder / name_of(2)).write_text("other"), name_of(2)),
    (lambda folder: (folder / "attachments" / "hoop_session" / "more.txt").write_text("x"), "attachments/hoop_session/more.txt"),
    (lambda folder: (folder / "attachments" / "more").symlink_to("/etc"), "attachments/more"),
])
def test_verify_names_what_was_altered_and_added(archiving, tmp_path, monkeypatch, spoil, name):
    run(archiving, tmp_path)
    # Not the file of the archive, which has another name here.
    path = tmp_path / "export" / name_of(2)
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    spoil(tmp_path / "export")
    result = verify(tmp_path)
    assert result["failed"] and result["mismatched"] == [name]


def test_names_that_leave_the_folder_are_not_opened(archiving, tmp_path):
    run(archiving, tmp_path)
    sums = tmp_path / "export" / "SHA256SUMS"
    for name in ("attachments/../../s.db", "attachments/hoop_session/2026-03/../x.recording.jsonl", "attachments//etc/passwd"):
        sums.write_text(sums.read_text() + "%s  %s\n" % ("0" * 64, name))
    result = verify(tmp_path)
    assert result["failed"] and len(result["mismatched"]) >= 3


def test_a_manifest_with_other_attachments(archiving, tmp_path):
    run(archiving, tmp_path)
    path = tmp_path / "export" / "manifest.json"
    for attachments in (None, [{}], [{"path": 5, "sha256": 1}], "x"):
        spoiled = json.dumps({**manifest(tmp_path), "attachments": attachments})
        path.write_text(spoiled)
        assert verify(tmp_path)["failed"]


def test_another_file_is_not_replaced(archiving, tmp_path):
    run(archiving, tmp_path, attachments=None)
    other = tmp_path / "export" / name_of(1)
    os.makedirs(other.parent)
    other.write_text("mine")
    result = run(archiving, tmp_path)
    assert result["failed"] and "was not made by session_export" in result["msg"] and other.read_text() == "mine"
    assert not run(archiving, tmp_path, force=True).get("failed") and other.read_text() != "mine"


@pytest.mark.parametrize("folder", ["here", "/no/such/folder", "/etc/passwd"])
def test_a_folder_that_is_none(archiving, tmp_path, folder):
    line = run(archiving, tmp_path, attachments=folder)["msg"]
    assert line == "attachments: %r is not the absolute path of a folder (write attachments_dest of the archive tasks)" % folder
