# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store with records of all sources that look as if people had made them; the same ones each time."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Any

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.schema import get_tables
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store

HOUR = 3_600_000
DAY = 24 * HOUR
#: 2026-03-01
BEGIN = 1772323200000

PEOPLE = (
    "ana.silva@example.com", "bo.lindgren@example.com", "chen.wei@example.com", "deploy-bot", "emeka.obi@example.com", "fatima.zahra@example.com",
    "grace.kim@example.com", "hugo.martin@example.com", "ines.costa@example.com", "jun.sato@example.com", "kofi.mensah@example.com",
    "lena.vogel@example.com", "mei.lin@example.com", "nightly-backup",
)
DATABASES = ("orders-pg-prod", "billing-mysql-prod", "warehouse", "web-03 (ssh)", "orders-pg-staging", "mongo-catalog", "k8s-admin")
MACHINES = ("web-01", "web-02", "web-03", "db-01", "cache-01, cache-02", "batch-07")
STATEMENTS = (
    "SELECT count(*) FROM orders WHERE status = 'open'", "UPDATE orders SET status = 'shipped' WHERE id = 40213", "kubectl get pods -A",
    "DELETE FROM sessions WHERE expires_at < now()", "systemctl restart nginx", "df -h", "SELECT * FROM invoices ORDER BY created_at DESC LIMIT 50",
    "ALTER TABLE customers ADD COLUMN region text", "journalctl -u api --since today",
)
GATEWAY, REGION, WORKSPACE = "org=hoop.example.com", "region=bj,type=COMMAND", "workspace_id=5b7c2a54-1f0e-4c3a-9d5e-6a7b8c9d0e1f"
NODE = "instance_id=17b6bbb64d2f4c14a83a88f19da8dcc8in07,node_id=d476fd181dad42cbb67e804953fb39ebno07"
SCOPES = {"hoop_session": GATEWAY, "bcc_action_run": REGION, "dataarts_sql_session": WORKSPACE, "taurusdb_killed_session": NODE}


def row(source: str, number: int, **values: Any) -> dict[str, Any]:
    """A row of the table C(record)."""
    scope = dict(part.split("=", 1) for part in SCOPES[source].split(","))
    text = ",".join('"%s":"%s"' % pair for pair in sorted(scope.items()))
    return {
        "source": source, "scope_key": SCOPES[source], "record_id": "%s-%06d" % (source, number), "scope": "{%s}" % text,
        "kind": None, "state": None, "outcome": "unknown", "started_at": None, "ended_at": None, "actor": None, "target": None,
        "summary": None, "raw": "{}", "content_hash": "0" * 64, "row_hash": "0" * 64,
        "first_seen": BEGIN, "last_seen": BEGIN, "changed_at": BEGIN, "detailed_at": None,
        **values,
    }


def rows(count: int, days: int = 30, seed: int = 1) -> Iterator[dict[str, Any]]:
    """So many records of all sources, in a time of so many days."""
    chance = random.Random(seed)
    for number in range(count):
        # People work by day, and more so at the end of a month.
        started = BEGIN + int((chance.random() ** 0.8) * days) * DAY + int(chance.gauss(13, 3.5) % 24 * HOUR)
        lasted = int(min(chance.lognormvariate(11, 2.4), 12 * HOUR))
        source = chance.choices(list(SCOPES), (60, 22, 12, 6))[0]
        values = {"started_at": started, "ended_at": started + lasted}
        if source == "hoop_session":
            outcome = chance.choices(("success", "failure", "blocked", "unknown", "running"), (70, 8, 3, 17, 2))[0]
            values.update(
                kind="database", state="open" if outcome == "running" else "done", actor=chance.choices(PEOPLE, range(len(PEOPLE), 0, -1))[0],
                target=chance.choices(DATABASES, range(len(DATABASES), 0, -1))[0], summary=chance.choice(STATEMENTS),
            )
        elif source == "bcc_action_run":
            outcome = chance.choices(("success", "failure", "running"), (85, 13, 2))[0]
            values.update(kind="COMMAND", state=outcome.upper(), target=chance.choice(MACHINES), summary=chance.choice(STATEMENTS[3:6]))
        elif source == "dataarts_sql_session":
            outcome = chance.choices(("success", "failure", "running"), (90, 7, 3))[0]
            values.update(kind="sql_session", state={"failure": "FAIL"}.get(outcome, "CLOSED"), target="analytics", ended_at=None)
        else:
            outcome = "killed"
            values.update(kind="killed_sessions", state="SUCCESS", target="d476fd181dad42cbb67e804953fb39ebno07", ended_at=started + lasted // 50)
        if outcome == "running" and started < BEGIN + (days - 2) * DAY:
            outcome = "success"
        if outcome == "running":
            values["ended_at"] = None
        yield row(source, number, outcome=outcome, **values)


def fill(store: str, records: Iterable[dict[str, Any]], windows: Iterable[tuple[str, int, int]] = ()) -> None:
    """Put records and proven windows (source, first and last instant) into a store that may be new."""
    with open_store(store, lambda secret: None, writes=True) as opened:
        given, windows = iter(records), list(windows)

        def put(connection: Any) -> bool:
            page = [each for _number, each in zip(range(1000), given)]
            if page:
                connection.execute(get_tables().record.insert(), page)
            return bool(page)

        def prove(connection: Any) -> None:
            for source in sorted({source for source, _first, _last in windows}):
                connection.execute(get_tables().scope.insert().values(
                    source=source, scope_key=SCOPES[source], scope=row(source, 0)["scope"], first_seen=BEGIN
                ))
            for number, (source, first, last) in enumerate(windows):
                values = {"source": source, "scope_key": SCOPES[source], "view": "", "window_start": first, "window_end": last, "run_id": "run-%d" % number}
                connection.execute(get_tables().coverage.insert().values(records=0, read_at=last, **values))
                connection.execute(get_tables().run.insert().values(
                    started_at=last, complete=True, added=0, updated=0, requests=1, version="1.0.0", repeats=0, **values
                ))

        while opened.transact(put):
            pass
        opened.transact(prove)


def windows(days: int = 30, missing: bool = True) -> list[tuple[str, int, int]]:
    """What was proven of them: all, or all but some days of two sources."""
    end = BEGIN + days * DAY
    if not missing:
        return [(source, BEGIN, end) for source in SCOPES]
    return [
        ("hoop_session", BEGIN, BEGIN + 12 * DAY), ("hoop_session", BEGIN + 13 * DAY + 6 * HOUR, end), ("bcc_action_run", BEGIN, end),
        ("dataarts_sql_session", BEGIN, end), ("taurusdb_killed_session", BEGIN, BEGIN + 26 * DAY),
    ]
