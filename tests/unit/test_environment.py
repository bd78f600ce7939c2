# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable that a task can take an option from: what is there counts, and what is empty does not."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
import trustme

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import resolve
from ansible_collections.opsaudit.sessions.plugins.module_utils._export import task as export_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._gate import task as gate_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._notify import task as notify_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._report import task as report_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._seal import task as seal_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc import endpoints as bcc
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.dataarts import endpoints as dataarts
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop import endpoints as hoop
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb import endpoints as taurusdb
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep import prune, scope, store_info

UTILS = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"
#: Everything that has options, by the name of what it does.
DECLARED = {
    **{source.name + "_info": source.all_options for source in (taurusdb.SOURCE, dataarts.SOURCE, hoop.SOURCE, bcc.SOURCE)},
    **{name + "_archive": archive.source.all_options for name, archive in ARCHIVES.items()},
    "session_export": export_task.ExportTask.options, "session_gate": gate_task.GateTask.options, "session_report": report_task.ReportTask.options,
    "session_notify": notify_task.NotifyTask.options,
    "session_seal": seal_task.SealTask.options, "session_prune": prune.PruneTask.options, "session_scope": scope.ScopeTask.options,
    "session_store_info": store_info.StoreInfoTask.options,
}
VARIABLES = [
    (task, option, variable)
    for task, declared in DECLARED.items() for option, declaration in declared.items() for variable in declaration.get("env", ())
]
#: Read by their names, because they are no option's value as they are.
OTHERS = {"HOME", "SSH_AUTH_SOCK", "HOOP_TLSCA", "HUAWEICLOUD_SDK_CREDENTIALS_FILE"}
VALUES = {"project_id": "0" * 32, "region": "gz", "endpoint": "https://h"}


def resolved(task, environ):
    declared = DECLARED[task]
    return resolve(declared, {name: declaration.get("default") for name, declaration in declared.items()}, environ, 0)


def test_there_are_no_others():
    text = "\n".join(path.read_text("utf-8") for path in UTILS.rglob("*.py"))
    assert set(re.findall(r'environ(?:\.get\(|\[)"(\w+)"', text)) == OTHERS
    assert set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', "".join(re.findall(r"env=\(.*?\)|\"env\": \(.*?\)", text)))) == {
        variable for _task, _option, variable in VARIABLES
    }


@pytest.mark.parametrize("task, option, variable", VARIABLES)
def test_what_is_there_counts_and_what_is_empty_does_not(task, option, variable):
    value = VALUES.get(option, "given")
    there, empty, nothing = (resolved(task, environ) for environ in ({variable: value}, {variable: ""}, {}))
    assert (there[option], there.origin) == (value, {option: variable})
    assert (empty.values, empty.origin) == (nothing.values, nothing.origin)
    # All others empty, as AWX injects what was left out.
    blanks = dict.fromkeys((each for where, _option, each in VARIABLES if where == task), "")
    among = resolved(task, {**blanks, variable: value})
    assert (among.values, among.origin) == (there.values, there.origin)


def connected(source, env):
    declared = source.all_options
    return source.connect(resolve(declared, {name: each.get("default") for name, each in declared.items()}, env, 0), env)


def test_certificates_of_hoop(tmp_path):
    pem = trustme.CA().cert_pem.bytes()
    path = tmp_path / "ca.pem"
    path.write_bytes(pem)
    env = {"HOME": str(tmp_path), "HOOP_APIURL": "https://h", "HOOP_TOKEN": "t"}
    for value in (pem.decode(), "file://%s" % path, "base64://" + base64.b64encode(pem).decode()):
        assert connected(hoop.SOURCE, {**env, "HOOP_TLSCA": value}).ca == pem.decode()
    assert connected(hoop.SOURCE, {**env, "HOOP_TLSCA": ""}).ca is None


def test_the_credentials_file_of_huawei_cloud(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    usual = tmp_path / ".huaweicloud" / "credentials"
    usual.parent.mkdir()
    other = tmp_path / "other"
    for path in (usual, other):
        path.write_text("[basic]\nak = %s\nsk = s\n" % path.name)
    env = {"HW_REGION_NAME": "cn-north-4"}
    found = [
        connected(taurusdb.SOURCE, {**env, "HUAWEICLOUD_SDK_CREDENTIALS_FILE": value}).auth.secrets() for value in (str(other), "")
    ]
    assert ["other" in found[0], "credentials" in found[1]] == [True, True]
