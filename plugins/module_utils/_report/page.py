# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a report: its parts, and how much of the records it has room for."""

from __future__ import annotations

from .._base.errors import OptionError
from .._files.html_page import NOT_BUILT, Built, data_element, embedded, shell
from .data import Report, data

#: How large a page may become, in bytes.
LARGEST = 1_500_000
#: What is tried until it fits: the longest text, in characters, and the number of records that are told of one by one.
MOST = 5000
_SIZES = ((200, MOST), (120, MOST), (60, MOST), (40, MOST // 2), (40, MOST // 10))
_WITHOUT_SCRIPT = "This report draws itself with JavaScript, which is switched off here."


def page(report: Report) -> bytes:
    """The whole file; the same report always gives the same bytes.

    :raises OptionError: if the part of the page that is built was not.
    """
    before, after = shell(_built(), "session_report", "report", "Session report", _WITHOUT_SCRIPT)
    room = LARGEST - len((before + data_element("data", "") + after).encode())
    for longest, most in _SIZES:
        told = embedded(data(report, longest, most))
        if len(told.encode()) <= room:
            break
    return (before + data_element("data", told) + after).encode()


def _built() -> Built:
    try:
        from . import report_asset
    except ImportError:
        raise OptionError(NOT_BUILT % "the report") from None
    return Built(report_asset.STYLE, report_asset.SCRIPT, report_asset.NOTICES)
