# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a report: one file that asks for nothing else, and in which no text of a record can become markup or a script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

from ._errors import OptionError
from ._report_data import Report, data

#: How large a page may become, in bytes.
LARGEST = 1_500_000
#: What is tried until it fits: the longest text, in characters, and the number of records that are told of one by one.
MOST = 5000
_SIZES = ((200, MOST), (120, MOST), (60, MOST), (40, MOST // 2), (40, MOST // 10))
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
#: What could end the element, begin another, or end a line where JavaScript once had none; and halves of characters.
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")
_NOT_BUILT = "the page of the report is not built in this checkout of the collection; run 'make report' in it first"


def page(report: Report) -> bytes:
    """The whole file; the same report always gives the same bytes.

    :raises OptionError: if the part of the page that is built was not.
    """
    style, script, notices = _assets()
    shell = _shell(style, script, notices)
    room = LARGEST - sum(len(part.encode()) for part in shell)
    for longest, most in _SIZES:
        told = embedded(data(report, longest, most)).encode()
        if len(told) <= room:
            break
    return shell[0].encode() + told + shell[1].encode()


def embedded(value: Any) -> str:
    """A value as JSON that can stand in a script element of a page."""
    return _UNSAFE.sub(lambda match: "\\u%04x" % ord(match[0]), _ENCODE(value))


def _assets() -> tuple[str, str, str]:
    """The style, the script, and whose parts of it are."""
    try:
        from . import _report_asset
    except ImportError:
        raise OptionError(_NOT_BUILT) from None
    return _report_asset.STYLE, _report_asset.SCRIPT, _report_asset.NOTICES


def source_hash(text: str) -> str:
    """What a Content-Security-Policy allows an inline script or style with."""
    return "'sha256-%s'" % base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _shell(style: str, script: str, notices: str) -> tuple[str, str]:
    """What comes before the data, and what after it: there is no text of a record in either."""
    policy = "default-src 'none'; script-src %s; style-src %s; base-uri 'none'; form-action 'none'" % (
        source_hash(script), source_hash(style),
    )
    before = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="%s">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        '<meta name="color-scheme" content="light dark">\n<title>Session report</title>\n<style>%s</style>\n</head>\n<body>\n'
        '<noscript>This report draws itself with JavaScript, which is switched off here.</noscript>\n'
        '<main id="report"></main>\n<script type="application/json" id="data">'
    ) % (policy, style)
    return before, "</script>\n<script>%s</script>\n</body>\n</html>\n<!--\n%s\n-->\n" % (script, notices)
