# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A remote host that is this machine: whatever looks at the connection's name sees that it is not local."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = r"""
name: remote
short_description: This machine, seen as another one
description:
  - Does what the local connection does, under another name.
author:
  - The opsaudit.sessions developers (@opsaudit)
options: {}
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(LocalConnection):
    """Local in all but name."""

    transport = "remote"
