# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of findings beyond what is held in memory."""

from __future__ import annotations

import tempfile

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._gate import key_spool
from ansible_collections.opsaudit.sessions.plugins.module_utils._gate.task import GateTask
from ansible_collections.opsaudit.sessions.tests.stores import look, sample


@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 13, 14, 50])
def test_all_keys_in_their_order_as_often_as_wanted(monkeypatch, count):
    monkeypatch.setattr(key_spool, "_HELD", 7)
    keys = [("org=ü%d" % (number % 3), "r\0%d" % number) for number in range(count)]
    spool = key_spool.KeySpool()
    for key in keys:
        spool.append(key)
        assert len(spool._held) < 7
    assert (len(spool), list(spool), list(spool)) == (count, keys, keys)


def test_no_room_for_the_file(monkeypatch, tmp_path):
    monkeypatch.setattr(key_spool, "_HELD", 2)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    spool = key_spool.KeySpool()
    spool.append(("s", "1"))
    with pytest.raises(SourceError, match="no temporary file can be written") as failed:
        spool.append(("s", "2"))
    assert failed.value.kind == "file"


def test_a_gate_with_more_findings_than_are_held_claims_all(monkeypatch, any_store):
    monkeypatch.setattr(key_spool, "_HELD", 100)
    count = 1234
    sample.fill(any_store, [sample.row("hoop_session", number, started_at=sample.BEGIN + number, outcome="failure") for number in range(count)])
    defaults = {name: each.get("default") for name, each in GateTask.options.items()}
    rules = [{"source": "hoop_session", "when": "failed", "at_most": 0}]

    def look_for(at):
        return run_task(GateTask(), {**defaults, "store": any_store, "rules": rules}, {}, now=at).result

    first = look_for(sample.BEGIN + sample.DAY)
    assert first["rules"][0]["count"] == count and first["breached"]
    assert look_for(sample.BEGIN + sample.DAY + 1)["alert"] is None, "all are claimed"
    # What was claimed and never reported is claimed again, with what is new.
    sample.fill(any_store, [sample.row("hoop_session", count, started_at=sample.BEGIN, outcome="failure")])
    again = look_for(sample.BEGIN + 2 * sample.DAY)
    assert again["rules"][0]["count"] == count + 1
    assert look.rows(any_store, "SELECT alert, count(*) AS count FROM finding GROUP BY alert") == [{"alert": again["alert"], "count": count + 1}]
