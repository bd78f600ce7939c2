# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map the error codes and headers of Huawei Cloud: of its gateway, of IAM and of the services."""

from __future__ import annotations

from ..._base.errors import ErrorCodes

_NOT_PUBLISHED = "This API is not published there: check endpoint and region."

CODES = ErrorCodes(
    # Older gateways say APIG, newer ones APIGW.
    kinds={"APIG.0308": "rate_limited", "APIGW.0308": "rate_limited", "IamSignatureInvalid": "auth", "dataartsfabric.00010003": "not_found"},
    hints={
        "APIG.0101": _NOT_PUBLISHED,
        "APIGW.0101": _NOT_PUBLISHED,
        "dataartsfabric.00000001": "The service asks to try again later.",
        "dataartsfabric.00010003": "Check workspace_id, and the region.",
    },
    hints_by_kind={
        "auth": "Check the credentials; a token lasts 24 hours, and five wrong signatures in a row lock a key for 5 minutes.",
    },
    clock=frozenset(("APIG.0303", "APIGW.0303")),
    request_id_headers=("x-request-id", "x-iam-trace-id"),
)
