# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON of a source that may be hostile: read strictly, and what one value can't hold is kept as text instead of failing all.

Kept as text are numbers that no double holds or of more than 400 digits, halves of characters, and values nested more than
100 levels deep. An answer with one of them is an C(OddAnswer), and C(settle) names the fields.
"""

from __future__ import annotations

import codecs
import json
import math
import os
import re
from typing import Any, NoReturn

from .errors import SourceError

MAX_LEVELS = 100
_MOST_DIGITS = 400
#: The shortest number without a fraction that may be too large for a double.
_LARGE = 309
#: The most numbers of one answer that are kept as text: each takes 200 bytes, whatever its digits.
_MOST_KEPT = 100_000
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_HALF = re.compile("[\ud800-\udfff]")
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class KeptAsText(str):
    """A value as the source spelt it, because nothing else can hold it."""

    __slots__ = ()


class OddAnswer(dict):
    """An answer with something in it that was kept as text."""


def parse_json(body: bytes) -> Any:
    """Read a whole text in UTF-8.

    :returns: its value; an C(OddAnswer) if it is an object in which something had to be kept as text.
    :raises ValueError: if it is no JSON, or in another encoding.
    :raises SourceError: (protocol) if too much would be kept as text.
    """
    if body.startswith(codecs.BOM_UTF8):
        body = body[len(codecs.BOM_UTF8) :]
    has_halves = b"\\ud" in body or b"\\uD" in body
    numbers = _Numbers(len(body) >= _LARGE and b"0" * _LARGE in body.translate(_DIGITS))
    try:
        text = body.decode()
    except UnicodeDecodeError:
        # Halves of characters, as some encoders write them; all else is no UTF-8.
        text, has_halves = body.decode("utf-8", "surrogatepass"), True
    hook = _remove_marks if any(mark in body for mark in _MARKS) else None
    try:
        data = numbers.parse(text, hook)
        if has_halves:
            has_halves = _has_halves(data)
        if not has_halves and not numbers.are_odd:
            return data
    except RecursionError:
        pass
    # Read again, without holding both; what is odd is looked for level by level: how deep Python itself goes is no matter then.
    data = None
    mark = os.urandom(16).hex()
    try:
        data = _mark(numbers.parse(_cut(text, mark), hook), mark)
    except RecursionError:
        # What is not closed can't be cut.
        raise ValueError("no JSON") from None
    return OddAnswer(data) if isinstance(data, dict) else settle(data)[0]


def settle(value: Any) -> tuple[Any, list[str]]:
    """Make plain texts of what was kept as text.

    :returns: the value, and the fields that hold such a text.
    """
    fields: list[str] = []
    return _settle(value, "", fields), fields


def _settle(value: Any, path: str, fields: list[str]) -> Any:
    if isinstance(value, KeptAsText):
        fields.append(path)
        return str(value)
    if isinstance(value, dict):
        return {
            _settle(name, "a name in " + path if path else "a name", fields):
            _settle(each, "%s.%s" % (path, name) if path else str(name), fields)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_settle(each, path, fields) for each in value]
    return value


def to_json(value: Any) -> str:
    """Write any value as JSON, however deep it is nested."""
    written: list[str] = []
    waiting: list[tuple[bool, Any]] = [(False, value)]
    while waiting:
        is_text, each = waiting.pop()
        if is_text:
            written.append(each)
        elif isinstance(each, (dict, list)):
            opening, closing = "{}" if isinstance(each, dict) else "[]"
            waiting.append((True, closing))
            items = list(each.items()) if isinstance(each, dict) else [(None, one) for one in each]
            for index in range(len(items) - 1, -1, -1):
                name, inner = items[index]
                waiting.append((False, inner))
                before = "" if name is None else json.dumps(name, ensure_ascii=False) + ":"
                waiting.append((True, ("," if index else "") + before))
            waiting.append((True, opening))
        else:
            written.append(json.dumps(each, ensure_ascii=False))
    return "".join(written)


class _Numbers:
    """Reads the numbers of one text."""

    def __init__(self, may_be_large: bool) -> None:
        """:param may_be_large: whether there are digits enough for a number that no double holds."""
        self._whole = self._read_whole if may_be_large else None
        #: Whether one was kept as text.
        self.are_odd = False
        self._kept = 0

    def parse(self, text: str, hook: Any) -> Any:
        self._kept = 0
        return json.loads(
            text, parse_constant=_refuse_constant, parse_float=self._read_real, parse_int=self._whole, object_pairs_hook=hook
        )

    def _read_real(self, digits: str) -> float | str:
        number = float(digits)
        is_lost = number == 0 and re.search("[1-9]", re.split("[eE]", digits)[0])
        return self._keep(digits) if len(digits) > _MOST_DIGITS or not math.isfinite(number) or is_lost else number

    def _read_whole(self, digits: str) -> int | str:
        if len(digits) < _LARGE or len(digits) <= _MOST_DIGITS and math.isfinite(float(digits)):
            return int(digits)
        return self._keep(digits)

    def _keep(self, digits: str) -> str:
        self.are_odd = True
        self._kept += 1
        if self._kept > _MOST_KEPT:
            raise SourceError("protocol", "the answer holds more than %d numbers that only a text can hold" % _MOST_KEPT)
        return KeptAsText(digits)


def _has_halves(data: Any) -> bool:
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _mark(value: Any, mark: str) -> Any:
    """Mark what has to be kept as text: halves of characters, escaped as JSON escapes them, and what was cut."""
    if isinstance(value, KeptAsText):
        return value
    if isinstance(value, str):
        if value.startswith(mark):
            value = KeptAsText(value[len(mark) :])
        return KeptAsText(value.encode("utf-8", "backslashreplace").decode()) if _HALF.search(value) else value
    if isinstance(value, dict):
        return {_mark(name, mark): _mark(each, mark) for name, each in value.items()}
    if isinstance(value, list):
        return [_mark(each, mark) for each in value]
    return value


def _cut(text: str, mark: str) -> str:
    """Make strings of all values that are nested too deeply; each begins with a mark, to be found again."""
    level = end = start = 0
    chunks: list[str] = []
    for found in _BRACKETS.finditer(text):
        sign = found[0]
        if sign in "[{":
            level += 1
            if level == MAX_LEVELS + 1:
                start = found.start()
        elif sign in "]}":
            if level == MAX_LEVELS + 1:
                chunks += (text[end:start], json.dumps(mark + text[start : found.end()]))
                end = found.end()
            level -= 1
    return "".join((*chunks, text[end:]))


#: What is in an answer that has a key of Ansible's own, as it is or with characters escaped.
_MARKS = (b"_ansible", b"\\u00")


def escape_key(key: str) -> str:
    """Put an x before keys such as C(__ansible_type), which Ansible would stop at, or drop."""
    return "x" + key if key.lstrip("_").startswith("ansible") and key[0] == "_" else key


def _remove_marks(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = {key for key, _value in pairs}
    result = {}
    for key, value in pairs:
        own = escape_key(key)
        # Two keys must not become one.
        while own != key and own in names:
            own = "x" + own
        result[own] = value
    return result


def _parse_finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse_constant(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


#: Reads one value after the other out of a longer text, as strictly.
DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_parse_finite)
