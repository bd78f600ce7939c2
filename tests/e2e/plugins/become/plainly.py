# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Becomes nobody else: exercises become without asking the machine for su or sudo."""

from __future__ import annotations

from ansible.plugins.become import BecomeBase

DOCUMENTATION = r"""
name: plainly
short_description: Become without changing the user
description:
  - Runs the command as it is.
author:
  - The opsaudit.sessions developers (@opsaudit)
options:
  become_user:
    description: Ignored.
    default: root
    ini:
      - section: privilege_escalation
        key: become_user
    vars:
      - name: ansible_become_user
"""


class BecomeModule(BecomeBase):
    """No change of user."""

    name = "plainly"

    def build_become_command(self, cmd, shell):
        super().build_become_command(cmd, shell)
        return self._build_success_command(cmd, shell) if cmd else cmd
