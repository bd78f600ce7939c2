# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declare an archive module: the options of its info module that apply to an archive, and its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from .._base.options import COMMON, DURATION, LINE, STORE, Declaration, Settings, text, texts
from .._records.entry import Entry
from .._records.shape import Row
from .endpoint import Connection, Endpoint, Source

if TYPE_CHECKING:
    from .._http.transport import Transport

#: All is kept, and kept as it is.
_NOT_COMMON = ("max_records", "query")
OWN: dict[str, Declaration] = {
    "store": STORE,
    "overlap": text(default="10m", **DURATION),
    "return_new": {"type": "int", "default": 0, "within": (0, 10**6)},
    "reread": {"type": "bool", "default": False},
    "recheck": text(**DURATION),
    "abandon_after": text(default="30d", **DURATION),
    "retention": text(**DURATION),
    "label": LINE,
}
_COMMON = {**{name: declaration for name, declaration in COMMON.items() if name not in _NOT_COMMON}, **OWN}


class Depth(NamedTuple):
    """How deep an archive can read a record."""

    #: The option that fetches the details of every record.
    option: str
    #: An option that makes details deeper; the list in them whose parts then have a further key; that key.
    deeper: tuple[str, str, str] | None = None


class Wanted(NamedTuple):
    """One attachment to fetch: its record as the store has it, and how to reach the source."""

    record: Row
    settings: Settings
    connection: Connection
    transport: Transport
    #: The largest file, in bytes.
    max_bytes: int
    #: Masks a text, such as a link.
    keep_secret: Callable[[str], None]


class AttachmentSpec(NamedTuple):
    """One kind of attachment."""

    name: str
    #: The extension of its file.
    extension: str
    #: Writes it to a new file and returns its state; what it writes is kept only if that is C(kept).
    #: Raises SourceError if it can't be fetched.
    fetch: Callable[[Wanted, Any], str]


class Archive(NamedTuple):
    """What one archive module keeps, and how; what the gate can look for in it."""

    #: What is fetched, with the options of the archive module.
    source: Source
    entry: Callable[[Row], Entry]
    #: The outcomes that a record can have, besides C(running) and C(unknown).
    outcomes: tuple[str, ...]
    #: Conditions of the gate that only this source knows, by name: whether a row of the store meets it.
    conditions: Mapping[str, Callable[[Row], bool]] = {}
    #: The details of one record, by C(id), where the source has them.
    details: Endpoint | None = None
    depth: Depth | None = None
    #: The ID of the key that reads, where the source doesn't say whose key it is: the option C(account) says it.
    access_key: Callable[[Settings], str] | None = None
    #: What belongs to a record but is not in it.
    attachments: tuple[AttachmentSpec, ...] = ()
    #: What one of its records is, where the source's name says another thing.
    noun: str = "record"
    #: The columns that a table of its records has beside those of all sources, and where their values are in a record.
    columns: Mapping[str, tuple[str, ...]] = {}


def adapt_for_archive(source: Source, without: Collection[str] = (), also: Mapping[str, Declaration] = MappingProxyType({})) -> Source:
    """Return a source as an archive module reads it: its lists, all of them.

    :param without: options of the info module that this one has not.
    :param also: options that only this one has.
    """
    left_out = {name: declaration for name, declaration in source.options.items() if name in without}
    left_out.update((name, COMMON[name]) for name in _NOT_COMMON)
    return source._replace(
        options={**{name: declaration for name, declaration in source.options.items() if name not in without}, **also},
        endpoints=tuple(each for each in source.endpoints if each[0] not in without),
        common=_COMMON,
        fixed={name: declaration.get("default") for name, declaration in left_out.items()},
    )


def declare_attachment_options(specs: Collection[AttachmentSpec]) -> dict[str, Declaration]:
    """Return the options of an archive module with attachments."""
    names = [spec.name for spec in specs]
    return {
        "attachments": texts(choices=names, order=tuple(names)),
        "attachments_dest": {"type": "path"},
        "attachments_max_bytes": {"type": "int", "default": 2**30, "within": (1, 2**40)},
    }
