# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Save the recording, input or list of a record to a file. Knows neither Ansible nor the requests of a source."""

from __future__ import annotations

from typing import Any

from ._base.errors import OptionError
from ._base.options import COMMON, Declaration, Settings, instant, missing, resolve, text
from ._base.task import Call
from ._fetch.client import connection_of, open_transport
from ._fetch.endpoint import Source
from ._files.destination import Place, Saved, place_of, save
from ._files.own_files import reject_evidence
from ._files.permissions import OPTIONS as PERMISSIONS
from ._files.permissions import Rights, parse_rights
from ._sources.hoop import endpoints as hoop
from ._sources.hoop.downloads.download import HoopDownload
from ._sources.hoop.downloads.kept_recording import KeptRecording
from ._sources.taurusdb import endpoints as taurusdb
from ._sources.taurusdb.download import TaurusdbDownload

_SOURCES: dict[str, tuple[Source, type[HoopDownload] | type[TaurusdbDownload]]] = {
    hoop.SOURCE.name: (hoop.SOURCE, HoopDownload),
    taurusdb.SOURCE.name: (taurusdb.SOURCE, TaurusdbDownload),
}
_FORMATS = ["raw", "txt", "jsonl", "csv", "cast", "html"]
_CONNECTION = (
    "endpoint", "token", "api_key", "region", "project_id", "access_key", "secret_key", "security_token", "username",
    "password", "domain_name", "iam_endpoint",
)
_CHARACTERS = (1, 1000)


def _declare_single(source: Source, name: str) -> Declaration:
    """Return an option of a source that takes a list as an option for a single value."""
    declared = source.options[name]
    return text(pattern=declared["pattern"], allowed=declared["allowed"])


_OWN: dict[str, Declaration] = {
    **{name: COMMON[name] for name in (
        "validate_certs", "ca_path", "timeout", "retries", "retry_budget", "concurrency", "page_size",
    )},
    "source": text(choices=list(_SOURCES)),
    "attachment": {"type": "path"},
    "id": _declare_single(hoop.SOURCE, "id"),
    "instance_id": _declare_single(taurusdb.SOURCE, "instance_id"),
    "node_id": _declare_single(taurusdb.SOURCE, "node_id"),
    "task_id": text(pattern="[A-Za-z0-9_-]{1,64}", allowed="1 to 64 letters, digits, underscores and hyphens"),
    "start_time": instant(),
    "end_time": instant(default="now"),
    "content": text(default="recording", choices=["recording", "input"]),
    "format": text(default="raw", choices=_FORMATS),
    "events": {"type": "list", "elements": "str", "choices": ["i", "o", "e"], "order": ("i", "o", "e")},
    "width": {"type": "int", "default": 80, "within": _CHARACTERS},
    "height": {"type": "int", "default": 24, "within": _CHARACTERS},
    "dest": {"type": "path", "required": True, "example": "/srv/recordings/"},
    "max_bytes": {"type": "int", "default": 2**30, "within": (1, 2**40)},
    **PERMISSIONS,
}


def _connection_of(source: Source) -> dict[str, Declaration]:
    return {name: source.options[name] for name in _CONNECTION if name in source.options}


def _merge_options() -> dict[str, Declaration]:
    """Return all options. Those of a connection have no environment: it depends on the source."""
    merged: dict[str, Declaration] = {}
    for source, _download in _SOURCES.values():
        for name, declared in _connection_of(source).items():
            # The option of the first source has the alias.
            merged.setdefault(name, {key: value for key, value in declared.items() if key in ("type", "no_log", "aliases")})
    return {**merged, **_OWN}


class DownloadTask:
    """Saves the recording, input or list of a record to a file."""

    options = _merge_options()

    def run(self, call: Call) -> dict[str, Any]:
        """Save the file."""
        saved = _save(call)
        call.changed = saved.changed
        result = {"dest": saved.path, "size": saved.size, "sha256": saved.sha256, "format": call.params["format"]}
        return {**result, "diff": saved.diff} if call.diff else result


def _save(call: Call) -> Saved:
    if call.params.get("attachment"):
        return _convert(call)
    if not call.params.get("source"):
        raise missing("source", "%s; or attachment instead" % " or ".join(_SOURCES))
    source, download = _SOURCES[call.params["source"]]
    # A default of module_defaults may be meant for another provider, which must not get its secret.
    foreign = [name for name in _CONNECTION if name not in source.options and call.params.get(name)]
    if foreign:
        raise OptionError("%s: not an option of source %s" % (", ".join(foreign), source.name))
    settings = resolve({**_connection_of(source), **_OWN}, call.params, call.environ, call.now)
    download.verify(settings)
    connection = connection_of(source, settings, call)
    middle = ".input" if settings["content"] == "input" else ""
    place, wanted = _place_of(settings, "%s%s" % (settings["id"] or settings["task_id"], middle))
    with open_transport(settings, connection, call.redactor) as (ready, transport):
        work = download(settings, ready, transport, call.redactor.add_url)
        saved = save(place, work.fill, wanted, settings["max_bytes"], call.check)
    call.warnings += work.warnings
    return saved


def _convert(call: Call) -> Saved:
    """Convert a recording that was kept, without a source."""
    settings = resolve(_OWN, call.params, call.environ, call.now)
    work = KeptRecording(settings, hoop.SOURCE.name)
    place, wanted = _place_of(settings, work.name)
    saved = save(place, work.fill, wanted, settings["max_bytes"], call.check)
    call.warnings += work.warnings
    return saved


def _place_of(settings: Settings, name: str) -> tuple[Place, Rights]:
    """Return where to write, and with which rights.

    :param name: the file's name in a folder, without extension, whatever name the server suggests.
    """
    place = place_of(settings["dest"], "%s.%s" % (name, settings["format"]), reject_evidence)
    return place, parse_rights(settings["mode"], settings["owner"], settings["group"], place.found)
