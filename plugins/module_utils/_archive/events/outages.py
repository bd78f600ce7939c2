# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report what fails in poll after poll once, and once more when it works again."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from ..._base.errors import SourceError

#: What can fail as a whole.
THE_SOURCE, THE_STORE = "The source can be read", "The store can be used"

#: What has failed in a poll, by what can be said of it when it works again: the C(failure) of a task, and its line.
Failures = dict[str, tuple[Mapping[str, Any], str]]

_GOES_ON = "Polling goes on; this is logged once, and its end"


class _Outage:
    """Something that does not work since a while."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.polls = 0
        self.causes: set[Hashable] = set()


class Outages:
    """What does not work at the moment."""

    def __init__(self, report: Callable[[str], None], clock: Callable[[], float]) -> None:
        """:param report: is given each line.

        :param clock: seconds, from any origin.
        """
        self._report = report
        self._clock = clock
        self._outages: dict[str, _Outage] = {}

    def note_poll(self, failed: Failures, is_known: Callable[[str], bool]) -> None:
        """Report what is new since the poll before.

        Targets that fail, or work again, for the same reason share a line: a source may have hundreds.

        :param is_known: whether this poll has shown that something works if it is not in C(failed).
        """
        now = self._clock()
        begun: dict[Hashable, list[str]] = {}
        for subject, (failure, line) in failed.items():
            outage = self._outages.setdefault(subject, _Outage(now))
            outage.polls += 1
            cause = _cause_of(failure)
            if cause not in outage.causes:
                outage.causes.add(cause)
                begun.setdefault(cause, []).append(line)
        for lines in begun.values():
            self._report("%s. %s." % (_join(lines[0].rstrip("."), len(lines), ". The same for %d more"), _GOES_ON))
        ended: dict[tuple[float, int], list[str]] = {}
        for subject in [each for each in self._outages if each not in failed and is_known(each)]:
            outage = self._outages.pop(subject)
            ended.setdefault((outage.since, outage.polls), []).append(subject)
        for (since, polls), subjects in ended.items():
            what = _join(subjects[0] + " again", len(subjects), ", and %d more")
            self._report("%s, after %s (failed polls: %d)." % (what, _format_seconds(now - since), polls))


def list_failed_targets(targets: Iterable[Mapping[str, Any]]) -> Failures:
    """Return the failures of targets, as C(note_poll) takes them.

    :param targets: the C(failed_targets) of a task.
    """
    failed: Failures = {}
    for each in targets:
        failure, target = each["failure"], each["target"]
        given = (failure[name] for name in ("kind", "message", "status", "code", "request_id", "hint"))
        named = ", ".join("%s %s" % item for item in target.items() if item[1] is not None)
        failed["%s can be read" % (named or "The list")] = failure, SourceError(*given).at("Reading", target).line()
    return failed


def _cause_of(failure: Mapping[str, Any]) -> Hashable:
    """Return what makes one failure another. A source's message may have a number that is never the same, as other failures' may."""
    what = failure["kind"], failure["status"], failure["code"]
    return what if failure["status"] else (*what, re.sub(r"\d+", "", failure["message"]))


def _join(first: str, count: int, more: str) -> str:
    return first + more % (count - 1) if count > 1 else first


def _format_seconds(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return "%d d %d h" % (days, hours)
    if hours:
        return "%d h %d min" % (hours, minutes)
    return "%d min %d s" % (minutes, rest) if minutes else "%d s" % rest
