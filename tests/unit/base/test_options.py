# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options: declared once, resolved in one order, refused in one line."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import (
    COMMON,
    Settings,
    build_argument_spec,
    check_window,
    instant,
    missing,
    not_a_choice,
    out_of_range,
    resolve,
    secret,
    text,
    texts,
    unknown_option,
)

NOW = 1774873478000
DECLARED = {
    "plain": text(env=("FIRST", "SECOND")),
    "filled": text(default="d", env=("FILLED",)),
    "hidden": secret(env=("HIDDEN",)),
    "anything": {"type": "str", "no_log": True},
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


def refused(environ=None, **params):
    with pytest.raises(OptionError) as caught:
        resolved(environ, **params)
    return str(caught.value)


def test_ansible_gets_what_it_knows():
    assert build_argument_spec(DECLARED) == {
        "plain": {"type": "str"}, "filled": {"type": "str", "default": "d"}, "hidden": {"type": "str", "no_log": True},
        "anything": {"type": "str", "no_log": True},
        "number": {"type": "int", "default": 5}, "names": {"type": "list", "elements": "str"},
        "states": {"type": "list", "elements": "str", "choices": ["A", "B", "C"]},
        "when": {"type": "str", "default": "now"}, "until": {"type": "str"}, "flag": {"type": "bool", "default": False},
        "pairs": {"type": "list", "elements": "dict", "options": {"key": {"type": "str", "required": True}}},
    }


def test_the_declarations_are_left_alone():
    assert "env" in DECLARED["plain"] and "pattern" in DECLARED["pairs"]["options"]["key"]


def test_the_common_options_are_as_documented():
    assert {name: declaration.get("default") for name, declaration in COMMON.items()} == {
        "validate_certs": True, "ca_path": None, "timeout": 30, "retries": 6, "retry_budget": 120, "concurrency": 8, "page_size": 100,
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
        assert refused(number=number) == "number: %d is out of range (1 to 10)" % number


@pytest.mark.parametrize("params, line", [
    ({"names": ["ok", "N0"]}, "names: 'N0' is not letters"),
    ({"names": ["a\n"]}, "names: 'a\\n' is not letters"),
    ({"names": [""]}, "names: '' is not letters"),
    ({"pairs": [{"key": "a"}, {"key": "B"}]}, "pairs[1].key: 'B' is not letters"),
    ({"when": "soon"}, "when: 'soon' is not a time (write 2026-03-01, 2026-03-01T12:00:00Z, "
                       "10 digits of seconds or 13 of milliseconds, -24h or now)"),
])
def test_a_bad_value_is_reported_in_one_line(params, line):
    assert refused(**params) == line


@pytest.mark.parametrize("value", ["X" * 10_000, "X" * 199])
def test_a_long_value_is_not_repeated(value):
    """Cut in two it could show half of a secret that nothing masks."""
    assert refused(names=[value]) == "names: a value of %d characters is not letters" % (len(value) + 2)


def test_a_number_that_python_cannot_write():
    assert refused(number=10**5000) == "number: a number of too many digits is out of range (1 to 10)"


BAD_SECRETS = [
    "two\nlines", " s3cret", "s3cret ", "s3cr\u00e9t", "s3cret\r\nX-Evil: 1", "\t", "s3\x00cret", '"s3cret"', "'s3cret'", "'s3cret",
    "s3cret\ufeff", "s3cret\n\nmore", "\n", "\ufeff",
]


@pytest.mark.parametrize("value", BAD_SECRETS)
@pytest.mark.parametrize("origin", ["option", "environment"])
def test_a_bad_secret_is_not_shown(value, origin):
    where = {"hidden": value} if origin == "option" else {"environ": {"HIDDEN": value}}
    assert refused(**where) == (
        "hidden%s: the value is not printable ASCII without line breaks, and without spaces or quotes at its ends (it is not shown here)"
        % ("" if origin == "option" else " (from HIDDEN)")
    )


@pytest.mark.parametrize("value", ["s3cret", "a b", "x", "~!@#$%^&*()_+|", "a'b\"c"])
def test_a_good_secret(value):
    assert resolved(hidden=value)["hidden"] == value
    settings = resolved({"HIDDEN": value})
    assert (settings["hidden"], settings.warnings) == (value, [])


@pytest.mark.parametrize("value, removed", [
    ("s3cret\n", "the line break at its end"), ("s3cret\r\n", "the line break at its end"), ("s3cret\n\n", "the line break at its end"),
    ("\ufeffs3cret", "a byte order mark"), ("\u00ef\u00bb\u00bfs3cret", "a byte order mark"),
    ("\ufeffs3cret\r\n", "a byte order mark and the line break at its end"),
])
def test_what_an_editor_adds_to_a_secret_is_removed(value, removed):
    settings = resolved({"HIDDEN": value})
    assert (settings["hidden"], settings.warnings) == ("s3cret", ["hidden (from HIDDEN): %s was removed." % removed])
    settings = resolved(hidden=value, anything=value)
    assert (settings["hidden"], settings.warnings[0]) == ("s3cret", "hidden: %s was removed." % removed)


def test_a_password_may_be_any_text_but_ends_before_its_line_break():
    settings = resolved(anything="pass w\u00f6rd\n")
    assert (settings["anything"], settings.warnings) == ("pass w\u00f6rd", ["anything: the line break at its end was removed."])


def test_a_bad_value_of_the_environment_names_its_variable():
    with pytest.raises(OptionError) as caught:
        resolve({"names": text(env=("NAMES",), pattern="[a-z]+", allowed="letters")}, {}, {"NAMES": "N0"}, NOW)
    assert str(caught.value) == "names (from NAMES): 'N0' is not letters"


@pytest.mark.parametrize("value, line", [
    ("rde", "state: 'rde' is not one of blue, green, red (did you mean red? Or write nothing)"),
    ("RED", "state: 'RED' is not one of blue, green, red (did you mean red? Or write nothing)"),
    ("x", "state: 'x' is not one of blue, green, red (or write nothing)"),
])
def test_a_near_match_is_suggested(value, line):
    assert str(not_a_choice("state", value, ["red", "green", "blue"], "or write nothing")) == line


def test_an_unknown_option():
    assert str(unknown_option("regoin", ["region", "token"])) == "regoin: no such option (did you mean region?)"
    assert str(unknown_option("x", ["region", "token"])) == "x: no such option (there are region, token)"


def test_an_option_that_has_to_be_given():
    assert str(missing("store", "a path")) == "store: missing (a path)"
    assert str(out_of_range("at_most", -1, 0)) == "at_most: -1 is out of range (0 or more)"


def test_the_epoch_is_an_end_like_any_other():
    assert Settings({"end_time": 0}, {}, NOW).window_end == 0
    assert Settings({"end_time": None}, {}, NOW).window_end == NOW


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
        assert line.startswith("start_time: ") and "is not before end_time (" in line


def test_options_without_a_window():
    check_window(Settings({}, {}, NOW))
