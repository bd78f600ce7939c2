#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_download
short_description: Save a session's recording, its input, or the list of what was killed, to a file
version_added: 1.0.0
description:
  - Saves what is behind a record of another module to a file. For a session of a hoop.dev gateway, that is its recording or its input.
    For an intelligent killing task of Huawei Cloud TaurusDB, it is the list of the sessions that were killed.
  - The file appears whole or not at all. It is written where nobody else can read it, and then put in place in one step,
    only if its content differs from what is there.
  - Recordings of any size are saved with the same small amount of memory.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.attributes.actiongroup_all
  - opsaudit.sessions.hoop
  - opsaudit.sessions.huaweicloud
  - opsaudit.sessions.common.requests
  - opsaudit.sessions.times
  - opsaudit.sessions.file
attributes:
  action_group:
    description:
      - Use C(group/opsaudit.sessions.all) in C(module_defaults) to set defaults for this module.
      - This module is in no provider's group, so that no provider's secret reaches another's host.
        Use C(opsaudit.sessions.session_download) in C(module_defaults) for defaults of one source.
    membership:
      - opsaudit.sessions.all
  check_mode:
    details:
      - In check mode everything is fetched and nothing is written. The result tells what would be.
  diff_mode:
    support: full
    details:
      - Shows size, checksum, mode and owner before and after, and never the content.
  idempotent:
    support: full
    details:
      - The content is fetched each time. If the file has the same already, it is left alone.
options:
  source:
    description:
      - Which system to ask.
      - Its connection is set with the options that the info module of this source has, and with its environment variables and files.
        An option of the connection that only the other source has is refused.
    type: str
    required: true
    choices:
      hoop_session: A session of a hoop.dev gateway. Needs O(id).
      taurusdb_killed_session: A killing task of Huawei Cloud TaurusDB. Needs O(instance_id), O(task_id) and O(start_time).
  endpoint:
    description:
      - Base URL of the hoop gateway or of the TaurusDB API.
      - If not specified, the value of the environment variable E(HOOP_APIURL) is used with O(source=hoop_session), then C(api_url) of C(~/.hoop/config.toml);
        with O(source=taurusdb_killed_session), the value of E(TAURUSDB_ENDPOINT), then the host of O(region).
    type: str
    aliases: [api_url]
  token:
    description:
      - Access token of a user of the gateway, or an IAM token with the scope of the project.
      - If not specified, the value of the environment variable E(HOOP_TOKEN) is used with O(source=hoop_session), then C(token) of C(~/.hoop/config.toml);
        with O(source=taurusdb_killed_session), the value of E(HW_AUTH_TOKEN).
    type: str
  id:
    description:
      - ID (UUID) of the session. Only with O(source=hoop_session).
    type: str
  instance_id:
    description:
      - ID of the instance, 36 letters and digits that end in C(in07). Only with O(source=taurusdb_killed_session).
    type: str
  node_id:
    description:
      - ID of the node, 36 letters and digits that end in C(no07). Only with O(source=taurusdb_killed_session).
      - If not specified, the task is looked for on all nodes of the instance.
    type: str
  task_id:
    description:
      - ID of the killing task, as RV(opsaudit.sessions.taurusdb_killed_session_info#module:killed_sessions[].task_id) tells it.
        Only with O(source=taurusdb_killed_session).
    type: str
  start_time:
    description:
      - Start of a time window that the killing task lies in. Only with O(source=taurusdb_killed_session), which needs it.
    type: str
  end_time:
    description:
      - End of that window. It must be later than O(start_time).
    type: str
    default: now
  content:
    description:
      - What of the session to save.
    type: str
    choices:
      recording: What was recorded, or with O(source=taurusdb_killed_session) what was killed.
      input: What was given to the session to run, such as a script. Only with O(source=hoop_session), and O(format) V(raw) or V(txt).
    default: recording
  format:
    description:
      - The form of the file. With O(source=taurusdb_killed_session) and with O(content=input) only V(raw) and V(txt) can be used.
    type: str
    choices:
      raw: The bytes as they were recorded, with all control characters.
      txt: The same as UTF-8. What is not UTF-8 is replaced by U+FFFD. Control characters stay.
      jsonl:
        - A line of JSON for each event, with C(time) (seconds since the client connected), C(type) (V(i), V(o) or V(e)) and C(text).
        - A character that was cut in two is whole in the text of the later event. Where C(text) is not exactly what was recorded,
          C(base64) has the bytes, so that nothing is lost. If a character never was completed, U+FFFD is in a last line without bytes of its own.
      csv:
        - The same as a table with the columns C(time), C(type), C(text) and C(base64), and a header. Texts are quoted (RFC 4180).
        - A spreadsheet finds no formula in it. Where a text looks like one, there is an apostrophe before it, control characters are U+FFFD,
          and C(base64) has what was recorded. A C(base64) that begins with C(+) has an apostrophe, too.
      cast:
        - An asciicast (version 2), which C(asciinema) and its web player can play.
        - Sessions that are not a terminal's text (PostgreSQL's wire protocol, remote desktops, raw TCP) are refused.
      html:
        - One page that holds the recording and plays it in a browser, offline. It asks nobody for anything, and its policy lets it load nothing.
          The same recording makes the same page.
        - It plays at the speed of the session, or with its pauses cut to 2 seconds. With V(i) among O(events), keys are shown as they were typed.
        - What V(cast) refuses is refused. The page itself takes about 230 kB.
        - A browser reads all of it before it plays. With 100 MB that takes some seconds. Chromium refuses more than about 500 MB,
          and its page says so. Use V(cast) for what is that large.
    default: raw
  events:
    description:
      - Which events of the recording to save. Only with O(source=hoop_session) and O(content=recording).
      - If not specified, V(o) and V(e) are saved.
    type: list
    elements: str
    choices:
      i: What was typed, or sent.
      o: Output, including what a command writes to its standard error.
      e: Errors of the session itself, such as the reason why it was closed.
  width:
    description:
      - Width of the terminal in characters, from V(1) to V(1000), for O(format=cast) and O(format=html). The gateway doesn't record it.
    type: int
    default: 80
  height:
    description:
      - Height of the terminal in characters, from V(1) to V(1000), for O(format=cast) and O(format=html). The gateway doesn't record it.
    type: int
    default: 24
  dest:
    description:
      - Absolute path of the file on the target, or of a folder that exists.
      - In a folder the file is named after O(id) or O(task_id), with O(format) as its extension, C(.input) before that with O(content=input).
        The name that the server gives it is never used.
      - Its folder must exist. A link is not followed, and not replaced.
      - Any other file at this path is replaced, but never an SQLite database, a file of an export, C(SHA256SUMS), a seal or a report of
        this collection. The task fails then before a request is sent.
    type: path
    required: true
  max_bytes:
    description:
      - How large the file may become, in bytes. If it would be larger, the task fails, and a file that is there stays as it is.
      - If the gateway tells beforehand that it has stored more than 32 times this (an event takes more room there), nothing is fetched.
    type: int
    default: 1073741824
notes:
  - Recordings contain what people typed and saw. They may hold secrets, so the file is for its owner alone unless O(mode) says otherwise.
  - Download links are used where there is no other way, sent to nobody but their host, and never shown. With O(source=taurusdb_killed_session) the link leads
    to an object storage on another host, which gets no credentials. A link that has expired is asked for once more.
  - The recording of a session that is still running is saved as far as it goes, with a warning.
  - If nothing was recorded, or the gateway has lost the recording, the file holds no event, and a warning says which. The placeholder that the gateway
    keeps for a lost recording is not saved.
  - With O(source=hoop_session), the permission to see recordings is needed, which reviewers of a session don't have. A recording that is withheld is a failure.
seealso:
  - module: opsaudit.sessions.hoop_session_info
  - module: opsaudit.sessions.taurusdb_killed_session_info
  - plugin: opsaudit.sessions.to_asciicast
    plugin_type: filter
  - plugin: opsaudit.sessions.decode_event_stream
    plugin_type: filter
"""

EXAMPLES = r"""
# From the command line, with HOOP_APIURL and HOOP_APIKEY in the environment:
# ansible localhost -m opsaudit.sessions.session_download -a 'source=hoop_session id=4ea8f841-e7a2-5275-b70e-85e3cf35ee71 format=cast dest=/srv/casts'
# asciinema play /srv/casts/4ea8f841-e7a2-5275-b70e-85e3cf35ee71.cast

- name: Save a terminal session for playing it back with asciinema
  opsaudit.sessions.session_download:
    source: hoop_session
    endpoint: https://hoop.example.com
    api_key: "{{ vault_hoop_api_key }}"
    id: 4ea8f841-e7a2-5275-b70e-85e3cf35ee71
    format: cast
    width: 120
    height: 40
    dest: /srv/casts/web-03.cast

- name: Save it as a page that anybody can play
  opsaudit.sessions.session_download:
    source: hoop_session
    endpoint: https://hoop.example.com
    api_key: "{{ vault_hoop_api_key }}"
    id: 4ea8f841-e7a2-5275-b70e-85e3cf35ee71
    format: html
    dest: /srv/replays/web-03.html

- name: Keep the evidence of a change
  module_defaults:
    group/opsaudit.sessions.hoop: &gateway
      endpoint: https://hoop.example.com
      api_key: "{{ vault_hoop_api_key }}"
    opsaudit.sessions.session_download: *gateway
  block:
    - name: Find who changed the database today
      opsaudit.sessions.hoop_session_info:
        connection: orders-pg-prod
        start_time: -24h
      register: today

    - name: Save every event of each session, as it was recorded
      opsaudit.sessions.session_download:
        source: hoop_session
        id: "{{ item.id }}"
        format: jsonl
        events: [i, o, e]
        dest: /var/lib/audit/evidence/
        group: auditors
        mode: "0640"
        max_bytes: 100000000
      loop: "{{ today.sessions | selectattr('session_state', 'eq', 'finished') }}"
      loop_control:
        label: "{{ item.id }}"
      register: evidence

    - name: Save what each of them was given to run
      opsaudit.sessions.session_download:
        source: hoop_session
        id: "{{ item.id }}"
        content: input
        format: txt
        dest: /var/lib/audit/evidence/
      loop: "{{ today.sessions | selectattr('verb', 'eq', 'exec') }}"
      loop_control:
        label: "{{ item.id }}"

    - name: Note the checksums
      ansible.builtin.copy:
        content: |
          {% for each in evidence.results %}
          {{ each.checksum }}  {{ each.dest | basename }}
          {% endfor %}
        dest: /var/lib/audit/evidence/SHA256SUMS
        mode: "0640"

- name: Save what TaurusDB killed in the last killing task
  opsaudit.sessions.session_download:
    source: taurusdb_killed_session
    region: ap-southeast-3
    access_key: "{{ vault_huaweicloud_access_key }}"
    secret_key: "{{ vault_huaweicloud_secret_key }}"
    instance_id: 17b6bbb64d2f4c14a83a88f19da8dcc8in07
    node_id: d476fd181dad42cbb67e804953fb39ebno07
    task_id: "1774873478588"
    start_time: "2026-03-30"
    dest: /var/lib/audit/killed/
"""

RETURN = r"""
dest:
  description: Path of the file.
  returned: success
  type: str
  sample: /srv/casts/web-03.cast
size:
  description: Its size in bytes.
  returned: success
  type: int
  sample: 338
sha256:
  description: Its SHA-256, in hexadecimal digits.
  returned: success
  type: str
  sample: 59b817e318e560bf65433e015df7c276fae1953f520af6065682dfeb5180c519
format:
  description: Its form, as in O(format).
  returned: success
  type: str
  sample: cast
msg:
  description:
    - What was being done and what went wrong, in one line, with the status, the source's code and message, the request ID and a hint as far as there are any.
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
        - V(auth) - the credentials were refused.
        - V(permission) - they are good but may not do this.
        - V(not_found) - there is no such thing, or nothing at this URL.
        - V(invalid_request) - an option's value is not allowed; it was refused here, or by the source. Or a checkout of the collection was not built.
        - V(rate_limited) - there were too many requests, and waiting did not help.
        - V(server) - the source failed.
        - V(network) - no connection or no answer in time.
        - V(tls) - the connection could not be secured.
        - V(protocol) - the answer is not one that this API gives. Something else may be answering at this URL.
        - V(file) - the file could not be read or written.
      returned: always
      type: str
      choices: [auth, permission, not_found, invalid_request, rate_limited, server, network, tls, protocol, file]
      sample: auth
    status:
      description: HTTP status, V(null) if there was no answer.
      returned: always
      type: int
      sample: 401
    code:
      description: The source's own error code, V(null) if it gave none.
      returned: always
      type: str
      sample: APIGW.0301
    message:
      description: The source's own message, or what happened instead of an answer.
      returned: always
      type: str
      sample: Incorrect IAM authentication information
    request_id:
      description: ID to name to the provider's support, V(null) if the answer has none.
      returned: always
      type: str
      sample: 5ba60ed8b28fd96ae2ab3ddbd1a3f5e7
    hint:
      description: What may help, V(null) if there is nothing to say.
      returned: always
      type: str
      sample: Check the credentials; five wrong ones in a row can lock a key.
    target:
      description:
        - What failed, V(null) if that is none of these. The session as C(id), the killing task as C(task_id), the instance and the node as C(instance_id)
          and C(node_id), or the file as C(dest).
      returned: always
      type: dict
      sample: {id: 11d337d0-1f45-5203-8630-eccd7c816bf8}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._download import DownloadTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module


def main():
    run_module(DownloadTask())


if __name__ == "__main__":
    main()
