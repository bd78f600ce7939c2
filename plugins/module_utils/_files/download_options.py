# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the options of a download that depend on its source."""

from __future__ import annotations

from .._base.errors import OptionError
from .._base.options import Settings, missing

#: The formats that need no events.
BYTES_ALONE = ("raw", "txt")


def check_options(source: str, settings: Settings, needed: tuple[str, ...], excluded: tuple[str, ...]) -> None:
    """Check the options that a source requires and excludes.

    :raises OptionError: if a required option is missing, or an excluded one is given.
    """
    lacking = [name for name in needed if settings[name] is None]
    if lacking:
        raise missing(", ".join(lacking), "source %s needs it" % source)
    strange = [name for name in excluded if settings[name] is not None]
    if strange:
        raise OptionError("%s: not with source %s" % (", ".join(strange), source))
