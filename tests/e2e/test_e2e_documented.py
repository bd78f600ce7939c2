# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RETURN of every module, held against results: what is returned is documented, and what is documented is returned."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.records import hash_row
from ansible_collections.opsaudit.sessions.tests.e2e import documented
from ansible_collections.opsaudit.sessions.tests.e2e.support import (
    BCC,
    DATAARTS,
    HOOP,
    INSTANCE,
    NODE,
    NODE_2,
    SOURCES,
    TAURUSDB,
    Scene,
)
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.stores.look import altered
from ansible_collections.opsaudit.sessions.tests.unit.signing import allow, make_key

#: What is returned, whatever ansible-core runs the task.
pytestmark = pytest.mark.any_core

UNKNOWN = "00000000-0000-4000-8000-000000000000"
NOWHERE = {"endpoint": "http://127.0.0.1:1", "retries": 0}
#: What the emulator's sources never send, with all that is in it.
NEVER_SENT = {
    HOOP: (
        "failure.code", "failure.request_id", "sessions.review.revoke_at",
        "sessions.ai_analysis.", "sessions.metrics.ai_analyzer", "sessions.machine_identity_id", "sessions.labels",
    ),
    BCC: (
        "action_runs.action.alias", "action_runs.action.ref", "action_runs.action.command.parameters",
        "action_runs.action.command.wait_on_agent_milli", "action_runs.action.supported_instance_types",
        "action_runs.action.file_upload.bos_etag", "action_runs.children.target.external_ip",
    ),
}


@pytest.mark.parametrize("module", documented.MODULES)
def test_samples_have_the_documented_type(module):
    returns = documented.returns(module)
    assert list(documented.wrong_samples(returns)) == []
    assert any("sample" in entry for entry in returns.values())


def refused(module):
    """A refusal, with the id of a request where the source has such ids."""
    return ("fault", {"kind": "status", "status": 401, "dialect": SOURCES[module][0]})


def hoop_ids(emulator):
    return {"id": emulator.ids("hoop")}


def info(tasks, emulator, module):
    month = {"start_time": "2026-03-01", "end_time": "2026-04-01"}
    common = [{}, month, {"query": "length(@)"}, {"max_records": 1}, NOWHERE, {"page_size": 0}]
    own = {
        TAURUSDB: [
            {"node_id": None, "include_links": True}, {"node_id": [NODE, NODE_2]},
            {"instance_id": ["0" * 32 + "in07", INSTANCE], "node_id": None, "on_error": "continue"},
        ],
        DATAARTS: [{"status": ["RUNNING", "FAIL"]}, {"workspace_id": ["no-such", "empty-workspace"], "on_error": "continue"}],
        HOOP: [
            hoop_ids(emulator), {**hoop_ids(emulator), "expand": ["event_stream", "session_input"]},
            {**hoop_ids(emulator), "event_stream": "utf8"}, {**hoop_ids(emulator), "event_stream": "base64"},
            {**hoop_ids(emulator), "event_stream": "raw-queries"}, {**hoop_ids(emulator), "extension": "txt"},
            {"id": [UNKNOWN], "on_error": "continue"}, {"id": [UNKNOWN]},
        ],
        BCC: [
            {"children": True, "with_log": True}, {"id": ["r-PartlyFailed25Ch", "r-nothing"], "on_error": "continue"},
            {"id": "r-N0UrpENajU7kQ2xB"}, {"id": "r-StillRunning0001", "child_state": "RUNNING"}, {"state": "PENDING"},
        ],
    }
    return [tasks.scene(module, [refused(module)]), *(tasks.scene(module, **given) for given in [*common, *own[module]])]


#: What is in the path of the request for a list.
LISTS = {TAURUSDB: "history", DATAARTS: "sessions", HOOP: "sessions", BCC: "actionRun"}


def archive(tasks, _emulator, module):
    twin = module.removesuffix("_archive") + "_info"
    given = {**tasks.access(twin), "store": str(tasks.folder / "s.db")}
    # Of its lists: whoever does not learn who is asking can do nothing.
    broken = ("fault", {"kind": "status", "status": 400, "dialect": SOURCES[twin][0], "match": {"path": LISTS[twin]}})
    return [
        Scene(module, {**given, "on_error": "continue"}, [broken]), Scene(module, given, [refused(twin)]), Scene(module, {**given, "return_new": 3}),
        # Long after the end of the window.
        Scene(module, {**given, "store": str(tasks.folder / "late.db"), "start_time": "2026-03-01", "end_time": "2026-04-01"}),
        Scene(module, {**given, **NOWHERE}), Scene(module, {**given, "page_size": 0}), *attachments(tasks, module, given),
    ]


def attachments(tasks, module, given):
    """What is fetched beside records, where there is anything, and one that fails."""
    names = {"hoop_session_archive": ["recording", "input"], "taurusdb_killed_session_archive": ["killed_list"]}.get(module)
    if names is None:
        return []
    wanted = {**given, "attachments": names, "attachments_dest": str(tasks.folder / "attachments"), "retries": 0}
    broken = ("fault", {"kind": "status", "status": 500, "match": {"path": "/killed-sessions/|/sessions/[^/]+$"}, "times": 4})
    return [Scene(module, wanted, [broken]), Scene(module, wanted), Scene(module, {**wanted, "attachments_dest": "here"})]


def kept(tasks, **more):
    """A store with the sessions of a gateway."""
    store = str(tasks.folder / "s.db")
    given = {**tasks.access(HOOP, start_time="2026-01-01", **more), "store": store, "label": "prod"}
    archived = tasks.scenes({"kept": Scene("hoop_session_archive", given)})
    assert archived["kept"].result["added"] > 0
    return store


#: What goes wrong with a store, whatever the module.
BROKEN = ("oracle://h/d", "sqlite:////etc/passwd", "postgresql://ana:s3cret-word@127.0.0.1:1/x")


def session_export(tasks, _emulator, module):
    folder = str(tasks.folder / "attachments")
    store, dest = kept(tasks, attachments=["recording"], attachments_dest=folder), str(tasks.folder / "e")
    given = [
        # One recording is lost.
        {"dest": dest + "4", "attachments": folder}, {"dest": dest + "4", "verify": True}, {"dest": dest, "attachments": folder + "/none"},
        {"dest": dest}, {"dest": dest, "verify": True}, {"dest": str(tasks.folder), "verify": True}, {"dest": dest + "2", "end_time": "2999-01-01"},
        {"dest": dest + "6", "where": "outcome == 'success'"}, {"dest": dest + "/no/such/folder"}, *({"dest": dest, "store": broken} for broken in BROKEN),
    ]
    key, stranger = make_key(tasks.folder / "key"), make_key(tasks.folder / "stranger")
    signed = {"dest": dest + "3"}
    given += [{**signed, "signing_key": key}, *(
        {**signed, "verify": True, "allowed_signers": allow(tasks.folder / name, signer)} for name, signer in (("ours", key), ("theirs", stranger))
    )]
    # With the files of its own attachments.
    copied = shutil.copytree(folder, folder + "-pruned")
    given.append({"dest": dest + "5", "store": pruned(tasks, store, attachments=copied)})
    return [Scene(module, {"store": store, **each}) for each in given]


def pruned(tasks, store, **more):
    """A copy of a store, of which a part was pruned."""
    store = shutil.copy(store, str(tasks.folder / "pruned.db"))
    prune = Scene("session_prune", {"store": store, "before": "now", "reason": "too old", **more})
    assert tasks.scenes({"pruned": prune})["pruned"].result["pruned"]
    return store


def session_report(tasks, _emulator, module):
    store, dest = kept(tasks), str(tasks.folder / "r.html")
    given = [
        {}, {"start_time": "2020-01-01"}, {"store": None, "sources": "hoop_session", "records": []}, {"dest": dest + "/no/such/folder"},
        {"store": pruned(tasks, store)},
        *({"store": broken} for broken in BROKEN),
    ]
    return [Scene(module, {name: value for name, value in {"store": store, "dest": dest, **each}.items() if value is not None}) for each in given]


def session_download(tasks, emulator, module):
    emulator.seed("taurusdb", 5)
    (task, *_others) = emulator.ids("taurusdb", instance_id=INSTANCE, node_id=NODE)
    hoop = {**tasks.access(HOOP), "source": "hoop_session", "id": "11d337d0-1f45-5203-8630-eccd7c816bf8"}
    killed = {**tasks.access(TAURUSDB), "source": "taurusdb_killed_session", "task_id": task}
    broken = [{"id": UNKNOWN}, {"token": "nobody"}, NOWHERE, {"dest": "/no/such/folder/file"}, {"format": "docx"}]
    dest = {"dest": str(tasks.folder / "saved")}
    saved = Scene(module, {**hoop, **dest}, [], {"diff": True})
    seed = ("seed", {"dialect": "taurusdb", "count": 5})
    return [
        saved, replace(saved, keywords={"check_mode": True, "diff": True}), Scene(module, {**killed, **dest}, [seed]),
        Scene(module, {**killed, **dest}, [seed, refused(TAURUSDB)]),
        Scene(module, {**killed, **dest}, [seed, ("fault", {"kind": "status", "status": 403, "dialect": "elsewhere"})]),
        *(Scene(module, {**hoop, **dest, **each}) for each in broken),
    ]


def session_gate(tasks, _emulator, module):
    store = kept(tasks)
    gap = {"source": "bcc_action_run", "when": "incomplete"}
    month = {"store": store, "start_time": "2026-03-01", "end_time": "2026-04-01"}
    archived = Scene("bcc_action_run_archive", {**tasks.access(BCC), **month, "label": "Beijing"})
    broken = ("fault", {"kind": "status", "status": 400, "dialect": "bcc"})
    assert tasks.scenes({"broken": replace(archived, args={**archived.args, "on_error": "continue"}, before=[broken])})["broken"].result["gaps"]
    found = Scene(module, {**month, "rules": [gap, {"source": "hoop_session", "when": "actor != null"}]})
    alert = tasks.scenes({"gap": Scene(module, {**month, "rules": [gap]})})["gap"].result["alert"]
    noted = Scene(module, {"store": store, "notified": alert})
    labelled = Scene("hoop_session_archive", {**tasks.access(HOOP), **month, "label": "production"})
    run = tasks.scenes({"noted": noted, "archived": archived, "labelled": labelled})
    assert run["noted"].result["changed"] and run["archived"].result["complete"]
    return [
        # The gap that was reported is closed.
        found, noted, *(Scene(module, {"store": broken, "rules": [gap]}) for broken in BROKEN),
        Scene(module, {"store": store, "rules": [{**gap, "when": "faild"}]}),
    ]


def session_notify(_tasks, emulator, module):
    urls = credentials.chat_urls(emulator.urls["chat"])
    send = Scene(module, {"urls": [urls["slack"]], "format": "slack", "title": "T", "text": "x"})
    given = [
        {"urls": [urls["slack"], urls["wecom"]]}, {"urls": ["http://127.0.0.1:9/x"], "retries": 0}, {"urls": ["mailto://u:passw0rd@127.0.0.1:9/"]},
        {"urls": ["http://"]}, {"format": "wecom"},
    ]
    return [send, replace(send, keywords={"check_mode": True}), *(replace(send, args={**send.args, **each}) for each in given)]


def session_seal(tasks, _emulator, module):
    store, dest, key = kept(tasks), str(tasks.folder / "seals"), make_key(tasks.folder / "seal-key")
    seal = Scene(module, {"store": store, "dest": dest, "signing_key": key})
    signers = allow(tasks.folder / "seal-signers", key)
    assert tasks.scenes({"sealed": seal})["sealed"].result["changed"]
    with altered(store) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM record WHERE outcome = 'success' ORDER BY record_id LIMIT 3")]
        # A late change of an ended record, one that was altered, one that was removed; coverage that no run explains.
        connection.execute("UPDATE coverage SET window_end = window_end + 1000")
        late = {**rows[0], "summary": "late"}
        connection.execute(
            "UPDATE record SET summary = 'late', row_hash = ?, changed_at = changed_at + 86400000 WHERE record_id = ?",
            (hash_row(late), late["record_id"]),
        )
        connection.execute("UPDATE record SET summary = 'altered' WHERE record_id = ?", (rows[1]["record_id"],))
        connection.execute("DELETE FROM record WHERE record_id = ?", (rows[2]["record_id"],))
    sealed = tasks.scenes({"sealed": seal})["sealed"].result
    assert sealed["sealed"]["final_changed"] == 1 and sealed["warnings"]
    given = [
        {}, {"verify": True, "allowed_signers": signers}, {"dest": dest + "2"}, {"dest": dest + "/no/such/folder"},
        {"signing_key": "/nowhere"}, *({"store": each} for each in BROKEN)
    ]
    return [Scene(module, {**seal.args, **each}) for each in given]


def session_prune(tasks, _emulator, module):
    store, dest = kept(tasks), str(tasks.folder / "seals")
    given = [{}, {"require_seal": dest}, {"before": "2999-01-01"}, *({"store": each} for each in BROKEN)]
    with altered(store) as connection:
        (record_id, scope_key) = connection.execute("SELECT record_id, scope_key FROM record WHERE outcome = 'success' LIMIT 1").fetchone()
        # A file that can't be read.
        connection.execute(
            "INSERT INTO attachment (source, scope_key, record_id, name, state, path, size)"
            " VALUES ('hoop_session', ?, ?, 'input', 'kept', '/proc/self/mem', 0)",
            (scope_key, record_id),
        )
    scenes = [Scene(module, {"store": store, "before": "now", "reason": "too old", **each}) for each in given]
    return [replace(scenes[0], keywords={"check_mode": True}), *scenes]


def session_scope(tasks, _emulator, module):
    store = kept(tasks)
    with altered(store) as connection:
        (key,) = connection.execute("SELECT scope_key FROM scope").fetchone()
    scope = {"org": key.removeprefix("org=")}
    given = [{}, {"state": "active", "label": "x"}, {"scope": {"org": "y"}}, *({"store": each} for each in BROKEN)]
    return [Scene(module, {"store": store, "source": "hoop_session", "scope": scope, "state": "retired", **each}) for each in given]


def session_store_info(tasks, _emulator, module):
    store = kept(tasks)
    assert tasks.scenes({"sealed": Scene("session_seal", {"store": store, "dest": str(tasks.folder / "seals")})})["sealed"].result["changed"]
    late = {**tasks.access(BCC), "store": store, "start_time": "2026-03-01", "end_time": "2026-04-01", "label": "the account"}
    part = {**tasks.access(DATAARTS), "store": store, "start_time": "2026-03-01", "status": ["FAIL"]}
    refused_once = Scene("hoop_session_archive", {**tasks.access(HOOP), "store": store, "on_error": "continue", "reread": True}, [
        ("fault", {"kind": "status", "status": 400, "dialect": "hoop", "match": {"path": "sessions"}}),
    ])
    tasks.scenes({
        "late": Scene("bcc_action_run_archive", late), "part": Scene("dataarts_sql_session_archive", part), "refused": refused_once,
    })
    with altered(store) as connection:
        connection.execute("UPDATE scope SET retired_at = 1772323200000 WHERE source = 'dataarts_sql_session'")
        (source, key) = connection.execute("SELECT source, scope_key FROM scope WHERE source = 'bcc_action_run'").fetchone()
        connection.execute(
            "INSERT INTO pruned VALUES (?, ?, 1772323200000, 'done', 1, ?, 1772323200000, 'one year')", (source, key, "0" * 64)
        )
    given = [{}, {"query": "length(@)"}, {"stale_after": "1s"}, {"stale_after": "soon"}, *({"store": each} for each in BROKEN)]
    return [Scene(module, {"store": store, **each}) for each in given]


#: Whatever makes a result of another shape, for each module.
SCENES = {
    "session_export": session_export, "session_report": session_report, "session_download": session_download, "session_gate": session_gate,
    "session_notify": session_notify,
    "session_seal": session_seal, "session_prune": session_prune, "session_scope": session_scope,
    "session_store_info": session_store_info,
}


@pytest.mark.parametrize("module", documented.MODULES)
def test_results_are_as_documented(tasks, emulator, module):
    returns = documented.returns(module)
    of_module = SCENES.get(module) or (info if module.endswith("_info") else archive)
    run = tasks.scenes({str(number): scene for number, scene in enumerate(of_module(tasks, emulator, module))})
    results = [found.result for found in run.kept.values()]
    assert {bool(result.get("failed")) for result in results} == {True, False}
    mistakes = {mistake for result in results for mistake in documented.mistakes(returns, result)}
    assert not mistakes
    assert not [result for result in results if "s3cret-word" in str(result)]
    # Each key had a value, and so a type, at least once: the emulator has an example of nearly everything.
    returned = {path for result in results for path in documented.paths(result)}
    never = set(documented.leaves(returns)) - returned - set(documented.always_null(returns))
    assert not [path for path in never if not path.startswith(NEVER_SENT.get(module.replace("_archive", "_info"), ()))]
