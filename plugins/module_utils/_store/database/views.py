# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create the views of a store: tables with real timestamps in UTC, for people who write SQL."""

from __future__ import annotations

from .types import SQLALCHEMY_PROBLEM

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: The tables that have a view of the same columns, and which of them are times.
_TIMES = {
    "record": ("started_at", "ended_at", "first_seen", "last_seen", "changed_at", "detailed_at"),
    "coverage": ("window_start", "window_end", "read_at"),
    "run": ("started_at", "ended_at", "window_start", "window_end"),
}
#: The years 1 to 9999, in milliseconds: other times are null in a view, because PostgreSQL would fail on them.
_FIRST, _LAST = -62135596800000, 253402300799999
#: An integer of milliseconds as a timestamp, for each database. Other functions of MariaDB and MySQL depend on the time zone of the session.
_AS_TIMESTAMP = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', {0} / 1000.0, 'unixepoch')",
    "postgresql": "to_timestamp({0} / 1000.0)",
    "mysql": "CAST(TIMESTAMPADD(MICROSECOND, {0} * 1000, TIMESTAMP'1970-01-01 00:00:00') AS DATETIME(3))",
}
#: With the rights of whoever reads it, and not of whoever made it.
_CREATE = {"sqlite": "CREATE VIEW IF NOT EXISTS", "postgresql": "CREATE OR REPLACE VIEW", "mysql": "CREATE OR REPLACE SQL SECURITY INVOKER VIEW"}


def create_views(connection: sa.Connection, metadata: sa.MetaData) -> None:
    """Create the views C(record_view), C(coverage_view) and C(run_view)."""
    dialect = "mysql" if connection.dialect.name == "mariadb" else connection.dialect.name
    for name, times in _TIMES.items():
        columns = [_timestamp(dialect, column.name) if column.name in times else column.name for column in metadata.tables[name].columns]
        connection.exec_driver_sql("%s %s_view AS SELECT %s FROM %s" % (_CREATE[dialect], name, ", ".join(columns), name))


def _timestamp(dialect: str, name: str) -> str:
    value = _AS_TIMESTAMP[dialect].format(name)
    return "CASE WHEN %s BETWEEN %d AND %d THEN %s END AS %s" % (name, _FIRST, _LAST, value, name)
