# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of audit_sources are checked before the first request: all errors at once, each with its entry."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.opsaudit.sessions.plugins.filter.entry_errors import DOCUMENTATION, FilterModule
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.tests.guides import GUIDES, variable_files

entry_errors = FilterModule().filters()["entry_errors"]
INSTANCE = "17b6bbb64d2f4c14a83a88f19da8dcc8in07"
GOOD = [
    {"source": "hoop_session", "endpoint": "https://hoop.example.com", "start_time": "2026-01-01"},
    {"source": "taurusdb_killed_session", "region": "cn-north-4", "instance_id": [INSTANCE], "start_time": "2026-01-01"},
    {"source": "dataarts_sql_session", "region": "cn-north-4", "workspace_id": "5b7c2a54-1f0e-4c3a-9d5e-6a7b8c9d0e1f"},
    {"source": "bcc_action_run", "region": "bj", "type": ["COMMAND"], "account": "shop", "children": "true"},
]


def test_the_documentation_names_the_options_of_the_filter():
    assert set(yaml.safe_load(DOCUMENTATION)["options"]) == {"_input", "defaults"}


def test_good_entries_have_no_errors():
    assert {entry["source"] for entry in GOOD} == set(ARCHIVES)
    assert entry_errors(GOOD) == []
    assert entry_errors([]) == []


@pytest.mark.parametrize("guide", GUIDES)
def test_the_entries_of_the_guides_have_none(guide):
    for variables in variable_files(guide):
        assert entry_errors(variables.get("audit_sources", [])) == []


def test_what_an_entry_lacks_is_taken_from_the_defaults():
    entry = {"source": "taurusdb_killed_session", "region": "cn-north-4", "instance_id": INSTANCE}
    (line,) = entry_errors([entry])
    assert line == "audit_sources[0] (taurusdb_killed_session): start_time: missing (such as -24h)"
    assert entry_errors([entry], {"start_time": "2026-01-01"}) == []
    # Its own value is the one that counts.
    (line,) = entry_errors([{**entry, "start_time": "soon"}], {"start_time": "2026-01-01"})
    assert "start_time: 'soon' is not a time" in line


def test_all_errors_are_listed_at_once():
    lines = entry_errors([
        {"source": "hoop_session", "node_id": "n", "page_size": "many"},
        GOOD[0],
        {"source": "bcc_action_run", "page_size": 500, "start_time": "yesterday", "region": "nowhere at all"},
        {"source": "oracle"},
        {"source": "taurusdb_killed_session", "instance_id": ["a" * 32 + "in07", INSTANCE], "node_id": ["0" * 32 + "no07"], "start_time": "2026-01-01"},
        {},
    ])
    places = [line.partition(":")[0] for line in lines]
    assert places == [
        "audit_sources[0] (hoop_session)", "audit_sources[0] (hoop_session)", *["audit_sources[2] (bcc_action_run)"] * 3,
        "audit_sources[3]", "audit_sources[4] (taurusdb_killed_session)", "audit_sources[5]",
    ]
    assert "node_id: no such option" in lines[0] and lines[1].endswith("page_size: 'many' is not a whole number")
    assert {"page_size", "start_time", "region"} == {line.split(": ")[1] for line in lines[2:5]}
    assert "node_id" in lines[6]


def test_typos_types_and_values_are_found_in_one_run():
    entry = {"source": "hoop_session", "conection": "x", "page_size": 500, "review_status": "PENDNG", "timeout": "soon", "start_time": "yesterday"}
    assert [line.partition("(hoop_session): ")[2].partition(" (")[0] for line in entry_errors([entry])] == [
        "conection: no such option", "timeout: 'soon' is not a whole number",
        "review_status: 'PENDNG' is not one of APPROVED, EXECUTED, PENDING, PROCESSING, REJECTED, REVOKED, UNKNOWN",
        "page_size: 500 is out of range", "start_time: 'yesterday' is not a time",
    ]
    assert entry_errors([entry])[0] == "audit_sources[0] (hoop_session): conection: no such option (did you mean connection?)"
    known = ", ".join(sorted(ARCHIVES))
    assert entry_errors([{"source": "hoop"}]) == ["audit_sources[0]: source: 'hoop' is not one of %s (did you mean hoop_session?)" % known]
    assert entry_errors([{}]) == ["audit_sources[0]: source: missing (one of %s)" % ", ".join(ARCHIVES)]


def test_options_that_do_not_fit_together_are_found():
    entry = {**GOOD[0], "start_time": "2026-03-01", "end_time": "2026-02-01"}
    assert entry_errors([entry]) == [
        "audit_sources[0] (hoop_session): start_time: 2026-03-01T00:00:00.000Z is not before end_time (2026-02-01T00:00:00.000Z)",
    ]


@pytest.mark.parametrize("secret", ["pl4nted secret with blanks\x00", "pl4nted-secret\nX-Header: 1"])
def test_a_secret_is_not_shown(secret):
    lines = entry_errors([{**GOOD[0], "token": secret, "page_size": 0, "user": secret}])
    assert lines and "pl4nted" not in "".join(lines)


@pytest.mark.parametrize("entries", [None, "hoop_session", {"source": "hoop_session"}, ["hoop_session"], 3])
def test_what_is_no_list_of_entries_is_refused(entries):
    with pytest.raises(AnsibleFilterError, match="a list of dictionaries is needed"):
        entry_errors(entries)


def test_the_files_of_filters_load_nothing():
    """Each task of a playbook that uses one of them loads them all, in a process of its own."""
    package = FilterModule.__module__.rpartition(".")[0]
    names = [path.stem for path in Path(sys.modules[FilterModule.__module__].__file__).parent.glob("*.py")]
    program = "import importlib, json, sys\nfor name in json.loads(sys.argv[1]):\n    importlib.import_module(name)\nprint(json.dumps(list(sys.modules)))"
    reported = subprocess.run(
        [sys.executable, "-c", program, json.dumps(["%s.%s" % (package, name) for name in names])], check=True, capture_output=True, text=True
    )
    loaded = json.loads(reported.stdout)
    assert names and not [name for name in loaded if name in ("requests", "sqlalchemy") or "sessions.plugins.module_utils" in name]
