# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pack the whole of records for a page: what the source sent, earlier versions, attachments. Compressed, as many as fit."""

from __future__ import annotations

import base64
import json
import os
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from .._base.redaction import MASK
from .._records.attachment_state import KEPT
from .._store.reader import Key
from .columns import truncate
from .items import Item

#: The most characters of all packs, and of one text in them. A larger record is cut, and says so.
ROOM = 500_000
LONGEST = 20_000
#: How many records are in one pack. The page unpacks one when a record of it is opened.
PACK = 25
#: The newest earlier versions of a record that are shown.
_REVISIONS = 5
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_LINK = re.compile(r"(https?://[^\s\"'<>?\\]+\?)([^\s\"'<>\\]+)", re.IGNORECASE)
_SIGNED = re.compile(r"(?:signature|sign|token|accesskey\w*|key|credential|password|secret)=", re.IGNORECASE)


class Detail(NamedTuple):
    """What is known of a record beside its item."""

    raw: str
    #: Earlier versions, oldest first: C(from_time), C(until_time), C(raw).
    revisions: Sequence[Mapping[str, Any]] = ()
    #: C(name), C(state), C(size), and C(href) where the page can link to the file.
    attachments: Sequence[Mapping[str, Any]] = ()


class Links:
    """How a page reaches the files of attachments, and their replays."""

    def __init__(self, folder: str | None, page: str, replays: str | None = None) -> None:
        """Remember where they are.

        :param folder: the folder that holds the attachments; null for no links.
        :param page: the path of the page, or of its folder.
        :param replays: the folder that holds pages that play recordings; null for no links.
        """
        self._folder = folder
        self._from = page if os.path.isdir(page) else os.path.dirname(page)
        self._replays = replays or ""
        #: The names of all pages that play recordings, without extension.
        self.replays = {name[:-5] for name in os.listdir(replays) if name.endswith(".html")} if replays and os.path.isdir(replays) else set()

    def describe_all(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return what the page says of a record's attachments: its replay first, if there is one."""
        name = self.find_replay(rows)
        path = os.path.join(self._replays, "%s.html" % name)
        replay = {"name": "replay", "state": KEPT, "size": os.path.getsize(path), "href": self.locate(path)} if name else None
        return [*([replay] if replay else []), *map(self.describe, rows)]

    def find_replay(self, rows: Sequence[Mapping[str, Any]]) -> str | None:
        """Return the name of the page that plays a record's recording, without extension; null if there is none."""
        # All files of a record have one name, and differ in what is after the first dot.
        names = {os.path.basename(row["path"]).partition(".")[0] for row in rows if row["path"] and row["state"] == KEPT}
        return min(names & self.replays, default=None)

    def locate(self, path: str) -> str:
        """Return a link to a file or folder, relative to the page, so that both can be moved together."""
        return quote(os.path.relpath(path, self._from))

    @property
    def folder_of_replays(self) -> str:
        """Return a link to the folder of the pages that play recordings."""
        return self.locate(self._replays) + "/"

    def describe(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the page says of an attachment."""
        href = None
        if self._folder and row["path"] and row["state"] == KEPT:
            path = os.path.normpath(os.path.join(self._folder, row["path"]))
            # A path that was altered in the store must not open another file.
            if path.startswith(os.path.normpath(self._folder) + os.sep):
                href = self.locate(path)
        return {"name": row["name"], "state": row["state"], "size": row["size"], "href": href}


class Packs(NamedTuple):
    """The packs, and the place of each record in them: they hold the most important ones."""

    texts: list[str]
    places: dict[Key, int]


def pack_details(items: Sequence[Item], read: Callable[[Sequence[Item]], Mapping[Key, Detail]], room: int = ROOM) -> Packs:
    """Pack records, the most important first, until the room is used.

    :param read: returns the details of some items.
    :param room: the most characters of all packs.
    """
    order = sorted(items, key=lambda item: item.importance, reverse=True)
    packs = Packs([], {})
    for first in range(0, len(order), PACK):
        some = order[first : first + PACK]
        details = read(some)
        dicts = [_as_dict(item, details.get(item.key)) for item in some]
        text = _compress(dicts)
        # The last pack has as many as fit.
        while len(text) > room and dicts:
            dicts = dicts[: len(dicts) // 2]
            text = _compress(dicts)
        if dicts:
            packs.texts.append(text)
            packs.places.update((item.key, first + number) for number, item in enumerate(some[: len(dicts)]))
        room -= len(text)
        if len(dicts) < len(some):
            break
    return packs


def _as_dict(item: Item, detail: Detail | None) -> dict[str, Any]:
    fields = {name: value for name, value in item._asdict().items() if value is not None}
    values: dict[str, Any] = {"fields": {name: truncate(value, LONGEST) if isinstance(value, str) else value for name, value in fields.items()}}
    if detail is None:
        return values
    values["raw"] = cut_raw(detail.raw)
    if detail.revisions:
        values["revisions"] = [{**each, "raw": cut_raw(str(each["raw"]))} for each in detail.revisions[-_REVISIONS:]]
        values["more_revisions"] = max(0, len(detail.revisions) - _REVISIONS)
    if detail.attachments:
        values["attachments"] = list(detail.attachments)
    return values


def cut_raw(raw: str) -> str | None:
    """Return the JSON of a source, without signed links, cut to the longest text."""
    return truncate(_LINK.sub(_mask_signed, raw), LONGEST)


def _mask_signed(link: re.Match[str]) -> str:
    return link[1] + MASK if _SIGNED.search(link[2]) else link[0]


def _compress(value: Any) -> str:
    # Without header and checksum, as browsers call it: deflate-raw.
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    content = _ENCODE(value).encode("utf-8", "replace")
    return base64.b64encode(deflate.compress(content) + deflate.flush()).decode()
