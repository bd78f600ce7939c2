#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_seal
short_description: Seal a store, and prove later that nobody changed it
version_added: 1.0.0
description:
  - Writes to a folder outside the database what a store held at this time. Each seal lists the records that are new or changed since the seal before,
    and holds the hash of the one before, so that the seals are a chain. With O(signing_key) each is signed.
  - With O(verify=true) it compares the store with the seals. It names each record that was altered or removed, and what is wrong with the chain.
  - Run it on a schedule. A seal is made even if nothing is new. When the newest one is older than the schedule allows, the job has stopped.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.stored
attributes:
  check_mode:
    details:
      - In check mode the store and the seals are read, and nothing is written. RV(sealed) is what would be sealed.
      - O(verify=true) does the same in check mode.
  diff_mode:
    details:
      - There is nothing to show but counts, which are in RV(sealed).
  idempotent:
    support: none
    details:
      - Every task adds a seal, and is a change. With O(verify=true) nothing is changed.
options:
  store:
    description:
      - The database that the archive modules write to. A path is an SQLite file. A URL is V(sqlite:///path),
        V(postgresql://user:password@host/database), V(mysql://user:password@host/database) or V(mariadb://user:password@host/database).
      - C(postgresql) needs the Python library psycopg (C(psycopg[binary])), C(mysql) and C(mariadb) need PyMySQL.
      - It must exist. The last seal is noted in its table C(store). Nothing else is written, and with O(verify=true) nothing at all.
      - This option is required. If not specified, the value of the environment variable E(OPSAUDIT_STORE) is used.
    type: str
  dest:
    description:
      - Absolute path of the folder with the seals of this store. If it does not exist it is made, with mode C(0700), in a folder that must exist.
      - Keep it where those who can write to the database can't write. Who can write to both, and has the key, can make a new chain.
      - Each store needs a folder of its own, and always the same one. Other files in it are left alone.
    type: path
    required: true
  signing_key:
    description:
      - Absolute path of the key to sign each statement with. The signature is in C(000001.json.sig), as C(ssh-keygen -Y sign -n opsaudit.sessions) makes it.
      - A private key in OpenSSH's own form, which only its owner can read (mode C(0600)). If it has a passphrase, ssh-agent must hold it.
      - Or a public key (C(.pub)) whose private half ssh-agent holds, where C(SSH_AUTH_SOCK) is set. AWX puts the key of a machine credential there.
      - The types ed25519, ecdsa, rsa of at least 3072 bits, and those of security keys (sk) can be used. The module never prompts at a terminal.
      - Required if the last seal is signed. Not used with O(verify=true).
    type: path
  verify:
    description:
      - Compare the store with its seals instead of adding one.
      - The task fails if a record was altered or removed, or if the chain is broken. RV(altered), RV(removed) and RV(broken) name what is wrong.
      - It needs no signing key.
    type: bool
    default: false
  allowed_signers:
    description:
      - With O(verify=true), absolute path of a file that lists whose signature counts, and that every seal must be signed.
      - A line is a name, a type and a public key, such as C(audit@example.com ssh-ed25519 AAAA...). See I(ALLOWED SIGNERS) in ssh-keygen(1).
      - Keep it where those who can write to O(dest) can't write.
    type: path
requirements:
  - SQLAlchemy (Python library), 2.0 or newer
  - OpenSSH 8.2 or newer (C(ssh-keygen)) for O(signing_key) and O(allowed_signers)
notes:
  - A seal is C(000001.jsonl) (the delta), C(000001.json) (the statement) and, with O(signing_key), C(000001.json.sig). The statement is put in place last.
    A seal without its statement is none, and the next task writes it anew.
    C(.session-seal.lock) is empty, and no part of any seal. A seal is never written again. The files have mode C(0600).
  - Both files are canonical JSON. Keys are sorted, there are no blanks, and each line ends with a line feed. The guide I(Proof) describes all fields,
    and has a script that checks a chain without this collection.
  - One task at a time seals to a folder. Another one waits, for 10 minutes at most. Archive tasks are not held up.
  - All records are read in one transaction that sees the store as it was at one instant. Memory does not grow with the number of records.
    They are sorted in temporary files (E(TMPDIR)), which take about 1 GB for a million records.
  - What differs from the seals without an explanation is not sealed again. A warning counts it, and each O(verify=true) names it until it is put right.
  - An ended record may change, because a source may change its mind. RV(final_changed) lists every such record, and the table C(revision)
    has what it said before. Details that are read later, and another version of this collection that reads a record in another way, are such changes, too.
  - The times of seals and of changes are compared. The clocks of the machines that archive and seal must agree.
  - A record may only go with a declared prune (table C(pruned)). Its count and digest are compared with what is gone.
seealso:
  - module: opsaudit.sessions.session_export
  - module: opsaudit.sessions.taurusdb_killed_session_archive
  - module: opsaudit.sessions.dataarts_sql_session_archive
  - module: opsaudit.sessions.hoop_session_archive
  - module: opsaudit.sessions.bcc_action_run_archive
"""

EXAMPLES = r"""
# From the command line:
# ansible localhost -m opsaudit.sessions.session_seal -a 'store=/var/lib/audit/sessions.db dest=/srv/seals'
# ansible localhost -m opsaudit.sessions.session_seal -a 'store=/var/lib/audit/sessions.db dest=/srv/seals verify=true'

- name: Seal the store with a key that ssh-agent holds
  opsaudit.sessions.session_seal:
    store: /var/lib/audit/sessions.db
    dest: /srv/seals
    signing_key: /etc/audit/signing_key.pub
  register: seal

- name: Keep its hash in another place
  ansible.builtin.debug:
    msg: "Seal {{ seal.number }}: {{ seal.statement_sha256 }}"

- name: Verify the store, and fail if anything was changed
  opsaudit.sessions.session_seal:
    store: /var/lib/audit/sessions.db
    dest: /srv/seals
    verify: true
    allowed_signers: /etc/audit/allowed_signers
  register: verified

- name: Show which ended records changed
  ansible.builtin.debug:
    msg: "{{ verified.final_changed }}"
"""

RETURN = r"""
number:
  description: Number of the new seal. With O(verify=true), that of the last one, V(null) if there is none.
  returned: success, or O(verify=true) and something is wrong
  type: int
  sample: 17
statement_sha256:
  description:
    - SHA-256 of its statement. It stands for the whole chain up to it. Keep it in another place, such as a ticket.
    - V(null) in check mode, and with O(verify=true) if there is no seal.
  returned: success, or O(verify=true) and something is wrong
  type: str
  sample: 08ce5c390adaa38b44f89b5798eeceddf8045bd98fb712820a61a0c17e2ca5e6
sealed_at:
  description: When the last seal was made, in ISO 8601, UTC. V(null) if there is none.
  returned: O(verify=true)
  type: str
  sample: "2026-03-30T12:00:00.000Z"
verified_at:
  description: When the store was compared with its seals, in ISO 8601, UTC.
  returned: O(verify=true)
  type: str
  sample: "2026-03-30T12:00:04.000Z"
signature:
  description: Who signed the last seal. V(null) without O(allowed_signers), and if its signature is wrong.
  returned: O(verify=true)
  type: dict
  contains:
    key:
      description: Fingerprint of the key, as C(ssh-keygen -l) shows it.
      returned: always
      type: str
      sample: SHA256:WMgUZb3X0DhHtYH0cNQcvyf0ReXVxWQ8JVkZJq0vPYc
    principal:
      description: The name in O(allowed_signers).
      returned: always
      type: str
      sample: audit@example.com
sealed:
  description: How many records the new seal lists.
  returned: success, unless O(verify=true)
  type: dict
  contains:
    added:
      description: Records that are in no seal before.
      returned: always
      type: int
      sample: 12
    changed:
      description: Records that changed, and had not ended when they were sealed last.
      returned: always
      type: int
      sample: 3
    final_changed:
      description: Records that changed, although they had ended when they were sealed last.
      returned: always
      type: int
      sample: 0
    pruned:
      description: Records that went with prunes which no seal before lists, as the prunes declare.
      returned: always
      type: int
      sample: 0
altered:
  description:
    - Records that are not as they were sealed, or whose hashes are not those of what is in the row. The first 10,000 of them.
    - If it is not empty, the task has failed.
  returned: O(verify=true), or the chain is broken
  type: list
  elements: dict
  contains: &record
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
    record_id:
      description: ID of the record, as the store keeps it.
      returned: always
      type: str
      sample: 11d337d0-1f45-5203-8630-eccd7c816bf8
    seal:
      description: Number of the seal that lists the record last, or this change of it. V(null) if none does yet.
      returned: always
      type: int
      sample: 3
  sample: []
removed:
  description:
    - Records that were sealed, are not in the store, and that no prune declares. The first 10,000 of them.
    - If it is not empty, the task has failed.
  returned: O(verify=true), or the chain is broken
  type: list
  elements: dict
  contains: *record
  sample: []
final_changed:
  description: Changes of records that had ended when they were sealed. No fault, but somebody should look at them. The first 10,000 of them.
  returned: O(verify=true), or the chain is broken
  type: list
  elements: dict
  contains: *record
  sample: []
broken:
  description:
    - What is wrong with the chain, with coverage, or with a prune. If it is not empty, the task has failed.
    - A task that adds a seal fails, too, if the chain is broken.
  returned: O(verify=true), or the chain is broken
  type: list
  elements: dict
  contains:
    seal:
      description: Number of the seal, V(null) for the store as it is now.
      returned: always
      type: int
      sample: 3
    problem:
      description: What is wrong.
      returned: always
      type: str
      sample: its delta was altered
  sample: []
unsealed:
  description: How many records are new or changed since the last seal. No fault.
  returned: O(verify=true), or the chain is broken
  type: int
  sample: 4
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
        - V(invalid_request) - an option's value is not allowed, or there is no such store.
        - V(store) - the store's database can't be used.
        - V(file) - a file could not be read or written.
        - V(integrity) - the store is not as it was sealed, or the chain is broken.
      returned: always
      type: str
      choices: [invalid_request, store, file, integrity]
      sample: integrity
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
      sample: "1 removed; removed s0001 of hoop_session, scope org=o"
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
      description: The folder or the file as C(dest), V(null) if it is neither.
      returned: always
      type: dict
      sample: {dest: /srv/seals}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._seal.task import SealTask


def main():
    run_module(SealTask())


if __name__ == "__main__":
    main()
