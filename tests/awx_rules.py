# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX takes, and a little less: each check says in one line what is wrong, and nothing if nothing is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

_FIELD = {"id", "label", "type", "help_text", "choices", "format", "multiline", "secret", "ask_at_runtime", "default"}
_OF_STRINGS = {"choices", "format", "multiline", "secret"}
_TEXTS = {"id", "label", "help_text"}
_BOOLEANS = {"multiline", "secret", "ask_at_runtime"}
_QUESTION = {"question_name", "question_description", "variable", "type", "required", "choices", "min", "max", "default"}
_PLAIN = ("text", "textarea", "password")
_NUMBERS = {"integer": int, "float": float}
_SEVERAL = ("multiplechoice", "multiselect")
_DATE = r"DTSTART(?:;TZID=[A-Za-z_]+(?:/[A-Za-z_]+)*:\d{8}T\d{6}|:\d{8}T\d{6}Z)"
_FREQUENCIES = ("MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")


def wrong_credential_type(kind: dict) -> Iterator[str]:
    """A credential type: its inputs, its injectors, and that none needs a default, which AWX doesn't apply."""
    inputs, injectors = kind["inputs"], kind["injectors"]
    if inputs.keys() - {"fields", "required"}:
        yield "inputs: only fields and required"
    fields = {field.get("id"): field for field in inputs["fields"]}
    if len(fields) != len(inputs["fields"]):
        yield "an id is there twice"
    for name, field in fields.items():
        yield from ("%s: %s" % (name, line) for line in _wrong_field(field))
    if not set(inputs.get("required", [])) <= fields.keys():
        yield "required: no such id"
    if injectors.keys() - {"file", "env", "extra_vars"} or not any(injectors.values()):
        yield "injectors: only file, env and extra_vars, and one of them"
    yield from _wrong_injectors(injectors, fields)


def _wrong_field(field: dict) -> Iterator[str]:
    if field.keys() - _FIELD or {"id", "label", "type"} - field.keys():
        yield "keys"
    if not re.fullmatch(r"[A-Za-z_]\w*", str(field.get("id"))) or field["id"] == "tower":
        yield "id"
    if field.get("type") not in ("string", "boolean"):
        yield "type"
    if field.get("type") != "string" and field.keys() & _OF_STRINGS:
        yield "only strings have %s" % ", ".join(sorted(field.keys() & _OF_STRINGS))
    if not all(isinstance(field[key], str) and field[key] for key in _TEXTS & field.keys()):
        yield "a text is none"
    if not all(isinstance(field[key], bool) for key in _BOOLEANS & field.keys()):
        yield "a switch is none"
    if field.get("format") not in (None, "url", "ssh_private_key"):
        yield "format"
    if "default" in field:
        yield "a default is not applied"


def _wrong_injectors(injectors: dict, fields: dict) -> Iterator[str]:
    environment = ImmutableSandboxedEnvironment()
    files = injectors.get("file", {})
    if not all(re.fullmatch(r"template(\.\w+)?", label) for label in files) or ("template" in files and len(files) > 1):
        yield "file: template, or several named template.x"
    for name in injectors.get("env", {}):
        if not re.fullmatch(r"[A-Za-z_]\w*", name) or name.upper().startswith("ANSIBLE_"):
            yield "env: %s" % name
    for name in injectors.get("extra_vars", {}):
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            yield "extra_vars: %s" % name
    used = set()
    for template in (text for part in injectors.values() for text in part.values()):
        used |= meta.find_undeclared_variables(environment.parse(template))
    if used - fields.keys() - ({"tower"} if files else set()):
        yield "injectors name what is no input: %s" % ", ".join(sorted(used - fields.keys()))
    if fields.keys() - used:
        yield "nothing is made of %s" % ", ".join(sorted(map(str, fields.keys() - used)))


def wrong_survey(spec: list[dict]) -> Iterator[str]:
    """The questions of a survey."""
    names = [question.get("variable") for question in spec]
    if not spec or len(set(names)) != len(names):
        yield "a variable is there twice, or none at all"
    for question in spec:
        yield from ("%s: %s" % (question.get("variable"), line) for line in _wrong_question(question))


def _wrong_question(question: dict) -> Iterator[str]:
    kind = question.get("type")
    if question.keys() - _QUESTION or {"question_name", "variable", "type", "required"} - question.keys():
        yield "keys"
    if not re.fullmatch(r"[A-Za-z_]\w*", str(question.get("variable"))):
        yield "variable"
    if kind not in (*_PLAIN, *_NUMBERS, *_SEVERAL):
        yield "type"
    if not isinstance(question.get("required"), bool):
        yield "required"
    if "default" in question and question.get("required"):
        yield "a question that has a default must not be required"
    if (kind in _SEVERAL) != ("choices" in question) or (kind in _SEVERAL) == bool(question.keys() & {"min", "max"}):
        yield "choices, or min and max"
    limits = [question.get(key, 0) for key in ("min", "max")]
    if not all(_is_number(limit, int) for limit in limits) or limits[0] > limits[1]:
        yield "min and max are whole numbers, in that order"
    if "default" in question:
        yield from _wrong_default(question, kind, *limits)


def _is_number(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _wrong_default(question: dict, kind: str | None, low: int, high: int) -> Iterator[str]:
    default = question["default"]
    if kind == "password" or default == "":
        yield "no default is better"
    elif kind in _NUMBERS:
        if not _is_number(default, _NUMBERS[kind]) or not low <= default <= high:
            yield "default"
    elif not isinstance(default, str):
        yield "default"
    elif kind in _SEVERAL:
        given = default.split("\n") if kind == "multiselect" else [default]
        if not set(given) <= set(question["choices"]):
            yield "the default is no choice"
    elif not low <= len(default) <= high:
        yield "the default is too long, or too short"


def wrong_rule(rule: str) -> Iterator[str]:
    """The rule of a schedule, of those that AWX takes one that has a single RRULE."""
    parts = re.fullmatch(_DATE + r" RRULE:(?P<parts>[A-Z]+=[^;\s]+(?:;[A-Z]+=[^;\s]+)*)", rule)
    if not parts:
        yield "DTSTART with a zone, and one RRULE"
        return
    given = dict(part.split("=") for part in parts["parts"].split(";"))
    if given.get("FREQ") not in _FREQUENCIES:
        yield "FREQ"
    if not re.fullmatch("[1-9][0-9]*", given.get("INTERVAL", "")):
        yield "INTERVAL"
    if int(given.get("COUNT", 1)) > 999 or {"COUNT", "UNTIL"} <= given.keys():
        yield "COUNT"
    if re.search(r"\d", given.get("BYDAY", "")) or given.keys() & {"BYYEARDAY", "BYWEEKNO"}:
        yield "days"


def wrong_workflow(nodes: list[dict]) -> Iterator[str]:
    """The nodes of a workflow: each named once, all reached from the first ones, no way back."""
    names = [node["identifier"] for node in nodes]
    if len(set(names)) != len(names):
        yield "an identifier is there twice"
    before: set[str] = set()
    for node in nodes:
        if node.keys() - {"identifier", "unified_job_template", "related"}:
            yield "keys"
        related = node.get("related", {})
        if related.keys() - {"always_nodes", "success_nodes", "failure_nodes"}:
            yield "related"
        before.add(node["identifier"])
        after = {each["identifier"] for each in sum(related.values(), [])}
        if after & before or not after <= set(names):
            yield "a node leads nowhere, or back"
