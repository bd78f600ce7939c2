# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can use a report, on what, and what no record can do in it."""

from __future__ import annotations

import pytest

from ansible_collections.opsaudit.sessions.tests.stores import sample

HOSTILE = (
    "</script><script>window.hacked = 1; alert(1)</script>", "<img src=x onerror='window.hacked = 1'>", "<svg onload=alert(1)>", "{a|b}{hacked|1}",
    "<style>*{display:none}</style>", "<a href='javascript:alert(1)'>click</a>", "<!--", "\u2028window.hacked = 1", "__proto__", "constructor",
    "<iframe srcdoc='<script>alert(1)</script>'>", "${alert(1)}", "\u202eresu", "&lt;script&gt;", "'\"`",
)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing_serious(open_page, report, width, scheme):
    page = open_page(report, width, scheme)
    page.page.locator("#filter-outcome").select_option("failure")
    page.page.locator("#search").fill("a")
    assert page.violations() == {}


def test_the_keyboard_is_enough(open_page, report):
    page = open_page(report)
    seen = []
    for _step in range(120):
        page.page.keyboard.press("Tab")
        name = page.page.evaluate(
            "() => { const at = document.activeElement; return at.getAttribute('aria-label') || at.id || at.textContent.trim().slice(0, 30); }"
        )
        if name in seen[-1:] and name == "":
            break
        seen.append(name)
        if name == "Zoom in":
            page.page.keyboard.press("Enter")
        if name.startswith("Target"):
            page.page.keyboard.press("Space")
    for wanted in ("Dark", "Print", "Zoom in", "search", "filter-outcome", "Actor", "Target", "Next page"):
        assert any(name.startswith(wanted) for name in seen), wanted
    assert len(page.chips) == 1
    assert page.page.locator("#table th", has_text="Target").get_attribute("aria-sort") == "ascending"


def test_dark_and_light(open_page, report):
    page = open_page(report, scheme="dark")
    background = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.page.evaluate(background)
    success = page.color("success")
    assert page.find("outcomes", "success")["count"] > 200
    switch = page.page.get_by_role("button", name="Dark")
    assert switch.get_attribute("aria-pressed") == "true"
    switch.click()
    page.settle()
    assert page.page.evaluate(background) != dark and page.color("success") != success
    assert page.find("outcomes", "success")["count"] > 200 and switch.get_attribute("aria-pressed") == "false"
    switch.click()
    assert page.page.evaluate(background) == dark
    follows = open_page(report)
    light = follows.page.evaluate(background)
    follows.page.emulate_media(color_scheme="dark")
    follows.settle()
    assert light != follows.page.evaluate(background) == dark


def test_printing(open_page, report, tmp_path):
    page = open_page(report, scheme="dark")
    page.page.emulate_media(media="print")
    page.settle()
    assert not page.page.locator(".filters").is_visible() and not page.page.get_by_role("button", name="Print").is_visible()
    assert len(page.rows(everything=False)) == 200
    assert page.page.locator("html").get_attribute("data-theme") == "light"
    assert page.find("outcomes", "success")["count"] > 200
    page.page.emulate_media(media="screen")
    page.settle()
    assert len(page.rows(everything=False)) == 25 and page.page.locator("html").get_attribute("data-theme") is None
    paper = page.page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    assert paper.startswith(b"%PDF") and paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") + paper.count(b"/Type /Page/") >= 5


def test_no_record_runs(open_page, made):
    rows = []
    for number, text in enumerate(HOSTILE):
        values = {"actor": text, "target": text, "summary": text, "kind": text[:60], "state": text[:60], "outcome": "failure"}
        start = sample.BEGIN + number * sample.DAY
        rows.append(sample.row("hoop_session", number, started_at=start, ended_at=start + sample.DAY, **values))
    page = open_page(made(rows, title=HOSTILE[0]))
    cells = page.rows()
    assert [row[6] for row in cells][::-1] == [" ".join(text.replace("\u2028", "\u2028").split(" ")) for text in HOSTILE]
    # Tooltips show them, too.
    for name in ("timeline", "outcomes", "coverage"):
        canvas = page.chart(name)
        box = canvas.bounding_box()
        for step in range(1, 20):
            page.page.mouse.move(box["x"] + box["width"] * step / 20, box["y"] + box["height"] / 3)
        for y in range(10, int(box["height"]) - 80, 12):
            page.page.mouse.move(box["x"] + box["width"] * y / box["height"], box["y"] + y)
    for button in page.page.locator(".ranked button").all()[:6]:
        button.click()
        assert page.count <= len(HOSTILE)
    page.settle()
    assert page.page.evaluate("() => window.hacked") is None
    assert page.page.evaluate("() => document.querySelectorAll('main img, main script, main iframe, main a, main style').length") == 0
    assert page.page.evaluate("() => document.scripts.length") == 2
    assert page.page.title() == HOSTILE[0]


def test_the_policy_stops_what_somebody_adds(open_page, report):
    page = open_page(report)
    added = page.page.evaluate("""() => new Promise((done) => {
      const told = [];
      document.addEventListener("securitypolicyviolation", (event) => told.push(event.effectiveDirective));
      const script = document.createElement("script");
      script.textContent = "window.hacked = 1";
      document.body.append(script);
      const image = new Image();
      image.src = "http://127.0.0.1:9/x.png";
      setTimeout(() => done([window.hacked, told.sort()]), 300);
    })""")
    assert added == [None, ["img-src", "script-src-elem"]]
    # That was the test's own doing.
    page.problems = [each for each in page.problems if "Content Security Policy" not in each]
    page.requests = [each for each in page.requests if "127.0.0.1:9" not in each]
