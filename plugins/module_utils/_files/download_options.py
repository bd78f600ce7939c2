# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules between the options of a download have in common."""

from __future__ import annotations

from .._base.errors import OptionError
from .._base.options import Settings, missing

#: The formats that need no events.
BYTES_ALONE = ("raw", "txt")


def only(source: str, settings: Settings, needed: tuple[str, ...], excluded: tuple[str, ...]) -> None:
    """Check what a source needs, and what belongs to another.

    :raises OptionError: if the first is missing, or the second is there.
    """
    lacking = [name for name in needed if settings[name] is None]
    if lacking:
        raise missing(", ".join(lacking), "source %s needs it" % source)
    strange = [name for name in excluded if settings[name] is not None]
    if strange:
        raise OptionError("%s: not with source %s" % (", ".join(strange), source))
