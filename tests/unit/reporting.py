# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report tasks, and what is in the pages that they and others make."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import re
import zlib

from ansible_collections.opsaudit.sessions.plugins.module_utils._report import task as report_task
from ansible_collections.opsaudit.sessions.tests.stores.sample import BEGIN
from ansible_collections.opsaudit.sessions.tests.unit.tasks import result_of

#: Texts that somebody would be glad to see run, or taken for something else.
HOSTILE = (
    "</script><script>window.hacked=1</script>", "<img src=x onerror=alert(1)>", "<!--", "-->", "]]>", "\u2028\u2029", "&lt;b&gt;", "\\u003c/script>",
    "{{ 7*7 }}", "javascript:alert(1)", "\"'`${1}", "\u202egnp.exe", "=cmd|' /C calc'!A0", "__proto__", "\x1b[2J", "{a|b}",
)


class Page(html.parser.HTMLParser):
    """The elements of a page, and the text in them."""

    def __init__(self, text):
        super().__init__()
        self.text = text
        self.elements = []
        self.comments = []
        self.texts = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.elements:
            key = (self.elements[-1][0], self.elements[-1][1].get("type"))
            self.texts[key] = self.texts.get(key, "") + data

    def handle_comment(self, data):
        self.comments.append(data)

    def policy(self):
        """What the page lets its browser do."""
        [content] = [attrs["content"] for _tag, attrs in self.elements if attrs.get("http-equiv") == "Content-Security-Policy"]
        return dict(each.split(" ", 1) for each in content.split("; "))

    def inline(self, tag):
        """The text of the page's own script or style, and what a policy has to say that allows it."""
        text = self.text.rpartition("<%s>" % tag)[2].partition("</%s>" % tag)[0]
        return text, "'sha256-%s'" % base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def report(store, dest, check=False, diff=False, now=BEGIN, environ=None, **given):
    """What a report task returns."""
    params = {"store": store and str(store), "dest": str(dest), **given}
    return result_of(report_task.ReportTask(), params, environ, check=check, diff=diff, now=now)


def done(store, dest, **given):
    """What a report task returns that succeeds."""
    result = report(store, dest, **given)
    assert not result.get("failed"), result["msg"]
    return result


def failed(store, dest, **given):
    """The one line of a report task that fails."""
    result = report(store, dest, **given)
    assert result.get("failed") is True and result["changed"] is False
    return result["msg"]


def data_of(page):
    """The data in a page."""
    parts = dict(re.findall('<script type="application/json" id="([a-z]+)">(.*?)</script>', page.read_text("utf-8"), re.DOTALL))
    return {**json.loads(parts.pop("data")), **{name: json.loads(text) for name, text in parts.items()}}


def rows_of(data):
    """Its records, from their columns: as the page's script does it."""
    columns = data["columns"]
    words = [name for name, column in columns.items() if isinstance(column, dict)]
    rows, began = [], 0
    for index, record_id in enumerate(columns["id"]):
        row = {"record_id": record_id, **{name: columns[name]["words"][columns[name]["codes"][index]] for name in words}}
        step, lasted = columns["started_at"][index], columns["lasted"][index]
        began += step or 0
        row["started_at"] = None if step is None else began
        row["ended_at"] = None if lasted is None else began + lasted
        rows.append(row)
    return rows


def unpack(data):
    """The details of all records that have them, by id."""
    packs = [json.loads(zlib.decompress(base64.b64decode(text), -15)) for text in data["details"]["texts"]]
    places = zip(data["columns"]["id"], data["columns"]["detail"])
    size = data["details"]["pack"]
    return {record_id: packs[place // size][place % size] for record_id, place in places if place is not None}
