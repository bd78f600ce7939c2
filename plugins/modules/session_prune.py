#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_prune
short_description: Delete old records from a store, and declare it
version_added: 1.0.0
description:
  - Deletes archived records that began before a time. Nothing is sent to a source.
  - Before it deletes, it writes the number of records and their digest to the table C(pruned). Reports, exports and gates then show these records
    as pruned, neither a gap nor complete. M(opsaudit.sessions.session_seal) accepts that exactly these records are missing.
  - Archive tasks do not bring pruned records back, unless O(opsaudit.sessions.hoop_session_archive#module:reread=true).
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.stored
attributes:
  check_mode:
    details:
      - In check mode nothing is deleted. RV(pruned) is what would be.
  diff_mode:
    details:
      - There is nothing to show but counts, which are in RV(pruned).
  idempotent:
    support: full
    details:
      - With the same O(before), the second task deletes nothing. Records that were open at the first, and have ended since, are deleted by a later one.
options:
  store:
    description:
      - The database that the archive modules write to. A path is an SQLite file. A URL is V(sqlite:///path),
        V(postgresql://user:password@host/database), V(mysql://user:password@host/database) or V(mariadb://user:password@host/database).
      - C(postgresql) needs the Python library psycopg (C(psycopg[binary])), C(mysql) and C(mariadb) need PyMySQL.
      - It must exist.
      - This option is required. If not specified, the value of the environment variable E(OPSAUDIT_STORE) is used.
    type: str
  before:
    description:
      - Delete records that started before this time.
      - ISO 8601, seconds or milliseconds since the epoch, or relative such as V(-365d). It must not be in the future.
    type: str
    required: true
  sources:
    description:
      - Delete records of these sources only. If not specified, of all that the store knows.
    type: list
    elements: str
  scope:
    description:
      - Delete records of this scope only. It is a dictionary, as the archive modules return it in C(coverage).
    type: dict
  reason:
    description:
      - Why, 1 to 200 characters in one line. Reports and exports show it.
    type: str
  require_seal:
    description:
      - Absolute path of the folder with the seals of this store (O(opsaudit.sessions.session_seal#module:dest)).
      - The task fails, before anything is deleted, if a record that goes is in no seal, or is not as it was sealed.
    type: path
  attachments:
    description:
      - Absolute path of the folder with the attachments, C(attachments_dest) of the archive tasks. The files of deleted records are removed.
      - Required if a record that goes has attachments in it.
    type: path
requirements:
  - SQLAlchemy (Python library), 2.0 or newer
notes:
  - Open records are never deleted, and neither are records without a start time.
  - Records go in batches of 500, each in a transaction of its own, so that archive tasks go on. Their rows in C(revision) and C(attachment) go with them.
    What a gate has reported, and what was emitted as an event, stays noted by its ID.
  - A file of an attachment is removed only if it is a plain file in O(attachments) whose size and SHA-256 are those in the store. A warning counts all others.
  - If a task is interrupted, its prune is declared as C(begun). The next task finishes it, whatever its own options select. Until then, archive tasks
    neither add nor change records of this scope that began before.
  - The coverage of a scope begins at O(before) then. Only scopes with records to delete are changed.
  - An SQLite file does not get smaller, but its space is used again. C(VACUUM) makes it smaller.
  - Backups, exports and reports that were made before keep what they hold.
seealso:
  - module: opsaudit.sessions.session_seal
  - module: opsaudit.sessions.session_scope
  - module: opsaudit.sessions.session_export
"""

EXAMPLES = r"""
# From the command line:
# ansible localhost -m opsaudit.sessions.session_prune -a 'store=/var/lib/audit/sessions.db before=-400d reason="kept 400 days"' --check

- name: Delete what is older than 400 days, and only what is sealed
  opsaudit.sessions.session_prune:
    store: /var/lib/audit/sessions.db
    before: -400d
    reason: kept 400 days
    require_seal: /srv/seals
  register: pruned

- name: Show what went
  ansible.builtin.debug:
    msg: "{{ pruned.pruned }}"

- name: Delete the records of one gateway that is gone
  opsaudit.sessions.session_prune:
    store: /var/lib/audit/sessions.db
    before: now
    sources: [hoop_session]
    scope: {org: 6f1c2b4e-0d55-4b57-9a44-2a9f5a1f7f10}
    reason: contract ended
    attachments: /srv/attachments
"""

RETURN = r"""
pruned:
  description: How many records this task deleted, for each scope that had some. In check mode, how many it would delete.
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: The source, such as V(hoop_session).
      returned: always
      type: str
      sample: hoop_session
    scope:
      description: The gateway, workspace, node and so on, as the archive modules return it.
      returned: always
      type: dict
      sample: {org: 6f1c2b4e-0d55-4b57-9a44-2a9f5a1f7f10}
    count:
      description: Number of records.
      returned: always
      type: int
      sample: 1204
  sample: []
msg:
  description: What was being done and what went wrong, in one line, with a hint if there is one.
  returned: failure
  type: str
failure:
  description: What went wrong, for conditions in a playbook. Never contains credentials.
  returned: failure, unless a Python library is missing
  type: dict
  contains:
    kind:
      description:
        - The sort of failure.
        - V(invalid_request) - an option's value is not allowed, or a record is not sealed.
        - V(store) - the store's database can't be used.
        - V(file) - a file could not be read or removed.
      returned: always
      type: str
      choices: [invalid_request, store, file]
      sample: invalid_request
    status:
      description: Always V(null), because no request is sent.
      returned: always
      type: int
    code:
      description: Always V(null), because no request is sent.
      returned: always
      type: str
    message:
      description: What went wrong, without what was being done.
      returned: always
      type: str
      sample: "before: '2999-01-01T00:00:00.000Z' is not in the past (what has not begun yet can't be pruned)"
    request_id:
      description: Always V(null), because no request is sent.
      returned: always
      type: str
    hint:
      description: What may help, V(null) if there is nothing to say.
      returned: always
      type: str
      sample: Check that the store's database can be reached. What was written before is kept.
    target:
      description: The file as C(dest), V(null) if it is none.
      returned: always
      type: dict
      sample: {dest: /srv/attachments/hoop_session/2026-03/11d337d0.input.txt}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.prune import PruneTask


def main():
    run_module(PruneTask())


if __name__ == "__main__":
    main()
