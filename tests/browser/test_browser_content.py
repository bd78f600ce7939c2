# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report shows: charts, figures, and a table that is sorted, searched and filtered."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from ansible_collections.opsaudit.sessions.tests.stores import look, sample

CHARTS = ("coverage", "timeline", "outcomes", "rates", "durations")
WHERE = "started_at >= %d AND started_at < %d" % (sample.BEGIN, sample.BEGIN + 30 * sample.DAY)
BERLIN = ZoneInfo("Europe/Berlin")


def number(report, condition="1 = 1"):
    return look.rows(report.store, "SELECT count(*) AS n FROM record WHERE %s AND %s" % (WHERE, condition))[0]["n"]


def shown_time(instant):
    return datetime.fromtimestamp(instant / 1000, timezone.utc).astimezone(BERLIN).strftime("%Y-%m-%d %H:%M:%S")


def instant(text):
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BERLIN).timestamp() * 1000)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_every_chart_is_drawn(open_page, report, width, scheme):
    page = open_page(report, width, scheme)
    assert [each.get_attribute("data-chart") for each in page.page.locator("[data-chart]").all()] == list(CHARTS)
    for name in CHARTS:
        assert page.colors(name) > 20, name
    assert page.find("coverage", "gap")["count"] > 200
    for name in ("timeline", "outcomes", "durations"):
        assert page.find(name, "success")["count"] > 200 and page.find(name, "failure")["count"] > 20, name
    assert page.find("rates", "killed")["count"] > 20
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width, "nothing is wider than the window"


def test_the_head_tells_what_is_missing(open_page, report):
    page = open_page(report)
    assert page.page.title() == page.page.locator("h1").inner_text() == "Access and jobs in March 2026"
    assert page.page.locator("#window").inner_text() == "2026-03-01 01:00:00 – 2026-03-31 02:00:00"
    assert "Not complete" in page.page.locator("#verdict").inner_text() and "2 gaps" in page.page.locator("#verdict").inner_text()
    page.page.get_by_text("Gaps as a table").click()
    cells = page.page.locator("details[open] tbody tr").all_inner_texts()
    assert len(cells) == 2 and "2026-03-13 01:00:00" in cells[1] and "1 d 6 h" in cells[1]


def test_a_report_without_gaps_says_so(open_page, made):
    page = open_page(made(sample.rows(50), sample.windows(missing=False)))
    assert page.page.locator("#verdict.good strong").inner_text() == "Complete"
    assert page.find("coverage", "gap")["count"] == 0 and page.find("coverage", "covered")["count"] > 200


def test_a_report_without_records_opens(open_page, made):
    page = open_page(made([], start_time=None, end_time=None))
    assert page.told == "No record matches these filters."
    assert page.page.locator("#verdict.bad").count() == 1


def test_the_table_has_the_records(open_page, report):
    page = open_page(report)
    rows = page.rows()
    kept = look.rows(report.store, "SELECT * FROM record WHERE %s ORDER BY started_at DESC" % WHERE)
    assert len(rows) == len(kept) == page.count == report.result["count"]
    assert {row[7] for row in rows} == {row["record_id"] for row in kept}
    by_id = {row["record_id"]: row for row in kept}
    for began, _took, outcome, _source, actor, target, what, record_id in rows:
        row = by_id[record_id]
        assert began == shown_time(row["started_at"])
        assert outcome.split("\n")[0].lower() == row["outcome"]
        assert (actor, target, what) == (row["actor"] or "", row["target"] or "", row["summary"] or row["kind"])
    assert [row[0] for row in rows] == [shown_time(row["started_at"]) for row in kept]


def test_sorting(open_page, report):
    page = open_page(report)
    for name in ("Actor", "Began", "Target"):
        head = page.page.locator("#table th", has_text=name)
        seen = []
        for _click in range(2):
            head.get_by_role("button").click()
            values = [value for value in page.column(name) if value]
            order = head.get_attribute("aria-sort")
            assert values == sorted(values, reverse=order == "descending")
            seen.append(order)
        assert sorted(seen) == ["ascending", "descending"]
    # By length, not by letter; those without one come last.
    page.page.locator("#table th", has_text="Took").get_by_role("button").click()
    longest = look.rows(report.store, "SELECT record_id FROM record WHERE %s AND ended_at - started_at = 43200000" % WHERE)
    assert page.column("ID")[0] in {row["record_id"] for row in longest} and page.column("Took")[0] == "12 h"
    assert page.column("Took")[-1] == ""


def test_searching_and_filtering(open_page, report):
    page = open_page(report)
    page.page.locator("#search").fill("ORDERS 40213")
    assert page.count == number(report, "summary LIKE '%40213%'") and page.chips == ["search: ORDERS 40213"]
    page.page.locator("#filter-outcome").select_option("failure")
    assert page.count == number(report, "summary LIKE '%40213%' AND outcome = 'failure'")
    page.page.locator("#search").fill("")
    assert page.count == number(report, "outcome = 'failure'")
    page.page.locator("#filter-source").select_option("bcc_action_run")
    assert page.count == number(report, "outcome = 'failure' AND source = 'bcc_action_run'")
    page.page.get_by_text("Remove all filters").click()
    assert page.count == report.result["count"] and page.chips == []
    page.page.locator("#search").fill("there is no such record")
    assert page.told == "No record matches these filters."


def test_pages_of_the_table(open_page, report):
    page = open_page(report)
    first = page.rows(everything=False)
    assert len(first) == 25 and page.told.startswith("1–25 of 1,")
    page.page.get_by_label("Next page").click()
    second = page.rows(everything=False)
    assert page.told.startswith("26–50 of 1,") and second[0] not in first
    page.page.get_by_label("Last page").click()
    assert page.page.get_by_label("Next page").is_disabled()


def test_a_click_on_a_bar_filters_the_table(open_page, report):
    page = open_page(report)
    page.click_color("outcomes", "failure")
    assert len(page.chips) == 2 and page.chips[0].startswith("day 2026-03-") and page.chips[1] == "failure"
    day = page.chips[0][4:]
    low, high = instant(day + " 00:00:00"), instant(day + " 23:59:59") + 1000
    assert page.count == number(report, "outcome = 'failure' AND started_at >= %d AND started_at < %d" % (low, high)) > 0
    assert {began[:10] for began in page.column("Began")} == {day}
    page.page.get_by_text("Remove all filters").click()
    page.click_color("durations", "success")
    assert 0 < page.count < report.result["count"] and len(page.chips) == 1


def test_lists_and_cards_filter_the_table(open_page, report):
    page = open_page(report)
    page.page.locator(".ranked button", has_text="ana.silva@example.com").click()
    assert page.chips == ["actor ana.silva@example.com"] and page.count == number(report, "actor = 'ana.silva@example.com'")
    page.page.locator(".card", has_text="blocked").click()
    assert page.count == number(report, "actor = 'ana.silva@example.com' AND outcome = 'blocked'")
    assert page.page.locator("#filter-outcome").input_value() == "blocked"


def test_a_shorter_time_on_the_timeline_filters_the_table(open_page, report):
    page = open_page(report)
    page.page.get_by_label("Zoom in").click()
    page.settle()
    [chip] = page.chips
    low, high = (instant(text) for text in chip.split(" – "))
    # The page rounds to the second.
    assert 0 <= page.count - number(report, "started_at < %d AND coalesce(ended_at, started_at) >= %d" % (high, low + 1000)) <= 2
    assert page.count < report.result["count"]
    wide = page.find("timeline", "success")["count"]
    for _click in range(4):
        page.page.get_by_label("Zoom in").click()
    page.settle()
    assert page.find("timeline", "success")["count"] != wide
    page.page.get_by_role("button", name="All", exact=True).click()
    page.settle()
    assert page.chips == [] and page.count == report.result["count"]
    # The same with the mouse: a window is drawn on the strip.
    box = page.chart("timeline").bounding_box()
    y = box["y"] + box["height"] - 20
    page.page.mouse.move(box["x"] + box["width"] * 0.3, y)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=5)
    page.page.mouse.up()
    page.settle()
    assert len(page.chips) == 1 and 0 < page.count < report.result["count"] / 2


def test_times_can_be_typed(open_page, report):
    page = open_page(report)
    page.page.locator("#filter-from").fill("2026-03-10T00:00:00")
    page.page.locator("#filter-to").fill("2026-03-11T00:00:00")
    low, high = instant("2026-03-10 00:00:00"), instant("2026-03-11 00:00:00")
    assert page.count == number(report, "started_at < %d AND coalesce(ended_at, started_at) >= %d" % (high, low))
    assert page.chips == ["2026-03-10 00:00:00 – 2026-03-11 00:00:00"]


def test_the_lanes_of_the_timeline_can_be_switched(open_page, report):
    page = open_page(report)
    heights = []
    for name in ("By actor", "By target", "By scope"):
        button = page.page.get_by_role("button", name=name)
        button.click()
        page.settle()
        assert button.get_attribute("aria-pressed") == "true"
        assert page.find("timeline", "success")["count"] > 200
        heights.append(page.page.locator("[data-chart=timeline]").bounding_box()["height"])
    assert heights[2] == 88 + 4 * 40


def test_figures_are_those_of_the_charts(open_page, report):
    page = open_page(report)
    page.page.get_by_text("Records by outcome and day as a table").click()
    rows = page.page.locator("details[open] tbody tr")
    # It is made when it is first opened.
    rows.first.wait_for()
    assert sum(int(each.split("\t")[-1]) for each in rows.all_inner_texts()) == report.result["count"]
    rows.nth(4).get_by_role("button").press("Enter")
    assert page.chips == ["day 2026-03-05"] and page.count == int(rows.nth(4).inner_text().split("\t")[-1])


def test_more_records_than_a_page_holds(open_page, made):
    report = made(sample.rows(20_000), sample.windows())
    page = open_page(report)
    assert report.path.stat().st_size <= 1_500_000
    told = page.page.get_by_text("5,000 of").first.inner_text()
    assert told.startswith("5,000 of {:,} records".format(report.result["count"])) and page.count == 5000
    wrong = number(report, "outcome IN ('failure', 'killed', 'blocked')")
    outcomes = [value.split("\n")[0].lower() for value in page.column("Outcome")]
    assert sum(value in ("failure", "killed", "blocked") for value in outcomes) == min(wrong, 5000)
    # The timeline has all of them.
    assert page.find("timeline", "success")["count"] > 1000
    page.click_color("timeline", "failure")
    assert len(page.chips) == 2 and page.chips[0].startswith("actor ")
