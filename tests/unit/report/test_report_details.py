# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole of records in a report: what a source sent, earlier versions; which records are in it, and what the store says of its seal."""

from __future__ import annotations

import json
import random
import sqlite3

import pytest
from reporting import data_of, done, failed, rows_of, unpack

from ansible_collections.opsaudit.sessions.plugins.module_utils._report import collect, details
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.schema import get_tables
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.stores import sample

BEGIN, HOUR = sample.BEGIN, sample.HOUR
LINK = "https://obs.example.com/killed.zip?AccessKeyId=AK&Signature=pre-s1gned"


def hoop(number, **values):
    return sample.row("hoop_session", number, **{"started_at": BEGIN + number * HOUR, "outcome": "success", **values})


def change(store, *statements):
    with open_store(store, lambda _secret: None, writes=True) as opened:
        opened.transact(lambda connection: [connection.execute(each) for each in statements] and None)


def test_details_are_what_is_in_the_store(any_store, tmp_path):
    raws = ['{"id":"%d","exit_code":12345678901234567890,"x":"%s"}' % (number, "\u2028</script>" * number) for number in range(120)]
    sample.fill(any_store, [hoop(number, raw=raw, target="orders %d" % number) for number, raw in enumerate(raws)])
    key = {"source": "hoop_session", "scope_key": sample.GATEWAY, "record_id": "hoop_session-000003", "content_hash": "0" * 64}
    change(any_store, *(get_tables().revision.insert().values(**key, from_time=BEGIN + each, until_time=BEGIN + each + 1, raw=str(each)) for each in range(7)))
    done(any_store, tmp_path / "r.html")
    found = unpack(data_of(tmp_path / "r.html"))
    assert {record_id: each["raw"] for record_id, each in found.items()} == {"hoop_session-%06d" % number: raw for number, raw in enumerate(raws)}
    assert found["hoop_session-000007"]["fields"] == {
        "source": "hoop_session", "scope": sample.GATEWAY, "record_id": "hoop_session-000007", "outcome": "success",
        "started_at": BEGIN + 7 * HOUR, "target": "orders 7",
    }
    one = found.pop("hoop_session-000003")
    assert [each["raw"] for each in one["revisions"]] == ["2", "3", "4", "5", "6"] and one["more_revisions"] == 2, "the newest"
    assert not any("revisions" in each for each in found.values())


def test_attachments_are_named_and_linked(tmp_path):
    store = str(tmp_path / "kept.db")
    sample.fill(store, [hoop(1)])
    key = {"source": "hoop_session", "scope_key": sample.GATEWAY, "record_id": "hoop_session-000001"}
    kept = {"state": "kept", "size": 12, "path": "hoop_session/2026-03/a b.recording.jsonl"}
    change(
        store, get_tables().attachment.insert().values(**key, name="recording", **kept),
        get_tables().attachment.insert().values(**key, name="input", state="kept", size=1, path="../out/of/it"),
        get_tables().attachment.insert().values(**key, name="killed_list", state="failed", error="503"),
    )
    pages = tmp_path / "pages"
    pages.mkdir()
    for dest in (pages / "r.html", pages):
        for folder, href in ((None, None), (str(tmp_path / "kept/"), "../kept/hoop_session/2026-03/a%20b.recording.jsonl")):
            result = done(store, dest, attachments=folder)
            [one] = unpack(data_of(pages / result["dest"])).values()
            assert one["attachments"] == [
                {"name": "input", "state": "kept", "size": 1, "href": None}, {"name": "killed_list", "state": "failed", "size": None, "href": None},
                {"name": "recording", "state": "kept", "size": 12, "href": href},
            ]
    assert failed(store, pages / "r.html", attachments="kept") == "attachments: 'kept' is not an absolute path"


def test_replays_are_linked(tmp_path):
    store = str(tmp_path / "kept.db")
    sample.fill(store, [hoop(1), hoop(2)])
    for number in (1, 2):
        for name in ("input", "recording"):
            change(store, get_tables().attachment.insert().values(
                source="hoop_session", scope_key=sample.GATEWAY, record_id="hoop_session-%06d" % number, name=name, state="kept", size=1,
                path="hoop_session/2026-03/x~%d.%s.jsonl" % (number, name),
            ))
    (tmp_path / "replay").mkdir()
    (tmp_path / "replay" / "x~1.html").write_text("page")
    done(store, tmp_path / "r.html", replays=str(tmp_path / "replay"))
    one, two = (unpack(data_of(tmp_path / "r.html"))["hoop_session-00000%d" % number]["attachments"] for number in (1, 2))
    assert one[0] == {"name": "replay", "state": "kept", "size": 4, "href": "replay/x~1.html"}
    assert [each["name"] for each in one[1:]] == [each["name"] for each in two] == ["input", "recording"]
    assert failed(store, tmp_path / "r.html", replays="x") == "replays: 'x' is not an absolute path"


def test_replays_are_linked_where_there_is_no_room_for_details(tmp_path, monkeypatch):
    store = str(tmp_path / "kept.db")
    sample.fill(store, [hoop(number) for number in range(40)])
    (tmp_path / "replay").mkdir()
    for number in range(40):
        # Most names are the record's id.
        name = "x~1" if number == 1 else "hoop_session-%06d" % number
        (tmp_path / "replay" / (name + ".html")).write_text("page")
        change(store, get_tables().attachment.insert().values(
            source="hoop_session", scope_key=sample.GATEWAY, record_id="hoop_session-%06d" % number, name="recording", state="kept", size=1,
            path="hoop_session/2026-03/%s.recording.jsonl" % name,
        ))
    monkeypatch.setattr(collect, "MOST", 30)
    monkeypatch.setattr(collect, "pack_details", lambda items, read: details.pack_details(items[:10], read))
    done(store, tmp_path / "r.html", replays=str(tmp_path / "replay"))
    data = data_of(tmp_path / "r.html")
    linked = {name: each["attachments"][0]["href"] for name, each in unpack(data).items()}
    assert len(linked) == 10
    for record_id, name in zip(data["columns"]["id"], data["columns"]["replay"]):
        assert bool(name) == (record_id not in linked)
        if name:
            linked[record_id] = data["replays"]["folder"] + (record_id if name == 1 else name) + ".html"
    assert len(linked) == 30 and all((tmp_path / href).is_file() for href in linked.values())
    assert data["replays"] == {"folder": "replay/", "more": 10}
    done(store, tmp_path / "r.html")
    assert data_of(tmp_path / "r.html")["replays"] is None


def test_a_signed_link_is_in_no_page(tmp_path):
    other = "https://git.example.com/x?page=2"
    raw = json.dumps({"download_link": LINK, "script": {"data": "open %s" % other}})
    store = str(tmp_path / "kept.db")
    sample.fill(store, [hoop(1, raw=raw)])
    done(store, tmp_path / "r.html")
    [one] = unpack(data_of(tmp_path / "r.html")).values()
    assert "pre-s1gned" not in one["raw"] and "https://obs.example.com/killed.zip?********" in one["raw"] and other in one["raw"]


def test_what_went_wrong_is_whole_first(tmp_path, monkeypatch):
    noise = random.Random(1)
    rows = [
        hoop(number, outcome="failure" if number % 50 == 0 else "success", raw=json.dumps(["%016x" % noise.getrandbits(64) for _each in range(900)]))
        for number in range(200)
    ]
    store = str(tmp_path / "kept.db")
    sample.fill(store, rows)
    result = done(store, tmp_path / "r.html")
    assert result["size"] < 1_500_000
    data = data_of(tmp_path / "r.html")
    found = unpack(data)
    assert {"hoop_session-%06d" % number for number in (0, 50, 100, 150)} < found.keys()
    assert details.PACK <= len(found) == data["details"]["records"] < 200
    assert sum(map(len, data["details"]["texts"])) <= details.ROOM


def test_a_large_record_is_cut():
    assert details.cut_raw("x" * 50_000) == "x" * (details.LONGEST - 1) + "\u2026"


def test_a_list_has_details_too(tmp_path):
    sessions = [{"id": "s%d" % number, "user": "ana", "start_date": "2026-03-04T00:00:00Z", "exit_code": number} for number in range(3)]
    done(None, tmp_path / "r.html", records=sessions, sources=["hoop_session"])
    assert json.loads(unpack(data_of(tmp_path / "r.html"))["s2"]["raw"]) == sessions[2]


@pytest.mark.parametrize(("where", "ids"), [
    ("raw.connection == 'orders'", ["2", "1"]), ("raw.connection == 'orders' && raw.exit_code > `1`", ["2"]), ("raw.labels.team", ["3"]),
    ("raw.exit_code == `9`", []), ("source == 'hoop_session' && record_id != '2'", ["3", "1"]),
])
def test_where_selects_records(tmp_path, monkeypatch, where, ids):
    sessions = [
        {"id": "1", "connection": "orders", "exit_code": 1}, {"id": "2", "connection": "orders", "exit_code": 2},
        {"id": "3", "connection": "billing", "exit_code": 0, "labels": {"team": "b"}},
    ]
    sessions = [{**each, "start_date": "2026-03-0%sT00:00:00Z" % each["id"]} for each in sessions]
    store = str(tmp_path / "kept.db")
    rows = [sample.row("hoop_session", 0, record_id=each["id"], started_at=BEGIN + int(each["id"]), raw=json.dumps(each)) for each in sessions]
    sample.fill(store, rows, sample.windows(missing=False))
    for name, given in (("a", {"store": store}), ("b", {"store": None, "records": sessions, "sources": ["hoop_session"]})):
        dest = tmp_path / (name + ".html")
        result = done(given.pop("store"), dest, where=where, **given)
        data = data_of(dest)
        assert result["count"] == data["totals"]["records"] == len(ids) and data["where"] == where
        assert [row["record_id"] for row in rows_of(data)] == ids
    assert done(store, tmp_path / "c.html", where=where)["complete"], "a part of what is complete"


def test_a_bad_where_is_refused(tmp_path):
    store = str(tmp_path / "kept.db")
    sample.fill(store, [hoop(1)])
    assert failed(store, tmp_path / "r.html", where="a ==").startswith("where: 'a ==' is not a JMESPath expression over a record (")
    assert "where: " in failed(store, tmp_path / "r.html", where="length(started_at)")
    assert not (tmp_path / "r.html").exists()


def test_an_altered_record_is_shown_as_it_is(tmp_path):
    store = str(tmp_path / "kept.db")
    sample.fill(store, [hoop(1)])
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE record SET raw = X'ff00'")
    done(store, tmp_path / "r.html")
    assert unpack(data_of(tmp_path / "r.html"))["hoop_session-000001"]["raw"] == "b'\\xff\\x00'"
    assert "a record of hoop_session is not as it was written" in failed(store, tmp_path / "r.html", where="actor == target")


def test_the_last_seal_is_reported_and_what_is_newer(tmp_path):
    store = str(tmp_path / "kept.db")
    sample.fill(store, [hoop(number, changed_at=BEGIN + number) for number in range(10)])
    done(store, tmp_path / "r.html")
    assert data_of(tmp_path / "r.html")["seal"] is None
    change(store, get_tables().store.update().values(seal_number=3, seal_sha256="a" * 64, sealed_at=BEGIN + 6))
    assert done(store, tmp_path / "r.html")["changed"]
    assert data_of(tmp_path / "r.html")["seal"] == {
        "number": 3, "sealed_at": BEGIN + 6, "sha256": "a" * 64, "verified_at": None, "signer": None, "wrong": None, "newer": 3,
    }
    done(store, tmp_path / "w.html", start_time=str(BEGIN), end_time=str(BEGIN + 8 * HOUR))
    assert data_of(tmp_path / "w.html")["seal"]["newer"] == 1, "of the report's own records"


def test_all_gaps_are_counted(tmp_path):
    store = str(tmp_path / "kept.db")
    sample.fill(store, [], [("hoop_session", BEGIN + each * HOUR, BEGIN + each * HOUR + 1000) for each in range(300)])
    result = done(store, tmp_path / "r.html", sources=["hoop_session"])
    data = data_of(tmp_path / "r.html")
    assert data["gap_count"] == len(result["gaps"]) == 299 > len(data["scopes"][0]["gaps"])


def test_scopes_come_with_gaps_first_then_retired_then_the_others(tmp_path):
    """The first ones are in the page, however many there are."""
    store = str(tmp_path / "kept.db")
    end = BEGIN + sample.DAY
    whole = [(source, BEGIN, end) for source in ("bcc_action_run", "hoop_session", "taurusdb_killed_session")]
    sample.fill(store, [], [*whole, ("dataarts_sql_session", BEGIN, end - HOUR)])
    with open_store(store, lambda secret: None, writes=True) as opened:
        scope = get_tables().scope
        opened.transact(lambda connection: connection.execute(scope.update().where(scope.c.source == "hoop_session").values(retired_at=end)))
    done(store, tmp_path / "r.html", start_time=str(BEGIN), end_time=str(end))
    assert [scope["source"] for scope in data_of(tmp_path / "r.html")["scopes"]] == [
        "dataarts_sql_session", "hoop_session", "taurusdb_killed_session", "bcc_action_run",
    ]


def test_names_are_cut_in_the_middle(tmp_path):
    names = ["arn:" + "x" * 300 + each for each in ("reader", "writer")]
    store = str(tmp_path / "kept.db")
    sample.fill(store, [hoop(number, target=name, actor=name) for number, name in enumerate(names)])
    done(store, tmp_path / "r.html")
    data = data_of(tmp_path / "r.html")
    for field in ("target", "actor"):
        shown = data["columns"][field]["words"]
        assert [len(each) for each in shown] == [200, 200] and {each[-6:] for each in shown} == {"reader", "writer"}
    assert {each["fields"]["target"] for each in unpack(data).values()} == set(names), "whole in the details"
