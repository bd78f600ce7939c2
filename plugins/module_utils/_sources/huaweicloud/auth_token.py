# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authenticate at Huawei Cloud with a token of IAM."""

from __future__ import annotations

from ..._http.auth import HeaderAuth


class TokenAuth(HeaderAuth):
    """A token, sent as it is."""

    name = "token"
    header = "X-Auth-Token"
