# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can use a report, on what, and what no record can do in it."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest

from ansible_collections.opsaudit.sessions.tests.stores import sample

HOSTILE = (
    "</script><script>window.hacked = 1; alert(1)</script>", "<img src=x onerror='window.hacked = 1'>", "<svg onload=alert(1)>", "{a|b}{hacked|1}",
    "<style>*{display:none}</style>", "<a href='javascript:alert(1)'>click</a>", "<!--", "\u2028window.hacked = 1", "__proto__", "constructor",
    "<iframe srcdoc='<script>alert(1)</script>'>", "${alert(1)}", "\u202eresu", "&lt;script&gt;", "'\"`",
)

#: Click what there is, though clicks make others of it.
CLICK_ALL = "(what) => { for (const each of document.querySelectorAll(what)) each.dispatchEvent(new MouseEvent('click', { bubbles: true })); }"


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark"), (768, "light")])
def test_axe_finds_nothing(open_page, report, width, scheme):
    page = open_page(report, width, scheme)
    page.page.locator("#filter-outcome").select_option("failure")
    page.page.locator("#filter-text").fill("a")
    page.fill("from", "never")
    page.page.locator(".opener").first.click()
    page.details()
    assert page.violations() == {}


def test_the_keyboard_is_enough(open_page, report):
    page = open_page(report)
    seen = []
    for _step in range(140):
        page.page.keyboard.press("Tab")
        name = page.page.evaluate(
            "() => { const at = document.activeElement; return at.getAttribute('aria-label') || at.id || at.textContent.trim().slice(0, 30); }"
        )
        if name in seen[-1:] and name == "":
            break
        seen.append(name)
        if name == "Zoom in":
            page.page.keyboard.press("Enter")
        if name == "Connection":
            page.page.keyboard.press("Space")
        if name.startswith("Details of the record") and "opened" not in seen:
            page.page.keyboard.press("Enter")
            page.details()
            seen.append("opened")
    fields = ("filter-text", "filter-who", "filter-outcome", "filter-from")
    for wanted in ("Dark", "Print", "print-all", "Zoom in", *fields, "Who", "Connection", "opened", "Next page"):
        assert any(name.startswith(wanted) for name in seen), wanted
    assert len(page.chips) == 2
    assert page.page.locator("#table th", has_text="Connection").get_attribute("aria-sort") == "ascending"


def test_the_state_is_announced(open_page, report):
    page = open_page(report)
    status = page.page.get_by_role("status")
    before = status.inner_text()
    page.page.locator("#filter-outcome").select_option("blocked")
    assert status.inner_text() != before and "that match" in status.inner_text()
    # A chip that is removed leaves the focus in the form, not nowhere.
    page.page.locator(".chip").click()
    assert page.page.evaluate("() => document.activeElement.id") == "filter-text"


def test_on_a_phone_the_table_is_a_list_of_cards(open_page, report):
    page = open_page(report, 390)
    boxes = page.page.evaluate("""() => [...document.querySelectorAll('#table tbody tr')].slice(0, 5).map((row) => {
      const box = row.getBoundingClientRect();
      return [box.left, box.right, [...row.cells].every((cell) => cell.getBoundingClientRect().right <= box.right + 1), getComputedStyle(row).display];
    })""")
    assert len(boxes) == 5 and all(0 <= left < right <= 390 and inside and display == "grid" for left, right, inside, display in boxes)
    assert not page.page.locator("#table thead").bounding_box()["width"] > 1
    page.page.locator("#filter-sort").select_option("lasted")
    took = page.column("Took", everything=False)
    assert took and re.search(r"\d+ m?s$", took[0])


def test_dark_and_light(open_page, report):
    page = open_page(report, scheme="dark")
    background = "() => getComputedStyle(document.body).backgroundColor"
    fill = "() => getComputedStyle(document.querySelector('[data-chart=outcomes] .fill-success')).fill"
    dark, before = page.page.evaluate(background), page.page.evaluate(fill)
    switch = page.page.get_by_role("button", name="Dark")
    assert switch.get_attribute("aria-pressed") == "true"
    switch.click()
    assert page.page.evaluate(background) != dark and page.page.evaluate(fill) != before and switch.get_attribute("aria-pressed") == "false"
    switch.click()
    assert page.page.evaluate(background) == dark
    follows = open_page(report)
    light = follows.page.evaluate(background)
    follows.page.emulate_media(color_scheme="dark")
    follows.settle()
    assert light != follows.page.evaluate(background) == dark


def test_no_record_runs(open_page, made):
    rows = []
    for number, text in enumerate(HOSTILE):
        values = {"actor": text, "target": text, "summary": text, "kind": text[:60], "state": text[:60], "outcome": "failure"}
        start = sample.BEGIN + number * sample.DAY
        raw = json.dumps({text: text})
        rows.append(sample.row("hoop_session", number, started_at=start, ended_at=start + sample.DAY, raw=raw, **values))
    page = open_page(made(rows, title=HOSTILE[0]))
    assert page.column("What")[::-1] == list(HOSTILE)
    for opener in page.page.locator(".opener").all():
        opener.click()
    page.page.wait_for_function("(all) => document.querySelectorAll('.details[data-loaded=true]').length === all", arg=len(HOSTILE))
    for name in ("timeline", "outcomes", "durations"):
        page.page.evaluate(CLICK_ALL, "[data-chart=%s] [data-outcome]" % name)
        page.page.evaluate("() => { location.hash = '#'; }")
    page.page.evaluate(CLICK_ALL, ".ranked button, button.lane, .card, .chip")
    assert page.count <= len(HOSTILE)
    page.settle()
    assert page.page.evaluate("() => window.hacked") is None
    assert page.page.evaluate("() => document.querySelectorAll('main img, main script, main iframe, main a, main style').length") == 0
    assert page.page.evaluate("() => document.scripts.length") == 5
    assert page.page.title() == HOSTILE[0]


@pytest.mark.parametrize("name", ["who", "text", "from", "sort", "lanes", "record", "began", "lasted"])
def test_no_address_runs(open_page, report, name):
    page = open_page(report, address="#%s=%s" % (name, quote(HOSTILE[0] + HOSTILE[1])))
    assert page.page.evaluate("() => [window.hacked, document.querySelectorAll('main img, main script').length]") == [None, 0]


def test_the_policy_stops_what_somebody_adds(open_page, report):
    page = open_page(report)
    added = page.page.evaluate("""() => new Promise((done) => {
      const reported = [];
      document.addEventListener("securitypolicyviolation", (event) => reported.push(event.effectiveDirective));
      const script = document.createElement("script");
      script.textContent = "window.hacked = 1";
      document.body.append(script);
      const image = new Image();
      image.src = "http://127.0.0.1:9/x.png";
      setTimeout(() => done([window.hacked, reported.sort()]), 300);
    })""")
    assert added == [None, ["img-src", "script-src-elem"]]
    # That was the test's own doing.
    page.problems = [each for each in page.problems if "Content Security Policy" not in each]
    page.requests = [each for each in page.requests if "127.0.0.1:9" not in each]
