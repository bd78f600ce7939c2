# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credential types of AWX: such as it takes, and whatever a credential leaves out, nothing is switched off by it."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path

import pytest
import trustme

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import resolve
from ansible_collections.opsaudit.sessions.plugins.module_utils._gate import task as gate_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.tests import awx_rules
from ansible_collections.opsaudit.sessions.tests.awx import header, injected, loaded

ROOT = Path(__file__).resolve().parents[2]
TYPES = loaded("credential_types.yml")["awx_setup_credential_types"]
TEMPLATES = loaded("job_templates.yml")["awx_setup_job_templates"]
#: Which archives ask with which credential.
ASKED = {
    "huaweicloud": ("taurusdb_killed_session", "dataarts_sql_session"), "hoop": ("hoop_session",), "baiducloud": ("bcc_action_run",),
}
PEM = trustme.CA().cert_pem.bytes().decode()
#: Something to enter for every input.
ENTERED = {
    "store": {"store": "postgresql://u:p%40@h/d"},
    "huaweicloud": {
        "access_key": "AK", "secret_key": "SK", "security_token": "ST", "region": "ap-southeast-3", "project_id": "0" * 32,
        "taurusdb_endpoint": "https://t.example.com", "dataarts_endpoint": "https://d.example.com",
    },
    "hoop": {"url": "https://h.example.com", "api_key": "hpk_1", "token": "eyJ.a.b", "ca": PEM},
    "baiducloud": {
        "access_key": "AK", "secret_key": "SK", "security_token": "ST", "region": "gz", "endpoint": "https://b.example.com",
    },
    "notify": {"urls": "https://n.example.com/x mailtos://u:p@h", "format": "slack", "secret": "SEC"},
}
#: SHA-256 of the inputs of each type. AWX refuses to change them once a credential has the type.
PINNED = {
    "opsaudit Baidu AI Cloud": "081b655110c4411b", "opsaudit Huawei Cloud": "04aa6484206402c4", "opsaudit hoop": "87b128b5dfacf6a6",
    "opsaudit notify": "c0a5c1f485d3d002", "opsaudit store": "3d8eea04023c2854",
}
#: The option that an input is for, where its name is another.
OPTION = {"url": "endpoint", "taurusdb_endpoint": "endpoint", "dataarts_endpoint": "endpoint"}


def required(name):
    return {each: ENTERED[name][each] for each in TYPES[name]["inputs"]["required"]}


def settings_of(source, env):
    declared = ARCHIVES[source].source.all_options
    params = {name: declaration.get("default") for name, declaration in declared.items()}
    return resolve(declared, params, env, 0)


@pytest.mark.parametrize("name", TYPES)
def test_a_credential_type_is_such_as_awx_takes(name):
    assert list(awx_rules.wrong_credential_type(TYPES[name])) == []
    assert ENTERED[name].keys() == {field["id"] for field in TYPES[name]["inputs"]["fields"]}


def test_there_is_a_type_for_every_provider_and_the_store():
    assert TYPES.keys() == {"store", "notify", *ASKED}
    assert {source for sources in ASKED.values() for source in sources} == set(ARCHIVES)
    assert len({kind["name"] for kind in TYPES.values()}) == len(TYPES)


def test_the_inputs_of_a_type_stay_or_it_gets_another_name():
    """A new type is one with a new name, such as hoop 2: the setup of whoever has the old one would fail. Then pin the new one here."""
    def digest(kind):
        return hashlib.sha256(json.dumps(kind["inputs"], sort_keys=True).encode()).hexdigest()[:16]

    assert {kind["name"]: digest(kind) for kind in TYPES.values()} == PINNED


def change(path, value):
    """A type with one thing that is another."""
    kind = copy.deepcopy(TYPES["hoop"])
    *way, last = path
    place = kind
    for step in way:
        place = place[step]
    if isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return kind


FIELDS = ("inputs", "fields")


@pytest.mark.parametrize("path, value, line", [
    (("inputs", "metadata"), [], "inputs: only"), (("inputs", "required"), ["urls"], "required"), (("injectors", "files"), {}, "only file, env"),
    ((*FIELDS, 4), {"id": "url", "label": "x", "type": "string"}, "twice"), ((*FIELDS, 0, "id"), "1", "id"), ((*FIELDS, 0, "id"), "tower", "id"),
    ((*FIELDS, 0, "kind"), "x", "keys"), ((*FIELDS, 0, "type"), "integer", "type"), ((*FIELDS, 0, "type"), "boolean", "only strings have format"),
    ((*FIELDS, 1), {"id": "api_key", "label": "x", "type": "boolean", "secret": True}, "only strings have secret"),
    ((*FIELDS, 3), {"id": "ca", "label": "x", "type": "boolean", "choices": ["a"]}, "only strings have choices"),
    ((*FIELDS, 0, "format"), "email", "format"), ((*FIELDS, 0, "help_text"), 1, "text"), ((*FIELDS, 1, "secret"), "yes", "switch"),
    ((*FIELDS, 0, "default"), "https://h", "default"), (("injectors", "env", "ANSIBLE_HOST"), "x", "env: ANSIBLE_HOST"),
    (("injectors", "env", "ansible_x"), "x", "env: ansible_x"), (("injectors", "env", "1X"), "x", "env: 1X"), (("injectors", "env", "A-B"), "x", "env: A-B"),
    (("injectors", "env", "X"), "{{ nobody }}", "no input: nobody"), (("injectors", "env", "HOOP_TOKEN"), "", "nothing is made of token"),
    (("injectors", "extra_vars"), {"a-b": "x"}, "extra_vars: a-b"), (("injectors", "file"), {"template": "", "template.x": "{{ ca }}"}, "file: template"),
    (("injectors", "file"), {"ca": "{{ ca }}"}, "file: template"), (("injectors", "env", "X"), "{{ awx.filename }}", "no input: awx"),
    (("injectors", "file"), {}, "no input: tower"),
])
def test_what_awx_would_refuse_is_found(path, value, line):
    assert any(line in each for each in awx_rules.wrong_credential_type(change(path, value)))


def test_what_was_left_out_is_false_or_empty(tmp_path):
    """The trap itself: a switch that is to be on must be made of one that is off."""
    fields = [{"id": "verify", "label": "V", "type": "boolean", "default": True}, {"id": "insecure", "label": "I", "type": "boolean"}]
    env = {"V": "{{ verify }}", "I": "{{ 'false' if insecure else 'true' }}", "S": "{{ missing }}"}
    kind = {"inputs": {"fields": fields}, "injectors": {"env": env, "extra_vars": {"r": "{{ region | default('x', true) }}"}}}
    assert injected(kind, {}, tmp_path) == ({"V": "False", "I": "true", "S": ""}, {"r": "x"})
    assert injected(kind, {"insecure": True}, tmp_path)[0]["I"] == "false"


@pytest.mark.parametrize("name, source", [(name, source) for name, sources in ASKED.items() for source in sources])
def test_what_is_entered_arrives(name, source, tmp_path):
    env, extra_vars = injected(TYPES[name], ENTERED[name], tmp_path)
    assert extra_vars == {}
    settings = settings_of(source, env)
    own = {"taurusdb_endpoint": "taurusdb_killed_session", "dataarts_endpoint": "dataarts_sql_session"}
    for field, value in ENTERED[name].items():
        if own.get(field, source) == source and field != "ca":
            assert settings[OPTION.get(field, field)] == value, field
    assert settings["validate_certs"] is True and settings["ca_path"] is None


@pytest.mark.parametrize("name, source", [(name, source) for name, sources in ASKED.items() for source in sources])
def test_what_is_left_out_is_not_set(name, source, tmp_path):
    """Only what must be there: everything else is as without any variable, the check of certificates above all."""
    env, extra_vars = injected(TYPES[name], required(name), tmp_path)
    assert extra_vars == {} and "" in env.values() and "False" not in env.values()
    alone = {variable: value for variable, value in env.items() if value}
    some, none = settings_of(source, env), settings_of(source, alone)
    assert (some.values, some.origin) == (none.values, none.origin)
    assert some["validate_certs"] is True and some["security_token" if name != "hoop" else "token"] is None


def test_a_gate_with_the_credential_notifies(tmp_path):
    env, variables = injected(TYPES["notify"], required("notify"), tmp_path)
    assert env == {}
    assert variables == {
        "gate_on_breach": "notify", "gate_notify_urls": ENTERED["notify"]["urls"], "gate_notify_format": "", "gate_notify_secret": "",
    }
    assert variables.keys() <= header("gate.yml").keys()
    # Nothing of the template is set by both.
    gate = TEMPLATES["gate"]
    assert not variables.keys() & {*gate["extra_vars"], *(question["variable"] for question in gate["survey"])}


@pytest.mark.parametrize("name, left_out", [
    ("huaweicloud", ()), ("hoop", ("token",)), ("hoop", ("api_key", "ca")), ("baiducloud", ()), ("baiducloud", ("security_token",)),
])
def test_it_is_enough_to_ask(name, left_out, tmp_path):
    env, _extra_vars = injected(TYPES[name], {each: value for each, value in ENTERED[name].items() if each not in left_out}, tmp_path)
    for source in ASKED[name]:
        connection = ARCHIVES[source].source.connect(settings_of(source, env), {"HOME": "/nonexistent", **env})
        assert connection.base.startswith("https://")
        assert (connection.ca or "").strip() == (PEM.strip() if name == "hoop" and "ca" not in left_out else "")


def test_a_gateway_without_a_key_is_reported_in_one_line(tmp_path):
    env, _extra_vars = injected(TYPES["hoop"], required("hoop"), tmp_path)
    with pytest.raises(OptionError, match="no credentials were given"):
        ARCHIVES["hoop_session"].source.connect(settings_of("hoop_session", env), {"HOME": "/nonexistent", **env})


@pytest.mark.parametrize("name", TYPES)
def test_what_a_module_masks_is_a_secret_here(name, tmp_path):
    # The gate gives its variables to session_notify.
    if name == "notify":
        secrets = {field["id"] for field in TYPES[name]["inputs"]["fields"] if field.get("secret")}
        assert secrets == {"urls", "secret"}
        return
    declared = gate_task.GateTask.options if name == "store" else {}
    for source in ASKED.get(name, ()):
        declared = {**declared, **ARCHIVES[source].source.all_options}
    masked = {variable for each in declared.values() if each.get("no_log") for variable in each.get("env", ())}
    for field in TYPES[name]["inputs"]["fields"]:
        env, _extra_vars = injected(TYPES[name], {field["id"]: "entered"}, tmp_path)
        goes_to = {variable for variable, value in env.items() if "entered" in value}
        assert field.get("secret", False) is bool(goes_to & masked), field["id"]
