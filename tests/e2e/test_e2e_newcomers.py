# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What new users do, as the README and the guides have it: every command as it stands, in one folder, one after the other."""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path

import pytest
import yaml

from ansible_collections.opsaudit.sessions.tests.awx import header
from ansible_collections.opsaudit.sessions.tests.e2e.archiving import BEGIN, CASES, HOUR
from ansible_collections.opsaudit.sessions.tests.e2e.support import BIN, Scene
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.guides import GUIDES, ROOT, blocks, of_markdown, variable_files
from ansible_collections.opsaudit.sessions.tests.stores.look import rows
from ansible_collections.opsaudit.sessions.tests.unit.signing import make_key

pytestmark = pytest.mark.any_core

PEOPLE = ("guide_on_call", "guide_auditor", "guide_awx_daily")


@pytest.fixture
def shell(ansible, emulator):
    """Runs a block in a shell, in the folder of the test, with the environment that the guide to the start sets."""
    env = credentials.environment(emulator.urls) | {
        "PATH": "%s:%s" % (BIN, os.environ["PATH"]), "OPSAUDIT_STORE": str(ansible.folder / "sessions.db"), "HOOP_APIKEY": "",
    }

    def run(block, **more):
        return ansible.command("bash", "-euc", block, env={**env, **more})

    return run


def good(run):
    assert run.code == 0, run.output[-3000:]
    assert not [secret for secret in credentials.SECRETS if secret in run.output]
    return run.stdout


def of_newcomer(emulator):
    """The entries of the guide to the start, with a user's own values in place of those to change."""
    entries = [entry for variables in variable_files("guide_start") for entry in variables["audit_sources"]]
    for entry in entries:
        del entry["endpoint" if entry["source"] == "hoop_session" else "region"]
        if entry["source"] in ("taurusdb_killed_session", "dataarts_sql_session"):
            entry["iam_endpoint"] = emulator.urls["iam"]
    return entries


@pytest.fixture
def archived(ansible, tasks, emulator):
    """What a user has who has followed the guide to the start for all four sources, and seals: by the tasks of the role."""
    key, seals, store = make_key(ansible.folder / "key"), str(ansible.folder / "seals"), str(ansible.folder / "sessions.db")
    # What these killed can be downloaded.
    killed = {"count": 2, **CASES["taurusdb"].scope, "start": BEGIN, "end": BEGIN + HOUR}
    scenes = {}
    for entry in of_newcomer(emulator):
        options = {name: value for name, value in entry.items() if name != "source"}
        scenes[entry["source"]] = Scene(entry["source"] + "_archive", {**options, "store": store}, [("seed", {"dialect": "taurusdb", **killed})])
    scenes["seal"] = Scene("session_seal", {"store": store, "dest": seals, "signing_key": key})
    run = tasks.scenes(scenes, env=credentials.environment(emulator.urls) | {"HOOP_APIKEY": ""})
    assert not [kept.result["msg"] for kept in run.kept.values() if kept.result.get("failed")]
    emulator.seed("taurusdb", **killed)
    audit = {"audit_sources": of_newcomer(emulator), "audit_seal_dest": seals, "audit_signing_key": key}
    (ansible.folder / "audit.yml").write_text(yaml.safe_dump(audit))
    (ansible.folder / "allowed_signers").write_text("audit@example.com " + Path(key + ".pub").read_text())
    return ansible.folder


def test_the_guides_for_people_are_short():
    for name in PEOPLE:
        assert len(GUIDES[name].splitlines()) < 100, name


def test_the_quick_start_of_the_readme(ansible, emulator, shell):
    """One value and the key are the user's own; no command overwrites what another one made."""
    (variables,) = [each for each in of_markdown(ROOT / "README.md") if isinstance(each, dict)]
    text = (ROOT / "README.md").read_text("utf-8")
    source = re.search("^```yaml\n(audit_sources.*?)^```$", text, re.M | re.S)[1]
    assert variables["audit_sources"][0]["endpoint"] == "https://hoop.example.com"
    (ansible.folder / "audit.yml").write_text(source.replace("https://hoop.example.com", emulator.urls["hoop"]))
    (block,) = re.findall("^```shell\n(export HOOP_APIKEY.*?)^```$", text, re.M | re.S)
    *others, gate = block.replace("hpk_...", credentials.HOOP_API_KEY).splitlines()
    good(shell("\n".join(others), HOOP_TOKEN=""))
    whole, week = (ansible.folder / name for name in ("report.html", "week.html"))
    assert whole.read_text() != week.read_text() and (ansible.folder / "sessions.db").exists()
    judged = shell("%s\n%s" % (others[0], gate), HOOP_TOKEN="")
    assert judged.code == 0 or "hoop_session: " in judged.stdout, judged.output[-3000:]


def test_the_start_names_the_variables_of_the_readme():
    readme = (ROOT / "README.md").read_text("utf-8")
    for block in ("\n".join(blocks("guide_start", "shell")), "\n".join(re.findall("^```shell\n(.*?)^```$", readme, re.M | re.S))):
        assert set(re.findall(r"\b(HOOP_\w+|OPSAUDIT_\w+)=", block)) == {"HOOP_APIKEY", "OPSAUDIT_STORE"}


def test_the_guides_to_the_start_and_for_the_dba_on_call(ansible, emulator, shell):
    """The block that runs all four sources in one file, and what the DBA reads the morning after, which is the same run without a report."""
    entries = of_newcomer(emulator)
    assert len(entries) == 4
    (ansible.folder / "audit.yml").write_text(yaml.safe_dump({"audit_sources": entries}))
    (block,) = [each for each in blocks("guide_start", "shell") if "ansible-playbook" in each]
    (night,) = blocks("guide_on_call", "shell")
    collect, report = night.splitlines()
    assert collect in block
    # The project is looked up, as nobody gave it.
    output = good(shell("unset HUAWEICLOUD_SDK_PROJECT_ID\n" + block))
    assert (ansible.folder / "report.html").exists()
    assert len(rows(str(ansible.folder / "sessions.db"), "SELECT DISTINCT source FROM run")) == 4
    shown = blocks("guide_on_call", "text")[0].splitlines()
    found = re.findall(r'"((?:Archived|Gaps|Behind): .*)"', output)
    # What the guide shows has the form of what there is.
    form = [re.sub(r"\d+", "N", line).replace("taurusdb_killed_session", "S").replace("hoop_session", "S") for line in shown]
    for line, pattern in zip(found, form):
        line = re.sub(r"\w+_session|bcc_action_run", "S", re.sub(r"\d+", "N", line))
        assert line.split("; ")[0] == pattern.split("; ")[0]
    assert len(found) == len(form) == 3
    good(shell(report))
    assert (ansible.folder / "night.html").exists()
    with sqlite3.connect(ansible.folder / "sessions.db") as connection:
        killed, connected = blocks("guide_on_call", "sql")
        assert connection.execute(killed).fetchall() == [] == connection.execute(connected).fetchall()
        # Last night in the emulator was long ago.
        killed, connected = (query.replace("'-12 hours'", "'-100 years'") for query in (killed, connected))
        everything = connection.execute(killed).fetchall()
        (count,) = connection.execute("SELECT count(*) FROM record WHERE outcome IN ('killed', 'blocked')").fetchone()
        assert len(everything) == count > 0 and all(re.match(r"\d{4}-\d\d-\d\d ", str(row[0])) for row in everything)
        # Somebody who was connected while a session was killed.
        (at,) = connection.execute("SELECT min(started_at) FROM record WHERE outcome = 'killed'").fetchone()
        connection.execute("UPDATE record SET started_at = %d, ended_at = %d WHERE rowid = (SELECT min(rowid) FROM record WHERE source = 'hoop_session')" % (
            at - 1000, at + 1000,
        ))
        (actor,) = connection.execute("SELECT actor FROM record WHERE source = 'hoop_session' ORDER BY rowid LIMIT 1").fetchone()
        assert actor in [row[0] for row in connection.execute(connected)]


def test_the_guide_for_the_auditor(archived, shell):
    """With what the guide to acting says about the same folder."""
    evidence, sealed = blocks("guide_auditor", "shell")
    output = good(shell(evidence))
    promised = re.search(r"SHA-256 of \S+/SHA256SUMS: (\w{64})", output)[1]
    (by_hand,) = blocks("guide_auditor", "sh")
    folder = archived / "2026-q1"
    for name in re.findall(r"^   \* - ``([\w.]+)``", GUIDES["guide_auditor"], re.M):
        assert (folder / name).exists(), name
    checked = good(shell("cd %s\n%s" % (folder, by_hand)))
    assert checked.startswith(promised) and '"complete": true' in checked and '"gaps": []' in checked
    manifest = (folder / "manifest.json").read_text()
    assert all('"%s"' % key in manifest for key in ("scopes", "pruned"))
    good(shell(sealed))
    _collect, _report, _gate, same, verify, signature, _wait = blocks("guide_acting", "shell")
    assert same.replace("\\\n", "").replace("/srv/evidence", "$PWD").split() == evidence.split()
    good(shell(verify.replace("/srv/evidence", str(archived))))
    good(shell("cd 2026-q1\n" + here(signature, archived)))
    # Somebody changes a file. What a changed record means is in test_e2e_seal.py.
    with open(folder / "hoop_session.csv", "a") as file:
        file.write("one more\n")
    assert shell("cd %s\n%s" % (folder, by_hand)).code != 0


def test_cron_and_systemd_run_the_same_with_the_same_environment(ansible, tmp_path):
    """The line of the crontab and the unit, with a command in place of Ansible that shows what it gets."""
    (line,) = [block for block in blocks("guide_archive", "text") if "set -a" in block]
    environment, unit, _timer = blocks("guide_archive", "ini")
    (tmp_path / "env").write_text(environment + "\n")
    fake = tmp_path / "ansible-playbook"
    fake.write_text('#!/bin/sh\necho "$0 $@: $OPSAUDIT_STORE $HOOP_APIURL $HOOP_APIKEY"\n')
    fake.chmod(0o755)
    command = line.split(None, 5)[5]
    assert line.split()[:5] == ["*/15", "*", "*", "*", "*"]
    places = {"/etc/opsaudit/env": str(tmp_path / "env"), "/var/lib/opsaudit/lock": str(tmp_path / "lock"), "/opt/ansible/bin": str(tmp_path)}
    for place, here in places.items():
        assert place in line
        command = command.replace(place, here)
    done = ansible.command("sh", "-c", command)
    given = dict(entry.split("=", 1) for entry in environment.splitlines())
    assert done.stdout == "%s /etc/opsaudit/keep.yml: %s\n" % (fake, " ".join(given.values())), done.output
    settings = dict(entry.split("=", 1) for entry in unit.splitlines() if "=" in entry)
    assert settings["EnvironmentFile"] == "/etc/opsaudit/env" and line.endswith(settings["ExecStart"])


#: Where the guides put things, and where the tests do.
PLACES = {
    "/var/lib/opsaudit/sessions.db": "sessions.db", "/srv/seals": "seals", "audit_key.pub": "key.pub",
}


def here(block, folder):
    for place, name in PLACES.items():
        block = block.replace(place, str(folder / name))
    return block


def test_the_commands_of_the_guides_work_as_they_stand(archived, shell, emulator):
    """But for their places. What is left needs another database, a clone from GitHub, or AWX."""
    (archived / "gate.yml").write_text(yaml.safe_dump({"gate_rules": [{"source": "hoop_session", "when": "longer 9999h"}]}))
    collect, report, gate, *_of_evidence, wait = blocks("guide_acting", "shell")
    # Two are those of another guide, whose test runs them.
    assert [collect, report.replace("/srv/reports/week", "$PWD/night").replace("-7d", "-12h")] == blocks("guide_on_call", "shell")[0].splitlines()
    # A gate that fails does so with a test alert.
    alert, judged = gate.splitlines()
    alerted = shell(alert)
    assert alerted.code != 0 and "Test alert of the gate" in alerted.stdout
    good(shell(judged))
    assert "SUCCESS" in good(shell(wait))
    (single,), (info,) = blocks("guide_common", "shell"), blocks("guide_watching", "shell")
    sealed = blocks("guide_archive", "shell")[-1]
    for block in (single, info, sealed):
        assert "localhost | " in good(shell(here(block, archived)))


def commands():
    """Every call of Ansible in the guides: the guide, the program's target and what it is given."""
    for name, text in GUIDES.items():
        joined = re.sub(r"\\\n\s*", "", text)
        for playbook, rest in re.findall(r"^ +(?:\w+=\S+ )*ansible-playbook(?: -i \S+)? opsaudit\.sessions\.(\w+)(.*)$", joined, re.M):
            yield name, playbook, re.findall(r"-e (\w+)=", rest)


@pytest.mark.parametrize("guide, playbook, given", list(commands()))
def test_commands_name_playbooks_and_variables_that_exist(guide, playbook, given):
    assert (ROOT / "playbooks" / (playbook + ".yml")).is_file()
    known = header(playbook + ".yml").keys()
    assert set(given) <= known, guide
    needed = {name for name, default in header(playbook + ".yml").items() if default == "(required)"}
    assert needed <= set(given) or "-e @" in GUIDES[guide]


@pytest.mark.parametrize("guide", [name for name in GUIDES if blocks(name, "shell") or blocks(name, "sh")])
def test_every_shell_block_is_one(guide, ansible):
    for block in (*blocks(guide, "shell"), *blocks(guide, "sh")):
        done = ansible.command("bash", "-n", "-c", block)
        assert (done.code, done.stderr) == (0, ""), block
