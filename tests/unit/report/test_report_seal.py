# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says of seals: verified only what a verification found, whatever is written into the store."""

from __future__ import annotations

import pytest
from exporting import DAY, some_days
from reporting import data_of, failed, report
from sealing import NOON, outcome, seal, sql
from signing import allow, make_key

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.task import ReportTask
from ansible_collections.opsaudit.sessions.tests.stores.look import rows


class Sealed:
    """A store with one signed seal."""

    def __init__(self, folder):
        self.store = some_days(folder / "s.db")
        self.folder = folder
        self.key = make_key(folder / "key")
        self.signers = str(allow(folder / "signers", self.key))
        self.seal()

    def seal(self, day=0):
        seal(self.store, self.folder / "seals", day, signing_key=self.key)

    def verify(self, **given):
        return outcome(self.store, self.folder / "seals", NOON + DAY, verify=True, **{"allowed_signers": self.signers, **given})[0]

    def page(self, **given):
        """What the page says of the seal, and the task's warnings."""
        defaults = {name: declared.get("default") for name, declared in ReportTask.options.items()}
        page = self.folder / "r.html"
        found = run_task(ReportTask(), {**defaults, "store": self.store, "dest": str(page), **given}, {})
        assert not found.result.get("failed"), found.result
        return data_of(page)["seal"], found.warnings


@pytest.fixture
def sealed(tmp_path):
    return Sealed(tmp_path)


def test_a_verification_is_named_with_key_and_date(sealed):
    found = sealed.verify()
    assert not found.get("failed"), found
    seal, warnings = sealed.page(seal=found)
    assert seal == {
        "number": 1, "sealed_at": NOON, "sha256": found["statement_sha256"], "verified_at": NOON + DAY,
        "signer": [found["signature"]["principal"], found["signature"]["key"]], "wrong": [0, 0, 0], "newer": 0,
    }
    assert seal["signer"][0] and seal["signer"][1].startswith("SHA256:") and warnings == []


def test_without_allowed_signers_nobody_is_named(sealed):
    seal, _warnings = sealed.page(seal=sealed.verify(allowed_signers=None))
    assert seal["signer"] is None and seal["verified_at"] == NOON + DAY


def test_what_was_altered_is_said_whatever_the_store_says_of_its_seals(sealed):
    sql(sealed.store, "UPDATE record SET actor = 'nobody' WHERE record_id = 's0001'")
    sql(sealed.store, "UPDATE store SET seal_number = NULL, seal_sha256 = NULL, sealed_at = NULL")
    found = sealed.verify()
    assert found["failed"] and len(found["altered"]) == 1
    seal, _warnings = sealed.page(seal=found)
    assert seal["number"] == 1 and seal["wrong"][0] == 1


def test_who_writes_to_the_store_makes_no_page_say_verified(sealed):
    earlier = sealed.verify()
    [columns] = rows(sealed.store, "SELECT * FROM store")
    assert not any("verif" in name for name in columns)
    assert sealed.page()[0]["verified_at"] is None
    # An earlier result is of another seal.
    sealed.seal(2)
    seal, warnings = sealed.page(seal=earlier)
    assert (seal["number"], seal["verified_at"]) == (2, None) and "another last seal than was verified" in warnings[0]


@pytest.mark.parametrize("given", [
    {"number": 1}, {"number": 1, "statement_sha256": "a", "sealed_at": "x", "verified_at": "y", "signature": "z", "altered": 1, "removed": [], "broken": []},
])
def test_the_result_of_another_task(sealed, given):
    assert failed(sealed.store, sealed.folder / "r.html", seal=given).startswith("seal: it is not the result of session_seal with verify: true")


def test_a_list_has_no_seals(sealed):
    result = report(None, sealed.folder / "r.html", records=[], sources=["hoop_session"], seal=sealed.verify())
    assert result["msg"] == "seal, records: both are given (a list of records has no seals)"
