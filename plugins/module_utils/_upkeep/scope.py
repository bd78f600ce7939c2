# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes what people say of a scope: its label, and whether it is retired. Knows neither Ansible nor SQL."""

from __future__ import annotations

from typing import Any

from .._base.errors import OptionError
from .._base.options import LINE, STORE, Declaration, Settings, require_store, text
from .._base.task import Call
from .._records.scope import ACTIVE, RETIRED
from .._store.ledger.scopes import Life, load, update_scope
from .._store.reader import snapshot
from .._store.store import open_store
from .selection import select_scopes

_OPTIONS: dict[str, Declaration] = {
    "store": STORE,
    "source": text(required=True),
    "scope": {"type": "dict", "required": True, "example": "{org: 6f1c2b4e}"},
    "state": text(choices=[ACTIVE, RETIRED]),
    "label": LINE,
}


class ScopeTask:
    """Changes the label and the state of a scope."""

    options = _OPTIONS

    def run(self, call: Call) -> dict[str, Any]:
        """Store what differs from what the store has."""
        settings = call.resolve(_OPTIONS)
        store = require_store(settings)
        # An empty text takes a label away, and is not the same as none.
        label = "" if call.params.get("label") == "" else settings["label"]
        if settings["state"] is None and label is None:
            raise OptionError("state, label: missing (write what to change)")
        known = snapshot(store, call.redactor.add, lambda connection: load(connection, settings["source"]) or load(connection))
        [scope] = select_scopes(known, [settings["source"]], settings["scope"], "source")

        def change(connection: Any) -> bool:
            before = load(connection, scope.source)[scope].life
            after = _life(before, settings, label)
            if after != before:
                update_scope(connection, scope, after)
            return after != before

        call.changed = _life(known[scope].life, settings, label) != known[scope].life
        if call.changed and not call.check:
            with open_store(store, call.redactor.add, writes=True, existing=True) as opened:
                call.changed = opened.transact(change)
        return {"scope_key": scope.key}


def _life(before: Life, settings: Settings, label: str | None) -> Life:
    retired_at = before.retired_at
    if settings["state"] == ACTIVE:
        retired_at = None
    elif settings["state"] == RETIRED and retired_at is None:
        retired_at = settings.now
    return Life(before.label if label is None else label or None, retired_at)
