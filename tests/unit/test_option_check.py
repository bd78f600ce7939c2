# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options are checked once for module and action plugin: each kind of error is one line of its own, and what Ansible accepts stays accepted."""

from __future__ import annotations

import io
import itertools
import json
import subprocess
import sys

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.opsaudit.sessions.plugins.module_utils import _module
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import (
    build_argument_spec,
    instant,
    secret,
    text,
    texts,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import OptionCheck

pytestmark = pytest.mark.any_core

OPTIONS = {
    "user": text(),
    "endpoint": text(aliases=["api_url"]),
    "token": secret(),
    "keys": texts(no_log=True),
    "connections": texts(),
    "page_size": {"type": "int", "default": 100},
    "validate_certs": {"type": "bool", "default": True},
    "state": texts(choices=["FAILED", "PENDING", "SUCCESS"]),
    "on_error": text(default="fail", choices=["fail", "continue"]),
    "sources": texts(choices=["hoop_session", "bcc_action_run"]),
    "scope": {"type": "dict"},
    "body": {"type": "raw"},
    "rules": {"type": "list", "elements": "dict", "options": {
        "source": text(required=True, choices=["one", "two"]), "when": text(required=True), "at_most": {"type": "int"},
    }},
    "webhook": {"type": "dict", "options": {"url": text(required=True), "password": secret()}},
}
NEEDED = {**OPTIONS, "dest": {"type": "path", "required": True}, "start_time": instant(required=True), "text": text(required=True)}
RULE = {"source": "one", "when": "failed"}

#: What was given, and the one line.
LINES = [
    # A typo.
    ({"conection": "x"}, "conection: no such option (did you mean connections?)"),
    ({"api_ulr": "x"}, "api_ulr: no such option (did you mean api_url?)"),
    ({"x" * 300: 1}, "a name of 300 characters: no such option (there are "),
    ({"rules": [RULE, {**RULE, "atmost": 1}]}, "rules[1].atmost: no such option (did you mean at_most?)"),
    ({"webhook": {"url": "u", "pasword": "x"}}, "webhook.pasword: no such option (did you mean password?)"),
    ({"a\nb": 1}, "a\\nb: no such option (there are "),
    # A wrong type.
    ({"page_size": "abc"}, "page_size: 'abc' is not a whole number"),
    ({"page_size": "2.5"}, "page_size: '2.5' is not a whole number"),
    ({"page_size": 2.5}, "page_size: 2.5 is not a whole number"),
    ({"page_size": float("inf")}, "page_size: inf is not a whole number"),
    ({"page_size": None}, "page_size: null is not a whole number"),
    ({"page_size": [1]}, "page_size: a list is not a whole number"),
    ({"validate_certs": "maybe"}, "validate_certs: 'maybe' is not true or false"),
    ({"user": ["a", "b"]}, "user: a list is not one text"),
    ({"user": {"a": 1}}, "user: a dictionary is not one text"),
    ({"api_url": ["a"]}, "api_url: a list is not one text"),
    ({"connections": ["a", ["b"]]}, "connections[1]: a list is not one text"),
    ({"connections": {"a": 1}}, "connections: a dictionary is not a list"),
    ({"scope": "a"}, "scope: 'a' is not a dictionary"),
    ({"rules": "blocked"}, "rules: 'blocked' is not a list of dictionaries (write - {source: ..., when: ...})"),
    ({"rules": RULE}, "rules: a dictionary is not a list of dictionaries (write - {source: ..., when: ...})"),
    ({"rules": [RULE, "blocked"]}, "rules[1]: 'blocked' is not a dictionary (write {source: ..., when: ...})"),
    ({"rules": [{**RULE, "at_most": "two"}]}, "rules[0].at_most: 'two' is not a whole number"),
    ({"webhook": []}, "webhook: a list is not a dictionary (write {url: ...})"),
    # Out of range: what is none of the choices. Numbers are compared once they are known to be some.
    ({"state": "PENDNG"}, "state: 'PENDNG' is not one of FAILED, PENDING, SUCCESS (did you mean PENDING?)"),
    ({"state": ["FAILED", "pending"]}, "state: 'pending' is not one of FAILED, PENDING, SUCCESS (did you mean PENDING?)"),
    ({"state": "FAIL"}, "state: 'FAIL' is not one of FAILED, PENDING, SUCCESS (did you mean FAILED?)"),
    ({"sources": "hoop"}, "sources: 'hoop' is not one of bcc_action_run, hoop_session (did you mean hoop_session?)"),
    ({"on_error": "explode"}, "on_error: 'explode' is not one of continue, fail"),
    ({"on_error": None}, "on_error: null is not one of continue, fail"),
    ({"rules": [{**RULE, "source": "tow"}]}, "rules[0].source: 'tow' is not one of one, two (did you mean two?)"),
    # Missing.
    ({"rules": [{"source": "one"}]}, "rules[0].when: missing"),
    ({"rules": [{"when": "failed"}]}, "rules[0].source: missing (one of one, two)"),
    # Several at once, the typo first.
    ({"rules": [{"wen": "failed", "source": "one"}]}, "rules[0].wen: no such option (did you mean when?)"),
    ({"page_size": "abc", "user": [], "usr": 1}, "usr: no such option (did you mean user?); user: a list is not one text; "
     "page_size: 'abc' is not a whole number"),
    # A secret is not shown, wherever it is.
    ({"token": ["s3cret"]}, "token: a list is not one text"),
    ({"keys": {"a": "s3cret"}}, "keys: a dictionary is not a list"),
    ({"webhook": "s3cret"}, "webhook: the value is not a dictionary (it is not shown here; write {url: ...})"),
    ({"webhook": {"url": "u", "password": "s3cret"}, "page_size": "s3cret"}, "page_size: '********' is not a whole number"),
    # A secret of one letter leaves the rest of the line as it is.
    ({"token": "s", "usr": "x"}, "usr: no such option (did you mean user?)"),
]
MISSING = [
    ({}, "dest: missing; start_time: missing (such as -24h); text: missing"),
    ({"dst": "x", "start_time": "-1h", "text": "x"}, "dst: no such option (did you mean dest?)"),
    ({"dest": "x", "start_time": None, "text": "x"}, "start_time: missing (such as -24h)"),
    ({"dest": "x", "start_time": ["-24h"], "text": "x"}, "start_time: a list is not one text (write -24h)"),
    ({"usr": "x", "dest": "x", "start_time": "-1h"}, "usr: no such option (did you mean user?); text: missing"),
]


class _Task:
    """A task that must not begin."""

    def __init__(self, options):
        self.options = options

    def run(self, call):
        raise AssertionError("it was run")


def run_as_module(monkeypatch, capsys, options, given, **internal):
    """What a module prints."""
    arguments = {**given, **{"_ansible_" + name: value for name, value in internal.items()}}
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(SystemExit):
        _module.run_module(_Task(options))
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("options, given, line", [
    *((OPTIONS, given, line) for given, line in LINES), *((NEEDED, given, line) for given, line in MISSING),
])
def test_each_error_is_one_line_at_both_doors(monkeypatch, capsys, options, given, line):
    checked = OptionCheck(options, given)
    if line.endswith("(there are "):
        assert checked.line.startswith(line) and "\n" not in checked.line
    else:
        assert checked.line == line
    assert "s3cret" not in checked.line and "s3cret" not in json.dumps(checked.masked)
    printed = run_as_module(monkeypatch, capsys, options, given)
    assert (printed["failed"], printed["changed"], printed["msg"]) == (True, False, checked.line)
    assert printed["failure"]["kind"] == "invalid_request" and printed["failure"]["message"] == checked.line
    assert "s3cret" not in json.dumps(printed)


#: What people write, for any type.
VALUES = [
    "x", "", "1", "1.0", "-3", 7, 0, 2.0, True, False, "yes", "off", "True", None, [], ["FAILED"], ["a", 1], "a,b", "FAILED,PENDING", "fail",
    {}, {"a": 1}, '{"a": 1}', "a=1 b=2", '{"source": "one", "when": "x"}', [RULE], [{**RULE, "at_most": "3"}], ['{"source": "one", "when": "x"}'],
    {"url": "u"}, "url=u", ["1", 2],
]


@pytest.mark.parametrize("name, value", list(itertools.product(OPTIONS, VALUES)))
def test_what_ansible_accepts_is_accepted(name, value):
    """And nothing else, but for a list or a dictionary in place of one text."""
    try:
        invalid = ArgumentSpecValidator(build_argument_spec(OPTIONS)).validate({name: value}).error_messages
    except TypeError as problem:
        # A number in place of a dictionary ends Ansible with a traceback.
        invalid = [problem]
    is_text = OPTIONS[name]["type"] == "str" and isinstance(value, (list, dict))
    is_text = is_text or (OPTIONS[name].get("elements") == "str" and isinstance(value, list) and any(isinstance(each, (list, dict)) for each in value))
    assert bool(OptionCheck(OPTIONS, {name: value}).problems) == bool(is_text or invalid), invalid


def test_arguments_of_ansible_itself_are_no_options(monkeypatch, capsys):
    printed = run_as_module(monkeypatch, capsys, OPTIONS, {"usr": "x"}, check_mode=True, no_log=False, verbosity=3)
    assert printed["msg"] == "usr: no such option (did you mean user?)"
    # gather_facts and its like hand on options that not every module has.
    printed = run_as_module(monkeypatch, capsys, OPTIONS, {"usr": "x", "page_size": "abc"}, ignore_unknown_opts=True)
    assert printed["msg"] == "page_size: 'abc' is not a whole number"


def test_a_good_task_does_not_load_what_finds_near_matches():
    code = (
        "import sys; from ansible_collections.opsaudit.sessions.plugins.module_utils._module import OptionCheck\n"
        "before = 'difflib' in sys.modules\n"
        "assert OptionCheck({'a': {'type': 'str'}}, {'a': 'x'}).problems == [] and ('difflib' in sys.modules) == before\n"
        "from ansible_collections.opsaudit.sessions.plugins.module_utils._base import options; assert not hasattr(options, 'get_close_matches')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
