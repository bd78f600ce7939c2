# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options: declared once, resolved in one order, refused in one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import (
    COMMON,
    Settings,
    argument_spec,
    base_url,
    check_window,
    instant,
    resolve,
    secret,
    text,
    texts,
)

NOW = 1774873478000
DECLARED = {
    "plain": text(env=("FIRST", "SECOND")),
    "filled": text(default="d", env=("FILLED",)),
    "hidden": secret(env=("HIDDEN",)),
    "number": {"type": "int", "default": 5, "within": (1, 10)},
    "names": texts(pattern="[a-z]+", allowed="letters"),
    "states": texts(choices=["A", "B", "C"], order=("C", "B", "A")),
    "when": instant(default="now"),
    "until": instant(),
    "pairs": {"type": "list", "elements": "dict", "options": {"key": text(required=True, pattern="[a-z]+", allowed="letters")}},
    "flag": {"type": "bool", "default": False},
}


def resolved(environ=None, **params):
    given = {name: declaration.get("default") for name, declaration in DECLARED.items()}
    return resolve(DECLARED, {**given, **params}, environ or {}, NOW)


def refused(**params):
    with pytest.raises(OptionError) as caught:
        resolved(**params)
    return str(caught.value)


def test_ansible_gets_what_it_knows():
    assert argument_spec(DECLARED) == {
        "plain": {"type": "str"}, "filled": {"type": "str", "default": "d"}, "hidden": {"type": "str", "no_log": True},
        "number": {"type": "int", "default": 5}, "names": {"type": "list", "elements": "str"},
        "states": {"type": "list", "elements": "str", "choices": ["A", "B", "C"]},
        "when": {"type": "str", "default": "now"}, "until": {"type": "str"}, "flag": {"type": "bool", "default": False},
        "pairs": {"type": "list", "elements": "dict", "options": {"key": {"type": "str", "required": True}}},
    }


def test_the_declarations_are_left_alone():
    assert "env" in DECLARED["plain"] and "pattern" in DECLARED["pairs"]["options"]["key"]


def test_the_common_options_are_as_documented():
    assert {name: declaration.get("default") for name, declaration in COMMON.items()} == {
        "validate_certs": True, "ca_path": None, "timeout": 30, "retries": 4, "retry_budget": 120, "concurrency": 8, "page_size": 100,
        "max_records": None, "query": None, "on_error": "fail",
    }
    assert COMMON["concurrency"]["within"] == (1, 32) and COMMON["page_size"]["within"] == (1, 100)


@pytest.mark.parametrize("given, environ, value, origin", [
    ("o", {"FIRST": "1", "SECOND": "2"}, "o", "option"), (None, {"FIRST": "1", "SECOND": "2"}, "1", "FIRST"),
    (None, {"SECOND": "2"}, "2", "SECOND"), (None, {"FIRST": "", "SECOND": "2"}, "2", "SECOND"), ("", {"SECOND": "2"}, "2", "SECOND"),
    (None, {}, None, None), ("", {"FIRST": ""}, None, None), (None, {"first": "1"}, None, None),
])
def test_option_then_environment(given, environ, value, origin):
    settings = resolved(environ, plain=given)
    assert settings["plain"] == value
    assert settings.origin.get("plain") == origin


@pytest.mark.parametrize("given, environ, value, origin", [
    ("d", {}, "d", None), (None, {}, "d", None), ("x", {"FILLED": "e"}, "x", "option"), ("", {}, "d", None),
])
def test_the_default_comes_last(given, environ, value, origin):
    settings = resolved(environ, filled=given)
    assert (settings["filled"], settings.origin.get("filled")) == (value, origin)


def test_every_option_has_a_value_and_now_is_kept():
    settings = resolved()
    assert isinstance(settings, Settings)
    assert settings.values.keys() == DECLARED.keys()
    assert (settings.now, settings["when"], settings["until"], settings["flag"]) == (NOW, NOW, None, False)


@pytest.mark.parametrize("name", ["names", "states", "pairs"])
def test_an_empty_list_is_none(name):
    assert resolved(**{name: []})[name] is None


def test_lists_once_and_in_their_order():
    assert resolved(names=["b", "a", "b", "c", "a"])["names"] == ["b", "a", "c"]
    assert resolved(states=["A", "B", "C", "A"])["states"] == ["C", "B", "A"]


@pytest.mark.parametrize("number, good", [(0, False), (1, True), (10, True), (11, False), (-1, False), (10**30, False)])
def test_ranges(number, good):
    if good:
        assert resolved(number=number)["number"] == number
    else:
        assert refused(number=number) == "number: %d is not allowed; allowed: 1 to 10" % number


@pytest.mark.parametrize("params, line", [
    ({"names": ["ok", "N0"]}, "names: 'N0' is not allowed; allowed: letters"),
    ({"names": ["a\n"]}, "names: 'a\\n' is not allowed; allowed: letters"),
    ({"names": [""]}, "names: '' is not allowed; allowed: letters"),
    ({"pairs": [{"key": "a"}, {"key": "B"}]}, "pairs.key: 'B' is not allowed; allowed: letters"),
    ({"when": "soon"}, "when: 'soon' is not allowed; allowed: ISO 8601 (UTC unless it names a zone), epoch seconds or milliseconds, "
                       "a time ago such as -24h, -90m or -7d, or now"),
])
def test_a_bad_value_is_told_in_one_line(params, line):
    assert refused(**params) == line


def test_a_line_is_never_long():
    assert len(refused(names=["X" * 10_000])) < 260


@pytest.mark.parametrize("value", ["two\nlines", " s3cret", "s3cret ", "s3cr\u00e9t", "s3cret\r\nX-Evil: 1", "\t", "s3\x00cret"])
def test_a_bad_secret_is_not_shown(value):
    line = refused(hidden=value)
    assert line == "hidden: 'the value given' is not allowed; allowed: printable ASCII, without spaces at its ends"


@pytest.mark.parametrize("value", ["s3cret", "a b", "x", "~!@#$%^&*()_+|"])
def test_a_good_secret(value):
    assert resolved(hidden=value)["hidden"] == value
    assert resolved({"HIDDEN": value})["hidden"] == value


@pytest.mark.parametrize("start, end, good", [
    (1, 2, True), (2, 2, False), (3, 2, False), (1, None, True), (NOW, None, False), (NOW - 1, None, True), (NOW + 1, None, False),
    (None, 1, True), (None, None, True),
])
def test_a_window_turned_round(start, end, good):
    settings = Settings({"start_time": start, "end_time": end}, {}, NOW)
    if good:
        check_window(settings)
    else:
        with pytest.raises(OptionError) as caught:
            check_window(settings)
        line = str(caught.value)
        assert line.startswith("start_time: ") and "is not before end_time (" in line and line.endswith("; allowed: an earlier time")


def test_options_without_a_window():
    check_window(Settings({}, {}, NOW))


@pytest.mark.parametrize("value, base", [
    ("https://h", "https://h"), ("http://h:80/", "http://h:80"), ("https://h/a/b//", "https://h/a/b"), ("https://[::1]:8443/x", "https://[::1]:8443/x"),
    ("http://127.0.0.1:1", "http://127.0.0.1:1"),
])
def test_an_endpoint(value, base):
    assert base_url("endpoint", value) == base


@pytest.mark.parametrize("value", [
    "", "h", "//h", "h:80", "ftp://h", "file:///etc/passwd", "https://", "https:///x", "https://user@h", "https://user:s3cret@h", "https://:s3cret@h",
    "https://h?x=s3cret", "https://h/#s3cret", "https://h:port", "https://h:99999", "https://h:-1", "https://h:0", "https://[::1", "https://h/a b",
    "https://h\n", " https://h", "https://h/\u00fc", "https://h\x00", "javascript:alert(1)", "unix:///run/docker.sock",
])
def test_what_is_no_endpoint(value):
    with pytest.raises(OptionError) as caught:
        base_url("endpoint", value)
    line = str(caught.value)
    assert line.startswith("endpoint: ") and "allowed: a URL such as" in line
    assert "s3cret" not in line and "\n" not in line


@given(st.text(max_size=40))
def test_any_text_is_an_endpoint_or_refused(value):
    try:
        base = base_url("endpoint", value)
    except OptionError:
        return
    assert base.startswith(("http://", "https://")) and not base.endswith("/")
