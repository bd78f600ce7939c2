# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests of any kind, for signers."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import strategies as st

#: 2001 to 2099, in seconds.
times = st.integers(978307200, 4070908799)
methods = st.sampled_from(("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"))
hosts = st.sampled_from(("ca.bj.baidubce.com", "127.0.0.1:8080", "gaussdb.cn-north-4.myhuaweicloud.com", "h:1"))
keys = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=40)
#: What a header can carry unchanged: no signer has to guess what a client makes of the rest.
header_values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)

# Reserved characters, percent signs and what sorts in a surprising way are more likely than by chance.
texts = st.text(st.one_of(st.sampled_from("aAbB019-_.~ +/:*=&%?#;,@$!'()[]{}|^`\"<>\\"), st.characters(codec="utf-8")), max_size=12)
queries = st.lists(st.tuples(texts, texts), max_size=6)


@st.composite
def paths(draw):
    """A path as it goes over the wire; sometimes with more encoded than has to be."""
    parts = draw(st.lists(texts, min_size=1, max_size=5))
    safe = draw(st.sampled_from(("", "-_.~", "-_.~!$&'()*+,;=:@")))
    path = "/" + "/".join(quote(part, safe=safe) for part in parts)
    return "/" + path.lstrip("/")
