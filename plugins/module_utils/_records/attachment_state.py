# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of an attachment: what belongs to a record but is not in it, such as a recording."""

from __future__ import annotations

KEPT = "kept"
#: Nothing was recorded.
EMPTY = "empty"
#: The source has it no more.
GONE = "gone"
TOO_LARGE = "too_large"
#: It is fetched again by the next run.
FAILED = "failed"
#: It was never fetched, or its file is not there.
ABSENT = "absent"
#: Nothing is missing.
WHOLE = (KEPT, EMPTY)
