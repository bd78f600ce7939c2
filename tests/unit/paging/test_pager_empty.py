# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of which nothing is shown, however long it is said to be."""

from __future__ import annotations

import pytest
from fifth.endpoints import SOURCE

from ansible_collections.opsaudit.sessions.plugins.module_utils._paging import pager as pager_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.styles import OffsetLimit, Page, PageNumber


@pytest.mark.parametrize("paging", [OffsetLimit(), PageNumber("page", "size")])
@pytest.mark.parametrize("size", [1, 20, 100])
def test_a_total_and_no_rows(paging, size):
    pager = pager_module.Pager(paging, size, lambda row: row["id"])
    asked = 0
    while not pager.done:
        slice_ = pager.next_slice()
        assert slice_ is not None and asked < 100
        asked += 1
        pager.feed(slice_, Page([], 10**9))
    assert pager.reasons == {"total_changed"}


def test_a_list_that_goes_on_for_ever_is_given_up(wire, monkeypatch):
    monkeypatch.setattr(pager_module, "_MOST_PAGES", 20)

    def answer(sent):
        skip = int(sent.query["skip"])
        return {"data": {"logins": [{"loginId": "x-%d" % (skip + number)} for number in range(100)], "count": None}}

    wire.answer = answer
    result = wire.result(SOURCE, endpoint="https://fifth.example.com", ticket="t1cket", host=["a"], concurrency=1)
    assert (result["complete"], result["incomplete_reasons"]) == (False, ["source_limit"])
    assert result["count"] > 1900
