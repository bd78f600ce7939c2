#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_export
short_description: Export archived records to files with checksums
version_added: 1.0.0
description:
  - Writes the records of a store in a time window to a folder, as JSON lines, as CSV, and as events of the
    L(Open Cybersecurity Schema Framework, https://schema.ocsf.io/1.8.0/) (OCSF).
  - The folder has a manifest, which lists what is included and what is missing, and a file C(SHA256SUMS) for C(sha256sum --check).
    With O(verify=true) the module verifies such a folder instead of writing one.
  - The same store and the same window produce the same bytes with any database. The files contain no creation time.
  - The store is only read. No request is sent to a source.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.stored
  - opsaudit.sessions.stored.records
  - opsaudit.sessions.times
  - opsaudit.sessions.file
attributes:
  check_mode:
    details:
      - In check mode the store is read and nothing is written. The result is a prediction.
      - With O(verify=true) check mode makes no difference.
  diff_mode:
    support: full
    details:
      - Shows size, checksum and mode of each file that differs, before and after, but not the content.
  idempotent:
    support: full
    details:
      - A file that already has the right content is not written.
options:
  store:
    description:
      - The database that the archive modules write to. A path is an SQLite file. A URL is V(sqlite:///path),
        V(postgresql://user:password@host/database), V(mysql://user:password@host/database) or V(mariadb://user:password@host/database).
      - C(postgresql) needs the Python library psycopg (C(psycopg[binary])), C(mysql) and C(mariadb) need PyMySQL.
      - It must exist, and is only read. A store of a newer version of this collection is refused.
      - This option is required, except with O(verify=true). If not specified, the value of the environment variable E(OPSAUDIT_STORE) is used.
    type: str
  dest:
    description:
      - Absolute path of the folder. If it does not exist it is created. Its parent must exist.
      - Other files in it are left alone, but O(verify=true) reports them as added.
      - A file with the name of one of the files of an export is replaced only if the manifest
        shows that an earlier export wrote it. Otherwise the task fails before anything is written, except with O(force=true).
    type: path
    required: true
  force:
    description:
      - Replace files that have the name of one of the files of an export, regardless of their origin. Links and folders are never replaced.
    type: bool
    default: false
  formats:
    description:
      - The formats to write, each to a file of its own. C(SOURCE) is the name of the source.
    type: list
    elements: str
    choices:
      jsonl:
        - C(SOURCE.jsonl), a line of JSON for each record, with the columns of the store's table C(record). C(scope) and C(raw) are objects.
          C(last_seen) is omitted, so that the same records produce the same file.
      csv:
        - C(SOURCE.csv), a table for people (RFC 4180, UTF-8 with a byte order mark, as spreadsheets need it). It has the columns that all sources have,
          and those of the source, such as the user's name, verb and exit code. No cell is JSON.
        - Times are ISO 8601 in UTC. With O(timezone) local times are beside them, in C(started_at_local) and C(ended_at_local).
        - A text that a spreadsheet would evaluate as a formula is prefixed with an apostrophe, and control characters become U+FFFD. Numbers stay numbers.
          A text of more than 32,767 characters, the most that a cell can have, is cut and ends with C(… [cut]). The exact text is in the other formats.
      ocsf:
        - C(SOURCE.ocsf.jsonl), a line of JSON for each event of OCSF 1.8.0.
    default: [jsonl, csv, ocsf]
  timezone:
    description:
      - Time zone of the local times that the table of O(formats=csv) has beside those in UTC. An IANA name such as V(Europe/Berlin).
      - It has no effect on O(start_time) and O(end_time). The machine that does the work needs a time zone database.
    type: str
  attachments:
    description:
      - Absolute path of the folder that the attachments are in, C(attachments_dest) of the archive tasks. The attachments of the exported records are put into
        C(attachments) in O(dest), under the same paths - as a hard link on the same file system, otherwise as a copy.
        If O(mode), O(owner) or O(group) are not those of the archived file, it is a copy, so that the archived file keeps its own.
      - Each is checked against the SHA-256 in the store. C(SHA256SUMS) lists the files, and C(manifest.json) lists every attachment with its state.
      - If not specified, no attachments are exported, and those of an earlier export are removed from O(dest).
    type: path
  verify:
    description:
      - Verify the folder instead of writing to it. Only O(dest) and O(allowed_signers) are used, and neither a store nor a database is needed.
      - The task fails if a file was altered, is missing or was added, if the manifest does not belong to these files, and with O(allowed_signers)
        if the signature is missing or wrong. RV(mismatched) lists the files, RV(broken) says what is wrong with the signature.
        Folders inside it other than C(attachments) and C(replay) are no part of the export, and are not verified.
      - Whoever can write to the folder can also write new checksums. Sign them with O(signing_key), or keep the checksum of C(SHA256SUMS) in another place,
        and compare it with RV(files).
    type: bool
    default: false
  signing_key:
    description:
      - Absolute path of the key to sign C(SHA256SUMS) with. The signature is in C(SHA256SUMS.sig), as C(ssh-keygen -Y sign -n opsaudit.sessions) makes it.
      - A private key in OpenSSH format, which only its owner can read (mode C(0600)). If it has a passphrase, ssh-agent must hold it.
      - Or a public key (C(.pub)) whose private half ssh-agent holds, where C(SSH_AUTH_SOCK) is set. AWX puts the key of a machine credential there.
      - The types ed25519, ecdsa, rsa of at least 3072 bits, and those of security keys (sk) can be used. The module never prompts.
      - An existing signature that matches is kept. Without this option, one that no longer matches is removed.
      - Check mode signs, too, and writes nothing.
    type: path
  allowed_signers:
    description:
      - With O(verify=true), absolute path of a file with the accepted signers. C(SHA256SUMS) must then be signed by one of them.
      - A line is a name, a type and a public key, such as C(audit@example.com ssh-ed25519 AAAA...). See I(ALLOWED SIGNERS) in ssh-keygen(1).
      - Keep it where those who can write to O(dest) cannot write.
    type: path
requirements:
  - SQLAlchemy (Python library), 2.0 or newer, except with O(verify=true)
  - jmespath (Python library), for O(where)
  - OpenSSH 8.2 or newer (C(ssh-keygen)) for O(signing_key) and O(allowed_signers)
notes:
  - Only the owner can read the files, unless O(mode) is changed, because records contain what people typed, which may include secrets.
    O(mode), O(owner) and O(group) are those of each file. Folders that the module creates have them, too, and who may read the files may enter
    these folders (with O(mode=0640) they are C(0750)). Folders that exist are never changed.
  - Each file is replaced in one step, and C(SHA256SUMS) and its signature are written last, so that an interrupted export does not verify.
    Files of an earlier export with other options are removed from the folder. Nothing else is removed.
  - Pages for people can be beside the records. A report that M(opsaudit.sessions.session_report) wrote to C(index.html) in O(dest), and replays that
    M(opsaudit.sessions.session_download) wrote to C(replay/*.html), are listed in C(manifest.json) and C(SHA256SUMS) by the next export, and verified.
    They are never changed or removed. After a page was changed, export again.
  - RV(complete) is based on the coverage that the archive modules record for each scope. Records that were archived with filters do not make a scope complete.
seealso:
  - name: Reports, alerts and evidence
    description: The guide explains the files, their order, and the classes of OCSF events.
    link: https://github.com/opsaudit/sessions/blob/main/docs/docsite/rst/guide_acting.rst
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

- name: Export the first quarter of two sources, in all formats
  opsaudit.sessions.session_export:
    store: /var/lib/audit/sessions.db
    dest: /srv/evidence/2026-q1
    sources: [hoop_session, bcc_action_run]
    start_time: "2026-01-01"
    end_time: "2026-04-01"
  register: quarter

- name: Export everything with recordings and inputs
  opsaudit.sessions.session_export:
    store: /var/lib/audit/sessions.db
    attachments: /var/lib/audit/attachments
    dest: /srv/evidence/all

- name: Export what was done in one database, for an auditor in Berlin
  opsaudit.sessions.session_export:
    store: /var/lib/audit/sessions.db
    dest: /srv/evidence/orders-db
    where: target == 'orders-db'
    timezone: Europe/Berlin

- name: Fail if something is missing
  ansible.builtin.assert:
    that: quarter.complete
    fail_msg: "Not archived: {{ quarter.gaps }}"

- name: Show the checksum of SHA256SUMS, to keep it in another place
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
  description: The files of the export, those with records first. C(SHA256SUMS) lists attachments and pages, too.
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
      description: Number of records in the file, with C(ocsf) of events. V(null) for C(manifest.json) and C(SHA256SUMS).
      returned: always
      type: int
      sample: 17
where:
  description:
    - The condition that all exported records meet, as in O(where). V(null) if all records of the window were exported.
    - With O(verify=true), the value in the manifest. An export with a condition is a part, whatever RV(complete) says.
  returned: success
  type: str
  sample: target == 'orders-db'
complete:
  description:
    - Whether all records that the sources had in the window are provably in the store, for every scope that the store knows.
      With RV(where) the export then has all of them that meet the condition, and no others.
    - Also V(false) if the store knows no scope of a source in O(sources), or no source at all, or records of the window were pruned.
    - Also V(false) if RV(missing_attachments) has the state V(failed), V(absent) or V(altered).
    - With O(verify=true), the value in the manifest.
  returned: success
  type: bool
  sample: true
gaps:
  description: Time windows of scopes in which records may be missing. Empty if RV(complete) is V(true). A retired scope has none after it was retired.
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
      description: The scope, such as an organization, workspace or node, as the archive modules return it. Empty if the store knows none of this source.
      returned: always
      type: dict
      sample: {org: 2b6f0a5c-3f2d-4e0e-9d55-0d2f6f6d7c11}
    start:
      description: Start in ISO 8601, UTC. V(null) if no archive task ran for it and there is no O(start_time).
      returned: always
      type: str
      sample: "2026-03-30T12:00:00.000Z"
    end:
      description: End in ISO 8601, UTC. V(null) if no archive task ran for it and there is no O(end_time).
      returned: always
      type: str
      sample: "2026-03-30T13:00:00.000Z"
    reasons:
      description:
        - Why it is a gap, as far as the store knows. Empty if no task has read the window yet.
        - V(failed_targets), V(total_changed), V(source_limit) - as the archive task returned it as C(incomplete_reasons).
        - V(records_missing) - the window was complete, but the store now has fewer records in it, because somebody deleted them.
        - V(beyond_retention) - it is older than the source keeps its records.
        - V(partial_view) - only tasks with a filter, or of a user that cannot read all records, have read it.
      returned: always
      type: list
      elements: str
      sample: [failed_targets]
  sample: []
pruned:
  description:
    - Prunes that reach into the window (M(opsaudit.sessions.session_prune)). Records that started before were deleted. It is no gap.
    - RV(complete) is V(false) if records of the window were pruned and not archived again.
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
      description: The scope, as in RV(gaps[].scope).
      returned: always
      type: dict
      sample: {org: 2b6f0a5c-3f2d-4e0e-9d55-0d2f6f6d7c11}
    before:
      description: Records that started before this time were deleted, in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2025-03-01T00:00:00.000Z"
    records:
      description: How many.
      returned: always
      type: int
      sample: 1204
    pruned_at:
      description: When, in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2026-03-30T12:00:00.000Z"
    reason:
      description: Why, V(null) if no reason was given.
      returned: always
      type: str
      sample: kept 400 days
  sample: []
missing_attachments:
  description:
    - With O(attachments), every attachment of the exported records that is neither kept nor empty.
    - In a scope of which a kind of attachment was ever fetched, each ended record should have it. Kinds that no archive task has ever requested
      there are not missing.
    - With O(verify=true), those in the manifest.
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: The source of its record.
      returned: always
      type: str
      sample: hoop_session
    scope:
      description: The scope of its record.
      returned: always
      type: dict
      sample: {org: 2b6f0a5c-3f2d-4e0e-9d55-0d2f6f6d7c11}
    record_id:
      description: The ID of its record.
      returned: always
      type: str
      sample: 73098717-0ae3-51e9-bd02-b1ed03061bfa
    name:
      description: What it is, such as V(recording), V(input) or V(killed_list).
      returned: always
      type: str
      sample: recording
    state:
      description:
        - V(gone) - the source does not have it any more.
        - V(too_large) - it is larger than C(attachments_max_bytes) of the archive task.
        - V(failed) - the archive task could not fetch it yet.
        - V(absent) - no archive task has requested it, or its file is not in O(attachments).
        - V(altered) - its file is not what was kept.
      returned: always
      type: str
      choices: [gone, too_large, failed, absent, altered]
      sample: gone
  sample: []
mismatched:
  description:
    - With O(verify=true), the names of files that are missing, altered or added, compared with C(SHA256SUMS). RV(msg) says what is wrong with each.
    - If it is not empty, the task failed.
  returned: success, or O(verify=true) and verification failed
  type: list
  elements: str
  sample: []
broken:
  description:
    - With O(verify=true) and O(allowed_signers), what is wrong with the signature.
    - If it is not empty, the task failed.
  returned: success, or O(verify=true) and verification failed
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
  description: The signature that was made with O(signing_key) or checked with O(allowed_signers), V(null) if there is none.
  returned: success, or O(verify=true) and verification failed
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
  description: What was being done and what failed, in one line, with a hint if there is one.
  returned: failure
  type: str
failure:
  description: Details of the failure, for conditions in a playbook. Never contains credentials.
  returned: failure, unless a Python library is missing
  type: dict
  contains:
    kind:
      description:
        - The kind of failure.
        - V(invalid_request) - the value of an option is not allowed, or there is no such store.
        - V(store) - the database of the store cannot be used, or its contents were altered.
        - V(file) - a file could not be read or written.
        - V(integrity) - the export was changed, or its signature is missing or wrong.
      returned: always
      type: str
      choices: [invalid_request, store, file, integrity]
      sample: integrity
    status:
      description: Always V(null), because no request is sent to a source.
      returned: always
      type: int
    code:
      description: Always V(null), because no request is sent to a source.
      returned: always
      type: str
    message:
      description: What failed, without what was being done.
      returned: always
      type: str
      sample: hoop_session.csv differs
    request_id:
      description: Always V(null), because no request is sent to a source.
      returned: always
      type: str
    hint:
      description: The next step, V(null) if there is no suggestion.
      returned: always
      type: str
      sample: Check that the store's database can be reached. What was written before is kept.
    target:
      description: The folder or file that failed, as C(dest). V(null) if it is neither.
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
