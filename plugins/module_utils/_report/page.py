# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the page of a report, with as many records as fit."""

from __future__ import annotations

import html

from .._base.errors import OptionError
from .._files.html_page import NOT_BUILT, Built, build_data_element, build_shell, embed
from .data import Report, build_data

#: The largest page, in bytes.
LARGEST = 1_500_000
#: The most records that are listed. Then the sizes that are tried until the page fits: the longest text, in characters,
#: and the number of records.
MOST = 5000
_SIZES = ((200, MOST), (120, MOST), (60, MOST), (40, MOST // 2), (40, MOST // 10))
_WITHOUT_SCRIPT = "This report draws itself with JavaScript, which is switched off here."


def render_page(report: Report) -> bytes:
    """Return the bytes of the page; the same report always gives the same bytes.

    :raises OptionError: if the style and script of the page were not built.
    """
    before, after = build_shell(_load_built(), "session_report", "report", html.escape(report.title), _WITHOUT_SCRIPT)
    room = LARGEST - len((before + after).encode())
    for longest, most in _SIZES:
        # Apart from each other: the page parses what it needs for the first screen first.
        data = build_data(report, longest, most)
        parts = [(name, data.pop(name)) for name in ("columns", "lanes", "details")]
        text = "".join(build_data_element(name, embed(value)) for name, value in [("data", data), *parts])
        if len(text.encode()) <= room:
            break
    return (before + text + after).encode()


def _load_built() -> Built:
    try:
        from . import report_asset
    except ImportError:
        raise OptionError(NOT_BUILT % "the report") from None
    return Built(report_asset.STYLE, report_asset.SCRIPT, report_asset.NOTICES)
