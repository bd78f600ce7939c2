# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports as a playbook makes and checks them, on both paths."""

from __future__ import annotations

import csv
import json
import subprocess

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import BCC, HOOP, NAMESPACE, PATHS, SOURCES, Scene
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.servers import PASSWORD
from ansible_collections.opsaudit.sessions.tests.unit.signing import allow, make_key

MODULE = "session_export"
FORMULA = "=HYPERLINK(\"http://evil.example.com\")"
SESSION = "11d337d0-1f45-5203-8630-eccd7c816bf8"


class Exports:
    """Makes scenes of a store, each path with a folder of its own, and looks at what they left."""

    def __init__(self, ansible, store):
        self.ansible = ansible
        self.store = str(store)
        self.folder = ansible.folder / "exports"
        for path in PATHS:
            (self.folder / path).mkdir(parents=True)

    def archive(self, *modules, **args):
        """Fill the store, with a formula and a secret among the records."""
        planted = {"user": FORMULA, "metadata": {"note": "Bearer " + credentials.HOOP_TOKEN}}
        alter = ("alter", {"dialect": "hoop", "scope": {}, "ids": [SESSION], "values": planted})
        scenes = {}
        for module in modules:
            more = {"children": True} if module == BCC else {}
            given = {**self.ansible.access(module, **more, **args), "store": self.store}
            scenes[module] = Scene(module.removesuffix("_info") + "_archive", given, [alter])
        run = self.ansible.scenes(scenes)
        assert all(not run[module].result.get("failed") for module in modules), run.output

    def scene(self, name, keywords=None, **args):
        dest = "%s/{{ inventory_hostname }}/%s" % (self.folder, name)
        given = {"store": self.store, "dest": dest, **args}
        return Scene(MODULE, {key: value for key, value in given.items() if value is not None}, [], keywords or {})

    def files(self, name, path="action"):
        return {each.name: each.read_bytes() for each in (self.folder / path / name).iterdir()}

    def same(self, run, name):
        """What a scene gave on both paths: equal, but for the folder."""
        reported = [
            json.dumps(run["%s/%s" % (path, name)].result, sort_keys=True).replace("/exports/%s" % path, "/exports/PATH") for path in PATHS
        ]
        assert reported[0] == reported[1], name
        return json.loads(reported[0])


@pytest.fixture
def exports(tasks, tmp_path):
    return Exports(tasks, tmp_path / "s.db")


@pytest.mark.any_core
def test_an_export_from_beginning_to_end(tasks, exports):
    exports.archive(*SOURCES)
    check = {"check_mode": True, "diff": True}
    scenes = {
        "predicted": exports.scene("all", check),
        "written": exports.scene("all", {"diff": True}),
        "again": exports.scene("all"),
        "verified": exports.scene("all", verify=True, store=None),
        "narrower": exports.scene("narrow", sources="hoop_session", formats=["ocsf", "jsonl"], start_time="2026-03-02", end_time="2026-03-03"),
        "fewer": exports.scene("all", formats=["csv"]),
        "later": exports.scene("later", sources="hoop_session", formats="csv", end_time="2999-01-01"),
    }
    run = tasks.both(scenes)
    reported = {name: exports.same(run, name) for name in scenes}
    assert [name for name in scenes if reported[name]["changed"]] == ["predicted", "written", "narrower", "fewer", "later"]
    assert {**reported["predicted"], "invocation": 0} == {**reported["written"], "invocation": 0}
    assert reported["verified"]["files"] == reported["again"]["files"] == reported["written"]["files"]
    assert reported["written"]["complete"] is True and reported["later"]["complete"] is False
    assert [gap["end"] for gap in reported["later"]["gaps"]] == ["2999-01-01T00:00:00.000Z"]
    for name in ("all", "narrow", "later"):
        assert exports.files(name) == exports.files(name, "module")
        for path in PATHS:
            subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=exports.folder / path / name, check=True, capture_output=True)
    assert sorted(exports.files("all")) == sorted(["SHA256SUMS", "manifest.json"] + [
        "%s.csv" % source for source in ("taurusdb_killed_session", "dataarts_sql_session", "hoop_session", "bcc_action_run")
    ])
    records = [json.loads(line) for line in exports.files("narrow")["hoop_session.jsonl"].splitlines()]
    assert records and all("2026-03-02" in each["raw"]["start_date"] for each in records)
    rows = list(csv.DictReader(exports.files("all")["hoop_session.csv"].decode("utf-8-sig").splitlines(keepends=True)))
    assert "'" + FORMULA in [row["actor"] for row in rows]
    everything = b"".join(content for name in ("all", "narrow", "later") for content in exports.files(name).values()).decode() + run.output
    for secret in credentials.SECRETS:
        assert secret not in everything, secret
    assert "Signature" not in everything


@pytest.mark.any_core
def test_tampering_is_found_and_named(tasks, exports):
    exports.archive(HOOP)
    sources = {"sources": ["hoop_session"]}
    run = tasks.both({"written": exports.scene("e", **sources)})
    assert exports.same(run, "written")["complete"] is True
    for path in PATHS:
        folder = exports.folder / path / "e"
        content = bytearray((folder / "hoop_session.csv").read_bytes())
        content[100] ^= 1
        (folder / "hoop_session.csv").write_bytes(content)
        (folder / "hoop_session.jsonl").unlink()
        (folder / "bcc_action_run.csv").write_text("")
        (folder / "SHA256SUMS").open("a").write("%s  ../../s.db\n" % ("0" * 64))
    run = tasks.both({"checked": exports.scene("e", verify=True, store=None)})
    found = exports.same(run, "checked")
    assert found["failed"] is True and found["changed"] is False
    assert found["mismatched"] == ["../../s.db", "bcc_action_run.csv", "hoop_session.csv", "hoop_session.jsonl"]
    assert "hoop_session.csv differs; hoop_session.jsonl is missing" in found["msg"] and "\n" not in found["msg"]


@pytest.mark.any_core
def test_a_signature_is_made_and_checked(tasks, exports):
    exports.archive(HOOP)
    key = make_key(tasks.folder / "key")
    other, allowed = allow(tasks.folder / "other", make_key(tasks.folder / "stranger")), allow(tasks.folder / "allowed", key)
    checked = {"verify": True, "store": None}
    run = tasks.both({
        "made": exports.scene("s", signing_key=key), "again": exports.scene("s", signing_key=key),
        "good": exports.scene("s", **checked, allowed_signers=allowed), "unknown": exports.scene("s", **checked, allowed_signers=other),
        "open": exports.scene("s", **checked),
    })
    made, again, good, unknown, unchecked = (exports.same(run, name) for name in ("made", "again", "good", "unknown", "open"))
    assert made["changed"] is True and again["changed"] is False and made["signature"] == again["signature"]
    assert good["signature"] == {**made["signature"], "principal": "auditor@example.com"} and good["broken"] == []
    assert unknown["failed"] is True and unknown["failure"]["kind"] == "integrity" and unknown["mismatched"] == []
    assert unknown["broken"] == [{"path": "SHA256SUMS.sig", "problem": "was made with a key that allowed_signers does not list"}]
    assert unchecked["signature"] is None and "SHA256SUMS.sig was not checked" in " ".join(unchecked["warnings"])


@pytest.mark.any_core
def test_what_goes_wrong_is_reported_alike_on_both_paths(tasks, exports):
    exports.archive(HOOP)
    for path in PATHS:
        (exports.folder / path / "foreign").mkdir()
        (exports.folder / path / "foreign" / "hoop_session.csv").write_text("mine")
    scenes = {
        "turned": exports.scene("x", start_time="2026-03-02", end_time="2026-03-01"),
        "no_store": exports.scene("x", store=None),
        "nowhere": exports.scene("x", store=str(exports.folder / "none.db")),
        "foreign": exports.scene("foreign"),
        "nothing_to_check": exports.scene("x", verify=True),
        "source": exports.scene("x", sources=["oracle"]),
    }
    run = tasks.both(scenes)
    for name in scenes:
        failed = exports.same(run, name)
        assert failed["failed"] is True and failed["changed"] is False and "\n" not in failed["msg"], name
        assert failed["failure"]["kind"] == "invalid_request", failed
    assert " is not one of bcc_action_run, dataarts_sql_session, hoop_session, taurusdb_killed_session" in exports.same(run, "source")["msg"]
    for path in PATHS:
        assert [each.name for each in (exports.folder / path).iterdir()] == ["foreign"]
    assert not (exports.folder / "none.db").exists()


@pytest.mark.any_core
def test_a_server_s_password_is_reported_nowhere(tasks, tmp_path, postgresql_server):
    postgresql_server.execute("CREATE DATABASE exported")
    exports = Exports(tasks, postgresql_server.url("exported"))
    exports.archive(HOOP)
    scenes = {"written": exports.scene("e"), "nowhere": exports.scene("f", store=exports.store.replace("exported", "missing"))}
    run = tasks.both(scenes)
    assert exports.same(run, "nowhere")["failed"] is True
    assert exports.files("e") == exports.files("e", "module")
    everything = json.dumps([kept.result for kept in run.kept.values()])
    assert PASSWORD not in everything and PASSWORD not in str(exports.files("e"))


def test_the_filter_in_a_playbook(ansible):
    tasks = [
        {NAMESPACE + HOOP: ansible.access(HOOP), "register": "listed"},
        {"ansible.builtin.assert": {"that": [
            "events | length == listed.count", "events | map(attribute='class_uid') | unique | sort == [1009, 6005]",
            "events | map(attribute='metadata.uid') | list == listed.sessions | map(attribute='id') | list",
        ]}, "vars": {"events": "{{ listed.sessions | %sto_ocsf(source='hoop_session') }}" % NAMESPACE}},
        {"ansible.builtin.debug": {"msg": "{{ [{}] | %sto_ocsf('hoop_session') }}" % NAMESPACE}, "ignore_errors": True},
    ]
    run = ansible.playbook([{"hosts": "action", "gather_facts": False, "tasks": tasks}])
    assert run.code == 0, run.output
    assert "to_ocsf: element 0: it has no id" in run.output
