# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Register the sources that can be archived, by their names in the store."""

from __future__ import annotations

from .._base.options import Declaration
from .._fetch.archive_spec import Archive
from .bcc import archive as bcc
from .dataarts import archive as dataarts
from .hoop import archive as hoop
from .taurusdb import archive as taurusdb

ARCHIVES: dict[str, Archive] = {
    each.source.name: each
    for each in (taurusdb.ARCHIVE, dataarts.ARCHIVE, hoop.ARCHIVE, bcc.ARCHIVE)
}

#: The option that selects sources; all by default.
SOURCES: Declaration = {
    "type": "list", "elements": "str", "choices": list(ARCHIVES), "default": list(ARCHIVES), "order": tuple(ARCHIVES),
}
