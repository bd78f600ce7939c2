# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # The notations of time options
    DOCUMENTATION = r"""
options: {}
notes:
  - Options for times accept ISO 8601 with a zone (V(2026-03-30T14:24:38+02:00), V(2026-03-30T12:24:38Z)), ISO 8601 without a zone, which means
    UTC (V(2026-03-30T12:24:38)), seconds since the epoch (V(1774873478)), milliseconds since the epoch (V(1774873478588), told from seconds
    by their magnitude), a time before the start of the task (V(-24h), V(-90m), V(-7d); the units are V(s), V(m), V(h), V(d) and V(w)), or V(now).
  - Put ISO 8601 times in quotes, or YAML makes timestamps of its own of them.
"""
