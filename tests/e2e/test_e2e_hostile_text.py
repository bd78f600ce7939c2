# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other people wrote is data, whatever it looks like."""

from __future__ import annotations

import json

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import (
    BCC,
    DATAARTS,
    HOOP,
    NAMESPACE,
    SOURCES,
    TAURUSDB,
    Scene,
    packed,
)

#: As JSON, for there are texts in it that no file can hold.
TEXTS = {
    "expression": '"{{ 7 * 7 }}"',
    "statement": '"{% for i in range(9) %}x{% endfor %}{# note #}"',
    "lookup": '"{{ lookup(\'ansible.builtin.pipe\', \'touch %s\') }}"',
    "control": r'"\u0000\u0007\u001b[31mred\u001b[0m\r\n\t\u007f\u0085\u2028"',
    "surrogate": r'"\ud83d half \udc00"',
    "emoji": r'"\ud83d\ude00 \u00fc"',
    "markup": '"<script>alert(1)</script> \'; DROP TABLE x; --"',
    "yaml": '"!unsafe &a *a [1, {b: c}]"',
    "vault": r'"$ANSIBLE_VAULT;1.1;AES256\n6162"',
    "long": '"%s"' % ("x" * 20000),
    "null": "null",
    "number": "12345678901234567890123456789",
    "nested": '{"{{ 7 * 7 }}": [["{{ 7 * 7 }}", {"a b": null}]]}',
    "facts": '{"ansible_facts": {"x": 1}, "failed": true, "ansible_job_id": "1"}',
}
#: Each source's answer, a record of it with a place for a text, and the way to it in the record.
ANSWERS = {
    TAURUSDB: (
        '{"total_count": %d, "intelligent_kill_session_histories": [%s]}', '{"task_id": "%d", "text": %s}', "text",
    ),
    DATAARTS: ('{"total": %d, "sessions": [%s]}', '{"session_id": "%d", "text": %s}', "text"),
    HOOP: ('{"total": %d, "data": [%s]}', '{"id": "%d", "metadata": %s}', "metadata"),
    BCC: ('{"code": "success", "result": {"totalCount": %d, "data": [%s]}}', '{"id": "r-%d", "tags": %s}', "tags"),
}


def scene(ansible, module, *texts, **args):
    """A scene whose source answers with a record for each text."""
    answer, record, _name = ANSWERS[module]
    body = answer % (len(texts), ", ".join(record % (number, text) for number, text in enumerate(texts)))
    own = {"type": "COMMAND"} if module == BCC else {}
    fault = ("fault", {
        "kind": "status", "status": 200, "body": body, "dialect": SOURCES[module][0],
        "match": {"path": "/sessions"} if module == HOOP else {},
    })
    return ansible.scene(module, [fault], **own, **args)


def expected(text):
    """What the text means; half a character is kept as its escape."""
    value = json.loads(text)
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


@pytest.mark.any_core
def test_text_comes_back_as_it_was(ansible, tasks):
    """From each source as a task returns it, and from one as Ansible registers it."""
    touched = ansible.folder / "touched"
    texts = {key: text % touched if key == "lookup" else text for key, text in TEXTS.items()}
    scenes = {module: scene(ansible, module, *texts.values()) for module in SOURCES}
    registered = ansible.both({HOOP: scenes[HOOP]})
    returned = tasks.scenes(scenes).kept.items()
    wrong = []
    for module, kept in [(HOOP, registered.same(HOOP)), *returned]:
        name = ANSWERS[module][2]
        records = kept.ok()[SOURCES[module][1]]
        assert len(records) == len(texts)
        for (key, text), record in zip(texts.items(), records):
            # Only in maps with the user's own keys are all keys left alone.
            if record[name] != expected(text) and not (isinstance(record[name], dict) and name == "text"):
                wrong.append((module, key, record[name]))
    assert not wrong
    assert not touched.exists()


def test_ansibles_own_marks_do_not_stop_the_audit(ansible):
    """Whoever can put a key into a session's metadata must not be able to hide the others."""
    texts = {
        "type": '{"__ansible_type": "Tagged", "other": 1}',
        "tag": '{"__ansible_type": "_datatag", "value": 1, "other": 1}',
        "unsafe": '{"__ansible_unsafe": "{{ 7 * 7 }}", "other": 1}',
        "vault": '{"__ansible_vault": "x", "other": 1}',
        "internal": '{"_ansible_no_log": true, "_ansible_verbose_override": true, "other": 1}',
    }
    sessions = ansible.both({"all": scene(ansible, HOOP, *texts.values())}).same("all").ok()["sessions"]
    assert len(sessions) == len(texts)
    for session, text in zip(sessions, texts.values()):
        assert session["metadata"]["other"] == 1
        # Renamed, for Ansible would take them for its own; none is lost.
        assert sorted(map(json.dumps, session["metadata"].values())) == sorted(map(json.dumps, json.loads(text).values()))


def test_text_is_not_evaluated_when_it_is_used(ansible):
    touched = ansible.folder / "touched"
    hostile = "{{ lookup('ansible.builtin.pipe', 'touch %s') }}{{ 6007 * 6011 }}" % touched
    saved = str(ansible.folder / "{{ inventory_hostname }}.json")
    control = {"control": ansible.urls["control"]}
    calls = scene(ansible, HOOP, json.dumps({"note": hostile, hostile: "key"})).before
    tasks = [
        {"emulator": {**control, "calls": packed([("reset", {}), *calls])}, "no_log": True},
        {NAMESPACE + HOOP: ansible.access(HOOP), "register": "found"},
        {"ansible.builtin.set_fact": {"note": "{{ found.sessions[0].metadata.note }}", "all": "{{ found.sessions }}"}},
        {"ansible.builtin.copy": {"content": "{{ {'note': note, 'all': all} | to_json }}", "dest": saved, "mode": "0600"}},
        {"ansible.builtin.debug": {"msg": "note: {{ note }}"}, "loop": "{{ all }}"},
        {"ansible.builtin.assert": {"that": ["note is search('6007 [*] 6011')", "'36108077' not in note"]}},
    ]
    run = ansible.playbook([{"hosts": "action:module", "serial": 1, "gather_facts": False, "tasks": tasks}], "-v")
    assert run.code == 0, run.output
    for host in ("action", "module"):
        kept = json.loads((ansible.folder / (host + ".json")).read_text())
        assert kept["note"] == hostile
        assert kept["all"][0]["metadata"] == {"note": hostile, hostile: "key"}
    assert not touched.exists()


@pytest.mark.any_core
def test_messages_of_a_source_are_one_plain_line(tasks):
    bodies = {
        "template": {"code": "{{ 6007 * 6011 }}", "message": "{{ 6007 * 6011 }} {% raw %}"},
        "lines": {"code": "a\nb", "message": "one\ntwo\r\n\u001b[31mthree\u0000\u2028four"},
        "long": {"code": "c" * 5000, "message": "m" * 100000},
        "odd": {"code": ["a"], "message": {"b": None}, "request_id": 5, "solution_msg": [1]},
    }
    scenes = {
        name + " " + module: Scene(module, tasks.access(module), [
            ("fault", {"kind": "status", "status": 400, "body": body, "dialect": SOURCES[module][0]})
        ])
        for name, body in bodies.items() for module in (DATAARTS, BCC)
    }
    run = tasks.both(scenes)
    for name in scenes:
        kept = run.same(name)
        assert len(kept.result["msg"]) < 2000
        assert kept.result["msg"].isprintable(), name
        assert "36108077" not in kept.result["msg"], name
    assert run["action/template " + BCC].failure["code"] == "{{ 6007 * 6011 }}"
