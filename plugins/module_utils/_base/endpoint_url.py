# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Normalize the URL of an endpoint: one spelling for all spellings of a URL."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from .errors import OptionError
from .options import Settings, invalid

_WHAT = "a URL such as https://host or https://host:port/path, without user, query or fragment"
_OWN_PORTS = {"http": 80, "https": 443}


def normalize_base_url(name: str, value: str) -> str:
    """Check an endpoint, and write it in the one spelling that all else relies on.

    Scheme and host are in lower case, the scheme's own port and trailing slashes are left out.

    :param name: the option or variable that it was given with.
    :raises OptionError: if it is no plain URL of http or https.
    """
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refuse_url(name, value) from None
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme not in _OWN_PORTS or not host or not plain or port == 0 or not re.fullmatch("[!-~]+", value):
        raise _refuse_url(name, value)
    shown = "[%s]" % host if ":" in host else host
    if port is not None and port != _OWN_PORTS[parts.scheme]:
        shown = "%s:%d" % (shown, port)
    return "%s://%s%s" % (parts.scheme, shown, parts.path.rstrip("/"))


def host_of(base: str) -> str:
    """Return the host of a checked endpoint, with its port unless that is the scheme's own."""
    return base.partition("://")[2].partition("/")[0].removesuffix(".")


def place_given(settings: Settings) -> str | None:
    """Return which of the options C(endpoint) and C(region) decides where a source is; null if none was given.

    An option beats the environment, whichever of the two it is; on one level the endpoint beats the region.
    """
    given = [name for name in ("endpoint", "region") if settings[name]]
    by_option = [name for name in given if settings.origin.get(name) == "option"]
    return next(iter(by_option or given), None)


def _refuse_url(name: str, value: str) -> OptionError:
    """Build the error; what could be a password in the value is not shown."""
    scheme = re.match("[A-Za-z][A-Za-z0-9+.-]*://", value)
    has_secret = any(each in value for each in "@?#")
    return invalid(name, (scheme[0] if scheme else "") + "..." if has_secret else value, _WHAT)
