# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declare the options, credentials and regions of Huawei Cloud.

Each method of authentication is imported only if it is used, to keep the start of a module short.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..._base.endpoint_url import host_of, normalize_base_url, place_given
from ..._base.errors import OptionError, SourceError
from ..._base.options import (
    Declaration,
    Settings,
    check_secret,
    invalid,
    missing,
    name_option,
    not_a_choice,
    secret,
    text,
)
from ..._fetch.endpoint import Connection
from ..._http.auth import Auth
from .auth_token import TokenAuth
from .errors import CODES

if TYPE_CHECKING:
    from ..._http.transport import Transport

_DOMAIN = "myhuaweicloud.com"

#: The methods of authentication: the options that each needs, the first being its name.
_METHODS = (("token",), ("access_key", "secret_key"), ("username", "password", "domain_name"))

_WAYS = (
    "write token, access_key with secret_key, or username with password and domain_name, as options, in the environment "
    "or in the profile file"
)

OPTIONS: dict[str, Declaration] = {
    "region": text(env=("HW_REGION_NAME",), pattern="[a-z0-9-]{1,64}", allowed="lower-case letters, digits and hyphens"),
    "project_id": text(
        env=("HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID"), pattern="[A-Za-z0-9]{32}", allowed="32 letters and digits"
    ),
    "token": secret(env=("HW_AUTH_TOKEN",)),
    "access_key": secret(env=("HUAWEICLOUD_SDK_AK", "HW_ACCESS_KEY")),
    "secret_key": secret(env=("HUAWEICLOUD_SDK_SK", "HW_SECRET_KEY")),
    "security_token": secret(env=("HUAWEICLOUD_SDK_SECURITY_TOKEN", "HW_SECURITY_TOKEN")),
    "username": text(env=("HW_USER_NAME",)),
    "password": {"type": "str", "no_log": True, "env": ("HW_USER_PASSWORD",)},
    "domain_name": text(env=("HW_DOMAIN_NAME",)),
    "iam_endpoint": text(),
}


class Service(NamedTuple):
    """One service: C(prefixes) of its host name per region, and whether its paths hold the project's id."""

    prefixes: Mapping[str, str]
    needs_project: bool

    def connect(self, settings: Settings, environ: Mapping[str, str]) -> Connection:
        """Decide where to send requests, and with which credentials.

        :raises OptionError: if an option is missing, invalid, or contradicts another.
        :raises SourceError: (file) if the profile file cannot be used.
        """
        base = self._find_base(settings)
        given = _find_credentials(settings, environ)
        # The host decides: a region in the environment does not apply to an endpoint that overrides it.
        region = region_of(base) or settings["region"]
        iam = normalize_base_url("iam_endpoint", settings["iam_endpoint"] or _iam_of(region))
        project_id = given.get("project_id")
        auth: Auth
        if "token" in given:
            auth = TokenAuth(given["token"])
        elif "access_key" in given:
            from .auth_sdk_hmac import SdkHmacAuth

            auth = SdkHmacAuth(given["access_key"], given["secret_key"], given.get("security_token"), project_id)
        else:
            project = {"id": project_id} if project_id else {"name": region}
            if not any(project.values()):
                raise missing("project_id", "32 letters and digits, from My Credentials > API Credentials; or a region instead")
            from .auth_iam_password import IamPasswordAuth

            auth = IamPasswordAuth(iam, given["username"], given["password"], given["domain_name"], project)

        def prepare(transport: Transport) -> dict[str, Any]:
            try:
                transport.login(auth)
            except SourceError as failure:
                raise failure.at("Logging in at IAM", {}) from None
            found = project_id or auth.project_id
            if not found and self.needs_project:
                from .project import look_up_project

                found = look_up_project(transport, auth, iam, region)
            auth.project_id = found
            return {"project_id": found}

        return Connection(base, auth, {"project_id": project_id}, prepare, codes=CODES, secret_patterns=("(?i)(signature=)[0-9a-f]{16,}",))

    def _find_base(self, settings: Settings) -> str:
        place = place_given(settings)
        if place is None:
            raise missing("region", "such as %s, or a URL in endpoint instead" % min(self.prefixes))
        if place == "endpoint":
            return normalize_base_url(name_option("endpoint", settings), settings["endpoint"])
        region = settings["region"]
        if region not in self.prefixes:
            raise not_a_choice(name_option("region", settings), region, self.prefixes, "for any other, set endpoint")
        return "https://%s.%s.%s" % (self.prefixes[region], region, _DOMAIN)


def region_of(base: str) -> str | None:
    """Return the region of one of the vendor's own hosts; null for any other host."""
    found = re.fullmatch(r"[a-z0-9-]+\.([a-z0-9-]+)\.myhuaweicloud\.[a-z]+", host_of(base))
    return found[1] if found else None


def _iam_of(region: str | None) -> str:
    return "https://iam.%s" % _DOMAIN if not region else "https://iam.%s.%s" % (region, _DOMAIN)


def _find_credentials(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the credentials of the first place that has some: options, environment, profile file.

    The environment may complete an option, such as a key id in a playbook with its secret.
    """
    names = [name for name in OPTIONS if settings[name]]
    options = {name for name in names if settings.origin.get(name) == "option"}
    extra = {name: settings[name] for name in ("project_id",) if settings[name]}
    for places in (options, set(names)):
        started = [method for method in _METHODS if method[0] in places]
        if len(started) > 1:
            raise OptionError(
                "%s: two ways to authenticate at once (write one of token, access_key with secret_key, or "
                "username with password and domain_name)" % " and ".join(name_option(method[0], settings) for method in started)
            )
        if started:
            lacking = [name for name in started[0] if not settings[name]]
            if lacking:
                raise missing(", ".join(lacking), "%s needs it" % name_option(started[0][0], settings))
            wanted = started[0] + (("security_token",) if started[0][0] == "access_key" else ())
            return {**extra, **{name: settings[name] for name in wanted if _goes_with(name, settings, options)}}
    return {**_read_profile_file(settings, environ), **extra}


def _goes_with(name: str, settings: Settings, options: set[str]) -> bool:
    """Return whether a value belongs to the chosen method: a session token in the environment does not belong to a key in an option."""
    if name != "security_token":
        return True
    return bool(settings[name]) and ("access_key" not in options or name in options)


def _read_profile_file(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the keys in the profile file of the vendor's SDK.

    :raises OptionError: if there is no such file.
    :raises SourceError: (file) if it cannot be used. It may be repaired while an event source runs.
    """
    path = environ.get("HUAWEICLOUD_SDK_CREDENTIALS_FILE") or os.path.expanduser("~/.huaweicloud/credentials")
    if not os.path.isfile(path):
        raise OptionError("no credentials were given (%s)" % _WAYS)
    from .profile import READING, read_profile

    profile = read_profile(path)
    if not profile.get("access_key") or not profile.get("secret_key"):
        problem = SourceError("file", "%s holds no ak and sk in a section basic" % path, hint="No other credentials were given: %s." % _WAYS)
        raise problem.at(READING, {})
    project_id = profile.pop("project_id", None)
    try:
        if project_id is not None and not re.fullmatch(OPTIONS["project_id"]["pattern"], project_id):
            raise invalid("project_id (from %s)" % path, project_id, OPTIONS["project_id"]["allowed"])
        keys = {name: check_secret("%s (from %s)" % (name, path), value, settings) for name, value in profile.items()}
    except OptionError as refused:
        raise SourceError("file", str(refused)).at(READING, {}) from None
    return keys if project_id is None else {**keys, "project_id": project_id}
