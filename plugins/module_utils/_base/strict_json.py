# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON of a source that may be hostile."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn


def parse_json(body: bytes) -> Any:
    """A whole text: no NaN, no endless nesting, no half characters.

    :raises ValueError: if it is none.
    """
    try:
        hook = _without_marks if any(mark in body for mark in _MARKS) else None
        data = json.loads(body, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=hook)
        # Lone surrogates can't be written to any file or terminal.
        if b"\\ud" in body or b"\\uD" in body:
            data = json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return data


#: What is in an answer that has a key of Ansible's own, as it is or with characters escaped.
_MARKS = (b"_ansible", b"\\u00")


def without_mark(key: str) -> str:
    """Ansible takes keys such as C(__ansible_type) for its own, and stops, or drops them: they get an x in front."""
    return "x" + key if key.lstrip("_").startswith("ansible") and key[0] == "_" else key


def _without_marks(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {without_mark(key): value for key, value in pairs}


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_constant(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


#: Reads one value after the other out of a longer text, as strictly.
DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)
