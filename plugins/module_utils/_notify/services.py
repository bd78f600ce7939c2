# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send a message by Apprise, which knows the services that have a scheme of their own."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._base.errors import MissingLibrary, OptionError
from .webhook import Message, Sent

_OURS = "write the https:// URL of the robot with format: %s instead, because Apprise takes a refusal of this service for success"
#: Services that refuse with status 200, which Apprise does not notice.
_REFUSED = {"dingtalk": _OURS % "dingtalk", "wecombot": _OURS % "wecom"}
#: How Apprise begins a line with the answer of a service, or with what it ran into.
_REASON = re.compile("(?:Response Details|[A-Za-z/ ]*Exception): ")


class AppriseService:
    """A URL that Apprise sends to."""

    def __init__(self, name: str, url: str) -> None:
        """:param name: what to call the URL in messages, which never show it.

        :raises OptionError: if Apprise cannot use it.
        :raises MissingLibrary: without the library apprise.
        """
        scheme, separator, _rest = url.partition("://")
        #: The scheme of the URL.
        self.service = scheme.lower()
        if not separator or not scheme.replace("-", "").isalnum():
            raise OptionError("%s: the value is not a URL such as https://host/path or mailtos://host (it is not shown here)" % name)
        if self.service in _REFUSED:
            raise OptionError("%s: %s:// is not supported (%s)" % (name, self.service, _REFUSED[self.service]))
        apprise = _library()
        # Options that an older Apprise lacks are left out.
        wanted = {"async_mode": False, "http_redirects": False, "interpret_escapes": False, "interpret_emojis": False}
        own = {option: value for option, value in wanted.items() if hasattr(apprise.AppriseAsset, option)}
        self._sender = apprise.Apprise(asset=apprise.AppriseAsset(**own))
        self._text_format = apprise.NotifyFormat.TEXT
        with _captured_log():
            is_known = self._sender.add(url)
        if not is_known:
            raise OptionError("%s: the value is not a %s:// URL that Apprise knows (it is not shown here)" % (name, self.service))

    def send(self, message: Message) -> Sent:
        """Send a message."""
        with _captured_log() as lines:
            try:
                accepted = bool(self._sender.notify(body=message.text, title=message.title, body_format=self._text_format))
            except Exception as problem:
                # Apprise has nearly 200 services: what one of them runs into must not keep the others from being tried.
                accepted = False
                lines.append("%s: %s" % (type(problem).__name__, problem))
        answer = "accepted" if accepted else "; ".join(lines) or "Apprise gives no reason"
        return Sent(self.service, accepted, answer, None if accepted else "server")


def _library() -> Any:
    """Return the library. It is imported here, because it takes longer than all else of a task."""
    try:
        import apprise
    except ImportError:
        raise MissingLibrary("apprise", traceback.format_exc()) from None
    return apprise


@contextmanager
def _captured_log() -> Iterator[list[str]]:
    """Collect what Apprise says of its failures, and let it say nothing anywhere else: it may show a secret."""
    handler = _Failures()
    logger = logging.getLogger("apprise")
    before = (logger.handlers, logger.level, logger.propagate)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.DEBUG)
    try:
        yield handler.lines
    finally:
        logger.handlers, logger.propagate = before[0], before[2]
        logger.setLevel(before[1])


class _Failures(logging.Handler):
    """Keeps warnings, and the reasons for them, which Apprise logs for debugging only."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = " ".join(record.getMessage().split())
        if record.levelno >= logging.WARNING or _REASON.match(text):
            self.lines.append(text)
