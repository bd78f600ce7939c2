# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options: declared once, with type, secrecy and environment, for whatever asks for them.

A declaration is what Ansible's argument spec takes, and besides
C(env) (names of environment variables, in order), C(pattern) and C(allowed) (what a text must
match, and how to say so), C(within) (the smallest and the largest number), C(instant) (a time),
C(order) (the order in which a list's values are used, whatever the order they were given in).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from . import times
from .errors import OptionError

Declaration = dict[str, Any]
_OWN_KEYS = ("env", "pattern", "allowed", "within", "instant", "order")

COMMON: dict[str, Declaration] = {
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "int", "default": 30, "within": (1, 3600)},
    "retries": {"type": "int", "default": 6, "within": (0, 10)},
    "retry_budget": {"type": "int", "default": 120, "within": (0, 3600)},
    "concurrency": {"type": "int", "default": 8, "within": (1, 32)},
    "page_size": {"type": "int", "default": 100, "within": (1, 100)},
    "max_records": {"type": "int", "within": (1, 10**9)},
    "query": {"type": "str"},
    "on_error": {"type": "str", "default": "fail", "choices": ["fail", "continue"]},
}


#: Where an archive is kept: a file of SQLite, or the URL of a database.
STORE: Declaration = {"type": "str", "no_log": True, "env": ("OPSAUDIT_STORE",)}


def required_store(settings: Settings, or_else: str = "") -> str:
    """Return the store that was given.

    :param or_else: what could be given in its place.
    :raises OptionError: if none was.
    """
    store: str | None = settings["store"]
    if not store:
        raise OptionError("store: missing; give a path, or the URL of a database" + or_else)
    return store


def text(**more: Any) -> Declaration:
    """A text."""
    return {"type": "str", **more}


def texts(**more: Any) -> Declaration:
    """A list of texts."""
    return {"type": "list", "elements": "str", **more}


def secret(**more: Any) -> Declaration:
    """A text that must never be shown, and that a header can carry."""
    allowed = "printable ASCII, without spaces at its ends"
    return {"type": "str", "no_log": True, "pattern": "[!-~]([ -~]*[!-~])?", "allowed": allowed, **more}


def instant(**more: Any) -> Declaration:
    """A time in one of six notations."""
    return {"type": "str", "instant": True, **more}


def argument_spec(declarations: Mapping[str, Declaration]) -> dict[str, Any]:
    """What Ansible needs to know of these options."""
    spec = {}
    for name, declaration in declarations.items():
        spec[name] = {key: value for key, value in declaration.items() if key not in _OWN_KEYS}
        if "options" in declaration:
            spec[name]["options"] = argument_spec(declaration["options"])
    return spec


class Settings:
    """Options of one task, checked: their values, and where those that were given come from."""

    def __init__(self, values: dict[str, Any], origin: dict[str, str], now: int) -> None:
        """:param values: one for every declared option, null where there is none; times are milliseconds since the epoch.

        :param origin: C(option) or the variable's name, for options that don't just have their default.
        :param now: the instant at which the task began.
        """
        self.values = values
        self.origin = origin
        self.now = now

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def resolve(
    declarations: Mapping[str, Declaration], params: Mapping[str, Any], environ: Mapping[str, str], now: int | None
) -> Settings:
    """Options that were given, else the environment's, else the default; what is empty counts as not given.

    :param now: the instant that C(now) means, in milliseconds; null for this one.
    :raises OptionError: for a value that is not allowed.
    """
    now = times.now_ms() if now is None else now
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for name, declaration in declarations.items():
        value = params.get(name)
        if value in ("", [], None):
            value = None
            for variable in declaration.get("env", ()):
                if environ.get(variable):
                    value, origin[name] = environ[variable], variable
                    break
        elif value != declaration.get("default"):
            origin[name] = "option"
        if value is None:
            value = declaration.get("default")
        values[name] = _checked(name, declaration, value, now)
    return Settings(values, origin, now)


def _checked(name: str, declaration: Declaration, value: Any, now: int) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        single = {key: value for key, value in declaration.items() if key != "options"}
        if "options" in declaration:
            for each in value:
                for key, inner in declaration["options"].items():
                    _checked("%s.%s" % (name, key), inner, each.get(key), now)
            return value
        each_once = sorted(set(value), key=declaration["order"].index) if "order" in declaration else dict.fromkeys(value)
        return [_checked(name, single, each, now) for each in each_once]
    if "within" in declaration:
        low, high = declaration["within"]
        if not low <= value <= high:
            raise bad(name, value, "%d to %d" % (low, high))
    if declaration.get("instant"):
        try:
            return times.parse(value, now)
        except ValueError:
            raise bad(name, value, times.ALLOWED) from None
    if "pattern" in declaration and not re.fullmatch(declaration["pattern"], value):
        shown = "the value given" if declaration.get("no_log") else value
        raise bad(name, shown, declaration["allowed"])
    return value


def bad(name: str, value: object, allowed: str) -> OptionError:
    """The one line about a bad value."""
    return OptionError("%s: %s is not allowed; allowed: %s" % (name, repr(value)[:200], allowed))


def check_window(settings: Settings, start: str = "start_time", end: str = "end_time") -> None:
    """:raises OptionError: if the window of time is turned round."""
    first, last = settings.values.get(start), settings.values.get(end)
    if first is not None and (last if last is not None else settings.now) <= first:
        shown = times.to_iso(last, "ms") if last is not None else "now"
        raise OptionError(
            "%s: %s is not before %s (%s); allowed: an earlier time" % (start, times.to_iso(first, "ms"), end, shown)
        )


def base_url(name: str, value: str) -> str:
    """An endpoint without its trailing slash.

    :raises OptionError: if it is no plain URL of http or https.
    """
    allowed = "a URL such as https://host or https://host:port/path, without user, query or fragment"
    try:
        parts = urlsplit(value)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        raise bad(name, value, allowed) from None
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain or not port_ok:
        shown = "%s://..." % parts.scheme if parts.scheme and not plain else value
        raise bad(name, shown, allowed)
    if not re.fullmatch(r"[!-~]+", value):
        raise bad(name, value, allowed)
    return value.rstrip("/")
