# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording of 20 MB is saved right in every format, with the memory that a small one takes."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys

import pytest

from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.tables import csv_rows

#: What the emulator's terminals show over and over, with NUL, escapes, and characters that the events' ends cut.
SCREEN = "\x1b[32mok\x1b[0m\x07 né € \U0001f600\x00\r\n".encode()
LARGE = 20_000_000 // len(SCREEN) * len(SCREEN)
SMALL = 100_000
#: Saves, and says the most memory that it took, in kilobytes.
PROGRAM = """
import json, sys
from ansible_collections.opsaudit.sessions.plugins.module_utils import _download
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.tests.memory import peak
params = {name: each.get("default") for name, each in _download.DownloadTask.options.items()}
outcome = run_task(_download.DownloadTask(), {**params, **json.loads(sys.argv[1])}, {})
print(json.dumps([outcome.result, peak()]))
"""


def save(emulator, dest, form):
    params = {
        "source": "hoop_session", "endpoint": emulator.urls["hoop"], "token": credentials.HOOP_TOKEN, "timeout": 120,
        "id": emulator.ids("hoop")[0], "format": form, "dest": str(dest),
    }
    reported = subprocess.run([sys.executable, "-c", PROGRAM, json.dumps(params)], capture_output=True, text=True, check=True).stdout
    result, memory = json.loads(reported)
    assert result.get("failed") is not True, result
    return result, memory


def recorded(form, path):
    """The bytes of the recording, out of a file in some form, part by part."""
    if form in ("raw", "txt"):
        with path.open("rb") as file:
            yield from iter(lambda: file.read(2**20), b"")
        return
    with path.open(encoding="utf-8", newline="" if form == "csv" else "\n") as file:
        if form == "cast":
            file.readline()
        for row in csv_rows(file) if form == "csv" else map(json.loads, file):
            if form == "cast":
                yield row[2].encode()
            else:
                yield base64.b64decode(row["base64"]) if row.get("base64") else row["text"].encode()


def digest(form, path):
    whole = hashlib.sha256()
    size = 0
    for part in recorded(form, path):
        whole.update(part)
        size += len(part)
    return size, whole.hexdigest()


def expected():
    whole = hashlib.sha256()
    for _each in range(LARGE // len(SCREEN) // 1000):
        whole.update(SCREEN * 1000)
    whole.update(SCREEN * (LARGE // len(SCREEN) % 1000))
    return LARGE, whole.hexdigest()


@pytest.mark.any_core
@pytest.mark.parametrize("form", ["raw", "txt", "jsonl", "csv", "cast"])
def test_memory_does_not_grow_with_the_recording(emulator, tmp_path, form):
    emulator.seed("hoop", 1, recording=SMALL)
    _result, least = save(emulator, tmp_path / "small", form)
    emulator.seed("hoop", 1, recording=LARGE)
    result, memory = save(emulator, tmp_path / "large", form)
    assert memory < least + 8 * 1024
    assert result["size"] == (tmp_path / "large").stat().st_size
    assert digest(form, tmp_path / "large") == expected()
