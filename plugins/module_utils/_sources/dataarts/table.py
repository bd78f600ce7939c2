# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The columns that a table of SQL sessions has beside those of all sources, and where their values are in a record."""

from __future__ import annotations

COLUMNS = {
    "workspace_id": ("workspace_id",),
    "endpoint_name": ("endpoint_info", "name"),
    "endpoint_id": ("endpoint_info", "id"),
}
