# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be kept, by the name that the store has for it."""

from __future__ import annotations

from . import _archive_bcc, _archive_dataarts, _archive_hoop, _archive_taurusdb
from ._entry import Archive
from ._options import Declaration

ARCHIVES: dict[str, Archive] = {
    each.source.name: each
    for each in (_archive_taurusdb.ARCHIVE, _archive_dataarts.ARCHIVE, _archive_hoop.ARCHIVE, _archive_bcc.ARCHIVE)
}

#: An option for some of them, or all.
SOURCES: Declaration = {
    "type": "list", "elements": "str", "choices": list(ARCHIVES), "default": list(ARCHIVES), "order": tuple(ARCHIVES),
}
