# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archive the action runs of Baidu Cloud Assistant."""

from __future__ import annotations

from ..._base.errors import OptionError
from ..._base.options import Settings, text
from ..._fetch.archive_spec import Archive, Depth, adapt_for_archive
from ..._records.entry import FAILURE, RUNNING, SUCCESS, UNKNOWN, WAITING, Entry, parse_instant
from ..._records.shape import Row, dig
from .endpoints import DETAILS, RUNS, SOURCE
from .table import COLUMNS

#: The outcome of each state, of runs and their children.
OUTCOMES = {
    "SUCCESS": SUCCESS, "FAILED": FAILURE, "PARTIAL_FAILED": FAILURE, "RUNNING": RUNNING, "PENDING": WAITING,
}


def _targets(run: Row) -> str | None:
    """Return the machines of a run, as far as its children are known."""
    children = run.get("children")
    names = [
        dig(child, ("target", "instance_name")) or dig(child, ("target", "instance_id"))
        for child in children or () if isinstance(child, dict)
    ]
    return ", ".join(str(name) for name in names if name) or None


def _entry(run: Row) -> Entry:
    state = run.get("state")
    action = run.get("action") if isinstance(run.get("action"), dict) else None
    return Entry(
        run.get("id"),
        kind=dig(action, ("type",)),
        state=state,
        outcome=OUTCOMES.get(str(state), UNKNOWN),
        started_at=parse_instant(run.get("created_timestamp")),
        ended_at=parse_instant(run.get("finished_timestamp")),
        # The source does not return who started it: command.user is the user on the machines.
        target=_targets(run),
        summary=dig(action, ("name",)) or dig(action, ("command", "content")) or dig(action, ("file_upload", "filename")),
    )


def _verify(settings: Settings) -> None:
    """Check the rules between the options.

    :raises OptionError: if one is broken.
    """
    if SOURCE.verify is not None:
        SOURCE.verify(settings)
    if settings["security_token"] and not settings["account"]:
        raise OptionError(
            "account: missing; with security_token the access key is another one each time, so write a name for the account"
        )


_ACCOUNT = text(pattern="[A-Za-z0-9._@-]{1,64}", allowed="1 to 64 letters, digits, dots, underscores, hyphens and @")

ARCHIVE = Archive(
    adapt_for_archive(SOURCE, without=("id", "child_state"), also={"account": _ACCOUNT})._replace(endpoints=((None, RUNS),), verify=_verify),
    _entry,
    outcomes=(SUCCESS, FAILURE, WAITING),
    details=DETAILS,
    depth=Depth("children", deeper=("with_log", "children", "log")),
    access_key=lambda settings: str(settings["access_key"]),
    columns=COLUMNS,
)
