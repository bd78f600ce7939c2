# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an attachment's file is: below the folder of all attachments, under a name that no other record's has."""

from __future__ import annotations

import hashlib
import os
import re

from ..._base import times
from ..._base.options import Settings, invalid, missing
from ..._fetch.archive_spec import Archive, AttachmentSpec
from ..._fetch.client import Client
from ..._fetch.listing import Listing

#: An id that is a name as it is: it belongs to one record, whatever its scope.
_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UNSAFE = re.compile("[^A-Za-z0-9-]+")
#: The characters of another id that its file's name begins with, and those of the hash that follows.
_SHOWN, _HASHED = 60, 32
_UNDATED = "undated"


def build_file_name(scope_key: str, record_id: str) -> str:
    """Return the name of a record's files, without extension.

    A UUID is its own name. Any other id is what is safe of it, and a hash of the scope and the whole id.
    """
    if _UUID.fullmatch(record_id):
        return record_id
    digest = hashlib.sha256(("%s\n%s" % (scope_key, record_id)).encode("utf-8", "surrogatepass")).hexdigest()
    return "%s~%s" % (_UNSAFE.sub("_", record_id)[:_SHOWN], digest[:_HASHED])


def build_relative_path(source: str, scope_key: str, record_id: str, started_at: int | None, name: str, extension: str) -> str:
    """Return the path of an attachment below the folder of all: C(SOURCE/YEAR-MONTH/ID.NAME.EXTENSION)."""
    return "%s/%s/%s.%s.%s" % (source, _month_of(started_at), build_file_name(scope_key, record_id), name, extension)


def _month_of(instant: int | None) -> str:
    text = str(times.to_iso(instant, "ms")) if instant is not None else ""
    return text[:7] if re.match("[0-9]{4}-[0-9]{2}-", text) else _UNDATED


def list_wanted(archive: Archive, settings: Settings) -> tuple[AttachmentSpec, ...]:
    """Return the attachments that an archive task is to fetch.

    :raises OptionError: if there is no folder for them.
    """
    if not archive.attachments or not settings["attachments"]:
        return ()
    if settings["attachments_dest"] is None:
        raise missing("attachments_dest", "attachments needs it: the folder for their files")
    settings.values["attachments_dest"] = _check_folder(settings["attachments_dest"])
    return tuple(spec for spec in archive.attachments if spec.name in settings["attachments"])


def view_of(client: Client) -> tuple[Listing, bool]:
    """Return a listing that knows the filters of a task, and whether one was given that only the source can apply.

    What such a filter leaves out can't be known of records that are in the store already: the task reads its whole window.
    """
    endpoint, settings = client.endpoint, client.settings
    view = Listing(endpoint, settings, client.connection, client.targets[0])
    given = [name for name in endpoint.filters if settings[name]]
    return view, len(given) > len(view.where)


def _check_folder(dest: str) -> str:
    allowed = "the absolute path of a folder, or of a new one in a folder that exists"
    if not os.path.isabs(dest) or "\0" in dest:
        raise invalid("attachments_dest", dest, allowed)
    path = os.path.normpath(dest)
    there = path if os.path.lexists(path) else os.path.dirname(path)
    if not os.path.isdir(there):
        raise invalid("attachments_dest", dest, allowed)
    if not os.access(there, os.W_OK | os.X_OK):
        raise invalid("attachments_dest", dest, "a folder that may be written to")
    return path
