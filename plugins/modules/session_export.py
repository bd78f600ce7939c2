#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_export
short_description: Export records from a store to files that an auditor can check
version_added: 1.0.0
description:
  - Writes the records that the archive modules have kept to a folder, for a window of time, as JSON lines, as CSV, and as events of the
    L(Open Cybersecurity Schema Framework, https://schema.ocsf.io/1.8.0/) (OCSF).
  - Each folder has a manifest, which tells what is in it and what is missing, and a file C(SHA256SUMS), which C(sha256sum --check) takes.
    With O(verify=true) the module checks such a folder instead of writing one.
  - The same store and the same window make the same bytes, whatever the database is. Nothing in the files tells when they were made.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.stored
  - opsaudit.sessions.stored.records
  - opsaudit.sessions.times
attributes:
  check_mode:
    details:
      - In check mode the store is read and nothing is written. The result tells what would be.
      - With O(verify=true) it does the same as otherwise.
  diff_mode:
    support: full
    details:
      - Shows size, checksum and mode of each file that differs, before and after, and never the content.
  idempotent:
    support: full
    details:
      - A file that has the right content already is left alone.
options:
  store:
    description:
      - Where the records are, as in the archive modules. A path is the file of an SQLite database. Anything with C(://) is a URL, V(sqlite:///path),
        V(postgresql://user:password@host/database), V(mysql://user:password@host/database) or V(mariadb://user:password@host/database).
      - A URL with C(postgresql) needs the Python library psycopg (C(psycopg[binary])), one with C(mysql) or C(mariadb) needs PyMySQL.
      - It is only read, and must be there. A store of a newer version of this collection is refused.
      - This option is required, unless O(verify=true). If not specified, the value of the environment variable E(OPSAUDIT_STORE) is used.
    type: str
  dest:
    description:
      - Absolute path of the folder. If it does not exist it is made, with mode C(0700), in a folder that must exist.
      - It may hold other files, which are left alone, but O(verify=true) takes them for added.
      - A file that has one of the names which an export uses is only replaced if an earlier export made it, which its manifest says.
        Otherwise the task fails before anything is written, unless O(force=true).
    type: path
    required: true
  force:
    description:
      - Replace files that have one of the names which an export uses, whoever made them. Links and folders are never replaced.
    type: bool
    default: false
  formats:
    description:
      - In which forms to write the records, each to a file of its own. C(SOURCE) is the name of the source.
    type: list
    elements: str
    choices:
      jsonl:
        - C(SOURCE.jsonl), a line of JSON for each record, with the columns of the store's table C(record). C(scope) and C(raw) are objects.
          C(last_seen) is left out, because an export of the same records is to be the same.
      csv:
        - C(SOURCE.csv), a table with a header (RFC 4180, UTF-8) and the same columns. C(scope) and C(raw) are JSON.
        - A text that a spreadsheet would take for a formula gets an apostrophe in front, and control characters become U+FFFD. Numbers stay numbers.
          The exact text is in the other forms.
      ocsf:
        - C(SOURCE.ocsf.jsonl), a line of JSON for each event of OCSF 1.8.0.
    default: [jsonl, csv, ocsf]
  verify:
    description:
      - Check the folder instead of writing to it. Only O(dest) and O(allowed_signers) are used, and neither a store nor a database is needed.
      - The task fails if a file was altered, is missing or was added, if the manifest is not that of these files, and if O(allowed_signers) is specified
        and the signature proves nothing. RV(mismatched) names the files, RV(broken) says what is wrong with the signature.
        Folders inside it are no part of the export, and nothing is said about them.
      - Whoever can write to the folder can make new checksums, too. Sign them with O(signing_key), or keep the checksum of C(SHA256SUMS) somewhere else,
        and compare RV(files).
    type: bool
    default: false
  signing_key:
    description:
      - Absolute path of the key to sign C(SHA256SUMS) with. The signature is in C(SHA256SUMS.sig), as C(ssh-keygen -Y sign -n opsaudit.sessions) makes it.
      - A private key in OpenSSH's own form, which only its owner can read (mode C(0600)). If it has a passphrase, ssh-agent must hold it.
      - Or a public key (C(.pub)) whose private half ssh-agent holds, where C(SSH_AUTH_SOCK) is set. AWX puts the key of a machine credential there.
      - The types ed25519, ecdsa, rsa of at least 3072 bits, and those of security keys (sk) can be used. Nothing is ever asked at a terminal.
      - A signature that is there and fits is kept. Without this option one that no longer fits is removed.
      - It signs in check mode, too, and writes nothing.
    type: path
  allowed_signers:
    description:
      - With O(verify=true), absolute path of a file that lists whose signature counts, and that C(SHA256SUMS) must be signed.
      - A line is a name, a type and a public key, such as C(audit@example.com ssh-ed25519 AAAA...). See I(ALLOWED SIGNERS) in ssh-keygen(1).
      - Keep it where those who can write to O(dest) can't write.
    type: path
requirements:
  - SQLAlchemy (Python library), 2.0 or newer, unless O(verify=true)
  - OpenSSH 8.2 or newer (C(ssh-keygen)) for O(signing_key) and O(allowed_signers)
notes:
  - This module never writes to the store, and asks no source.
  - All records are read in one transaction that sees the store as it was at one instant, also while an archive task is writing to it.
    Memory does not grow with the number of records.
  - Records come in the order in which they began, then by scope and by ID, compared by code point. A record that does not tell when it began
    is in every window, after all others, because nobody can say that it does not belong there.
  - Every file is for its owner alone (mode C(0600)). It is written where nobody else can read it, and put in place in one step if it differs.
    All of them are ready before the first is put in place, and C(SHA256SUMS) and its signature are the last, so that an export that was
    interrupted does not check.
  - What an earlier export with other options wrote to the folder and this one does not is removed, if its manifest or its checksums list it.
    Nothing else is ever removed.
  - RV(complete) comes from the ledger that the archive modules keep. A scope (a gateway, a workspace, a node, and so on) counts if the store has records, runs
    or windows of it. What was archived with filters proves nothing of what they left out, so it is a gap until the scope is archived without them.
  - TaurusDB's killing tasks become Remediation Activity (7001), SQL sessions of DataArts Fabric become User Session Query (5017),
    hoop sessions on databases become Datastore Activity (6005), and all other hoop sessions Script Activity (1009).
    Runs of Baidu Cloud Assistant become Script Activity, one event for each machine, or one for the run if it was archived without C(children=true).
  - In an event, C(metadata.uid) is the ID of the record (with that of the child run after a slash), and C(unmapped) has what OCSF has no place for.
    What a source does not tell is left out, or is C(Unknown) where OCSF requires it. The text of a script that is not known is empty.
  - Records contain what people typed. They may hold secrets, and so do the files.
seealso:
  - module: opsaudit.sessions.taurusdb_killed_session_archive
  - module: opsaudit.sessions.dataarts_sql_session_archive
  - module: opsaudit.sessions.hoop_session_archive
  - module: opsaudit.sessions.bcc_action_run_archive
  - plugin: opsaudit.sessions.to_ocsf
    plugin_type: filter
"""

EXAMPLES = r"""
# From the command line:
# ansible localhost -m opsaudit.sessions.session_export -a 'store=/var/lib/audit/sessions.db dest=/srv/evidence start_time=-30d'
# ansible localhost -m opsaudit.sessions.session_export -a 'dest=/srv/evidence verify=true'

- name: Export the first quarter of two sources, in all forms
  opsaudit.sessions.session_export:
    store: /var/lib/audit/sessions.db
    dest: /srv/evidence/2026-q1
    sources: [hoop_session, bcc_action_run]
    start_time: "2026-01-01"
    end_time: "2026-04-01"
  register: quarter

- name: Stop if something is missing
  ansible.builtin.assert:
    that: quarter.complete
    fail_msg: "Not archived: {{ quarter.gaps }}"

- name: Keep the checksum of the checksums elsewhere
  ansible.builtin.debug:
    msg: "{{ (quarter.files | selectattr('path', 'eq', 'SHA256SUMS') | first).sha256 }}"

- name: Hand yesterday's sessions to a security team, as events of OCSF
  opsaudit.sessions.session_export:
    store: "{{ vault_audit_store }}"
    dest: /srv/siem/hoop
    sources: hoop_session
    formats: ocsf
    start_time: -1d

- name: Check what was handed over
  opsaudit.sessions.session_export:
    dest: /srv/evidence/2026-q1
    verify: true

- name: Export and sign with a key that ssh-agent holds
  opsaudit.sessions.session_export:
    store: /var/lib/audit/sessions.db
    dest: /srv/evidence/2026-q2
    start_time: "2026-04-01"
    end_time: "2026-07-01"
    signing_key: /etc/audit/signing_key.pub

- name: Check files and signature
  opsaudit.sessions.session_export:
    dest: /srv/evidence/2026-q2
    verify: true
    allowed_signers: /etc/audit/allowed_signers
"""

RETURN = r"""
files:
  description: The files of the export, those with records first.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Name of the file in O(dest).
      returned: always
      type: str
      sample: hoop_session.jsonl
    sha256:
      description: Its SHA-256, in hexadecimal digits.
      returned: always
      type: str
      sample: 08ce5c390adaa38b44f89b5798eeceddf8045bd98fb712820a61a0c17e2ca5e6
    count:
      description: How many records it holds, or events with C(ocsf). V(null) for C(manifest.json) and C(SHA256SUMS), which hold none.
      returned: always
      type: int
      sample: 17
complete:
  description:
    - Whether all that the sources had in the window is known to be in the store, for every scope that the store knows.
    - V(false) also if the store knows no scope of a source in O(sources).
    - With O(verify=true), what the manifest tells.
  returned: success
  type: bool
  sample: true
gaps:
  description: What is not proven to be in the store. Empty if RV(complete) is V(true).
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: The source, as in O(sources).
      returned: always
      type: str
      sample: hoop_session
    scope:
      description: The gateway, workspace, node and so on, as the archive modules return it. Empty if none of this source is known.
      returned: always
      type: dict
      sample: {gateway: https://hoop.example.com}
    start:
      description: First instant in ISO 8601, UTC. V(null) if nothing was ever to be archived and there is no O(start_time).
      returned: always
      type: str
      sample: "2026-03-30T12:00:00.000Z"
    end:
      description: Last instant in ISO 8601, UTC. V(null) if nothing was ever to be archived and there is no O(end_time).
      returned: always
      type: str
      sample: "2026-03-30T13:00:00.000Z"
  sample: []
mismatched:
  description:
    - With O(verify=true), the names of files that are missing, altered or added, compared with C(SHA256SUMS). RV(msg) says what is wrong with each.
    - If it is not empty, the task has failed.
  returned: success, or O(verify=true) and something is not as it must be
  type: list
  elements: str
  sample: []
broken:
  description:
    - With O(verify=true) and O(allowed_signers), what is wrong with the signature.
    - If it is not empty, the task has failed.
  returned: success, or O(verify=true) and something is not as it must be
  type: list
  elements: dict
  contains:
    path:
      description: Name of the file with the signature.
      returned: always
      type: str
      sample: SHA256SUMS.sig
    problem:
      description: What is wrong with it.
      returned: always
      type: str
      sample: was made with a key that allowed_signers does not list
  sample: []
signature:
  description: The signature that was made with O(signing_key) or checked with O(allowed_signers), V(null) if there is none that counts.
  returned: success, or O(verify=true) and something is not as it must be
  type: dict
  contains:
    path:
      description: Name of the file with the signature.
      returned: always
      type: str
      sample: SHA256SUMS.sig
    key:
      description: Fingerprint of the key, as C(ssh-keygen -l) shows it.
      returned: always
      type: str
      sample: SHA256:MaSWuQk8Giju8n3aL8DBaIHMcZ/hGxyVFYSeYoX2ooo
    principal:
      description: The name of the signer in O(allowed_signers), V(null) where the signature was made and not checked.
      returned: always
      type: str
      sample: audit@example.com
msg:
  description: What was being done and what went wrong, in one line, with a hint if there is one.
  returned: failure
  type: str
failure:
  description: What went wrong, for conditions in a playbook. Never contains credentials.
  returned: failure, unless Ansible itself refuses an option
  type: dict
  contains:
    kind:
      description:
        - The sort of failure.
        - V(invalid_request) - an option's value is not allowed, or there is no such store.
        - V(store) - the store's database can't be used.
        - V(server) - what is in the store was altered.
        - V(file) - a file could not be read or written.
        - V(integrity) - the export is not as it was written, or its signature proves nothing.
      returned: always
      type: str
      choices: [invalid_request, store, server, file, integrity]
      sample: integrity
    status:
      description: Always V(null), for no source is asked.
      returned: always
      type: int
    code:
      description: Always V(null), for no source is asked.
      returned: always
      type: str
    message:
      description: What went wrong, without what was being done.
      returned: always
      type: str
      sample: hoop_session.csv differs
    request_id:
      description: Always V(null), for no source is asked.
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
      sample: {dest: /srv/evidence/2026-q1}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._export.task import ExportTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module


def main():
    run_module(ExportTask())


if __name__ == "__main__":
    main()
