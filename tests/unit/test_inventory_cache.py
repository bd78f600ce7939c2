# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory plugin keeps in a cache, whatever people wrote into tags, and whatever happened to the cache."""

from __future__ import annotations

import json

import pytest
from ansible.utils.display import Display
from inventories import EVIL, FIRST, SECOND
from taurusdb_cloud import BASE, Cloud, instance


def test_the_cache(wire, inventory, tmp_path):
    wire.answer = Cloud([instance(1, name=EVIL)])
    kept = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}
    first = inventory.parse(**kept)
    assert len(wire.sent) == 2
    assert inventory.parse(**kept) == first
    # What is made of it is not in it.
    nodes = inventory.parse(**kept, hosts="nodes", compose={"x": "taurusdb_instance_name"})
    assert len(nodes) == 3 and {each["x"] for each in nodes.values()} == {EVIL}
    assert len(wire.sent) == 2
    inventory.parse(**kept, filters={"name": "x"})
    assert len(wire.sent) == 4
    inventory.parse(**kept, token="of-somebody-else")
    assert len(wire.sent) == 6
    files = [*(tmp_path / "cache").iterdir()]
    assert len(files) == 3
    assert not [path for path in files if BASE["token"] in path.read_text() + path.name]


def test_a_refresh_asks_again_and_is_kept(wire, inventory, tmp_path):
    kept = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}
    wire.answer = Cloud([instance(1)])
    inventory.parse(**kept)
    wire.answer = Cloud([instance(1), instance(2)])
    assert len(inventory.parse(**kept)) == 1
    assert len(inventory.parse(**kept, from_cache=False)) == 2
    assert len(inventory.parse(**kept)) == 2
    assert len(wire.sent) == 4


#: Keys that Ansible's own serializers take for theirs.
MARKS = ("__ansible_type", "__ansible_vault", "__ansible_unsafe", "_ansible_no_log", "_ansible_x", "ansible_x")


@pytest.mark.parametrize("mark", MARKS)
def test_no_tag_changes_what_the_cache_means(wire, inventory, tmp_path, mark):
    wire.answer = Cloud([instance(1, tags=[{"key": mark, "value": EVIL}, {"key": "env", "value": mark}]), instance(2, name=mark)])
    kept = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}
    first = inventory.parse(**kept)
    assert inventory.parse(**kept) == first
    assert len(wire.sent) == 2 and sorted(first) == [FIRST, SECOND]
    # Nor what is made of the host variables later, by AWX for example.
    name = mark if mark == "ansible_x" else "x" + mark
    assert first[FIRST]["taurusdb_tags"] == {name: EVIL, "env": mark}


def altered(change):
    def alter(path):
        whole = json.loads(path.read_text())
        # ansible-core 2.19 and newer wraps what it keeps.
        wrapped = isinstance(whole, dict)
        instances = json.loads(json.loads(whole["__payload__"]) if wrapped else whole)
        change(instances)
        whole = json.dumps(instances)
        path.write_text(json.dumps({"__payload__": json.dumps(whole)} if wrapped else whole))

    return alter


@pytest.mark.parametrize("damage", [
    lambda path: path.write_text("{"), lambda path: path.write_text("[]"), lambda path: path.write_text('"["'),
    lambda path: path.write_text('"{}"'), lambda path: path.write_text('{"__ansible_type": "x"}'), lambda path: path.write_bytes(b"\xff\x00"),
    lambda path: path.write_text(json.dumps("[" * 100_000)), lambda path: (path.unlink(), path.mkdir()),
    altered(lambda instances: instances.append(1)), altered(lambda instances: instances.append(instances[0])),
    altered(lambda instances: instances[0].pop("nodes")), altered(lambda instances: instances[0].update(id="x")),
    altered(lambda instances: instances[0].update(name=1)), altered(lambda instances: instances[0].update(tags={"a": None})),
    altered(lambda instances: instances[0].update(nodes={})), altered(lambda instances: instances[0]["nodes"][0].update(id=1)),
])
def test_a_damaged_cache_is_read_anew(wire, inventory, tmp_path, monkeypatch, damage):
    warnings = []
    monkeypatch.setattr(Display, "warning", lambda self, line, **more: warnings.append(line))
    wire.answer = Cloud([instance(1)])
    kept = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}
    first = inventory.parse(**kept)
    (path,) = (tmp_path / "cache").iterdir()
    damage(path)
    assert inventory.parse(**kept) == first and len(wire.sent) == 4
    (line,) = [line for line in warnings if line.startswith("cache: ")]
    assert line.endswith("); the instances are read from the source instead") and "\n" not in line
    if path.is_file():
        assert inventory.parse(**kept) == first and len(wire.sent) == 4
        assert len([line for line in warnings if line.startswith("cache: ")]) == 1
