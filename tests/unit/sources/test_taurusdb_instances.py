# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TaurusDB's instances and their nodes: what is asked, that all of them are found or none, and what happens to them."""

from __future__ import annotations

import pytest
from fake_wire import refused
from taurusdb_cloud import BASE, DETAILS, LIST, Cloud, instance

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb import instances


def run(params, **more):
    defaults = {name: declaration.get("default") for name, declaration in instances.InstancesTask.options.items()}
    return run_task(instances.InstancesTask(**more), {**defaults, **BASE, **params}, {}).result


def read(wire, **params):
    result = run(params)
    assert "failed" not in result, result
    return result["instances"]


def failure(wire, **params):
    result = run(params)
    assert result["failed"] is True and "\n" not in result["msg"]
    assert "instances" not in result
    return result["msg"]


def test_the_list_and_then_the_nodes(wire):
    wire.answer = Cloud([instance(2), instance(1, nodes=1)])
    found = read(wire)
    assert [sent.url.partition("?")[0] for sent in wire.sent] == [
        "https://gaussdb.cn-north-4.myhuaweicloud.com" + path for path in (LIST, DETAILS)
    ]
    assert wire.sent[0].query == {"limit": "100", "offset": "0"}
    assert wire.sent[1].query == {"instance_ids": "%032din07,%032din07" % (1, 2)}
    assert wire.sent[0].headers == {"X-Auth-Token": "t0ken-of-someone"}
    assert [(each["id"], len(each["nodes"])) for each in found] == [("%032din07" % 1, 1), ("%032din07" % 2, 3)]
    assert found[0] == {
        "id": "%032din07" % 1, "name": "db-1", "status": "normal", "region": "cn-north-4", "tags": {"env": "prod"},
        "nodes": [{"id": "%030d%02dno07" % (1, 0), "type": "master"}],
    }


@pytest.mark.parametrize("count, requests", [(0, 1), (1, 2), (20, 2), (21, 3), (100, 7), (101, 8), (200, 12), (1000, 60)])
def test_what_it_costs(wire, count, requests):
    """A request for each hundred instances, and one for the nodes of each twenty; one more to make sure of exactly a hundred."""
    wire.answer = Cloud([instance(number) for number in range(count)])
    found = read(wire)
    assert len(found) == count and len({node["id"] for each in found for node in each["nodes"]}) == 3 * count
    assert len(wire.sent) == requests


def test_filters_are_the_sources_own(wire):
    wire.answer = Cloud([])
    given = {"name": "*orders", "vpc_id": "v", "subnet_id": "", "tags": {"env": "prod", "tier": 1}}
    assert read(wire, filters=given) == []
    assert wire.sent[0].query == {"name": "*orders", "vpc_id": "v", "tags": "env=prod,tier=1", "limit": "100", "offset": "0"}


@pytest.mark.parametrize("params, reported", [
    ({"filters": {"name": "*"}}, "filters.name: '*' is not "),
    ({"filters": {"id": "a\nb"}}, "filters.id: "),
    ({"filters": {"tags": {"a,b": "c"}}}, "filters.tags: "),
    ({"filters": {"tags": {"a=b": "c"}}}, "filters.tags: "),
    ({"filters": {"tags": {"a": "b,c"}}}, "filters.tags: "),
    ({"filters": {"tags": {"a": True}}}, "filters.tags: "),
    ({"filters": {"tags": {"a": ["b"]}}}, "filters.tags: "),
    ({"page_size": 0}, "page_size: 0 is out of range (1 to 100)"),
    ({"region": "nowhere"}, "region: 'nowhere' is not "),
    ({"token": None}, "no credentials were given"),
])
def test_bad_input_is_one_line_before_any_request(wire, params, reported):
    assert failure(wire, **params).startswith(reported)
    assert wire.sent == []


@pytest.mark.parametrize("detail, reported", [
    (lambda row: None, "the list instances is empty"),
    (lambda row: {**row, "id": "%032din07" % 9}, "the answer lacks it"),
    (lambda row: {**row, "nodes": None}, "lacks the nodes"),
    (lambda row: {**row, "nodes": {}}, "lacks the nodes"),
    (lambda row: {**row, "nodes": row["nodes"][1:]}, "2 of 3 nodes"),
    (lambda row: {**row, "nodes": []}, "0 of 3 nodes"),
    (lambda row: {**row, "nodes": ["x"]}, "a node without a usable id"),
    (lambda row: {**row, "nodes": [{"id": "../../x"}]}, "a node without a usable id"),
    (lambda row: {**row, "nodes": [row["nodes"][0]] * 3}, "is there twice"),
])
def test_nodes_that_are_not_all_there(wire, detail, reported):
    wire.answer = Cloud([instance(1)])
    wire.answer.detail = detail
    message = failure(wire)
    assert message.startswith("Looking up the nodes (instance_id %032din07) failed: " % 1)
    assert reported in message


def test_a_node_of_two_instances(wire):
    wire.answer = Cloud([instance(1), {**instance(2), "nodes": instance(1)["nodes"]}])
    assert "is there twice" in failure(wire)


@pytest.mark.parametrize("status", ["creating", "createfail"])
def test_an_instance_that_is_being_made_has_no_nodes_yet(wire, status):
    wire.answer = Cloud([instance(1, status=status, nodes=0), instance(2)])
    wire.answer.detail = lambda row: row if row["nodes"] else {name: row[name] for name in ("id", "status")}
    assert [len(each["nodes"]) for each in read(wire)] == [0, 3]


@pytest.mark.parametrize("row", [{"name": "x"}, {"id": None}, {"id": 7}, {"id": "../../../etc/passwd"}, {"id": "a,b" * 12}])
def test_an_instance_without_a_usable_id(wire, row):
    wire.answer = lambda sent: {"total_count": 1, "instances": [row]}
    assert failure(wire) == "Listing the instances failed: the list has an instance without a usable id"


def test_an_instance_that_goes_between_the_list_and_the_details(wire):
    cloud = Cloud([instance(number) for number in range(25)])

    def answer(sent):
        if sent.path == DETAILS:
            cloud.fleet = [row for row in cloud.fleet if row["id"] != "%032din07" % 7]
        return cloud(sent)

    wire.answer = answer
    assert failure(wire).startswith("Looking up the nodes (instance_id %032din07) failed: the instance is listed" % 7)


def test_one_goes_from_the_head_while_another_comes_at_the_end(wire):
    """The length stays the same, and between two pages one is missed: only its neighbour's absence says."""
    cloud = Cloud([instance(number) for number in range(250)])

    def answer(sent):
        rows = cloud(sent)
        if sent.path == LIST and sent.query["offset"] == "0":
            cloud.fleet = [*cloud.fleet[1:], instance(999)]
        return rows

    wire.answer = answer
    assert "it may just have been deleted. Try again." in failure(wire)


def test_a_list_that_never_holds_still(wire):
    """With each page one comes at its head, and one goes from its end."""
    cloud = Cloud([instance(number) for number in range(350)])

    def answer(sent):
        cloud.fleet = [instance(1000 + len(wire.sent)), *cloud.fleet[:-1]]
        return cloud(sent)

    wire.answer = answer
    message = failure(wire, concurrency=1)
    assert message.startswith("Listing the instances failed: instances may be missing, for the list changed while it was read (")


@pytest.mark.parametrize("answer", [{}, {"instances": {}}, {"instances": None, "total_count": 3}, {"instances": ["x"], "total_count": 1}])
def test_an_answer_that_is_no_list_is_no_empty_inventory(wire, answer):
    wire.answer = lambda sent: answer
    assert failure(wire).startswith("Listing the instances failed: the answer lacks the list instances")


def test_a_refusal_names_what_was_asked(wire):
    cloud = Cloud([instance(number) for number in range(45)])
    wire.answer = lambda sent: refused("permission", "no, t0ken-of-someone", 403)(sent) if sent.path == DETAILS else cloud(sent)
    message = failure(wire)
    assert message.startswith("Looking up the nodes (instance_id %032din07, and 19 more) failed: HTTP 403: no, ****" % 0)
    assert "t0ken" not in message


def test_a_source_that_repeats_a_secret_is_masked(wire):
    wire.answer = Cloud([instance(1, name="a t0ken-of-someone b", tags=[{"key": "k", "value": "t0ken-of-someone"}])])
    assert "t0ken" not in str(read(wire))


@pytest.mark.parametrize("tags, reported", [
    (None, {}), ("x", {}), ([None, "x", {}], {}), ([{"key": "a"}], {"a": ""}), ([{"key": 1, "value": "x"}], {}),
    ([{"key": "{{ a }}", "value": "{{ b }}"}], {"{{ a }}": "{{ b }}"}),
])
def test_tags_as_they_come(wire, tags, reported):
    wire.answer = Cloud([instance(1, tags=tags)])
    assert read(wire)[0]["tags"] == reported


def test_the_region_is_the_one_that_was_asked_if_none_is_reported(wire):
    wire.answer = Cloud([instance(1, region=None)])
    assert read(wire)[0]["region"] == "cn-north-4"


def test_instances_as_hosts(wire):
    wire.answer = Cloud([instance(1, nodes=2)])
    ((name, variables),) = instances.hosts_of(read(wire), "instances")
    assert name == variables["taurusdb_instance_id"] == "%032din07" % 1
    assert variables == {
        "taurusdb_instance_id": name, "taurusdb_instance_name": "db-1", "taurusdb_instance_status": "normal",
        "taurusdb_region": "cn-north-4", "taurusdb_tags": {"env": "prod"},
        "taurusdb_node_ids": ["%030d%02dno07" % (1, 0), "%030d%02dno07" % (1, 1)],
    }


def test_nodes_as_hosts(wire):
    wire.answer = Cloud([instance(1, nodes=2), instance(2, nodes=0)])
    made = dict(instances.hosts_of(read(wire), "nodes"))
    assert list(made) == ["%030d%02dno07" % (1, 0), "%030d%02dno07" % (1, 1)]
    assert [(each["taurusdb_node_id"], each["taurusdb_node_type"]) for each in made.values()] == [*zip(made, ("master", "slave"))]
    assert all("taurusdb_node_ids" not in each for each in made.values())


def test_what_was_kept_is_not_asked_for(wire):
    keys = []

    def cached(key):
        keys.append(key)
        return []

    result = run({}, cached=cached)
    assert (result["instances"], result["fresh"], wire.sent) == ([], False, [])
    assert result["key"] == keys[0]


KEYS = {"access_key": "AKID", "secret_key": "s3cret", "token": None}
USER = {"username": "u", "password": "pw", "domain_name": "d", "token": None}


@pytest.mark.parametrize("other", [
    {"region": "cn-north-2"}, {"endpoint": "https://other.example.com"}, {"project_id": "0" * 32}, {"token": "another"},
    {"filters": {"name": "x"}}, {"filters": {"tags": {"a": "b"}}}, KEYS, USER,
])
def test_who_asks_elsewhere_or_for_other_things_finds_nothing_kept(wire, other):
    wire.answer = Cloud([])
    assert run({}, cached=lambda key: [])["key"] != run(other, cached=lambda key: [])["key"]


@pytest.mark.parametrize("one, other", [
    (KEYS, {**KEYS, "secret_key": "rotated"}), (USER, {**USER, "password": "changed"}), ({}, {"page_size": 7, "timeout": 3, "hosts": "nodes"}),
])
def test_what_does_not_decide_what_there_is_to_see_changes_no_key(wire, one, other):
    assert run(one, cached=lambda key: [])["key"] == run(other, cached=lambda key: [])["key"]
