# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The columns that a table of action runs has beside those of all sources, and where their values are in a record.

A run has several instances: their values are in the same order in each column.
"""

from __future__ import annotations

COLUMNS = {
    "action_name": ("action", "name"),
    "command_type": ("action", "command", "type"),
    "command": ("action", "command", "content"),
    "run_as": ("action", "command", "user"),
    "file_name": ("action", "file_upload", "filename"),
    "instance_name": ("children", "target", "instance_name"),
    "instance_id": ("children", "target", "instance_id"),
    "internal_ip": ("children", "target", "internal_ip"),
    "instance_state": ("children", "state"),
    "exit_code": ("children", "output", "exit_code"),
    "fail_reason": ("children", "fail_reason"),
}
