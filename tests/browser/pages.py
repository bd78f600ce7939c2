# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page in a browser, as somebody sees it who looks at it and clicks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

AXE = Path(__file__).resolve().parents[2] / "report" / "node_modules" / "axe-core" / "axe.min.js"
#: The pixels of a canvas, from a copy of it: to read from the chart's own would slow it down, and the browser would say so.
_READ = """(canvas) => {
  const copy = document.createElement("canvas");
  copy.width = canvas.width; copy.height = canvas.height;
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}"""
#: How many pixels of a canvas have a colour, about, and where one of them is.
_FIND = """([canvas, color]) => {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  probe.fillStyle = color; probe.fillRect(0, 0, 1, 1);
  const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
  const { data, width, height } = (%s)(canvas);
  const found = [];
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 200 && Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b) < 24) found.push(at / 4);
  }
  const middle = found[Math.floor(found.length / 2)];
  const scale = canvas.clientWidth / width;
  return { count: found.length, x: (middle - Math.floor(middle / width) * width) * scale, y: Math.floor(middle / width) * scale };
}""" % _READ
#: How many different colours a canvas has.
_COLORS = """(canvas) => {
  const { data } = (%s)(canvas);
  return new Set(new Uint32Array(data.buffer)).size;
}""" % _READ


class Page:
    """A page that was opened, and all that went wrong in it."""

    def __init__(self, page: Any, made: Any) -> None:
        self.page = page
        self.made = made
        self.problems: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.problems.append("console: " + message.text))
        page.on("pageerror", lambda error: self.problems.append("error: %s" % error))
        page.on("dialog", lambda dialog: (self.problems.append("dialog: " + dialog.message), dialog.dismiss()))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(made.path.as_uri())
        page.wait_for_selector("html[data-ready=true]", timeout=30_000)

    def check(self) -> None:
        assert self.problems == []
        assert self.requests == [self.made.path.as_uri()], "a page is one file"

    def settle(self) -> None:
        """Let it draw what it has to draw."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.page.wait_for_timeout(60)

    def violations(self) -> dict[str, Any]:
        """What axe finds that is serious, and where."""
        self.page.evaluate("() => { for (const each of document.querySelectorAll('details')) each.open = true; }")
        self.settle()
        self.page.evaluate(AXE.read_text("utf-8") + "\n;undefined")
        result = self.page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
        return {each["id"]: [node["target"] for node in each["nodes"]][:5] for each in result["violations"] if each["impact"] in ("serious", "critical")}

    def color(self, name: str) -> str:
        return self.page.evaluate("(name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim()", name)

    def chart(self, name: str) -> Any:
        canvas = self.page.locator("[data-chart=%s] canvas" % name).first
        canvas.scroll_into_view_if_needed()
        self.settle()
        return canvas

    def colors(self, name: str) -> int:
        return self.chart(name).evaluate(_COLORS)

    def find(self, name: str, color: str) -> dict[str, Any]:
        """How much of a colour a chart has, and where."""
        canvas = self.chart(name)
        return self.page.evaluate(_FIND, [canvas.element_handle(), self.color(color)])

    def click_color(self, name: str, color: str) -> None:
        place = self.find(name, color)
        assert place["count"], "no %s in %s" % (color, name)
        self.chart(name).click(position={"x": place["x"], "y": place["y"]})
        self.settle()

    @property
    def told(self) -> str:
        return self.page.locator("#status").inner_text()

    @property
    def count(self) -> int:
        """How many records fit the filters."""
        words = self.told.replace(",", "").split()
        if words[0] == "No":
            return 0
        return int(words[words.index("records" if "records" in words else "record") - 1])

    @property
    def chips(self) -> list[str]:
        return [each.strip().rstrip("×").strip() for each in self.page.locator("#chips .chip").all_inner_texts()]

    def rows(self, everything: bool = True) -> list[list[str]]:
        """The cells of the table's rows."""
        if everything:
            self.page.locator("#size").select_option(label="all")
        return self.page.evaluate("() => [...document.querySelectorAll('#table tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText))")

    def column(self, name: str, everything: bool = True) -> list[str]:
        names = [each.strip() for each in self.page.locator("#table thead th").all_inner_texts()]
        return [row[names.index(name)] for row in self.rows(everything)]
