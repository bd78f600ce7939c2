# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What answers may weigh: counted before the memory is taken, so that no answer takes all of it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import GOOD, Client

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._http import body as body_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.body import JsonBody, Memory, estimate_weight


def refused(body):
    try:
        estimate_weight(body)
    except SourceError as failure:
        assert failure.kind == "protocol"
        return failure.message
    return None


@pytest.mark.parametrize("body, deep", [
    (b"[" * 1000 + b"]" * 1000, False), (b"[" * 1001 + b"]" * 1001, True), (b'{"a":' * 1001 + b"1" + b"}" * 1001, True),
    (b"[" + b"[]," * 5000 + b"[]]", False), (b'["' + b"[" * 5000 + b'"]', False), (b'["\\"' + b"[" * 5000 + b'\\\\"]', False),
    (b'["\\\\",' + b"[" * 5000, True), (b"[" * 100_000, True), (b'"' + b"[" * 5000, False),
])
def test_nesting(body, deep):
    assert refused(body) == ("the answer is nested more than 1000 levels deep" if deep else None)


@given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))
def test_how_deep_any_json_is(data):
    def depth(value):
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    deepest = depth(data)
    body = json.dumps(data).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(body_module, "MAX_NESTING", deepest)
        estimate_weight(body)
        if deepest:
            patch.setattr(body_module, "MAX_NESTING", deepest - 1)
            assert refused(body) is not None


SHAPES = {
    "lists": b"[" + b",".join([b"[]"] * 50_000) + b"]", "lists of one": b"[" + b",".join([b"[[1]]"] * 50_000) + b"]",
    "numbers": b"[" + b",".join(b"%d" % each for each in range(1000, 51_000)) + b"]",
    "records": b"[" + b",".join(b'{"id":%d,"a":"b","c":1.5}' % each for each in range(30_000)) + b"]",
    "texts": b"[" + b",".join(b'"text %d"' % each for each in range(50_000)) + b"]",
    "keys": b"{" + b",".join(b'"k%d":1' % each for each in range(50_000)) + b"}",
    "one text": b'"' + b"x" * 2_000_000 + b'"', "wide text": '"{}\U0001f600"'.format("x" * 1_000_000).encode(),
    "wide escapes": b'"' + b"x" * 1_000_000 + b'\\ud83d\\ude00"', "euro": '"{}€"'.format("x" * 1_000_000).encode(),
}


@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES)
def test_the_estimate_is_never_below_what_it_takes(body):
    tracemalloc.start()
    try:
        data = json.loads(body)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert data
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(body_module, "MAX_VALUES", int(taken * 0.9))
        assert "holds so much text and so many values" in refused(body)


@pytest.mark.parametrize("body", [
    b"[" + b'{"a":1,"b":[2]},' * 200_000 + b"0]", b"[" + b'"\\",' * 500_000 + b"0]", b"[" + b'"x", ' * 500_000 + b"0]",
], ids=["objects", "escapes", "texts"])
def test_estimating_takes_little_memory_itself(body, monkeypatch):
    monkeypatch.setattr(body_module, "MAX_VALUES", body_module.MAX_VALUES // 4)
    tracemalloc.start()
    try:
        refused(body)
        assert tracemalloc.get_traced_memory()[1] <= 4 * len(body)
    finally:
        tracemalloc.stop()


@given(st.lists(st.sampled_from([b'"', b"[", b"]", b"{", b"}", b",", b":", b"x", b"\\\\", b'\\"', b" "]), max_size=60).map(b"".join), st.integers(1, 9))
def test_structure_is_the_same_however_it_is_cut(body, block):
    with pytest.MonkeyPatch.context() as patch:
        whole = body_module._strip_values(body)
        patch.setattr(body_module, "_BLOCK", block)
        assert body_module._strip_values(body) == whole


def test_text_in_strings_is_no_structure():
    """A recording of a program's source, of 20 MB, is no list of lists."""
    body = json.dumps({"x": 'f([{"a": [1, 2]}, {}]), ' * 800_000}).encode()
    assert refused(body) is None
    assert refused(body.replace(b'"', b"", 3)) is not None


def test_text_of_nothing_but_quotes_takes_no_time_to_look_through(monkeypatch):
    monkeypatch.setattr(body_module, "MAX_VALUES", 0)
    for body in (b'"' + b'\\"' * 3_000_000, b'"' + b"\\" * 6_000_001, b'"' * 6_000_001):
        assert refused(body)


class TestAllBodiesUnderWay:
    def test_have_a_limit_together(self):
        memory = Memory(100)
        first, second = (JsonBody(lambda data: data, 80, memory) for _each in range(2))
        first.write(b" " * 60)
        with pytest.raises(SourceError, match="the answers under way are larger than 0 MB together") as caught:
            second.write(b" " * 60)
        assert "Lower concurrency" in caught.value.hint
        second.release()
        first.write(b"{}")
        assert first.end() == {}
        third = JsonBody(lambda data: data, 80, memory)
        third.write(b" " * 78 + b"{}")
        assert third.end() == {}

    def test_none_is_counted_once_it_is_done_with(self, server):
        client = Client(retries=2)
        client.transport._memory = memory = Memory(1000)
        server.replies = [(500, {}, b" " * 400), (200, {}, b'"%s"' % (b"x" * 900)), (200, {}, b"no json" * 100), GOOD]
        assert len(client.send(server.url).data) == 900
        assert client.failure(server.url).kind == "protocol"
        assert client.failure(server.url, read=refuse).kind == "protocol"
        assert memory._held == 0


def refuse(data):
    raise SourceError("protocol", "lacks its list")


PROGRAM = r"""
import sys, gzip, threading, http.server
sys.path.insert(0, sys.argv[1])
from loopback import Client, Loopback
from ansible_collections.opsaudit.sessions.tests.memory import peak
import json
packed, threads = open(sys.argv[2], "rb").read(), int(sys.argv[3])
server = Loopback()
server.replies = [(200, {"Content-Encoding": "gzip"}, packed)]
client, kinds = Client(retries=0, timeout=60), []
def ask():
    try:
        client.send(server.url, max_body=64 * 2**20)
        kinds.append("good")
    except Exception as failure:
        kinds.append(getattr(failure, "kind", repr(failure)))
workers = [threading.Thread(target=ask) for each in range(threads)]
[worker.start() for worker in workers]
[worker.join() for worker in workers]
print(json.dumps({"peak": peak() // 1024, "kinds": kinds}))
"""


@pytest.mark.parametrize("name, unit, size, threads, kinds", [
    ("lists of lists", b"[[]],", 64, 1, {"protocol"}), ("a page of lists", b"[[1,[2]]],", 21, 8, {"protocol"}),
    ("one text", b"x", 64, 1, {"good"}), ("wide text", "\U0001f600xxxxxxxxx".encode(), 64, 1, {"protocol"}),
    ("a bomb", b" ", 200, 8, {"protocol"}),
], ids=["64 MB of lists", "8 pages of lists", "64 MB of text", "wide text", "8 bombs"])
def test_the_memory_of_a_task(tmp_path, name, unit, size, threads, kinds):
    """At most 400 MB, whatever is answered."""
    around = (b'"', b'"') if "text" in name else (b"[", b"0]")
    whole = unit * (2**20 // len(unit))
    with gzip.open(tmp_path / "body", "wb", compresslevel=1) as file:
        file.write(around[0])
        for _each in range(size * 2**20 // len(whole) - (size <= 64)):
            file.write(whole)
        file.write(around[1])
    folder = str(Path(__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", PROGRAM, folder, str(tmp_path / "body"), str(threads)], capture_output=True, text=True, check=True)
    measured = json.loads(done.stdout)
    assert set(measured["kinds"]) <= kinds and len(measured["kinds"]) == threads
    assert measured["peak"] <= 400
