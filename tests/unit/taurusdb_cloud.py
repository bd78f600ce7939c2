# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloud with TaurusDB instances, which answers the two calls that an inventory makes."""

from __future__ import annotations

PROJECT = "054e292c9880d4992f02c0196d3ea468"
LIST = "/v3.1/%s/instances" % PROJECT
DETAILS = LIST + "/details"
BASE = {"region": "cn-north-4", "project_id": PROJECT, "token": "t0ken-of-someone"}


def instance(number, nodes=3, **more):
    """One instance, with all that both calls say of it."""
    ids = ["%030d%02dno07" % (number, node) for node in range(nodes)]
    return {
        "id": "%032din07" % number, "name": "db-%d" % number, "status": "normal", "region": "cn-north-4",
        "tags": [{"key": "env", "value": "prod"}], "node_count": nodes,
        "nodes": [{"id": each, "type": "slave" if place else "master", "name": "n"} for place, each in enumerate(ids)],
        **more,
    }


class Cloud:
    """Answers as the two calls do."""

    def __init__(self, fleet):
        self.fleet = fleet
        #: Changes the details of an instance.
        self.detail = lambda row: row

    def __call__(self, sent):
        if sent.path == LIST:
            offset, limit = int(sent.query["offset"]), int(sent.query["limit"])
            rows = [{name: value for name, value in row.items() if name not in ("nodes", "node_count")} for row in self.fleet]
            return {"total_count": len(rows), "instances": rows[offset : offset + limit]}
        ids = sent.query["instance_ids"].split(",")
        assert sent.path == DETAILS and 1 <= len(ids) <= 20
        found = [{name: row[name] for name in row if name not in ("region", "tags")} for row in self.fleet if row["id"] in ids]
        return {"instances": [row for row in map(self.detail, found) if row]}
