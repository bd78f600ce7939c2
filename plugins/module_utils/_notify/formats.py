# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each chat service takes as a message, how it is signed, how large it may be, and what its answer must be: as data.

From the public documents of the services. All of them but Slack and Teams answer with status 200 when they refuse.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote_plus

Body = dict[str, Any]

_LINK = re.compile("https?://[!-~]+")
_MORE = re.compile("and ([0-9]{1,9}) more")


class Signed(NamedTuple):
    """What a signature adds to a message."""

    signature: str
    query: str = ""
    fields: Body = {}


class Format(NamedTuple):
    """How a message looks in one service."""

    #: Builds the body from the title, which may be empty, and the lines of the text.
    build: Callable[[str, Sequence[str]], Body]
    #: JMESPath over status and body: whether an answer says that the message was accepted.
    accept: str
    #: The largest message, in what C(measure) counts; null for any.
    limit: int | None = None
    measure: Callable[[Body], int] = lambda body: len(encode(body))
    #: Signs with a secret, at a time in seconds; null where nothing is signed.
    sign: Callable[[str, float], Signed] | None = None
    #: What each secret of this service begins with.
    secret_prefix: str = ""


def encode(body: Any) -> bytes:
    """Return a body as JSON."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def fit(format_: Format, title: str, text: str) -> Body:
    """Return a message that the service takes: lines that are too many are left out, and the last line says how many."""
    lines = text.splitlines() or [""]
    if _fits(format_, title, lines):
        return format_.build(title, lines)
    more = _MORE.fullmatch(lines[-1])
    unlisted = int(more[1]) if more else 0
    listed = lines[:-1] if more else lines

    def first_lines(count: int) -> list[str]:
        return [*listed[:count], "and %d more" % (len(listed) - count + unlisted)]

    def first_characters(count: int) -> list[str]:
        left = len(listed) - 1 + unlisted
        return [listed[0][:count] + "...", *(["and %d more" % left] if left else [])]

    for shorten, most in ((first_lines, len(listed) - 1), (first_characters, len(listed[0]) - 1)):
        count = _find_largest(format_, title, shorten, most)
        if count:
            return format_.build(title, shorten(count))
    # A title that leaves no room for the text is not shown.
    return fit(format_, "", text)


def _fits(format_: Format, title: str, lines: Sequence[str]) -> bool:
    return format_.limit is None or format_.measure(format_.build(title, lines)) <= format_.limit


def _find_largest(format_: Format, title: str, shorten: Callable[[int], list[str]], most: int) -> int:
    """Return the largest number up to C(most) for which the message fits; 0 if there is none."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if _fits(format_, title, shorten(middle)):
            low = middle
        else:
            high = middle - 1
    return low


def _join(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *lines] if title else lines)


def _json(title: str, lines: Sequence[str]) -> Body:
    return {"title": title, "text": "\n".join(lines)}


def _slack(title: str, lines: Sequence[str]) -> Body:
    text = _join(title, lines)
    # These three are markup, such as <!channel>. Without mrkdwn all else is text.
    for sign, instead in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, instead)
    return {"text": text, "mrkdwn": False}


def _teams(title: str, lines: Sequence[str]) -> Body:
    """Build an adaptive card. Runs of text, because a block of text would be read as Markdown; a line that is a link is a button."""
    card: Body = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
        "body": [_run(title, weight="Bolder"), *map(_run, lines)] if title else [_run(line) for line in lines],
    }
    links = [line for line in lines if _LINK.fullmatch(line)]
    if links:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the report", "url": link} for link in links[:5]]
    return {"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}]}


def _run(text: str, **more: Any) -> Body:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **more}]}


def _dingtalk(title: str, lines: Sequence[str]) -> Body:
    return {"msgtype": "text", "text": {"content": _join(title, lines)}}


def _sign_dingtalk(secret: str, now: float) -> Signed:
    timestamp = str(int(now * 1000))
    sign = _hmac(secret, "%s\n%s" % (timestamp, secret))
    return Signed(sign, query="timestamp=%s&sign=%s" % (timestamp, quote_plus(sign)))


def _feishu(title: str, lines: Sequence[str]) -> Body:
    # <at user_id="all"> would call everybody.
    return {"msg_type": "text", "content": {"text": re.sub("<(?=/?at)", "< ", _join(title, lines), flags=re.I)}}


def _sign_feishu(secret: str, now: float) -> Signed:
    timestamp = str(int(now))
    sign = _hmac("%s\n%s" % (timestamp, secret), "")
    return Signed(sign, fields={"timestamp": timestamp, "sign": sign})


def _hmac(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


FORMATS = {
    "json": Format(_json, "status >= `200` && status < `300`"),
    "slack": Format(_slack, "status == `200` && body == 'ok'", 40_000, lambda body: len(body["text"])),
    "teams": Format(_teams, "status == `200` || status == `202`", 28 * 1024),
    "dingtalk": Format(_dingtalk, "status == `200` && body.errcode == `0`", 20_000, sign=_sign_dingtalk, secret_prefix="SEC"),
    # Older answers have StatusCode alone.
    "feishu": Format(
        _feishu, "status == `200` && (body.code == `0` || body.code == null && body.StatusCode == `0`)", 20_000, sign=_sign_feishu,
    ),
    "wecom": Format(_dingtalk, "status == `200` && body.errcode == `0`", 2048, lambda body: len(body["text"]["content"].encode())),
}
