# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be written over: each task replaces its own files, and nothing that evidence is kept in."""

from __future__ import annotations

import json
import os
import sqlite3

import exporting
import pytest
import reporting
from exporting import some_days

from ansible_collections.opsaudit.sessions.plugins.module_utils import _download
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._files import destination, own_files
from ansible_collections.opsaudit.sessions.plugins.module_utils._files.permissions import Rights
from ansible_collections.opsaudit.sessions.plugins.module_utils._report import collect as report_collect
from ansible_collections.opsaudit.sessions.tests.unit.tasks import result_of

DELTA = {"change": "added", "content_hash": "0" * 64, "record_id": "1", "row_hash": "0" * 64, "scope_key": "x", "source": "s", "started_at": 1}
STATEMENT = {"delta_count": 0, "delta_sha256": "0" * 64, "format": "opsaudit-seal/1", "number": 1, "previous_sha256": None}
#: Files of ours by their name, and what is in them if no task makes it.
OURS = {
    "kept.db": None, "manifest.json": None, "SHA256SUMS": None, "report.html": None, "hoop_session.csv": None, "renamed.txt": None,
    "kept.db-wal": None, "000001.json": json.dumps(STATEMENT, separators=(",", ":"), sort_keys=True) + "\n", "000001.jsonl": "",
    "000002.jsonl": json.dumps(DELTA, separators=(",", ":"), sort_keys=True) + "\n",
    "SHA256SUMS.sig": "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n", "000001.json.sig": "-----BEGIN SSH SIGNATURE-----\n",
}
#: What looks a little like one of them.
OTHERS = {
    "notes.txt": "mine", "empty": "", "000007.jsonl": "", "a.html": "<!DOCTYPE html>\n<html lang=\"en\">\n<p>opsaudit.sessions session_report",
    "b.html": own_files.PAGE_START % "session_download", "manifest.json": '{"complete": true}', "x.json": '{"format":"opsaudit-seal/1"}',
    "log.txt": "0" * 64 + "  a\nand then something else\n", "kept.db-backup": "x",
}


@pytest.fixture
def evidence(tmp_path):
    """A folder with a file of each kind."""
    folder = tmp_path / "evidence"
    store = some_days(tmp_path / "kept.db")
    exporting.done(store, folder)
    reporting.done(store, folder / "report.html")
    os.rename(store, folder / "kept.db")
    (folder / "renamed.txt").write_bytes((folder / "SHA256SUMS").read_bytes())
    for name, text in OURS.items():
        if text is not None:
            (folder / name).write_text(text)
    connection = sqlite3.connect(folder / "kept.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE more (x)")
    yield folder
    connection.close()


def download(dest, **given):
    """The one line about a place where nothing can be saved."""
    options = {"source": "hoop_session", "endpoint": "http://127.0.0.1:1", "token": "t0ken", "id": "11d337d0-1f45-5203-8630-eccd7c816bf8", "retries": 0}
    result = result_of(_download.DownloadTask(), {**options, "dest": str(dest), **given})
    assert result["failed"]
    return result


@pytest.mark.parametrize("name", OURS)
def test_a_download_replaces_no_evidence(evidence, name):
    before = (evidence / name).read_bytes()
    result = download(evidence / name)
    assert result["failure"]["kind"] == "invalid_request"
    assert result["msg"].startswith("dest: %r is " % str(evidence / name)) and "which is never replaced" in result["msg"]
    assert (evidence / name).read_bytes() == before


@pytest.mark.parametrize("name", OTHERS)
def test_a_download_replaces_everything_else(tmp_path, name):
    (tmp_path / name).write_text(OTHERS[name])
    # As far as this goes without a network.
    assert download(tmp_path / name)["failure"]["kind"] == "network"


def test_checksums_of_somebody_else_protect_nothing(tmp_path):
    (tmp_path / "a.raw").write_text("a recording")
    (tmp_path / "SHA256SUMS").write_text("%s  a.raw\n" % ("0" * 64))
    assert download(tmp_path / "a.raw")["failure"]["kind"] == "network"


@pytest.mark.parametrize("name", [name for name in OURS if name != "report.html"])
def test_a_report_replaces_no_other_file(evidence, monkeypatch, name):
    monkeypatch.setattr(report_collect, "snapshot", None)  # nothing is read
    before = (evidence / name).read_bytes()
    reported = reporting.failed(evidence.parent / "other.db", evidence / name)
    assert reported.startswith("dest: %r is " % str(evidence / name)) and "force: true to replace it" in reported
    assert (evidence / name).read_bytes() == before


@pytest.mark.parametrize("name", OTHERS)
def test_a_report_replaces_another_file_by_force(tmp_path, name):
    store = some_days(tmp_path / "s.db")
    (tmp_path / name).write_text(OTHERS[name])
    assert "is another file, not a report" in reporting.failed(store, tmp_path / name)
    assert (tmp_path / name).read_text() == OTHERS[name]
    assert reporting.done(store, tmp_path / name, force=True, check=True)["changed"]
    assert reporting.done(store, tmp_path / name, force=True)["changed"]
    assert not reporting.done(store, tmp_path / name)["changed"]


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize("spelling", ["%s", "sqlite:///%s", "%s/../%s"])
def test_not_even_force_replaces_the_store_of_a_report(tmp_path, ending, spelling):
    store = some_days(tmp_path / "s.db")
    (tmp_path / ("s.db" + ending)).touch()
    given = "%s/../%s/s.db" % (tmp_path, tmp_path.name) if spelling.count("%s") > 1 else spelling % store
    assert "belongs to the store" in reporting.failed(given, store + ending, force=True)


def test_force_follows_no_link_and_replaces_no_folder(tmp_path):
    store = some_days(tmp_path / "s.db")
    (tmp_path / "notes").write_text("mine")
    (tmp_path / "link").symlink_to("notes")
    (tmp_path / "folder" / "session-report.html").mkdir(parents=True)
    for name in ("link", "folder"):
        assert "a plain file" in reporting.failed(store, tmp_path / name, force=True)
    assert (tmp_path / "notes").read_text() == "mine"
    exporting.done(store, tmp_path / "export", formats=["csv"])
    (tmp_path / "export" / "hoop_session.csv").unlink()
    (tmp_path / "export" / "hoop_session.csv").symlink_to("../notes")
    assert "a plain file" in exporting.export(store, tmp_path / "export", force=True)["msg"]


def test_an_export_replaces_another_file_by_force(tmp_path):
    store = some_days(tmp_path / "s.db")
    dest = tmp_path / "export"
    dest.mkdir()
    for name in ("SHA256SUMS", "hoop_session.csv", "manifest.json", "notes.txt"):
        (dest / name).write_text("mine")
    assert "was not made by session_export" in exporting.export(store, dest)["msg"]
    assert exporting.done(store, dest, force=True, check=True)["changed"]
    assert exporting.contents(dest) == dict.fromkeys(["SHA256SUMS", "hoop_session.csv", "manifest.json", "notes.txt"], b"mine")
    exporting.done(store, dest, force=True)
    assert exporting.export(None, dest, verify=True)["mismatched"] == ["notes.txt"]
    assert (dest / "notes.txt").read_text() == "mine"


def test_what_is_put_there_meanwhile_stays(tmp_path):
    place = destination.place_of(str(tmp_path / "a"), "x", own_files.reject_evidence)

    def fill(file):
        file.write(b"new")
        sqlite3.connect(tmp_path / "a").execute("CREATE TABLE x (y)").connection.close()

    with pytest.raises(OptionError, match="is an SQLite database, which is never replaced"):
        destination.save(place, fill, Rights(0o600), 10**6, False)
    assert (tmp_path / "a").read_bytes().startswith(b"SQLite format 3")
    assert os.listdir(tmp_path) == ["a"]


def test_a_report_for_a_web_server(tmp_path):
    store = some_days(tmp_path / "s.db")
    dest = tmp_path / "r.html"
    result = reporting.done(store, dest, mode="0644", owner=str(os.getuid()), group=str(os.getgid()), diff=True)
    assert dest.stat().st_mode & 0o7777 == 0o644 and result["diff"]["after"]["mode"] == "0644"
    assert not reporting.done(store, dest, mode="u=rw,go=r")["changed"]
    for name, value in (("mode", "rw"), ("owner", "no-such-user"), ("group", "no-such-group")):
        assert reporting.failed(store, dest, **{name: value}).startswith("%s: '%s' is not " % (name, value))
