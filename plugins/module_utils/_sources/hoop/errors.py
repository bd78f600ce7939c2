# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map the failures of a hoop gateway, which have texts and no codes."""

from __future__ import annotations

from ..._base.errors import ErrorCodes

CODES = ErrorCodes(
    hints_by_kind={
        "auth": (
            "The token has expired, or was issued by another gateway: get a new one with 'hoop login' on this gateway, "
            "or have an administrator create an API key (hpk_...) in a group that may read sessions."
        ),
    },
    hints_by_text={
        "failed loading IDP provider": "The gateway cannot reach its database. Check the gateway's database, then run the task again.",
    },
)
