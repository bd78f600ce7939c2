# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of all sources, as the info modules return them, and the schema that their events must keep to."""

from __future__ import annotations

from functools import lru_cache

import jsonschema
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from ansible_collections.opsaudit.sessions.plugins.module_utils import _info
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc import endpoints as bcc
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.dataarts import endpoints as dataarts
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop import endpoints as hoop
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb import endpoints as taurusdb
from ansible_collections.opsaudit.sessions.tests.e2e.support import INSTANCE, WORKSPACE
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

HUAWEI = {"access_key": credentials.HUAWEI_AK, "secret_key": credentials.HUAWEI_SK, "project_id": credentials.PROJECT_ID}
BAIDU = {"access_key": credentials.BAIDU_AK, "secret_key": credentials.BAIDU_SK}
HOOP = {"token": credentials.HOOP_TOKEN}
OCSF = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.8.0"))


def records(emulator):
    """Source and record, of everything that the emulator has an example of."""
    urls = emulator.urls
    asked = [
        (taurusdb.SOURCE, {**HUAWEI, "endpoint": urls["taurusdb"], "instance_id": [INSTANCE], "start_time": "2026-03-01", "include_links": True}),
        (dataarts.SOURCE, {**HUAWEI, "endpoint": urls["fabric"], "workspace_id": [WORKSPACE]}),
        (hoop.SOURCE, {**HOOP, "endpoint": urls["hoop"]}),
        (hoop.SOURCE, {**HOOP, "endpoint": urls["hoop"], "id": emulator.ids("hoop"), "expand": ["event_stream", "session_input"]}),
        (bcc.SOURCE, {**BAIDU, "endpoint": urls["bcc"]}),
        (bcc.SOURCE, {**BAIDU, "endpoint": urls["bcc"], "children": True, "with_log": True}),
    ]
    found = []
    for source, options in asked:
        defaults = {name: declared.get("default") for name, declared in source.all_options.items()}
        result = run_task(_info.InfoTask(source), {**defaults, **options}, {}).result
        assert not result.get("failed"), result
        found += [(source.name, record) for record in result[source.list_key]]
    assert {source for source, _record in found} == set(ARCHIVES)
    return found


@lru_cache
def validator(class_uid, profiles):
    name = OCSF.lookup_class_name_from_uid(class_uid)
    return jsonschema.Draft202012Validator(OCSF.get_class_schema(name, list(profiles)))


def faults(event, like=None):
    """What the schema says against an event; its class and profiles are another's, if that is named."""
    like = event if like is None else like
    check = validator(like["class_uid"], tuple(like["metadata"].get("profiles", ())))
    return ["%s: %s" % ("/".join(map(str, fault.path)), fault.message[:200]) for fault in check.iter_errors(event)]
