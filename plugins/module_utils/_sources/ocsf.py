# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map records of any source to events of the Open Cybersecurity Schema Framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .._records.canonical import record_key
from .._records.entry import Entry
from .._records.shape import Row
from .archives import ARCHIVES
from .bcc import ocsf as bcc
from .dataarts import ocsf as dataarts
from .hoop import ocsf as hoop
from .taurusdb import ocsf as taurusdb

#: Maps a record, its columns in the store, and its scope to events.
Mapper = Callable[[Row, Entry, Mapping[str, Any]], Iterator[Row]]
_MAPPERS: dict[str, Mapper] = {
    "taurusdb_killed_session": taurusdb.build_events,
    "dataarts_sql_session": dataarts.build_events,
    "hoop_session": hoop.build_events,
    "bcc_action_run": bcc.build_events,
}


def build_events_of_kept(source: str, record: Row, entry: Entry, scope: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the events of a record in the store.

    :param entry: its columns.
    """
    return _MAPPERS[source](record, entry, scope)


def build_events(source: str, record: Row) -> Iterator[Row]:
    """Yield the events of a record as an info module returns it: without its gateway or region.

    :raises ValueError: if it is not a record of this source.
    """
    try:
        entry = ARCHIVES[source].entry(record)
    except KeyError as missing:
        raise ValueError("it has no %s, which every record of %s has" % (missing.args[0], source)) from None
    if entry.record_id is None:
        raise ValueError("it has no id, which every record of %s has" % source)
    return _MAPPERS[source](record, entry._replace(record_id=record_key(entry.record_id)), {})
