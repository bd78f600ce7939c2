# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the endpoint and credentials of a hoop gateway: options, environment, the file of hoop's command line."""

from __future__ import annotations

import base64
import binascii
import os
import re
import traceback
from collections.abc import Mapping
from functools import partial
from typing import Any

from ..._base.endpoint_url import normalize_base_url
from ..._base.errors import MissingLibrary, OptionError, SourceError
from ..._base.options import Declaration, Settings, check_secret, missing, name_option, secret, text
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

_READING = "Reading the credentials"
_STATIC_KEY = re.compile(r"xapi-.*|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\|.*")


def connect(settings: Settings, environ: Mapping[str, str]) -> Connection:
    """Decide where to send requests, and with which credentials.

    :raises OptionError: if an option is missing, invalid, or contradicts another.
    :raises SourceError: (file) if hoop's own file cannot be used.
    :raises MissingLibrary: if there is a file, and no library to parse it.
    """
    given = {name: settings[name] for name in ("endpoint", "token", "api_key") if settings[name]}
    secrets = [name for name in ("token", "api_key") if name in given]
    from_options = [name for name in secrets if settings.origin.get(name) == "option"]
    chosen = from_options or secrets
    if len(chosen) > 1:
        raise OptionError("%s: two ways to authenticate at once (write one of them)" % " and ".join(name_option(name, settings) for name in chosen))
    path, file = _read_file(environ) if "endpoint" not in given or not chosen else ("", {})
    if "endpoint" not in given and not file.get("api_url"):
        raise missing("endpoint", "the gateway's URL, such as https://hoop.example.com")
    in_file = _api_base("api_url (from %s)" % path, file["api_url"]) if file.get("api_url") else None
    base = _api_base(name_option("endpoint", settings), given["endpoint"]) if "endpoint" in given else in_file or ""
    # Credentials in the file are sent only to the gateway that the file names.
    same_gateway = in_file == base
    if chosen:
        auth = _choose_auth(given[chosen[0]], chosen[0])
    elif same_gateway and file.get("token"):
        auth = _choose_auth(_token_of(file["token"], path, settings), "token")
    else:
        ways = "write token or api_key, as options, in the environment or in hoop's own file for this endpoint"
        # A file for another gateway is not at fault.
        if path and in_file in (None, base):
            problem = SourceError("file", "%s holds no token for %s" % (path, base), hint="No other credentials were given: %s." % ways)
            raise problem.at(_READING, {})
        raise OptionError("no credentials were given (%s)" % ways)
    ca = _read_pem(environ["HOOP_TLSCA"], "HOOP_TLSCA") if environ.get("HOOP_TLSCA") else None
    if ca is None and same_gateway and file.get("tls_ca"):
        ca = _read_pem("base64://" + file["tls_ca"], "tls_ca")
    values, prepare = {}, None
    if not settings.values.get("id"):
        # For a list it must be known which part of it the viewer sees.
        values = _filter_of_user(settings.values.get("user"))
        prepare = partial(look_up_identity, base=base, auth=auth)
    return Connection(base, auth, values, prepare, ca, CODES)


def _filter_of_user(user: str | None) -> dict[str, str]:
    """Return the filter by user. The gateway filters by id; an e-mail address is filtered here."""
    return {} if not user else {"user_email" if "@" in user else "user_id": user}


def _choose_auth(value: str, name: str) -> Auth:
    """Return the authentication, by hoop's own rule: a static key has its own header, others are bearer tokens."""
    if _STATIC_KEY.fullmatch(value):
        return ApiKeyAuth(value)
    return BearerAuth(value) if name == "token" or value.startswith("hpk_") else ApiKeyAuth(value)


def _token_of(value: str, path: str, settings: Settings) -> str:
    try:
        return check_secret("token (from %s)" % path, value, settings)
    except OptionError as problem:
        raise SourceError("file", str(problem)).at(_READING, {}) from None


def _api_base(name: str, url: str) -> str:
    """Return the gateway's URL without /api, which people may write."""
    # Not the host of https://api.
    return re.sub("(?<=[^/])/api$", "", normalize_base_url(name, url)).rstrip("/")


def _read_file(environ: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the path of hoop's own file, and its content; both empty if there is none.

    :raises SourceError: (file) if it cannot be read. It may be repaired while an event source runs.
    """
    path = os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".hoop", "config.toml")
    if not os.path.isfile(path):
        return "", {}
    # Imported here: needed only with this file.
    try:
        import tomllib
    except ImportError:
        try:
            import tomli as tomllib
        except ImportError:
            raise MissingLibrary("tomli", traceback.format_exc()) from None
    try:
        with open(path, encoding="utf-8-sig") as file:
            data = tomllib.loads(file.read())
    except (OSError, ValueError, RecursionError):
        raise SourceError("file", "%s is no TOML file that can be read" % path).at(_READING, {}) from None
    return path, {name: value for name, value in data.items() if isinstance(value, str) and value}


def _read_pem(value: str, name: str) -> str:
    """Return certificates that are given as text, C(file://path) or C(base64://...)."""
    try:
        if value.startswith("file://"):
            with open(value[len("file://"):], encoding="ascii") as file:
                value = file.read()
        elif value.startswith("base64://"):
            value = base64.b64decode(value[len("base64://"):], validate=True).decode("ascii")
    except (OSError, ValueError, binascii.Error):
        value = ""
    if "-----BEGIN CERTIFICATE-----" not in value:
        raise OptionError("%s: holds no certificate that can be read (write PEM certificates, file://path or base64://...)" % name)
    return value
