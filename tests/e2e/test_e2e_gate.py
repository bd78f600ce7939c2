# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate's module on both paths: the same findings, reported once, as documented, and nothing of what people typed."""

from __future__ import annotations

import json

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import HOOP, Scene
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.servers import PASSWORD

MODULE = "session_gate"
TYPED = "typed-and-n0t-returned"


def rule(when, **more):
    return {"source": "hoop_session", "when": when, **more}


def without_alert(result):
    """A result but for what is another each time."""
    return {**result, "alert": bool(result.get("alert")), "invocation": None}


@pytest.mark.any_core
def test_both_paths(tasks, emulator, postgresql_server):
    postgresql_server.execute("CREATE DATABASE gated")
    store = postgresql_server.url("gated")
    alter = ("alter", {"dialect": "hoop", "ids": emulator.ids("hoop")[:3], "values": {"metadata": {"note": TYPED}}})
    archive = Scene(HOOP.removesuffix("_info") + "_archive", {**tasks.access(HOOP, start_time="2026-01-01"), "store": store}, [alter])
    assert tasks.scenes({"archive": archive})["archive"].result["added"] > 3

    def scene(**args):
        # It claims nothing, so that the second path finds the same.
        return Scene(MODULE, {"store": store, **({"claim": "0s"} if "rules" in args else {}), **args})

    many = [rule("blocked"), rule("unreviewed", at_most=1000), rule("incomplete"), {"source": "bcc_action_run", "when": "incomplete"}]
    scenes = {
        "found": scene(rules=many), "few": scene(rules=[rule("raw.metadata.note == '%s'" % TYPED)], return_findings=1),
        "notified": scene(notified="0" * 32), "released": scene(release="0" * 32), "named": scene(rules=many, name="other"),
        "misspelt": scene(rules=[rule("faild")]), "quiet": scene(rules=[rule("actor == 'nobody'")]),
        "nowhere": Scene(MODULE, {"store": store.replace("gated", "missing"), "rules": many}),
    }
    run = tasks.both(scenes)
    for name in scenes:
        action, module = (run["%s/%s" % (path, name)].result for path in ("action", "module"))
        assert without_alert(action) == without_alert(module), name
    found = run["action/found"].result
    assert [each["count"] > 0 for each in found["rules"]] == [True, True, False, True]
    assert [each["breached"] for each in found["rules"]] == [True, False, False, True]
    assert run["action/few"].result["rules"][0]["count"] == 3 and len(run["action/few"].result["rules"][0]["findings"]) == 1
    results = json.dumps([without_alert(kept.result) for kept in run.kept.values()])
    # But in the rule itself.
    assert TYPED not in results.replace("note == '%s'" % TYPED, "")
    for secret in (*credentials.SECRETS, PASSWORD):
        assert secret not in results
