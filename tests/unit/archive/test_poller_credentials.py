# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An event source whose credentials are in a file: it outlives a bad one, and goes on when that is mended."""

from __future__ import annotations

import pytest
from exporting import session
from test_poller import ids, params, some, turn

from ansible_collections.opsaudit.sessions.plugins.module_utils._archive.events.poller import Events
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.archive import ARCHIVE

GOOD = 'api_url = "http://h"\ntoken = "s3cret-t0ken"\n'


@pytest.mark.parametrize("bad", [
    'api_url = "http://h"\ntoken = "s3cret\\nt0ken"\n', 'api_url = "http://h"\ntoken = "\'s3cret\'"\n', 'api_url = "http://h"\ntok',
    'api_url = "http://h"\n', "", "\x00",
], ids=["line break", "quotes", "half a file", "no token", "empty", "not TOML"])
def test_it_goes_on_when_the_file_is_mended(gateway, clock, tmp_path, caplog, bad):
    file = tmp_path / ".hoop" / "config.toml"
    file.parent.mkdir()
    file.write_text(GOOD)
    source = Events(ARCHIVE, params(str(tmp_path / "s.db"), token=None), {"HOME": str(tmp_path)})
    gateway.sessions = some(0)
    assert turn(source) == ids(0)
    file.write_text(bad)
    gateway.sessions += [session(1, clock[0])]
    caplog.clear()
    assert turn(source) == turn(source) == []
    (message,) = caplog.messages
    assert message.startswith("Reading the credentials failed: ") and "s3cret" not in caplog.text
    file.write_text(GOOD)
    assert turn(source) == ids(1) and caplog.messages[1].startswith("The source can be read again, after ")
