# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that a database is a store, or empty, before anything is written to it."""

from __future__ import annotations

from ..._base.errors import OptionError
from .schema import OtherStore, get_tables, version_of
from .types import SQLALCHEMY_PROBLEM

if SQLALCHEMY_PROBLEM is None:
    import sqlalchemy as sa

#: The application id of an SQLite file: "opsa".
APPLICATION_ID = 0x6F707361
#: The table that has the version, and others that every store has.
MARKER = "store"
#: The marker of stores from before the first release.
_OLD_MARKER = "schema_version"
_OTHERS = {"record", "coverage", "run"}


def find_version(connection: sa.Connection, name: str) -> int:
    """Return the version of the store in a database; change nothing.

    :param name: the name of the database in messages.
    :returns: the version of our tables; 0 if there are none, or their making was interrupted.
    :raises OptionError: if the database is something else.
    :raises OtherStore: if it is a store of another version.
    """
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
        if found not in (0, APPLICATION_ID):
            raise OptionError(
                "store: %s is not a store: the file belongs to another application (application_id %d) "
                "(write the path of a store, or of a file that doesn't exist yet)" % (name, found)
            )
    inspector = sa.inspect(connection)
    names = set(inspector.get_table_names())
    if {_OLD_MARKER, *_OTHERS} <= names:
        raise OtherStore("it was written by a version of this collection from before its first release")
    if {MARKER, *_OTHERS} <= names and _has_our_columns(connection, MARKER):
        return version_of(connection)
    if not names and connection.dialect.name == "sqlite":
        # A file of nothing but views is somebody's, too; in a server's database views may be an extension's.
        names = set(inspector.get_view_names())
    if all(_is_ours(connection, each) for each in sorted(names)):
        return 0
    shown = sorted(names)[:3]
    raise OptionError(
        "store: %s is not a store: it has other tables, %s%s (write the name of a store or of an empty database: the first task makes the tables)"
        % (name, ", ".join(each[:64] for each in shown), " and %d more" % (len(names) - len(shown)) if len(names) > len(shown) else "")
    )


def check_encoding(connection: sa.Connection, name: str) -> None:
    """Check that an empty database can hold every text.

    :raises OptionError: if it cannot.
    """
    if connection.dialect.name == "postgresql":
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            raise OptionError(
                "store: %s has the encoding %s, not UTF8, and can't hold every text "
                "(make another database: CREATE DATABASE sessions ENCODING 'UTF8' TEMPLATE template0)" % (name, encoding)
            )


def _is_ours(connection: sa.Connection, name: str) -> bool:
    return name in get_tables().record.metadata.tables and _has_our_columns(connection, name)


def _has_our_columns(connection: sa.Connection, name: str) -> bool:
    ours = {column.name for column in get_tables().record.metadata.tables[name].columns}
    found = connection.execute(sa.select(sa.text("*")).select_from(sa.table(name)).limit(1))
    return ours <= set(found.keys())
