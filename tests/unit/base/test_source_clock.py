# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of a source, and what of a task's window it has reached."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._base import times

#: 2026-04-01, in seconds.
BEGIN = 1775001600


class Clocks:
    """The true time, and what this machine's clock is ahead of it."""

    def __init__(self, monkeypatch):
        self.now = self.ahead = 0.0
        monkeypatch.setattr(times.time, "time", lambda: BEGIN + self.now + self.ahead)
        monkeypatch.setattr(times.time, "monotonic", lambda: 5000 + self.now)

    def date(self):
        return format_datetime(datetime.fromtimestamp(int(BEGIN + self.now), timezone.utc), usegmt=True)

    def present(self):
        return int((BEGIN + self.now + self.ahead) * 1000)


@given(st.lists(st.tuples(st.floats(0, 90), st.sampled_from([0.0, 0.0, 86400.0, -3600.0]), st.sampled_from([True, True, False])), min_size=1, max_size=6),
       st.sampled_from([0.0, 5.0, 86400.0, -7200.0]))
def test_a_window_never_ends_later_than_the_source_was_when_the_task_began(answers, ahead):
    with pytest.MonkeyPatch.context() as monkeypatch:
        clocks = Clocks(monkeypatch)
        clocks.ahead = ahead
        began, present = clocks.now, clocks.present()
        clock = times.SourceClock()
        has_dates = False
        for wait, ahead_now, has_date in answers:
            clocks.now += wait
            clocks.ahead = ahead_now
            clock.note(clocks.date() if has_date else None)
            has_dates = has_dates or has_date
        limit = clock.limit(present)
        assert limit <= present
        if has_dates:
            # Its answers show whole seconds.
            assert limit <= (BEGIN + began) * 1000 + 2001
        else:
            assert limit == present


@pytest.mark.parametrize("date", [None, "", "soon", "Tue, 99 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 99999999999 22:13:20 GMT"])
def test_what_is_no_date_says_nothing(date):
    clock = times.SourceClock()
    clock.note(date)
    assert clock.skew is None and clock.limit(5) == 5
