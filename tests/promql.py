# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluates the few forms of PromQL that the guides use, over the samples of one instant. Anything else is a ValueError.

C(unless) binds weaker than a comparison, and compares all labels. A comparison leaves out the samples that do not meet it.
"""

from __future__ import annotations

import operator
import re

from prometheus_client.parser import text_string_to_metric_families

#: Labels as sorted pairs, and the value.
Vector = dict[tuple[tuple[str, str], ...], float]

_COMPARISONS = {">": operator.gt, "<": operator.lt, "==": operator.eq}
_METRIC = "[a-z][a-z0-9_]*"
_ABSENT = re.compile(r"absent\((%s)\)" % _METRIC)
_AGE = re.compile(r"time\(\) - (%s)" % _METRIC)


def evaluate(expression: str, exposition: str, now: float) -> Vector:
    """The samples that an expression gives; an alert fires for each.

    :param exposition: all metrics, as they are scraped.
    :param now: what C(time()) is, in seconds since the epoch.
    """
    first, *others = re.split(r"\s+unless\s+", expression.strip())
    found = _comparison(first, exposition, now)
    for other in others:
        hidden = _comparison(other, exposition, now)
        found = {labels: value for labels, value in found.items() if labels not in hidden}
    return found


def _comparison(text: str, exposition: str, now: float) -> Vector:
    match = re.fullmatch(r"(.+?) (>|<|==) (\d+)", text)
    if match is None:
        return _vector(text, exposition, now)
    holds = _COMPARISONS[match[2]]
    return {labels: value for labels, value in _vector(match[1], exposition, now).items() if holds(value, float(match[3]))}


def _vector(text: str, exposition: str, now: float) -> Vector:
    absent, age = _ABSENT.fullmatch(text), _AGE.fullmatch(text)
    if absent:
        return {} if _samples(absent[1], exposition) else {(): 1.0}
    if age:
        return {labels: now - value for labels, value in _samples(age[1], exposition).items()}
    if not re.fullmatch(_METRIC, text):
        raise ValueError("a form of PromQL that is not known here: %s" % text)
    return _samples(text, exposition)


def _samples(name: str, exposition: str) -> Vector:
    return {
        tuple(sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(exposition) for sample in family.samples if sample.name == name
    }
