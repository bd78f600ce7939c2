# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of a module that writes files: they are those of each."""

    DOCUMENTATION = r"""
options:
  owner:
    description:
      - Owner of the file, a name or a number.
      - If not specified, the owner is not changed.
    type: str
  group:
    description:
      - Group of the file, a name or a number.
      - If not specified, the group is not changed.
    type: str
  mode:
    description:
      - Permissions of the file, as an octal number in quotes or symbolic (V(u=rw,g=r,o=)).
      - They are also set if the file exists already.
    type: raw
    default: "0600"
"""
