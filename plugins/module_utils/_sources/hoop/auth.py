# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two methods of authentication of hoop: a header each."""

from __future__ import annotations

from ..._http.auth import HeaderAuth


class BearerAuth(HeaderAuth):
    """An access token, or a managed API key (C(hpk_...))."""

    name = "token"
    header = "Authorization"
    prefix = "Bearer "


class ApiKeyAuth(HeaderAuth):
    """The static key of a self-hosted gateway."""

    name = "api_key"
    header = "Api-Key"
