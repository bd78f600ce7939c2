# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to a record but is not in it: fetched once, kept whole, and tried again only where that can help."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat

import pytest
from attachments import LOST, NOW, Archiving, Recordings, event, recorded, uuid
from exporting import BEGIN, DAY

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.tests.stores.look import connected


@pytest.fixture
def gateway(wire):
    return Recordings(wire)


@pytest.fixture
def archiving(tmp_path):
    return Archiving(tmp_path)


def counts(result):
    return result["attachments"]["kept"], result["attachments"]["missing"]


def test_kept_without_loss(gateway, archiving):
    gateway.sessions = [recorded(1, user="ana@example.com")]
    gateway.events[uuid(1)] = events = [event(0, "i", "ls\n"), event(0.25, "o", "é\0"), event(1e-9, "e", "closed"), [1.5, "b", "AAAA"], ["odd"]]
    result = archiving.run()
    assert (result["changed"], result["complete"], counts(result)) == (True, True, (1, 0))
    (name, path), = archiving.files().items()
    assert name == "hoop_session/2026-03/%s.recording.jsonl" % uuid(1)
    header, *lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines == events
    assert header["format"] == "opsaudit-recording/1" and header["session"]["user"] == "ana@example.com"
    row = archiving.row(uuid(1))
    assert (row["state"], row["path"], row["size"], row["error"]) == ("kept", name, path.stat().st_size, None)
    assert row["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest() and row["fetched_at"] == NOW
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent, archiving.dest)} == {0o700}


def test_fetched_once(gateway, archiving):
    gateway.sessions = [recorded(number) for number in range(5)]
    archiving.run(attachments=["recording", "input"])
    before = len(gateway.asked)
    again = archiving.run(NOW + DAY, attachments=["recording", "input"])
    assert before == 10 and len(gateway.asked) == 10
    assert (again["changed"], again["complete"], counts(again)) == (False, True, (0, 0))


def test_newest_first_and_only_so_many_at_once(gateway, archiving, wire):
    gateway.sessions = [recorded(number) for number in range(30)]
    archiving.run(concurrency=1)
    assert gateway.names() == [uuid(number) for number in range(29, -1, -1)]
    gateway.sessions.append(recorded(250))
    assert counts(archiving.run(NOW + DAY, concurrency=3)) == (1, 0)
    assert wire.most_in_flight <= 3


def test_progress(gateway, archiving):
    gateway.sessions = [recorded(number) for number in range(20)]
    lines = []
    archiving.run(concurrency=2, watch=lambda fetch: lines.append(fetch.progress.line(1.0)))
    assert re.fullmatch("[0-9]+ of [0-9]+ pages, [0-9]+ records, [0-9]+ records/s", lines[0]) and lines[-1] == "20 attachments fetched"


def test_what_a_run_without_the_option_left_out_is_fetched(gateway, archiving):
    gateway.sessions = [recorded(number) for number in range(220)]
    first = archiving.run(attachments=None)
    assert counts(first) == (0, 0) and not archiving.dest.exists()
    assert counts(archiving.run(NOW + DAY)) == (220, 0)
    assert counts(archiving.run(NOW + DAY, attachments=["input"])) == (220, 0)
    assert len(archiving.files()) == 440


def test_only_of_records_that_have_ended(gateway, archiving):
    running = recorded(1, NOW - 3_600_000, status="open", end_date=None, exit_code=None)
    gateway.sessions = [running, recorded(2)]
    assert counts(archiving.run()) == (1, 0)
    assert gateway.names() == [uuid(2)]
    running.update(status="done", end_date="2026-03-20T00:00:00Z", exit_code=0)
    assert counts(archiving.run(NOW + 3_600_000)) == (1, 0)
    assert archiving.states() == {uuid(1): "kept", uuid(2): "kept"}


def test_a_record_that_was_given_up_has_not_ended(gateway, archiving):
    gateway.sessions = [recorded(1, status="open", end_date=None, exit_code=None)]
    archiving.run()
    result = archiving.run(NOW + 60 * DAY)
    assert result["abandoned"] == 1 and counts(result) == (0, 0)
    assert gateway.names() == []


@pytest.mark.parametrize("events, state, missing", [
    ([], "empty", 0), (None, "empty", 0), (LOST, "gone", 1),
])
def test_facts_are_not_asked_for_again(gateway, archiving, events, state, missing):
    gateway.sessions = [recorded(1, metrics=None)]
    gateway.events[uuid(1)] = events
    for now in (NOW, NOW + DAY):
        result = archiving.run(now)
        assert (result["complete"], counts(result)) == (True, (0, missing))
    assert archiving.states() == {uuid(1): state}
    assert len(gateway.asked) == 1 and archiving.files() == {}


def test_what_was_empty_just_after_the_end_is_fetched_again(gateway, archiving):
    gateway.sessions = [recorded(1, NOW - 120_000), recorded(2, NOW - 120_000)]
    gateway.events.update({uuid(1): [], uuid(2): []})
    assert counts(archiving.run()) == (0, 0)
    del gateway.events[uuid(1)]
    assert counts(archiving.run(NOW + 1_000_000)) == (1, 0)
    assert archiving.states() == {uuid(1): "kept", uuid(2): "empty"}
    assert archiving.run(NOW + 2_000_000)["changed"] is False
    assert sorted(gateway.names()) == [uuid(1), uuid(1), uuid(2), uuid(2)]


def test_what_was_deleted_at_the_source_is_gone(gateway, archiving):
    gateway.sessions = [recorded(1)]
    gateway.failing[uuid(1)] = SourceError("not_found", "not found", 404)
    for now in (NOW, NOW + DAY):
        result = archiving.run(now, attachments=["recording", "input"])
        assert (result["complete"], counts(result)) == (True, (0, 2))
    assert archiving.states() == archiving.states("input") == {uuid(1): "gone"}
    assert len(gateway.asked) == 2


def test_a_placeholder_of_a_session_with_metrics_was_shown_in_it(gateway, archiving):
    gateway.sessions = [recorded(1, metrics={"event_size": 30})]
    gateway.events[uuid(1)] = LOST
    assert counts(archiving.run()) == (1, 0)


def test_too_large(gateway, archiving):
    gateway.sessions = [recorded(1), recorded(2, event_size=10_000)]
    gateway.events[uuid(1)] = [event(0, "o", "x" * 900), event(1, "o", "y" * 900)]
    for now in (NOW, NOW + DAY):
        result = archiving.run(now, attachments_max_bytes=1500)
        assert (result["complete"], counts(result)) == (True, (0, 2))
    # The list says how large the second is.
    assert gateway.names() == [uuid(1)]
    assert archiving.states() == {uuid(1): "too_large", uuid(2): "too_large"} and archiving.files() == {}
    assert archiving.row(uuid(1))["size"] == 1500
    assert counts(archiving.run(NOW + 2 * DAY, attachments_max_bytes=20_000)) == (2, 0)


def test_inputs(gateway, archiving, wire):
    gateway.sessions = [recorded(1), recorded(2), recorded(3)]
    gateway.inputs.update({uuid(1): "select 'é';\n", uuid(2): "", uuid(3): None})
    assert counts(archiving.run(attachments=["input"])) == (2, 0)
    assert archiving.states("input") == {uuid(1): "kept", uuid(2): "empty", uuid(3): "kept"}
    texts = {path.name: path.read_text() for path in archiving.files().values()}
    assert texts == {"%s.input.txt" % uuid(1): "select 'é';\n", "%s.input.txt" % uuid(3): "by link"}


def test_a_link_that_is_refused_is_never_shown(gateway, archiving):
    def refuse(sent, name):
        raise SourceError("not_found", "no link %s at %s" % (sent.query["token"], sent.url), 404)

    gateway.sessions = [recorded(1)]
    gateway.inputs[uuid(1)] = None
    gateway.download = refuse
    outcome = archiving.outcome(attachments=["input"])
    # Another replica may have it: it is tried again.
    assert counts(outcome.result) == (0, 1) and archiving.states("input") == {uuid(1): "failed"}
    assert gateway.names("link") == [uuid(1), uuid(1)]
    assert "tttttttt" not in json.dumps([outcome.result, outcome.warnings, archiving.row(uuid(1), "input")])


def test_check_mode_fetches_nothing(gateway, archiving):
    gateway.sessions = [recorded(1), recorded(2)]
    archiving.run(attachments=None)
    for _turn in range(2):
        result = archiving.run(NOW + DAY, check=True)
        assert (result["changed"], counts(result)) == (True, (0, 2))
    assert gateway.asked == [] and not archiving.dest.exists() and archiving.states() == {}


def test_check_mode_without_a_store(gateway, archiving):
    gateway.sessions = [recorded(1)]
    assert archiving.run(check=True)["changed"] is True
    assert not os.path.exists(archiving.store) and gateway.asked == []


@pytest.mark.parametrize("dest, line", [
    (None, "attachments_dest: missing (attachments needs it: the folder for their files)"),
    ("kept", "attachments_dest: 'kept' is not the absolute path of a folder, or of a new one in a folder that exists"),
    ("/no/such/folder", "attachments_dest: '/no/such/folder' is not the absolute path of a folder, or of a new one in a folder that exists"),
])
def test_a_folder_that_cannot_be_one_is_refused_before_any_request(gateway, archiving, wire, dest, line):
    result = archiving.outcome(attachments_dest=dest).result
    assert result["failed"] and result["msg"] == line
    assert wire.sent == [] and wire.looked_up == []


def test_a_folder_without_attachments_is_not_made(gateway, archiving):
    gateway.sessions = [recorded(1)]
    archiving.run(attachments=[])
    assert not archiving.dest.exists()


def test_a_link_in_the_folder_is_not_followed(gateway, archiving, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    archiving.dest.mkdir()
    (archiving.dest / "hoop_session").symlink_to(outside)
    gateway.sessions = [recorded(1)]
    result = archiving.outcome().result
    assert result["failed"] and result["failure"]["kind"] == "file" and list(outside.iterdir()) == []
    (archiving.dest / "hoop_session").unlink()
    assert counts(archiving.run(NOW + DAY)) == (1, 0)


def test_a_hostile_id_is_not_sent(gateway, archiving, wire):
    gateway.sessions = [recorded(1, id="../../../api/sessions/x")]
    result = archiving.run()
    assert counts(result) == (0, 1) and [sent for sent in wire.sent if sent.path != "/api/sessions"] == []


def test_records_without_a_start(gateway, archiving):
    gateway.sessions = [recorded(number) for number in range(3)]
    archiving.run(attachments=None)
    with connected(archiving.store) as connection:
        connection.execute("UPDATE record SET started_at = NULL WHERE record_id = ?", (uuid(1),))
        connection.commit()
    assert counts(archiving.run(NOW + DAY)) == (3, 0)
    assert "hoop_session/undated/%s.recording.jsonl" % uuid(1) in archiving.files()


def test_a_file_that_is_there_already_stays_if_it_is_the_same(gateway, archiving):
    gateway.sessions = [recorded(1)]
    archiving.run()
    (path,) = archiving.files().values()
    before = path.stat().st_ino
    with connected(archiving.store) as connection:
        connection.execute("DELETE FROM attachment")
        connection.commit()
    assert counts(archiving.run(NOW + DAY)) == (1, 0)
    assert path.stat().st_ino == before
    path.write_text("half")
    with connected(archiving.store) as connection:
        connection.execute("DELETE FROM attachment")
        connection.commit()
    archiving.run(NOW + 2 * DAY)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == archiving.row(uuid(1))["sha256"]


def test_windows_outside_are_not_fetched(gateway, archiving):
    gateway.sessions = [recorded(1), recorded(2, start=BEGIN - DAY)]
    archiving.run(attachments=None, start_time=str(BEGIN - 2 * DAY), end_time=str(BEGIN - 3_600_000))
    result = archiving.run(NOW, end_time=str(BEGIN - 3_600_000), start_time=str(BEGIN - 2 * DAY))
    assert counts(result) == (1, 0)
    assert gateway.names() == [uuid(2)]


def test_reread_checks_the_files_that_are_there(gateway, archiving):
    gateway.sessions = [recorded(number) for number in range(1, 5)]
    archiving.run()
    before = {name: path.read_bytes() for name, path in archiving.files().items()}
    first, second, third, _fourth = archiving.files().values()
    first.unlink()
    second.write_bytes(second.read_bytes().replace(b"application", b"Application").replace(b"database", b"Database"))
    third.write_text("")
    assert counts(archiving.run(NOW + 1000)) == (0, 0), "not each run reads all files"
    result = archiving.run(NOW + DAY, reread=True)
    assert (result["changed"], result["complete"], counts(result)) == (True, True, (3, 0))
    assert {name: path.read_bytes() for name, path in archiving.files().items()} == before
    assert sorted(gateway.names()) == sorted([uuid(1), uuid(2), uuid(3)] + [uuid(number) for number in range(1, 5)])


def test_what_is_lost_here_and_there_still_has_its_hash(gateway, archiving):
    gateway.sessions = [recorded(1)]
    archiving.run()
    before = archiving.row(uuid(1))
    (path,) = archiving.files().values()
    path.unlink()
    gateway.events[uuid(1)] = LOST
    gateway.sessions[0]["metrics"] = None
    result = archiving.run(NOW + DAY, reread=True)
    assert counts(result) == (0, 1)
    after = archiving.row(uuid(1))
    assert after["state"] == "gone" and all(after[name] == before[name] for name in ("path", "size", "sha256"))
