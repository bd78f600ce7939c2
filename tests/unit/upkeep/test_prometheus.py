# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics of a store, as Prometheus's own client reads them."""

from __future__ import annotations

import re

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from ansible_collections.opsaudit.sessions.plugins.filter.to_prometheus import DOCUMENTATION, FilterModule

to_prometheus = FilterModule().filters()["to_prometheus"]

SCOPE = {
    "source": "hoop_session", "scope": {"org": "o"}, "label": None, "state": "active", "count": 4, "covered_until": "2026-03-05T00:00:00.250Z",
    "gaps": [], "gap_seconds": 0, "seconds_behind": 7200, "last_run": "2026-03-05T00:00:01.000Z", "last_success": "2026-03-05T00:00:01.000Z",
    "last_error": None, "attachments_missing": 0,
}
#: A scope of which nothing is known.
BARE = {
    **SCOPE, "scope": {"org": "p"}, "covered_until": None, "gaps": [{}], "gap_seconds": None, "seconds_behind": None, "last_run": None,
    "last_success": None, "last_error": {"message": "no"}, "state": "retired",
}
SEAL = {"number": 1, "statement_sha256": "0" * 64, "sealed_at": "2026-03-05T04:00:00.000Z"}


def info(*scopes, sealed=True):
    return {"scopes": list(scopes), "last_seal": SEAL if sealed else None, "store_id": "s-1", "version": 1}


def samples(text):
    """Every sample as its name, its labels and its value."""
    assert text.endswith("\n")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text) for sample in family.samples
    }


def of_scope(text, org):
    return {
        name[0].removeprefix("opsaudit_"): value for name, value in samples(text).items() if ("scope", "org=" + org) in name
    }


def test_every_metric_of_a_scope():
    text = to_prometheus(info(SCOPE, BARE))
    assert of_scope(text, "o") == {
        "records": 4, "covered_until_timestamp_seconds": 1772668800.25, "behind_seconds": 7200, "gaps": 0, "gap_seconds": 0,
        "last_run_timestamp_seconds": 1772668801, "last_success_timestamp_seconds": 1772668801, "last_run_success": 1,
        "attachments_missing": 0, "scope_retired": 0,
    }
    assert of_scope(text, "p") == {"records": 4, "gaps": 1, "last_run_success": 0, "attachments_missing": 0, "scope_retired": 1}


def test_the_metrics_of_the_store():
    found = samples(to_prometheus(info()))
    assert found == {
        ("opsaudit_last_seal_timestamp_seconds",): 1772683200, ("opsaudit_store_info", ("store_id", "s-1"), ("version", "1")): 1,
    }
    assert ("opsaudit_last_seal_timestamp_seconds",) not in samples(to_prometheus(info(sealed=False)))


def test_a_metric_is_one_family_of_gauges_with_help():
    families = list(text_string_to_metric_families(to_prometheus(info(SCOPE, BARE))))
    assert len({each.name for each in families}) == len(families) == 12
    assert all(each.type == "gauge" and each.documentation and each.samples for each in families)


def test_the_documentation_names_every_metric():
    named = set(re.findall(r"C\((opsaudit_\w+)", DOCUMENTATION))
    assert named == {each.name for each in text_string_to_metric_families(to_prometheus(info(SCOPE)))}


@given(st.text(), st.text())
def test_labels_are_what_they_were(label, org):
    text = to_prometheus(info({**SCOPE, "label": label, "scope": {"org": org}}))
    text.encode()
    (records,) = [dict(name[1:]) for name in samples(text) if name[0] == "opsaudit_records"]
    if "\r" not in label:
        # The parser of the client splits its input at other line ends as well; Prometheus does not.
        assert records["label"] == label.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("wrong", [None, "", [], {}, {"result": 1}, {"scopes": None, "store_id": ""}, info({}), info("x"), info({**SCOPE, "gaps": 1})])
def test_what_is_no_result_is_refused(wrong):
    with pytest.raises(AnsibleFilterError, match="^to_prometheus: "):
        to_prometheus(wrong)
