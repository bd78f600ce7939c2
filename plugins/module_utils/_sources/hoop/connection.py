# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the hoop gateway is, and as whom to ask: options, environment, the file of hoop's own command line."""

from __future__ import annotations

import base64
import binascii
import os
import re
import traceback
from collections.abc import Mapping
from functools import partial
from typing import Any

from ..._base.errors import MissingLibrary, OptionError
from ..._base.options import Declaration, Settings, base_url, secret, text
from ..._fetch.endpoint import Connection
from ..._http.auth import Auth
from .auth import ApiKeyAuth, BearerAuth
from .errors import CODES
from .identity import look_up_identity

OPTIONS: dict[str, Declaration] = {
    "endpoint": text(aliases=["api_url"], env=("HOOP_APIURL",)),
    "token": secret(env=("HOOP_TOKEN",)),
    "api_key": secret(env=("HOOP_APIKEY",)),
}

_STATIC_KEY = re.compile(r"xapi-.*|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\|.*")


def connect(settings: Settings, environ: Mapping[str, str]) -> Connection:
    """Where and as whom to ask.

    :raises OptionError: if the options don't tell, or tell two things.
    :raises MissingLibrary: if there is a file to read, and nothing to read it with.
    """
    given = {name: settings[name] for name in ("endpoint", "token", "api_key") if settings[name]}
    secrets = [name for name in ("token", "api_key") if name in given]
    from_options = [name for name in secrets if settings.origin.get(name) == "option"]
    chosen = from_options or secrets
    if len(chosen) > 1:
        raise OptionError("token and api_key: two ways to authenticate at once; allowed: one of them")
    file = _read_file(environ) if "endpoint" not in given or not chosen else {}
    url = given.get("endpoint") or file.get("api_url")
    if not url:
        raise OptionError("endpoint: nothing was given; allowed: the gateway's URL, such as https://hoop.example.com")
    base = _api_base(url)
    # What is in the file was issued by the gateway in the file, and is nobody else's business.
    same_gateway = bool(file.get("api_url")) and _api_base(file["api_url"]) == base
    if chosen:
        auth = _auth(given[chosen[0]], chosen[0])
    elif same_gateway and file.get("token"):
        auth = _auth(file["token"], "token")
    else:
        raise OptionError(
            "no way to authenticate was given; allowed: token or api_key, as options, in the environment "
            "or in hoop's own file for this endpoint"
        )
    ca = _pem(environ["HOOP_TLSCA"], "HOOP_TLSCA") if environ.get("HOOP_TLSCA") else None
    if ca is None and same_gateway and file.get("tls_ca"):
        ca = _pem("base64://" + file["tls_ca"], "tls_ca")
    values, prepare = {}, None
    if not settings.values.get("id"):
        # Of a list it has to be known how much of it the viewer sees.
        values = _user_filter(settings.values.get("user"))
        prepare = partial(look_up_identity, base=base, auth=auth)
    return Connection(base, auth, values, prepare, ca, CODES)


def _user_filter(user: str | None) -> dict[str, str]:
    """The gateway filters by a user's id. Who has an e-mail address instead is looked for here."""
    return {} if not user else {"user_email" if "@" in user else "user_id": user}


def _auth(value: str, name: str) -> Auth:
    """hoop's own rule: a server's static key has a header of its own, all other keys and tokens are bearers."""
    if _STATIC_KEY.fullmatch(value):
        return ApiKeyAuth(value)
    return BearerAuth(value) if name == "token" or value.startswith("hpk_") else ApiKeyAuth(value)


def _api_base(url: str) -> str:
    """The gateway's URL; people write it with and without /api."""
    # Not the host of https://api.
    return re.sub("(?<=[^/])/api$", "", base_url("endpoint", url)).rstrip("/")


def _read_file(environ: Mapping[str, str]) -> dict[str, Any]:
    path = os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".hoop", "config.toml")
    if not os.path.isfile(path):
        return {}
    # Imported here: only who has the file needs it.
    try:
        import tomllib
    except ImportError:
        try:
            import tomli as tomllib
        except ImportError:
            raise MissingLibrary("tomli", traceback.format_exc()) from None
    try:
        with open(path, "rb") as file:
            data = tomllib.load(file)
    except (OSError, ValueError):
        raise OptionError("%s is no TOML file that can be read" % path) from None
    return {name: value for name, value in data.items() if isinstance(value, str) and value}


def _pem(value: str, name: str) -> str:
    """Certificates that are given as text, C(file://path) or C(base64://...)."""
    try:
        if value.startswith("file://"):
            with open(value[len("file://"):], encoding="ascii") as file:
                value = file.read()
        elif value.startswith("base64://"):
            value = base64.b64decode(value[len("base64://"):], validate=True).decode("ascii")
    except (OSError, ValueError, binascii.Error):
        value = ""
    if "-----BEGIN CERTIFICATE-----" not in value:
        raise OptionError("%s: nothing that can be read; allowed: PEM certificates, file://path or base64://..." % name)
    return value
