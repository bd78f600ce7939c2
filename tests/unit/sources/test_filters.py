# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option that leaves out records is declared as a filter: the archive would count a filtered list as everything otherwise."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace

import pytest
from fifth.endpoints import LOGINS
from fifth.endpoints import SOURCE as FIFTH

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.archives import ARCHIVES
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.endpoints import SOURCE as BCC
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.dataarts.endpoints import SOURCE as DATAARTS
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.endpoints import SOURCE as HOOP
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb.endpoints import SOURCE as TAURUSDB

INFO = [TAURUSDB, DATAARTS, HOOP, BCC, FIFTH]
ARCHIVED = [archive.source for archive in ARCHIVES.values()]
#: Parameters of a request that lists which leave nothing out: the order, and a field more in each row.
HARMLESS = {"ascending", "with_log"}
WINDOW = {"start_time", "end_time"}
#: Values that a connection makes of an option.
MADE_OF = {"user_id": "user", "user_email": "user"}


class Reads(defaultdict):
    """Values that remember which of them were read."""

    def __init__(self):
        super().__init__(lambda: None)
        self.names = set()

    def __getitem__(self, name):
        self.names.add(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        return self[name]


def list_read(endpoint):
    """Return the options that decide what a request lists, and which rows are kept."""
    values = Reads()
    for of in endpoint.params.values():
        if callable(of):
            of(values)
        else:
            values[of]
    return {MADE_OF.get(name, name) for name in values.names | set(endpoint.where)}


def list_targets(source, endpoint):
    """Return the options that a listing is one of each for, with those within them."""
    return {*endpoint.fan_out, *(part for name in endpoint.fan_out for part in source.options.get(name, {}).get("options", ()))}


def list_undeclared(source):
    """Return the options of a source that leave out records, and that its view does not name."""
    found = set()
    for _option, endpoint in source.endpoints:
        if endpoint.rows is not None:
            found |= list_read(endpoint) - list_targets(source, endpoint) - WINDOW - HARMLESS
    return sorted(found - set(source.filters))


@pytest.mark.parametrize("source", [*INFO, *ARCHIVED], ids=lambda source: source.name)
def test_every_option_that_leaves_out_records_is_a_filter(source):
    assert list_undeclared(source) == []
    read = {name for _option, endpoint in source.endpoints for name in list_read(endpoint)}
    assert set(source.filters) <= read, "no filter is declared that is not applied"


@pytest.mark.parametrize("forgotten", [
    {"params": {"shell": "shell", "agent": "agent"}},
    {"params": {"shell": "shell", "agent": lambda values: values["agent"] or None}},
    {"where": {"agent": ("agent",)}},
])
def test_a_forgotten_filter_is_found(forgotten):
    source = FIFTH._replace(options={**FIFTH.options, "agent": {"type": "str"}}, endpoints=((None, LOGINS._replace(**forgotten)),))
    assert list_undeclared(source) == ["agent"]


def test_filters_of_all_endpoints_are_in_the_view():
    assert TAURUSDB.filters == ()
    assert set(DATAARTS.filters) == {"endpoint_id", "status", "session_id"}
    assert set(HOOP.filters) == {
        "user", "connection", "type", "review_status", "review_approver", "jira_issue_key", "batch_id", "correlation_id",
    }
    assert set(BCC.filters) == {"action_id", "name", "filename", "state", "child_state"}


def test_the_order_of_several_values_makes_no_other_view():
    def view(keys):
        settings = SimpleNamespace(values={"jira_issue_key": keys})
        return HOOP.view_of(settings, {})

    assert view(["B-1", "A-1"]) == view(["A-1", "B-1"]) == {"jira_issue_key": ["A-1", "B-1"]}
