# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Register the sources that can be archived, by their names in the store."""

from __future__ import annotations

from collections.abc import Collection

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

#: The option that selects sources. By default those that the store knows.
SOURCES: Declaration = {"type": "list", "elements": "str", "choices": list(ARCHIVES), "order": tuple(ARCHIVES)}


def choose_sources(known: Collection[str]) -> list[str]:
    """Return the sources that a store knows, in the order of the registry; all, if it knows none: then nothing is proven of any."""
    return [source for source in ARCHIVES if source in known] or list(ARCHIVES)
