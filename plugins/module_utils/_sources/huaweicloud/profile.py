# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The profile file of Huawei Cloud's SDK. Imported when there is one."""

from __future__ import annotations

import configparser

from ..._base.errors import OptionError

_SECTIONS = ("basic", "basiccredentials")
_KEYS = {"ak": "access_key", "sk": "secret_key", "security_token": "security_token", "project_id": "project_id"}


def read(path: str) -> dict[str, str]:
    """Options that the file holds.

    :raises OptionError: if it can't be read.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
    except (configparser.Error, UnicodeDecodeError, OSError):
        raise OptionError("%s is no profile file that can be read" % path) from None
    for section in _SECTIONS:
        if parser.has_section(section):
            values = {name: parser.get(section, key, fallback="") for key, name in _KEYS.items()}
            return {name: value for name, value in values.items() if value}
    return {}
