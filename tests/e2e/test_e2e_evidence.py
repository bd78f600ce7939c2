# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of evidence that the playbook makes: archived, sealed, exported, played, reported and verified in one run."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.archiving import BEGIN, CASES, HOUR
from ansible_collections.opsaudit.sessions.tests.e2e.support import BCC, BIN, HOOP, SOURCES
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.look import connected
from ansible_collections.opsaudit.sessions.tests.unit.reporting import data_of, unpack
from ansible_collections.opsaudit.sessions.tests.unit.signing import allow, make_key

WINDOW = {"evidence_start_time": "2026-01-01", "evidence_end_time": "2026-04-01"}


class Evidence:
    """Runs the playbook, with the variable file of a collector."""

    def __init__(self, ansible, emulator, folder):
        self.ansible = ansible
        self.emulator = emulator
        self.store = folder / "s.db"
        self.dest = folder / "evidence" / "q1"
        self.dest.parent.mkdir()
        hoop = {**ansible.access(HOOP), "source": "hoop_session"}
        self.variables = {"evidence_dest": str(self.dest), "evidence_store": str(self.store), "audit_sources": [hoop], **WINDOW}

    def run(self, *arguments, **more):
        given = {name: value for name, value in {**self.variables, **more}.items() if value is not None}
        run = self.ansible.command(BIN / "ansible-playbook", "opsaudit.sessions.evidence", "-e", json.dumps(given), *arguments)
        assert all(secret not in run.output for secret in credentials.SECRETS)
        return run

    def done(self, *arguments, **more):
        run = self.run(*arguments, **more)
        assert run.code == 0, run.output
        return run

    def manifest(self):
        return json.loads((self.dest / "manifest.json").read_text())

    def replays(self):
        return {path.stem for path in (self.dest / "replay").glob("*")}

    def links(self):
        """What each record's details link to, by its id."""
        details = unpack(data_of(self.dest / "index.html"))
        return {name: [each["href"] for each in found.get("attachments", ()) if each["href"]] for name, found in details.items()}


@pytest.fixture
def evidence(ansible, emulator, tmp_path):
    return Evidence(ansible, emulator, tmp_path)


def last_line(run):
    return re.search(r'"msg": "((?:Complete|Missing).*)"', run.stdout)[1]


def test_from_the_gateway_to_a_folder_that_anybody_can_check(evidence, emulator, tmp_path):
    key = make_key(tmp_path / "key")
    signers = allow(tmp_path / "signers", key)
    seals = tmp_path / "seals"
    # The lists of these can be downloaded.
    emulator.seed("taurusdb", 2, **CASES["taurusdb"].scope, start=BEGIN, end=BEGIN + HOUR)
    every = [{**evidence.ansible.access(module), "source": module.removesuffix("_info")} for module in SOURCES]
    given = {"audit_sources": every, "evidence_seal_dest": str(seals), "evidence_signing_key": str(key), "evidence_allowed_signers": str(signers)}
    looked = evidence.done("--check", **given)
    assert not evidence.dest.exists() and not evidence.store.exists(), looked.output
    first = evidence.done(**given)
    manifest, names = evidence.manifest(), {path.name for path in evidence.dest.iterdir()}
    data = {module.removesuffix("_info") + ending for module in SOURCES for ending in (".jsonl", ".csv", ".ocsf.jsonl")}
    assert names == {*data, "attachments", "replay", "index.html", "manifest.json", "SHA256SUMS", "SHA256SUMS.sig"}
    assert manifest["complete"] and list(seals.glob("*.json.sig"))
    assert ("killed_list", "kept") in {(each["name"], each["state"]) for each in manifest["attachments"]}
    kept = {each["record_id"]: each["path"] for each in manifest["attachments"] if (each["name"], each["state"]) == ("recording", "kept")}
    assert len(kept) > 3 and evidence.replays() < set(kept), "a remote desktop has no replay"
    # Each session links to its recording, and to the page that plays it. All links are inside the folder.
    links = evidence.links()
    for name, path in kept.items():
        assert path in links[name] and ("replay/%s.html" % name in links[name]) == (name in evidence.replays())
    copy = tmp_path / "stick"
    shutil.copytree(evidence.dest, copy)
    shutil.rmtree(tmp_path / "evidence")
    assert all((copy / href).is_file() for found in links.values() for href in found)
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=copy, check=True, capture_output=True)
    digest = hashlib.sha256((copy / "SHA256SUMS").read_bytes()).hexdigest()
    line = last_line(first)
    assert line.startswith("Complete; but without recording of hoop_session ") and "(gone)" in line and line.endswith("SHA256SUMS: %s" % digest)
    # The page and the line name what was verified, and by whose key.
    seal = data_of(copy / "index.html")["seal"]
    assert seal["signer"][0] == "auditor@example.com" and seal["wrong"] == [0, 0, 0] and seal["newer"] == 0
    assert "The store is as it was sealed, verified at 20" in line and ": seal 1 by auditor@example.com (SHA256:" in line
    listed = (copy / "SHA256SUMS").read_text()
    assert "index.html" in listed and all("replay/%s.html" % name in listed for name in kept if (copy / "replay" / (name + ".html")).exists())


def modes(folder):
    return {"%o%s" % (path.stat().st_mode & 0o7777, "/" if path.is_dir() else "") for path in [folder, *folder.rglob("*")]}


@pytest.mark.any_core
def test_a_second_run_changes_nothing_and_a_narrower_one_leaves_nothing_behind(evidence):
    """In a folder that a web server can serve, and then in one that it can't."""
    served = {"evidence_mode": "0644", "evidence_group": os.getgid()}
    evidence.done(**served)
    before = evidence.replays()
    assert before and modes(evidence.dest) == {"644", "755/"}
    # What was archived stays private.
    assert modes(evidence.dest.parent / "attachments") == {"600", "700/"}
    # With answers to a survey.
    again = evidence.done(**served, evidence_sources="hoop_session\n", evidence_where="", evidence_title="", evidence_seal_dest="")
    assert "changed=0" in again.stdout, again.output
    evidence.done(evidence_where="raw.verb == 'exec'", evidence_timezone="Europe/Berlin", evidence_mode="")
    assert evidence.manifest()["where"] == "raw.verb == 'exec'" and set() < evidence.replays() < before
    assert "started_at_local" in (evidence.dest / "hoop_session.csv").read_text("utf-8-sig").splitlines()[0]
    # Folders that are there stay as they are.
    assert modes(evidence.dest) == {"600", "755/"}


@pytest.mark.parametrize("end", [pytest.param("now", marks=pytest.mark.any_core), "-1h"])
def test_without_recordings_and_with_relative_times(evidence, ansible, end):
    """A source that has no attachments is complete without any. Without an end: test_e2e_answers.py."""
    bcc = {**ansible.access(BCC), "source": "bcc_action_run"}
    evidence.done(audit_sources=[bcc], evidence_start_time="-3650d", evidence_end_time=end)
    assert evidence.manifest()["complete"] and evidence.manifest()["attachments"] == []
    assert (evidence.dest / "index.html").is_file() and not (evidence.dest / "replay").exists() and not (evidence.dest / "attachments").exists()


@pytest.mark.any_core
def test_what_is_missing_or_was_altered_is_named_in_one_line(evidence, emulator, tmp_path):
    emulator.seed("hoop", 3, start=BEGIN - 24 * HOUR, end=BEGIN, values={"status": "done", "end_date": "2026-03-01T01:00:00Z", "review": None})
    sealed = {"evidence_seal_dest": str(tmp_path / "seals"), "evidence_end_time": "2026-03-01"}
    assert ": seal 1, signatures not checked. " in last_line(evidence.done(**sealed))
    # Nothing is archived without audit_sources: what the store has, and a gap.
    run = evidence.run(audit_sources=None)
    assert run.code != 0
    assert last_line(run).startswith("Missing: hoop_session org="), run.output
    assert " from 2026-03-01T00:00:00.000Z to 2026-04-01T00:00:00.000Z. Keep this in another place: SHA-256 of " in last_line(run)
    # One source fails, and the folder is made nevertheless.
    emulator.fault("status", "hoop", status=403)
    run = evidence.run()
    assert run.code != 0 and "audit_sources[0] (hoop_session): " in last_line(run) and "Verify the folder" in run.stdout
    # Nothing is missing, but a record was altered.
    with connected(str(evidence.store)) as connection:
        connection.execute("UPDATE record SET actor = 'nobody@example.com' WHERE record_id = (SELECT min(record_id) FROM record)")
        connection.commit()
    run = evidence.run(audit_sources=None, **sealed)
    assert run.code != 0 and re.match("Missing: seal: .*1 altered", last_line(run)) and "as it was sealed" not in last_line(run)
    assert data_of(evidence.dest / "index.html")["seal"]["wrong"] == [1, 0, 0]
