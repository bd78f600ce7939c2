# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of TaurusDB, by Ansible's own commands: the documented examples, a large fleet, failures, slices."""

from __future__ import annotations

import json
import re
import subprocess
import textwrap
from pathlib import Path

import pytest
import yaml

from ansible_collections.opsaudit.sessions.plugins.inventory import taurusdb
from ansible_collections.opsaudit.sessions.tests.e2e.support import BIN, INSTANCE, NODE, NODE_2
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_scaling.rst"
EVIL = "{{ lookup('ansible.builtin.pipe', 'touch evaluated') }}"
#: How AWX shares out hosts.
SLICES = 2


@pytest.fixture
def environment(emulator):
    """Who asks, and where; the names that come second, where the first are empty."""
    return {
        "HUAWEICLOUD_SDK_AK": "", "HW_ACCESS_KEY": credentials.HUAWEI_AK, "HUAWEICLOUD_SDK_SK": credentials.HUAWEI_SK,
        "HUAWEICLOUD_SDK_PROJECT_ID": "", "HW_PROJECT_ID": credentials.PROJECT_ID, "HW_AUTH_TOKEN": "", "HW_REGION_NAME": "cn-north-4",
        "TAURUSDB_ENDPOINT": emulator.urls["taurusdb"], "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
    }


def documented(number):
    """An example of the documentation."""
    return list(yaml.safe_load_all(taurusdb.EXAMPLES))[number]


def write(ansible, name, config):
    path = ansible.folder / (name + ".taurusdb.yml")
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


def listed(ansible, path, env):
    run = ansible.command(BIN / "ansible-inventory", "-i", path, "--list", env=env)
    assert run.code == 0, run.output
    return json.loads(run.stdout)


def plain(value):
    """A variable without the mark that it is not to be evaluated."""
    if isinstance(value, dict):
        return value["__ansible_unsafe"] if "__ansible_unsafe" in value else {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def test_the_first_example(ansible, emulator, environment):
    emulator.alter("taurusdb", [INSTANCE], {"name": EVIL}, list="instances")
    # The region of the example would decide the place, for it is an option.
    found = listed(ansible, write(ansible, "production", {**documented(0), "endpoint": environment["TAURUSDB_ENDPOINT"]}), environment)
    assert set(found["_meta"]["hostvars"]) == {INSTANCE}
    variables = found["_meta"]["hostvars"][INSTANCE]
    assert variables["taurusdb_instance_name"] == {"__ansible_unsafe": EVIL}
    assert plain({name: each for name, each in variables.items() if name != "ansible_python_interpreter"}) == {
        "ansible_connection": "local", "taurusdb_instance_id": INSTANCE, "taurusdb_instance_name": EVIL,
        "taurusdb_instance_status": "normal", "taurusdb_region": "cn-north-4", "taurusdb_tags": {"env": "prod", "team": "orders"},
        "taurusdb_node_ids": [NODE, NODE_2],
    }
    assert not (ansible.folder / "evaluated").exists()


def test_the_second_example_and_its_cache(ansible, emulator, environment):
    for name, value in (("access_key", credentials.HUAWEI_AK), ("secret_key", credentials.HUAWEI_SK)):
        (ansible.folder / name).write_text(value)
    text = json.dumps(documented(1)).replace("/run/secrets", str(ansible.folder)).replace("~/", "%s/" % ansible.home)
    config = {**json.loads(text), "project_id": credentials.PROJECT_ID, "endpoint": environment["TAURUSDB_ENDPOINT"]}
    assert config["cache"] is True and "lookup" in config["secret_key"]
    path = write(ansible, "replicas", {**config, "region": "cn-north-4"})
    graphs = []
    for requests in (2, 0):
        before = emulator.stats()["requests"]
        run = ansible.command(BIN / "ansible-inventory", "-i", path, "--graph", "-vvvv", env={"ANSIBLE_LOOKUP_PLUGINS": ""})
        assert run.code == 0 and emulator.stats()["requests"] - before == requests, run.output
        assert credentials.HUAWEI_SK not in run.output
        graphs.append(run.stdout[run.stdout.index("@all"):])
    assert graphs[0] == graphs[1]
    members = {part.split(":")[0]: set(part.split()) for part in graphs[0].split("@")[1:]}
    assert {"instance_orders_prod", "instance_billing_stage", "tag_env_prod", "tag_env_stage", "tag_team_orders", "replicas"} <= set(members)
    assert "|--" + NODE_2 in members["replicas"] and "|--" + NODE not in members["replicas"]
    kept = [each for each in ansible.home.rglob("*") if each.is_file() and "taurusdb" in str(each)]
    assert kept and not [each for each in kept if credentials.HUAWEI_SK in each.read_text() or credentials.HUAWEI_AK in each.read_text()]


def test_no_tag_changes_what_the_cache_means(ansible, emulator, environment):
    tags = [{"key": name, "value": "x"} for name in ("__ansible_type", "__ansible_vault", "__ansible_unsafe", "_ansible_x")]
    emulator.alter("taurusdb", [INSTANCE], {"tags": tags}, list="instances")
    config = {"plugin": taurusdb.InventoryModule.NAME, "cache": True, "cache_plugin": "ansible.builtin.jsonfile"}
    path = write(ansible, "fleet", {**config, "cache_connection": str(ansible.folder / "cache")})
    first = listed(ansible, path, environment)
    before = emulator.stats()["requests"]
    assert listed(ansible, path, environment) == first and emulator.stats()["requests"] == before
    found = first["_meta"]["hostvars"]
    assert len(found) == 2 and plain(found[INSTANCE]["taurusdb_tags"]) == {"x" + tag["key"]: "x" for tag in tags}
    # What is in the files is replaced by something else.
    for kept in (ansible.folder / "cache").iterdir():
        kept.write_text("[]")
    run = ansible.command(BIN / "ansible-inventory", "-i", path, "--list", env=environment)
    assert json.loads(run.stdout[run.stdout.index("\n{") if not run.stdout.startswith("{") else 0 :]) == first
    assert "the instances are read from the source instead" in " ".join(run.output.split())
    assert emulator.stats()["requests"] > before


@pytest.mark.any_core
def test_a_thousand_instances(ansible, emulator, environment):
    targets = emulator.seed("taurusdb", 0, instances=1000, nodes=3)["targets"]
    config = {"plugin": taurusdb.InventoryModule.NAME, "cache": True, "cache_plugin": "ansible.builtin.jsonfile"}
    path = write(ansible, "fleet", {**config, "cache_connection": str(ansible.folder / "cache")})
    asked = []
    for _run in range(2):
        before = emulator.stats()["requests"]
        found = plain(listed(ansible, path, environment)["_meta"]["hostvars"])
        asked.append(emulator.stats()["requests"] - before)
        pairs = {(host, node) for host, variables in found.items() for node in variables["taurusdb_node_ids"]}
        assert pairs == {(target["instance_id"], target["node_id"]) for target in targets}
    assert asked[0] <= 60 and asked[1] == 0
    assert emulator.stats()["max_in_flight"] <= 8


def test_what_goes_wrong_is_one_line_without_a_secret(ansible, emulator, environment):
    emulator.fault("status", "taurusdb", status=503, match={"query": {"name": "busy"}})
    secret, good = "NeverShowThisSecret42", {"secret_key": credentials.HUAWEI_SK}
    cases = {
        "wrong": ({"secret_key": secret}, " failed: HTTP 401 APIGW.0301: "),
        "busy": ({**good, "filters": {"name": "busy"}, "retries": 0}, " failed: HTTP 503 "),
        "star": ({"secret_key": secret, "filters": {"name": "*"}}, "filters.name: '*' is not "),
        "typo": ({"secret_key": secret, "filter": {}}, "filter: no such option (did you mean filters?)"),
        "size": ({"secret_key": secret, "page_size": 101}, "page_size: 101 is out of range (1 to 100)"),
        "host": ({"secret_key": secret, "hosts": "node"}, "hosts: 'node' is not one of instances, nodes (did you mean nodes?)"),
    }
    sources = []
    for name, (config, _reported) in cases.items():
        own = {"plugin": taurusdb.InventoryModule.NAME, "access_key": credentials.HUAWEI_AK, **config}
        sources += ["-i", write(ansible, name, own)]
    env = {**environment, "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "false"}
    run = ansible.command(BIN / "ansible-inventory", *sources, "--list", "-vvvv", env=env)
    reported = " ".join(run.output.split())
    for _config, line in cases.values():
        assert line in reported, reported
    assert json.loads(run.stdout[run.stdout.index("\n{") :])["_meta"]["hostvars"] == {}
    assert secret not in run.output and credentials.HUAWEI_SK not in run.output
    # What is seen to be wrong here asks nothing.
    assert [entry["status"] for entry in emulator.log("taurusdb")] == [401, 503]
    # One file that fails, where this is asked for, ends the command.
    assert ansible.command(BIN / "ansible-inventory", *sources[:2], "--list", env=environment).code != 0


def of_the_guide(number):
    """An inventory file (0) or a playbook of the guide."""
    found = re.findall(r"^\.\. code-block:: yaml\n\n((?:(?:   .*)?\n)+)", GUIDE.read_text("utf-8"), re.M)
    return yaml.safe_load(textwrap.dedent(found[number]))


@pytest.mark.any_core
def test_slices_keep_every_node_once_in_one_store(ansible, emulator, environment):
    """As AWX slices a job: hosts sorted by name, every second, and both at the same time. More at once: test_e2e_fleet.py."""
    targets = emulator.seed("taurusdb", 2, instances=5, nodes=2)["targets"]
    store = str(ansible.folder / "s.db")
    env = {**environment, "OPSAUDIT_STORE": store}
    inventory = write(ansible, "fleet", {**of_the_guide(0), "cache_connection": str(ansible.folder / "cache"), "endpoint": environment["TAURUSDB_ENDPOINT"]})
    hosts = sorted(listed(ansible, inventory, env)["_meta"]["hostvars"])
    before = emulator.stats()["requests"]
    playbooks = []
    for number in (1, 2):
        playbooks.append(ansible.folder / ("keep-%d.yml" % number))
        (play,) = of_the_guide(number)
        # The region of a host would decide the place, for it is an option.
        play["tasks"][0]["opsaudit.sessions.taurusdb_killed_session_archive"]["endpoint"] = environment["TAURUSDB_ENDPOINT"]
        playbooks[-1].write_text(yaml.safe_dump([play]))
    running = [
        subprocess.Popen(
            [BIN / "ansible-playbook", "-i", inventory, playbooks[0], "--limit", ",".join(hosts[number::SLICES])], cwd=ansible.folder,
            env={**ansible.env, **env}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for number in range(SLICES)
    ]
    for process in running:
        output, _nothing = process.communicate(timeout=180)
        assert process.returncode == 0, output
    kept = [json.loads(row["scope"]) for row in rows(store, "SELECT DISTINCT scope_key, scope FROM record")]
    assert sorted(kept, key=str) == sorted(targets, key=str)
    # What was read late is a row of its own, beside what was read in time.
    windows = rows(store, "SELECT scope_key, window_start FROM coverage")
    assert len(windows) == 2 * len({row["scope_key"] for row in windows}) == 2 * len(targets)
    assert rows(store, "SELECT COUNT(*) AS n FROM record") == [{"n": 2 * len(targets)}]
    # One request for each node, and none for the inventory.
    assert emulator.stats()["requests"] - before == len(targets)
    # One task for all goes on where the slices ended: the scopes are the same.
    again = ansible.command(BIN / "ansible-playbook", "-i", inventory, playbooks[1], env=env)
    assert again.code == 0 and "changed=0" in again.output, again.output
    assert len(rows(store, "SELECT DISTINCT scope_key FROM coverage")) == len(targets)
