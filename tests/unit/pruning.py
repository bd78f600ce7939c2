# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prunes of a store, and what they leave."""

from __future__ import annotations

import hashlib
import json

from exporting import BEGIN, DAY
from tasks import result_of

from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.prune import PruneTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.scope import ScopeTask
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

#: When a prune is run; each day has another.
LATER = BEGIN + 60 * DAY


def at(instant):
    return str(times.to_iso(instant, "ms"))


def pruned(store, before, at_day=0, check=False, **given):
    """What a prune returns."""
    return result_of(PruneTask(), {"store": store, "before": at(before), **given}, now=LATER + at_day * DAY, check=check)


def counts(result):
    """How many records went, by source and scope."""
    assert not result.get("failed"), result["msg"]
    return {(each["source"], json.dumps(each["scope"])): each["count"] for each in result["pruned"]}


def life(store, now=LATER, **given):
    """What a task returns that changes a scope."""
    return result_of(ScopeTask(), {"store": store, "source": "hoop_session", "scope": {"org": "o"}, **given}, now=now)


def ids(store):
    return sorted(each["record_id"] for each in rows(store, "SELECT record_id FROM record"))


def declared(store):
    return rows(store, "SELECT * FROM pruned ORDER BY before_time")


def windows(store):
    return [
        (each["window_start"], each["window_end"], each["records"])
        for each in rows(store, "SELECT window_start, window_end, records FROM coverage ORDER BY window_start")
    ]


def digest_of(hashes):
    """The digest of a prune, as the guide describes it."""
    lines = "".join(json.dumps([name, found], separators=(",", ":"), ensure_ascii=False) + "\n" for name, found in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def hashes(store, *names):
    return {each["record_id"]: each["content_hash"] for each in rows(store, "SELECT record_id, content_hash FROM record") if each["record_id"] in names}
