# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that is stopped leaves nothing behind; a task that takes long says how far it is."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import HOOP, NAMESPACE, PATHS

#: How long an answer takes that nobody should wait for, in seconds.
ANSWER = 60


def endless(emulator, after=2):
    """The user of the credentials, and many pages, the first of which are answered and the others not for a long time."""
    emulator.seed("hoop", 2000)
    emulator.fault("slow", "hoop", after=after, seconds=ANSWER)


def wait_for(condition, seconds=60.0, output=None):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, output.read_text() if output else "it did not happen"
        time.sleep(0.05)


def left_in(group):
    """The processes of a process group that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(command)
    return found


def nothing_more_is_asked(emulator):
    """What was on its way when the task ended may still arrive."""
    time.sleep(1)
    asked = len(emulator.log("hoop"))
    time.sleep(1)
    assert len(emulator.log("hoop")) == asked


@pytest.fixture
def started(ansible):
    """Starts ansible-playbook in a process group of its own, with a folder of its own for temporary files."""
    running = []
    scratch = Path(ansible.scratch.name)

    def start(tasks, host, **env):
        play = ansible.folder / "play.yml"
        play.write_text(json.dumps([{"hosts": host, "gather_facts": False, "tasks": tasks}]))
        output = ansible.folder / "output.txt"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [str(ansible.bin / "ansible-playbook"), str(play)], cwd=ansible.folder, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                env={**ansible.env, "ANSIBLE_REMOTE_TMP": str(scratch / "remote"), **env},
                # Tests that run in the background of a shell have it ignored.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        running.append(process)
        return process, output, scratch

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def task(ansible, **args):
    ca = Path(ansible.urls["ca_path"]).read_text()
    given = ansible.access(HOOP, endpoint=ansible.urls["hoop"], **args)
    # The certificates of this variable are put in a file for as long as the task takes.
    return {NAMESPACE + HOOP: given, "environment": {"HOOP_TLSCA": ca}}


@pytest.mark.parametrize("path", PATHS)
def test_control_c(ansible, emulator, started, path):
    endless(emulator)
    process, output, scratch = started([task(ansible)], path)
    wait_for(lambda: len(emulator.log("hoop")) > 4, output=output)
    os.killpg(process.pid, signal.SIGINT)
    # The answers that it waits for would take longer.
    assert process.wait(timeout=ANSWER - 10) != 0, output.read_text()
    wait_for(lambda: not left_in(process.pid), 5)
    nothing_more_is_asked(emulator)
    assert not list(scratch.rglob("*.pem"))


@pytest.mark.parametrize("path", PATHS)
def test_a_tasks_timeout(ansible, emulator, started, path):
    endless(emulator)
    # Old versions of ansible-core leave a module that they started to its own limits.
    own = {"timeout": 5, "retries": 0} if path == "module" else {}
    tasks = [
        {**task(ansible, **own), "timeout": 3, "ignore_errors": True, "register": "stopped"},
        {"ansible.builtin.debug": {"msg": "timed out: {{ stopped is failed }}, {{ stopped.msg }}"}},
    ]
    process, output, scratch = started(tasks, path)
    assert process.wait(timeout=ANSWER - 10) == 0, output.read_text()
    text = output.read_text()
    assert "timed out: True" in text and "3" in text.partition("timed out: True")[2]
    wait_for(lambda: not left_in(process.pid), 10)
    nothing_more_is_asked(emulator)
    assert not list(scratch.rglob("*.pem"))


@pytest.mark.any_core
def test_progress_of_a_long_fetch(ansible, emulator):
    def fetch(*arguments, host="action"):
        emulator.reset()
        emulator.seed("hoop", 2000)
        emulator.latency(0.3)
        args = ansible.access(HOOP, concurrency=2, query="length(@)")
        run = ansible.playbook([{"hosts": host, "gather_facts": False, "tasks": [{NAMESPACE + HOOP: args}]}], *arguments)
        assert run.code == 0, run.output
        return re.findall(r"(\d+) of (\d+) pages, (\d+) records, ([\d.]+) records/s", run.stdout)

    assert fetch() == []
    reported = fetch("-v")
    assert 2 <= len(reported) <= 6
    done, known, records = ([int(each[place]) for each in reported] for place in range(3))
    assert done == sorted(done) and records == sorted(records)
    assert all(part <= whole for part, whole in zip(done, known))
    assert 0 < records[0] < 2000
    assert known[-1] in range(20, 23)
