# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heavy pages: never so many at once, nor kept, that they take the machine's memory; and all of them are read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch.page_weights import PageWeights
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.body import MAX_KEPT
from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.styles import Slice


class TestWeights:
    def test_pages_of_the_usual_size_are_read_ahead_freely(self):
        weights = PageWeights(lambda weight: None)
        weights.add("a", Slice(0, 100), 0)
        assert weights.room(100) is None

    def test_heavy_ones_are_not(self):
        weights = PageWeights(lambda weight: None)
        weights.add("a", Slice(0, 100), MAX_KEPT // 8)
        assert [weights.room(under_way) for under_way in (0, 1, 3, 9)] == [3, 2, 0, 0]
        weights.add("a", Slice(100, 100), MAX_KEPT)
        assert [weights.room(under_way) for under_way in (0, 1, 9)] == [1, 0, 0], "one goes on, or nothing would"

    def test_what_was_handed_on_is_forgotten(self):
        forgotten = []
        weights = PageWeights(forgotten.append)
        for place in range(4):
            weights.add("a", Slice(place * 100, 100), 10 + place)
            weights.add("b", Slice(place * 100, 100), 20 + place)
        weights.hand_on("a", [Slice(300, 100), Slice(200, 100)])
        assert forgotten == [10, 11], "those before the first that is missing"
        weights.hand_on("a", [])
        assert forgotten == [10, 11, 12, 13]
        weights.hand_on("b", [Slice(0, 100, 1)])
        assert forgotten[4:] == [20, 21, 22, 23], "a list that was begun anew"

    def test_but_not_where_the_reader_keeps_it(self):
        forgotten = []
        weights = PageWeights(forgotten.append)
        weights.are_kept = True
        weights.add("a", Slice(0, 100), 10)
        weights.hand_on("a", [])
        assert forgotten == []


PROGRAM = r"""
import json, sys
sys.path.insert(0, sys.argv[1])
from urllib.parse import parse_qs, urlsplit
from fifth.endpoints import SOURCE
from loopback import Loopback
from ansible_collections.opsaudit.sessions.plugins.module_utils import _info
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import resolve
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.redaction import Redactor
from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch.client import open_client
from ansible_collections.opsaudit.sessions.tests.memory import peak

LIGHT, HEAVY, COUNT = b"[0]", b"[" + b",".join([b"[[1],[2.5]]"] * int(sys.argv[3])) + b"]", 100 * int(sys.argv[4])
server = Loopback()

def reply(handler):
    skip = int(parse_qs(urlsplit(handler.path).query)["skip"][0])
    take = min(100, COUNT - skip)
    # Where the first page is a light one, others are read ahead.
    rows = b",".join(b'{"loginId":"%d","beganAt":1,"x":%s}' % (skip + each, LIGHT if sys.argv[2] == "at once" and not skip else HEAVY) for each in range(take))
    body = b'{"data":{"count":%d,"logins":[%s]}}' % (COUNT, rows)
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
    handler.wfile.write(body)

server.replies = [reply]
values = {"endpoint": server.url, "ticket": "t1cket", "host": ["a"]}
settings = resolve(SOURCE.all_options, {**{name: each.get("default") for name, each in SOURCE.all_options.items()}, **values}, {}, None)
read, failure = 0, None
with open_client(SOURCE, settings, SOURCE.connect(settings, {}), Redactor()) as client:
    fetch = client.fetch(_info._listings(client.endpoint, client.targets, settings, client.connection), lambda fetch: None)
    kept = []
    try:
        for page in (rows for _listing, rows in fetch.pages()) if sys.argv[2] != "records" else fetch.records():
            read += len(page)
            if sys.argv[2] == "records":
                kept.append(page)
            del page
    except SourceError as refused:
        failure = refused.message
print(json.dumps({"read": read, "failure": failure, "peak": peak() // 1024}))
"""


def measure(how, weight, pages):
    folder = str(Path(__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", PROGRAM, folder, how, str(weight), str(pages)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("how, weight, pages, failure", [
    ("pages", 600, 6, None), ("at once", 2400, 12, "the records of this task take more than 128 MB of memory"),
    ("records", 1500, 200, "the records of this task take more than 128 MB of memory"),
], ids=["heavy pages", "very heavy pages at once", "heavy pages without end, kept"])
def test_the_memory_of_a_task(how, weight, pages, failure):
    measured = measure(how, weight, pages)
    assert measured["failure"] == failure
    assert measured["peak"] <= 400
    assert (measured["read"] == 100 * pages) == (failure is None)
