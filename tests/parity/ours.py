# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules return, and the way back from their records to what the source sent."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ansible_collections.opsaudit.sessions.plugins.module_utils import _info
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task

#: All that the emulator has is within.
START, END = "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z"
START_MS, END_MS = 1767225600000, 1798675200000
SIZES = (1, 100, 101, 2503)

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

#: The sources' names that are not ours already. Written out: the collection's own rule is what is tested.
WIRE_NAMES = {
    "action_type": "actionType",
    "bos_bucket_name": "bosBucketName",
    "bos_etag": "bosEtag",
    "bos_file_path": "bosFilePath",
    "created_timestamp": "createdTimestamp",
    "default_value": "defaultValue",
    "enable_parameter": "enableParameter",
    "error_code": "errorCode",
    "exec_params": "execParams",
    "exit_code": "exitCode",
    "external_ip": "externalIp",
    "fail_reason": "failReason",
    "failed_target_count": "failedTargetCount",
    "file_upload": "fileUpload",
    "finished_timestamp": "finishedTimestamp",
    "instance_id": "instanceId",
    "instance_name": "instanceName",
    "instance_type": "instanceType",
    "internal_ip": "internalIp",
    "is_truncated": "isTruncated",
    "supported_instance_types": "supportedInstanceTypes",
    "timeout_second": "timeoutSecond",
    "total_count": "totalCount",
    "total_target_count": "totalTargetCount",
    "updated_timestamp": "updatedTimestamp",
    "wait_on_agent_milli": "waitOnAgentMilli",
    "work_dir": "workDir",
}


def fetch(source, **options):
    """The records of a task with these options, which has to succeed and to be complete."""
    defaults = {name: declared.get("default") for name, declared in source.all_options.items()}
    result = run_task(_info.InfoTask(source), {**defaults, **options}, {}).result
    assert not result.get("failed"), result
    assert result["complete"] is True
    return result[source.list_key]


def undone(record, unit, wire_names=None, opaque=()):
    """A record as the source sent it: without readable times (which have to be right), with the source's names."""
    row = {}
    for name, value in record.items():
        plain = name.removesuffix("_iso")
        if plain != name and plain in record:
            assert value == iso(record[plain], unit)
            continue
        sent = (wire_names or {}).get(name, name)
        row[sent] = value if sent in opaque else undone_inside(value, unit, wire_names, opaque)
    return row


def undone_inside(value, unit, wire_names, opaque):
    if isinstance(value, dict):
        return undone(value, unit, wire_names, opaque)
    if isinstance(value, list):
        return [undone_inside(each, unit, wire_names, opaque) for each in value]
    return value


def iso(number, unit):
    instant = EPOCH + (timedelta(seconds=number) if unit == "s" else timedelta(milliseconds=number))
    return instant.strftime("%Y-%m-%dT%H:%M:%S") + ("Z" if unit == "s" else ".%03dZ" % (instant.microsecond // 1000))


def without_scope(record, **scope):
    """A record without the names of its scope, which have to be there and right."""
    assert {name: record[name] for name in scope} == scope
    return {name: value for name, value in record.items() if name not in scope}
