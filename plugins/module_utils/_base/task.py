# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The protocol of every task: declared options, a run with a call, and a result. Knows neither Ansible nor any task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from .errors import OptionError, SourceError
from .options import Declaration, Settings, resolve
from .redaction import SHORTEST_IN_RECORDS, Redactor

#: Why a result may not be complete.
MAX_RECORDS = "max_records"
FAILED_TARGETS = "failed_targets"
TOTAL_CHANGED = "total_changed"
SOURCE_LIMIT = "source_limit"

#: Called after every answer with the fetch, whose C(progress) says how far it has come.
Watch = Callable[[Any], None]


class Call:
    """What a task is run with, and what it notes on its way."""

    def __init__(
        self,
        params: Mapping[str, Any],
        environ: Mapping[str, str],
        redactor: Redactor,
        check: bool = False,
        diff: bool = False,
        now: int | None = None,
        watch: Watch = lambda fetch: None,
    ) -> None:
        """:param params: the options, as Ansible has validated them.

        :param redactor: knows the secrets of the task; those that are found on the way are added.
        :param check: change nothing, and return what would be done.
        :param diff: return what was there before and after.
        :param now: the instant that C(now) means, in milliseconds since the epoch; null for this one.
        """
        self.params = params
        self.environ = environ
        self.redactor = redactor
        self.check = check
        self.diff = diff
        self.now = now
        self.watch = watch
        self.warnings: list[str] = []
        #: Whether something was changed: known even where the task fails after it.
        self.changed = False

    def resolve(self, options: Mapping[str, Declaration]) -> Settings:
        """Resolve options; what is to be warned of is noted, and the password of a store is masked.

        :raises OptionError: if one is invalid.
        """
        settings = resolve(options, self.params, self.environ, self.now)
        self.warnings += settings.warnings
        self.redactor.add(settings.values.get("store"))
        return settings


class Task(Protocol):
    """What a module does."""

    @property
    def options(self) -> Mapping[str, Declaration]:
        """Return all options of the module."""

    def run(self, call: Call) -> dict[str, Any]:
        """Do the work, and return the result without C(changed), which is the call's.

        :raises OptionError: for a bad option, before any request is sent.
        :raises SourceError: if a source, the store or a file fails.
        :raises MissingLibrary: if a library is missing.
        """


class TaskResult(NamedTuple):
    """What a task returns, and what must be masked in it."""

    result: dict[str, Any]
    warnings: list[str]
    secrets: set[str]


def run_task(
    task: Task,
    params: Mapping[str, Any],
    environ: Mapping[str, str],
    check: bool = False,
    diff: bool = False,
    now: int | None = None,
    watch: Watch = lambda fetch: None,
) -> TaskResult:
    """Run a task. A failure is a result, too: one line and a dictionary, without secrets.

    :raises MissingLibrary: if a library is missing.
    """
    redactor = Redactor(text for name, declaration in task.options.items() if declaration.get("no_log") for text in texts_of(params.get(name)))
    call = Call(params, environ, redactor, check, diff, now, watch)
    try:
        result = task.run(call)
    except OptionError as problem:
        result = refuse(redactor.line(problem))
    except SourceError as problem:
        problem.redact(redactor.line)
        result = {"failed": True, "msg": redactor.whole_line(problem.line()), "failure": problem.as_dict()}
    # Messages are masked already; in records only what is long enough is looked for.
    warnings = [redactor.whole_line(warning) for warning in call.warnings]
    return TaskResult({"changed": call.changed, **result}, warnings, redactor.credentials)


def refuse(line: str) -> dict[str, Any]:
    """Return the result of a task that has a bad option.

    :param line: what is wrong, without secrets.
    """
    failure = SourceError("invalid_request", line, hint="No request was sent.").as_dict()
    return {"failed": True, "msg": line, "failure": failure}


def texts_of(secret: Any) -> Iterator[str]:
    """Yield a secret's texts; of a list or a dictionary those that are long enough to be one."""
    if isinstance(secret, str):
        yield secret
    elif isinstance(secret, (list, dict)):
        for each in secret.values() if isinstance(secret, dict) else secret:
            yield from (text for text in texts_of(each) if len(text) >= SHORTEST_IN_RECORDS)
