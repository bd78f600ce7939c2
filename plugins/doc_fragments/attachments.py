# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # What archive modules share that keep attachments
    DOCUMENTATION = r"""
options:
  attachments_dest:
    description:
      - Absolute path of the folder for the files of O(attachments), which needs it. It is created if its parent folder exists.
      - A file is C(SOURCE/YEAR-MONTH/ID.NAME.EXTENSION) in it, for example
        C(hoop_session/2026-03/11d337d0-1f45-5203-8630-eccd7c816bf8.recording.jsonl). The month is that of the start of the record, in UTC.
        An ID that is no UUID is shortened to safe characters, and followed by V(~) and a hash. Only the owner can read the files.
      - The table C(attachment) has the path, the size and the SHA-256 of each file. Do not change the files.
    type: path
  attachments_max_bytes:
    description:
      - Maximum size of one file in bytes. A larger attachment is not fetched, and has the state V(too_large) until this is raised.
    type: int
    default: 1073741824
notes:
  - Attachments are fetched after the records were listed, the newest first, at most O(concurrency) at the same time. What was not fetched by a run,
    because it was killed, failed, or had no O(attachments), is fetched by the next. What is kept is not requested again.
    With O(reread=true) the files of the window are checked against their SHA-256, and what is missing or was altered is fetched again.
  - The states of an attachment are V(kept), V(empty) (nothing was recorded), V(gone) (the source does not have it any more), V(too_large) and
    V(failed) (it could not be fetched, or these credentials may not see it). Only V(failed) makes a run incomplete. The next run tries again.
  - In check mode no attachment is fetched. RV(attachments) counts what is missing.
"""
