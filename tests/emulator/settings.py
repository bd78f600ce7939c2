# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a test can set on a running emulator, and the clock each dialect goes by."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, fields
from typing import Any

DIALECTS = ("iam", "taurusdb", "fabric", "hoop", "bcc", "chat", "elsewhere")


@dataclass
class Settings:
    """Values of the `config` control; every one goes back to its default on `reset`."""

    #: Seconds that a dialect's clock is ahead of the true one: {"bcc": 3600}.
    clock_skew: dict[str, float] = field(default_factory=dict)
    #: Huawei: bad signatures in a row that are still forgiven, and how long a key is then locked.
    lock_after: int = 5
    lock_seconds: float = 300.0
    #: Seconds a token made by IAM lasts, and how long (characters) it is.
    token_lifetime: float = 86400.0
    token_size: int = 600
    #: Projects that IAM knows beside the usual two: [{"id": ..., "name": ...}].
    extra_projects: list[dict[str, str]] = field(default_factory=list)
    #: hoop: deepest offset, and where its counting ends.
    offset_cap: int = 10000
    #: hoop: scheme and host its download links name; "self" for the listener that was asked.
    download_host: str = "http://127.0.0.1:8009"
    link_lifetime: float = 300.0
    downloads_disabled: bool = False
    hoop_version: str = "1.148.0"
    #: hoop: path prefix under which the gateway is served, such as "/gw".
    base_path: str = ""
    #: hoop: sessions that begin in each second, from the first list on that is asked for.
    arrivals_per_second: float = 0.0
    #: hoop: value of X-New-Access-Token on every answer, when not empty.
    new_access_token: str = ""
    #: bcc: tolerate unknown keys and nulls in the list body, as the vendor's own client sends.
    lenient_body: bool = False
    #: Seconds each answer takes, by dialect; "*" is the rest.
    latency: dict[str, float] = field(default_factory=dict)
    #: TaurusDB: whether a download link is valid for one request after each time that it was listed, and how many bytes it brings
    #: (null: a short table).
    links_once: bool = False
    killed_size: int | None = None
    #: Answer a request like an earlier one (method and target) with the same bytes, unchecked and in no log: for benchmarks.
    replay: bool = False
    #: Where TaurusDB's download links lead; set once the listeners are up.
    storage_url: str = "https://download_link"

    def reset(self) -> None:
        """Every value back to its default; where the listeners are does not change."""
        storage_url = self.storage_url
        self.__init__()  # type: ignore[misc]
        self.storage_url = storage_url

    def change(self, values: dict[str, Any]) -> None:
        """Set some values; an unknown name is an error of the test that sent it."""
        known = {f.name for f in fields(self)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"unknown config {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        for name, value in values.items():
            setattr(self, name, value)

    def now(self, dialect: str) -> float:
        """The time this dialect believes it is, in seconds since the epoch."""
        return time.time() + self.clock_skew.get(dialect, 0.0)

    def delay(self, dialect: str) -> float:
        return self.latency.get(dialect, self.latency.get("*", 0.0))
