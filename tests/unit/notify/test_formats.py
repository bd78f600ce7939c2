# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages as the services document them: shape, size, signature, and what their answers mean."""

from __future__ import annotations

import json

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.jmespath_query import compile_query, is_true
from ansible_collections.opsaudit.sessions.plugins.module_utils._notify.formats import FORMATS, encode, fit

#: Longest message of each format, in bytes, but for Slack, which counts characters.
LIMITS = {"slack": 40_000, "teams": 28 * 1024, "dingtalk": 20_000, "feishu": 20_000, "wecom": 2048}


def texts(name, body):
    """The lines that a reader sees."""
    if name == "teams":
        return [block["inlines"][0]["text"] for block in body["attachments"][0]["content"]["body"]]
    text = {"slack": lambda: body["text"], "feishu": lambda: body["content"]["text"]}.get(name, lambda: body["text"]["content"])()
    return text.split("\n")


def size(name, body):
    if name == "slack":
        return len(body["text"])
    return len(body["text"]["content"].encode()) if name == "wecom" else len(json.dumps(body, ensure_ascii=False).encode())


def test_bodies():
    assert fit(FORMATS["json"], "T", "a\nb") == {"title": "T", "text": "a\nb"}
    assert fit(FORMATS["slack"], "T", "a") == {"text": "T\na", "mrkdwn": False}
    assert fit(FORMATS["dingtalk"], "T", "a") == fit(FORMATS["wecom"], "T", "a") == {"msgtype": "text", "text": {"content": "T\na"}}
    assert fit(FORMATS["feishu"], "", "a") == {"msg_type": "text", "content": {"text": "a"}}
    (attachment,) = fit(FORMATS["teams"], "T", "a\nhttps://reports.example.com/week.html")["attachments"]
    assert attachment["content"]["body"][0]["inlines"] == [{"type": "TextRun", "text": "T", "weight": "Bolder"}]
    assert attachment["content"]["actions"] == [
        {"type": "Action.OpenUrl", "title": "Open the report", "url": "https://reports.example.com/week.html"},
    ]


def test_nobody_is_called_by_a_name_in_a_record():
    evil = '<!channel> <@U1> & <at user_id="all">all</at> <AT id=1>'
    assert fit(FORMATS["slack"], "", evil)["text"] == evil.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert "<at" not in fit(FORMATS["feishu"], "", evil)["content"]["text"].lower()
    # A link is a button only if it is a line of its own.
    assert "actions" not in fit(FORMATS["teams"], "", "x | https://evil.example.com")["attachments"][0]["content"]


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("character", ["x", "\u00e4", "\u4e2d", "\U0001f600", '"', "<", "\\"])
def test_lines_that_are_too_many_are_counted(name, character):
    lines = ["%d %s" % (number, character * 30) for number in range(3000)]
    body = fit(FORMATS[name], "T", "\n".join([*lines, "and 7 more"]))
    shown = texts(name, body)
    kept = len(shown) - 2
    assert shown[-1] == "and %d more" % (3007 - kept) and 10 < kept < 3000
    assert size(name, body) <= LIMITS[name] and len(encode(body)) < 3 * 64_000
    # One more line would be too many.
    fuller = fit(FORMATS[name]._replace(limit=None), "T", "\n".join([*lines[: kept + 1], "and %d more" % (3006 - kept)]))
    assert size(name, fuller) > LIMITS[name]


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("character", ["x", "\u4e2d", "\U0001f600"])
def test_one_long_line_is_cut_at_a_character(name, character):
    for more in ("", "\nb", "\nb\nand 3 more"):
        body = fit(FORMATS[name], "T", character * 60_000 + more)
        shown = texts(name, body)
        assert shown[0] == "T" and shown[1].strip(character) == "..." and len(shown[1]) > 400
        assert shown[2:] == {"": [], "\nb": ["and 1 more"], "\nb\nand 3 more": ["and 4 more"]}[more]
        assert LIMITS[name] - 60 < size(name, body) <= LIMITS[name]


@pytest.mark.parametrize("name", LIMITS)
def test_what_fits_exactly_is_whole(name):
    spare = LIMITS[name] - size(name, fit(FORMATS[name], "T", ""))
    for length, is_whole in ((spare, True), (spare + 1, False)):
        assert (texts(name, fit(FORMATS[name], "T", "x" * length))[1] == "x" * length) is is_whole


@pytest.mark.parametrize("name", LIMITS)
def test_a_title_that_leaves_no_room_is_left_out(name):
    assert texts(name, fit(FORMATS[name], "T" * 60_000, "a\nb")) == ["a", "b"]


@pytest.mark.parametrize("name, status, body, accepted", [
    ("json", 200, "", True), ("json", 204, "", True), ("json", 302, "", False), ("json", 500, {"ok": True}, False),
    ("slack", 200, "ok", True), ("slack", 200, "no_text", False), ("slack", 403, "ok", False),
    ("teams", 202, "", True), ("teams", 200, "", True), ("teams", 204, "", False), ("teams", 400, {}, False),
    ("dingtalk", 200, {"errcode": 0, "errmsg": "ok"}, True), ("dingtalk", 200, {"errcode": 310000}, False), ("dingtalk", 200, "ok", False),
    ("dingtalk", 200, {}, False), ("dingtalk", 200, {"errcode": False}, False), ("dingtalk", 500, {"errcode": 0}, False),
    ("wecom", 200, {"errcode": 0}, True), ("wecom", 200, {"errcode": 93000}, False), ("wecom", 200, "<html>", False),
    ("feishu", 200, {"code": 0}, True), ("feishu", 200, {"StatusCode": 0}, True), ("feishu", 200, {"code": 19021}, False),
    ("feishu", 200, {"code": 9499, "StatusCode": 0}, False), ("feishu", 200, {"StatusCode": 1}, False), ("feishu", 200, [], False),
])
def test_what_an_answer_means(name, status, body, accepted):
    assert is_true(compile_query(FORMATS[name].accept)({"status": status, "body": body})) is accepted


def test_signatures():
    # Computed with: printf '%s\n%s' 1772323200000 SECx | openssl dgst -sha256 -hmac SECx -binary | base64
    assert FORMATS["dingtalk"].sign("SECx", 1772323200.0).query == "timestamp=1772323200000&sign=tgrBXhhnNBPGjQ5WZ1GyNY%2BrTkOYuqFAHwmF%2FeGwtkQ%3D"
    # Computed with: printf '' | openssl dgst -sha256 -hmac "$(printf '%s\n%s' 1772323200 x)" -binary | base64
    assert FORMATS["feishu"].sign("x", 1772323200.9).fields == {"timestamp": "1772323200", "sign": "4so0Prvw+kord0DZnEIfiAJ4CRLidjFxNQjI2VqLyBI="}
