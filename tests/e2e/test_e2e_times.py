# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One instant in any notation is the same question."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import BCC, HOOP, INSTANCE, NAMESPACE, NODE, TAURUSDB
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

#: What is asked and what comes back, whatever ansible-core runs the task.
pytestmark = pytest.mark.any_core

INSTANT = 1774873478
NOTATIONS = {
    "iso with zone": "2026-03-30T20:24:38+08:00",
    "iso in utc": "2026-03-30T12:24:38Z",
    "iso without": "2026-03-30T12:24:38",
    "iso with blank": "2026-03-30 12:24:38.000",
    "seconds": str(INSTANT),
    "a number of seconds": INSTANT,
    "milliseconds": "%d000" % INSTANT,
    "a number of milliseconds": INSTANT * 1000,
}


def asked(entry):
    query = {name: values[0] for name, values in parse_qs(urlsplit(entry["target"]).query).items()}
    return {**query, **(json.loads(entry["body"]) if entry["body"] else {})}


def test_the_notations_of_an_instant_send_the_same_bytes(tasks):
    start, end = {}, {}
    for name, value in NOTATIONS.items():
        for module in (TAURUSDB, HOOP, BCC):
            own = {"type": "COMMAND"} if module == BCC else {}
            start["%s %s" % (module, name)] = tasks.scene(
                module, **own, start_time=value, end_time="2026-04-01T07:28:35.5Z"
            )
            end["%s %s" % (module, name)] = tasks.scene(module, **own, start_time="2026-03-01", end_time=value)
    for scenes in (start, end):
        run = tasks.scenes(scenes)
        for module in (TAURUSDB, HOOP, BCC):
            entries = [run["%s %s" % (module, name)].listed[0] for name in NOTATIONS]
            assert len({(entry["target"], entry["body"]) for entry in entries}) == 1, module
        first = {module: asked(run["%s seconds" % module].listed[0]) for module in (TAURUSDB, HOOP, BCC)}
        if scenes is start:
            assert (first[TAURUSDB]["start_time"], first[TAURUSDB]["end_time"]) == ("%d000" % INSTANT, "1775028515500")
            assert (first[HOOP]["start_date"], first[HOOP]["end_date"]) == ("2026-03-30T12:24:38Z", "2026-04-01T07:28:36Z")
            assert (first[BCC]["startTime"], first[BCC]["endTime"]) == (INSTANT * 1000, 1775028515500)
        else:
            assert first[TAURUSDB]["end_time"] == "%d000" % INSTANT
            assert first[HOOP]["end_date"] == "2026-03-30T12:24:38Z"
            assert first[BCC]["endTime"] == INSTANT * 1000


def test_relative_times_and_now(tasks):
    relative = {"-90m": 5400, "-24h": 86400, "-7d": 604800, "-2w": 1209600, "-30s": 30}
    scenes = {name: tasks.scene(TAURUSDB, start_time=name, end_time="now") for name in relative}
    scenes["default"] = tasks.scene(TAURUSDB, start_time="-1h", end_time=None)
    before = time.time() * 1000
    run = tasks.both(scenes)
    after = time.time() * 1000
    for path in ("action/", "module/"):
        for name, seconds in relative.items():
            sent = asked(run[path + name].log[0])
            # The source counts in whole seconds: a window begins with one.
            assert 0 <= int(sent["end_time"]) - int(sent["start_time"]) - seconds * 1000 < 1000
            assert before <= int(sent["end_time"]) <= after
        assert before <= int(asked(run[path + "default"].log[0])["end_time"]) <= after


def test_times_as_yaml_makes_them(ansible):
    """Without quotes YAML makes a timestamp or a number of it before Ansible sees it."""
    play = ansible.folder / "unquoted.yml"
    play.write_text("""
- hosts: action
  gather_facts: false
  vars:
    from_vars: 2026-03-30T12:24:38Z
  module_defaults: &access
    group/opsaudit.sessions.all:
      endpoint: %s
      access_key: %s
      secret_key: %s
      project_id: %s
      instance_id: %s
      node_id: %s
  tasks:
    - %s%s:
        start_time: 2026-03-30T12:24:38Z
    - %s%s:
        start_time: 2026-03-30 12:24:38
        end_time: 2026-04-02
    - %s%s:
        start_time: 1774873478
    - %s%s:
        start_time: "{{ from_vars }}"
    - %s%s:
        start_time: "{{ 1774873478000 }}"
- hosts: module
  gather_facts: false
  module_defaults: *access
  tasks:
    - %s%s:
        start_time: 2026-03-30T12:24:38Z
        end_time: 2026-04-02
""" % (ansible.urls["taurusdb"], credentials.HUAWEI_AK, credentials.HUAWEI_SK, credentials.PROJECT_ID, INSTANCE, NODE,
       *(NAMESPACE, TAURUSDB) * 6))
    run = ansible.command(ansible.bin / "ansible-playbook", play)
    assert run.code == 0, run.output
