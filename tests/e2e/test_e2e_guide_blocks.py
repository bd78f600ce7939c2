# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks of guides that follow one another: attachments and what is made of one, keys and seals, deleting and retiring."""

from __future__ import annotations

import json
import re

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.archiving import BEGIN, CASES, HOUR
from ansible_collections.opsaudit.sessions.tests.e2e.support import BIN, INSTANCE
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.guides import blocks, documents, plays
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

pytestmark = pytest.mark.any_core


@pytest.fixture
def here(tmp_path):
    """The same text, with the tests' places in place of the guides'."""
    places = {"/var/lib/audit/sessions.db": "s.db", "/var/lib/opsaudit/sessions.db": "s.db", "/etc/audit/": "", "/var/lib/audit/": "", "/srv/": ""}

    def here(text):
        for place, name in places.items():
            text = text.replace(place, "%s/%s" % (tmp_path, name))
        return text

    return here


def tasks_of(guide, first):
    """The block of a guide that is a list of tasks, by the name of its first one."""
    (found,) = [block for block in documents(guide) if isinstance(block, list) and block[0].get("name") == first]
    return {"hosts": "localhost", "gather_facts": False, "tasks": found}


def test_they_run_as_they_stand(ansible, emulator, tmp_path, here):
    emulator.seed("hoop", 5)
    emulator.seed("taurusdb", 2, **CASES["taurusdb"].scope, start=BEGIN, end=BEGIN + HOUR)
    (key,) = blocks("guide_proof", "shell")
    made = ansible.command("bash", "-e", "-c", here(key))
    assert made.code == 0, made.output
    env = credentials.environment(emulator.urls) | {"OPSAUDIT_STORE": str(tmp_path / "s.db")}
    shown = json.loads(here(json.dumps([
        tasks_of("guide_archive", "Archive sessions of the hoop gateway, with what was typed and shown"),
        *plays("guide_proof"),
        tasks_of("guide_archive", "Fill what the backup lacks"),
        *plays("guide_proof"),
        tasks_of("guide_proof", "Delete what is older than 400 days, and only what is sealed"),
        tasks_of("guide_archive", "Delete what is older than 400 days, and only what is sealed"),
        tasks_of("guide_archive", "A gateway was shut down"),
    ])))
    # Only the gateway that this store knows can be shut down.
    (before,) = blocks_of_scope(shown)
    before["scope"] = {"org": "{{ org }}"}
    learn = {
        "hosts": "localhost", "gather_facts": False, "tasks": [
            {"opsaudit.sessions.session_store_info": {"sources": ["hoop_session"]}, "register": "known"},
            {"ansible.builtin.set_fact": {"org": "{{ known.scopes[0].scope.org }}"}},
        ],
    }
    done = ansible.playbook([*shown[:-1], learn, shown[-1]], "-e", json.dumps({"instances": [INSTANCE]}), env=env)
    assert done.code == 0, done.output[-5000:]
    kept = sorted((tmp_path / "attachments").rglob("*.recording.jsonl"))
    assert kept and sorted((tmp_path / "attachments").rglob("*.killed_list.raw"))
    assert [row["label"] for row in rows(str(tmp_path / "s.db"), "SELECT label FROM scope WHERE retired_at IS NOT NULL")] == ["old gateway"]
    (download,) = [block for block in blocks("guide_archive", "shell") if "session_download" in block]
    (tmp_path / "replays").mkdir()
    command = here(re.sub(r"/var/\S+\.recording\.jsonl", str(kept[0]), download))
    replayed = ansible.command("bash", "-e", "-c", command, env={**env, "PATH": "%s:%s" % (BIN, ansible.env["PATH"])})
    assert replayed.code == 0 and list((tmp_path / "replays").glob("*.html")), replayed.output


def blocks_of_scope(shown):
    return [task["opsaudit.sessions.session_scope"] for play in shown for task in play["tasks"] if "opsaudit.sessions.session_scope" in task]


def test_the_inventory_of_a_fleet(ansible, emulator):
    """With the configuration that makes a failed inventory an error."""
    emulator.seed("taurusdb", 2, instances=3, nodes=2)
    inventory = documents("guide_scaling")[0]
    given = {**inventory, "endpoint": emulator.urls["taurusdb"], "cache_connection": str(ansible.folder / "cache")}
    (ansible.folder / "fleet.taurusdb.yml").write_text(json.dumps(given))
    (configuration,), (command,) = blocks("guide_scaling", "ini"), blocks("guide_scaling", "shell")
    (ansible.folder / "ansible.cfg").write_text(configuration)
    env = {**credentials.environment(emulator.urls), "PATH": "%s:%s" % (BIN, ansible.env["PATH"])}
    listed = ansible.command("bash", "-e", "-c", command, env=env)
    assert listed.code == 0 and "@tag_" in listed.stdout, listed.output
    emulator.fault("status", "taurusdb", status=403)
    failed = ansible.command("bash", "-e", "-c", command + " --flush-cache", env=env)
    assert failed.code != 0, failed.output
