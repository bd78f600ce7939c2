# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a report: sorted, filtered, and the filters in the address."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.tests.browser.looking import WHERE, instant, number, shown_time
from ansible_collections.opsaudit.sessions.tests.stores import look, sample


def test_sorting(open_page, report):
    page = open_page(report)
    for name in ("Who", "Began", "Connection"):
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
    assert page.ids()[0] in {row["record_id"] for row in longest} and page.column("Took")[0] == "12 h"
    assert page.column("Took")[-1] == "" and page.page.locator("#filter-sort").input_value() == "-lasted"


def test_filtering(open_page, report):
    page = open_page(report)
    page.page.locator("#filter-text").fill("ORDERS 40213")
    assert page.count == number(report, "summary LIKE '%40213%'") and page.chips == ["text: ORDERS 40213"]
    page.page.locator("#filter-outcome").select_option("failure")
    assert page.count == number(report, "summary LIKE '%40213%' AND outcome = 'failure'")
    page.page.locator("#filter-text").fill("")
    assert page.count == number(report, "outcome = 'failure'")
    page.page.locator("#filter-source").select_option("bcc_action_run")
    assert page.count == number(report, "outcome = 'failure' AND source = 'bcc_action_run'")
    page.page.get_by_text("Remove all 2 filters").click()
    assert page.count == report.result["count"] and page.chips == []
    page.page.locator("#filter-outcome").select_option("failure,killed,blocked")
    assert page.count == number(report, "outcome IN ('failure', 'killed', 'blocked')") and page.chips == ["failure or killed or blocked"]
    page.page.locator("#filter-who").fill("ANA.")
    assert page.count == number(report, "outcome IN ('failure', 'killed', 'blocked') AND actor LIKE 'ana.%'")
    page.page.locator("#filter-who").fill("there is no such person")
    assert page.status_line == "No record matches these filters."


def test_a_name_that_is_a_records_is_meant_as_it_is(open_page, made):
    page = open_page(made(_named(("ana", 3), ("ana.silva", 4), ("joana", 5), (None, 6))))
    for typed, count in (("ana", 3), ("an", 12), ("Ana.Silva", 4), ("not named", 6)):
        page.page.locator("#filter-who").fill(typed)
        assert page.count == count, typed


def _named(*names):
    for place, (name, count) in enumerate(names):
        for index in range(count):
            yield sample.row("hoop_session", 100 * place + index, started_at=sample.BEGIN + index, actor=name, outcome="success")


def test_filters_are_in_the_address(open_page, report):
    page = open_page(report)
    page.page.locator("#filter-outcome").select_option("failure")
    page.page.locator("#filter-source").select_option("hoop_session")
    page.fill("who", "silva")
    page.fill("from", "2026-03-04 02:00")
    page.fill("to", "2026-03-20")
    page.page.locator("#table th", has_text="Who").get_by_role("button").click()
    page.page.get_by_role("button", name="By connection").click()
    address = "#who=silva&outcome=failure&source=hoop_session&from=2026-03-04+02%3A00&to=2026-03-20&sort=actor&lanes=target"
    page.page.wait_for_function("(address) => location.hash === address", arg=address)
    again = open_page(report, address=address)
    assert again.count == page.count > 0 and again.chips == page.chips and len(page.chips) == 5
    assert again.rows() == page.rows()
    assert again.page.locator("#filter-who").input_value() == "silva" and again.page.locator("#filter-from").input_value() == "2026-03-04 02:00"
    assert again.page.get_by_role("button", name="By connection").get_attribute("aria-pressed") == "true"
    # Another link in the same tab, and back.
    again.page.evaluate("() => { location.hash = '#outcome=blocked'; }")
    again.page.wait_for_function("() => document.querySelectorAll('#chips .chip').length === 1")
    assert again.count == number(report, "outcome = 'blocked'")
    again.page.evaluate("() => { location.hash = '#nothing=such&from=never&outcome='; }")
    again.page.wait_for_function("() => !document.querySelector('#chips .chip')")
    assert again.count == report.result["count"]


@pytest.mark.parametrize("typed", ["2026-03-10T00:00:00", "2026-03-10 00:00", "2026-03-10"])
def test_times_can_be_typed(open_page, report, typed):
    page = open_page(report)
    page.fill("from", typed)
    page.fill("to", "2026-03-11 00:00:00")
    low, high = instant("2026-03-10 00:00:00"), instant("2026-03-11 00:00:00")
    assert page.count == number(report, "started_at < %d AND coalesce(ended_at, started_at) >= %d" % (high, low))
    assert page.chips == ["from " + typed, "until 2026-03-11 00:00:00"]


@pytest.mark.parametrize("typed", ["10.3.2026", "2026-02-31", "2026-03-10 25:00", "yesterday"])
def test_what_is_no_time_is_reported(open_page, report, typed):
    page = open_page(report)
    page.fill("from", typed)
    assert "From: '%s' is not a time. Write it like 2026-03-04 02:00" % typed in page.page.locator("#time-problem").inner_text()
    assert page.page.locator("#filter-from").get_attribute("aria-invalid") == "true" and page.count == report.result["count"]
    page.fill("from", "2026-03-10")
    assert page.page.locator("#time-problem").inner_text() == "" and page.count < report.result["count"]


def test_pages_of_the_table(open_page, report):
    page = open_page(report)
    first = page.rows(everything=False)
    assert len(first) == 25 and page.status_line.startswith("1\u201325 of 1,")
    page.page.get_by_label("Next page").click()
    second = page.rows(everything=False)
    assert page.status_line.startswith("26\u201350 of 1,") and second[0] not in first
    page.page.get_by_label("Last page").click()
    assert page.page.get_by_label("Next page").is_disabled()


def test_times_are_those_of_the_zone(open_page, report):
    page = open_page(report)
    kept = look.rows(report.store, "SELECT started_at FROM record WHERE %s ORDER BY started_at DESC" % WHERE)
    assert page.column("Began") == [shown_time(row["started_at"]) for row in kept]


def test_a_click_on_a_column_filters_the_table(open_page, report):
    page = open_page(report)
    page.click_part("outcomes", "failure")
    assert len(page.chips) == 2 and page.chips[0] == "failure" and page.chips[1].startswith("began 2026-03-")
    day = page.chips[1][6:]
    low, high = instant(day + " 00:00:00"), instant(day + " 23:59:59") + 1000
    assert page.count == number(report, "outcome = 'failure' AND started_at >= %d AND started_at < %d" % (low, high)) > 0
    page.page.get_by_text("Remove all 2 filters").click()
    page.click_part("durations", "success")
    assert 0 < page.count < report.result["count"] and page.chips[1].startswith("took ")


def test_lists_and_numbers_filter_the_table(open_page, report):
    page = open_page(report)
    page.page.locator(".ranked button", has_text="ana.silva@example.com").click()
    assert page.chips == ["who: ana.silva@example.com"] and page.count == number(report, "actor = 'ana.silva@example.com'")
    page.page.locator(".card", has_text="Blocked").click()
    assert page.count == number(report, "actor = 'ana.silva@example.com' AND outcome = 'blocked'")
    assert page.page.locator("#filter-outcome").input_value() == "blocked"


def test_a_shorter_time_on_the_timeline_filters_the_table(open_page, report):
    page = open_page(report)
    marks = page.chart("timeline").locator(".mark")
    whole = marks.count()
    page.page.get_by_label("Zoom in").click()
    start, end = (chip.split(" ", 1)[1] for chip in page.chips)
    low, high = instant(start), instant(end)
    assert page.count == number(report, "started_at < %d AND coalesce(ended_at, started_at) >= %d" % (high, low)) < report.result["count"]
    for _click in range(4):
        page.page.get_by_label("Zoom in").click()
    assert 0 < marks.count() < whole
    page.page.get_by_role("button", name="All", exact=True).click()
    assert page.chips == [] and page.count == report.result["count"] and marks.count() == whole
    # The same with the mouse: a time is drawn over the lanes.
    plot = page.chart("timeline").locator(".plot").nth(6)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 4)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 6, steps=5)
    page.page.mouse.up()
    assert len(page.chips) == 2 and 0 < page.count < report.result["count"] / 2


def test_marks_weigh_the_same_and_count_all(open_page, report):
    page = open_page(report)
    marks = page.page.evaluate("""() => [...document.querySelectorAll('[data-chart=timeline] .mark')].map((mark) => {
      const box = (mark.querySelector('.cluster') ?? mark.querySelector('circle')).getBoundingClientRect();
      return [Math.round(box.width), Number(mark.querySelector('text')?.textContent ?? 1), Math.round(box.left)];
    })""")
    assert sum(number for _width, number, _left in marks) == report.result["count"]
    assert {width for width, number, _left in marks if number == 1} == {12} and {width for width, number, _left in marks if number > 1} == {20}
    # No two of a lane are on each other.
    lanes = page.page.evaluate("""() => [...document.querySelectorAll('[data-chart=timeline] .row')].map((row) =>
      [...row.querySelectorAll('.mark')].map((mark) => mark.getBoundingClientRect()).map((box) => [box.left, box.right]).sort((a, b) => a[0] - b[0]))""")
    assert max(map(len, lanes)) > 1
    for lane in lanes:
        assert all(left[1] <= right[0] + 0.5 for left, right in zip(lane, lane[1:]))
