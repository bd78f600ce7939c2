# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
author:
  - The opsaudit.sessions developers (@opsaudit)
short_description: Emit an event for each new session record of a source.
description:
  - An ansible-rulebook event source plugin that archives the records of a source at an interval, and emits each new record once.
  - An event has C(source), the name as in O(source); C(scope), the scope of the record, for example the gateway;
    and C(record), the record as the info module of the source returns it.
  - A record is emitted when it is first read. Later changes, such as the end of an open session, are archived and emit no event.
  - A record is new if the store receives it after the first start of this source with these O(options). With an empty store these are
    all records from O(options.start_time) on. Records that arrive while nothing is running are emitted after the next start.
  - Records that an archive task adds to the same store for the same scope and filters are emitted, too.
  - Each emitted record is marked in the store (table C(outbox)) as soon as ansible-rulebook has accepted it.
    If ansible-rulebook ends between the two, one event is emitted again after the next start. No record is omitted.
  - If the source or the store fails, this is logged once, with a second line when it works again, and retried in each cycle.
    Credentials that the source refuses are tried again as soon as they are others, such as a new token in a file, else after 15 minutes.
    Wrong arguments, and an access key of another account, end the source before any request.
options:
  source:
    description:
      - The source to poll.
    type: str
    required: true
    choices:
      - taurusdb_killed_session
      - dataarts_sql_session
      - hoop_session
      - bcc_action_run
  options:
    description:
      - The options of the archive module of the source, such as M(opsaudit.sessions.hoop_session_archive), except C(store) and C(return_new).
      - Environment variables are used as in that module. Use them for secrets.
    type: dict
    default: {}
  store:
    description:
      - The database for the records, and for which of them were emitted. The path of an SQLite file, or the URL of a database.
      - If not specified, the environment variable E(OPSAUDIT_STORE) is used.
      - No two event sources with the same O(source) and O(options) may share a store at the same time.
    type: str
  interval:
    description:
      - Seconds between two cycles, 1 to 86400.
    type: int
    default: 60
  feedback:
    description:
      - Whether to mark a record as emitted only when the rule engine has it.
      - Events that ansible-rulebook has accepted and not acted upon are lost when it ends, unless it has a database of its own for them.
        With this option and such a database they are not lost.
      - ansible-rulebook refuses this without C(--persistence-id).
    type: bool
    default: false
requirements:
  - ansible-core >= 2.17, requests and SQLAlchemy in the Python of ansible-rulebook
"""

EXAMPLES = r"""
- opsaudit.sessions.sessions:
    source: hoop_session
    store: /var/lib/audit/sessions.db
    interval: 30
    options:
      endpoint: https://hoop.example.com
      token: "{{ HOOP_TOKEN }}"
      connection: orders-db
      start_time: "2026-01-01"

# Credentials come from the environment.
- opsaudit.sessions.sessions:
    source: taurusdb_killed_session
    store: "{{ store }}"
    options:
      region: cn-north-4
      instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07
      start_time: "2026-01-01"
"""

import asyncio
import os
import sys
from typing import Any

# ansible-rulebook runs this file as it is, and Python doesn't know where ansible-galaxy has put collections. Ansible's own
# loader can't be asked: once it is set up, ansible-rulebook doesn't find its filters any more.
_FOLDER, _FOUND, _REST = os.path.abspath(__file__).rpartition(os.sep + "ansible_collections" + os.sep)
if _FOUND and _FOLDER not in sys.path:
    sys.path.insert(0, _FOLDER)

from ansible_collections.opsaudit.sessions.plugins.plugin_utils._event_source import run


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Emit what is new in a source."""
    await run(queue, args)
