# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fifth source answers."""

from __future__ import annotations


def logins(count: int, host: str = "a") -> list[dict]:
    """Logins of a host, newest first."""
    return [
        {"loginId": "%s-%d" % (host, each), "beganAt": 1775000000 - each, "labels": {"userKey": each}}
        for each in range(count)
    ]


class Hosts:
    """Answers for the fifth source: so many logins per host."""

    def __init__(self, **counts: int) -> None:
        self.counts = counts

    def __call__(self, sent):
        if "/hosts/" not in sent.path:
            return self.details(sent)
        host = sent.path.split("/")[-2]
        rows = logins(self.counts[host], host)
        skip, take = int(sent.query["skip"]), int(sent.query["take"])
        return {"data": {"logins": rows[skip : skip + take], "count": len(rows)}}

    def details(self, sent):
        name = sent.path.rpartition("/")[2]
        commands = [{"commandText": "%s %d" % (name, each)} for each in range(3)]
        first = (int(sent.query["page"]) - 1) * int(sent.query["per"])
        return {"login": {
            "loginId": name, "exitCode": 0, "commandCount": 3,
            "commands": commands[first : first + int(sent.query["per"])],
        }}
