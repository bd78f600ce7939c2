# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declare the options, credentials and hosts of Baidu AI Cloud."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..._base.endpoint_url import host_of, normalize_base_url, place_given
from ..._base.errors import SourceError
from ..._base.options import Declaration, Settings, missing, name_option, not_a_choice, secret, text
from ..._fetch.endpoint import Connection
from .auth_bce_v1 import BceAuth
from .errors import CODES

_DEFAULT_REGION = "bj"
#: Regions of the Cloud Assistant; a newer one is reached by its endpoint.
REGIONS = ("bd", "bj", "cd", "fwh", "gz", "hkg", "su", "yq")

OPTIONS: dict[str, Declaration] = {
    "endpoint": text(env=("BCE_CA_ENDPOINT",)),
    "region": text(
        env=("BCE_REGION", "BAIDUCLOUD_REGION"), pattern="[a-z0-9-]{1,32}", allowed="lower-case letters and digits"
    ),
    "access_key": secret(env=("BCE_ACCESS_KEY_ID", "BAIDUCLOUD_ACCESS_KEY")),
    "secret_key": secret(env=("BCE_SECRET_ACCESS_KEY", "BAIDUCLOUD_SECRET_KEY")),
    "security_token": secret(env=("BCE_SECURITY_TOKEN", "BAIDUCLOUD_SESSION_TOKEN")),
}


def connect(settings: Settings, environ: Mapping[str, str]) -> Connection:
    """Decide where to send requests, and with which credentials.

    The service's only documented protocol is HTTP: the secret key is never sent, all else is sent in clear.

    :raises OptionError: if an option is missing or invalid.
    """
    lacking = [name for name in ("access_key", "secret_key") if not settings[name]]
    if lacking:
        raise missing(", ".join(lacking), "a key pair, as options or in the environment")
    if place_given(settings) == "endpoint":
        base = normalize_base_url(name_option("endpoint", settings), settings["endpoint"])
    else:
        region = settings["region"] or _DEFAULT_REGION
        if region not in REGIONS:
            raise not_a_choice(name_option("region", settings), region, REGIONS, "for any other, set endpoint")
        base = "http://ca.%s.baidubce.com" % region
    # A session's token in the environment does not belong to a key given as an option.
    keys_from_option = settings.origin.get("access_key") == "option"
    own_token = settings.origin.get("security_token") == "option" or not keys_from_option
    token = settings["security_token"] if own_token else None
    auth = BceAuth(settings["access_key"], settings["secret_key"], token)
    return Connection(base, auth, codes=CODES, secret_patterns=(r"(bce-auth-v1/)\S+", "(?i)(signature=)[0-9a-f]{16,}"))


def place_of(base: str) -> dict[str, str]:
    """Return the part of a scope that the host decides: its region, or the host if its name has no region."""
    host = host_of(base)
    found = re.fullmatch(r"ca\.([a-z0-9-]+)\.baidubce\.com", host)
    return {"region": found[1]} if found else {"host": host}


def check_envelope(data: Any) -> None:
    """Check that an answer with status 2xx is a success: C(code) must say so.

    Without a readable code, C(success) decides.

    :raises SourceError: the source's own failure, or C(protocol) if the answer has neither.
    """
    code = data.get("code") if isinstance(data, dict) else None
    if isinstance(code, str) and code:
        if code.lower() != "success":
            from ..._http.error_mapping import kind_of

            message = str(data.get("message") or "the source says no more")
            kind, request_id = kind_of(200, code, CODES), str(data.get("requestId") or "") or None
            raise SourceError(kind, message, code=code, request_id=request_id, hint=CODES.hint(kind, code, message))
    elif not isinstance(data, dict) or data.get("success") is not True:
        raise SourceError("protocol", "the answer does not say whether it is a success")
