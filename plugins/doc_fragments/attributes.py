# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Attributes of every module
    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: Has an action plugin of the same name, so that the work can be done in the controller.
    support: full
    details:
      - On a local connection, without C(become) and without C(async), the controller does the work itself.
        That takes a small part of the time that a module needs to start.
      - In all other cases the module runs on the target. Options and results are the same.
  async:
    description: Can be used with the C(async) keyword.
    support: full
    details:
      - With C(async) the work is always done by the module on the target, which then needs the required libraries.
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: none
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
      - This assumes that the system queried by the module has not changed in a relevant way.
  platform:
    description: Target OS families that can be operated against.
    platforms: posix
    support: full
seealso:
  - name: What all modules share
    description: The guide to credentials, times, requests, results and failures.
    link: https://github.com/opsaudit/sessions/blob/main/docs/docsite/rst/guide_common.rst
"""

    # For modules that only read; use it together with the standard fragment
    INFO = r"""
options: {}
attributes:
  check_mode:
    details:
      - This module only reads. It does the same in check mode.
  diff_mode:
    details:
      - This module only reads. There is never a difference to show.
  idempotent:
    support: full
    details:
      - This module never reports a change.
"""

    # For modules that keep records in a store; use it together with the standard fragment
    STORE = r"""
options: {}
attributes:
  check_mode:
    details:
      - The source and the store are read, and RV(added), RV(updated), RV(coverage) and RV(gaps) predict the result.
        Nothing is written, not even the file of a new store.
  diff_mode:
    details:
      - RV(new_records) lists new records.
  idempotent:
    support: full
    details:
      - Only records that are added or updated are a change. A run that finds nothing new reports none.
"""

    # For modules that belong to no single provider
    ACTIONGROUP_ALL = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/opsaudit.sessions.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - opsaudit.sessions.all
"""

    ACTIONGROUP_HUAWEICLOUD = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/opsaudit.sessions.huaweicloud) or C(group/opsaudit.sessions.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - opsaudit.sessions.all
      - opsaudit.sessions.huaweicloud
"""

    ACTIONGROUP_HOOP = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/opsaudit.sessions.hoop) or C(group/opsaudit.sessions.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - opsaudit.sessions.all
      - opsaudit.sessions.hoop
"""

    ACTIONGROUP_BAIDUCLOUD = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/opsaudit.sessions.baiducloud) or C(group/opsaudit.sessions.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - opsaudit.sessions.all
      - opsaudit.sessions.baiducloud
"""
