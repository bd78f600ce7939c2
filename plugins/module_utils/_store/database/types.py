# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Column types that mean the same in every database, and the options of every table."""

from __future__ import annotations

import traceback
from typing import Any

try:
    import sqlalchemy as sa
    from sqlalchemy.dialects import mysql
except ImportError:
    SQLALCHEMY_PROBLEM: str | None = traceback.format_exc()
else:
    SQLALCHEMY_PROBLEM = None

    class Key(sa.types.TypeDecorator[str]):
        """A text that is compared byte by byte: C(a), C(A), C(a) with a blank and C(á) are four keys.

        MariaDB and MySQL pad a key with blanks unless its collation says otherwise, and each names that collation in its own way.
        In PostgreSQL, C(C) makes the order that of the bytes, too, so that an index can be read in that order.
        """

        impl = sa.String
        cache_ok = True

        def __init__(self, length: int) -> None:
            super().__init__(length)
            self.length = length

        def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
            if dialect.name in ("mysql", "mariadb"):
                collation = "utf8mb4_nopad_bin" if getattr(dialect, "is_mariadb", False) else "utf8mb4_0900_bin"
                return dialect.type_descriptor(mysql.VARCHAR(self.length, charset="utf8mb4", collation=collation))
            return dialect.type_descriptor(sa.String(self.length, collation="C" if dialect.name == "postgresql" else None))


#: For each table in MariaDB and MySQL. In another row format than DYNAMIC a key has room for 191 characters only.
TABLE_OPTIONS: dict[str, str] = {
    "%s_%s" % (dialect, name): value
    for dialect in ("mysql", "mariadb")
    for name, value in (("engine", "InnoDB"), ("charset", "utf8mb4"), ("row_format", "DYNAMIC"))
}
