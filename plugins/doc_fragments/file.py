# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of a module that writes one file."""

    DOCUMENTATION = r"""
options:
  owner:
    description:
      - User who is to own the file, by name or number.
      - If not specified, that is left to the system.
    type: str
  group:
    description:
      - Group that is to own the file, by name or number.
      - If not specified, that is left to the system.
    type: str
  mode:
    description:
      - Permissions of the file, as an octal number in quotes or symbolic (V(u=rw,g=r,o=)).
      - They are set on a file that is there already as well.
    type: raw
    default: "0600"
"""
