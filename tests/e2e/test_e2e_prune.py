# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prunes and scopes on both paths, between archive tasks, seals, exports and reports."""

from __future__ import annotations

import json
import re

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import HOOP, PATHS, Scene
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

#: Instants of the run, and what depends on them.
VARYING = re.compile(r'(?P<name>"(?:statement_sha256|sha256|size|alert)": )(?:"[^"]*"|\d+)|\d{4}-\d\d-\d\dT[\d:.]+Z')


@pytest.mark.any_core
def test_a_store_is_pruned_openly(tasks):
    folder = tasks.folder / "pruned"
    for path in PATHS:
        (folder / path).mkdir(parents=True)
    own = "%s/{{ inventory_hostname }}/" % folder
    store = {"store": own + "s.db"}
    archive = Scene("hoop_session_archive", {**tasks.access(HOOP), **store, "label": "prod gateway"}, [])
    prune = Scene("session_prune", {**store, "before": "2026-03-02T12:00:00Z", "reason": "too old", "require_seal": own + "seals"}, [])
    seal = Scene("session_seal", {**store, "dest": own + "seals"}, [])
    gate = {"rules": [{"source": "hoop_session", "when": "incomplete"}], "end_time": "2999-01-01"}
    scenes = {
        "unsealed": prune, "archived": archive, "early": prune, "sealed": seal,
        "predicted": Scene(prune.module, prune.args, [], {"check_mode": True}),
        "pruned": prune, "again": prune,
        "verified": Scene("session_seal", {**seal.args, "verify": True}, []),
        "archived_again": archive,
        "exported": Scene("session_export", {**store, "dest": own + "export", "sources": ["hoop_session"]}, []),
        "export_verified": Scene("session_export", {"dest": own + "export", "verify": True}, []),
        "reported": Scene("session_report", {**store, "dest": own + "r.html", "sources": ["hoop_session"]}, []),
        "gated": Scene("session_gate", {**store, **gate}, []),
        "reread": Scene(archive.module, {**archive.args, "reread": True}, []),
    }
    run = tasks.both(scenes)
    found = {}
    for name in scenes:
        both = [
            VARYING.sub(r"\g<name>", json.dumps(run["%s/%s" % (path, name)].result, sort_keys=True).replace("/pruned/%s/" % path, "/"))
            for path in PATHS
        ]
        assert both[0] == both[1], name
        found[name] = run["%s/%s" % (PATHS[0], name)].result
    (org,) = [each["scope"] for each in found["archived"]["coverage"]]
    assert "nothing was ever kept there" in found["unsealed"]["msg"]
    assert found["early"]["msg"].startswith("require_seal: ")
    assert found["predicted"] == found["pruned"] and found["pruned"]["changed"] is True
    (went,) = found["pruned"]["pruned"]
    assert (went["source"], went["scope"]) == ("hoop_session", org) and 0 < went["count"] < found["archived"]["added"]
    assert (found["again"]["pruned"], found["again"]["changed"]) == ([], False)
    assert found["verified"]["changed"] is False and found["verified"]["removed"] == found["verified"]["broken"] == []
    assert found["archived_again"]["added"] == 0 and found["archived_again"]["complete"] is True and found["archived_again"]["gaps"] == []
    for name in ("exported", "export_verified", "reported"):
        assert (found[name]["complete"], found[name]["gaps"]) == (False, [])
        (line,) = found[name]["pruned"]
        assert (line["source"], line["scope"], line["before"], line["records"], line["reason"]) == (
            "hoop_session", org, "2026-03-02T12:00:00.000Z", went["count"], "too old",
        )
    assert "hoop_session: pruned before 2026-03-02T12:00:00.000Z" in found["gated"]["summary"]
    assert [each["label"] for each in found["gated"]["rules"][0]["findings"]] == ["prod gateway"]
    assert found["reread"]["added"] == went["count"]
    # A scope is retired, labelled, and refused if there is none.
    run = tasks.both({
        # Gates of their own: the first has claimed the gap.
        "late": Scene("session_gate", {**store, **gate, "name": "before", "start_time": "2998-01-01"}, []),
        "retired": Scene("session_scope", {**store, "source": "hoop_session", "scope": org, "state": "retired", "label": "old"}, []),
        "gated": Scene("session_gate", {**store, **gate, "name": "after", "start_time": "2998-01-01"}, []),
        "other": Scene("session_scope", {**store, "source": "hoop_session", "scope": {"org": "x"}, "state": "retired"}, []),
        "active": Scene("session_scope", {**store, "source": "hoop_session", "scope": org, "state": "active"}, []),
    })
    for path in PATHS:
        assert run[path + "/retired"].result["scope_key"] == "org=" + org["org"] and run[path + "/retired"].result["changed"] is True
        assert run[path + "/other"].result["msg"] == "scope: org=x is not in this store (it knows org=%s)" % org["org"]
        assert run[path + "/active"].result["changed"] is True
        assert rows(str(folder / path / "s.db"), "SELECT label, retired_at FROM scope") == [{"label": "old", "retired_at": None}]
        assert [run["%s/%s" % (path, name)].result["breached"] for name in ("late", "gated")] == [True, False]
