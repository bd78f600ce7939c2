# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Derive whether a session has a recording, and how much: one that is withheld looks like one that does not exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...._base.errors import SourceError
from ...._records.shape import Row, dig
from ..session_state import judge_state
from .events import is_lost

_STREAM = "event_stream"
#: Sessions that never ran.
_NEVER_RAN = ("waiting_for_review", "ready", "rejected")


def read_stored_size(session: Row) -> int:
    """Return how many bytes of a recording the gateway says it has; it may have more, but not less."""
    size = session.get("event_size")
    return size if isinstance(size, int) else 0


def judge_recording(session: Row) -> str:
    """Return the state of the recording of a session that was fetched with it.

    C(present), C(partial), C(lost), C(empty), C(withheld), or C(unknown): withheld or not there, which only another request
    can say.
    """
    stream, state = session.get(_STREAM), judge_state(session)
    if stream and stream != [""]:
        if is_lost(session):
            return "lost"
        return "partial" if state == "running" else "present"
    if _STREAM in session or state in _NEVER_RAN:
        return "empty"
    return "withheld" if read_stored_size(session) else "unknown"


def warn_of_state(session: Row, state: str) -> str | None:
    """Return the warning about a recording in such a state, as an info module returns it."""
    name = session.get("id")
    return {
        "withheld": "Session %s has a recording, but these credentials may not see it." % name,
        "lost": "The recording of session %s is lost: the gateway keeps only a placeholder." % name,
        "partial": "Session %s is still running: this is its recording so far." % name,
        "unknown": "Session %s has no recording, or these credentials may not see it." % name,
    }.get(state)


def build_withheld(refusal: SourceError | None = None) -> SourceError:
    """Return the failure for a recording that is withheld.

    :param refusal: the gateway's answer.
    """
    return SourceError(
        "permission", "these credentials may see the session, but not its recording", refusal.status if refusal else None,
        hint="Use the credentials of its user, of an auditor or of an admin.",
    )


def warn_of_no_events(session: Row, wanted: Sequence[str], types: Mapping[str, int]) -> str:
    """Return the warning about a file that holds no event.

    :param wanted: the types of events that were selected.
    :param types: the number of events by type.
    """
    name, state = session.get("id"), judge_state(session)
    if types or read_stored_size(session):
        there = ", ".join("%d of type %s" % (count, letter) for letter, count in sorted(types.items()))
        return "The recording of session %s has no events of the types %s%s." % (
            name, ", ".join(wanted), "; it has " + there if there else "",
        )
    if state == "running":
        return "Nothing is stored of session %s so far: while it runs, the gateway stores its recording about every 50 seconds." % name
    if state in _NEVER_RAN:
        return "Nothing was recorded of session %s: it did not run." % name
    return "Nothing was recorded of session %s." % name


def warn_of_truncation(session: Row) -> str | None:
    """Return the warning about a recording that is not whole because it was too large for the gateway."""
    if not dig(session, ("metrics", "truncated")):
        return None
    return "The gateway stopped recording session %s before it ended: it was too large." % session.get("id")


def warn_of_unreadable(session: Row, count: int) -> str | None:
    """Return the warning about events that are no events."""
    return "%d events of session %s can't be read, and are left out." % (count, session.get("id")) if count else None
