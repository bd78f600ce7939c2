# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what a store says of itself as metrics, in Prometheus's text format 0.0.4."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from .._base import times
from .._records.scope import RETIRED, write_scope

#: The value of a label: the only characters that are escaped.
_ESCAPES = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n"}
_PREFIX = "opsaudit_"


class Metric(NamedTuple):
    """One metric of each scope."""

    name: str
    help: str
    #: Returns its value of a scope; null if there is none.
    value: Callable[[Mapping[str, Any]], int | str | None]


def _seconds(iso: str | None) -> str | None:
    """Return an instant in seconds since the epoch, to the millisecond."""
    if iso is None:
        return None
    instant = times.parse_iso(iso)
    return "%s%d.%03d" % ("-" if instant < 0 else "", *divmod(abs(instant), 1000))


def _last_run_success(scope: Mapping[str, Any]) -> int | None:
    if scope["last_error"] is not None:
        return 0
    return None if scope["last_run"] is None else 1


_METRICS = (
    Metric("records", "Records of the scope.", lambda scope: scope["count"]),
    Metric("covered_until_timestamp_seconds", "End of the time that is proven complete.", lambda scope: _seconds(scope["covered_until"])),
    Metric("behind_seconds", "How long ago that was when the metrics were written.", lambda scope: scope["seconds_behind"]),
    Metric("gaps", "Windows in which something may be missing.", lambda scope: len(scope["gaps"])),
    Metric("gap_seconds", "How long these are together.", lambda scope: scope["gap_seconds"]),
    Metric("last_run_timestamp_seconds", "When a run ended last.", lambda scope: _seconds(scope["last_run"])),
    Metric("last_success_timestamp_seconds", "When a run ended last that read everything.", lambda scope: _seconds(scope["last_success"])),
    Metric("last_run_success", "Whether the last run read everything.", _last_run_success),
    Metric("attachments_missing", "Attachments that could not be fetched yet.", lambda scope: scope["attachments_missing"]),
    Metric("scope_retired", "Whether the scope was retired.", lambda scope: int(scope["state"] == RETIRED)),
)


def write_metrics(info: Mapping[str, Any]) -> str:
    """Return the metrics of a store.

    :param info: the result of C(session_store_info).
    :raises KeyError, TypeError, ValueError, AttributeError: if it is something else.
    """
    lines: list[str] = []
    labels = [
        _labels({"source": scope["source"], "scope": write_scope(scope["scope"]), "label": scope["label"] or ""}) for scope in info["scopes"]
    ]
    for metric in _METRICS:
        samples = ((label, metric.value(scope)) for label, scope in zip(labels, info["scopes"]))
        lines += _family(metric.name, metric.help, ((label, value) for label, value in samples if value is not None))
    seal = info["last_seal"]
    if seal is not None:
        lines += _family("last_seal_timestamp_seconds", "When the store was sealed last.", [("", _seconds(seal["sealed_at"]))])
    store = _labels({"store_id": info["store_id"], "version": str(info["version"])})
    lines += _family("store_info", "Which store it is, and the version of its tables.", [(store, 1)])
    return "".join(line + "\n" for line in lines)


def _family(name: str, text: str, samples: Any) -> Iterator[str]:
    """Yield the lines of a metric; none if it has no samples."""
    is_first = True
    for labels, value in samples:
        if is_first:
            yield "# HELP %s%s %s" % (_PREFIX, name, text)
            yield "# TYPE %s%s gauge" % (_PREFIX, name)
            is_first = False
        yield "%s%s%s %s" % (_PREFIX, name, labels, value)


def _labels(values: Mapping[str, str]) -> str:
    """Return labels; an unpaired surrogate, which UTF-8 can't hold, becomes a question mark."""
    clean = {name: value.translate(_ESCAPES).encode("utf-8", "replace").decode() for name, value in values.items()}
    return "{%s}" % ",".join('%s="%s"' % each for each in clean.items())
