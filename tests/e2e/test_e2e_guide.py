# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of the guide to the archive, as it stands there, with everything else from the environment."""

from __future__ import annotations

import json

import pytest

from ansible_collections.opsaudit.sessions.tests import guides
from ansible_collections.opsaudit.sessions.tests.e2e.archiving import BEGIN, CASES, HOUR, archive, params
from ansible_collections.opsaudit.sessions.tests.e2e.support import INSTANCE, NODE, WORKSPACE
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.look import rows


@pytest.mark.any_core
def test_the_playbook_keeps_all_and_tells_of_gaps_that_are_old(ansible, emulator, tmp_path):
    emulator.reset()
    store = tmp_path / "s.db"
    env = credentials.environment(emulator.urls) | {"OPSAUDIT_STORE": str(store), "HOOP_APIKEY": "", "BCE_REGION": ""}
    more = json.dumps({"instances": [INSTANCE], "workspaces": [WORKSPACE], "since": "2024-01-01"})

    def run(*arguments):
        return ansible.playbook(guides.plays("guide_archive"), "-e", more, *arguments, env=env)

    looked = run("--check")
    assert looked.code == 0 and not store.exists(), looked.output
    first = run()
    assert first.code == 0, first.output
    assert len(rows(str(store), "SELECT DISTINCT source FROM record")) == 4
    # Only what is running is looked at again.
    again = run()
    assert again.code == 0 and "changed=0" in again.output, again.output

    store.unlink()
    emulator.fault("status", "hoop", status=400)
    emulator.fault("status", "taurusdb", status=403, match={"query": {"node_id": NODE}})
    broken = run()
    assert broken.code != 0
    assert "hoop: " in broken.output and "TaurusDB: " in broken.output and NODE in broken.output
    assert "Baidu: " not in broken.output and "DataArts: " not in broken.output


@pytest.mark.any_core
@pytest.mark.parametrize("source, more, requests", [
    ("hoop", {}, 3), ("bcc", {"type": ["COMMAND", "FILE_UPLOAD"]}, 4), ("taurusdb", {"node_id": None}, 5), ("dataarts", {}, 1),
])
def test_what_a_run_costs_where_nothing_is_new(emulator, tmp_path, source, more, requests):
    emulator.reset()
    case, store = CASES[source], str(tmp_path / "s.db")
    for kind in more.get("type", [None]):
        scope = {"type": kind} if kind else case.scope
        emulator.seed(case.dialect, 5, **scope)
        emulator.alter(case.dialect, emulator.ids(case.dialect, **scope), case.over, **scope)
    given = params(case, emulator.urls, store, **more)
    now = BEGIN + 365 * 24 * HOUR
    archive(case, given, now)
    assert archive(case, given, now + HOUR)["requests"] == requests
