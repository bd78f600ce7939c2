# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording in its page: it plays for everybody, and nothing that was recorded runs."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.asciicast import Screen
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.events import RecordingEvent
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.formats import open_event_format

KNOWN = Screen(80, 24, 1772445600, "web-03-ssh", False, "4ea8f841-e7a2-5275-b70e-85e3cf35ee71", "ana.ruiz@example.com")
SHORT = [
    RecordingEvent(0.0, "o", b"deploy@web-03:~$ "), RecordingEvent(0.1, "i", b"l"), RecordingEvent(0.2, "o", b"ls\r\n"),
    RecordingEvent(0.4, "o", "\x1b[1;36mreleases\x1b[0m  né€\r\n".encode()),
]
#: An hour, so that it doesn't end while it is looked at.
LONG = [RecordingEvent(float(second), "o", b"%d\r\n" % second) for second in range(0, 3601, 300)]
HOSTILE = (
    b"</script><script>window.hacked = 1; alert(1)</script>\r\n", b"<img src=x onerror='window.hacked = 1'>\r\n", b"<!--<script>\r\n", b"\x00\xff\xc3",
    "\u2028window.hacked = 1\r\n".encode(), b"\x1b]8;;javascript:window.hacked=1\x07click\x1b]8;;\x07\r\n", b"\x1b]0;</title><svg onload=alert(1)>\x07",
    b"<svg onload=alert(1)>\r\n",
)


@pytest.fixture
def replayed(tmp_path):
    """Makes a page of events."""

    def make(events, screen=KNOWN):
        path = tmp_path / "replay.html"
        with path.open("wb") as file:
            form = open_event_format("html", file.write, screen)
            for event in events:
                form.event(event)
            form.end()
        return SimpleNamespace(path=path)

    return make


def terminal(page):
    return page.page.get_by_role("region", name="Terminal")


def expect_lines(page, *lines):
    """Wait until these are the lines of the terminal that have something in them."""
    expect(page.page.locator(".ap-line", has_text=re.compile(r"\S"))).to_have_text(lines)


def button(page, name):
    return page.page.get_by_role("button", name=name, exact=True)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "light"), (1440, "dark")])
def test_it_plays(open_page, replayed, width, scheme):
    page = open_page(replayed(SHORT), width, scheme)
    assert page.page.title() == "web-03-ssh – %s" % KNOWN.session_id
    assert page.page.locator("dd").all_inner_texts() == [KNOWN.session_id, KNOWN.user, "2026-03-02 10:00:00 UTC"]
    assert page.page.locator("#length").inner_text() == "400 ms long, shown in 80 × 24 characters."
    assert page.violations() == {}
    button(page, "Play").click()
    expect_lines(page, "deploy@web-03:~$ ls", "releases né€")
    # At its end it can be played again.
    expect(button(page, "Play")).to_be_visible()
    assert page.violations() == {}
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width, "nothing is wider than the window"
    box = page.page.locator(".ap-player").bounding_box()
    assert box["width"] > 0.6 * min(width, 1300) and box["y"] + box["height"] < 900


def test_the_keyboard_is_enough(open_page, replayed):
    page = open_page(replayed(LONG))
    press = page.page.keyboard.press
    expect_lines(page, "0")
    press("5")
    expect_lines(page, *(str(second) for second in range(0, 1801, 300)))
    press("Space")
    expect(button(page, "Pause")).to_be_visible()
    press("Space")
    expect(button(page, "Play")).to_be_visible()
    # Paused: to the next event.
    press("1")
    press(".")
    expect_lines(page, "0", "300", "600")
    press("?")
    expect(page.page.get_by_text("Keyboard shortcuts", exact=True)).to_be_visible()
    press("Escape")
    seen = []
    for _step in range(8):
        press("Tab")
        seen.append(page.page.evaluate("() => document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()"))
    assert {"Terminal", "Play", "Show keyboard shortcuts", "Toggle fullscreen mode", "Dark"} <= set(seen)
    button(page, "Play").focus()
    press("Enter")
    expect(button(page, "Pause")).to_be_visible()


def test_pauses_can_be_skipped(open_page, replayed):
    events = [RecordingEvent(0.0, "o", b"before\r\n"), RecordingEvent(0.2, "o", b"the pause\r\n"), RecordingEvent(3600.0, "o", b"after\r\n")]
    page = open_page(replayed(events))
    skip, timer = button(page, "Skip pauses"), page.page.locator(".ap-time-elapsed")
    page.page.keyboard.press("Space")
    expect(terminal(page)).to_contain_text("the pause")
    # It goes on playing.
    skip.click()
    expect_lines(page, "before", "the pause", "after")
    expect(button(page, "Play")).to_be_visible()
    expect(skip).to_have_attribute("aria-pressed", "true")
    expect(timer).to_have_text("00:02")
    assert page.violations() == {}
    # It stays where it is.
    skip.focus()
    page.page.keyboard.press("Enter")
    expect(skip).to_have_attribute("aria-pressed", "false")
    expect(skip).to_be_focused()
    expect(timer).to_have_text("01:00:00")
    expect_lines(page, "before", "the pause", "after")


def test_dark_and_light(open_page, replayed):
    page = open_page(replayed(SHORT))
    assert button(page, "Skip pauses").count() == 0, "there is none"
    background = "() => getComputedStyle(document.body).backgroundColor"
    light = page.page.evaluate(background)
    button(page, "Dark").click()
    assert page.page.evaluate(background) != light


def test_nothing_recorded_runs(open_page, replayed):
    markup = HOSTILE[0].decode()
    page = open_page(replayed([RecordingEvent(0.0, "o", text) for text in HOSTILE], KNOWN._replace(title=markup, user=markup, session_id=markup)))
    page.page.keyboard.press("Space")
    expect(terminal(page)).to_contain_text("<script>window.hacked = 1; alert(1)</script>")
    expect(terminal(page)).to_contain_text("click")
    assert page.page.locator("h1").inner_text() == markup.strip()
    assert page.page.evaluate("() => document.querySelectorAll('main img, main script, main iframe, main a, main style').length") == 0
    assert page.page.evaluate("() => document.scripts.length") == 1
    # What lets the player run lets no text run.
    reported = page.page.evaluate("""() => new Promise((done) => {
      const reported = [];
      document.addEventListener("securitypolicyviolation", (event) => reported.push(event.blockedURI) === 2 && done(reported.sort()));
      const script = document.createElement("script");
      script.textContent = "window.hacked = 1";
      document.body.append(script);
      setTimeout("window.hacked = 1");
    })""")
    assert reported == ["eval", "inline"]
    # That was the test's own doing.
    page.problems = [each for each in page.problems if "Content Security Policy" not in each]
    assert page.page.evaluate("() => window.hacked") is None


def test_nothing_to_play(open_page, replayed):
    page = open_page(replayed([], Screen()))
    assert page.page.locator("figcaption").inner_text() == "This recording is empty."
    assert page.page.locator("h1").inner_text() == "Session" and page.page.locator("dd").count() == 0
    assert page.violations() == {}


def test_what_a_browser_can_not_hold(open_page, replayed):
    made = replayed(SHORT)
    # So it looks to the script where the text is longer than a browser's longest.
    text = made.path.read_text("utf-8")
    made.path.write_text(re.sub('(id="recording">).*?(</script>)', r"\1\2", text, count=1, flags=re.DOTALL), "utf-8")
    page = open_page(made)
    assert page.page.locator(".problem").inner_text() == "This browser can't play the recording: it is too large"
