# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task ends: a failure is a result, too, and nothing secret is in it. Knows neither Ansible nor what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .errors import OptionError, SourceError
from .options import Declaration
from .redaction import Redactor


class Outcome(NamedTuple):
    """What a task returns, and what must be masked in it."""

    result: dict[str, Any]
    warnings: list[str]
    secrets: set[str]


def concluded(
    declared: Mapping[str, Declaration], params: Mapping[str, Any], work: Callable[[Redactor, list[str]], dict[str, Any]]
) -> Outcome:
    """What comes of a task's work: its result, or its failure in one line without secrets.

    :param work: is given the redactor of the task, and where to put warnings.
    """
    redactor = Redactor(params.get(name) for name, declaration in declared.items() if declaration.get("no_log"))
    warnings: list[str] = []
    try:
        result = work(redactor, warnings)
    except OptionError as problem:
        line = redactor.line(problem)
        failure = SourceError("invalid_request", line, hint="Nothing was asked of the source.").as_dict()
        result = {"failed": True, "msg": line, "failure": failure}
    except SourceError as failure:
        failure.redacted(redactor.line)
        result = {"failed": True, "msg": failure.line(), "failure": failure.as_dict()}
    return Outcome({"changed": False, **result}, warnings, redactor.secrets)
