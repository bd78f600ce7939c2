# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a store has, to hold a page against it."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from ansible_collections.opsaudit.sessions.tests.stores import look, sample

WHERE = "started_at >= %d AND started_at < %d" % (sample.BEGIN, sample.BEGIN + 30 * sample.DAY)
BERLIN = ZoneInfo("Europe/Berlin")


def number(report, condition="1 = 1"):
    return look.rows(report.store, "SELECT count(*) AS n FROM record WHERE %s AND %s" % (WHERE, condition))[0]["n"]


def shown_time(instant):
    return datetime.fromtimestamp(instant / 1000, timezone.utc).astimezone(BERLIN).strftime("%Y-%m-%d %H:%M:%S")


def instant(text):
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BERLIN).timestamp() * 1000)
