# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seals as a playbook makes and verifies them, on both paths."""

from __future__ import annotations

import json
import re

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import HOOP, PATHS, Scene
from ansible_collections.opsaudit.sessions.tests.stores.look import altered
from ansible_collections.opsaudit.sessions.tests.unit.signing import allow, make_key

SESSION = "11d337d0-1f45-5203-8630-eccd7c816bf8"


class Seals:
    """Scenes with a store and seals of its own for each path."""

    def __init__(self, ansible):
        self.ansible = ansible
        self.folder = ansible.folder / "sealed"
        for path in PATHS:
            (self.folder / path).mkdir(parents=True)
        own = "%s/{{ inventory_hostname }}/" % self.folder
        self.store, self.dest = own + "s.db", own + "seals"

    def archive(self):
        return Scene("hoop_session_archive", {**self.ansible.access(HOOP), "store": self.store}, [])

    def scene(self, keywords=None, **args):
        return Scene("session_seal", {"store": self.store, "dest": self.dest, **args}, [], keywords or {})

    def same(self, run, name):
        """What a scene gave on both paths: equal, but for the store and the instant."""
        reported = [
            re.sub(r'("(?:statement_sha256|sealed_at|verified_at)": )"[^"]+"', r"\1true", json.dumps(run["%s/%s" % (path, name)].result, sort_keys=True))
            .replace("/sealed/%s" % path, "/sealed/PATH") for path in PATHS
        ]
        assert reported[0] == reported[1], name
        return json.loads(reported[0])


@pytest.mark.any_core
def test_a_store_is_sealed_and_verified(tasks):
    seals = Seals(tasks)
    key = make_key(tasks.folder / "key")
    allowed = {"verify": True, "allowed_signers": allow(tasks.folder / "allowed", key)}
    run = tasks.both({
        "archived": seals.archive(),
        "predicted": seals.scene({"check_mode": True}, signing_key=key),
        "sealed": seals.scene(signing_key=key),
        "heartbeat": seals.scene(signing_key=key),
        "verified": seals.scene(**allowed),
        "unsigned": seals.scene(),
    })
    reported = {name: seals.same(run, name) for name in ("predicted", "sealed", "heartbeat", "verified", "unsigned")}
    added = run["%s/archived" % PATHS[0]].result["added"]
    assert reported["predicted"]["sealed"] == reported["sealed"]["sealed"] == {"added": added, "changed": 0, "final_changed": 0, "pruned": 0}
    assert [reported[name]["number"] for name in ("predicted", "sealed", "heartbeat", "verified")] == [1, 1, 2, 2]
    assert [name for name, result in reported.items() if result["changed"]] == ["predicted", "sealed", "heartbeat"]
    assert reported["unsigned"]["msg"].startswith("signing_key: missing, and seal 2 is signed")
    for path in PATHS:
        with altered(seals.folder / path / "s.db") as connection:
            assert connection.execute("UPDATE record SET actor = 'eve' WHERE record_id = ?", (SESSION,)).rowcount == 1
    run = tasks.both({"checked": seals.scene(**allowed)})
    found = seals.same(run, "checked")
    assert found["failed"] is True and found["failure"]["kind"] == "integrity"
    assert [(each["record_id"], each["seal"]) for each in found["altered"]] == [(SESSION, 1)]
    assert SESSION in found["msg"] and "\n" not in found["msg"]
