# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the certificates that an option trusts."""

from __future__ import annotations

import re
import ssl

from .._base.options import invalid

_BLOCK = "-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----"


def load_file(path: str) -> str:
    """Return the certificates in the file of C(ca_path).

    :raises OptionError: if there are none.
    """
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return check_pem(file.read(), "ca_path", path)
    except OSError:
        raise invalid("ca_path", path, "a file with PEM certificates") from None


def check_pem(text: str, name: str, shown: str) -> str:
    """Return the certificates in a text, without the lines between them.

    :raises OptionError: if there are none.
    """
    pem = "\n".join(re.findall(_BLOCK, text))
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        raise invalid(name, shown, "PEM certificates") from None
    return pem
