# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ways to count pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._paging.styles import OffsetLimit, PageNumber, Slice


def test_offset_and_limit_are_sent_as_they_are():
    assert dict(OffsetLimit().params(Slice(198, 100))) == {"offset": 198, "limit": 100}
    assert dict(OffsetLimit("skip", "take").params(Slice(7, 3))) == {"skip": 7, "take": 3}


@pytest.mark.parametrize("slice_, number, size", [
    (Slice(0, 100), 1, 100), (Slice(100, 100), 2, 100), (Slice(2500, 100), 26, 100), (Slice(0, 1), 1, 1),
    (Slice(49, 7), 8, 7),
])
def test_page_numbers_begin_with_one(slice_, number, size):
    assert dict(PageNumber("pageNo", "pageSize").params(slice_)) == {"pageNo": number, "pageSize": size}


@given(start=st.integers(0, 10**6), size=st.integers(1, 100))
def test_offsets_begin_anywhere(start, size):
    assert OffsetLimit().place_slice(start, size) == Slice(start, size)


@given(start=st.integers(0, 10**6), size=st.integers(1, 100))
def test_a_numbered_page_contains_the_row_it_is_asked_for(start, size):
    paging = PageNumber("pageNo", "pageSize")
    slice_ = paging.place_slice(start, size)
    assert slice_.offset <= start < slice_.offset + slice_.limit
    assert 1 <= slice_.limit <= size
    assert slice_.limit > size // 2 or size == 1
    sent = dict(paging.params(slice_))
    assert (sent["pageNo"] - 1) * sent["pageSize"] == slice_.offset, "the source would show another stretch"


def test_a_numbered_page_that_fits_keeps_its_size():
    assert PageNumber("n", "s").place_slice(300, 100) == Slice(300, 100)
    assert PageNumber("n", "s").place_slice(99, 100) == Slice(99, 99)


def test_the_largest_offset():
    assert OffsetLimit().max_offset is None
    assert OffsetLimit(max_offset=10_000).max_offset == 10_000
    assert PageNumber("n", "s").max_offset is None
