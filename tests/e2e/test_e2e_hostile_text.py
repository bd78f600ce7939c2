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
    PATHS,
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
#: One record of each source with a place for a text, and the way to it in the record.
ANSWERS = {
    TAURUSDB: ('{"total_count": 1, "intelligent_kill_session_histories": [{"task_id": "1", "start_time": 1, "text": %s}]}', "text"),
    DATAARTS: ('{"total": 1, "sessions": [{"session_id": "1", "text": %s}]}', "text"),
    HOOP: ('{"total": 1, "data": [{"id": "1", "metadata": %s}]}', "metadata"),
    BCC: ('{"code": "success", "result": {"totalCount": 1, "data": [{"id": "r-1", "tags": %s}]}}', "tags"),
}


def scene(ansible, module, body, **args):
    own = {"type": "COMMAND"} if module == BCC else {}
    fault = ("fault", {"kind": "status", "status": 200, "body": body, "dialect": SOURCES[module][0]})
    return ansible.scene(module, [fault], **own, **args)


def expected(text):
    """What the text means, with what stands for half a character."""
    value = json.loads(text)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


@pytest.mark.any_core
@pytest.mark.parametrize("module", SOURCES)
def test_text_comes_back_as_it_was(ansible, module):
    answer, name = ANSWERS[module]
    touched = ansible.folder / "touched"
    texts = {key: text % touched if key == "lookup" else text for key, text in TEXTS.items()}
    scenes = {key: scene(ansible, module, answer % text) for key, text in texts.items()}
    # The shapes are two: fields of a record, and maps with the user's own keys.
    paths = PATHS if module in (DATAARTS, BCC) else PATHS[:1]
    run = ansible.scenes(scenes, paths)
    wrong = []
    for key, text in texts.items():
        for path in paths:
            result = run["%s/%s" % (path, key)].result
            records = result.get(SOURCES[module][1]) or [{}]
            found = records[0].get(name)
            # Only in maps with the user's own keys are all keys left alone.
            if found != expected(text) and not (isinstance(found, dict) and name == "text"):
                wrong.append((path, key, found, result.get("msg")))
    assert not wrong
    assert not touched.exists()


def test_ansibles_own_marks_do_not_stop_the_audit(ansible):
    """Whoever can put a key into a session's metadata must not be able to hide the others."""
    answer, name = ANSWERS[HOOP]
    texts = {
        "type": '{"__ansible_type": "Tagged", "other": 1}',
        "tag": '{"__ansible_type": "_datatag", "value": 1, "other": 1}',
        "unsafe": '{"__ansible_unsafe": "{{ 7 * 7 }}", "other": 1}',
        "vault": '{"__ansible_vault": "x", "other": 1}',
        "internal": '{"_ansible_no_log": true, "_ansible_verbose_override": true, "other": 1}',
    }
    run = ansible.both({key: scene(ansible, HOOP, answer % text) for key, text in texts.items()})
    for key in texts:
        found = run.same(key).ok()["sessions"][0][name]
        assert found["other"] == 1
        # Renamed, for Ansible would take them for its own; none is lost.
        assert sorted(json.dumps(each) for each in found.values()) == sorted(
            json.dumps(each) for each in json.loads(texts[key]).values()
        )


def test_text_is_not_evaluated_when_it_is_used(ansible):
    answer, name = ANSWERS[HOOP]
    touched = ansible.folder / "touched"
    hostile = "{{ lookup('ansible.builtin.pipe', 'touch %s') }}{{ 6007 * 6011 }}" % touched
    body = answer % json.dumps({"note": hostile, hostile: "key"})
    saved = str(ansible.folder / "{{ inventory_hostname }}.json")
    control = {"control": ansible.urls["control"]}
    calls = scene(ansible, HOOP, body).before
    tasks = [
        {"emulator": {**control, "calls": packed([("reset", {}), *calls])}, "no_log": True},
        {NAMESPACE + HOOP: ansible.access(HOOP), "register": "found"},
        {"ansible.builtin.set_fact": {"note": "{{ found.sessions[0].%s.note }}" % name, "all": "{{ found.sessions }}"}},
        {"ansible.builtin.copy": {"content": "{{ {'note': note, 'all': all} | to_json }}", "dest": saved, "mode": "0600"}},
        {"ansible.builtin.debug": {"msg": "note: {{ note }}"}, "loop": "{{ all }}"},
        {"ansible.builtin.assert": {"that": ["note is search('6007 [*] 6011')", "'36108077' not in note"]}},
    ]
    run = ansible.playbook([{"hosts": "action:module", "serial": 1, "gather_facts": False, "tasks": tasks}], "-v")
    assert run.code == 0, run.output
    for host in ("action", "module"):
        kept = json.loads((ansible.folder / (host + ".json")).read_text())
        assert kept["note"] == hostile
        assert kept["all"][0][name] == {"note": hostile, hostile: "key"}
    assert not touched.exists()


@pytest.mark.any_core
def test_messages_of_a_source_are_one_plain_line(ansible):
    bodies = {
        "template": {"code": "{{ 6007 * 6011 }}", "message": "{{ 6007 * 6011 }} {% raw %}"},
        "lines": {"code": "a\nb", "message": "one\ntwo\r\n\u001b[31mthree\u0000\u2028four"},
        "long": {"code": "c" * 5000, "message": "m" * 100000},
        "odd": {"code": ["a"], "message": {"b": None}, "request_id": 5, "solution_msg": [1]},
    }
    scenes = {
        name + " " + module: Scene(module, ansible.access(module), [
            ("fault", {"kind": "status", "status": 400, "body": body, "dialect": SOURCES[module][0]})
        ])
        for name, body in bodies.items() for module in (DATAARTS, BCC)
    }
    run = ansible.both(scenes)
    for name in scenes:
        kept = run.same(name)
        assert len(kept.result["msg"]) < 2000
        assert kept.result["msg"].isprintable(), name
        assert "36108077" not in kept.result["msg"], name
        assert "\x1b" not in run.stdout
    assert run["action/template " + BCC].failure["code"] == "{{ 6007 * 6011 }}"
