# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine's Chromium, without a network, and reports to look at with it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

pytest.register_assert_rewrite("ansible_collections.opsaudit.sessions.tests.browser.pages")

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._report import task as report_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.database.schema import get_tables
from ansible_collections.opsaudit.sessions.plugins.module_utils._store.store import open_store
from ansible_collections.opsaudit.sessions.tests.browser.pages import Page
from ansible_collections.opsaudit.sessions.tests.stores import sample

#: The browser must ask for nothing of its own either.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--font-render-hinting=none", "--force-color-profile=srgb",
)
WINDOW = {"start_time": str(sample.BEGIN), "end_time": str(sample.BEGIN + 30 * sample.DAY)}


@pytest.fixture(scope="session")
def chromium():
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        reported = "there is no Chromium here; on Debian: apt-get install --no-install-recommends chromium"
        pytest.fail(reported) if os.environ.get("CI") == "true" else pytest.skip(reported)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Made:
    """A report, and the store that it was made of."""

    def __init__(self, folder: Path, rows, windows=(), sealed=None, revisions=(), attached=(), changes=(), **given) -> None:
        self.store = str(folder / "kept.db")
        self.path = folder / "report.html"
        sample.fill(self.store, rows, windows)
        self._add(sealed, revisions, attached, changes)
        defaults = {name: declared.get("default") for name, declared in report_task.ReportTask.options.items()}
        params = {**defaults, "store": self.store, "dest": str(self.path), **WINDOW, **given}
        self.result = run_task(report_task.ReportTask(), params, {}).result
        assert not self.result.get("failed"), self.result

    def _add(self, sealed, revisions, attached, changes) -> None:
        def put(connection) -> None:
            if sealed:
                number, sealed_at = sealed
                connection.execute(get_tables().store.update().values(seal_number=number, seal_sha256="0" * 64, sealed_at=sealed_at))
            for each in changes:
                connection.execute(each)
            for each in attached:
                connection.execute(get_tables().attachment.insert().values(each))
            for each in revisions:
                connection.execute(get_tables().revision.insert().values(content_hash="0" * 64, **each))

        with open_store(self.store, lambda _secret: None, writes=True) as opened:
            opened.transact(put)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Makes reports; the first argument names the rows."""

    def make(rows, windows=(), **given):
        return Made(tmp_path_factory.mktemp("report"), rows, windows, **given)

    return make


@pytest.fixture(scope="session")
def report(made):
    """A month of all sources, with two gaps."""
    return made(sample.rows(1200), sample.windows(), title="Access and jobs in March 2026", timezone="Europe/Berlin")


@pytest.fixture
def open_page(chromium):
    """Opens a report; at the end nothing must have been asked for and nothing complained of."""
    contexts = []
    pages = []

    def opened(made_, width=1440, scheme="light", height=900, address=""):
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, offline=True, locale="en-GB")
        contexts.append(context)
        page = Page(context.new_page(), made_, address)
        pages.append(page)
        return page

    yield opened
    for page in pages:
        page.check()
    for context in contexts:
        context.close()
