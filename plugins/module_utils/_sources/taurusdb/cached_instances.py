# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write and read instances in an inventory's cache.

The cache holds one text of JSON: in Ansible's caches, keys such as C(__ansible_type) have a meaning, and an instance's tag
could be such a key.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ..._records.shape import Row
from .endpoints import ID

_TEXTS = ("name", "status", "region")
_KEYS = {"id", *_TEXTS, "tags", "nodes"}
_IS_ID = re.compile(ID).fullmatch


def dump_instances(instances: list[Row]) -> str:
    """Return instances as a text, in ASCII only: not every cache takes other characters."""
    return json.dumps(instances, separators=(",", ":"))


def load_instances(text: Any) -> list[Row]:
    """Return the instances of such a text.

    :param text: the content of a cache, which may be anything.
    :raises ValueError: if it is no list of instances; the message names the invalid part.
    """
    if not isinstance(text, str):
        raise ValueError("it holds no text")
    try:
        instances = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(instances, list):
        raise ValueError("it is no list of instances")
    for place, instance in enumerate(instances):
        if not _is_instance(instance):
            raise ValueError("item %d is not an instance" % place)
    for ids in ([each["id"] for each in instances], [node["id"] for each in instances for node in each["nodes"]]):
        if len(set(ids)) < len(ids):
            raise ValueError("an ID is there twice")
    return instances


def _is_instance(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == _KEYS
        and _is_id(value["id"])
        and all(value[name] is None or isinstance(value[name], str) for name in _TEXTS)
        and isinstance(value["tags"], dict)
        and all(isinstance(each, str) for each in value["tags"].values())
        and isinstance(value["nodes"], list)
        and all(map(_is_node, value["nodes"]))
    )


def _is_node(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"id", "type"}
        and _is_id(value["id"])
        and (value["type"] is None or isinstance(value["type"], str))
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _IS_ID(value) is not None
