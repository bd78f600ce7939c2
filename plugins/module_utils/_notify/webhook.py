# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send a message to a webhook, and judge its answer."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from .._base.errors import ErrorCodes, OptionError, SourceError
from .._base.jmespath_query import is_true
from .._base.strict_json import parse_json
from .delivery import Answered, Delivery, Post
from .formats import Format, encode, fit

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]{0,8000}")
_PORTS = {"http": 80, "https": 443}


class Message(NamedTuple):
    """What to send."""

    title: str
    text: str


class Sent(NamedTuple):
    """The result of sending a message to one service."""

    service: str
    accepted: bool
    answer: str
    #: The kind of the failure; null if it was accepted.
    kind: str | None = None


class Webhook:
    """A URL that takes messages of one format."""

    def __init__(self, name: str, url: str, format_: Format, accept: Callable[[Any], Any], mask: Callable[[str], None]) -> None:
        """:param name: what to call the URL in messages, which never show it.

        :param accept: whether an answer, with C(status) and C(body), says that the message was accepted.
        :param mask: masks a secret in answers.
        :raises OptionError: if it is no URL that can be requested.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or port == 0 or not re.fullmatch("[!-~]+", url):
            raise OptionError("%s: the value is not a URL such as https://host/path, percent-encoded (it is not shown here)" % name)
        #: The host, and the port unless it is the scheme's own.
        self.service = "[%s]" % host if ":" in host else host
        if port is not None and port != _PORTS[parts.scheme]:
            self.service += ":%d" % port
        self._base = "%s://%s" % (parts.scheme, self.service)
        self._target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        self._login = ""
        if parts.username is not None:
            self._login = base64.b64encode(("%s:%s" % (unquote(parts.username), unquote(parts.password or ""))).encode()).decode()
            mask(self._login)
        self._format = format_
        self._accept = accept
        self._mask = mask

    def send(
        self, delivery: Delivery, message: Message, body: Any, headers: Mapping[str, str], secret: str | None, now: float
    ) -> Sent:
        """Send a message.

        :param body: what to send in place of the format's own; a text is sent as it is, anything else as JSON.
        :param now: the time that a signature carries, in seconds since the epoch.
        """
        target = self._target
        content = fit(self._format, message.title, message.text) if body is None else body
        if secret and self._format.sign:
            signed = self._format.sign(secret, now)
            self._mask(signed.signature)
            content = {**content, **signed.fields} if signed.fields else content
            target += ("&" if "?" in target else "?") + signed.query if signed.query else ""
        kind, data = ("text/plain", content.encode("utf-8", "replace")) if isinstance(content, str) else ("application/json", encode(content))
        sent_headers = {"Content-Type": kind + "; charset=utf-8", **({"Authorization": "Basic " + self._login} if self._login else {})}
        for name, value in headers.items():
            # Names of headers differ by more than their case.
            sent_headers = {each: kept for each, kept in sent_headers.items() if each.lower() != name.lower()}
            sent_headers[name] = value
        request = Post(
            self._base, target, "POST", headers=tuple(sent_headers.items()), body=data,
        )
        try:
            answered = delivery.post(request)
        except SourceError as failure:
            return Sent(self.service, False, failure.message, failure.kind)
        return self._judge(answered)

    def _judge(self, answered: Answered) -> Sent:
        text = answered.body.decode("utf-8", "replace").strip()
        body: Any = text
        with suppress(ValueError, RecursionError):
            body = parse_json(answered.body)
        shown = "HTTP %d%s" % (answered.status, ": " + text if text else "")
        try:
            accepted = self._accept({"status": answered.status, "body": body})
        except OptionError as problem:
            return Sent(self.service, False, "%s; the answer was %s" % (problem, shown), "invalid_request")
        if is_true(accepted):
            return Sent(self.service, True, shown)
        if 300 <= answered.status < 400:
            shown += " (redirects are not followed: write the URL itself)"
        return Sent(self.service, False, shown, _kind_of(answered.status))


def _kind_of(status: int) -> str:
    """Return the kind of a refusal; a chat service that refuses with status 200 does not like the request."""
    from .._http.error_mapping import kind_of

    return "invalid_request" if status < 300 else kind_of(status, None, ErrorCodes())


def check_headers(headers: Mapping[str, Any]) -> dict[str, str]:
    """Return headers as texts.

    :raises OptionError: if one cannot be sent. Its value is not shown.
    """
    checked = {}
    for name, value in headers.items():
        if not _HEADER.fullmatch(str(name)):
            raise OptionError("headers: a name is not that of a header, such as X-Api-Key")
        if not isinstance(value, (str, int)) or not _HEADER_VALUE.fullmatch(str(value)):
            raise OptionError("headers.%s: the value is not one line of ASCII characters (it is not shown here)" % name)
        checked[str(name)] = str(value)
    return checked
