# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a task as a module, on the target; and check options before Ansible does, whose sentences are not ours.

What is valid is decided by Ansible's own checks, so that a task means the same to both. A list or a dictionary in place of one text
is the exception: Ansible would make a text of it, in Python's notation.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.common.validation import check_type_bool, check_type_dict, check_type_int, check_type_list

from ._base.errors import MissingLibrary, OptionError
from ._base.options import Declaration, build_argument_spec, find_near, invalid, missing, not_a_choice, unknown_option
from ._base.redaction import Redactor, printable
from ._base.task import Task, refuse, run_task

#: Ansible's checks by type, and what a value must be to pass.
_CHECKS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "bool": (check_type_bool, "true or false"),
    "int": (check_type_int, "a whole number"),
    "dict": (check_type_dict, "a dictionary"),
    "list": (check_type_list, "a list"),
}
_TEXTS = ("str", "path")
#: What they raise; an infinite number is an ArithmeticError.
_INVALID = (TypeError, ValueError, ArithmeticError)


def run_module(task: Task) -> None:
    """Run a task as a module, and exit."""
    module = _Module(task.options)
    try:
        done = run_task(task, module.params, os.environ, module.check_mode, module._diff)
    except MissingLibrary as missing_library:
        module.fail_json(msg=missing_required_lib(missing_library.library), exception=missing_library.problem)
    # Secrets that are no option's value: tokens from a login, and values of the environment.
    module.no_log_values.update(done.secrets)
    for warning in done.warnings:
        module.warn(warning)
    if done.result.get("failed"):
        module.fail_json(**done.result)
    module.exit_json(**done.result)


class _Module(AnsibleModule):
    """A module that checks its options itself, before Ansible does."""

    def __init__(self, options: Mapping[str, Declaration]) -> None:
        self._options = options
        super().__init__(argument_spec=build_argument_spec(options), supports_check_mode=True)

    def _set_internal_properties(self, argument_spec: Any = None, module_parameters: Any = None) -> None:
        # Ansible's arguments of its own are gone after it, and its check of the options is next.
        super()._set_internal_properties(argument_spec, module_parameters)
        known = build_argument_spec(self._options) if getattr(self, "_ignore_unknown_opts", False) else self.params
        checked = OptionCheck(self._options, {name: value for name, value in self.params.items() if name in known})
        if checked.problems:
            self.params = checked.masked
            self.fail_json(changed=False, **refuse(checked.line))

    def add_path_info(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        # It would replace the result's size with that of the file that is there; the action plugin would not.
        return kwargs


class OptionCheck:
    """What is wrong with options, by their names, types and choices: a line for each problem, without secrets."""

    def __init__(self, declarations: Mapping[str, Declaration], given: Mapping[str, Any]) -> None:
        """Check the options that were given.

        :param given: values of JSON, by the names and aliases of options.
        """
        self._given = given
        self.secrets = set(_list_secrets(declarations, given))
        self._redactor = Redactor(self.secrets)
        self.problems = [printable(str(problem)) for problem in self._check(declarations, given, "")]

    @property
    def line(self) -> str:
        """Return all problems as one line."""
        return "; ".join(self.problems)

    @property
    def masked(self) -> dict[str, Any]:
        """Return what was given, without the values of secret options."""
        return dict(remove_values(self._given, self.secrets))

    def _check(self, declarations: Mapping[str, Declaration], given: Mapping[str, Any], place: str) -> Iterator[OptionError]:
        known = {each: name for name, declaration in declarations.items() for each in (name, *declaration.get("aliases", ()))}
        unknown = [name for name in given if name not in known]
        yield from (unknown_option(name, known, place) for name in unknown)
        # What is only misspelt is not missing.
        meant = {find_near(name, known) for name in unknown}
        # An alias goes before its option, as with Ansible.
        written = {known[name]: name for name in sorted(given, key=lambda name: known.get(name) != name) if name in known}
        for name, declaration in declarations.items():
            value = given.get(written.get(name, name))
            if value is None and declaration.get("apply_defaults"):
                value = {}
            if value is None and declaration.get("required"):
                if not meant & {name, *declaration.get("aliases", ())}:
                    yield missing(place + name, _write_example(declaration))
            elif name in written or value is not None:
                yield from self._check_value(place + written.get(name, name), declaration, value)

    def _check_value(self, place: str, declaration: Declaration, value: Any) -> Iterator[OptionError]:
        if value is None and declaration.get("default") is None and "choices" not in declaration:
            return
        kind = declaration.get("type", "str")
        is_list = kind == "list"
        try:
            converted = _convert(kind, value)
            values = [_convert(declaration.get("elements", "raw"), each) for each in converted] if is_list and not isinstance(value, list) else None
        except _INVALID:
            yield self._refuse(place, declaration, value, _name_type(declaration), _write_form(declaration))
            return
        if not is_list:
            yield from self._check_one(place, declaration, value, converted)
            return
        element = {**declaration, "type": declaration.get("elements", "raw")}
        for number, each in enumerate(values or converted):
            try:
                single = _convert(element["type"], each)
            except _INVALID:
                yield self._refuse("%s[%d]" % (place, number), element, each, _name_type(element), _write_form(element))
                continue
            inside = "%s[%d]" % (place, number) if isinstance(single, dict) else place
            yield from self._check_one(inside, element, each, single)

    def _check_one(self, place: str, declaration: Declaration, value: Any, converted: Any) -> Iterator[OptionError]:
        """Check what has the right type."""
        if "choices" in declaration and converted not in declaration["choices"]:
            yield not_a_choice(place, self._mask(value), declaration["choices"])
        if "options" in declaration and isinstance(converted, dict):
            yield from self._check(declaration["options"], converted, place + ".")

    def _refuse(self, place: str, declaration: Declaration, value: Any, what: str, instead: str | None) -> OptionError:
        if not isinstance(value, (list, dict)) and not _holds_secret(declaration):
            return invalid(place, self._mask(value), what, instead)
        shown, hidden = "the value", "it is not shown here"
        if isinstance(value, (list, dict)):
            shown, hidden = "a list" if isinstance(value, list) else "a dictionary", ""
        hint = "; ".join(filter(None, (hidden, instead)))
        return OptionError("%s: %s is not %s%s" % (place, shown, what, " (%s)" % hint if hint else ""))

    def _mask(self, value: Any) -> Any:
        """Return a value for a message: a secret may be in the wrong place, too."""
        return self._redactor.redact(value) if isinstance(value, str) else value


def _convert(kind: str, value: Any) -> Any:
    """Return a value as Ansible would.

    :raises TypeError, ValueError, ArithmeticError: if it is not of this type.
    """
    if kind in _TEXTS:
        if isinstance(value, (list, dict)):
            raise TypeError
        return "" if value is None else str(value)
    return _CHECKS[kind][0](value) if kind in _CHECKS else value


def _name_type(declaration: Declaration) -> str:
    kind = declaration.get("type", "str")
    if kind == "list":
        return "a list of dictionaries" if declaration.get("elements") == "dict" else "a list"
    return "one text" if kind in _TEXTS else _CHECKS[kind][1]


def _write_form(declaration: Declaration) -> str | None:
    """Return how to write it: the example, else a dictionary, or a list of them, with the options that it needs."""
    if "example" in declaration:
        return "write %s" % declaration["example"]
    options = declaration.get("options")
    if not options:
        return None
    names = [name for name in options if options[name].get("required")] or list(options)[:2]
    return "write %s{%s}" % ("- " if declaration["type"] == "list" else "", ", ".join("%s: ..." % name for name in names))


def _write_example(declaration: Declaration) -> str | None:
    """Return what to write for an option that is missing."""
    if "example" in declaration:
        return "such as %s" % declaration["example"]
    if "choices" in declaration:
        return "one of %s" % ", ".join(filter(None, declaration["choices"]))
    return declaration.get("allowed") or _write_form(declaration)


def _holds_secret(declaration: Declaration) -> bool:
    return bool(declaration.get("no_log")) or any(map(_holds_secret, declaration.get("options", {}).values()))


def _list_secrets(declarations: Mapping[str, Declaration], given: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of secret options; Ansible's own list has none if a value next to them has the wrong type."""
    for name, declaration in declarations.items():
        for value in (given.get(each) for each in (name, *declaration.get("aliases", ()))):
            if declaration.get("no_log"):
                yield from _list_texts(value)
            elif "options" in declaration:
                for each in value if isinstance(value, list) else [value]:
                    try:
                        yield from _list_secrets(declaration["options"], _convert("dict", each))
                    except _INVALID:
                        # Nobody knows which part of it is one.
                        yield from _list_texts(each) if _holds_secret(declaration) else ()


def _list_texts(value: Any) -> Iterator[str]:
    if isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _list_texts(each)
    elif value not in (None, "") and not isinstance(value, bool):
        yield str(value)
