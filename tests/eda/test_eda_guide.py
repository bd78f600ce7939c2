# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebook, the variables and the commands of the guide to events, as they stand there, but for the endpoint and places."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.guides import blocks

WATCH, GATE = blocks("guide_eda", "yaml")
COMMANDS = [re.sub(r"^HOOP_TOKEN=\S+ ", "", block).split() for block in blocks("guide_eda", "shell") if "ansible-rulebook --" in block]


@pytest.fixture
def here(tmp_path, emulator):
    """Writes a block to a file with the tests' endpoint and places."""

    def write(name, block):
        for place, instead in {"https://hoop.example.com": emulator.urls["hoop"], "/var/lib/audit": str(tmp_path), "/etc/opsaudit": str(tmp_path)}.items():
            block = block.replace(place, instead)
        (tmp_path / name).write_text(block)

    inventory = {"all": {"hosts": {"localhost": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}}}}
    write("inventory.yml", json.dumps(inventory))
    return write


def note(path, text):
    """A task that writes a text to a file."""
    return {"ansible.builtin.copy": {"content": text, "dest": str(path), "mode": "0600"}}


def test_a_rulebook(tmp_path, emulator, rulebook, here):
    (play,) = yaml.safe_load(WATCH)
    play["sources"][0]["opsaudit.sessions.sessions"]["interval"] = 1
    emulator.seed("hoop", 3)
    emulator.alter("hoop", emulator.ids("hoop")[:1], {"connection": "orders-db", "user": "ana@example.com", "start_date": "2026-02-01T00:00:00Z"})
    here("watch.yml", yaml.safe_dump([play], sort_keys=False))
    here("notify_the_team.yml", json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [note(tmp_path / "who", "{{ who }}")]}]))
    book = rulebook(*COMMANDS[0][1:], HOOP_TOKEN=credentials.HOOP_TOKEN)
    book.until(lambda: "PLAY RECAP" in book.log)
    assert "failed=0" in book.log, book.log
    assert (tmp_path / "who").read_text() == "ana@example.com"
    assert credentials.HOOP_TOKEN not in book.log


def test_the_gate(tmp_path, emulator, rulebook, here):
    emulator.seed("hoop", 3)
    emulator.alter("hoop", emulator.ids("hoop")[:1], {"guardrails_info": [{"rule_name": "no-drop"}], "exit_code": 254, "start_date": "2026-02-01T00:00:00Z"})
    here("gate.yml", GATE)
    here("notify.yml", json.dumps([note(tmp_path / "reported.json", "{{ gate_results | to_json }}")]))
    gate = rulebook(*COMMANDS[1][1:], HOOP_TOKEN=credentials.HOOP_TOKEN)
    gate.until(lambda: "PLAY RECAP" in gate.log)
    reported = json.loads((tmp_path / "reported.json").read_text())
    assert [each["when"] for each in reported["rules"]] == ["blocked", "longer 8h"] and reported["rules"][0]["findings"]
