# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The official SDK and the module fetch the same records from the same source."""

from __future__ import annotations

import json

import pytest
from baidubce.auth.bce_credentials import BceCredentials
from baidubce.bce_client_configuration import BceClientConfiguration
from baidubce.http import http_methods
from baidubce.services.ca.ca_client import CaClient
from ours import SIZES, WIRE_NAMES, fetch, undone

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc import endpoints as bcc
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

KEY = {"access_key": credentials.BAIDU_AK, "secret_key": credentials.BAIDU_SK}
KINDS = ("COMMAND", "FILE_UPLOAD")


@pytest.fixture
def client(emulator):
    key = BceCredentials(credentials.BAIDU_AK, credentials.BAIDU_SK)
    return CaClient(BceClientConfiguration(credentials=key, endpoint=emulator.urls["bcc"]))


def sent(answer):
    """What the source really sent: the SDK renames all keys, those of the user's own maps too."""
    return json.loads(answer.raw_data)["result"]


def listed(client, kind, **more):
    rows = []
    number = 1
    while True:
        page = sent(client.action_run_list(action={"type": kind}, page_no=number, page_size=100, **more))
        rows += page["data"]
        number += 1
        if not page["data"] or len(rows) >= page["totalCount"]:
            return rows


def detailed(client, run_id):
    """A run with all of its children, which the SDK's own call can't page through."""
    run, children, number = {}, [], 1
    while not run or len(children) < run["totalCount"]:
        params = {"id": run_id, "pageNo": str(number), "pageSize": "100"}
        run = sent(client._send_request(http_methods.GET, b"/ca/actionRun", params=params))
        children += run["children"]
        number += 1
    return {**run, "children": children}


def as_sent(records):
    return [undone(record, "ms", WIRE_NAMES, opaque=("execParams",)) for record in records]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_action_runs(emulator, client, size, kind):
    emulator.seed("bcc", size, type=kind)
    records = fetch(bcc.SOURCE, **KEY, endpoint=emulator.urls["bcc"], type=[kind])
    assert len(records) == size
    assert as_sent(records) == listed(client, kind)


def test_both_types_oldest_first(emulator, client):
    for kind in KINDS:
        emulator.seed("bcc", 130, type=kind)
    records = fetch(bcc.SOURCE, **KEY, endpoint=emulator.urls["bcc"], ascending=True)
    assert as_sent(records) == [row for kind in KINDS for row in listed(client, kind, ascending=True)]


@pytest.mark.parametrize("size", SIZES)
def test_details_with_all_children(emulator, client, size):
    run_id = emulator.seed("bcc", size, run_id="r-parity")["run_id"]
    (record,) = fetch(bcc.SOURCE, **KEY, endpoint=emulator.urls["bcc"], id=[run_id])
    assert len(record["children"]) == size
    assert as_sent([record]) == [detailed(client, run_id)]


def test_details_by_the_official_call(emulator, client):
    emulator.seed("bcc", 8, run_id="r-parity")
    (record,) = fetch(bcc.SOURCE, **KEY, endpoint=emulator.urls["bcc"], id=["r-parity"])
    assert as_sent([record]) == [sent(client.get_action_run("r-parity"))]


def test_the_details_of_every_run_listed(emulator, client):
    emulator.seed("bcc", 30, type="COMMAND")
    emulator.seed("bcc", 3, type="FILE_UPLOAD")
    records = fetch(bcc.SOURCE, **KEY, endpoint=emulator.urls["bcc"], children=True)
    rows = [row for kind in KINDS for row in listed(client, kind)]
    assert as_sent(records) == [{**row, **detailed(client, row["id"])} for row in rows]
