# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to scaling out: its statements run and change no record, and its figures follow from what it says was measured."""

from __future__ import annotations

import itertools
import re

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._export.task import ExportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.task import ReportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._seal.task import SealTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.store_info import StoreInfoTask
from ansible_collections.opsaudit.sessions.tests import guides
from ansible_collections.opsaudit.sessions.tests.stores import look, sample
from ansible_collections.opsaudit.sessions.tests.stores.servers import PASSWORD, USER

RECORDS = 300
_BEGIN, _PARTS = "CREATE TABLE record_parts", "INSERT INTO record_parts"
_STORES = itertools.count(1)


def run(task, store, **options):
    defaults = {name: each.get("default") for name, each in task.options.items()}
    result = run_task(task(), {**defaults, "store": store, **options}, {}).result
    assert not result.get("failed"), result
    return result


@pytest.fixture
def store(postgresql_server):
    name = "scaling%d" % next(_STORES)
    postgresql_server.execute("CREATE DATABASE " + name)
    url = postgresql_server.url(name)
    sample.fill(url, sample.rows(RECORDS))
    return url


def statements(by):
    """The guide's statements, with partitions by hash or by source."""
    whole, by_source = guides.blocks("guide_scaling", "postgresql")
    if by == "hash":
        return whole
    first, rest = whole.split(_BEGIN, 1)
    return first + by_source + _PARTS + rest.split(_PARTS, 1)[1]


@pytest.mark.parametrize("by", ["hash", "source"])
def test_partitions_change_no_record(store, tmp_path, by):
    before = look.rows(store, "SELECT * FROM record ORDER BY source, record_id")
    shown = look.rows(store, "SELECT * FROM record_view ORDER BY source, record_id")
    keys = look.rows(store, "SELECT count(*) FROM pg_index WHERE indrelid = 'record'::regclass")
    exported = run(ExportTask, store, dest=str(tmp_path / "export"))["files"]
    with look.connected(store) as connection:
        connection.execute(statements(by))
    assert look.rows(store, "SELECT count(*) AS parts FROM pg_inherits WHERE inhparent = 'record'::regclass")[0]["parts"] == (4 if by == "hash" else 3)
    assert look.rows(store, "SELECT count(*) FROM pg_index WHERE indrelid = 'record'::regclass") == keys
    assert look.rows(store, "SELECT * FROM record ORDER BY source, record_id") == before and len(before) == RECORDS
    assert look.rows(store, "SELECT * FROM record_view ORDER BY source, record_id") == shown
    again = run(ExportTask, store, dest=str(tmp_path / "export"))
    assert (again["files"], again["changed"]) == (exported, False)
    # It is written to and read as before, and only the part that is needed.
    sample.fill(store, [sample.row("hoop_session", 900_001, started_at=sample.BEGIN)])
    assert run(ReportTask, store, dest=str(tmp_path / "report.html"))["count"] == RECORDS + 1
    assert run(SealTask, store, dest=str(tmp_path / "seal"))["number"] == 1
    plan = look.rows(store, "EXPLAIN SELECT * FROM record WHERE source = 'hoop_session' AND scope_key = 'org=x' AND record_id = 'y'")
    assert len(re.findall(r"on record_part_\w+ record", str(plan))) == 1, plan


def test_reports_need_no_right_to_write(postgresql_server, store, tmp_path):
    name = store.rpartition("/")[2]
    postgresql_server.execute("CREATE ROLE replica LOGIN PASSWORD '%s'" % PASSWORD)
    postgresql_server.execute("ALTER ROLE replica SET default_transaction_read_only = on")
    postgresql_server.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO replica", name)
    replica = store.replace("//%s:" % USER, "//replica:")
    assert run(ReportTask, replica, dest=str(tmp_path / "report.html"))["count"] == RECORDS
    assert sum(each["count"] or 0 for each in run(ExportTask, replica, dest=str(tmp_path / "export"), formats=["jsonl"])["files"]) == RECORDS
    assert run(StoreInfoTask, replica) == run(StoreInfoTask, store)


def test_the_figures_follow_from_what_was_measured():
    text = guides.GUIDES["guide_scaling"]
    cpu_task, cpu_one = map(float, re.findall(r"([0-9.]+) an instance", text)[:2])
    transaction = float(re.search(r"so one takes ([0-9.]+) ms", text)[1]) / 1000
    table = text.partition("* - Seconds an instance")[2].partition("Plan with half")[0]
    lines = [[float(cell.replace(",", "")) for cell in re.findall(r"^     - ([0-9.,]+)$", part, re.M)] for part in table.split("   * - ")[1:]]
    nodes, latency, limit, run_seconds = 3, 0.1, 200, 900
    #: Requests an instance, requests in flight, and seconds of processors, each.
    ways = [(nodes + 1, 16, cpu_one), (nodes + 1, 32, cpu_one), (nodes, 10 * nodes, cpu_task / 2), (nodes, 40 * nodes, cpu_task / 8)]
    for number, (requests, in_flight, processors) in enumerate(ways):
        expected = [requests / limit, requests * latency / in_flight, processors, 3 * nodes * transaction]
        found = [line[number] for line in lines]
        assert found[:4] == pytest.approx(expected)
        assert found[4] == pytest.approx(max(expected))
        # Rounded.
        assert found[5] == pytest.approx(run_seconds / max(expected), rel=0.01)
