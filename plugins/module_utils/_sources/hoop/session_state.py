# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Derive the state and outcome of a session from status, review, guardrails, analysis and metrics: none alone is enough."""

from __future__ import annotations

from ..._base import times
from ..._records.entry import BLOCKED, FAILURE, RUNNING, SUCCESS, UNKNOWN, WAITING, parse_instant
from ..._records.shape import Row, dig

#: The gateway's exit code if it knows none, or ended the session itself.
_NO_EXIT_CODE = 254
_OUTCOMES = {
    "running": RUNNING, "waiting_for_review": WAITING, "ready": WAITING, "blocked": BLOCKED, "rejected": BLOCKED,
}


def judge_state(session: Row, now: int | None = None) -> str:
    """Return C(running), C(waiting_for_review), C(ready), C(blocked), C(rejected) or C(finished).

    :param now: an instant in milliseconds; null is the present.
    """
    if _was_rejected(session):
        return "rejected"
    if session.get("status") == "done" or session.get("end_date"):
        if _has_credentials(session, times.now_ms() if now is None else now):
            return "running"
        return "blocked" if _was_blocked(session) else "finished"
    if dig(session, ("review", "status")) == "PENDING":
        return "waiting_for_review"
    return "ready" if session.get("status") == "ready" else "running"


def outcome_of(session: Row, now: int | None = None) -> str:
    """Return the outcome that the store keeps.

    :param now: an instant in milliseconds; null is the present.
    """
    state = judge_state(session, now)
    if state in _OUTCOMES:
        return _OUTCOMES[state]
    code = session.get("exit_code")
    if code == 0:
        return SUCCESS
    # The code of an interactive session does not say how it went.
    return UNKNOWN if code is None or session.get("verb") == "connect" else FAILURE


def has_guardrail_match(session: Row) -> bool:
    """Return whether a rule or an analysis matched, even if the session went on."""
    blocked = dig(session, ("metrics", "ai_analyzer", "blocked_count"))
    return (
        bool(session.get("guardrails_info"))
        or isinstance(blocked, int) and blocked > 0
        or dig(session, ("ai_analysis", "action")) == "block_execution"
    )


def may_be_ai_block(session: Row) -> bool:
    """Return whether an analysis may have blocked a session of a list: only its details show that."""
    return (
        session.get("verb") == "exec"
        and session.get("status") == "done"
        and session.get("exit_code") == _NO_EXIT_CODE
        and session.get("metrics") is None
        and not session.get("event_size")
        and not session.get("guardrails_info")
        and not _was_rejected(session)
    )


def _was_rejected(session: Row) -> bool:
    review = dig(session, ("review", "status"))
    if review == "REVOKED":
        # Revoked before it ran, or while it did.
        return not session.get("event_size") and session.get("exit_code") != 0
    return review == "REJECTED"


def _was_blocked(session: Row) -> bool:
    """Return whether a rule or an analysis ended it; with exit code 0 a rule matched, and the session went on."""
    if dig(session, ("ai_analysis", "action")) == "block_execution":
        return True
    return bool(session.get("guardrails_info") and session.get("exit_code"))


def _has_credentials(session: Row, now: int) -> bool:
    """Return whether there are valid credentials for this session: then its status is done from the start, and it has no end."""
    metadata = session.get("metadata")
    if session.get("end_date") or not isinstance(metadata, dict):
        return False
    expiry = metadata.get("credentials_expire_at")
    if not expiry or metadata.get("credentials_revoked_at"):
        return False
    expires = parse_instant(expiry)
    return expires is None or now < expires
