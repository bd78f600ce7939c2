# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page in a browser, as somebody sees it who looks at it and clicks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

AXE = Path(__file__).resolve().parents[2] / "report" / "node_modules" / "axe-core" / "axe.min.js"


class Page:
    """A page that was opened, and all that went wrong in it."""

    def __init__(self, page: Any, made: Any, address: str = "") -> None:
        self.page = page
        self.made = made
        self.problems: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.problems.append("console: " + message.text))
        page.on("pageerror", lambda error: self.problems.append("error: %s" % error))
        page.on("dialog", lambda dialog: (self.problems.append("dialog: " + dialog.message), dialog.dismiss()))
        page.on("request", lambda request: self.requests.append(request.url.partition("#")[0]))
        page.goto(made.path.as_uri() + address)
        page.wait_for_selector("html[data-ready=true]", timeout=30_000)
        self.settle()

    def check(self) -> None:
        assert self.problems == []
        assert self.requests == [self.made.path.as_uri()], "a page is one file"

    def settle(self) -> None:
        """Let it draw what it has to draw."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.page.wait_for_timeout(60)

    def violations(self) -> dict[str, Any]:
        """What axe finds, and where."""
        self.page.evaluate("() => { for (const each of document.querySelectorAll('details')) each.open = true; }")
        self.settle()
        self.page.evaluate(AXE.read_text("utf-8") + "\n;undefined")
        result = self.page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
        return {each["id"]: [node["target"] for node in each["nodes"]][:5] for each in result["violations"]}

    def color(self, name: str) -> str:
        return self.page.evaluate("(name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim()", name)

    def chart(self, name: str) -> Any:
        return self.page.locator("[data-chart=%s]" % name)

    def parts(self, name: str, kind: str) -> int:
        """How many parts of a chart are of an outcome, or of a kind of coverage."""
        return self.chart(name).locator(".fill-" + kind).count()

    def click_part(self, name: str, outcome: str) -> None:
        """Click the first part of a chart that is of an outcome."""
        self.chart(name).locator("[data-outcome=%s]" % outcome).first.dispatch_event("click")
        self.settle()

    @property
    def status_line(self) -> str:
        return self.page.locator("#status").inner_text()

    @property
    def count(self) -> int:
        """How many records fit the filters."""
        words = self.status_line.replace(",", "").split()
        if words[0] == "No":
            return 0
        return int(words[words.index("records" if "records" in words else "record") - 1])

    @property
    def chips(self) -> list[str]:
        return [each.strip().rstrip("\u00d7").strip() for each in self.page.locator("#chips .chip").all_inner_texts()]

    def fill(self, name: str, text: str) -> None:
        """Type into a field of the form, and leave it."""
        field = self.page.locator("#filter-" + name)
        field.fill(text)
        field.blur()

    def rows(self, everything: bool = True) -> list[list[str]]:
        """The cells of the table's rows."""
        if everything:
            self.page.locator("#size").select_option(label="all")
        return self.page.evaluate(
            "() => [...document.querySelectorAll('#table tbody tr:not(.more)')].map((row) => [...row.cells].map((cell) => cell.innerText))"
        )

    def ids(self) -> list[str]:
        """The ids of all rows of the table."""
        self.page.locator("#size").select_option(label="all")
        return self.page.evaluate("() => [...document.querySelectorAll('#table tbody tr:not(.more)')].map((row) => row.dataset.record)")

    def column(self, name: str, everything: bool = True) -> list[str]:
        names = [each.strip() for each in self.page.locator("#table thead th").all_inner_texts()]
        return [row[names.index(name)] for row in self.rows(everything)]

    def open(self, record: str) -> Any:
        """Open the details of a record that is in the table, and return them."""
        self.page.locator("tr[data-record='%s'] .opener" % record).click()
        return self.details()

    def details(self) -> Any:
        """The details of the record that is open."""
        found = self.page.locator(".details[data-loaded=true]")
        found.wait_for()
        return found
