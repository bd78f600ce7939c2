# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret in any text, in no spelling."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.redaction import (
    MASK,
    Redactor,
    mask,
    printable,
)

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


#: As sources declare them.
PATTERNS = (r"(bce-auth-v1/)\S+", "(?i)(signature=)[0-9a-f]{16,}")


@pytest.mark.parametrize("text, line", [
    ("SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=" + "a1" * 32, "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=" + MASK),
    ("expected signature=%s but" % ("0f" * 32), "expected signature=%s but" % MASK),
    ("bad bce-auth-v1/AK/2024-03-22T09:38:06Z/1800/host/" + "ab" * 32 + " here", "bad bce-auth-v1/%s here" % MASK),
])
def test_what_a_source_declares(text, line):
    redactor = Redactor()
    assert redactor.line(text) == text
    redactor.add_patterns(PATTERNS)
    assert redactor.line(text) == line


@pytest.mark.parametrize("text, line", [
    ("see https://obs.example.com/a/b?AccessKeyId=x&Signature=y&Expires=1 now", "see https://obs.example.com/a/b?%s now" % MASK),
    ("'http://h/p?token=1'", "'http://h/p?%s'" % MASK), ("<a href=\"https://h/?x\">", "<a href=\"https://h/?%s\">" % MASK),
    ("https://h/p#token=1", "https://h/p?" + MASK), ("https://user:pass@h/p", "https://%s@h/p" % MASK),
    ("http://token@h:80/", "http://%s@h:80/" % MASK), ("https://h/p plain", "https://h/p plain"),
    ("mail a@example.com", "mail a@example.com"), ("https://h/users/a@example.com", "https://h/users/a@example.com"),
    ("postgresql://u:pass@h/d", "postgresql://%s@h/d" % MASK),
    # Without a scheme, and without a host.
    ("to //h/p?token=1", "to //h/p?" + MASK), ("to /p?X-Amz-Signature=1&x=2", "to /p?" + MASK), ("h.example/p#access_token=1", "h.example/p?" + MASK),
    ("is a=1 or b=2?", "is a=1 or b=2?"), ("why? because=1", "why? because=1"),
    # A password that holds what ends a host.
    ("http://u:pa/ss@proxy:1/", "http://%s@proxy:1/" % MASK), ("http://u:pa#ss@proxy", "http://%s@proxy" % MASK),
    ("http://u:pa?ss@proxy", "http://%s@proxy" % MASK), ("http://u:pa[ss@proxy", "http://%s@proxy" % MASK),
    ("http://u:p@ss@proxy", "http://%s@proxy" % MASK), ("a=http://u:p@h,b=http://v:q@i", "a=http://%s@i" % MASK),
])
def test_what_nobody_registered(text, line):
    assert Redactor().line(text) == line


@pytest.mark.parametrize("text, line", [
    # The first parameter has no value.
    ("bucket.obs.example.com/k?acl&AWSAccessKeyId=A&Signature=S", "bucket.obs.example.com/k?" + MASK),
    ("h/x?a/b=1&sig=S", "h/x?" + MASK), ("h/x?a{0}=1&sig=S", "h/x?" + MASK),
    # No scheme.
    ("u:S@h/x", "u:%s@h/x" % MASK), ("(u:S@h/x)", "(u:%s@h/x)" % MASK), ("proxy=u:p/S@h:80", "proxy=u:%s@h:80" % MASK),
    ("u:S@h/x?a=S", "u:%s@h/x?%s" % (MASK, MASK)),
    ("h/x?sig=S&next=https://h/", "h/x?" + MASK),
    # Parameters of a path.
    ("https://h/x;token=S", "https://h/x;" + MASK), ("https://h/x;token=S/y?a=S", "https://h/x;" + MASK),
    # Percent-encoded, once and twice.
    ("https%3A%2F%2Fh%2Fx%3Fsig%3DS", "https%3A%2F%2Fh%2Fx%3F" + MASK), ("to=https%3a%2f%2fh%2fx%3fsig%3dS", "to=https%3a%2f%2fh%2fx%3f" + MASK),
    ("https%253A%252F%252Fh%252Fx%253Fsig%253DS", "https%253A%252F%252Fh%252Fx%253F" + MASK), ("h%2Fx%3Fsig%3DS", "h%2Fx%3F" + MASK),
    ("https%3A%2F%2Fu%3AS%40h%2Fx", "https%3A%2F%2F" + MASK + "%40h%2Fx"), ("https%3A%2F%2Fh%2Fx%3Btoken%3DS", "https%3A%2F%2Fh%2Fx%3B" + MASK),
    # A quote within a query.
    ('?a="&sig=S', "?" + MASK), ('h/x?a="b"&sig=S', 'h/x?%s"&%s' % (MASK, MASK)),
    ("https://h/x?sig='S'", "https://h/x?%s'" % MASK), ("https://h/x?a=b'&sig=S", "https://h/x?%s'&%s" % (MASK, MASK)),
    # Slashes as JSON may escape them.
    (r"https:\/\/u:S@h\/x", r"https:%s@h\/x" % MASK), (r"https:\/\/h\/x?sig=S", r"https:\/\/h\/x?" + MASK),
])
def test_links_in_other_spellings(text, line):
    assert Redactor().line(text) == line
    assert Redactor().line("see %s now" % text) == "see %s now" % line


@pytest.mark.parametrize("text", [
    "text/html;charset=utf-8", "mailto:jane@example.com", "jane@example.com: not found", "R&D, AT&T", "a=1, b=2", "at 10:30:00 in 2026",
    "100%25 of it", "what? no: a=1 is wrong",
    "https://h/x; token", "https%3A%2F%2Fh%2Fusers%2Fjane%40example.com", "alpine:3.20", "git@example.com:a/b",
    'name="a" value="b"', "registry.example.com/a:1@sha256",
])
def test_ordinary_text_stays(text):
    assert Redactor().line(text) == text


@pytest.mark.parametrize("shown", [r"pa\/ss&<\u00fc>", r"pa\/ss\u0026\u003c\u00fc\u003e", r"pa/ss\u0026\u003cü\u003e", r"pa\/ss&<ü>"])
def test_as_other_languages_write_it_in_json(shown):
    redactor = Redactor()
    redactor.add_credential("pa/ss&<ü>")
    assert redactor.line("x %s y" % shown) == "x %s y" % MASK
    assert redactor.mask([shown]) == [MASK]


def test_userinfo_and_query_at_once():
    assert Redactor().line("https://user:pass@h/p?x=S") == "https://%s@h/p?%s" % (MASK, MASK)


@pytest.mark.parametrize("text, line", [
    ("a\nb\r\nc\t", "a\\nb\\r\\nc"), ("\x1b[31mred\x07", "\\x1b[31mred\\x07"), ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
    ("a\x85b\x7fc", "a\\x85b\\x7fc"), ("\ud83dx", "\\ud83dx"), ("  a  ", "a"), ("\x00", "\\x00"), ("ü€ 😀", "ü€ 😀"),
    ("txt.\u202egpj", "txt.\\u202egpj"), ("a\u2066b\u200f\u061c\ufeff", "a\\u2066b\\u200f\\u061c\\ufeff"), ("x\U000e0041", "x\\U000e0041"),
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
def test_anything_can_be_reported(value):
    assert Redactor().line(value) == str(value)


def test_a_text_of_any_length_is_masked_before_it_is_cut():
    """A mask is shorter than a secret: what was cut off may come into view."""
    secret = "s3cret-" + "x" * 893
    line = Redactor([secret]).line(secret * 30)
    assert "s3cret" not in line and "xx" not in line


@pytest.mark.parametrize("text", [
    "http://", "http://u:p@", "?", "#a", "?a", "a://b?", "'", "@", "\x1b", "signature=", "bce-auth-v1/", "http://[", "a:", "=",
    "&", "a&", ";", "http://;", "%", "%25", "%3A%2F%2F", "%3a%2f%2fa%3a", "%40", "%3F", "a:@", ":", "a", "='", "25", "a.",
])
def test_a_hostile_text_is_looked_at_once(text):
    """A megabyte of it would take some ten minutes if each place in it were the start of a look at all the rest."""
    redactor = Redactor(["s3cret-token"])
    redactor.add_patterns(PATTERNS)
    assert "s3cret" not in redactor.redact(text * (2**20 // len(text)) + " s3cret-token")


class TestRecords:
    """In records only the source's own credentials are looked for, and only if they are long."""

    def test_short_ones_and_other_secrets_are_left_alone(self):
        redactor = Redactor(["postgresql://u:postgres@h/d", "postgres"])
        redactor.add_credential("root")
        redactor.add_credential("s3cret-token")
        record = {"user": "root", "db": "postgres", "text": "x s3cret-token y"}
        assert redactor.is_in([record])
        assert redactor.mask([record]) == [{"user": "root", "db": "postgres", "text": "x %s y" % MASK}]
        assert redactor.line("root postgres s3cret-token") == " ".join([MASK] * 3)

    def test_without_one_nothing_is_masked(self):
        redactor = Redactor(["another-secret"])
        redactor.add_credential("s3cret-token")
        assert not redactor.is_in([{"a": "another-secret"}]) and not Redactor().is_in([{"a": 1}])

    @pytest.mark.parametrize("record", [
        {"s3cret-token": 1}, {"a": {"b": [{"x-s3cret-token-x": None}]}}, {"a": ["s3cret-token"]}, {"a": [[["s3cret-token"]]]},
    ])
    def test_wherever_it_is(self, record):
        redactor = Redactor()
        redactor.add_credential("s3cret-token")
        assert redactor.is_in([record])
        assert "s3cret-token" not in repr(redactor.mask([record]))

    def test_two_keys_stay_two(self):
        assert mask({"one-secret": 1, "two-secret": 2, MASK: 3}, ["one-secret", "two-secret"]) == {MASK: 1, MASK + "*": 2, MASK + "**": 3}

    @given(st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20,
    ))
    def test_nothing_else_changes(self, value):
        redactor = Redactor()
        redactor.add_credential("s3cret-token")
        assert not redactor.is_in(value) and redactor.mask(value) == value


class TestUrl:
    """A URL that is a secret: an error may show a part of it alone."""

    URL = "https://user:passw0rd@hooks.example.com/services/T000/B000/XXXXYYYY?key=abcdefgh&x=1"

    @pytest.mark.parametrize("shown", [
        URL, "/services/T000/B000/XXXXYYYY?key=abcdefgh&x=1", "/services/T000/B000/XXXXYYYY", "abcdefgh", "passw0rd", "user:passw0rd",
    ])
    def test_a_part_of_it(self, shown):
        redactor = Redactor()
        redactor.add_url(self.URL)
        assert redactor.line("Max retries exceeded with url: %s (Caused by x)" % shown) == "Max retries exceeded with url: %s (Caused by x)" % MASK

    def test_its_host_is_no_secret(self):
        redactor = Redactor()
        redactor.add_url(self.URL)
        assert redactor.line("no answer from hooks.example.com, x=1") == "no answer from hooks.example.com, x=1"


@given(st.text(st.characters(codec=None)))
def test_what_is_printable_deceives_nobody(text):
    shown = printable(text)
    assert not any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in shown)
    assert not any(unicodedata.bidirectional(each) in ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI") for each in shown)
    assert printable(shown) == shown
