# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all services of Huawei Cloud share: options, credentials, regions.

Each way to authenticate is imported where it is chosen: a module's start is dear.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..._base.errors import OptionError, SourceError
from ..._base.options import Declaration, Settings, base_url, secret, text
from ..._fetch.endpoint import Connection
from ..._http.auth import Auth
from ..._http.transport import Transport
from .auth_token import TokenAuth
from .errors import CODES

_DOMAIN = "myhuaweicloud.com"

#: The ways to authenticate: the options that each needs, the first being its name.
_METHODS = (("token",), ("access_key", "secret_key"), ("username", "password", "domain_name"))

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
        """Where and as whom to ask.

        :raises OptionError: if the options don't tell, or tell two things.
        """
        base = self._base(settings)
        given = _credentials(settings, environ)
        iam = base_url("iam_endpoint", settings["iam_endpoint"] or _iam(settings["region"]))
        project_id = given.get("project_id")
        region = settings["region"]
        auth: Auth
        if "token" in given:
            auth = TokenAuth(given["token"])
        elif "access_key" in given:
            from .auth_sdk_hmac import SdkHmacAuth

            auth = SdkHmacAuth(given["access_key"], given["secret_key"], given.get("security_token"), project_id)
        else:
            project = {"id": project_id} if project_id else {"name": region}
            if not any(project.values()):
                raise OptionError("project_id: nothing was given; allowed: 32 letters and digits, or a region instead")
            from .auth_iam_password import IamPasswordAuth

            auth = IamPasswordAuth(iam, given["username"], given["password"], given["domain_name"], project)

        def prepare(transport: Transport) -> dict[str, Any]:
            try:
                transport.login(auth)
            except SourceError as failure:
                raise failure.at("Logging in at IAM", {}) from None
            found = project_id or auth.project_id
            if not found and self.needs_project:
                from .project import look_up

                found = look_up(transport, auth, iam, region)
            auth.project_id = found
            return {"project_id": found}

        return Connection(base, auth, {"project_id": project_id}, prepare, codes=CODES)

    def _base(self, settings: Settings) -> str:
        if settings["endpoint"]:
            return base_url("endpoint", settings["endpoint"])
        region = settings["region"]
        if not region:
            raise OptionError("region: nothing was given; allowed: a region, or a URL in endpoint instead")
        if region not in self.prefixes:
            raise OptionError(
                "region: %r is not allowed; allowed: %s (set endpoint for any other)" % (region, ", ".join(sorted(self.prefixes)))
            )
        return "https://%s.%s.%s" % (self.prefixes[region], region, _DOMAIN)


def _iam(region: str | None) -> str:
    return "https://iam.%s" % _DOMAIN if not region else "https://iam.%s.%s" % (region, _DOMAIN)


def _credentials(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """The credentials of the first place that has some: options, environment, profile file.

    An option may be completed by the environment, so that a key id in a playbook finds its secret there.
    """
    names = [name for name in OPTIONS if settings[name]]
    options = {name for name in names if settings.origin.get(name) == "option"}
    extra = {name: settings[name] for name in ("project_id",) if settings[name]}
    for places in (options, set(names)):
        started = [method for method in _METHODS if method[0] in places]
        if len(started) > 1:
            raise OptionError(
                "%s: two ways to authenticate at once; allowed: one of token, access_key with secret_key, "
                "username with password and domain_name" % " and ".join(_named(method[0], settings) for method in started)
            )
        if started:
            missing = [name for name in started[0] if not settings[name]]
            if missing:
                raise OptionError("%s: nothing was given; %s needs it" % (", ".join(missing), started[0][0]))
            wanted = started[0] + (("security_token",) if started[0][0] == "access_key" else ())
            return {**extra, **{name: settings[name] for name in wanted if _goes_with(name, settings, options)}}
    profile = _profile(environ)
    if profile.get("access_key") and profile.get("secret_key"):
        return {**profile, **extra}
    raise OptionError(
        "no way to authenticate was given; allowed: token, or access_key with secret_key, "
        "or username with password and domain_name, as options, in the environment or in the profile file"
    )


def _goes_with(name: str, settings: Settings, options: set[str]) -> bool:
    """Whether a value belongs to the chosen method: a session's token in the environment is not an option key's."""
    if name != "security_token":
        return True
    return bool(settings[name]) and ("access_key" not in options or name in options)


def _named(name: str, settings: Settings) -> str:
    origin = settings.origin.get(name)
    return name if origin == "option" else "%s (from %s)" % (name, origin)


def _profile(environ: Mapping[str, str]) -> dict[str, str]:
    path = environ.get("HUAWEICLOUD_SDK_CREDENTIALS_FILE") or os.path.expanduser("~/.huaweicloud/credentials")
    if not os.path.isfile(path):
        return {}
    from .profile import read

    return read(path)
