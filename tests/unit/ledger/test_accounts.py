# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose key reads, where the source does not say it: the account that a user names, and what the store remembers of keys."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.coverage import Scope
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.scopes import check_account, note_scope
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.stores.look import dump, rows


@pytest.fixture
def store(any_store):
    with open_store(any_store, lambda secret: None, writes=True) as opened:
        opened.address = any_store
        yield opened


def check(store, key, account=None, source="bcc_action_run", writes=True):
    return store.transact(lambda connection: check_account(connection, source, key, account, 1, writes))


def refusal(store, key, account=None):
    before = rows(store.address, "SELECT * FROM credential ORDER BY fingerprint")
    with pytest.raises(OptionError) as problem:
        check(store, key, account)
    assert rows(store.address, "SELECT * FROM credential ORDER BY fingerprint") == before
    assert key not in str(problem.value)
    return str(problem.value)


def test_without_a_name_one_key_is_enough(store):
    assert [check(store, "AK-one") for _again in range(3)] == ["default"] * 3
    assert len(rows(store.address, "SELECT * FROM credential")) == 1


def test_without_a_name_another_key_is_refused_and_both_ways_on_are_named(store):
    check(store, "AK-one")
    assert refusal(store, "AK-two") == (
        "account: missing, and the store knows another access key; write account: default if the key was rotated,"
        " or another name if this is another account"
    )
    # The ways on: one of them, and then the other, too.
    assert check(store, "AK-two", "default") == "default"
    assert check(store, "AK-three", "prod") == "prod"
    # A key that is known needs no name, as long as it is the default account's.
    assert check(store, "AK-two") == "default"


def test_without_a_name_a_key_is_refused_where_all_others_have_one(store):
    """It may be the rotated key of an account with a name: its records would be kept twice."""
    check(store, "AK-one", "prod")
    check(store, "AK-two", "test")
    assert "write account: prod or test if the key was rotated" in refusal(store, "AK-three")


def test_a_key_belongs_to_one_account(store):
    check(store, "AK-one", "prod")
    assert refusal(store, "AK-one", "test") == (
        "account: 'test' is not whose access key this is (the store knows it as the key of 'prod'); write account: prod"
    )
    assert refusal(store, "AK-one").startswith("account: 'default' is not whose access key this is")


def test_given_any_new_key_goes_on_under_it(store):
    assert [check(store, key, "prod") for key in ("AK-one", "AK-two", "AK-three", "AK-one")] == ["prod"] * 4
    assert len(rows(store.address, "SELECT * FROM credential")) == 3


def test_sources_are_apart(store):
    check(store, "AK-one", "prod")
    assert check(store, "AK-one", source="other") == "default"


def test_looking_remembers_nothing(store):
    assert check(store, "AK-one", writes=False) == "default"
    assert rows(store.address, "SELECT * FROM credential") == []


def test_a_key_is_kept_as_a_hash_that_differs_from_store_to_store(store, tmp_path):
    check(store, "AK-one")
    with open_store(str(tmp_path / "other.db"), lambda secret: None, writes=True) as other:
        check(other, "AK-one")
    (here,), (there,) = (
        rows(address, "SELECT fingerprint FROM credential") for address in (store.address, str(tmp_path / "other.db"))
    )
    assert here != there and len(here["fingerprint"]) == 64
    assert "AK-one" not in dump(store.address)


def test_the_label_of_a_scope_is_the_last_that_was_given(store):
    for label in (None, "orders", None, "Orders (prod)", None):
        store.transact(lambda connection, label=label: note_scope(connection, Scope("s", "k"), "{}", 5, label))
    assert rows(store.address, "SELECT label, first_seen FROM scope") == [{"label": "Orders (prod)", "first_seen": 5}]
