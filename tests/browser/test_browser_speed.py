# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report of a million records: small, and soon on the screen of a slow machine."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._records.zone import Zone
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.counts.lanes import Lanes
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.counts.totals import Totals
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.data import Report, axis_of
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.details import Detail, pack_details
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.items import Item, Shown
from ansible_collections.opsaudit.sessions.plugins.module_utils._report.page import MOST, render_page
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.completeness import Span, list_proofs
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.ledger.returned import Exported
from ansible_collections.opsaudit.sessions.tests.stores import sample

MILLION, PEOPLE = 1_000_000, 100_000
#: Milliseconds, with a processor that is four times slower. The best of a few tries, because other work may be in the way.
SOON, TRIES = 1000, 5
RAW = '{"id":"%08x","script":{"data":"SELECT * FROM orders WHERE id = %d"},"labels":{"team":"t%d"}}'


def item(number):
    start = sample.BEGIN + number * 30 * sample.DAY // MILLION
    return Item(
        "hoop_session", sample.GATEWAY, "%08x-session" % (number * 2654435761 % 2**32), "database", "done",
        "failure" if number % 40 == 0 else "success",
        start, start + number % 100_000, "person%05d@example.com" % (number % PEOPLE), sample.DATABASES[number % 7],
        "SELECT * FROM orders WHERE id = %d" % number,
    )


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    window = Span(sample.BEGIN, sample.BEGIN + 30 * sample.DAY)
    totals, shown = Totals(Zone("Europe/Berlin"), *window), Shown(MOST)
    for number in range(MILLION):
        each = item(number)
        totals.add(each)
        shown.add(each)
    packs = pack_details(shown.newest(MOST), lambda items: {each.key: Detail(RAW % (hash(each.started_at), each.started_at, 1)) for each in items})
    exported = Exported("hoop_session", MILLION, list_proofs([], *window))
    report = Report("A million", Zone("Europe/Berlin"), window, ["hoop_session"], totals, shown, [exported], True)
    path = tmp_path_factory.mktemp("million") / "report.html"
    path.write_bytes(render_page(report._replace(lanes=Lanes(axis_of(report), totals).count(map(item, range(MILLION))), details=packs)))
    return SimpleNamespace(path=path)


def first_paint(chromium, path):
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready=true]", timeout=60_000)
    painted = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime")
    context.close()
    return painted


def test_a_million_records_are_soon_on_the_screen(chromium, million):
    assert million.path.stat().st_size <= 1_500_000
    times = []
    while not any(each < SOON for each in times) and len(times) < TRIES:
        times.append(first_paint(chromium, million.path))
    assert min(times) < SOON, times


def test_a_million_records_can_be_looked_at(open_page, million):
    page = open_page(million)
    assert "1,000,000" in page.page.locator(".card").first.inner_text() and "100,000 people" in page.page.locator(".card").first.inner_text()
    for name in ("By connection", "By scope", "By person"):
        page.page.get_by_role("button", name=name).click()
        page.settle()
        assert page.chart("timeline").locator(".mark").count() > 30
    page.page.locator("#filter-who").fill("person00040")
    assert 0 < page.count < 5000
    page.page.locator(".opener").first.click()
    assert '"team": "t1"' in page.details().inner_text()
