# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides' playbooks, as they stand there, with everything else from the environment; and the messages that they quote."""

from __future__ import annotations

import json
import re

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils import _info
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import KINDS
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._export import task as export_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.canonical import hash_content
from ansible_collections.opsaudit.sessions.plugins.module_utils._report import task as report_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._seal.task import SealTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc import endpoints as bcc
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop import endpoints as hoop
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb import endpoints as taurusdb
from ansible_collections.opsaudit.sessions.plugins.module_utils._store import store as store_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.records import hash_row
from ansible_collections.opsaudit.sessions.tests.e2e.support import BCC, HOOP, TAURUSDB
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.guides import (
    GUIDES,
    ROOT,
    of_markdown,
    plays,
    without_place,
)
from ansible_collections.opsaudit.sessions.tests.stores import sample
from ansible_collections.opsaudit.sessions.tests.stores.look import connected

pytestmark = pytest.mark.any_core

#: Guides whose playbooks need nothing but the sources and a store; the first of them fills the store.
RUN = ("guide_acting", "guide_baiducloud", "guide_common", "guide_complete", "guide_hoop", "guide_huaweicloud", "guide_troubleshooting")


def test_playbooks_run(ansible, emulator, tmp_path):
    env = credentials.environment(emulator.urls) | {"OPSAUDIT_STORE": str(tmp_path / "s.db")}
    every = [play for name in (*RUN, "README.md") for play in without_place(plays(name))]
    assert all(plays(name) for name in RUN) and len(plays("README.md")) == len(ARCHIVES)
    run = ansible.playbook(every, "-e", json.dumps({"since": "2024-01-01"}), env=env)
    assert run.code == 0, run.output[-6000:]
    wanted = [play["name"] for play in every if "hosts" in play]
    assert wanted and set(wanted) <= set(re.findall(r"^PLAY \[(.+?)\]", run.stdout, re.M))
    assert (tmp_path / "access.html").stat().st_size > 10_000
    assert not [secret for secret in credentials.SECRETS if secret in run.output]


def test_playbooks_that_need_more_can_be_read(ansible):
    """More, such as an inventory, or time: other tests run those. test_e2e_guide.py has that of the archive, test_e2e_roles.py the roles."""
    every = [play for name in sorted(GUIDES.keys() - set(RUN)) for play in plays(name)]
    every += [play for path in sorted((ROOT / "roles").glob("*/README.md")) for block in of_markdown(path) for play in block]
    run = ansible.playbook(every, "--syntax-check")
    assert every and run.code == 0, run.output[-4000:]


@pytest.fixture
def messages(ansible, running_emulator, tmp_path):
    """One failure after the other, in the process of the test: kind and message."""
    emulator = running_emulator
    reported = []

    def ask(module, fault=None, **options):
        if fault:
            emulator.fault(*fault[:2], **fault[2])
        source = {TAURUSDB: taurusdb.SOURCE, HOOP: hoop.SOURCE, BCC: bcc.SOURCE}[module]
        given = {name: [value] if name in ("instance_id", "node_id", "id") else value for name, value in ansible.access(module, **options).items()}
        defaults = {name: declaration.get("default") for name, declaration in source.all_options.items()}
        result = run_task(_info.InfoTask(source), {**defaults, "retries": 0, **given}, {}).result
        emulator.clear_faults()
        reported.append((result["failure"]["kind"], result["msg"]))

    def status(dialect, code):
        return ("status", dialect, {"status": code})

    ask(HOOP, token="no-such-token")
    ask(TAURUSDB, secret_key="no-such-key")
    ask(BCC, secret_key="no-such-key")
    for module, dialect in ((TAURUSDB, "taurusdb"), (HOOP, "hoop"), (BCC, "bcc")):
        ask(module, status(dialect, 403))
    ask(BCC, ("baidu_code", "bcc", {"code": "OptInRequired", "message": "not opened"}))
    ask(HOOP, id="00000000-0000-4000-8000-000000000000")
    ask(TAURUSDB, instance_id="0" * 32 + "in07", node_id=None)
    ask(TAURUSDB, endpoint=emulator.urls["fabric"])
    ask(TAURUSDB, instance_id="oops")
    ask(TAURUSDB, start_time="yesterday")
    ask(TAURUSDB, endpoint=None)
    ask(TAURUSDB, token="another")
    ask(HOOP, token=None)
    for module, dialect, code in (
        (TAURUSDB, "taurusdb", 400), (TAURUSDB, "taurusdb", 429), (HOOP, "hoop", 429), (TAURUSDB, "taurusdb", 503), (HOOP, "hoop", 500),
    ):
        ask(module, status(dialect, code))
    ask(HOOP, endpoint="http://127.0.0.1:9")
    ask(HOOP, endpoint="http://hoop.invalid")
    ask(HOOP, ("slow", "hoop", {"seconds": 30}), timeout=1)
    ask(HOOP, endpoint=emulator.urls["hoop_tls"])
    for fault in ("html", "redirect", "missing_list"):
        ask(HOOP, (fault, "hoop", {}))
    return reported


@pytest.fixture
def changed_evidence(tmp_path):
    """The failures of a check of a folder in which somebody changed a file, of a report whose name is too long, and of stores that are none."""
    store, dest = str(tmp_path / "s.db"), str(tmp_path / "evidence")
    with store_module.open_store(store, lambda secret: None, writes=True):
        pass

    def export(**options):
        defaults = {name: declaration.get("default") for name, declaration in export_task.ExportTask.options.items()}
        return run_task(export_task.ExportTask(), {**defaults, "dest": dest, **options}, {}).result

    assert "failed" not in export(store=store)
    with open(dest + "/hoop_session.csv", "a") as file:
        file.write("one more\n")
    defaults = {name: declaration.get("default") for name, declaration in report_task.ReportTask.options.items()}
    report = run_task(report_task.ReportTask(), {**defaults, "store": store, "dest": str(tmp_path / ("x" * 300))}, {}).result
    (tmp_path / "sessions.txt").write_text("no database " * 100)
    stores = (str(tmp_path / "sessions.txt"), "postgresql://audit:secret-of-audit@127.0.0.1:9/sessions")
    (tmp_path / ".hoop").mkdir()
    (tmp_path / ".hoop" / "config.toml").write_text('api_url = "http://127.0.0.1:9"\ntoken = "two words\\nand a line"\n')
    defaults = {name: declaration.get("default") for name, declaration in hoop.SOURCE.all_options.items()}
    unusable = run_task(_info.InfoTask(hoop.SOURCE), {**defaults, "endpoint": "http://127.0.0.1:9"}, {"HOME": str(tmp_path)}).result
    sealed = str(tmp_path / "sealed.db")
    row = sample.row("hoop_session", 1)
    row.update(content_hash=hash_content(row["raw"]))
    sample.fill(sealed, [{**row, "row_hash": hash_row(row)}])
    defaults = {name: declaration.get("default") for name, declaration in SealTask.options.items()}
    seal = {**defaults, "store": sealed, "dest": str(tmp_path / "seals")}
    assert "failed" not in run_task(SealTask(), seal, {}).result
    with connected(sealed) as connection:
        connection.execute("DELETE FROM record")
        connection.commit()
    removed = run_task(SealTask(), {**seal, "verify": True}, {}).result
    return [export(verify=True), report, unusable, removed, *(export(store=each) for each in stores)]


def test_messages_are_those_of_the_code(messages, changed_evidence):
    reported = [*messages, *((each["failure"]["kind"], each["msg"]) for each in changed_evidence)]
    assert {kind for kind, _line in reported} == set(KINDS)
    parts = re.split(r"^(\w+)\n-+\n", GUIDES["guide_troubleshooting"], flags=re.M)
    for kind, text in zip(parts[1::2], parts[2::2]):
        quoted = re.findall(r"^   (\S.*)$", text.partition("\nNot a failure")[0].replace(".. code-block:: text", ""), re.M)
        assert quoted, kind
        for line in quoted:
            pattern = ".+".join(map(re.escape, line.split("...")))
            assert any(found == kind and re.fullmatch(pattern, message) for found, message in reported), line
