# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build an event of the Open Cybersecurity Schema Framework (OCSF) from a record.

Nothing is invented: an unknown attribute is left out, or C(Unknown) if the schema requires it.
Fields that the schema has no attribute for are in C(unmapped).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from .entry import BLOCKED, FAILURE, KILLED, OPEN, SUCCESS, Entry
from .shape import Row, dig

VERSION = "1.8.0"
UNKNOWN = "Unknown"
#: The identifiers that all enumerations of the schema have.
UNKNOWN_ID = 0
OTHER_ID = 99

_STATUS = {SUCCESS: (1, "Success"), KILLED: (1, "Success"), FAILURE: (2, "Failure"), BLOCKED: (2, "Failure")}
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+")


class EventClass(NamedTuple):
    """A class of events, with the activities that are used."""

    uid: int
    name: str
    category: str
    activities: Mapping[int, str]


class Fields:
    """The fields of a record; those that are taken are not in the rest."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._taken: set[tuple[str, ...]] = set()

    def word(self, *path: str) -> str:
        """Return a text without taking it; empty if there is none."""
        value = dig(self._row, path)
        return value if isinstance(value, str) else ""

    def text(self, *path: str) -> str | None:
        """Take a text that is not empty; return null if there is none."""
        value = dig(self._row, path)
        if not isinstance(value, str) or not value:
            return None
        self._taken.add(path)
        return value

    def code(self, *path: str) -> str | None:
        """Take a number or a text, as text; return null if there is neither."""
        value = dig(self._row, path)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return self.text(*path)
        self._taken.add(path)
        return str(value)

    def address(self, *path: str) -> str | None:
        """Take an IP address; return null if there is none."""
        value = dig(self._row, path)
        try:
            if not isinstance(value, str) or "%" in value:
                return None
            address = str(ipaddress.ip_address(value))
        except ValueError:
            return None
        self._taken.add(path)
        return address

    def leave_out(self, *path: str) -> None:
        """Take a field that must not be in the event."""
        self._taken.add(path)

    def drop(self, name: str, value: Any) -> None:
        """Take a field that the event already has: one with this value, or any number, which is a time."""
        found = self._row.get(name)
        if found == value or (isinstance(found, int) and not isinstance(found, bool)):
            self._taken.add((name,))

    def rest(self) -> Row:
        """Return the fields that were not taken and are not null."""
        return self._left(self._row, ())

    def _left(self, value: Row, path: tuple[str, ...]) -> Row:
        if not any(each[: len(path)] == path for each in self._taken):
            return value
        left: Row = {}
        for name, inner in value.items():
            here = (*path, name)
            # With a time that was taken, its readable form goes, too.
            if inner is None or here in self._taken or name.endswith("_iso") and (*path, name[:-4]) in self._taken:
                continue
            rest = self._left(inner, here) if isinstance(inner, dict) else inner
            if rest or not inner:
                left[name] = rest
        return left


def present(**values: Any) -> dict[str, Any]:
    """Return the attributes that are not empty."""
    return {name: value for name, value in values.items() if value not in (None, {}, [])}


def email_of(text: str | None) -> str | None:
    """Return a text if it is an e-mail address, else null."""
    return text if text and _EMAIL.fullmatch(text) else None


def build_event(
    kind: EventClass,
    activity: int,
    entry: Entry,
    metadata: Mapping[str, Any],
    attributes: Mapping[str, Any],
    unmapped: Row,
    activity_name: str | None = None,
) -> Row:
    """Return one event.

    :param activity: an activity of the class; C(OTHER_ID) needs a name.
    :param entry: the record's id, its times, state and outcome, in the words of the store.
    :param metadata: more metadata than the id of the event.
    :param attributes: the attributes of this class.
    :param unmapped: the fields without an attribute.
    """
    name = activity_name or kind.activities.get(activity, UNKNOWN)
    status_id, status = _STATUS.get(entry.outcome, (UNKNOWN_ID, UNKNOWN))
    if entry.outcome in OPEN:
        status_id, status = OTHER_ID, entry.state or entry.outcome
    started, ended = entry.started_at, entry.ended_at
    known = [each for each in (started, ended) if each is not None]
    return {
        "activity_id": activity,
        "activity_name": name,
        "category_name": kind.category,
        "category_uid": kind.uid // 1000,
        "class_name": kind.name,
        "class_uid": kind.uid,
        "metadata": {"version": VERSION, "uid": entry.record_id, **metadata},
        "severity": UNKNOWN,
        "severity_id": UNKNOWN_ID,
        "status": status,
        "status_id": status_id,
        # The schema requires a time: the epoch stands for unknown.
        "time": known[0] if known else 0,
        "type_name": "%s: %s" % (kind.name, "Other" if activity == OTHER_ID else name),
        "type_uid": kind.uid * 100 + activity,
        **present(
            start_time=started, end_time=ended, unmapped=unmapped,
            duration=ended - started if started is not None and ended is not None and ended >= started else None,
        ),
        **attributes,
    }
