# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret in any text, in no spelling."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.redaction import MASK, Redactor

SECRET = "p@ss w+rd/ü=%&"


@pytest.mark.parametrize("shown", [SECRET, quote(SECRET, safe=""), quote_plus(SECRET)])
def test_raw_and_as_it_looks_in_a_url(shown):
    assert Redactor([SECRET]).line("before %s after" % shown) == "before %s after" % MASK


@given(st.text(min_size=4, max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_whatever_it_is_and_wherever(secret, before, after):
    assume(not set(secret) <= set(MASK))
    line = Redactor([secret]).line(before + secret + after)
    assert secret not in line or secret in MASK


def test_the_longer_secret_first():
    assert Redactor(["abcd", "abcdefgh"]).line("abcdefgh abcd") == "%s %s" % (MASK, MASK)


def test_a_secret_that_is_found_on_the_way():
    redactor = Redactor(["first"])
    assert redactor.line("first MINTED") == "%s MINTED" % MASK
    redactor.add("MINTED")
    assert redactor.line("first MINTED") == "%s %s" % (MASK, MASK)


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_no_secret(nothing):
    redactor = Redactor([nothing])
    redactor.add(nothing)
    assert redactor.secrets == set()
    assert redactor.line("text") == "text"


@pytest.mark.parametrize("text, line", [
    ("SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=" + "a1" * 32, "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=" + MASK),
    ("expected signature=%s but" % ("0f" * 32), "expected signature=%s but" % MASK),
    ("bad bce-auth-v1/AK/2024-03-22T09:38:06Z/1800/host/" + "ab" * 32 + " here", "bad bce-auth-v1/%s here" % MASK),
    ("see https://obs.example.com/a/b?AccessKeyId=x&Signature=y&Expires=1 now", "see https://obs.example.com/a/b?%s now" % MASK),
    ("'http://h/p?token=1'", "'http://h/p?%s'" % MASK), ("<a href=\"https://h/?x\">", "<a href=\"https://h/?%s\">" % MASK),
    ("https://h/p#token=1", "https://h/p?" + MASK), ("https://user:pass@h/p", "https://%s@h/p" % MASK),
    ("http://token@h:80/", "http://%s@h:80/" % MASK), ("https://h/p plain", "https://h/p plain"),
    ("mail a@example.com", "mail a@example.com"),
])
def test_what_nobody_registered(text, line):
    assert Redactor().line(text) == line


def test_userinfo_and_query_at_once():
    assert Redactor().line("https://user:pass@h/p?x=S") == "https://%s@h/p?%s" % (MASK, MASK)


@pytest.mark.parametrize("text, line", [
    ("a\nb\r\nc", "a b c"), ("\x1b[31mred\x07", "[31mred"), ("a\u2028b\u2029c", "a b c"), ("a\x85b\x7fc", "a b c"), ("\ud83dx", "x"),
    ("  a  ", "a"), ("\x00", ""), ("ü€", "ü€"),
])
def test_one_line_that_any_terminal_takes(text, line):
    assert Redactor().line(text) == line


@given(st.text(st.characters(codec=None), max_size=100))
def test_any_text_becomes_one_line(text):
    line = Redactor(["secret"]).line(text)
    assert len(line.splitlines()) <= 1
    line.encode("utf-8")


def test_its_length():
    assert Redactor().line("x" * 400) == "x" * 400
    assert Redactor().line("x" * 401) == "x" * 397 + "..."
    assert len(Redactor().line("x " * 10**6)) == 400


def test_a_secret_is_masked_before_the_line_is_cut():
    line = Redactor(["topsecret"]).line("x" * 395 + "topsecret")
    assert "tops" not in line


@pytest.mark.parametrize("value", [None, 7, ValueError("problem"), b"bytes", ["list"]])
def test_anything_can_be_told(value):
    assert Redactor().line(value) == str(value)
