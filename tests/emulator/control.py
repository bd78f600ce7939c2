# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control listener: a test's way to set the stage and to see what happened."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from .world import World


class Control:
    """POST /<call> with a JSON object, answered with a JSON object; a mistake in a call is a 400 that says so."""

    def __init__(self, world: World):
        self._world = world
        self._calls: dict[str, Callable[[dict[str, Any]], Any]] = {
            "reset": self._reset,
            "seed": self._seed,
            "latency": self._latency,
            "config": self._config,
            "fault": self._fault,
            "clear_faults": self._clear_faults,
            "mutate": self._mutate,
            "alter": self._alter,
            "forget": self._forget,
            "ids": self._ids,
            "log": self._log,
            "stats": self._stats,
            "revoke_tokens": self._revoke_tokens,
        }

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        call = self._calls.get(request.path.strip("/"))
        if call is None:
            return web.json_response({"error": f"unknown call; known: {', '.join(self._calls)}"}, status=404)
        try:
            text = await request.text()
            given = json.loads(text) if text else {}
            return web.json_response(call(given))
        except (ValueError, TypeError, KeyError) as bad:
            return web.json_response({"error": f"{type(bad).__name__}: {bad}"}, status=400)

    def _reset(self, given: dict[str, Any]) -> dict[str, Any]:
        self._world.reset()
        return {}

    def _seed(self, given: dict[str, Any]) -> dict[str, Any]:
        options = dict(given)
        dialect = self._world.dialect(options.pop("dialect", None))
        warm = options.pop("warm", False)
        scope = dialect.seed(int(options.pop("count")), options)
        if warm:  # serialise now what would be on the first request for it
            for store in dialect.stores():
                for row in store.rows:
                    row.text(store.render)
        gc.freeze()  # the collector need not walk through all of that again and again
        return scope

    def _latency(self, given: dict[str, Any]) -> dict[str, Any]:
        latency = {**self._world.settings.latency, given.get("dialect") or "*": float(given["seconds"])}
        self._world.settings.latency = latency
        return latency

    def _config(self, given: dict[str, Any]) -> dict[str, Any]:
        self._world.settings.change(given)
        return vars(self._world.settings)

    def _fault(self, given: dict[str, Any]) -> dict[str, Any]:
        self._world.faults.add(given)
        return {"rules": len(self._world.faults.rules)}

    def _clear_faults(self, given: dict[str, Any]) -> dict[str, Any]:
        """Faults and mutations both: after it, all is well again."""
        self._world.faults.clear()
        self._world.mutations.clear()
        return {}

    def _mutate(self, given: dict[str, Any]) -> dict[str, Any]:
        dialect = self._world.dialect(given.get("dialect"))
        self._world.mutations.add(given)
        for store in dialect.stores():
            store.mark_start()
        return {"rules": len(self._world.mutations.rules)}

    def _alter(self, given: dict[str, Any]) -> dict[str, Any]:
        store = self._world.dialect(given.get("dialect")).store(given.get("scope") or {})
        for name in given["ids"]:
            store.alter(store.by_id[name], given["values"])
        return {"altered": len(given["ids"])}

    def _forget(self, given: dict[str, Any]) -> dict[str, Any]:
        store = self._world.dialect(given.get("dialect")).store(given.get("scope") or {})
        for name in given["ids"]:
            store.remove(store.by_id[name])
        return {"forgotten": len(given["ids"])}

    def _ids(self, given: dict[str, Any]) -> dict[str, Any]:
        store = self._world.dialect(given.get("dialect")).store(given.get("scope") or {})
        return {"scope": store.scope, "start": store.ids_at_start, "now": store.ids()}

    def _log(self, given: dict[str, Any]) -> dict[str, Any]:
        entries = [e for e in self._world.journal.entries if given.get("dialect") in (None, e["dialect"])]
        return {"entries": entries}

    def _stats(self, given: dict[str, Any]) -> dict[str, Any]:
        faults = [{"kind": rule.kind, "seen": rule.seen, "fired": rule.fired} for rule in self._world.faults.rules]
        mutations = [{"seen": rule.seen, "applied": rule.applied} for rule in self._world.mutations.rules]
        return {**self._world.journal.stats(), "faults": faults, "mutations": mutations}

    def _revoke_tokens(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"revoked": self._world.gate.revoke_minted()}
