# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of the guide to watching a store, as they stand there, over a store that is well and over others."""

from __future__ import annotations

import copy
import http.server
import threading

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import HOOP, Scene
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.guides import plays, without_place
from ansible_collections.opsaudit.sessions.tests.stores.look import altered

pytestmark = pytest.mark.any_core


def play(name):
    (found,) = [each for each in without_place(plays("guide_watching")) if each["name"] == name]
    return copy.deepcopy(found)


def execute(store, statement):
    with altered(store) as connection:
        connection.execute(statement)


@pytest.fixture
def store(tasks):
    """A store with a gateway that was read up to now, sealed."""
    path = str(tasks.folder / "s.db")
    run = tasks.scenes({
        "kept": Scene("hoop_session_archive", {**tasks.access(HOOP, start_time="-1d"), "store": path}),
        "sealed": Scene("session_seal", {"store": path, "dest": str(tasks.folder / "seals")}),
    })
    assert run["kept"].result["complete"] and run["sealed"].result["changed"]
    return path


def test_what_watches_in_awx_fails_when_it_should(ansible, store):
    shown = play("Watch the archive")

    def watch():
        return ansible.playbook([shown], env={"OPSAUDIT_STORE": store})

    run = watch()
    assert run.code == 0, run.output[-4000:]
    # A store that was never sealed fails at the last check, as the play stands.
    with altered(store) as connection:
        (sealed,) = connection.execute("SELECT seal_number, sealed_at FROM store").fetchall()
    execute(store, "UPDATE store SET seal_number = NULL, sealed_at = NULL")
    run = watch()
    assert run.code != 0 and "Sealed last at 1970-01-01" in run.output, run.output[-4000:]
    execute(store, "UPDATE store SET seal_number = %d, sealed_at = %d" % (sealed[0], sealed[1] - 90_000_000))
    # Where each check lets the next ones go on, each has its line.
    for task in shown["tasks"]:
        task["ignore_errors"] = True
    execute(store, "UPDATE coverage SET window_end = window_end - 30000000")
    execute(store, "UPDATE run SET error = 'HTTP 401', window_start = window_start - 1")
    run = watch()
    for line in ("Behind: ", "Failing: ", "Something is missing of: ", "Sealed last at 20"):
        assert line in run.output, (line, run.output[-4000:])


def test_what_fails_is_shown(ansible, store):
    execute(store, "UPDATE run SET error = 'HTTP 401 Unauthorized'")
    run = ansible.playbook([play("Show what fails")], env={"OPSAUDIT_STORE": store})
    assert run.code == 0 and "HTTP 401 Unauthorized" in run.stdout, run.output[-4000:]


def test_the_report_that_all_is_well_is_sent_after_the_seal(ansible, emulator, tmp_path):
    received = []

    class Heartbeat(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            received.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Heartbeat)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        shown = play("Collect, and say that it is done")
        shown["vars"]["audit_seal_dest"] = str(tmp_path / "seals")
        shown["post_tasks"][1]["ansible.builtin.uri"]["url"] = "http://127.0.0.1:%d/ping/audit" % server.server_port
        env = credentials.environment(emulator.urls) | {"OPSAUDIT_STORE": str(tmp_path / "s.db")}
        run = ansible.playbook([shown], env=env)
        assert run.code == 0, run.output[-4000:]
        assert received == ["/ping/audit"]
        # The seals are in a folder that is none: no report.
        shown["vars"]["audit_seal_dest"] = str(tmp_path / "s.db" / "seals")
        assert ansible.playbook([shown], env=env).code != 0
        assert received == ["/ping/audit"]
    finally:
        server.shutdown()
        server.server_close()
