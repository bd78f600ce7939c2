# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every key that is returned is documented, and what is documented is returned."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e import documented
from ansible_collections.opsaudit.sessions.tests.e2e.support import (
    BCC,
    DATAARTS,
    HOOP,
    NODE,
    NODE_2,
    SOURCES,
    TAURUSDB,
    Ansible,
)

UNKNOWN = "00000000-0000-4000-8000-000000000000"
#: What the emulator's sources never send, with all that is in it.
NEVER_SENT = {
    HOOP: (
        "sessions.ai_analysis.", "sessions.metrics.ai_analyzer", "sessions.machine_identity_id", "sessions.labels",
    ),
    BCC: (
        "action_runs.action.alias", "action_runs.action.ref", "action_runs.action.command.parameters",
        "action_runs.action.command.wait_on_agent_milli", "action_runs.action.supported_instance_types",
        "action_runs.action.file_upload.bos_etag", "action_runs.children.target.external_ip",
    ),
}


@pytest.fixture(scope="module")
def docs(running_emulator, tmp_path_factory):
    ansible = Ansible(tmp_path_factory.mktemp("docs"), running_emulator.urls)
    with ansible.scratch:
        return documented.read(ansible)


@pytest.mark.any_core
@pytest.mark.parametrize("module", SOURCES)
def test_samples_have_the_documented_type(docs, module):
    assert not list(documented.wrong_samples(docs[module]["return"]))
    with_sample = [name for name, entry in docs[module]["return"].items() if "sample" in entry]
    assert SOURCES[module][1] in with_sample


def hoop_ids(emulator):
    return {"id": emulator.ids("hoop")}


def scenes_of(ansible, emulator, module):
    """Whatever makes a result of another shape."""
    common = [{}, {"query": "length(@)"}, {"max_records": 1}, {"endpoint": "http://127.0.0.1:1", "retries": 0}, {"page_size": 0}]
    own = {
        TAURUSDB: [
            {"node_id": None, "include_links": True}, {"node_id": [NODE, NODE_2]},
            {"instance_id": ["0" * 32 + "in07", "17b6bbb64d2f4c14a83a88f19da8dcc8in07"], "node_id": None, "on_error": "continue"},
        ],
        DATAARTS: [{"status": ["RUNNING", "FAIL"]}, {"workspace_id": ["no-such", "empty-workspace"], "on_error": "continue"}],
        HOOP: [
            hoop_ids(emulator), {**hoop_ids(emulator), "expand": ["event_stream", "session_input"]},
            {**hoop_ids(emulator), "event_stream": "utf8"}, {**hoop_ids(emulator), "event_stream": "base64"},
            {**hoop_ids(emulator), "event_stream": "raw-queries"}, {**hoop_ids(emulator), "extension": "txt"},
            {"id": [UNKNOWN], "on_error": "continue"}, {"id": [UNKNOWN]},
        ],
        BCC: [
            {"children": True, "with_log": True}, {"id": ["r-PartlyFailed25Ch", "r-nothing"], "on_error": "continue"},
            {"id": "r-N0UrpENajU7kQ2xB"}, {"id": "r-StillRunning0001", "child_state": "RUNNING"}, {"state": "PENDING"},
        ],
    }
    return {str(number): ansible.scene(module, **given) for number, given in enumerate([*common, *own[module]])}


@pytest.mark.any_core
@pytest.mark.parametrize("module", SOURCES)
def test_results_are_as_documented(tasks, emulator, docs, module):
    returns = docs[module]["return"]
    run = tasks.scenes(scenes_of(tasks, emulator, module))
    assert run.kept
    mistakes = {mistake for kept in run.kept.values() for mistake in documented.mistakes(returns, kept.result)}
    assert not mistakes
    seen = {path for kept in run.kept.values() for path in documented.paths(kept.result)}
    # The emulator has an example of nearly everything.
    unseen = set(documented.leaves(returns)) - seen
    assert not [path for path in unseen if not path.startswith(NEVER_SENT.get(module, ()))]
