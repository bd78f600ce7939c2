#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bcc_action_run_info
short_description: Gather information about action runs of Baidu AI Cloud Assistant
version_added: 1.0.0
description:
  - Lists the commands that Cloud Assistant (CA) ran, and the files that it uploaded, on BCC and BBC instances, with the number of instances and failures.
    With O(children=true) each run has its child runs as well.
  - With O(id), fetches the details of these runs, with all of their child runs. There is one child run for each instance, with its exit code and output.
    O(id) and filters of the list are mutually exclusive. O(type), O(start_time) and O(end_time) have no effect with O(id).
  - Nothing is changed on the source.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
  - opsaudit.sessions.attributes.info
  - opsaudit.sessions.attributes.actiongroup_baiducloud
  - opsaudit.sessions.baiducloud
  - opsaudit.sessions.common
  - opsaudit.sessions.common.info
  - opsaudit.sessions.common.requests
  - opsaudit.sessions.times
options:
  id:
    description:
      - IDs of the runs to fetch details of. They begin with C(r-).
      - If not specified, the runs that match the other options are listed.
    type: list
    elements: str
  child_state:
    description:
      - Returns only child runs in this state.
      - The run itself is returned even if none of its child runs matches.
    type: str
    choices:
      - FAILED
      - RUNNING
      - SUCCESS
  with_log:
    description:
      - Whether to fetch the log of each child run.
      - RV(action_runs[].children[].output) is truncated after 4 KB. The log is not.
    type: bool
    default: false
  type:
    description:
      - The types of runs to list. Each type needs a listing of its own.
    type: list
    elements: str
    choices:
      COMMAND: Executions of commands.
      FILE_UPLOAD: Uploads of files.
    default:
      - COMMAND
      - FILE_UPLOAD
  action_id:
    description:
      - Lists only runs of the saved command with this ID, which begins with C(c-). Only runs of type V(COMMAND) can match.
    type: str
  name:
    description:
      - Lists only runs of the command with this name. Only runs of type V(COMMAND) can match.
    type: str
  filename:
    description:
      - Lists only uploads of a file with this name. Only runs of type V(FILE_UPLOAD) can match.
    type: str
  state:
    description:
      - Lists only runs in one of these states.
      - The source filters by one of V(FAILED), V(RUNNING) and V(SUCCESS). For anything else the module
        reads the runs in all states and filters them itself.
    type: list
    elements: str
    choices:
      FAILED: The run failed.
      RUNNING: The run is not over.
      SUCCESS: The run succeeded on all of its instances.
      PARTIAL_FAILED: The run failed on some of its instances.
      PENDING: The run has not started.
  start_time:
    description:
      - Lists only runs that were started at this time or later.
      - If not specified, there is no limit.
    type: str
  end_time:
    description:
      - Lists only runs that were started before this time.
      - If not specified, the list ends when the task starts.
    type: str
  ascending:
    description:
      - Whether to list the oldest runs first, instead of the newest.
    type: bool
    default: false
  children:
    description:
      - Whether to fetch the details of every run in the list, with all of its child runs.
      - This needs at least one more request for each run. Use filters to limit the list.
    type: bool
    default: false
notes:
  - While a run is not over, child runs may be missing and their output empty. Poll with C(until), as shown in the examples.
  - The API numbers its pages, so adjacent pages cannot overlap. If as many runs leave a list as enter it between two requests, RV(complete) cannot show it.
    The fixed end of the time window makes that unlikely.
seealso:
  - name: Historical records of Cloud Assistant
    description: The API that this module reads.
    link: https://intl.cloud.baidu.com/en/doc/BCC/s/Jlu6ciqrj-intl-en
"""

EXAMPLES = r"""
# From the command line, with BCE_ACCESS_KEY_ID and BCE_SECRET_ACCESS_KEY in the environment:
# ansible localhost -m opsaudit.sessions.bcc_action_run_info -a 'start_time=-24h state=FAILED,PARTIAL_FAILED'

- name: Get an action run with the result on every instance
  opsaudit.sessions.bcc_action_run_info:
    region: bj
    access_key: "{{ vault_baiducloud_access_key }}"
    secret_key: "{{ vault_baiducloud_secret_key }}"
    id: r-N0UrpENajU
  register: run

- name: Fail if the command failed on any instance
  ansible.builtin.assert:
    that:
      - run.complete
      - run.action_runs[0].children | rejectattr('state', 'equalto', 'SUCCESS') | length == 0
    fail_msg: "{{ run.action_runs[0].action.name | default(run.action_runs[0].id) }} ended as {{ run.action_runs[0].state }}"

- name: Set region and credentials once for several tasks
  module_defaults:
    group/opsaudit.sessions.baiducloud:
      region: gz
      access_key: "{{ vault_baiducloud_access_key }}"
      secret_key: "{{ vault_baiducloud_secret_key }}"
  block:
    - name: Wait until an action run has ended
      opsaudit.sessions.bcc_action_run_info:
        id: r-N0UrpENajU
      register: result
      until: result.action_runs[0].state not in ['RUNNING', 'PENDING']
      retries: 30
      delay: 10

    - name: List all commands and uploads of the last week
      opsaudit.sessions.bcc_action_run_info:
        start_time: -7d
      register: week

    - name: Save the records
      ansible.builtin.copy:
        content: "{{ week.action_runs | to_nice_json }}"
        dest: /var/lib/audit/action_runs.json
        mode: "0600"

    - name: List runs of a saved command that failed on any instance since yesterday
      opsaudit.sessions.bcc_action_run_info:
        type: COMMAND
        action_id: c-5iEoMgGqXL
        state:
          - FAILED
          - PARTIAL_FAILED
        start_time: -24h
      register: failed_runs

    - name: Repair each of them
      ansible.builtin.include_tasks: repair.yml
      loop: "{{ failed_runs.action_runs }}"
      loop_control:
        loop_var: failed_run
        label: "{{ failed_run.id }}"
      when: failed_runs.count > 0

    - name: Get the failed child runs of several runs, even if one of the runs does not exist
      opsaudit.sessions.bcc_action_run_info:
        id:
          - r-N0UrpENajU
          - r-QWR6CCMVj0
        child_state: FAILED
        with_log: true
        on_error: continue
      register: several

- name: List the instances on which an upload of this file failed, and why
  opsaudit.sessions.bcc_action_run_info:
    filename: agent.conf
    start_time: "2026-03-01T00:00:00+08:00"
    end_time: "2026-04-01T00:00:00+08:00"
    children: true
    query: "[].children[] | [?state == 'FAILED'].{instance: target.instance_id, reason: fail_reason}"
  register: uploads

- name: Show the instances
  ansible.builtin.debug:
    var: uploads.result

- name: Use HTTPS, if it is available in your region
  opsaudit.sessions.bcc_action_run_info:
    endpoint: https://ca.bj.baidubce.com
    start_time: -1h
"""

RETURN = r"""
action_runs:
  description:
    - The runs, without duplicates. In the order of O(id), or newest first if they are listed without O(ascending=true).
  returned: success, unless O(query) is given
  type: list
  elements: dict
  contains:
    id:
      description: ID of the run.
      returned: always
      type: str
      sample: r-N0UrpENajU
    state:
      description:
        - State of the run, as the source gives it.
        - V(SUCCESS), V(FAILED) and V(PARTIAL_FAILED) are final. V(RUNNING) and V(PENDING) are not. Others are possible.
      returned: always
      type: str
      sample: SUCCESS
    action:
      description: What was run.
      returned: always
      type: dict
      contains:
        type:
          description: V(COMMAND) or V(FILE_UPLOAD).
          returned: always
          type: str
          sample: COMMAND
        id:
          description: ID of the saved command.
          returned: for saved commands
          type: str
          sample: c-5iEoMgGqXL
        name:
          description: Name of the command.
          returned: if it has one
          type: str
          sample: auto_run_1711100283
        alias:
          description: Other name of the command.
          returned: if the source gives it
          type: str
        ref:
          description: Reference to the saved command.
          returned: if the source gives it
          type: str
        description:
          description: Description of the command.
          returned: if the source gives it
          type: str
          sample: ""
        timeout_second:
          description: How long the action may take on an instance, in seconds.
          returned: if the source gives it
          type: int
          sample: 300
        command:
          description: The command.
          returned: for RV(action_runs[].action.type=COMMAND)
          type: dict
          contains:
            type:
              description: V(SHELL) or V(POWERSHELL).
              returned: if the source gives it
              type: str
              sample: SHELL
            content:
              description: The text of the command.
              returned: if the source gives it
              type: str
              sample: echo 'hello world'
            scope:
              description: Who can use the command, V(INDIVIDUAL) or V(GLOBAL).
              returned: if the source gives it
              type: str
              sample: INDIVIDUAL
            enable_parameter:
              description: Whether the command takes parameters.
              returned: if the source gives it
              type: bool
              sample: false
            parameters:
              description: The parameters that the command takes.
              returned: if the source gives it
              type: list
              elements: dict
              contains:
                name:
                  description: Name of the parameter.
                  returned: if the source gives it
                  type: str
                  sample: name
                desc:
                  description: Description of the parameter.
                  returned: if the source gives it
                  type: str
                  sample: Who to greet
                required:
                  description: Whether the parameter must be given.
                  returned: if the source gives it
                  type: bool
                  sample: false
                default_value:
                  description: Value that is used if the parameter is not given.
                  returned: if the source gives it
                  type: str
                  sample: world
            exec_params:
              description: The values that the parameters had, with the names of the parameters as keys.
              returned: with the details of a run, if there are any
              type: dict
              sample: {name: value}
            user:
              description: User that ran the command on the instance.
              returned: if the source gives it
              type: str
              sample: root
            work_dir:
              description: Folder in which the command ran.
              returned: if the source gives it
              type: str
              sample: /
            wait_on_agent_milli:
              description: How long to wait for the agent on an instance, in milliseconds.
              returned: if the source gives it
              type: int
              sample: 1000
        file_upload:
          description: The uploaded file.
          returned: for RV(action_runs[].action.type=FILE_UPLOAD)
          type: dict
          contains:
            os:
              description: V(LINUX) or V(WINDOWS).
              returned: if the source gives it
              type: str
              sample: LINUX
            content:
              description: Content of the file.
              returned: if the source gives it
              type: str
            filename:
              description: Name of the file.
              returned: if the source gives it
              type: str
              sample: agent.conf
            filepath:
              description: Folder on the instance.
              returned: if the source gives it
              type: str
              sample: /etc/agent
            bos_bucket_name:
              description: Bucket from which the file was taken.
              returned: if the source gives it
              type: str
              sample: ops-files
            bos_file_path:
              description: Path of the file in the bucket.
              returned: if the source gives it
              type: str
              sample: agent/agent.conf
            bos_etag:
              description: ETag of the file in the bucket.
              returned: if the source gives it
              type: str
              sample: 9b2cf535f27731c974343645a3985328
            user:
              description: Owner of the file on the instance.
              returned: if the source gives it
              type: str
              sample: root
            group:
              description: Group of the file on the instance.
              returned: if the source gives it
              type: str
              sample: root
            mode:
              description: Permissions of the file on the instance.
              returned: if the source gives it
              type: str
              sample: "0644"
            overwrite:
              description: Whether a file that was there could be overwritten.
              returned: if the source gives it
              type: bool
              sample: true
        supported_instance_types:
          description: Types of instances that the action can be run on.
          returned: if the source gives it
          type: list
          elements: str
          sample: [BCC, BBC]
        created_timestamp:
          description: When the action was saved, in milliseconds since the epoch.
          returned: if the source gives it
          type: int
          sample: 1711100284000
        created_timestamp_iso:
          description: The same time in ISO 8601, UTC.
          returned: if the source gives it
          type: str
          sample: "2024-03-22T09:38:04.000Z"
        updated_timestamp:
          description: When the action was changed last, in milliseconds since the epoch.
          returned: if the source gives it
          type: int
          sample: 1711100316000
        updated_timestamp_iso:
          description: The same time in ISO 8601, UTC.
          returned: if the source gives it
          type: str
          sample: "2024-03-22T09:38:36.000Z"
    created_timestamp:
      description: When the run was started, in milliseconds since the epoch.
      returned: always
      type: int
      sample: 1711100286000
    created_timestamp_iso:
      description: The same time in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2024-03-22T09:38:06.000Z"
    finished_timestamp:
      description: When the run ended, in milliseconds since the epoch.
      returned: when the run has ended
      type: int
      sample: 1711100286000
    finished_timestamp_iso:
      description: The same time in ISO 8601, UTC.
      returned: when the run has ended
      type: str
      sample: "2024-03-22T09:38:06.000Z"
    statistics:
      description: Number of instances of the run.
      returned: if the runs are listed
      type: dict
      contains:
        total_target_count:
          description: Number of instances.
          returned: always
          type: int
          sample: 1
        failed_target_count:
          description: Number of instances on which the run failed.
          returned: always
          type: int
          sample: 0
    total_count:
      description: Number of child runs, as the source counts them.
      returned: with O(id) or O(children=true)
      type: int
      sample: 1
    children:
      description: The child runs, one for each instance, all of them or those in O(child_state).
      returned: with O(id) or O(children=true)
      type: list
      elements: dict
      contains:
        id:
          description: ID of the child run.
          returned: always
          type: str
          sample: d-vVnBql
        state:
          description: State of the child run, V(FAILED), V(RUNNING) or V(SUCCESS).
          returned: always
          type: str
          sample: SUCCESS
        target:
          description: The instance.
          returned: always
          type: dict
          contains:
            instance_id:
              description: ID of the instance.
              returned: always
              type: str
              sample: i-mfIg
            instance_type:
              description: Type of the instance, for example V(BCC) or V(BBC).
              returned: always
              type: str
              sample: BCC
            instance_name:
              description: Name of the instance.
              returned: if the source gives it
              type: str
              sample: web-03
            internal_ip:
              description: Internal address of the instance.
              returned: if the source gives it
              type: str
              sample: 192.0.2.17
            external_ip:
              description: Public address of the instance.
              returned: if the source gives it
              type: str
              sample: 198.51.100.17
            bandwidth:
              description: Bandwidth of the instance.
              returned: if the source gives it
              type: str
              sample: "100"
        created_timestamp:
          description: When the child run was started, in milliseconds since the epoch.
          returned: always
          type: int
          sample: 1711100286503
        created_timestamp_iso:
          description: The same time in ISO 8601, UTC.
          returned: always
          type: str
          sample: "2024-03-22T09:38:06.503Z"
        finished_timestamp:
          description: When the child run ended, in milliseconds since the epoch.
          returned: when the child run has ended
          type: int
          sample: 1711100286576
        finished_timestamp_iso:
          description: The same time in ISO 8601, UTC.
          returned: when the child run has ended
          type: str
          sample: "2024-03-22T09:38:06.576Z"
        output:
          description: Output of the command.
          returned: if the source gives it
          type: dict
          contains:
            exit_code:
              description: Exit code of the command.
              returned: if the source gives it
              type: int
              sample: 0
            stdout:
              description: Standard output, at most 4 KB of it.
              returned: if the source gives it
              type: str
              sample: "hello world\n"
            stderr:
              description: Standard error, at most 4 KB of it.
              returned: if the source gives it
              type: str
              sample: ""
            is_truncated:
              description: Whether the output was truncated. Use O(with_log) for the rest.
              returned: if the source gives it
              type: bool
              sample: false
        fail_reason:
          description: Why the child run failed.
          returned: if it failed
          type: str
          sample: The agent is offline.
        error_code:
          description: The source's code for the failure.
          returned: if it failed and the source gives it
          type: str
        log:
          description: Log of the child run.
          returned: if O(with_log=true)
          type: str
          sample: "hello world\n"
  sample:
    - id: r-N0UrpENajU
      state: SUCCESS
      action:
        type: COMMAND
        name: auto_run_1711100283
        description: ""
        timeout_second: 300
        command:
          type: SHELL
          content: echo 'hello world'
          scope: INDIVIDUAL
          enable_parameter: false
          work_dir: /
          exec_params: {name: value}
          user: root
        created_timestamp: 1711100284000
        created_timestamp_iso: "2024-03-22T09:38:04.000Z"
        updated_timestamp: 1711100316000
        updated_timestamp_iso: "2024-03-22T09:38:36.000Z"
      created_timestamp: 1711100286000
      created_timestamp_iso: "2024-03-22T09:38:06.000Z"
      finished_timestamp: 1711100286000
      finished_timestamp_iso: "2024-03-22T09:38:06.000Z"
      children:
        - id: d-vVnBql
          state: SUCCESS
          target:
            instance_id: i-mfIg
            instance_type: BCC
          created_timestamp: 1711100286503
          created_timestamp_iso: "2024-03-22T09:38:06.503Z"
          finished_timestamp: 1711100286576
          finished_timestamp_iso: "2024-03-22T09:38:06.576Z"
          output:
            exit_code: 0
            stderr: ""
            stdout: "hello world\n"
            is_truncated: false
      total_count: 1
count:
  description: Number of records before O(query) is applied.
  returned: success
  type: int
  sample: 1
total:
  description:
    - Number of runs that the source reports, for all listings together, without regard to filters that the module applies itself.
    - V(null) if the source reports no number.
  returned: success
  type: int
  sample: 2
complete:
  description:
    - Whether all matching records were read, provably.
    - If it is V(false), RV(incomplete_reasons) lists the reasons.
  returned: success
  type: bool
  sample: true
incomplete_reasons:
  description:
    - Why RV(complete) is V(false). Empty if it is V(true).
    - V(max_records) - reading stopped at O(max_records).
    - V(failed_targets) - at least one run could not be read, see RV(failed_targets).
    - V(total_changed) - the list changed while it was read, so that records may be missing.
    - V(source_limit) - the source does not return more records.
  returned: success
  type: list
  elements: str
  choices: [max_records, failed_targets, total_changed, source_limit]
  sample: []
failed_targets:
  description: What could not be read. Always empty with O(on_error=fail).
  returned: success
  type: list
  elements: dict
  contains:
    target:
      description: The action run, as C(id).
      returned: always
      type: dict
      sample: {id: r-N0UrpENajU}
    failure:
      description: Why it failed, with the same keys as RV(failure).
      returned: always
      type: dict
  sample: []
scopes:
  description:
    - What was listed, so that an empty list can be checked. Empty if records were read by their IDs.
  returned: success
  type: list
  elements: dict
  contains:
    scope:
      description: Where the records live, as in the store of the archive modules.
      returned: always
      type: dict
      sample: {region: bj, type: COMMAND}
    view:
      description:
        - What could be seen of the scope, with the filters of the task. Empty for everything.
      returned: always
      type: dict
      sample: {}
window:
  description: The window of time that was read, in UTC.
  returned: success
  type: dict
  contains:
    start:
      description: What starts at this time or later was read. Null without O(start_time), and for O(id).
      returned: always
      type: str
      sample: '2026-03-01T00:00:00.000Z'
    end:
      description: What starts before this time was read. Without O(end_time) it is when the task began. Null for O(id).
      returned: always
      type: str
      sample: '2026-03-02T00:00:00.000Z'
requests:
  description: Number of HTTP requests that the task sent.
  returned: success
  type: int
  sample: 1
result:
  description: Value of the expression in O(query).
  returned: success, if O(query) is given
  type: raw
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
        - V(invalid_request) - the value of an option is not allowed. The module or the source rejected it.
        - V(rate_limited) - there were too many requests, and retries did not help.
        - V(server) - the source failed.
        - V(network) - no connection, or no response in time.
        - V(tls) - the TLS connection could not be verified.
        - V(protocol) - the response is not what this API returns. Another service may be responding at this URL.
      returned: always
      type: str
      choices: [auth, permission, not_found, invalid_request, rate_limited, server, network, tls, protocol]
      sample: auth
    status:
      description: HTTP status, V(null) if there was no response.
      returned: always
      type: int
      sample: 400
    code:
      description: Error code of the source, V(null) if there is none.
      returned: always
      type: str
      sample: RequestExpired
    message:
      description: Message of the source, or what happened instead of a response.
      returned: always
      type: str
      sample: Request has expired
    request_id:
      description: Request ID for the provider's support, V(null) if the response has none.
      returned: always
      type: str
      sample: 8b051243-0760-4776-b8b5-024309a7c1d2
    hint:
      description: The next step, V(null) if there is no suggestion.
      returned: always
      type: str
      sample: This machine's clock is 2400 seconds behind the source's.
    target:
      description: The action run, as C(id); V(null) if the failure is not of one target.
      returned: always
      type: dict
      sample: {id: r-N0UrpENajU}
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._info import InfoTask
from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.endpoints import SOURCE


def main():
    run_module(InfoTask(SOURCE))


if __name__ == "__main__":
    main()
