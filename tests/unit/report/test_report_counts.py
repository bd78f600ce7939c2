# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report counts, held against what SQL counts, and how it cuts time into parts."""

from __future__ import annotations

import json
import tracemalloc
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting import HOSTILE, data_of, done, rows_of

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._records.zone import Zone
from ansible_collections.opsaudit.sessions.plugins.module_utils._report import collect as report_collect
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.columns import encode_columns
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.counts.periods import Periods
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.counts.totals import EDGES, Totals
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.data import Report, axis_of
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.items import OUTCOMES, Item, Shown
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.completeness import Span
from ansible_collections.opsaudit.sessions.tests.stores import look, sample

UTC = Zone("UTC")
DAY, HOUR, BEGIN = sample.DAY, sample.HOUR, sample.BEGIN
WINDOW = {"start_time": str(BEGIN + 3 * DAY), "end_time": str(BEGIN + 20 * DAY)}
WHERE = "(started_at IS NULL OR started_at >= %s AND started_at < %s)" % (WINDOW["start_time"], WINDOW["end_time"])


LINK = "https://obs.example.com/killed.zip?AccessKeyId=AK&Signature=pre-s1gned"
TYPED = "typed-and-n0t-shown"


def item(number, **more):
    values = {**dict.fromkeys(Item._fields), "source": "hoop_session", "scope": "s", "record_id": "r%05d" % number, "outcome": "success"}
    return Item(**{**values, "started_at": BEGIN + number * HOUR, **more})


def mixed(count):
    """Records of all four sources, and every tenth of them is hostile; all have secrets where only the source had put them."""
    for number, row in enumerate(sample.rows(count)):
        if number % 10 == 0:
            text = HOSTILE[number // 10 % len(HOSTILE)]
            row.update(actor=text, target=text, summary=text, state=text[:60])
        yield {**row, "raw": json.dumps({"download_link": LINK, "typed": "export TOKEN=" + TYPED})}


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """A store of 5,000 records, some without a time, and the data of a report on a part of it."""
    folder = tmp_path_factory.mktemp("reported")
    store = str(folder / "kept.db")
    untimed = [sample.row("bcc_action_run", 90000 + number, outcome="failure", target="web-01") for number in range(7)]
    sample.fill(store, [*mixed(4993), *untimed], sample.windows())
    result = done(store, folder / "r.html", **WINDOW)
    return store, result, data_of(folder / "r.html")


def test_five_thousand_records_are_one_small_file_without_secrets(reported, tmp_path):
    result = done(reported[0], tmp_path / "r.html")
    assert (result["count"], data_of(tmp_path / "r.html")["shown"]) == (5000, 5000)
    assert result["size"] <= 1_500_000
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "pre-s1gned" not in page and TYPED not in page


def counted(store, column):
    rows = look.rows(store, "SELECT %s AS name, outcome, count(*) AS n FROM record WHERE %s GROUP BY %s, outcome" % (column, WHERE, column))
    counts = {}
    for each in rows:
        counts.setdefault(each["name"], [0] * len(OUTCOMES))[OUTCOMES.index(each["outcome"])] = each["n"]
    return counts


def test_totals_are_what_sql_counts(reported):
    store, result, data = reported
    totals = data["totals"]
    [whole] = look.rows(store, "SELECT count(*) AS n FROM record WHERE " + WHERE)
    assert result["count"] == totals["records"] == whole["n"] > 2500
    assert totals["sources"] == counted(store, "source")
    assert totals["outcomes"] == counted(store, "'all'")["all"]


@pytest.mark.parametrize(("name", "column"), [("actor", "actor"), ("target", "target"), ("scope", "scope_key")])
def test_the_most_frequent_are_what_sql_counts(reported, name, column):
    store, _result, data = reported
    counts = counted(store, column)
    unnamed = sum(counts.pop(None, ()))
    order = sorted(counts.items(), key=lambda each: (-sum(each[1]), each[0]))
    assert data["totals"]["ranked"][name] == {
        "distinct": len(counts), "unnamed": unnamed, "most": [[value, numbers] for value, numbers in order[:10]],
    }
    assert (unnamed > 0) == (name == "actor")


def test_periods_are_what_sql_counts(reported):
    store, _result, data = reported
    counts = counted(store, "(started_at / %d) * %d" % (DAY, DAY))
    periods = data["totals"]["periods"]
    assert periods["unit"] == "day" and len(periods["starts"]) == 17
    assert (periods["starts"][0], periods["end"]) == (BEGIN + 3 * DAY, BEGIN + 20 * DAY)
    assert dict(zip(periods["starts"], periods["counts"])) == {
        start: counts.get(start, [0] * len(OUTCOMES)) for start in periods["starts"]
    }
    assert counts[None][1] == 7, "those without a time are in no period"


def test_durations_are_what_sql_counts(reported):
    store, _result, data = reported
    for index, counts in enumerate(data["totals"]["durations"]["counts"]):
        low = 0 if index == 0 else EDGES[index - 1]
        high = EDGES[index] if index < len(EDGES) else 10**15
        found = look.rows(
            store, "SELECT count(*) AS n FROM record WHERE %s AND ended_at - started_at >= %d AND ended_at - started_at < %d" % (WHERE, low, high)
        )
        assert found[0]["n"] == sum(counts)


def test_records_come_back_from_their_columns(reported):
    store, _result, data = reported
    names = "source, scope_key AS scope, record_id, kind, state, outcome, started_at, ended_at, actor, target, summary"
    kept = look.rows(store, "SELECT %s FROM record WHERE %s" % (names, WHERE))
    by_id = {row["record_id"]: row for row in kept}
    listed = rows_of(data)
    assert len(listed) == data["shown"] == len(kept)
    # Without a beginning nothing says how long a record took, nor when it ended.
    assert {row["record_id"]: row for row in listed} == by_id
    times = [row["started_at"] for row in listed]
    assert times[-7:] == [None] * 7 and times[:-7] == sorted(times[:-7], reverse=True)


WORDS = st.one_of(st.none(), st.text(max_size=8), st.sampled_from(["a", "b"]))
TIMES = st.one_of(st.none(), st.integers(min_value=-10**12, max_value=10**13))


@given(st.lists(st.tuples(WORDS, WORDS, TIMES, TIMES), max_size=20))
def test_any_columns_can_be_decoded(values):
    items = [
        item(index, actor=actor, summary=summary, started_at=start, ended_at=end if start is not None else None)
        for index, (actor, summary, start, end) in enumerate(values)
    ]
    rows = rows_of({"columns": encode_columns(items, 200)})
    assert [Item(**row) for row in rows] == items


def test_a_long_text_is_cut():
    [row] = rows_of({"columns": encode_columns([item(0, summary="x" * 300, actor="y" * 40)], 40)})
    assert row["summary"] == "x" * 39 + "\u2026" and row["actor"] == "y" * 40


def test_what_went_wrong_is_shown_before_what_is_new():
    shown = Shown(10)
    items = [item(number, outcome="failure" if number % 100 == 0 else "success") for number in range(500)]
    for each in reversed(items):
        shown.add(each)
    assert [each.record_id for each in shown.newest(10)] == ["r%05d" % number for number in (499, 498, 497, 496, 495, 400, 300, 200, 100, 0)]
    assert [each.record_id for each in shown.newest(2)] == ["r00400", "r00300"]


def test_the_order_of_records_is_of_no_importance():
    items = [item(number % 7, record_id="r%d" % number, outcome=OUTCOMES[number % 6]) for number in range(200)]
    drawn = []
    for order in (items, items[::-1]):
        shown, totals = Shown(20), Totals(UTC, None, None)
        for each in order:
            shown.add(each)
            totals.add(each)
        drawn.append((shown.newest(20), totals.as_dict(), totals.ranked("actor")))
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(("hours", "unit"), [(0, "hour"), (71, "hour"), (72, "day"), (399 * 24, "day"), (401 * 24, "month"), (24 * 365 * 50, "year")])
def test_the_longer_the_time_the_longer_a_period(hours, unit):
    for order in (1, -1):
        periods = Periods(UTC, None, None)
        for began in (BEGIN, BEGIN + hours * HOUR)[::order]:
            periods.add(began, 0)
        parts = periods.as_dict()
        assert parts["unit"] == unit
        assert sum(counts[0] for counts in parts["counts"]) == 2
        assert parts["counts"][0][0] and parts["counts"][-1][0]
        assert parts["starts"] == sorted(parts["starts"]) and parts["starts"][0] <= BEGIN and parts["end"] > BEGIN + hours * HOUR


@pytest.mark.parametrize("zone", [UTC, Zone("America/New_York"), Zone("Asia/Tokyo")])
@pytest.mark.parametrize("window", [(None, None), (-62135596800000, 253402300799000)])
def test_an_absurd_year_is_on_no_axis(zone, window):
    totals = Totals(zone, *window)
    for number, began in enumerate((-62135596800000, 0, BEGIN, BEGIN + HOUR, 253402300799000)):
        totals.add(item(number, started_at=began, ended_at=253402300799000))
    assert totals.records == 5 and totals.undated == 3
    assert (totals.first, totals.last) == (BEGIN, BEGIN + HOUR)
    assert [counts[0] for counts in totals.periods.as_dict()["counts"]] == [1, 1]
    report = Report("t", zone, Span(*window), ["hoop_session"], totals, Shown(1), [], True)
    assert axis_of(report) == (BEGIN, BEGIN + HOUR)


def test_a_month_without_records_is_a_period():
    periods = Periods(UTC, None, None)
    for began in (BEGIN, BEGIN + 700 * DAY):
        periods.add(began, 0)
    counts = [each[0] for each in periods.as_dict()["counts"]]
    assert counts == [1, *[0] * 21, 1], "it is not left out"


def test_the_window_has_periods_without_records():
    assert len(Periods(UTC, BEGIN, BEGIN + 30 * DAY).as_dict()["starts"]) == 30
    assert Periods(UTC, None, None).as_dict()["starts"] == []


def test_a_day_is_one_of_the_zone():
    berlin = Zone("Europe/Berlin")
    periods = Periods(berlin, None, None)
    # The clocks go forward on 2026-03-29: that day has 23 hours.
    for text in ("2026-03-27T22:59:59", "2026-03-28T23:00:00", "2026-03-29T21:59:59", "2026-03-29T22:00:00", "2026-04-03T00:00:00"):
        periods.add(int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp() * 1000), 0)
    said = periods.as_dict()
    days = {datetime.fromtimestamp(start / 1000, timezone.utc).date().isoformat(): counts[0] for start, counts in zip(said["starts"], said["counts"])}
    assert {name: count for name, count in days.items() if count} == {"2026-03-27": 1, "2026-03-29": 2, "2026-03-30": 1, "2026-04-03": 1}


@pytest.mark.parametrize("name", ["Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca"])
def test_the_changes_of_a_zone_are_the_databases(name):
    zone = Zone(name)
    first, last = BEGIN - 700 * DAY, BEGIN + 700 * DAY
    changes = zone.changes(first, last)
    for instant in range(first, last, 5 * HOUR + 7):
        real = datetime.fromtimestamp(instant / 1000, ZoneInfo(name)).utcoffset().total_seconds() * 1000
        assert [offset for start, offset in changes if start <= instant or start == changes[0][0]][-1] == real == zone.offset(instant)


@pytest.mark.parametrize("name", ["Nowhere", "Europe", "/etc/localtime", "../UTC", "", "Europe/Berlin\0"])
def test_an_unknown_zone_is_reported(name):
    with pytest.raises(OptionError, match="timezone: .* is not an IANA time zone \\(for example Europe/Berlin"):
        Zone(name)


def test_counting_takes_no_memory():
    people = ["p%d" % number for number in range(50)]
    totals, shown = Totals(UTC, None, None), Shown(100)

    def count(first, last):
        for number in range(first, last):
            each = item(number % 5000, record_id="r%d" % number, actor=people[number % 50], ended_at=BEGIN + 9000 * HOUR)
            totals.add(each)
            shown.add(each)

    tracemalloc.start()
    count(0, 5000)
    before = tracemalloc.get_traced_memory()[0]
    count(5000, 15000)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 100_000
    assert totals.records == 15000


def test_lanes_are_what_sql_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(report_collect, "MOST", 50)
    store = str(tmp_path / "kept.db")
    people = [sample.row("hoop_session", 90000 + number, started_at=BEGIN + 5 * DAY, actor="p%03d" % number) for number in range(40)]
    sample.fill(store, [*sample.rows(900), *people])
    done(store, tmp_path / "r.html", **WINDOW)
    data = data_of(tmp_path / "r.html")
    assert data["shown"] == 50 < data["totals"]["records"]
    first, last = int(WINDOW["start_time"]), int(WINDOW["end_time"])
    for name, column in (("actor", "actor"), ("target", "target"), ("scope", "scope_key")):
        lanes = data["lanes"]["fields"][name]
        cell = "(started_at - %d) * %d / %d" % (first, data["lanes"]["cells"], last - first)
        kept = look.rows(store, "SELECT %s AS name, %s AS cell, outcome, count(*) AS n FROM record WHERE %s GROUP BY 1, 2, 3" % (column, cell, WHERE))
        wanted = {}
        for each in kept:
            names = lanes["names"]
            lane = data["lanes"]["unnamed"] if each["name"] is None else names.index(each["name"]) if each["name"] in names else data["lanes"]["others"]
            counts = wanted.setdefault((lane, each["cell"]), [0] * len(OUTCOMES))
            counts[OUTCOMES.index(each["outcome"])] += each["n"]
        assert {(lane, cell): counts for lane, cell, *counts in lanes["counts"]} == wanted
    assert len(data["lanes"]["fields"]["actor"]["names"]) == 19 and data["lanes"]["fields"]["actor"]["others"] == 14 + 40 - 19
    done(store, tmp_path / "again.html", **WINDOW)
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "r.html").read_bytes()


def test_a_long_list_has_lanes_too(tmp_path, monkeypatch):
    monkeypatch.setattr(report_collect, "MOST", 5)
    sessions = [{"id": "s%d" % number, "user": "ana", "start_date": "2026-03-04T00:%02d:00Z" % number} for number in range(30)]
    done(None, tmp_path / "r.html", records=sessions, sources=["hoop_session"])
    data = data_of(tmp_path / "r.html")
    assert data["shown"] == 5 and data["totals"]["records"] == 30
    assert sum(sum(counts) for _lane, _cell, *counts in data["lanes"]["fields"]["actor"]["counts"]) == 30
