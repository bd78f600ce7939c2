# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The incoming webhooks of chat services, on one listener, a path each, as strict as their public documents."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from .. import credentials
from ..exchange import Answer, Exchange
from ..settings import Settings
from .base import Dialect

_HOUR = 3600


class _Bad(Exception):
    """What a service answers when it refuses."""

    def __init__(self, status: int, body: Any):
        super().__init__(status)
        self.answer = Answer(status, body, content_type="text/plain" if isinstance(body, str) else "application/json")


class Chat(Dialect):
    """Takes messages; the journal holds those that came."""

    name = "chat"

    def __init__(self, settings: Settings):
        super().__init__(settings)
        self.reset()

    def reset(self) -> None:
        self._times: dict[str, list[float]] = {}

    def _is_too_fast(self, robot: str) -> bool:
        """More than twenty messages a minute."""
        now = time.time()
        self._times[robot] = [each for each in self._times.get(robot, ()) if each > now - 60] + [now]
        return len(self._times[robot]) > 20

    def error(self, status: int, variant: str = "") -> Answer:
        return Answer(status, {"message": f"status {status}"})

    def answer(self, exchange: Exchange) -> Answer:
        rules: dict[str, Callable[[Exchange, Any], Any]] = {
            "json": _json, "slack": _slack, "teams": _teams, "dingtalk": self._dingtalk, "feishu": self._feishu, "wecom": self._wecom,
        }
        service = exchange.path.split("/")[1]
        if exchange.method != "POST" or service not in rules:
            return Answer(404, "no such webhook", content_type="text/plain")
        try:
            message = json.loads(exchange.body)
        except ValueError:
            message = None
        if not (exchange.header("content-type") or "").startswith("application/json"):
            message = None
        try:
            return rules[service](exchange, message)
        except _Bad as bad:
            return bad.answer

    def _dingtalk(self, exchange: Exchange, message: Any) -> Answer:
        """Two robots: one wants a signature, the other a word in the text."""
        query = _query(exchange)
        robot = query.get("access_token")
        _expect(exchange.path == "/dingtalk/robot/send", 404, "not found")
        _expect(robot in (credentials.DINGTALK_SIGNED, credentials.DINGTALK_KEYWORD), 200, _errcode(300005, "token is not exist"))
        _expect(not self._is_too_fast(robot or ""), 200, _errcode(130101, "send too fast, exceed 20 times per minute"))
        _expect(len(exchange.body) <= 20_000, 200, _errcode(460101, "message too long"))
        content = _text_of(message, "msgtype", {"msgtype", "text", "at"}, _errcode(400103, "body is invalid"))
        if robot == credentials.DINGTALK_SIGNED:
            stamp = query.get("timestamp", "")
            wanted = _hmac(credentials.DINGTALK_SECRET, f"{stamp}\n{credentials.DINGTALK_SECRET}")
            _expect(self._is_recent(stamp, 1000), 200, _errcode(310000, "invalid timestamp"))
            _expect(hmac.compare_digest(query.get("sign", ""), wanted), 200, _errcode(310000, "sign not match"))
        else:
            _expect("Audit" in content, 200, _errcode(310000, "keywords not in content"))
        return Answer(200, _errcode(0, "ok"))

    def _feishu(self, exchange: Exchange, message: Any) -> Answer:
        """Three robots: one wants a signature, one is as old as its answers."""
        robot = exchange.path.removeprefix("/feishu/open-apis/bot/v2/hook/")
        known = (credentials.FEISHU_SIGNED, credentials.FEISHU_PLAIN, credentials.FEISHU_OLD)
        _expect(robot in known, 200, {"code": 19001, "msg": "param invalid: incoming webhook access token invalid", "data": {}})
        bad = {"code": 9499, "msg": "Bad Request", "data": {}}
        _expect(len(exchange.body) <= 20 * 1024, 200, {"code": 11232, "msg": "request body too large", "data": {}})
        _expect(isinstance(message, dict) and set(message) <= {"msg_type", "content", "timestamp", "sign"}, 200, bad)
        _expect(message.get("msg_type") == "text" and isinstance(message.get("content"), dict), 200, bad)
        text = message["content"].get("text")
        _expect(isinstance(text, str) and bool(text), 200, bad)
        if robot == credentials.FEISHU_SIGNED:
            stamp = message.get("timestamp", "")
            is_signed = isinstance(stamp, str) and self._is_recent(stamp, 1) and message.get("sign") == _hmac(f"{stamp}\n{credentials.FEISHU_SECRET}", "")
            _expect(is_signed, 200, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time", "data": {}})
        if robot == credentials.FEISHU_OLD:
            return Answer(200, {"StatusCode": 0, "StatusMessage": "success"})
        return Answer(200, {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"})

    def _wecom(self, exchange: Exchange, message: Any) -> Answer:
        _expect(exchange.path == "/wecom/cgi-bin/webhook/send", 404, "not found")
        _expect(_query(exchange).get("key") == credentials.WECOM_KEY, 200, _errcode(93000, "invalid webhook url, hint: [1], from ip: 127.0.0.1"))
        _expect(not self._is_too_fast("wecom"), 200, _errcode(45009, "api freq out of limit"))
        content = _text_of(message, "msgtype", {"msgtype", "text"}, _errcode(40008, "invalid message type"))
        _expect(len(content.encode()) <= 2048, 200, _errcode(40058, "text.content exceed max length 2048. invalid Request Parameter"))
        return Answer(200, _errcode(0, "ok"))

    def _is_recent(self, stamp: str, unit: int) -> bool:
        return bool(re.fullmatch("[0-9]{10,13}", stamp)) and abs(int(stamp) / unit - time.time() - self.settings.clock_skew.get(self.name, 0)) < _HOUR


def _json(exchange: Exchange, message: Any) -> Answer:
    """Somebody's own: a login, any object; it says back what it was asked."""
    if exchange.path == "/json/" + credentials.WEBHOOK_TOKEN:
        return Answer(202, {"taken": True})
    return Answer(403, {"error": f"no such hook: {exchange.target}", "authorization": exchange.header("authorization")})


def _slack(exchange: Exchange, message: Any) -> Answer:
    _expect(exchange.path == "/slack/services/" + credentials.SLACK_TOKEN, 403, "invalid_token")
    _expect(isinstance(message, dict) and set(message) <= {"text", "blocks", "attachments", "mrkdwn"}, 400, "invalid_payload")
    _expect(isinstance(message.get("text"), str) and bool(message["text"].strip()), 400, "no_text")
    _expect(len(message["text"]) <= 40_000, 400, "msg_too_long")
    return Answer(200, "ok", content_type="text/html")


def _teams(exchange: Exchange, message: Any) -> Answer:
    _expect(_query(exchange).get("sig") == credentials.TEAMS_SIG, 401, {"error": {"code": "DirectApiAuthorizationRequired", "message": "no valid sig"}})
    _expect(len(exchange.body) <= 28 * 1024, 413, {"error": {"code": "RequestEntityTooLarge", "message": "too large"}})
    bad = {"error": {"code": "TriggerInputSchemaMismatch", "message": "The input does not match the schema."}}
    _expect(isinstance(message, dict) and message.get("type") == "message" and isinstance(message.get("attachments"), list), 400, bad)
    for attachment in message["attachments"]:
        card = attachment.get("content") or {}
        _expect(attachment.get("contentType") == "application/vnd.microsoft.card.adaptive", 400, bad)
        _expect(card.get("type") == "AdaptiveCard" and card.get("version") == "1.4" and bool(card.get("body")), 400, bad)
        for block in card["body"]:
            runs = block.get("inlines")
            _expect(block.get("type") == "RichTextBlock" and bool(runs), 400, bad)
            _expect(all(run.get("type") == "TextRun" and isinstance(run.get("text"), str) for run in runs), 400, bad)
        for action in card.get("actions", ()):
            _expect(action.get("type") == "Action.OpenUrl" and action.get("url", "").startswith("http"), 400, bad)
    _expect(bool(message["attachments"]), 400, bad)
    return Answer(202, "", content_type="text/plain")


def _expect(holds: bool, status: int, body: Any) -> None:
    if not holds:
        raise _Bad(status, body)


def _errcode(code: int, message: str) -> dict[str, Any]:
    return {"errcode": code, "errmsg": message}


def _text_of(message: Any, kind: str, allowed: set[str], bad: Any) -> str:
    is_text = isinstance(message, dict) and set(message) <= allowed and message.get(kind) == "text" and isinstance(message.get("text"), dict)
    _expect(is_text and isinstance(message["text"].get("content"), str) and bool(message["text"]["content"]), 200, bad)
    content: str = message["text"]["content"]
    return content


def _query(exchange: Exchange) -> dict[str, str]:
    """The query; "+" is a blank here, as in a form."""
    return {name: values[0] for name, values in parse_qs(exchange.query).items()}


def _hmac(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()
