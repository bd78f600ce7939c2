# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Options of every task that sends requests to a source
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
      - Seconds to wait for the head of a response, and then for each further KiB of its content, from V(1) to V(3600).
        Connecting may take at most 10 of them.
      - This is the limit of one request, not of the task.
    type: int
    default: 30
  retries:
    description:
      - Retries per request, from V(0) to V(10).
      - Requests without a response are retried, and responses with the status 408, 429, 500, 502, 503 and 504.
        Other failures are final, such as refused credentials or a host name that does not exist.
        Only a 401 right after good responses of the same task is retried once.
      - The delay doubles with each retry, and half of it is random. Six retries take at least 15 seconds.
        C(Retry-After) of the source is honoured, up to a minute.
    type: int
    default: 6
  retry_budget:
    description:
      - Seconds that all delays before retries may take together in one task, from V(0) to V(3600).
    type: int
    default: 120
  concurrency:
    description:
      - Requests in flight at most, from V(1) to V(32), regardless of the number of IDs.
      - The first request is always sent alone, so that wrong credentials are sent once and not many times.
    type: int
    default: 8
  page_size:
    description:
      - Records per request, from V(1) to V(100).
      - All pages are read in any case. A smaller value only means more requests.
    type: int
    default: 100
requirements:
  - requests (Python library)
"""

    # Options of every task that reads lists of records
    DOCUMENTATION = r"""
options:
  on_error:
    description:
      - What to do if one of several IDs, nodes or workspaces cannot be read.
    type: str
    choices:
      fail: The task fails.
      continue: The others are read. The failed one is listed in RV(failed_targets), and RV(complete) is V(false).
    default: fail
"""

    # Options of tasks that return the records
    INFO = r"""
options:
  max_records:
    description:
      - Stop after this number of records, at least V(1).
      - If the source has more, RV(complete) is V(false) and RV(incomplete_reasons) contains V(max_records).
      - If not specified, all records are fetched.
    type: int
  query:
    description:
      - A L(JMESPath, https://jmespath.org/) expression that is applied to the complete list of records.
      - Its value is returned as RV(result), B(instead of) the list.
      - Reducing many records here is several times faster than with filters in the playbook.
    type: str
requirements:
  - jmespath (Python library), if O(query) is used
notes:
  - RV(complete) is V(true) only if nothing that matches can be missing. Check it before you rely on the absence of a record.
  - Records contain text that other people wrote, and may contain their secrets. Set C(no_log) on the task if they must not be shown or logged.
"""
