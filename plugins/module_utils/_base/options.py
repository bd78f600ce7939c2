# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options: declared once, with type, secrecy and environment, for whatever asks for them.

A declaration is what Ansible's argument spec takes, and besides
C(env) (names of environment variables, in order), C(pattern) and C(allowed) (what a text must
match, and how to say so), C(within) (the smallest and the largest number), C(instant) (a time),
C(order) (the order in which a list's values are used, whatever the order they were given in),
C(example) (what to write if it is missing).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from . import secret_values, times
from .errors import OptionError

Declaration = dict[str, Any]
_LONGEST_SHOWN = 200
_OWN_KEYS = ("env", "pattern", "allowed", "within", "instant", "order", "example")

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
#: What a text must be that says how long.
DURATION: Declaration = {"pattern": "[0-9]{1,9}[smhdw]", "allowed": "a duration such as 10m (a number and s, m, h, d or w)"}


#: A text for people, in one line.
LINE: Declaration = {"type": "str", "pattern": r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}", "allowed": "1 to 200 characters in one line"}


def require_store(settings: Settings, or_else: str = "") -> str:
    """Return the store that was given.

    :param or_else: what could be given in its place.
    :raises OptionError: if none was.
    """
    store: str | None = settings["store"]
    if not store:
        raise missing("store", "a path, or the URL of a database" + or_else)
    return store


def text(**more: Any) -> Declaration:
    """Declare a text."""
    return {"type": "str", **more}


def texts(**more: Any) -> Declaration:
    """Declare a list of texts."""
    return {"type": "list", "elements": "str", **more}


def secret(**more: Any) -> Declaration:
    """Declare a text that is never shown, and that a header can carry."""
    return {"type": "str", "no_log": True, "pattern": secret_values.PATTERN, "allowed": secret_values.ALLOWED, **more}


def instant(**more: Any) -> Declaration:
    """Declare a time, in any notation."""
    return {"type": "str", "instant": True, "example": "-24h", **more}


def build_argument_spec(declarations: Mapping[str, Declaration]) -> dict[str, Any]:
    """Return the argument spec of options for Ansible."""
    spec = {}
    for name, declaration in declarations.items():
        spec[name] = {key: value for key, value in declaration.items() if key not in _OWN_KEYS}
        if "options" in declaration:
            spec[name]["options"] = build_argument_spec(declaration["options"])
    return spec


class Settings:
    """Options of one task, checked: their values, and where those that were given come from."""

    def __init__(self, values: dict[str, Any], origin: dict[str, str], now: int, warnings: Iterable[str] = ()) -> None:
        """:param values: one for every declared option, null where there is none; times are milliseconds since the epoch.

        :param origin: C(option) or the variable's name, for options that don't just have their default.
        :param now: the instant at which the task began.
        :param warnings: what a user should know of the values.
        """
        self.values = values
        self.origin = origin
        self.now = now
        self.warnings = list(warnings)

    @property
    def window_end(self) -> int:
        """Return the end of the window: the option, or this task's now. The epoch itself is an end like any other."""
        end: int | None = self.values["end_time"]
        return self.now if end is None else end

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def resolve(
    declarations: Mapping[str, Declaration], params: Mapping[str, Any], environ: Mapping[str, str], now: int | None
) -> Settings:
    """Options that were given, else the environment's, else the default; what is empty counts as not given.

    :param now: the instant that C(now) means, in milliseconds; null for this one.
    :raises OptionError: for a value that is not valid.
    """
    now = times.now_ms() if now is None else now
    settings = Settings({}, {}, now)
    for name, declaration in declarations.items():
        value = params.get(name)
        if value in ("", [], None):
            value = None
            for variable in declaration.get("env", ()):
                if environ.get(variable):
                    value, settings.origin[name] = environ[variable], variable
                    break
        elif value != declaration.get("default"):
            settings.origin[name] = "option"
        if value is None:
            value = declaration.get("default")
        if declaration.get("no_log") and isinstance(value, str):
            value = check_secret(name_option(name, settings), value, settings, declaration.get("pattern"))
        settings.values[name] = _check_value(name_option(name, settings), declaration, value, now)
    return settings


def name_option(name: str, settings: Settings) -> str:
    """Name an option in a message, with the variable that it comes from, if it does."""
    origin = settings.origin.get(name, "option")
    return name if origin == "option" else "%s (from %s)" % (name, origin)


def check_secret(name: str, value: str, settings: Settings, pattern: str | None = secret_values.PATTERN) -> str:
    """Return a secret without what was plainly not meant to be in it, and add a warning if something was.

    :param name: what to call it in messages: the option, and where its value comes from.
    :param pattern: what it must match; null for a secret that can be any text.
    :raises OptionError: if it is no secret that can be sent. The value is not shown.
    """
    bare, removed = secret_values.strip_secret(value)
    if pattern is not None and not re.fullmatch(pattern, bare):
        raise OptionError("%s: the value is not %s (it is not shown here)" % (name, secret_values.ALLOWED))
    if removed:
        settings.warnings.append("%s: %s was removed." % (name, " and ".join(removed)))
    return bare


def _check_value(name: str, declaration: Declaration, value: Any, now: int) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        single = {key: value for key, value in declaration.items() if key != "options"}
        if "options" in declaration:
            for number, each in enumerate(value):
                for key, inner in declaration["options"].items():
                    _check_value("%s[%d].%s" % (name, number, key), inner, each.get(key), now)
            return value
        each_once = sorted(set(value), key=declaration["order"].index) if "order" in declaration else dict.fromkeys(value)
        return [_check_value(name, single, each, now) for each in each_once]
    if "within" in declaration:
        low, high = declaration["within"]
        if not low <= value <= high:
            raise out_of_range(name, value, low, high)
    if declaration.get("instant"):
        try:
            return times.parse(value, now)
        except ValueError:
            raise invalid(name, value, *times.ALLOWED) from None
    if "pattern" in declaration and not declaration.get("no_log") and not re.fullmatch(declaration["pattern"], value):
        raise invalid(name, value, declaration["allowed"])
    return value


def invalid(name: str, value: object, what: str, instead: str | None = None) -> OptionError:
    """Build the error for a value of the wrong form.

    :param what: what it is not: a time.
    :param instead: why, or what to write instead.
    """
    return OptionError("%s: %s is not %s%s" % (name, _show(value), what, " (%s)" % instead if instead else ""))


def out_of_range(name: str, value: int, low: int, high: int | None = None) -> OptionError:
    """Build the error for a number that is too small or too large."""
    allowed = "%d or more" % low if high is None else "%d to %d" % (low, high)
    return OptionError("%s: %s is out of range (%s)" % (name, _show(value), allowed))


def missing(name: str, needed: str | None) -> OptionError:
    """Build the error for an option that has to be given.

    :param needed: what to write, or where to find it.
    """
    return OptionError("%s: missing%s" % (name, " (%s)" % needed if needed else ""))


def unknown_option(name: str, known: Iterable[str], place: str = "") -> OptionError:
    """Build the error for an option that there is not.

    :param place: what it is in, to stand before its name: C(rules[0].)
    """
    names = sorted(known)
    near = find_near(name, names)
    shown = name if len(name) <= _LONGEST_SHOWN else "a name of %d characters" % len(name)
    return OptionError("%s%s: no such option (%s)" % (place, shown, "did you mean %s?" % near if near else "there are " + ", ".join(names)))


def not_a_choice(name: str, value: object, choices: Iterable[str], instead: str | None = None) -> OptionError:
    """Build the error for a value, that is none of those there are.

    :param instead: what else can be written.
    """
    # The empty text is a missing answer, which nobody writes.
    known = sorted(filter(None, choices))
    near = find_near(value, known) if isinstance(value, str) else None
    if near:
        instead = "did you mean %s?%s" % (near, " %s%s" % (instead[0].upper(), instead[1:]) if instead else "")
    return invalid(name, value, "one of " + ", ".join(known), instead)


def find_near(text: str, known: Iterable[str]) -> str | None:
    """Return what was probably meant by a text: the nearest in spelling, else the only one that begins with it; null if there is none."""
    # Needed for an error alone: no task that is written well waits for it.
    from difflib import get_close_matches

    names = {each.lower(): each for each in known}
    lower = text[:100].lower()
    near = get_close_matches(lower, names, 1, 0.65) or [each for each in names if len(lower) > 1 and each.startswith(lower)]
    return names[near[0]] if len(near) == 1 else None


def _show(value: object) -> str:
    """Return a value for a message: whole or not at all, so that no secret in it is cut in two and missed."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    try:
        shown = repr(value)
    except ValueError:
        return "a number of too many digits"
    return shown if len(shown) <= _LONGEST_SHOWN else "a value of %d characters" % len(shown)


def check_window(settings: Settings, start: str = "start_time", end: str = "end_time") -> None:
    """:raises OptionError: if the window of time is turned round."""
    first, last = settings.values.get(start), settings.values.get(end)
    if first is not None and (last if last is not None else settings.now) <= first:
        shown = times.to_iso(last, "ms") if last is not None else "now"
        raise OptionError(
            "%s: %s is not before %s (%s)" % (start, times.to_iso(first, "ms"), end, shown)
        )
