# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # The notations of time options
    DOCUMENTATION = r"""
options: {}
notes:
  - Options for times accept ISO 8601, extended or compact (UTC unless a zone is given), seconds (10 digits) or milliseconds (13 digits) since the epoch,
    V(now), or a time before the start of the task such as V(-24h), V(-90m) or V(-7d). Put ISO 8601 times in quotes.
"""
