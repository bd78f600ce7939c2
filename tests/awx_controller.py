# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small AWX for tests: the modules of awx.awx, as action plugins over a file of objects.

It is as strict as AWX where that matters: names are unique in an organization or everywhere, a name that two objects have is refused,
lists of credentials and notifications are replaced as a whole, a credential type that is in use keeps its inputs, and a job template
takes one credential of each type.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

#: The options of the modules of awx.awx 24.6.1 that are of use here.
OPTIONS = {
    "credential_type": "name description kind inputs injectors",
    "credential": "name description organization credential_type inputs update_secrets",
    "execution_environment": "name description organization image pull credential",
    "project": "name description organization scm_type scm_url scm_branch credential default_environment update_project",
    "inventory": "name description organization variables",
    "inventory_source":
        "name description inventory organization source source_project source_path credential execution_environment overwrite update_on_launch",
    "host": "name description inventory variables",
    "label": "name organization",
    "notification_template": "name description organization notification_type notification_configuration",
    "job_template":
        "name description organization job_type ask_job_type_on_launch inventory project playbook execution_environment credentials"
        " extra_vars survey_enabled survey_spec timeout labels notification_templates_error allow_simultaneous job_slice_count",
    "workflow_job_template": "name description organization allow_simultaneous labels workflow_nodes notification_templates_error",
    "schedule": "name description unified_job_template rrule state",
    "team": "name description organization",
    "role": "team role job_templates lookup_organization",
}
#: Which options name another object, and of which kind.
_NAMED = {
    "credential_type": "credential_type", "default_environment": "execution_environment", "execution_environment": "execution_environment",
    "inventory": "inventory", "project": "project", "source_project": "project", "credential": "credential",
    "credentials": "credential", "labels": "label", "notification_templates_error": "notification_template",
}
#: Looked up in the organization of the task; all others everywhere.
_IN_ORGANIZATION = ("project", "source_project", "labels")
#: Kinds of which a name is unique everywhere.
_GLOBAL = ("credential_type", "execution_environment")
#: The modules make numbers of texts, as which templates before ansible-core 2.19 have them.
_NUMBERS = ("timeout", "job_slice_count")
#: The options that a type of credentials keeps once somebody uses it.
_FIXED = ("inputs",)


class Refused(Exception):
    """AWX does not do it."""


class Controller:
    """The objects of an AWX, in a file."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self.objects: list[dict[str, Any]] = json.loads(self._path.read_text()) if self._path.exists() else []

    def save(self) -> None:
        self._path.write_text(json.dumps(self.objects))

    def of(self, kind: str) -> list[dict[str, Any]]:
        """All objects of a kind."""
        return [each for each in self.objects if each["kind_of"] == kind]

    def add(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Make an object, as somebody does by hand."""
        made = {"kind_of": kind, "id": len(self.objects) + 1, **fields}
        self.objects.append(made)
        return made

    def find(self, kinds: tuple[str, ...], name: object, organization: str | None = None) -> dict[str, Any]:
        """Find the one object that has a name or an ID."""
        found = [
            each for each in self.objects if each["kind_of"] in kinds and str(name) in (each["name"], str(each["id"]))
            and organization in (None, each.get("organization"))
        ]
        if len(found) != 1:
            raise Refused("%s %s: %d of them" % (kinds[0], name, len(found)))
        return found[0]

    def apply(self, kind: str, given: dict[str, Any], check: bool = False) -> dict[str, Any]:
        """Do what a module of awx.awx does with its options.

        :raises Refused: if the module or AWX refuses.
        """
        strange = sorted(set(given) - set(OPTIONS[kind].split()))
        if strange:
            raise Refused("no such option: %s" % ", ".join(strange))
        fields = self._resolved(kind, given)
        if kind == "role":
            return self._grant(fields)
        existing = self._existing(kind, fields)
        if existing is not None and fields.pop("state", None) == "exists":
            return {"changed": False, "id": existing["id"]}
        self._verify(kind, fields, existing)
        synchronized = fields.pop("update_project", False)
        fields.pop("state", None)
        fields.pop("update_secrets", None)
        changed = existing is None or any(existing.get(name) != value for name, value in fields.items())
        if check:
            return {"changed": changed, **({"id": existing["id"]} if existing else {})}
        made = existing or self.add(kind)
        made.update(fields)
        if synchronized:
            made["synchronized"] = made.get("synchronized", 0) + 1
        return {"changed": changed or synchronized, "id": made["id"]}

    def _resolved(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        fields = {name: int(value) if name in _NUMBERS else value for name, value in given.items()}
        for name, of in _NAMED.items():
            if name not in given or name == kind:
                continue
            organization = given.get("organization") if name in _IN_ORGANIZATION else None
            value = given[name]
            found = [self.find((of,), each, organization)["id"] for each in (value if isinstance(value, list) else [value])]
            fields[name] = found if isinstance(value, list) else found[0]
        if kind == "schedule":
            fields["unified_job_template"] = self.find(("job_template", "workflow_job_template"), given["unified_job_template"])["id"]
        for node in given.get("workflow_nodes", ()):
            template = node["unified_job_template"]
            self.find((template["type"],), template["name"], template["organization"]["name"])
        return fields

    def _existing(self, kind: str, fields: dict[str, Any]) -> dict[str, Any] | None:
        within = ("inventory",) if kind in ("host", "inventory_source") else () if kind in _GLOBAL else ("organization",)
        if kind == "schedule":
            within = ("unified_job_template",)
        found = [
            each for each in self.of(kind)
            if each["name"] == fields["name"] and all(each.get(name) == fields.get(name) for name in within)
        ]
        return found[0] if found else None

    def _verify(self, kind: str, fields: dict[str, Any], existing: dict[str, Any] | None) -> None:
        if kind == "execution_environment" and existing and existing["organization"] != fields["organization"]:
            raise Refused("execution environment with this name already exists, of another organization")
        if kind == "credential_type" and existing and any(each["credential_type"] == existing["id"] for each in self.of("credential")):
            if any(existing[name] != fields[name] for name in _FIXED):
                raise Refused("Modifications to inputs are not allowed for credential types that are in use")
        kinds = [self.find(("credential",), each)["credential_type"] for each in fields.get("credentials", ())]
        if len(set(kinds)) != len(kinds):
            raise Refused("Cannot assign multiple credentials of one type")

    def _grant(self, given: dict[str, Any]) -> dict[str, Any]:
        team = self.find(("team",), given["team"], given["lookup_organization"])
        for name in given["job_templates"]:
            template = self.find(("job_template",), name, given["lookup_organization"])
            grants = team.setdefault("grants", [])
            if [given["role"], template["name"]] not in grants:
                grants.append([given["role"], template["name"]])
        return {"changed": True}

    def get(self, path: str) -> list[dict[str, Any]]:
        """Answer a request for what is attached to a job template."""
        kind, number, field = path.strip("/").split("/")
        assert kind == "job_templates"
        ids = self.find(("job_template",), number).get(field, [])
        return [each for each in self.objects if each["id"] in ids]
