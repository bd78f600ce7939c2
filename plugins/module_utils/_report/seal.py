# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says of the seals of a store: what the store knows, or what a verification found. A page proves neither."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._base import times
from .._base.errors import OptionError
from .._store.seals import LastSeal

_NOT_A_RESULT = "seal: it is not the result of session_seal with verify: true (register that task, and write the variable here)"


class Verification(NamedTuple):
    """The result of a comparison of a store with its seals."""

    number: int
    sha256: str
    sealed_at: int
    verified_at: int
    #: Who signed the last seal, a name and a fingerprint; null if signatures were not checked.
    signer: tuple[str, str] | None
    #: What is not as it was sealed: how many records were altered and removed, how many faults the chain has.
    wrong: tuple[int, int, int]


class Seal(NamedTuple):
    """The last seal of a store."""

    number: int
    sha256: str | None
    sealed_at: int
    #: When it was verified, by whom it is signed, and what is wrong; nulls if the store alone says that there is such a seal.
    verified_at: int | None = None
    signer: tuple[str, str] | None = None
    wrong: tuple[int, int, int] | None = None
    #: How many records of the report are new or changed since then.
    newer: int = 0


def parse_verification(result: Mapping[str, Any] | None) -> Verification | None:
    """Return what a task found that compared a store with its seals; null if there was none, or no seal.

    :raises OptionError: if it is the result of another task.
    """
    if result is None:
        return None
    try:
        signature = result["signature"]
        signer = None if signature is None else (str(signature["principal"]), str(signature["key"]))
        altered, removed, broken = (len(result[name]) for name in ("altered", "removed", "broken"))
        verified_at = times.parse_iso(result["verified_at"])
        if result["number"] is None:
            return None
        sealed_at = times.parse_iso(result["sealed_at"])
        return Verification(int(result["number"]), str(result["statement_sha256"]), sealed_at, verified_at, signer, (altered, removed, broken))
    except (KeyError, TypeError, ValueError):
        raise OptionError(_NOT_A_RESULT) from None


def choose_seal(known: LastSeal, verification: Verification | None) -> Seal | None:
    """Return what a report says of the last seal; null if nothing was ever sealed.

    A good verification counts only if the store still knows the seal that was verified. A bad one always does: what the store says of its seals
    is then no more to be believed than the rest of it.
    """
    if verification is not None and (any(verification.wrong) or verification.sha256 == known.sha256):
        return Seal(*verification)
    if known.number is None or known.sealed_at is None:
        return None
    return Seal(known.number, known.sha256, known.sealed_at)
