# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recording of a hoop session, in any of the shapes that the gateway returns."""

from __future__ import annotations

import base64
import binascii
from typing import Any

#: The gateway's answer where it could not put a recording into JSON as text (status 200 nevertheless).
_UNDECODABLE = "An internal error occurred: unable to decode the event stream due to invalid characters."


def is_undecodable(stream: Any) -> bool:
    """Whether the gateway sent its excuse instead of the recording."""
    return isinstance(stream, list) and len(stream) == 1 and str(stream[0]).startswith(_UNDECODABLE)


def output_text(stream: Any) -> str:
    """What a recording's output and error events say, joined before they are decoded.

    A character may be cut in two by an event's end; what is no UTF-8 becomes U+FFFD.

    :param stream: raw events: lists of seconds, type and base64.
    """
    chunks = [payload(event) for event in stream or () if kind(event) in ("o", "e")]
    return b"".join(chunks).decode("utf-8", "replace")


def kind(event: Any) -> str | None:
    """An event's type: i, o, e, or one that newer gateways know."""
    return event[1] if isinstance(event, list) and len(event) == 3 and isinstance(event[1], str) else None


def payload(event: Any) -> bytes:
    """An event's bytes; none if it can't be read."""
    try:
        return base64.b64decode(event[2], validate=True)
    except (TypeError, ValueError, binascii.Error):
        return b""
