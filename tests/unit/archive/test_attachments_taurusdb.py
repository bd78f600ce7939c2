# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lists of killed sessions, behind links: each is requested when it is needed, used once, and never stored or shown."""

from __future__ import annotations

import json
import re
from itertools import count
from urllib.parse import quote

import pytest
from attachments import Archiving
from exporting import BEGIN, DAY

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.tests.stores.look import dump, rows

INSTANCE = "17b6bbb64d2f4c14a83a88f19da8dcc8in07"
NODES = ("d476fd181dad42cbb67e804953fb39ebno07", "2f6e2a9c3a9f4d1a8f1f4c5a7be1d0aano07")
NOW = BEGIN + 2 * DAY
ACCESS = {
    "endpoint": "http://db", "token": "t0ken-l0ng", "project_id": "0" * 32, "instance_id": [INSTANCE], "attachments": ["killed_list"],
}


class Cloud:
    """Two nodes with killing tasks, whose links are valid for one request, and the storage that they lead to."""

    def __init__(self, wire) -> None:
        self.tasks = {node: [] for node in NODES}
        self.fetched = []
        #: Answers of the storage by task, in turn: bytes or a failure.
        self.answers = {}
        self._valid = {}
        self._numbers = count()
        wire.answer = self.answer

    def has(self, node, task_id, start, **more):
        self.tasks[node].append({"task_id": task_id, "start_time": start // 1000, "end_time": start // 1000 + 1, "link": True, **more})

    def answer(self, sent):
        if sent.url.startswith("http://storage"):
            return self._download(sent)
        found = [
            row for row in self.tasks[sent.query["node_id"]]
            if int(sent.query["start_time"]) <= row["start_time"] * 1000 <= int(sent.query["end_time"])
        ]
        at = int(sent.query["offset"])
        page = [self._shown(row) for row in found[at : at + int(sent.query["limit"])]]
        return {"total_count": len(found), "intelligent_kill_session_histories": page}

    def _shown(self, row):
        shown = {name: value for name, value in row.items() if name != "link"}
        if row["link"]:
            signature = "s1gnature-%d" % next(self._numbers)
            self._valid[signature] = row["task_id"]
            shown["download_link"] = "http://storage/lists/%s?Signature=%s" % (quote(str(row["task_id"]), safe=""), signature)
        return shown

    def _download(self, sent):
        assert not {"Authorization", "X-Auth-Token"} & sent.headers.keys()
        task = self._valid.pop(sent.query["Signature"], None)
        if task is None:
            raise SourceError("permission", "Request has expired: %s" % sent.url, 403)
        self.fetched.append(task)
        answers = self.answers.get(task)
        answer = answers.pop(0) if answers else b"id,user\n1,app\n"
        if answer == "echo":
            raise SourceError("permission", "%s is refused, which came by %s" % (sent.query["Signature"], sent.url), 403)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def cloud(wire):
    return Cloud(wire)


@pytest.fixture
def archiving(tmp_path):
    return Archiving(tmp_path, "taurusdb_killed_session")


def run(archiving, now=NOW, **given):
    outcome = archiving.outcome(now, **{**ACCESS, "node_id": [NODES[0]], **given})
    assert not outcome.result.get("failed"), outcome.result
    return outcome


def counts(outcome):
    return outcome.result["attachments"]["kept"], outcome.result["attachments"]["missing"]


def test_the_bytes_are_kept(cloud, archiving):
    cloud.has(NODES[0], "1774873478588", BEGIN)
    cloud.answers["1774873478588"] = [b"\xff\x00,raw\r\n"]
    outcome = run(archiving)
    assert counts(outcome) == (1, 0) and outcome.result["complete"]
    (name, path), = archiving.files().items()
    assert re.fullmatch("taurusdb_killed_session/2026-03/1774873478588~[0-9a-f]{32}\\.killed_list\\.raw", name)
    assert path.read_bytes() == b"\xff\x00,raw\r\n"
    assert counts(run(archiving, NOW + DAY)) == (0, 0) and cloud.fetched == ["1774873478588"]


def test_ids_that_two_nodes_share_have_a_file_each(cloud, archiving):
    for node in NODES:
        cloud.has(node, "1774873478588", BEGIN)
    assert counts(run(archiving, node_id=list(NODES))) == (2, 0)
    assert len(archiving.files()) == 2
    assert len({row["path"] for row in rows(archiving.store, "SELECT path FROM attachment")}) == 2


def test_a_link_is_used_once_and_another_one_is_requested(cloud, archiving):
    cloud.has(NODES[0], "1", BEGIN)
    cloud.answers["1"] = [SourceError("network", "the connection was lost"), b"list"]
    assert counts(run(archiving)) == (1, 0) and cloud.fetched == ["1", "1"]


@pytest.mark.parametrize("failure, state", [
    (SourceError("not_found", "NoSuchKey", 404), "gone"), (SourceError("invalid_request", "expired", 410), "gone"),
    (SourceError("permission", "AccessDenied", 403), "failed"), (SourceError("server", "busy", 503), "failed"),
])
def test_a_link_that_leads_nowhere(cloud, archiving, failure, state):
    cloud.has(NODES[0], "1", BEGIN)
    cloud.answers["1"] = [failure, failure]
    outcome = run(archiving)
    assert counts(outcome) == (0, 1) and outcome.result["complete"] is (state == "gone")
    assert archiving.states("killed_list") == {"1": state} and len(cloud.fetched) == 2


def test_what_the_source_no_longer_lists_or_has_no_link_for_is_gone(cloud, archiving):
    cloud.has(NODES[0], "1", BEGIN)
    cloud.has(NODES[0], "2", BEGIN + 5000, link=False)
    run(archiving, attachments=None)
    del cloud.tasks[NODES[0]][0]
    outcome = run(archiving, NOW + DAY)
    assert counts(outcome) == (0, 2) and outcome.result["complete"]
    assert archiving.states("killed_list") == {"1": "gone", "2": "gone"}


def test_an_empty_list(cloud, archiving):
    cloud.has(NODES[0], "1", BEGIN)
    cloud.answers["1"] = [b""]
    assert counts(run(archiving)) == (0, 0) and archiving.states("killed_list") == {"1": "empty"}


def test_links_are_never_stored_or_shown(cloud, archiving):
    cloud.has(NODES[0], "1", BEGIN)
    cloud.has(NODES[0], "2", BEGIN + 5000)
    cloud.answers["2"] = ["echo", "echo"]
    outcome = run(archiving, return_new=10)
    stored = rows(archiving.store, "SELECT * FROM attachment")
    assert {row["state"] for row in stored} == {"kept", "failed"}
    said = json.dumps([outcome.result, outcome.warnings, stored]) + dump(archiving.store)
    assert "is refused" in said and "s1gnature" not in said and "lists/2" not in said


@pytest.mark.parametrize("record_id", [
    "../../../etc/passwd", "..", ".", "a/b", "a\\b", "a\nb", "", "CON", "x" * 255, "A", "a", "é", "e\u0301", "a.killed_list", "~", "a b", "-rf", "a\u202eb",
])
def test_a_hostile_id_stays_in_the_folder(cloud, archiving, record_id):
    cloud.has(NODES[0], record_id, BEGIN)
    cloud.has(NODES[0], "a_b", BEGIN)
    assert counts(run(archiving)) == (2, 0)
    files = archiving.files()
    assert len(files) == 2 and len({name.lower() for name in files}) == 2
    for name in files:
        assert re.fullmatch("taurusdb_killed_session/2026-03/[A-Za-z0-9_-]{0,60}~[0-9a-f]{32}\\.killed_list\\.raw", name)
    assert sorted(archiving.dest.parent.rglob("*.raw")) == sorted(files.values())


def test_ids_of_other_types(cloud, archiving):
    cloud.has(NODES[0], 17, BEGIN)
    cloud.has(NODES[0], "17", BEGIN)
    assert counts(run(archiving)) == (2, 0) and len(archiving.files()) == 2
