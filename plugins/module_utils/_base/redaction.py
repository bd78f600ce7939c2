# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mask secrets, and escape characters that could deceive a reader, in every text that leaves this collection."""

from __future__ import annotations

import html
import json
import marshal
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus, unquote

MASK = "********"

#: A secret that is shorter is never looked for in records: "root" or "postgres" is in many of them, and means something else.
SHORTEST_IN_RECORDS = 8

#: What ends a URL in a text: a quote, but for one around a value. All else may be in one, and each text is split here once:
#: no pattern goes back in it.
_WORD = re.compile(r"(?:=[\"']|[^\s\"'<>])+")
#: What begins parameters, and what is in them, as it is or percent-encoded, as often as may be.
_QUERY = re.compile("[?#&]|%(?:25)*(?:3f|23|26)", re.I)
_PARAMETERS = re.compile("[?#&;]|%(?:25)*(?:3f|23|26|3b)", re.I)
_MARK = re.compile("[?#]")
_EQUALS = re.compile("=|%(?:25)*3d", re.I)
_ENCODED_SCHEME = re.compile("%(?:25)*3a%(?:25)*2f%(?:25)*2f", re.I)
_ENCODED_COLON = re.compile("%(?:25)*3a", re.I)
_ENCODED_AT = re.compile("%(?:25)*40", re.I)
#: A user before a password. What follows a slash is a name and its version.
_USER = re.compile(r"(?<![\w.%+~/-])([\w.%+~-]+):")
_AUTHORITY_END = re.compile(r"[/?#]")
#: Control characters, line separators, halves of characters, and what turns the direction of a text or hides in it.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LONGEST = 400


class Redactor:
    """Knows every secret of a task, those found on the way too."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        #: What is masked in messages, in all spellings.
        self.secrets: set[str] = set()
        #: What is masked in records, too: the credentials of the source, as far as they are long enough.
        self.credentials: set[str] = set()
        self._patterns: list[re.Pattern[str]] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str | None) -> None:
        """Mask this in messages from now on, in all spellings."""
        if secret:
            self.secrets |= _list_spellings(secret)

    def add_credential(self, secret: str | None) -> None:
        """Mask a credential of the source in messages, and in records if it is long enough."""
        self.add(secret)
        if secret and len(secret) >= SHORTEST_IN_RECORDS:
            self.credentials |= _list_spellings(secret)

    def add_url(self, url: str) -> None:
        """Mask a URL that is a secret, such as a link or a webhook's, and the parts of it that an error may show alone."""
        self.add(url)
        rest = url.partition("://")[2] or url
        userinfo, _at, address = rest.rpartition("@")
        target = address.partition("/")[2]
        path, _question, query = target.partition("?")
        parts = ["/" + path, "/" + target, userinfo, userinfo.partition(":")[2]]
        parts += [each.partition("=")[2] for each in re.split("[&#]", query)]
        for part in parts:
            if len(part) >= SHORTEST_IN_RECORDS:
                self.add(part)
                self.add(unquote(part))

    def add_patterns(self, patterns: Iterable[str]) -> None:
        """Mask what matches one of these patterns, but for its first group."""
        self._patterns += map(re.compile, patterns)

    def redact(self, text: object) -> str:
        """Return any text without secrets: those that are known, and what in a URL could be one."""
        result = str(text)
        for secret in sorted(self.secrets, key=len, reverse=True):
            result = result.replace(secret, MASK)
        for pattern in self._patterns:
            result = pattern.sub(r"\1" + MASK, result)
        return _WORD.sub(_mask_url, result) if _might_hold_url(result) else result

    def line(self, text: object) -> str:
        """Return any text as one short line without secrets; it is cut last, so that no secret is cut in two and missed."""
        result = self.whole_line(text)
        return result if len(result) <= _LONGEST else result[: _LONGEST - 3] + "..."

    def whole_line(self, text: object) -> str:
        """Return any text as one line without secrets, however long it is."""
        return printable(self.redact(text).strip())

    def is_in(self, value: Any) -> bool:
        """Return whether a credential of the source is anywhere in records, in their keys too."""
        if not self.credentials:
            return False
        try:
            # The fastest way to have all texts of a value in one place.
            content = marshal.dumps(value)
        except ValueError:
            return True
        return any(secret.encode("utf-8", "surrogatepass") in content for secret in self.credentials)

    def mask(self, value: Any) -> Any:
        """Return records without credentials of the source."""
        return mask(value, self.credentials)


def printable(text: str) -> str:
    """Return a text of a source so that no terminal, log or reader is deceived by it: control characters are escaped."""
    if text.isascii() and text.isprintable():
        return text
    return _UNPRINTABLE.sub(_escape, text)


def mask(value: Any, secrets: Iterable[str]) -> Any:
    """Return a value of JSON without these texts, in keys as in values."""
    return _mask(value, sorted(secrets, key=len, reverse=True))


def _mask(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, dict):
        result: dict[str, Any] = {}
        for name, each in value.items():
            name = _mask(name, secrets)
            # Two keys must not become one.
            while name in result:
                name += "*"
            result[name] = _mask(each, secrets)
        return result
    if isinstance(value, list):
        return [_mask(each, secrets) for each in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MASK)
    return value


def _list_spellings(secret: str) -> set[str]:
    """Return a secret as it is, and as it looks in a URL, in JSON, in HTML, and in Python's own errors."""
    texts = {
        secret, secret.strip() or secret, quote(secret, errors="replace"), quote(secret, safe="", errors="replace"),
        quote_plus(secret, errors="replace"), json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret), repr(secret)[1:-1],
    }
    for text in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        # Other languages escape slashes, or what HTML gives a meaning.
        plain = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
        texts |= {plain, text.replace("/", "\\/"), plain.replace("/", "\\/")}
    return texts | {re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), text) for text in texts}


def _might_hold_url(text: str) -> bool:
    return any(each in text for each in ("://", "=", "%", "@"))


def _mask_url(word: re.Match[str]) -> str:
    """Mask user, password and parameters of a word that is a URL, or a part of one."""
    head, separator, rest = word[0].partition("://")
    shown = _mask_userinfo(head)
    encoded = None if separator else _ENCODED_SCHEME.search(shown)
    if encoded is not None:
        shown = _mask_encoded(shown, encoded.end())
    begin = _find_parameters(shown, _QUERY if encoded is None else _PARAMETERS)
    if begin is not None:
        # A URL behind it is one of its values.
        return _mask_from(shown, begin)
    if not separator:
        return shown
    before, at, after = rest.rpartition("@")
    authority = _AUTHORITY_END.split(before, maxsplit=1)[0]
    # A password may hold what ends a host; a port before a path with an @ in it is masked, too, rather than taken for none.
    if at and (authority == before or ":" in authority):
        shown, rest = "%s://%s@" % (shown, MASK), after
    else:
        shown += "://"
    # Where there is a scheme, all that follows a question mark may be secret.
    first = _MARK.search(rest)
    begin = _find_parameters(rest, _PARAMETERS)
    begin = first if begin is None or first is not None and first.start() < begin.start() else begin
    return shown + (rest if begin is None else _mask_from(rest, begin))


def _find_parameters(text: str, beginning: re.Pattern[str]) -> re.Match[str] | None:
    """Return where parameters begin, of which one has a value."""
    begin = beginning.search(text)
    return begin if begin is not None and _EQUALS.search(text, begin.end()) else None


def _mask_from(text: str, begin: re.Match[str]) -> str:
    return "%s%s%s" % (text[: begin.start()], "?" if begin[0] == "#" else begin[0], MASK)


def _mask_userinfo(text: str) -> str:
    """Mask the password in front of a host, where no scheme is; an address to write to has none."""
    before, at, after = text.rpartition("@")
    user = _USER.search(before) if at and after else None
    if user is None or user[1].lower() == "mailto":
        return text
    return "%s%s@%s" % (before[: user.end()], MASK, after)


def _mask_encoded(text: str, host: int) -> str:
    """Mask user and password in a percent-encoded URL."""
    colon = _ENCODED_COLON.search(text, host)
    ats = [each.start() for each in _ENCODED_AT.finditer(text, colon.end())] if colon is not None else []
    return "%s%s%s" % (text[:host], MASK, text[ats[-1]:]) if ats else text


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _ESCAPES.get(character) or ("\\x%02x" % code if code < 0x100 else "\\u%04x" % code if code < 0x10000 else "\\U%08x" % code)
