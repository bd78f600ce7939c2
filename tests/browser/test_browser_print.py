# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report on paper: what matters on a few pages, or all of it."""

from __future__ import annotations

import re

from ansible_collections.opsaudit.sessions.tests.stores import sample


def pages_of(paper):
    return len(re.findall(rb"/Type\s*/Page\b", paper))


def test_printing(open_page, report):
    page = open_page(report, scheme="dark")
    page.page.emulate_media(media="print")
    page.settle()
    assert not page.page.locator(".filters").is_visible() and not page.page.get_by_role("button", name="Print").is_visible()
    outcomes = [value.split("\n")[0].lower() for value in page.column("Outcome", everything=False)]
    assert len(outcomes) == 50 and set(outcomes) == {"failure", "killed", "blocked"}
    assert page.page.locator("html").get_attribute("data-theme") == "light"
    for name in ("#verdict", "#seal", "#gaps", "[data-chart=timeline]"):
        assert page.page.locator(name).is_visible(), name
    page.page.emulate_media(media="screen")
    page.settle()
    assert len(page.rows(everything=False)) == 25 and page.page.locator("html").get_attribute("data-theme") is None


def test_a_thousand_records_are_at_most_four_pages(open_page, made):
    gaps = [("hoop_session", sample.BEGIN + each * sample.DAY, sample.BEGIN + each * sample.DAY + 20 * sample.HOUR) for each in range(11)]
    report = made(sample.rows(1000), [*sample.windows()[2:], *gaps], title="x " * 90)
    page = open_page(report, width=390)
    assert len(report.result["gaps"]) == 12
    assert 2 <= pages_of(page.page.pdf(prefer_css_page_size=True)) <= 4


def test_all_of_it_is_an_option(open_page, made):
    page = open_page(made(sample.rows(300), sample.windows()))
    page.page.locator("#print-all").check()
    page.page.emulate_media(media="print")
    page.settle()
    assert len(page.rows(everything=False)) == page.made.result["count"]
    page.page.emulate_media(media="screen")
    page.settle()
    assert pages_of(page.page.pdf(prefer_css_page_size=True)) > 4
