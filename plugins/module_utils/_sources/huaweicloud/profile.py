# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the profile file of Huawei Cloud's SDK. Imported when there is one."""

from __future__ import annotations

import configparser

from ..._base.errors import SourceError

READING = "Reading the credentials"
_SECTIONS = ("basic", "basiccredentials")
_KEYS = {"ak": "access_key", "sk": "secret_key", "security_token": "security_token", "project_id": "project_id"}


def read_profile(path: str) -> dict[str, str]:
    """Read the options that the file holds.

    :raises SourceError: (file) if it cannot be read.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        with open(path, encoding="utf-8-sig") as file:
            parser.read_file(file)
    except (configparser.Error, UnicodeDecodeError, OSError):
        raise SourceError("file", "%s is no profile file that can be read" % path).at(READING, {}) from None
    for section in _SECTIONS:
        if parser.has_section(section):
            values = {name: parser.get(section, key, fallback="") for key, name in _KEYS.items()}
            return {name: value for name, value in values.items() if value}
    return {}
