# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin in Ansible's own hands, with a wire that has no network."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import fragment_loader
from ansible.template import Templar
from inventories import EVIL, FIRST, NAME, SECOND, options, plugin
from taurusdb_cloud import LIST, PROJECT, Cloud, instance
from test_structure import compare, texts_of

from ansible_collections.opsaudit.sessions.plugins.inventory import taurusdb
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb import instances
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb.archive import ARCHIVE


@pytest.mark.parametrize("name, ours", [
    ("taurusdb.yml", True), ("prod.taurusdb.yml", True), ("prod.taurusdb.yaml", True), ("prod_taurusdb.yml", False),
    ("taurusdb.json", False), ("hosts.yml", False), ("taurusdb.yml.bak", False),
])
def test_files_are_known_by_their_name(tmp_path, name, ours):
    (tmp_path / name).write_text("x")
    assert plugin().verify_file(str(tmp_path / name)) is ours


def test_a_file_that_is_not_there(tmp_path):
    assert plugin().verify_file(str(tmp_path / "a.taurusdb.yml")) is False


def test_hosts_and_groups(wire, inventory):
    wire.answer = Cloud([instance(1), instance(2, tags=[{"key": "env", "value": "stage"}])])
    found = inventory.parse(
        strict=True, keyed_groups=[{"key": "taurusdb_tags", "prefix": "tag"}, {"key": "taurusdb_instance_name", "prefix": "name"}],
        groups={"large": "taurusdb_node_ids | length > 2"}, compose={"ansible_connection": "'local'", "first": "taurusdb_node_ids[0]"},
    )
    assert sorted(found) == [FIRST, SECOND]
    assert found[FIRST]["ansible_connection"] == "local"
    assert found[FIRST]["first"] == found[FIRST]["taurusdb_node_ids"][0]
    groups = {name: sorted(host.name for host in group.hosts) for name, group in self_made(inventory)}
    assert groups == {
        "tag_env_prod": [FIRST], "tag_env_stage": [SECOND], "name_db_1": [FIRST], "name_db_2": [SECOND], "large": [FIRST, SECOND],
    }


def self_made(inventory):
    return [item for item in inventory.data.groups.items() if item[0] not in ("all", "ungrouped")]


def test_the_plugin_sets_no_connection(wire, inventory):
    wire.answer = Cloud([instance(1)])
    assert not [name for name in inventory.parse()[FIRST] if name.startswith("ansible_")]


def test_strict_is_up_to_the_user(wire, inventory):
    wire.answer = Cloud([instance(1)])
    assert "x" not in inventory.parse(compose={"x": "nothing.such"})[FIRST]
    assert inventory.fails(compose={"x": "nothing.such"}, strict=True).startswith("Could not set x for host " + FIRST)


def test_nothing_that_people_wrote_is_evaluated(wire, inventory):
    wire.answer = Cloud([instance(1, name=EVIL, status=EVIL, region=EVIL, tags=[{"key": EVIL, "value": EVIL}])])
    found = inventory.parse(
        strict=True, keyed_groups=[{"key": "taurusdb_tags", "prefix": "tag"}, {"key": "taurusdb_instance_name"}],
        compose={"whole": "taurusdb_instance_name", "part": "'a ' + taurusdb_tags.values() | first"},
    )[FIRST]
    assert found["whole"] == found["taurusdb_instance_name"] == EVIL
    assert found["part"] == "a " + EVIL
    for name, _group in self_made(inventory):
        assert "evaluated" not in name.replace("echo_evaluated", "") and "{" not in name
    again = Templar(loader=DataLoader(), variables=found).template(found["part"])
    assert again == "a " + EVIL


def test_texts_may_be_templates(wire, inventory, monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "from-a-lookup")
    wire.answer = Cloud([])
    inventory.parse(
        token="{{ lookup('env', 'SOME_TOKEN') }}", filters={"name": "{{ 'a' ~ 'b' }}", "tags": {"k": "{{ 'v' }}"}},
        page_size="{{ 40 + 2 }}",
    )
    assert wire.sent[0].headers["X-Auth-Token"] == "from-a-lookup"
    assert wire.sent[0].query == {"name": "ab", "tags": "k=v", "limit": "42", "offset": "0"}


def test_the_environment_is_the_modules(wire, inventory, monkeypatch):
    """In the same order; an empty variable is none, and none is evaluated."""
    monkeypatch.setenv("HUAWEICLOUD_SDK_PROJECT_ID", "")
    monkeypatch.setenv("HW_PROJECT_ID", PROJECT)
    monkeypatch.setenv("HW_AUTH_TOKEN", "{{ 1 }}")
    monkeypatch.setenv("HW_REGION_NAME", "")
    monkeypatch.setenv("TAURUSDB_ENDPOINT", "https://db.example.com")
    wire.answer = Cloud([])
    inventory.parse(region=None, project_id=None, token=None)
    assert wire.sent[0].url.startswith("https://db.example.com" + LIST)
    assert wire.sent[0].headers["X-Auth-Token"] == "{{ 1 }}"


@pytest.mark.parametrize("config, reported", [
    ({"filter": {"name": "x"}}, "filter: no such option (did you mean filters?)"),
    ({"filters": {"nme": "x"}}, "filters.nme: no such option (did you mean name?)"),
    ({"filters": {"name": "*"}}, "filters.name: '*' is not "),
    ({"hosts": "node"}, "hosts: 'node' is not one of instances, nodes (did you mean nodes?)"),
    ({"timeout": "soon"}, "timeout: 'soon' is not a whole number"),
    ({"page_size": 1000}, "page_size: 1000 is out of range (1 to 100)"),
    ({"region": "{{ nothing }}"}, "region: can't be evaluated: "),
    ({"token": None}, "no credentials were given"),
])
def test_bad_input_is_one_line_that_names_the_option(wire, inventory, config, reported):
    assert inventory.fails(**config).startswith(reported)
    assert wire.sent == []


def test_a_failure_is_one_line(wire, inventory):
    wire.answer = lambda sent: {}
    assert inventory.fails() == "Listing the instances failed: the answer lacks the list instances"
    assert list(inventory.data.hosts) == []


@pytest.mark.parametrize("config", [
    {"groups": {"g": "taurusdb_tags.env == 'prod'"}}, {"keyed_groups": [{"key": "taurusdb_tags.env"}]}, {"compose": {"x": "taurusdb_tags.env"}},
    {"keyed_groups": [{"key": "taurusdb_instance_name", "default_value": "a", "trailing_separator": False}], "strict": False},
])
def test_an_expression_that_fails_for_one_host_adds_none(wire, inventory, config):
    wire.answer = Cloud([instance(1), instance(2, tags=[])])
    inventory.fails(**{"strict": True, **config})
    assert list(inventory.data.hosts) == [] and self_made(inventory) == []


def test_hosts_of_another_source_keep_what_they_have(wire, inventory, tmp_path):
    wire.answer = Cloud([instance(1), instance(2)])
    inventory.before = lambda data: (
        data.add_group("other"), data.add_group("outer"), data.add_child("outer", "other"), data.add_host(FIRST, "other"),
        data.set_variable(FIRST, "mine", 1), data.add_host("elsewhere"),
    )
    found = inventory.parse(
        groups={"both": "mine is defined and 'other' in group_names"}, strict=True,
        keyed_groups=[{"key": "taurusdb_region", "parent_group": "regions", "prefix": "", "separator": ""}],
    )
    assert sorted(found) == sorted([FIRST, SECOND, "elsewhere"])
    assert found[FIRST]["mine"] == 1 and found[FIRST]["taurusdb_instance_id"] == FIRST
    groups = inventory.data.groups
    members = {name: sorted(host.name for host in group.hosts) for name, group in self_made(inventory)}
    assert members == {"other": [FIRST], "outer": [], "both": [FIRST], "regions": [], "cn_north_4": [FIRST, SECOND]}
    assert [group.name for group in groups["regions"].child_groups] == ["cn_north_4"]
    assert [group.name for group in groups["outer"].child_groups] == ["other"]


def test_options_are_what_is_documented():
    ansibles = {"plugin"}
    for name in ("constructed", "inventory_cache"):
        ansibles |= yaml.safe_load(fragment_loader.get(name).DOCUMENTATION)["options"].keys()
    reported = options()
    assert ansibles < reported.keys()
    compare(instances.InstancesTask.options, {name: each for name, each in reported.items() if name not in ansibles}, "taurusdb")


def test_every_variable_of_the_environment_is_documented():
    reported = options()
    for option, declaration in instances.InstancesTask.options.items():
        named = re.findall(r"E\((\w+)\)", " ".join(reported[option]["description"]))
        assert [variable for variable in named if variable in declaration.get("env", ())] == list(declaration.get("env", ())), option
        # Ansible's own way would take an empty variable for a value.
        assert "env" not in reported[option], option


def test_the_host_variables_are_documented(wire, inventory):
    wire.answer = Cloud([instance(1)])
    reported = " ".join(yaml.safe_load(taurusdb.DOCUMENTATION)["notes"])
    for kind in ("instances", "nodes"):
        for variables in inventory.parse(hosts=kind).values():
            assert {name for name in variables if name.startswith("taurusdb_")} <= set(re.findall(r"C\((\w+)\)", reported))


def test_the_examples_have_options_that_exist():
    *inventories, playbook = yaml.safe_load_all(taurusdb.EXAMPLES)
    (play,) = list(playbook)
    assert len(inventories) == 2
    for config in inventories:
        assert config["plugin"] == NAME and config.keys() <= options().keys()
    (task,) = play["tasks"]
    (module,) = task.keys() - {"name"}
    assert module == "opsaudit.sessions.taurusdb_killed_session_archive" and texts_of(module.split(".")[-1])
    assert task[module].keys() <= ARCHIVE.source.all_options.keys()


def test_the_guide_has_options_that_exist():
    guide = (Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_scaling.rst").read_text("utf-8")
    blocks = re.findall(r"^\.\. code-block:: yaml\n\n((?:(?:   .*)?\n)+)", guide, re.M)
    inventory_file, *plays = [yaml.safe_load(block) for block in blocks]
    assert inventory_file.keys() <= options().keys()
    for (play,) in plays:
        (task,) = play["tasks"]
        assert task["opsaudit.sessions.taurusdb_killed_session_archive"].keys() <= ARCHIVE.source.all_options.keys()
