# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send a message to services. Knows no source and no store."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from .._base.errors import OptionError, SourceError
from .._base.jmespath_query import compile_query
from .._base.options import COMMON, Declaration, Settings, missing
from .._base.redaction import SHORTEST_IN_RECORDS, Redactor
from .._base.task import Call, texts_of
from .delivery import Delivery
from .formats import FORMATS, Format
from .services import AppriseService
from .webhook import Message, Sent, Webhook, check_headers

_OPTIONS: dict[str, Declaration] = {
    "urls": {"type": "list", "elements": "str", "no_log": True, "required": True},
    "title": {"type": "str"},
    "text": {"type": "str", "required": True, "example": "3 new findings"},
    "format": {"type": "str", "default": "json", "choices": list(FORMATS)},
    "body": {"type": "raw"},
    "headers": {"type": "dict", "no_log": True},
    "secret": {"type": "str", "no_log": True},
    "accept": {"type": "str"},
    **{name: COMMON[name] for name in ("validate_certs", "ca_path", "timeout", "retries", "retry_budget")},
}
#: What ends a part of a URL.
_PART_END = re.compile("[/?#&=@:,]")


class NotifyTask:
    """Sends a message to services."""

    options = _OPTIONS

    def run(self, call: Call) -> dict[str, Any]:
        """Send the message to all services; the task fails if one of them does not accept it."""
        settings = call.resolve(_OPTIONS)
        for url in settings["urls"] or ():
            _mask(call.redactor, url)
        services = _Services(settings, call.redactor)
        if call.check:
            call.changed = True
            return {"sent": []}
        message = _message_of(settings)
        try:
            sent = [each._replace(answer=call.redactor.line(each.answer)) for each in (send(message) for send in services.senders)]
        finally:
            services.close()
        call.changed = any(each.accepted for each in sent)
        listed = {"sent": [{"service": each.service, "accepted": each.accepted, "answer": each.answer} for each in sent]}
        refused = [each for each in sent if not each.accepted]
        return {**_failure(refused, len(sent)), **listed} if refused else listed


class _Services:
    """The services of a task, all checked before the first one gets anything."""

    def __init__(self, settings: Settings, redactor: Redactor) -> None:
        """:raises OptionError: for a URL or an option that cannot be used.

        :raises MissingLibrary: without a library that one of them needs.
        """
        self._settings = settings
        self._redactor = redactor
        self._format: Format = FORMATS[settings["format"]]
        self._delivery: Delivery | None = None
        if not settings["urls"]:
            raise missing("urls", "a list of URLs, such as https://host/path or mailtos://host")
        self._headers = check_headers(settings["headers"] or {})
        for value in self._headers.values():
            # An answer may hold the token without the word before it.
            _mask_parts(redactor, value.split())
        # Of a body of one's own nobody knows what in it is a secret, if an answer repeats it.
        _mask_parts(redactor, texts_of(settings["body"]))
        self._check_secret()
        #: Sends a message to one service each.
        self.senders: list[Callable[[Message], Sent]] = [
            self._sender_of("urls[%d]" % number, url) for number, url in enumerate(settings["urls"])
        ]

    def _check_secret(self) -> None:
        secret, name, format_ = self._settings["secret"], self._settings["format"], self._format
        if not secret:
            return
        if format_.sign is None:
            signed = ", ".join(each for each in FORMATS if FORMATS[each].sign)
            raise OptionError("secret: format %s has no signature (leave it out; formats with one are %s)" % (name, signed))
        if not secret.startswith(format_.secret_prefix):
            raise OptionError("secret: the value does not begin with %s, as those of %s do (it is not shown here)" % (format_.secret_prefix, name))
        body = self._settings["body"]
        if body is not None and not isinstance(body, dict) and format_.sign(secret, 0).fields:
            raise OptionError("body: this is no dictionary, which must be one to carry the signature of format %s" % name)

    def _sender_of(self, name: str, url: str) -> Callable[[Message], Sent]:
        if not _is_webhook(url.partition("://")[0]):
            return AppriseService(name, url).send
        accept = compile_query(self._settings["accept"] or self._format.accept, "accept", "status and body of an answer")
        webhook = Webhook(name, url, self._format, accept, self._redactor.add)
        if self._delivery is None:
            self._delivery = _open_delivery(self._settings, self._redactor)
        delivery = self._delivery

        def send(message: Message) -> Sent:
            return webhook.send(delivery, message, self._settings["body"], self._headers, self._settings["secret"], time.time())

        return send

    def close(self) -> None:
        """Close all connections."""
        if self._delivery is not None:
            self._delivery.close()


def _is_webhook(scheme: str) -> bool:
    """Return whether URLs of a scheme are requested here; Apprise has all others."""
    return scheme.lower() in ("http", "https")


def _open_delivery(settings: Settings, redactor: Redactor) -> Delivery:
    verify: bool | str = settings["validate_certs"]
    if verify and settings["ca_path"]:
        from .._http.ca_certificates import load_file

        verify = load_file(settings["ca_path"])
    return Delivery(redactor, settings["timeout"], settings["retries"], settings["retry_budget"], verify)


def _message_of(settings: Settings) -> Message:
    """Return what to send; half a character, which no service could read, becomes a question mark."""
    return Message(*((settings[name] or "").encode("utf-8", "replace").decode() for name in ("title", "text")))


def _mask(redactor: Redactor, url: str) -> None:
    """Mask a URL, and each part of it that an answer may hold alone.

    The host of a webhook is shown; that of another URL may be a token.
    """
    redactor.add_url(url)
    scheme, _separator, rest = url.partition("://")
    login, at, _host = re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")
    if at:
        # Whatever its length.
        redactor.add(login.partition(":")[2])
        redactor.add(unquote(login.partition(":")[2]))
    _mask_parts(redactor, _PART_END.split(login + "/" + rest.partition("/")[2] if _is_webhook(scheme) else rest))


def _mask_parts(redactor: Redactor, parts: Iterable[str]) -> None:
    for part in parts:
        if len(part) >= SHORTEST_IN_RECORDS:
            redactor.add(part)
            redactor.add(unquote(part))


def _failure(refused: list[Sent], count: int) -> dict[str, Any]:
    """Return the failure of a task that some services refused; their answers are masked already."""
    answers = "; ".join("%s: %s" % (each.service, each.answer) for each in refused)
    text = "%d of %d did not accept the message: %s" % (len(refused), count, answers)
    hint = "Send it again only to those that did not accept it." if len(refused) < count else None
    failure = SourceError(refused[0].kind or "server", text, hint=hint)
    failure.doing = "Notifying"
    return {"failed": True, "msg": failure.line(), "failure": failure.as_dict()}
