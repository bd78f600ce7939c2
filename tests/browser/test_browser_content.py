# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report shows: verdict, numbers, charts and figures."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.schema import get_tables
from ansible_collections.opsaudit.sessions.tests.browser.looking import number
from ansible_collections.opsaudit.sessions.tests.stores import look, sample

CHARTS = ("timeline", "outcomes", "rates", "durations")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (768, "light"), (1024, "dark"), (1440, "dark")])
def test_every_chart_is_drawn(open_page, report, width, scheme):
    page = open_page(report, width, scheme)
    assert [each.get_attribute("data-chart") for each in page.page.locator("[data-chart]").all()] == list(CHARTS)
    assert page.parts("timeline", "gap") == 2 and page.parts("timeline", "covered") == 5
    for name in ("timeline", "outcomes", "durations"):
        assert page.parts(name, "success") > 5 and page.parts(name, "failure") > 5, name
    assert page.chart("rates").locator("li").count() == 6
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width, "nothing is wider than the window"


def test_the_first_screen_says_what_is_missing(open_page, report):
    page = open_page(report)
    assert page.page.title() == page.page.locator("h1").inner_text() == "Access and jobs in March 2026"
    assert page.page.locator("#window").inner_text() == "2026-03-01 01:00 to 2026-03-31 02:00"
    verdict = page.page.locator("#verdict").inner_text()
    assert verdict.startswith("2 gaps: TaurusDB killing tasks of ") and "2026-03-27 01:00 to 2026-03-31 02:00 (4 d)" in verdict
    assert "hoop sessions of org hoop.example.com, 2026-03-13 01:00 to 2026-03-14 07:00 (1 d 6 h)" in verdict
    cells = page.page.locator("#gaps tbody tr").all_inner_texts()
    assert len(cells) == 2 and "2026-03-13 01:00:00" in cells[1] and "1 d 6 h" in cells[1]
    assert page.page.locator("#seal").inner_text() == "Not sealed."
    cards = page.page.locator(".card").all_inner_texts()
    assert len(cards) == 5 and cards[0].split("\n")[:2] == ["Records", "{:,}".format(report.result["count"])]


@pytest.mark.parametrize("width", [390, 1440])
def test_the_verdict_is_on_the_first_screen(open_page, report, width):
    page = open_page(report, width, height=844)
    for name in ("#verdict", "#seal", "#window", ".card >> nth=4"):
        box = page.page.locator(name).bounding_box()
        assert box["y"] + box["height"] < 844, name


def test_a_report_without_gaps_says_so(open_page, made):
    page = open_page(made(sample.rows(50), sample.windows(missing=False)))
    assert page.page.locator("#verdict.good").inner_text() == "Complete. 4 sources, 4 scopes, 50 records."
    assert page.parts("timeline", "gap") == 0 and page.parts("timeline", "covered") == 4 and page.page.locator("#gaps").count() == 0


def test_a_report_without_records_opens(open_page, made):
    page = open_page(made([], start_time=None, end_time=None))
    assert page.status_line == "No record matches these filters."
    assert page.page.locator("#timeline").count() == 0, "there is no time to draw"
    assert "of which nothing was archived, at any time" in page.page.locator("#verdict.bad").inner_text()


def test_a_list_says_what_it_cannot_know(open_page, made):
    sessions = [{"id": "s%d" % each, "user": "ana", "start_date": "2026-03-04T00:0%d:00Z" % each, "status": "done"} for each in range(3)]
    page = open_page(made([], store=None, records=sessions, sources=["hoop_session"]))
    verdict = page.page.locator("#verdict.bad").inner_text()
    assert verdict.startswith("Not provable.") and "a list of 3 records, not from a store" in verdict and "no proof" in verdict
    assert page.page.locator("#seal").count() == 0 and page.parts("timeline", "covered") == 0
    assert '"user": "ana"' in page.open("s0").inner_text()


def test_a_seal_is_reported_and_not_called_verified(open_page, made):
    page = open_page(made(sample.rows(40), sample.windows(missing=False), sealed=(7, sample.BEGIN + sample.DAY)))
    seal = page.page.locator("#seal")
    assert seal.inner_text().startswith("Sealed on 2026-03-02 as number 7, says the store; not verified here.")
    seal.locator("summary").click()
    commands = seal.locator("pre").inner_text()
    assert "sha256sum 000007.json   # %s\n" % ("0" * 64) in commands and "session_seal -a 'store=STORE dest=SEALS verify=true" in commands
    page = open_page(made(sample.rows(40), sealed=(7, sample.BEGIN - sample.DAY)))
    assert page.page.locator("#seal").inner_text().startswith(
        "Sealed on 2026-02-28 as number 7, says the store; not verified here. 40 records of this report are newer than that."
    )


@pytest.mark.parametrize(("more", "kind", "text"), [
    ({"signature": {"principal": "audit@example.com", "key": "SHA256:abc"}}, "good",
     "Sealed by audit@example.com (SHA256:abc) on 2026-03-02 as number 7; verified on 2026-03-03 00:01."),
    ({}, "neutral", "Sealed on 2026-03-02 as number 7; verified on 2026-03-03 00:01, but not who signed it."),
    ({"altered": [1, 2], "broken": [1]}, "bad",
     "The store is not as it was sealed: 2 records altered, 1 fault of the chain of seals (verified on 2026-03-03 00:01)."),
    ({"removed": [1]}, "bad", "The store is not as it was sealed: 1 record removed (verified on 2026-03-03 00:01)."),
])
def test_a_verification_is_reported(open_page, made, more, kind, text):
    found = {
        "number": 7, "statement_sha256": "0" * 64, "sealed_at": "2026-03-02T00:00:00Z", "verified_at": "2026-03-03T00:01:00Z", "signature": None,
        "altered": [], "removed": [], "broken": [], **more,
    }
    page = open_page(made(sample.rows(40), sample.windows(missing=False), sealed=(7, sample.BEGIN + sample.DAY), seal=found))
    assert page.page.locator("#seal.%s" % kind).inner_text().startswith(text)


def prune(source, before, records, reason):
    values = {"records": records, "pruned_at": sample.BEGIN + 9 * sample.DAY, "digest": "0" * 64, "state": "done", "reason": reason}
    return get_tables().pruned.insert().values(source=source, scope_key=sample.SCOPES[source], before_time=before, **values)


def life(source, **values):
    scope = get_tables().scope
    return sa.update(scope).where(scope.c.source == source).values(**values)


def test_what_was_pruned_or_retired_is_shown(open_page, made):
    changes = [
        prune("taurusdb_killed_session", sample.BEGIN + sample.DAY, 4211, "kept for 30 days"), life("taurusdb_killed_session", label="orders-db node 2"),
        life("bcc_action_run", retired_at=sample.BEGIN + sample.DAY, label="old account"),
    ]
    page = open_page(made(sample.rows(40), sample.windows(), changes=changes))
    [pruned], [retired] = page.page.locator("li.pruned").all_inner_texts(), page.page.locator("li.retired").all_inner_texts()
    assert pruned == (
        "Pruned on 2026-03-10: 4,211 records before 2026-03-02 of TaurusDB killing tasks, orders-db node 2. Reason: kept for 30 days"
    )
    assert retired == "Retired on 2026-03-02: Baidu action runs, old account."
    assert "orders-db node 2, 2026-03-27" in page.page.locator("#verdict").inner_text()
    page.page.get_by_role("button", name="By scope").click()
    lanes = page.page.locator("[data-chart=timeline] button.lane").all_inner_texts()
    assert {"orders-db node 2", "old account"} <= {each.split("\n")[0] for each in lanes}


def test_what_only_lacks_pruned_records_is_neither_complete_nor_red(open_page, made):
    windows = [("hoop_session", sample.BEGIN + sample.DAY, sample.BEGIN + 30 * sample.DAY)]
    changes = [prune("hoop_session", sample.BEGIN + sample.DAY, 12, None), life("hoop_session", label="gateway prod")]
    report = made(sample.rows(40), windows, sources=["hoop_session"], changes=changes)
    assert report.result["complete"] is False and report.result["gaps"] == []
    page = open_page(report)
    assert page.page.locator("#verdict.neutral").inner_text().startswith("No gap.")
    assert page.page.locator("li.pruned").inner_text() == "Pruned on 2026-03-10: 12 records before 2026-03-02 of hoop sessions, gateway prod."
    assert page.parts("timeline", "pruned") == 1 and page.parts("timeline", "gap") == 0


def test_figures_are_those_of_the_charts(open_page, report):
    page = open_page(report)
    page.page.get_by_text("Records by outcome and day as a table").click()
    rows = page.page.locator("details[open] tbody tr")
    # It is made when it is first opened.
    rows.first.wait_for()
    assert sum(int(each.split("\t")[-1]) for each in rows.all_inner_texts()) == report.result["count"]
    rows.nth(4).get_by_role("button").press("Enter")
    assert page.chips == ["began 2026-03-05"] and page.count == int(rows.nth(4).inner_text().split("\t")[-1])


def test_rates_are_counts_with_their_share(open_page, made):
    # Records in March and May of a year; none in April.
    rows = [
        sample.row("hoop_session", index, started_at=sample.BEGIN + (index % 2) * 61 * sample.DAY, outcome="failure" if index % 4 == 0 else "success")
        for index in range(40)
    ]
    page = open_page(made(rows, start_time=str(sample.BEGIN), end_time=str(sample.BEGIN + 500 * sample.DAY)))
    lines = page.chart("rates").locator("li").all_inner_texts()
    assert [each.split() for each in lines] == [["2026-03", "50", "%", "10", "of", "20"], ["2026-05", "0", "%", "0", "of", "20"]]
    assert "No records, so no rate: 2026-04, 2026-06" in page.chart("rates").inner_text()
    assert page.page.locator("polyline, [data-chart=rates] path").count() == 0
    # The empty month is a place on the axis, as wide as any other.
    xs = page.page.evaluate("() => [...document.querySelectorAll('[data-chart=outcomes] .bar')].map((bar) => Number(bar.getAttribute('x')))")
    assert len(xs) == 3 and xs[2] - xs[0] > 1.9 * page.page.evaluate("() => document.querySelector('[data-chart=outcomes] .bar').width.baseVal.value")


def test_an_absurd_year_is_on_no_axis(open_page, made):
    rows = [sample.row("hoop_session", index, started_at=start) for index, start in enumerate((-62135596800000, sample.BEGIN, 253402300799000))]
    page = open_page(made(rows, start_time=None, end_time=None))
    ticks = page.chart("timeline").locator(".tick").all_text_contents()
    assert ticks == ["03-01", "00:00:01"]
    assert "2 records without a plausible start are not on it." in page.page.locator("#timeline").inner_text()
    assert page.count == 3


def test_more_records_than_a_page_holds(open_page, made):
    report = made(sample.rows(20_000), sample.windows())
    page = open_page(report)
    assert report.path.stat().st_size <= 1_500_000
    reported = page.page.get_by_text("5,000 of").first.inner_text()
    assert reported.startswith("5,000 of {:,} records".format(report.result["count"])) and page.count == 5000
    wrong = number(report, "outcome IN ('failure', 'killed', 'blocked')")
    outcomes = [value.split("\n")[0].lower() for value in page.column("Outcome")]
    assert sum(value in ("failure", "killed", "blocked") for value in outcomes) == min(wrong, 5000)
    # The timeline has all of them, in whatever lanes.
    lanes = "() => [...document.querySelectorAll('[data-chart=timeline] .row:not(.strip) .lane .hidden')].map((each) => each.textContent)"
    for name in ("By person", "By connection", "By scope", "By person"):
        page.page.get_by_role("button", name=name).click()
        page.settle()
        reported = page.page.evaluate(lanes)
        assert sum(int(each.strip(": ").split()[0].replace(",", "")) for each in reported) == report.result["count"], name
        assert page.chart("timeline").locator(".mark").count() > 50
    page.click_part("timeline", "failure")
    assert page.chips[0].startswith("who: ") and page.chips[1].startswith("from ") and page.chips[2].startswith("until ")


def test_the_table_has_the_records(open_page, report):
    page = open_page(report)
    rows, ids = page.rows(), page.ids()
    kept = {row["record_id"]: row for row in look.rows(report.store, "SELECT * FROM record")}
    assert len(rows) == page.count == report.result["count"] and len(set(ids)) == len(ids)
    for record_id, (_began, _took, outcome, actor, target, what, _source) in zip(ids, rows):
        row = kept[record_id]
        assert outcome.split("\n")[0].lower() == row["outcome"]
        assert (actor, target, what) == (row["actor"] or "", row["target"] or "", row["summary"] or row["kind"])
