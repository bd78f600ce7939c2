#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_scope
short_description: Label a scope of a store, or retire it
version_added: 1.0.0
description:
  - Labels a scope, or retires it. A scope is what records belong to, a gateway, workspace, node or region.
  - A scope that no longer exists stays a gap until you retire it with O(state=retired). Retiring ends its gaps at the present time.
  - A O(label) is a name that people know it by. Reports, gates and exports show it.
  - Nothing is sent to a source, and no record is changed.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.stored
attributes:
  check_mode:
    details:
      - In check mode nothing is written.
  diff_mode:
    details:
      - The label and the state are all that changes.
  idempotent:
    support: full
options:
  store:
    description:
      - The database that the archive modules write to. A path is an SQLite file. A URL is V(sqlite:///path),
        V(postgresql://user:password@host/database), V(mysql://user:password@host/database) or V(mariadb://user:password@host/database).
      - C(postgresql) needs the Python library psycopg (C(psycopg[binary])), C(mysql) and C(mariadb) need PyMySQL.
      - It must exist.
      - This option is required. If not specified, the value of the environment variable E(OPSAUDIT_STORE) is used.
    type: str
  source:
    description:
      - The source of the scope, such as V(hoop_session). The store must know it.
    type: str
    required: true
  scope:
    description:
      - The scope, a dictionary as the archive modules return it in C(coverage). If the store does not know it, the message names those it knows.
    type: dict
    required: true
  state:
    description:
      - If not specified, it stays as it is.
    type: str
    choices:
      active: It is archived. All its gaps count.
      retired: It is gone. Its gaps end at this time, or when it was retired first. Its records stay.
  label:
    description:
      - A name for it, 1 to 200 characters in one line. An empty text takes the label away. If not specified, it stays as it is.
      - C(label) of an archive task sets it, too.
    type: str
requirements:
  - SQLAlchemy (Python library), 2.0 or newer
notes:
  - An archive task goes on to archive a scope that is retired. It does not make it active.
seealso:
  - module: opsaudit.sessions.session_prune
  - module: opsaudit.sessions.session_report
"""

EXAMPLES = r"""
# From the command line:
# ansible localhost -m opsaudit.sessions.session_scope -a '{"store": "/srv/s.db", "source": "hoop_session", "scope": {"org": "o"}, "state": "retired"}'

- name: A gateway was shut down
  opsaudit.sessions.session_scope:
    store: /var/lib/audit/sessions.db
    source: hoop_session
    scope: {org: 6f1c2b4e-0d55-4b57-9a44-2a9f5a1f7f10}
    state: retired

- name: Give a node a name
  opsaudit.sessions.session_scope:
    store: /var/lib/audit/sessions.db
    source: taurusdb_killed_session
    scope:
      instance_id: 2f9a4c1d7e6b4a0f8c3d5e9b1a7f6c2din07
      node_id: 9b1a7f6c2d2f9a4c1d7e6b4a0f8c3d5eno07
    label: orders, node 1
"""

RETURN = r"""
scope_key:
  description: The scope as a text, as it is in the column C(scope_key) of all tables.
  returned: success
  type: str
  sample: org=6f1c2b4e-0d55-4b57-9a44-2a9f5a1f7f10
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
        - V(invalid_request) - an option's value is not allowed, or the store does not know the scope.
        - V(store) - the store's database can't be used.
      returned: always
      type: str
      choices: [invalid_request, store]
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
      sample: "scope: org=x is not in this store (it knows org=o)"
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
      description: Always V(null).
      returned: always
      type: dict
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._upkeep.scope import ScopeTask


def main():
    run_module(ScopeTask())


if __name__ == "__main__":
    main()
