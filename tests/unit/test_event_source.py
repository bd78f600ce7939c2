# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source as ansible-rulebook runs it: a file with a coroutine, which is given a queue and arguments."""

from __future__ import annotations

import ast
import asyncio
import re
import runpy
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
import yaml
from exporting import BEGIN, session

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import build_argument_spec
from ansible_collections.opsaudit.sessions.plugins.plugin_utils import _event_source
from ansible_collections.opsaudit.sessions.tests.stores.look import rows

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "extensions" / "eda" / "plugins" / "event_source" / "sessions.py"
RULEBOOK = ROOT / "extensions" / "eda" / "rulebooks" / "gate.yml"
ACCESS = {"endpoint": "http://h", "token": "s3cret"}
SESSIONS = [session(number, BEGIN + number) for number in range(20)]
IDS = [each["id"] for each in SESSIONS]
FOREVER = 30


def page(sent):
    listed = SESSIONS if sent.query["offset"] == "0" else []
    return {"data": listed, "total": len(SESSIONS), "total_is_capped": False, "has_next_page": False}


@pytest.fixture(autouse=True)
def auditor(wire):
    wire.fixed["/api/userinfo"] = {"id": "auditor@example.com", "role": "auditor", "org_id": "o"}


@pytest.fixture
def main(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    return runpy.run_path(str(FILE))["main"]


@pytest.fixture
def args(tmp_path):
    return {"source": "hoop_session", "options": ACCESS, "store": str(tmp_path / "s.db"), "interval": 86400}


def noted(args):
    return rows(args["store"], "SELECT * FROM outbox WHERE emitted_at IS NOT NULL")


async def ended(task):
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, FOREVER)


async def until(true):
    """Wait for a state, while everything else goes on."""

    async def look():
        while not true():
            await asyncio.sleep(0.005)

    await asyncio.wait_for(look(), FOREVER)


def taken(main, args, count, settled):
    """The ids of what is taken until the source is stopped, in a state that makes no difference to how it ends.

    :param count: how many are taken before that state is waited for.
    """

    async def work():
        queue = asyncio.Queue(1)
        task = asyncio.create_task(main(queue, args))
        events = [await asyncio.wait_for(queue.get(), FOREVER) for _number in range(count)]
        await until(lambda: settled(queue))
        await ended(task)
        events += [queue.get_nowait() for _number in range(queue.qsize())]
        return [event["record"]["id"] for event in events]

    return asyncio.run(work())


def test_a_queue_that_has_room_for_one(wire, main, args):
    wire.answer = page
    assert taken(main, args, 20, lambda queue: len(noted(args)) == 20) == IDS


def test_what_was_not_taken_comes_after_the_next_start(wire, main, args):
    wire.answer = page
    # One more finds room, the one after it waits.
    before = taken(main, args, 7, asyncio.Queue.full)
    assert before == IDS[:8] and [row["record_id"] for row in noted(args)] == before
    assert taken(main, args, 12, lambda queue: len(noted(args)) == 20) == IDS[8:]


def test_the_loop_goes_on_while_a_request_is_under_way(wire, main, args, monkeypatch):
    asked, stopped = threading.Event(), threading.Event()

    def hangs(sent):
        asked.set()
        assert stopped.wait(FOREVER)
        raise SourceError("network", "the task was stopped")

    monkeypatch.setattr(wire, "stop", stopped.set)
    wire.answer = hangs

    async def work():
        task = asyncio.create_task(main(asyncio.Queue(1), args))
        await until(asked.is_set)
        await ended(task)

    asyncio.run(work())
    assert stopped.is_set() and len(wire.sent) == 1


def test_turns_are_as_far_apart_as_was_asked_for(wire, main, args, monkeypatch):
    waited, sleep = [], asyncio.sleep

    async def no_time(seconds):
        waited.append(seconds)
        await sleep(0)
        if len(waited) == 3:
            raise asyncio.CancelledError

    monkeypatch.setattr(_event_source.asyncio, "sleep", no_time)
    wire.answer = lambda sent: {"data": [], "total": 0, "total_is_capped": False, "has_next_page": False}
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main(asyncio.Queue(1), {**args, "interval": 17}))
    # A list that is empty is looked at twice.
    assert waited == [17] * 3 and len(wire.sent) == 2 * 3


def test_with_feedback_an_event_is_noted_when_the_engine_has_it(wire, main, args):
    wire.answer = page

    async def work():
        queue, feedback = asyncio.Queue(), asyncio.Queue(1)
        task = asyncio.create_task(main(queue, {**args, "feedback": True, "eda_feedback_queue": feedback}))
        first = await asyncio.wait_for(queue.get(), FOREVER)
        assert noted(args) == [] and queue.empty()
        await feedback.put(first)
        await asyncio.wait_for(queue.get(), FOREVER)
        await ended(task)

    asyncio.run(work())
    assert [row["record_id"] for row in noted(args)] == IDS[:1]


@pytest.mark.parametrize("given, line", [
    ({"source": None}, "source: missing (one of taurusdb_killed_session, dataarts_sql_session, hoop_session, bcc_action_run)"),
    ({"source": "hoop"}, "source: 'hoop' is not one of bcc_action_run, dataarts_sql_session, "
                         "hoop_session, taurusdb_killed_session (did you mean hoop_session?)"),
    ({"sauce": 1}, "sauce: no such option (did you mean source?)"),
    ({"interval": "soon"}, "interval: 'soon' is not a whole number"),
    ({"interval": 0}, "interval: 0 is out of range (1 to 86400)"),
    ({"options": "no"}, "options: the value is not a dictionary (it is not shown here; write {start_time: -24h})"),
    ({"options": {"tokenn": "s3cret"}}, "options.tokenn: no such option (did you mean token?)"),
    ({"options": {"endpoint": "http://h"}}, "no credentials were given (write token or api_key, "),
    ({"options": {"store": "s.db"}}, "options.store: no such option (there are abandon_after, api_key, "),
    ({"options": {"return_new": 5}}, "options.return_new: no such option (there are abandon_after, api_key, "),
    ({"options": {**ACCESS, "review_status": "s3cret"}}, "options.review_status: '********' is not one of APPROVED, "),
    ({"options": {**ACCESS, "page_size": 0}}, "page_size: 0 is out of range (1 to 100)"),
    ({"store": None}, "store: missing (a path, or the URL of a database"),
    ({"options": {**ACCESS, "start_time": "2999-01-01"}}, "start_time: 2999-01-01T00:00:00.000Z is not before end_time (now)"),
])
def test_wrong_arguments(wire, main, args, given, line):
    given = {name: value for name, value in {**args, **given}.items() if value is not None}
    with pytest.raises(_event_source.EventSourceError) as problem:
        asyncio.run(main(asyncio.Queue(1), given))
    assert str(problem.value).startswith(line)
    assert "\n" not in str(problem.value) and "s3cret" not in str(problem.value)
    assert wire.sent == [] and not Path(args["store"]).exists()


def test_what_the_environment_has(wire, main, args, monkeypatch):
    wire.answer = page
    # An empty value is none.
    given = {"source": "hoop_session", "options": None}
    for name, value in (("HOOP_APIURL", "http://h"), ("HOOP_TOKEN", "s3cret"), ("OPSAUDIT_STORE", args["store"])):
        monkeypatch.setenv(name, value)
    assert taken(main, given, 20, lambda queue: len(noted(args)) == 20) == IDS
    assert wire.sent[0].headers == {"Authorization": "Bearer s3cret"}


def test_arguments_are_what_is_documented():
    tree = ast.parse(FILE.read_text("utf-8"))
    texts = {
        node.targets[0].id: yaml.safe_load(node.value.value) for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    documented = texts["DOCUMENTATION"]["options"]
    declared = build_argument_spec(_event_source.OPTIONS)
    assert list(documented) == list(declared)
    for name, reported in documented.items():
        given = {key: value for key, value in declared[name].items() if key != "no_log"}
        assert {key: value for key, value in reported.items() if key != "description"} == given, name
    for example in texts["EXAMPLES"]:
        ((name, given),) = example.items()
        assert name == "opsaudit.sessions.sessions" and given.keys() <= documented.keys()


GUIDE = (ROOT / "docs" / "docsite" / "rst" / "guide_eda.rst").read_text("utf-8")


def blocks(text, language):
    """The code blocks of a language."""
    indented = re.findall(r"^\.\. code-block:: %s\n\n((?:(?:   .*)?\n)+)" % language, text, re.M)
    return [textwrap.dedent(each) for each in indented]


def test_the_rulebooks_that_are_shown():
    shown = [each for each in blocks(GUIDE, "yaml") if "opsaudit.sessions.sessions:" in each]
    assert shown
    for ruleset in (each for block in shown for each in yaml.safe_load(block)):
        for given in (each["opsaudit.sessions.sessions"] for each in ruleset["sources"]):
            _event_source._check_args(given)


def test_the_variables_that_are_shown():
    (given,) = [yaml.safe_load(each) for each in blocks(GUIDE, "yaml") if "gate_rules:" in each]
    head = RULEBOOK.read_text("utf-8").partition("\n- name")[0]
    assert all("# %s " % name in head for name in given)
    _event_source._check_args({"source": given["gate_source"], "options": given["gate_source_options"], "store": given["gate_store"]})


def test_the_query_that_is_shown(wire, main, args):
    wire.answer = page
    taken(main, args, 7, asyncio.Queue.full)
    (query,) = blocks(GUIDE, "sql")
    (row,) = rows(args["store"], query)
    assert (row["source"], row["scope_key"], row["waiting"]) == ("hoop_session", "org=o", 12)


def test_it_finds_its_own_collection(tmp_path):
    """Wherever ansible-galaxy has put it: the path is not one of Python's, and another collection of that name may be."""
    folder = tmp_path / "ansible_collections" / "opsaudit"
    folder.mkdir(parents=True)
    (folder / "sessions").symlink_to(ROOT)
    code = "import runpy, sys; main = runpy.run_path(sys.argv[1])['main']; print(sys.modules[main.__globals__['run'].__module__].__file__)"
    reported = subprocess.run(
        [sys.executable, "-c", code, str(folder / "sessions" / FILE.relative_to(ROOT))], check=True, capture_output=True, text=True, cwd=tmp_path,
    )
    assert reported.stdout.startswith(str(folder)) and reported.stderr == ""


def test_the_rulebook_names_its_variables():
    text = RULEBOOK.read_text("utf-8")
    (ruleset,) = yaml.safe_load(text)
    head = text.partition("\n- name")[0]
    used = {part.split()[0].rstrip("}") for part in text.replace("{{ ", "{{").split("{{")[1:]}
    assert used == {word for word in head.replace("#", " ").split() if word.startswith("gate_")}
    (action,) = [rule["action"]["run_playbook"] for rule in ruleset["rules"]]
    namespace, collection, playbook = action["name"].split(".")
    assert (namespace, collection) == ("opsaudit", "sessions") and (ROOT / "playbooks" / (playbook + ".yml")).is_file()
