# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a source is: one spelling for one place, and the level that decides."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.endpoint_url import (
    host_of,
    normalize_base_url,
    place_given,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import Settings


@pytest.mark.parametrize("value, base, host", [
    ("https://h", "https://h", "h"), ("http://h:80/", "http://h", "h"), ("https://h:443", "https://h", "h"), ("https://h:", "https://h", "h"),
    ("http://h:443", "http://h:443", "h:443"), ("https://h/a/b//", "https://h/a/b", "h"), ("HTTP://GW:80/Api/", "http://gw/Api", "gw"),
    ("HttpS://[::1]:8443/x", "https://[::1]:8443/x", "[::1]:8443"), ("http://127.0.0.1:1", "http://127.0.0.1:1", "127.0.0.1:1"),
    ("http://h.example./", "http://h.example.", "h.example"), ("https://h:08443", "https://h:8443", "h:8443"),
])
def test_one_spelling(value, base, host):
    assert normalize_base_url("endpoint", value) == base
    assert normalize_base_url("endpoint", base) == base
    assert host_of(base) == host


@pytest.mark.parametrize("value", [
    "", "h", "//h", "h:80", "ftp://h", "file:///etc/passwd", "https://", "https:///x", "https://user@h", "https://user:s3cret@h", "https://:s3cret@h",
    "https://h?x=s3cret", "https://h/#s3cret", "https://h:port", "https://h:99999", "https://h:-1", "https://h:0", "https://[::1", "https://h/a b",
    "https://h\n", " https://h", "https://h/\u00fc", "https://h\x00", "javascript:alert(1)", "unix:///run/docker.sock",
    "https://u:s3cret@[::1", "https://u:s3cret/x@h", "ftp://u:s3cret@h", "u:s3cret@h",
])
def test_what_is_no_endpoint(value):
    with pytest.raises(OptionError) as caught:
        normalize_base_url("endpoint", value)
    line = str(caught.value)
    assert line.startswith("endpoint: ") and " is not a URL such as" in line
    assert "s3cret" not in line and "\n" not in line


@given(st.sampled_from(["", "http://", "HTTPS://a", "https://user@", "ftp://"]), st.text() | st.text("aB.-:/@?#[]%1 \n\u00fc", max_size=12))
@example("HTTPS://A", ":443/b//")
@example("ftp://", "a")
def test_any_text_is_an_endpoint_or_refused(scheme, rest):
    try:
        base = normalize_base_url("endpoint", scheme + rest)
    except OptionError as refused:
        assert str(refused).startswith("endpoint: ")
    else:
        assert base.startswith(("http://", "https://")) and not base.endswith("/")
        assert normalize_base_url("endpoint", base) == base


@pytest.mark.parametrize("endpoint, region, place", [
    (None, None, None), ("option", None, "endpoint"), (None, "option", "region"), ("VARIABLE", None, "endpoint"), (None, "VARIABLE", "region"),
    ("option", "option", "endpoint"), ("option", "VARIABLE", "endpoint"), ("VARIABLE", "option", "region"), ("VARIABLE", "VARIABLE", "endpoint"),
])
def test_an_option_beats_the_environment_whichever_it_is(endpoint, region, place):
    origin = {name: each for name, each in (("endpoint", endpoint), ("region", region)) if each}
    assert place_given(Settings({"endpoint": endpoint, "region": region}, origin, 0)) == place
