# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifies a store against its chain of seals: what was altered or removed, and what is wrong with the chain itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing
from typing import Any, NamedTuple

from .._base import times
from .._base.errors import SourceError
from .._base.redaction import Redactor
from .._base.task import Call
from .._files.signature import BadSignature, Signer
from .._files.signature import verify as verify_signature
from .._records.scope import read_scope
from .._store import seals
from .._store.ledger import pruned
from .._store.ledger.pruned import DONE
from .._store.reader import snapshot
from .chain import Link, Report, compare_with_store, read_chain
from .comparison import ALTERED, Explanation, Gone, Listing, change_of, pair
from .coverage import NOTHING, Covered, compare_coverage
from .delta import ADDED, CHANGED, FINAL_CHANGED, Replay
from .folder import SealFolder
from .statement import Prune, Statement, Where, coverage_of, prunes_of, view_of

#: A list names no more than these, so that memory stays flat whatever was done to a store.
_LONGEST = 10_000
#: So many things are named in one line.
_NAMED = 10

#: Is given what was covered at two seals, one after the other.
Compare = Callable[[Covered, Covered], None]


class Problems(list[dict[str, Any]]):
    """What is wrong with a chain: the seal (null for the store as it is now), and the problem."""

    def report(self, seal: int | None, problem: str) -> None:
        """Add one."""
        if len(self) < _LONGEST:
            self.append({"seal": seal, "problem": problem})


class Records:
    """Records that are named in a result: the first of them, and how many there are."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[tuple[seals.Key, int | None]] = []

    def add(self, key: seals.Key, seal: int | None) -> None:
        """Name a record, and the seal that it is in; null if it is in none yet."""
        self.count += 1
        if len(self.first) < _LONGEST:
            self.first.append((key, seal))


class Found:
    """What a verification has found."""

    def __init__(self) -> None:
        self.altered, self.removed, self.final_changed = Records(), Records(), Records()
        self.broken = Problems()
        self.unsealed = 0
        self.last: Link | None = None
        self.scopes: Mapping[Where, Mapping[str, Any]] = {}


class Chain(NamedTuple):
    """A chain that was read: its last seal, the last statement that can be read, and its hashes by number."""

    last: Link | None
    statement: Statement | None
    sha256: Mapping[int, str]
    #: Of each prune, by its scope and how far it goes.
    listed: Mapping[tuple[Where, int], Listing]

    @property
    def number(self) -> int:
        """Of the last seal, 0 if there is none."""
        return self.last.number if self.last else 0

    def listing_of(self, where: Where, prune: Prune) -> Listing:
        """Return what seals say of when a prune was."""
        return self.listed.get((where, prune.before)) or Listing(None, self.statement.sealed_at if self.statement else 0)


def verify(folder: SealFolder, allowed_signers: str | None, store: str, call: Call) -> dict[str, Any]:
    """Verify a store: a failure, if anything was altered or removed, or the chain is broken.

    :raises OptionError: if there is no such store, or no such file of allowed signers.
    :raises SourceError: if the store or the folder can't be read.
    """
    with folder.locked(writes=False):
        signatures, signer = _check_signatures(folder, allowed_signers, call)
        found = read_strictly(store, call.redactor, lambda connection: _examine(connection, folder))
    found.broken[:0] = signatures
    _warn(found, call)
    last = found.last
    result = {
        "number": last.number if last else None, "statement_sha256": last.sha256 if last else None,
        "sealed_at": times.to_iso(last.statement.sealed_at, "ms") if last and last.statement else None,
        "verified_at": times.to_iso(times.now_ms() if call.now is None else call.now, "ms"),
        "signature": signer and {"key": signer.key, "principal": call.redactor.line(signer.principal)}, **_list_findings(found),
    }
    if found.altered.count or found.removed.count or found.broken:
        return {**build_failure("Verifying the store", folder, found, call.redactor), **result}
    return result


def read_strictly(store: str, redactor: Redactor, work: Any) -> Any:
    """Read a store; what nobody but a hand can have put there is a failure like any other."""
    try:
        return snapshot(store, redactor.add, work)
    except TypeError:
        raise SourceError(
            "store", "a column holds a value of another type than was ever written to it", hint="Compare the store with a backup."
        ).at("Reading the store", {}) from None


def read_links(
    folder: SealFolder, replay: Replay, problems: Problems, store: seals.LastSeal, compare: Compare = lambda before, after: None
) -> Chain:
    """Read the chain.

    :param compare: is given what each statement says of coverage, with the one before.
    """
    before, link, last = NOTHING, None, None
    sha256: dict[int, str] = {}
    listed: dict[tuple[Where, int], Listing] = {}
    for link in read_chain(folder, replay, problems.report):
        statement = link.statement
        sha256[link.number] = link.sha256
        if statement is None:
            continue
        if statement.store_id != store.store_id:
            problems.report(link.number, "it is of another store")
        now = Covered(link.number, statement.sealed_at, statement.coverage, statement.prunes)
        compare(before, now)
        for where, prunes in statement.prunes.items():
            for prune in prunes:
                first = listed.setdefault((where, prune.before), Listing(None, before.at))
                if first.number is None and prune.state == DONE:
                    listed[where, prune.before] = first._replace(number=link.number)
        before, last = now, statement
    return Chain(link, last, sha256, listed)


def _comparison(connection: Any, report: Report) -> Compare:
    def runs(where: Where, window: tuple[int, int], after: int) -> list[tuple[str, int, int]]:
        found = seals.read_run_windows(connection, *where, window, after)
        return [(view_of(view), start, end) for view, start, end in found]

    return lambda before, after: compare_coverage(before, after, runs, report)


def _examine(connection: Any, folder: SealFolder) -> Found:
    found = Found()
    store = seals.read_last_seal(connection)
    with closing(Replay()) as replay:
        compare = _comparison(connection, found.broken.report)
        chain = read_links(folder, replay, found.broken, store, compare)
        found.last, found.scopes = chain.last, seals.read_scopes(connection)
        unknown = compare_with_store(chain.number, chain.sha256.get, store, found.broken.report)
        prunes = prunes_of(pruned.read_rows(connection))
        if chain.statement is not None:
            statement = chain.statement
            before = Covered(chain.number, statement.sealed_at, statement.coverage, statement.prunes)
            compare(before, Covered(None, 0, coverage_of(found.scopes), prunes))
        gone = Gone(prunes, chain.listing_of)
        for line in replay.list_final_changes():
            found.final_changed.add(line.key, line.seal)
        _compare_records(found, replay, connection, explanation_of(connection, chain), gone)
        gone.check(lambda where, since, until: seals.has_changed(connection, *where, since, until), found.broken.report)
    # A seal may have been interrupted before the store knew it. Then nothing that it holds is missing in the store.
    if unknown > 1 or unknown and (found.altered.count or found.removed.count):
        found.broken.report(chain.number, "the store does not know it: the store was restored from an older copy (its last seal is %s)" % store.number)
    return found


def explanation_of(connection: Any, chain: Chain) -> Explanation:
    """Return what makes a change since the last seal believable."""
    if chain.statement is None:
        return Explanation(None)
    sealed_at = chain.statement.sealed_at
    return Explanation(sealed_at, seals.list_unfinished_runs(connection, sealed_at))


def _compare_records(found: Found, replay: Replay, connection: Any, explanation: Explanation, gone: Gone) -> None:
    for old, record in pair(replay.latest(), seals.verify_records(connection)):
        if record is None:
            if old is not None and not gone.is_declared(old):
                found.removed.add(old.key, old.seal)
            continue
        change = change_of(old, record, explanation)
        if change == ALTERED:
            found.altered.add(record.key, old.seal if old else None)
        elif change == FINAL_CHANGED:
            found.final_changed.add(record.key, None)
        elif change in (ADDED, CHANGED):
            found.unsealed += 1


def _check_signatures(folder: SealFolder, allowed_signers: str | None, call: Call) -> tuple[Problems, Signer | None]:
    """Return what is wrong with the signatures, and who signed the last seal; null if that is not known."""
    problems, signer = Problems(), None
    for number in folder.numbers():
        signed = folder.signature(number)
        if allowed_signers is None:
            if signed is not None:
                call.warnings.append("signatures were not checked; give allowed_signers, the file that lists whose signature counts")
                break
            continue
        signer = None
        try:
            if signed is None:
                raise BadSignature("is missing")
            signer = verify_signature(folder.statement(number) or b"", signed, allowed_signers, call.environ)
        except BadSignature as problem:
            problems.report(number, "its signature %s" % call.redactor.line(problem))
    return problems, signer


def _warn(found: Found, call: Call) -> None:
    for name in ("altered", "removed", "final_changed"):
        records = getattr(found, name)
        if records.count > len(records.first):
            call.warnings.append("%s: there are %d, and the first %d are listed" % (name, records.count, len(records.first)))


def _list_findings(found: Found) -> dict[str, Any]:
    return {
        **{name: _name_scopes(getattr(found, name), found.scopes) for name in ("altered", "removed", "final_changed")},
        "broken": list(found.broken), "unsealed": found.unsealed,
    }


def _name_scopes(records: Records, scopes: Mapping[Where, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"source": source, "scope": _scope(source, scope_key, scopes), "record_id": record_id, "seal": seal}
        for (source, scope_key, record_id), seal in records.first
    ]


def _scope(source: str, scope_key: str, scopes: Mapping[Where, Mapping[str, Any]]) -> dict[str, Any]:
    try:
        scope = json.loads(scopes[source, scope_key]["scope"])
    except (KeyError, TypeError, ValueError, RecursionError):
        scope = None
    return scope if isinstance(scope, dict) else dict(read_scope(scope_key))


def build_failure(doing: str, folder: SealFolder, found: Found, redactor: Redactor) -> dict[str, Any]:
    """Return a failure that says what is wrong, the first of it in one line."""
    counts = ["%d %s" % (records.count, name) for name, records in (("altered", found.altered), ("removed", found.removed)) if records.count]
    chain = ["%s: %s" % ("the store" if each["seal"] is None else "seal %d" % each["seal"], each["problem"]) for each in found.broken]
    names = ["%s %s of %s, scope %s" % (what, key[2], *key[:2]) for what, key in _pair_kinds(found)]
    parts = [*chain[:_NAMED], *names[:_NAMED]]
    more = len(chain) + found.altered.count + found.removed.count - len(parts)
    text = "; ".join([*([", ".join(counts)] if counts else []), *(redactor.line(part)[:300] for part in parts), *(["and %d more" % more] if more else [])])
    failure = SourceError("integrity", text).at(doing, {"dest": folder.path}).redact(redactor.line)
    return {"failed": True, "msg": failure.line(), "failure": failure.as_dict(), **_list_findings(found)}


def _pair_kinds(found: Found) -> Iterable[tuple[str, seals.Key]]:
    pairs_of: Collection[tuple[str, Records]] = (("altered", found.altered), ("removed", found.removed))
    return [(what, key) for what, records in pairs_of for key, _seal in records.first[:_NAMED]]
