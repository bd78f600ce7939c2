# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attachments that can't be fetched, or are not for this viewer: tried again, one without the others, and shown as missing."""

from __future__ import annotations

import pytest
from attachments import NOW, Archiving, Recordings, recorded, uuid
from exporting import DAY

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.tests.stores.look import rows


@pytest.fixture
def gateway(wire):
    return Recordings(wire)


@pytest.fixture
def archiving(tmp_path):
    return Archiving(tmp_path)


def counts(result):
    return result["attachments"]["kept"], result["attachments"]["missing"]


def test_what_failed_is_tried_again_and_makes_the_run_incomplete(gateway, archiving):
    gateway.sessions = [recorded(1), recorded(2)]
    gateway.failing[uuid(1)] = SourceError("server", "failed fetching session", 500)
    outcome = archiving.outcome()
    result = outcome.result
    assert (result["complete"], result["incomplete_reasons"], counts(result)) == (False, ["attachments"], (1, 1))
    assert result["gaps"] == [] and not result["failed_targets"]
    assert any("recording of %s" % uuid(1) in line and "failed fetching session" in line for line in outcome.warnings)
    row = archiving.row(uuid(1))
    assert row["state"] == "failed" and "failed fetching session" in row["error"] and row["path"] is None
    assert rows(archiving.store, "SELECT complete, reasons FROM run") == [{"complete": 0, "reasons": '["attachments"]'}]
    # Still failing: no change.
    assert archiving.run(NOW + DAY)["changed"] is False
    gateway.failing.clear()
    result = archiving.run(NOW + 2 * DAY)
    assert (result["complete"], counts(result)) == (True, (1, 0))
    row = archiving.row(uuid(1))
    assert (row["state"], row["error"]) == ("kept", None)


def test_windows_stay_proven_where_an_attachment_failed(gateway, archiving, wire):
    gateway.sessions = [recorded(1)]
    gateway.failing[uuid(1)] = SourceError("server", "no", 500)
    archiving.run()
    lists = len([sent for sent in wire.sent if sent.path == "/api/sessions"])
    result = archiving.run(NOW + 1000, overlap="1s")
    assert result["gaps"] == []
    assert len([sent for sent in wire.sent if sent.path == "/api/sessions"]) <= lists + 2


def test_a_refused_key_ends_the_fetching(gateway, archiving):
    gateway.sessions = [recorded(number) for number in range(40)]
    for number in range(40):
        gateway.failing[uuid(number)] = SourceError("auth", "access denied", 401)
    result = archiving.run(concurrency=2)
    assert (result["complete"], result["incomplete_reasons"], counts(result)) == (False, ["attachments"], (0, 40))
    assert len(gateway.asked) <= 2
    gateway.failing.clear()
    assert counts(archiving.run(NOW + DAY)) == (40, 0)


def test_a_source_that_no_longer_answers_is_left_alone(gateway, archiving):
    gateway.sessions = [recorded(number) for number in range(200)]
    for number in range(200):
        gateway.failing[uuid(number)] = SourceError("network", "no answer")
    result = archiving.run(concurrency=4)
    assert counts(result) == (0, 200) and len(gateway.asked) < 30


def test_one_that_always_fails_does_not_stop_the_others(gateway, archiving):
    gateway.sessions = [recorded(number) for number in range(100)]
    for number in range(50, 100):
        gateway.failing[uuid(number)] = SourceError("server", "no", 500)
    outcome = archiving.outcome()
    assert counts(outcome.result) == (50, 50)
    # The newest is named, whatever the order in which they failed.
    assert any("50 attachments" in line and "recording of %s" % uuid(99) in line for line in outcome.warnings)


def test_withheld_from_this_viewer(gateway, archiving, wire):
    wire.fixed["/api/userinfo"] = {"id": "bob", "role": "standard", "org_id": "b79ff037"}
    gateway.sessions = [recorded(1, event_size=100)]
    gateway.events[uuid(1)] = None
    result = archiving.run()
    assert (result["incomplete_reasons"], counts(result)) == (["attachments"], (0, 1))
    assert "not its recording" in archiving.row(uuid(1))["error"]
    # An auditor's key fetches it later.
    wire.fixed["/api/userinfo"] = {"id": "auditor@example.com", "role": "auditor", "org_id": "b79ff037"}
    gateway.events.clear()
    assert counts(archiving.run(NOW + DAY)) == (1, 0)


def test_a_limited_viewer_does_not_request_what_it_does_not_list(gateway, archiving, wire):
    gateway.sessions = [recorded(1), recorded(2)]
    archiving.run(attachments=None)
    wire.fixed["/api/userinfo"] = {"id": "bob", "role": "standard", "org_id": "b79ff037"}
    gateway.sessions = [recorded(2)]
    assert counts(archiving.run(NOW + DAY)) == (1, 0)
    assert gateway.names() == [uuid(2)]


@pytest.mark.parametrize("given, fetched", [
    ({"connection": "users"}, [4, 2]), ({"user": "bob@example.com"}, [4, 3]), ({"connection": "users", "user": "bob@example.com"}, [4]),
    # Only the gateway can apply this one: the whole window is read again, and what is listed gets attachments.
    ({"batch_id": "b"}, [5, 2]), ({"connection": "users", "batch_id": "b"}, [2]),
])
def test_filters_apply_to_attachments(gateway, archiving, given, fetched):
    gateway.sessions = [
        recorded(1), recorded(2, connection="users"), recorded(3, user="bob@example.com"), recorded(4, connection="users", user="bob@example.com"),
    ]
    archiving.run(attachments=None)
    if "batch_id" in given:
        gateway.sessions = [gateway.sessions[1], recorded(5)]
    archiving.run(NOW + DAY, **given)
    assert sorted(gateway.names()) == [uuid(number) for number in sorted(fetched)]


def test_a_run_that_is_interrupted_is_continued(gateway, archiving, wire):
    gateway.sessions = [recorded(number) for number in range(60)]

    def interrupt(fetch):
        if getattr(fetch.progress, "fetched", 0) >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archiving.outcome(concurrency=3, watch=interrupt)
    assert wire.stopped and 20 <= len(archiving.states()) < 30
    assert counts(archiving.run(NOW + DAY))[1] == 0
    assert set(archiving.states().values()) == {"kept"} and len(archiving.states()) == 60
    assert len(gateway.asked) <= 60 + 3


def test_a_link_in_the_place_of_a_file_is_not_followed(gateway, archiving, tmp_path):
    target = tmp_path / "target"
    target.write_text("mine")
    folder = archiving.dest / "hoop_session" / "2026-03"
    folder.mkdir(parents=True)
    (folder / (uuid(1) + ".recording.jsonl")).symlink_to(target)
    gateway.sessions = [recorded(1)]
    result = archiving.outcome().result
    assert result["failed"] and result["failure"]["kind"] == "file" and "something else than a plain file" in result["msg"]
    assert target.read_text() == "mine"
