# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Options of every task that asks a source
    REQUESTS = r"""
options:
  validate_certs:
    description:
      - Whether to verify the server's TLS certificate.
      - Without verification anybody on the way can read the credentials. Set O(ca_path) instead for a private certificate authority.
    type: bool
    default: true
  ca_path:
    description:
      - File with the PEM certificates of the authorities to trust, instead of the bundle that comes with the requests library.
    type: path
  timeout:
    description:
      - Seconds to wait for an answer, from V(1) to V(3600). Making the connection may take at most 10 of them.
      - The whole head of an answer must arrive in this time, and then at least 1 KiB of its content in every such period.
      - This is the limit of one try, not of the task.
    type: int
    default: 30
  retries:
    description:
      - How many more times to send a request that failed, from V(0) to V(10).
      - Requests that got no answer are sent again, and those that got status 408, 429, 500, 502, 503 or 504.
        Other failures are final, such as bad credentials or a host name that does not exist.
        Only a 401 right after good answers of the same task gets one more try.
      - The wait doubles from try to try, and half of it is random. Six retries outlast 15 seconds.
        If the source names a wait in C(Retry-After), that is honoured, up to a minute.
    type: int
    default: 6
  retry_budget:
    description:
      - Seconds that all waits between tries may take together in one task, from V(0) to V(3600).
    type: int
    default: 120
  concurrency:
    description:
      - How many requests may be under way at the same time, from V(1) to V(32), however many ids are asked for.
      - The first request always goes alone, so that bad credentials are tried once and not many times.
    type: int
    default: 8
  page_size:
    description:
      - How many records to ask for with each request, from V(1) to V(100).
      - All pages are read whatever this value is. A smaller one only means more requests.
    type: int
    default: 100
requirements:
  - requests (Python library)
notes:
  - Environment variables and files for credentials are read on the machine that does the work. With a local connection that is the controller.
  - Proxies are taken from the environment (E(HTTPS_PROXY), E(HTTP_PROXY), E(NO_PROXY)). Redirects are not followed, and C(.netrc) is not read.
"""

    # Options of every task that reads lists of records
    DOCUMENTATION = r"""
options:
  on_error:
    description:
      - What to do if one of several ids, nodes or workspaces cannot be read.
    type: str
    choices:
      fail: The task fails.
      continue: The others are read. The failed one is listed in RV(failed_targets), and RV(complete) is V(false).
    default: fail
notes:
  - RV(complete) is V(true) only if nothing that matches can be missing. All pages are fetched, records that appear twice because new ones
    arrived meanwhile are dropped, and the end of the time window is fixed when the task starts wherever the source allows it.
    Whatever cannot be proven complete is reported as incomplete, with the causes in RV(incomplete_reasons).
    Test RV(complete) before you rely on the absence of a record.
  - Records contain text that other people wrote, such as commands and their output. It is returned as data and never evaluated as a template.
    It may contain secrets of theirs. Use C(no_log) on the task if it must not be shown or logged.
  - A key in a record that begins with C(_ansible) or C(__ansible) is returned with an C(x) in front, for Ansible would take it for its own.
"""

    # What only tasks have that return the records
    INFO = r"""
options:
  max_records:
    description:
      - Stop after this many records, at least V(1).
      - If the source has more, RV(complete) is V(false) and RV(incomplete_reasons) contains V(max_records).
      - If not specified, all records are fetched.
    type: int
  query:
    description:
      - A L(JMESPath, https://jmespath.org/) expression that is applied to the finished list of records.
      - Its value is returned as RV(result), B(instead of) the list.
      - Reducing many records to what is needed is several times faster here than with filters in the playbook.
    type: str
requirements:
  - jmespath (Python library), if O(query) is used
"""
