# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to verify certificates with, where it is not the usual."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from ._options import bad


@contextmanager
def trusted(path: str | None, text: str | None) -> Iterator[str]:
    """A file of certificates that can be read: the one that was given, or one made of a text.

    :raises OptionError: if there are no certificates in it.
    """
    if path is not None:
        yield _readable(path, "ca_path")
        return
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(text or "")
        file.flush()
        yield _readable(file.name, "the CA's certificates")


def _readable(path: str, name: str) -> str:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:
        raise bad(name, path, "a file with PEM certificates") from None
    return path
