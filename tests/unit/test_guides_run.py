# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every block of code of every guide is run by a test, or is listed here with the reason why it isn't."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from ansible_collections.opsaudit.sessions.tests.guides import GUIDES, ROOT

pytestmark = pytest.mark.any_core

TEXTS = {**GUIDES, "README": (ROOT / "README.md").read_text("utf-8")}
E2E, UNIT, EDA = "tests/e2e/test_e2e_%s.py", "tests/unit/test_%s.py", "tests/eda/test_eda_guide.py"
PLAYS, PEOPLE, FOLLOWING = E2E % "guides", E2E % "newcomers", E2E % "guide_blocks"
ARCHIVE, AWX = UNIT % "guide_archive", E2E % "awx"

#: By guide and language: how many blocks which test runs.
RUN = {
    ("README", "yaml"): {PLAYS: 4, PEOPLE: 1},
    ("README", "shell"): {PEOPLE: 1},
    ("guide_acting", "shell"): {PEOPLE: 7},
    # The role's specification takes the file of variables; test_e2e_notify.py and test_e2e_gate.py run gates with such variables.
    ("guide_acting", "yaml"): {PLAYS: 5, UNIT % "guides": 1},
    ("guide_archive", "ini"): {PEOPLE: 2},
    ("guide_archive", "mysql"): {ARCHIVE: 2},
    ("guide_archive", "postgresql"): {ARCHIVE: 2},
    ("guide_archive", "shell"): {E2E % "guide": 1, FOLLOWING: 1, UNIT % "guide_backup": 4, PEOPLE: 1},
    ("guide_archive", "sql"): {ARCHIVE: 15},
    ("guide_archive", "yaml"): {E2E % "guide": 1, FOLLOWING: 4},
    ("guide_auditor", "sh"): {PEOPLE: 1},
    ("guide_auditor", "shell"): {PEOPLE: 2},
    ("guide_awx", "yaml"): {AWX: 3, PLAYS: 1},
    ("guide_awx_daily", "yaml"): {AWX: 1},
    ("guide_baiducloud", "yaml"): {PLAYS: 1},
    ("guide_common", "shell"): {PEOPLE: 1},
    ("guide_common", "yaml"): {PLAYS: 1},
    ("guide_complete", "yaml"): {PLAYS: 1},
    ("guide_databases", "mysql"): {UNIT % "guide_databases": 2},
    ("guide_databases", "postgresql"): {UNIT % "guide_databases": 3},
    ("guide_databases", "shell"): {UNIT % "guide_databases": 1},
    ("guide_eda", "shell"): {EDA: 2},
    ("guide_eda", "sql"): {UNIT % "event_source": 1},
    ("guide_eda", "yaml"): {EDA: 2},
    ("guide_fifth_source", "python"): {UNIT % "guides": 8},
    ("guide_hoop", "yaml"): {PLAYS: 1},
    ("guide_huaweicloud", "yaml"): {PLAYS: 1},
    ("guide_on_call", "shell"): {PEOPLE: 1},
    ("guide_on_call", "sql"): {PEOPLE: 2},
    ("guide_proof", "sh"): {UNIT % "guide_proof": 2},
    ("guide_proof", "shell"): {FOLLOWING: 1},
    ("guide_proof", "yaml"): {FOLLOWING: 2},
    ("guide_scaling", "ini"): {FOLLOWING: 1},
    ("guide_scaling", "postgresql"): {UNIT % "guide_scaling": 2},
    ("guide_scaling", "shell"): {FOLLOWING: 1},
    ("guide_scaling", "yaml"): {E2E % "inventory": 3},
    ("guide_start", "shell"): {PEOPLE: 1},
    ("guide_start", "yaml"): {PLAYS: 4},
    ("guide_troubleshooting", "yaml"): {PLAYS: 1},
    ("guide_watching", "shell"): {PEOPLE: 1},
    ("guide_watching", "yaml"): {E2E % "watching": 3, UNIT % "guide_watching": 1, UNIT % "entry_errors": 1},
}

INSTALL = "it installs what the tests have; `make package` installs the tarball elsewhere and runs the demo from there"
CLONE = "it needs GitHub; .ci/run does the same in a fresh clone"
AWX_ITSELF = "it needs a registry of images and AWX; the playbook is run against a model of AWX, and the image's context is made and checked"
VALUES = "it holds a reader's own credentials; a test sets the same variables"
SERVICE = "it needs systemd; the command in it is run, or is one that another block of the guide has"
#: The first line of what no test runs, and why.
NOT_RUN = {
    ("README", "make build"): INSTALL,
    ("README", "git clone https://github.com/opsaudit/sessions opsaudit-sessions"): CLONE,
    ("guide_archive", "# /etc/systemd/system/opsaudit.timer"): SERVICE,
    ("guide_awx", "make build"): AWX_ITSELF,
    ("guide_awx", "ansible-galaxy collection install awx.awx"): AWX_ITSELF,
    ("guide_awx_daily", "make build"): AWX_ITSELF,
    ("guide_awx_daily", "ansible-galaxy collection install awx.awx"): AWX_ITSELF,
    ("guide_eda", "python3 -m pip install ansible-rulebook ansible-core"): INSTALL,
    ("guide_eda", "# /etc/systemd/system/opsaudit-events.service"): SERVICE,
    ("guide_start", "git clone https://github.com/opsaudit/sessions opsaudit-sessions"): CLONE,
    ("guide_start", "export HOOP_APIKEY=hpk_...              # 3. your credentials"): VALUES,
    ("guide_start", "export HUAWEICLOUD_SDK_AK=... HUAWEICLOUD_SDK_SK=...      # 3. your credentials"): VALUES,
    ("guide_start", "export BCE_ACCESS_KEY_ID=... BCE_SECRET_ACCESS_KEY=...    # 3. your credentials"): VALUES,
}


def all_blocks():
    """Guide, language and first line of every block. One of language text shows a picture or what is printed."""
    for guide, text in TEXTS.items():
        found = re.findall(r"^ *\.\. code-block:: (\w+)\n\n *(\S.*)$", text, re.M) + re.findall(r"^```(\w+)\n(.+)$", text, re.M)
        yield from ((guide, language, first) for language, first in found if language != "text")


def test_every_block_is_run_or_listed():
    left = Counter((guide, language) for guide, language, first in all_blocks() if (guide, first) not in NOT_RUN)
    assert left == {place: sum(tests.values()) for place, tests in RUN.items()}
    assert {(guide, first) for guide, _language, first in all_blocks()} >= NOT_RUN.keys()


@pytest.mark.parametrize("guide, test", sorted({(guide, test) for (guide, _language), tests in RUN.items() for test in tests}))
def test_the_tests_that_are_named_read_the_guide(guide, test):
    text = (ROOT / test).read_text("utf-8")
    everything = re.search(r"for name in GUIDES|, GUIDES\)|sorted\(GUIDES", text)
    assert everything or guide in text or guide == "README" and "README.md" in text


def test_every_block_is_found():
    """Wherever it stands: directly, in a list, in Markdown."""
    count = sum(len(re.findall(r"code-block:: (?!text\b)\w", text)) + len(re.findall(r"^```(?!text\b)\w", text, re.M)) for text in TEXTS.values())
    assert sum(1 for _block in all_blocks()) == count > 100
