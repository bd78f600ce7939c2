# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""hoop and Baidu: as whom and where a task asks."""

from __future__ import annotations

import base64
import re
import sys

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import (
    MissingLibrary,
    OptionError,
    SourceError,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._base.options import resolve
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc import archive as bcc_archive
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc import connection as bcc_connection
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.bcc.endpoints import SOURCE as BCC
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop import connection as hoop_connection
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.endpoints import SOURCE as HOOP

UUID = "b79ff037-d0ed-5c31-84f8-95d42c0e5426"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
GATEWAY = {"endpoint": "https://hoop.example.com"}


@pytest.fixture
def home(tmp_path):
    """A home with hoop's own file in it."""
    def write(text):
        folder = tmp_path / ".hoop"
        folder.mkdir(exist_ok=True)
        (folder / "config.toml").write_text(text, "utf-8")
        return {"HOME": str(tmp_path)}

    return write


def hoop(environ=None, **options):
    known = HOOP.all_options
    params = {name: declaration.get("default") for name, declaration in known.items()}
    environ = {"HOME": "/nonexistent", **(environ or {})}
    return hoop_connection.connect(resolve(known, {**params, **options}, environ, 0), environ)


def headers(connection):
    return connection.auth.sign(None, 0.0)


@pytest.mark.parametrize("options, expected", [
    ({"token": "eyJ.a.b"}, {"Authorization": "Bearer eyJ.a.b"}),
    ({"token": "hpk_abc"}, {"Authorization": "Bearer hpk_abc"}),
    ({"token": "xapi-abc"}, {"Api-Key": "xapi-abc"}),
    ({"token": UUID + "|random"}, {"Api-Key": UUID + "|random"}),
    ({"token": UUID}, {"Authorization": "Bearer " + UUID}),
    ({"token": "not-a-uuid|x"}, {"Authorization": "Bearer not-a-uuid|x"}),
    ({"token": "my-xapi-abc"}, {"Authorization": "Bearer my-xapi-abc"}),
    ({"api_key": "hpk_abc"}, {"Authorization": "Bearer hpk_abc"}),
    ({"api_key": "xapi-abc"}, {"Api-Key": "xapi-abc"}),
    ({"api_key": UUID.upper() + "|random"}, {"Api-Key": UUID.upper() + "|random"}),
    ({"api_key": "something-else"}, {"Api-Key": "something-else"}),
])
def test_the_header_for_each_kind_of_key(options, expected):
    """Exactly one: a key that is not accepted in its header hides a good one in the other."""
    assert headers(hoop(**GATEWAY, **options)) == expected


@pytest.mark.parametrize("options, environ, expected", [
    ({}, {"HOOP_TOKEN": "T"}, {"Authorization": "Bearer T"}),
    ({}, {"HOOP_APIKEY": "xapi-K"}, {"Api-Key": "xapi-K"}),
    ({"token": "O"}, {"HOOP_TOKEN": "T", "HOOP_APIKEY": "xapi-K"}, {"Authorization": "Bearer O"}),
    ({"api_key": "xapi-O"}, {"HOOP_TOKEN": "T"}, {"Api-Key": "xapi-O"}),
    ({"token": ""}, {"HOOP_TOKEN": "", "HOOP_APIKEY": "xapi-K"}, {"Api-Key": "xapi-K"}),
])
def test_options_and_environment(options, environ, expected):
    assert headers(hoop(environ, **GATEWAY, **options)) == expected


@pytest.mark.parametrize("options, environ, reported", [
    ({"token": "A", "api_key": "B"}, {}, "token and api_key: two ways to authenticate at once"),
    ({}, {"HOOP_TOKEN": "A", "HOOP_APIKEY": "B"}, "token (from HOOP_TOKEN) and api_key (from HOOP_APIKEY): two ways"),
    ({}, {}, "no credentials were given"),
    ({"token": ""}, {"HOOP_TOKEN": ""}, "no credentials were given"),
    ({"token": "A", "endpoint": ""}, {}, "endpoint: missing"),
    ({"token": "A", "endpoint": "hoop.example.com"}, {}, "endpoint: 'hoop.example.com' is not "),
])
def test_who_does_not_get_to_ask(options, environ, reported):
    with pytest.raises(OptionError) as caught:
        hoop(environ, **{**GATEWAY, **options})
    assert str(caught.value).startswith(reported)


@pytest.mark.parametrize("url, base", [
    ("https://hoop.example.com", "https://hoop.example.com"), ("https://hoop.example.com/", "https://hoop.example.com"),
    ("https://hoop.example.com/api", "https://hoop.example.com"), ("https://hoop.example.com/api/", "https://hoop.example.com"),
    ("https://example.com/hoop/api", "https://example.com/hoop"), ("http://127.0.0.1:8009", "http://127.0.0.1:8009"),
    ("https://api", "https://api"), ("https://example.com/rapi", "https://example.com/rapi"),
])
def test_with_and_without_api_at_its_end(url, base):
    assert hoop(endpoint=url, token="T").base == base
    assert hoop({"HOOP_APIURL": url}, token="T").base == base


class TestFile:
    """What C(hoop login) left behind."""

    FILE = 'api_url = "https://hoop.example.com/api"\ntoken = "FILE"\ngrpc_url = "x"\nskip_tls_verify = true\ntls_ca = "%s"\n'

    @pytest.fixture
    def environ(self, home):
        return home(self.FILE % base64.b64encode(PEM.encode()).decode())

    def test_all_of_it(self, environ):
        connection = hoop(environ)
        assert (connection.base, headers(connection)) == ("https://hoop.example.com", {"Authorization": "Bearer FILE"})
        assert connection.ca == PEM

    @pytest.mark.parametrize("endpoint", ["https://hoop.example.com", "https://hoop.example.com/", "https://hoop.example.com/api"])
    def test_its_token_is_for_its_gateway(self, environ, endpoint):
        assert headers(hoop(environ, endpoint=endpoint)) == {"Authorization": "Bearer FILE"}

    @pytest.mark.parametrize("endpoint", [
        "https://hoop.example.org", "http://hoop.example.com", "https://hoop.example.com:8443", "https://hoop.example.com/x",
    ])
    def test_and_for_no_other(self, environ, endpoint):
        with pytest.raises(OptionError) as caught:
            hoop(environ, endpoint=endpoint)
        assert "no credentials" in str(caught.value)
        assert "FILE" not in str(caught.value)
        assert hoop(environ, endpoint=endpoint, token="T").ca is None

    def test_a_token_of_the_option_goes_to_its_gateway(self, environ):
        connection = hoop(environ, token="T")
        assert (connection.base, headers(connection)) == ("https://hoop.example.com", {"Authorization": "Bearer T"})

    @pytest.mark.parametrize("text", ["", 'token = "FILE"', 'api_url = ""\ntoken = "FILE"', "api_url = 5", 'token = ["x"]'])
    def test_little_in_it(self, home, text):
        """A file in the middle of being written is a failure that may pass, not an option that is wrong."""
        with pytest.raises(SourceError) as caught:
            hoop(home(text), **GATEWAY)
        assert caught.value.kind == "file"
        assert "config.toml holds no token for https://hoop.example.com" in caught.value.line()

    @pytest.mark.parametrize("text", ["api_url = ", "\x00", '[a\ntoken = "FILE"'])
    def test_it_cannot_be_read(self, home, text):
        with pytest.raises(SourceError) as caught:
            hoop(home(text), **GATEWAY)
        assert caught.value.kind == "file"
        assert caught.value.line().startswith("Reading the credentials failed: ")
        assert "config.toml is no TOML file that can be read" in caught.value.message

    @pytest.mark.parametrize("token", ["s3cret\\nX-Evil: 1", "'s3cret'", '\\"s3cret\\"', "s3cr\u00e9t", " s3cret", "s3cret\\n\\nx", "\\u0000s3cret"])
    def test_a_bad_token_in_it_is_not_shown(self, home, token):
        with pytest.raises(SourceError) as caught:
            hoop(home('api_url = "https://hoop.example.com"\ntoken = "%s"\n' % token))
        assert caught.value.kind == "file"
        assert re.fullmatch(r"token \(from \S+/config\.toml\): the value is not printable ASCII .*", caught.value.message)
        assert "cret" not in caught.value.line()

    def test_what_an_editor_adds_is_removed(self, home):
        known = HOOP.all_options
        environ = home('\ufeffapi_url = "https://hoop.example.com"\r\ntoken = "\ufeffs3cret\\r\\n"\r\n')
        settings = resolve(known, {}, environ, 0)
        assert headers(hoop_connection.connect(settings, environ)) == {"Authorization": "Bearer s3cret"}
        assert len(settings.warnings) == 1 and settings.warnings[0].endswith("a byte order mark and the line break at its end was removed.")

    def test_it_is_not_read_where_it_is_not_needed(self, home):
        assert headers(hoop(home("not = = toml"), **GATEWAY, token="T")) == {"Authorization": "Bearer T"}

    def test_without_a_library_to_read_it(self, environ, monkeypatch):
        monkeypatch.setitem(sys.modules, "tomllib", None)
        monkeypatch.setitem(sys.modules, "tomli", None)
        with pytest.raises(MissingLibrary) as caught:
            hoop(environ)
        assert caught.value.library == "tomli"
        assert headers(hoop({}, **GATEWAY, token="T")), "who has no file needs none"

    def test_its_token_is_a_secret(self, environ):
        assert hoop(environ).auth.secrets() == ("FILE",)


class TestCa:
    """HOOP_TLSCA in three spellings."""

    def test_text(self):
        assert hoop({"HOOP_TLSCA": PEM}, **GATEWAY, token="T").ca == PEM

    def test_a_file(self, tmp_path):
        (tmp_path / "ca.pem").write_text(PEM)
        assert hoop({"HOOP_TLSCA": "file://%s/ca.pem" % tmp_path}, **GATEWAY, token="T").ca == PEM

    def test_base64(self):
        value = "base64://" + base64.b64encode(PEM.encode()).decode()
        assert hoop({"HOOP_TLSCA": value}, **GATEWAY, token="T").ca == PEM

    @pytest.mark.parametrize("value", [
        "text", "file:///nonexistent/x", "base64://%%%", "base64://" + base64.b64encode(b"no").decode(), "/etc/passwd",
        "file:///etc/passwd", "base64:///w==",
    ])
    def test_nothing_that_can_be_read(self, value):
        with pytest.raises(OptionError) as caught:
            hoop({"HOOP_TLSCA": value}, **GATEWAY, token="T")
        assert str(caught.value).startswith("HOOP_TLSCA: holds no certificate that can be read")

    @pytest.mark.parametrize("environ", [{}, {"HOOP_TLSCA": ""}])
    def test_none(self, environ):
        assert hoop(environ, **GATEWAY, token="T").ca is None


def baidu_page(sent):
    return {"code": "success", "result": {"totalCount": 0, "data": []}}


KEYS = {"access_key": "OPTION", "secret_key": "s"}


@pytest.mark.parametrize("options, environ, key, token", [
    (KEYS, {}, "OPTION", None),
    ({**KEYS, "security_token": "STS"}, {}, "OPTION", "STS"),
    ({}, {"BCE_ACCESS_KEY_ID": "BCE", "BCE_SECRET_ACCESS_KEY": "s", "BAIDUCLOUD_ACCESS_KEY": "TF"}, "BCE", None),
    ({}, {"BCE_ACCESS_KEY_ID": "", "BAIDUCLOUD_ACCESS_KEY": "TF", "BAIDUCLOUD_SECRET_KEY": "s"}, "TF", None),
    ({}, {"BAIDUCLOUD_ACCESS_KEY": "TF", "BAIDUCLOUD_SECRET_KEY": "s", "BAIDUCLOUD_SESSION_TOKEN": "STS"}, "TF", "STS"),
    ({}, {"BCE_ACCESS_KEY_ID": "B", "BCE_SECRET_ACCESS_KEY": "s", "BCE_SECURITY_TOKEN": "STS"}, "B", "STS"),
    (KEYS, {"BCE_SECURITY_TOKEN": "STS", "BCE_ACCESS_KEY_ID": "BCE"}, "OPTION", None),
    ({"access_key": "OPTION"}, {"BCE_SECRET_ACCESS_KEY": "s"}, "OPTION", None),
])
def test_who_asks_baidu(wire, options, environ, key, token):
    wire.answer = baidu_page
    wire.result(BCC, type=["COMMAND"], **options, environ=environ)
    (sent,) = wire.sent
    assert sent.headers["Authorization"].startswith("bce-auth-v1/%s/" % key)
    assert sent.headers.get("x-bce-security-token") == token


@pytest.mark.parametrize("options, reported", [
    ({}, "access_key, secret_key: missing"), ({"access_key": "A"}, "secret_key: missing"),
    ({"secret_key": "S3CRET"}, "access_key: missing"), ({"access_key": "A", "secret_key": ""}, "secret_key"),
])
def test_who_does_not_get_to_ask_baidu(wire, options, reported):
    message = wire.refusal(BCC, **options)
    assert message.startswith(reported)
    assert "S3CRET" not in message


@pytest.mark.parametrize("options, environ, host", [
    ({}, {}, "http://ca.bj.baidubce.com/"),
    ({"region": "gz"}, {"BCE_REGION": "su"}, "http://ca.gz.baidubce.com/"),
    ({}, {"BCE_REGION": "su", "BAIDUCLOUD_REGION": "bd"}, "http://ca.su.baidubce.com/"),
    ({}, {"BCE_REGION": "", "BAIDUCLOUD_REGION": "bd"}, "http://ca.bd.baidubce.com/"),
    ({}, {"BCE_CA_ENDPOINT": "https://env.example.com", "BCE_REGION": "gz"}, "https://env.example.com/"),
    # An option beats the environment, whichever of the two it is.
    ({"region": "gz"}, {"BCE_CA_ENDPOINT": "https://env.example.com"}, "http://ca.gz.baidubce.com/"),
    ({"region": "gz", "endpoint": "HTTP://H:80"}, {"BCE_CA_ENDPOINT": "https://env.example.com"}, "http://h/v1/"),
    ({"endpoint": "http://127.0.0.1:1/p/"}, {"BCE_CA_ENDPOINT": "https://env.example.com"}, "http://127.0.0.1:1/p/v1/"),
])
def test_where_to_ask_baidu(wire, options, environ, host):
    wire.answer = baidu_page
    wire.result(BCC, type=["COMMAND"], **KEYS, **options, environ=environ)
    assert wire.sent[0].url.startswith(host)


@pytest.mark.parametrize("options, place", [
    ({}, {"region": "bj"}), ({"region": "gz"}, {"region": "gz"}), ({"endpoint": "https://CA.SU.baidubce.com:443/"}, {"region": "su"}),
    ({"endpoint": "http://ca.su.baidubce.com:8080"}, {"host": "ca.su.baidubce.com:8080"}), ({"endpoint": "HTTP://Proxy:80/bj"}, {"host": "proxy"}),
    ({"endpoint": "http://127.0.0.1:8009", "region": "gz"}, {"host": "127.0.0.1:8009"}),
    ({"endpoint": "https://ca.bj.baidubce.com.evil.example"}, {"host": "ca.bj.baidubce.com.evil.example"}),
])
def test_a_scope_has_its_place_from_the_host_that_is_asked(options, place):
    known = bcc_archive.ARCHIVE.source.all_options
    params = {name: declaration.get("default") for name, declaration in known.items()}
    settings = resolve(known, {**params, **KEYS, **options}, {}, 0)
    connection = bcc_connection.connect(settings, {})
    assert bcc_archive.ARCHIVE.source.scope({"type": "COMMAND"}, settings, connection) == {**place, "type": "COMMAND"}
