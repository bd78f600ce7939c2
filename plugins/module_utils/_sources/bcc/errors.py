# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map Baidu AI Cloud's own error codes and headers (its page of common error codes)."""

from __future__ import annotations

from ..._base.errors import ErrorCodes

CODES = ErrorCodes(
    kinds={
        "IncorrectSignature": "auth",
        "InvalidAccessKeyId": "auth",
        "InvalidHTTPAuthHeader": "auth",
        "RequestExpired": "auth",
        "SignatureDoesNotMatch": "auth",
        "AccessDenied": "permission",
        "OptInRequired": "permission",
        "QualifyNotPass": "permission",
        "InternalError": "server",
    },
    hints={"OptInRequired": "The service has to be opened for this account first."},
    hints_by_kind={"auth": "Check access_key and secret_key, and with security_token whether it has expired."},
    clock=frozenset(("RequestExpired", "SignatureDoesNotMatch")),
    # The transport signs afresh and tries once more.
    retry_once=frozenset(("RequestExpired",)),
    request_id_headers=("x-bce-request-id", "x-request-id"),
)
