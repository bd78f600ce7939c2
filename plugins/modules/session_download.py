#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_download
short_description: Download a recording, an input or a list of killed sessions to a file
version_added: 1.0.0
description:
  - Downloads the recording or the input of a session of a hoop.dev gateway, or the list of sessions that an intelligent killing task of
    Huawei Cloud TaurusDB killed.
  - Or converts a recording that M(opsaudit.sessions.hoop_session_archive) kept, without any request, see O(attachment).
  - The file is replaced in one step, only if its content differs. An incomplete file is never visible.
  - The memory that is needed does not depend on the size of the recording. Nothing is changed on the source.
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
      - This module is in no group of a provider, so that no secret of one provider is sent to another.
        Use C(opsaudit.sessions.session_download) in C(module_defaults) for defaults of one source.
    membership:
      - opsaudit.sessions.all
  check_mode:
    details:
      - In check mode everything is fetched and nothing is written. The result is a prediction.
  diff_mode:
    support: full
    details:
      - Shows size, checksum, mode and owner before and after, but not the content.
  idempotent:
    support: full
    details:
      - The content is fetched each time. A file that already has the same content is not written.
options:
  source:
    description:
      - The source to download from.
      - Its connection is set with the options, environment variables and files of the info module of this source.
        A connection option of the other source is refused.
      - Either this or O(attachment) is required.
    type: str
    choices:
      hoop_session: A session of a hoop.dev gateway. Needs O(id).
      taurusdb_killed_session: A killing task of Huawei Cloud TaurusDB. Needs O(instance_id), O(task_id) and O(start_time).
  attachment:
    description:
      - Absolute path of a recording that O(opsaudit.sessions.hoop_session_archive#module:attachments) keeps, on the target. It is converted to O(format), with
        O(events), O(width) and O(height) as if it was downloaded. No request is sent, and no connection option is used.
      - O(id), O(instance_id), O(node_id), O(task_id) and O(content=input) cannot be used with it. Inputs and lists of killed sessions are kept as they are.
    type: path
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
      - If not specified, the task is searched on all nodes of the instance.
    type: str
  task_id:
    description:
      - ID of the killing task, see RV(opsaudit.sessions.taurusdb_killed_session_info#module:killed_sessions[].task_id).
        Only with O(source=taurusdb_killed_session).
    type: str
  start_time:
    description:
      - Start of a time window that contains the killing task. Only with O(source=taurusdb_killed_session), which needs it.
    type: str
  end_time:
    description:
      - End of that window. It must be later than O(start_time).
    type: str
    default: now
  content:
    description:
      - What to download.
    type: str
    choices:
      recording: What was recorded, or with O(source=taurusdb_killed_session) what was killed.
      input: The input of the session, such as a script. Only with O(source=hoop_session), and O(format) V(raw) or V(txt).
    default: recording
  format:
    description:
      - The format of the file. With O(source=taurusdb_killed_session) and with O(content=input) only V(raw) and V(txt) can be used.
    type: str
    choices:
      raw: The bytes as they were recorded, with all control characters.
      txt: The same as UTF-8. Bytes that are not UTF-8 are replaced by U+FFFD. Control characters are kept.
      jsonl:
        - A line of JSON for each event, with C(time) (seconds since the client connected), C(type) (V(i), V(o) or V(e)) and C(text).
        - A character that is split between two events is in the text of the later event. Where C(text) is not exactly what was recorded,
          C(base64) has the bytes, so that nothing is lost. If a character was never completed, U+FFFD is in a last line without bytes of its own.
      csv:
        - The same as a table with the columns C(time), C(type), C(text) and C(base64), and a header. Texts are quoted (RFC 4180).
        - Spreadsheets find no formula in it. A text that looks like one is prefixed with an apostrophe, control characters become U+FFFD,
          and C(base64) has what was recorded. A C(base64) that begins with C(+) is prefixed with an apostrophe, too.
      cast:
        - An asciicast (version 2) for C(asciinema) and its web player.
        - Sessions that are not text of a terminal (PostgreSQL's wire protocol, remote desktops, raw TCP) are refused.
      html:
        - A self-contained page that plays the recording in a browser. It makes no network requests.
          The same recording produces the same page.
        - It plays at the speed of the session, or with pauses limited to 2 seconds. With V(i) in O(events), keys are shown as they were typed.
        - Sessions that V(cast) refuses are refused. The page itself has about 230 kB.
        - A browser loads the whole page first, which takes some seconds with 100 MB. Chromium refuses more than about 500 MB,
          and the page says so. Use V(cast) for recordings of that size.
    default: raw
  events:
    description:
      - The events of the recording to include. Only with O(source=hoop_session) and O(content=recording).
      - If not specified, V(o) and V(e) are included.
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
      - Absolute path of the file on the target, or of an existing folder.
      - In a folder the file is named after O(id), O(task_id) or the session of O(attachment), with O(format) as its extension,
        and C(.input) before that with O(content=input). File names of the server are never used.
      - The folder must exist. A symbolic link is neither followed nor replaced.
      - An existing file is replaced, except an SQLite database, a file of an export, C(SHA256SUMS), a seal, a report, and a recording that an archive task
        kept. With these the task fails before any request.
    type: path
    required: true
  max_bytes:
    description:
      - Maximum size of the file in bytes. If it would be larger, the task fails, and an existing file is not changed.
      - If the gateway reports a recording of more than 32 times this size (an event takes more space there), nothing is fetched.
    type: int
    default: 1073741824
notes:
  - Recordings contain what people typed and saw, which may include secrets. Only the owner can read the file, unless O(mode) is changed.
  - Download links are never shown, and are sent to their own host only. With O(source=taurusdb_killed_session) that is an object storage,
    which receives no credentials. An expired link is requested once more.
  - The recording of a running session is saved as far as it exists, with a warning.
  - If nothing was recorded, or the gateway has lost the recording, the file contains no event, and a warning says which.
    The placeholder of the gateway for a lost recording is not saved.
  - With O(source=hoop_session), the credentials must allow reading recordings, which those of reviewers do not.
    A recording that is withheld is a failure.
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

- name: Download a terminal session for asciinema
  opsaudit.sessions.session_download:
    source: hoop_session
    endpoint: https://hoop.example.com
    api_key: "{{ vault_hoop_api_key }}"
    id: 4ea8f841-e7a2-5275-b70e-85e3cf35ee71
    format: cast
    width: 120
    height: 40
    dest: /srv/casts/web-03.cast

- name: Download it as a page that plays in a browser
  opsaudit.sessions.session_download:
    source: hoop_session
    endpoint: https://hoop.example.com
    api_key: "{{ vault_hoop_api_key }}"
    id: 4ea8f841-e7a2-5275-b70e-85e3cf35ee71
    format: html
    dest: /srv/replays/web-03.html

- name: Make a page of a recording that the archive has, without the gateway
  opsaudit.sessions.session_download:
    attachment: /var/lib/audit/attachments/hoop_session/2026-03/4ea8f841-e7a2-5275-b70e-85e3cf35ee71.recording.jsonl
    format: html
    dest: /srv/replays

- name: Save the evidence of a change
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

    - name: Download every event of each session
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

    - name: Download the input of each session
      opsaudit.sessions.session_download:
        source: hoop_session
        id: "{{ item.id }}"
        content: input
        format: txt
        dest: /var/lib/audit/evidence/
      loop: "{{ today.sessions | selectattr('verb', 'eq', 'exec') }}"
      loop_control:
        label: "{{ item.id }}"

    - name: Write the checksums
      ansible.builtin.copy:
        content: |
          {% for each in evidence.results %}
          {{ each.sha256 }}  {{ each.dest | basename }}
          {% endfor %}
        dest: /var/lib/audit/evidence/SHA256SUMS
        mode: "0640"

- name: Download the list of sessions that a killing task killed
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
  description: Size of the file in bytes.
  returned: success
  type: int
  sample: 338
sha256:
  description: SHA-256 of the file, in hexadecimal digits.
  returned: success
  type: str
  sample: 59b817e318e560bf65433e015df7c276fae1953f520af6065682dfeb5180c519
format:
  description: Format of the file, as in O(format).
  returned: success
  type: str
  sample: cast
msg:
  description:
    - What was being done and what failed, in one line, with the status, the source's code and message, the request ID and a hint where there are any.
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
        - V(auth) - the credentials were refused.
        - V(permission) - the credentials are valid, but do not allow this.
        - V(not_found) - the object does not exist, or there is nothing at this URL.
        - V(invalid_request) - the value of an option is not allowed. The module or the source rejected it. Or the checkout of the collection was not built.
        - V(rate_limited) - there were too many requests, and retries did not help.
        - V(server) - the source failed.
        - V(network) - no connection, or no response in time.
        - V(tls) - the TLS connection could not be verified.
        - V(protocol) - the response is not what this API returns. Another service may be responding at this URL.
        - V(file) - the file could not be read or written.
      returned: always
      type: str
      choices: [auth, permission, not_found, invalid_request, rate_limited, server, network, tls, protocol, file]
      sample: auth
    status:
      description: HTTP status, V(null) if there was no response.
      returned: always
      type: int
      sample: 401
    code:
      description: Error code of the source, V(null) if there is none.
      returned: always
      type: str
      sample: APIGW.0301
    message:
      description: Message of the source, or what happened instead of a response.
      returned: always
      type: str
      sample: Incorrect IAM authentication information
    request_id:
      description: Request ID for the provider's support, V(null) if the response has none.
      returned: always
      type: str
      sample: 5ba60ed8b28fd96ae2ab3ddbd1a3f5e7
    hint:
      description: The next step, V(null) if there is no suggestion.
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
