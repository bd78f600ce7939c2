# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # The notations of time options
    DOCUMENTATION = r"""
options: {}
notes:
  - Options for times accept ISO 8601 with a zone (V(2026-03-30T14:24:38+02:00), V(2026-03-30T12:24:38Z)) or without one, which means
    UTC (V(2026-03-30T12:24:38), V(2026-03-30)), the compact forms of both (V(20260330T122438Z), V(20260330122438), V(20260330)),
    seconds since the epoch (10 digits, V(1774873478)), milliseconds since the epoch (13 digits, V(1774873478588)),
    a time before the start of the task (V(-24h), V(-90m), V(-7d); the units are V(s), V(m), V(h), V(d) and V(w)), or V(now).
    Any other number of digits is refused.
  - Put ISO 8601 times in quotes, or YAML makes timestamps of its own of them.
"""
