# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the transport trusts, and what of the machine around it changes that: proxies do, nothing else."""

from __future__ import annotations

import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import trustme
from loopback import GOOD, Client, Loopback

from ansible_collections.opsaudit.sessions.plugins.module_utils._fetch import client as client_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.huaweicloud.auth_token import TokenAuth


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_path(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def tls_server(authority, *names):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return Loopback(context)


@pytest.fixture
def secure(authority):
    server = tls_server(authority, "127.0.0.1")
    yield server
    server.close()


def test_a_certificate_of_nobody_known_is_refused(secure):
    client = Client()
    failure = client.failure(secure.url)
    assert (failure.kind, secure.count, client.transport.requests) == ("tls", 0, 1)
    assert "certificate" in failure.message.lower()
    assert failure.hint == "Its authority is not trusted here: give the authority's certificate in ca_path."


def test_ca_path(secure, ca_path):
    assert Client(verify=Path(ca_path).read_text()).send(secure.url).data == {"ok": True}


def test_validate_certs_false(secure):
    assert Client(verify=False).send(secure.url).data == {"ok": True}


def test_another_hosts_certificate_is_refused(authority, ca_path):
    server = tls_server(authority, "other.example.com")
    failure = Client(verify=Path(ca_path).read_text()).failure(server.url)
    server.close()
    assert (failure.kind, server.count) == ("tls", 0)


def test_plain_http_where_tls_is_expected(server):
    failure = Client().failure(server.url.replace("http:", "https:"))
    assert (failure.kind, server.count) == ("tls", 0)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_no_variable_makes_it_trust_more(secure, ca_path, monkeypatch, name):
    monkeypatch.setenv(name, ca_path)
    assert Client().failure(secure.url).kind == "tls"


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_no_variable_makes_it_trust_less(secure, ca_path, monkeypatch, name):
    monkeypatch.setenv(name, "/nonexistent/ca.pem")
    assert Client(verify=Path(ca_path).read_text()).send(secure.url).data == {"ok": True}
    assert Client(verify=False).send(secure.url).data == {"ok": True}


@pytest.mark.parametrize("name", [".netrc", "_netrc"])
def test_netrc_does_not_change_who_one_is(server, monkeypatch, tmp_path, name):
    (tmp_path / name).write_text("machine 127.0.0.1 login thief password st0len\ndefault login d password st0len\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / name))
    client = Client()
    client.send(server.url)
    client.send(server.url, auth=TokenAuth("huawei"))
    first, second = (headers for _method, _target, headers, _body in server.asked)
    assert first["authorization"] == "Bearer t0ken"
    assert "authorization" not in second and second["x-auth-token"] == "huawei"


def test_cookies_are_not_sent_back(server, client):
    server.replies = [(200, {"Set-Cookie": "session=abc; Path=/"}, b"{}"), GOOD]
    client.send(server.url)
    client.send(server.url)
    assert ["cookie" in headers for _method, _target, headers, _body in server.asked] == [False, False]


def test_one_connection_for_many_requests(server, client):
    ports = set()

    def reply(handler):
        ports.add(handler.client_address[1])
        handler.close_connection = False
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    server.replies = [reply]
    for _each in range(5):
        client.send(server.url)
    assert len(ports) == 1


class TestProxy:
    def test_it_is_used(self, server, monkeypatch):
        proxy = Loopback()
        monkeypatch.setenv("http_proxy", proxy.url)
        client = Client()
        assert client.send("http://source.invalid").data == {"ok": True}
        proxy.close()
        assert [asked[1] for asked in proxy.asked] == ["http://source.invalid/x"]
        assert proxy.asked[0][2]["host"] == "source.invalid"

    def test_not_for_hosts_that_are_left_out(self, server, monkeypatch):
        proxy = Loopback()
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        Client().send(server.url)
        proxy.close()
        assert (proxy.asked, server.count) == ([], 1)

    def test_tls_goes_through_it_as_a_tunnel(self, monkeypatch):
        """It learns where to, and neither the path nor a credential."""
        proxy = Loopback()
        monkeypatch.setenv("https_proxy", proxy.url)
        failure = Client(retries=0).failure("https://source.invalid", path="/secret-path")
        proxy.close()
        assert failure.kind in ("network", "protocol")
        assert proxy.asked == [], "CONNECT is no GET: the server of this test refuses it"

    def test_its_password_is_not_in_a_failure(self, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://user:pr0xypass@127.0.0.1:1")
        failure = Client(retries=0).failure("http://source.invalid")
        assert failure.kind == "network"
        assert "pr0xypass" not in failure.line() + repr(failure.as_dict())


class TestOptions:
    """What the options make of it, in the runner."""

    def trust(self, connection_ca=None, **options):
        given = {"validate_certs": True, "ca_path": None, **options}
        connection = type("Connection", (), {"ca": connection_ca})
        return client_module.find_trust(given, connection)

    def test_the_usual(self):
        assert self.trust() is True

    def test_nothing_is_verified(self, ca_path):
        assert self.trust(validate_certs=False, ca_path=ca_path) is False

    def test_a_file(self, ca_path):
        """Its certificates, for no file is needed afterwards."""
        assert self.trust(ca_path=ca_path) == Path(ca_path).read_text().strip()

    def test_what_stands_between_certificates(self, tmp_path, authority):
        pem = authority.cert_pem.bytes().decode().strip()
        path = tmp_path / "ca.pem"
        path.write_text("# Autorité\n%s\n# ä\n%s\n" % (pem, pem), encoding="utf-8")
        assert self.trust(ca_path=str(path)) == pem + "\n" + pem

    def test_certificates_that_are_no_file(self, authority):
        pem = authority.cert_pem.bytes().decode()
        assert self.trust(connection_ca=pem) == pem.strip()

    def test_the_option_wins(self, ca_path):
        assert self.trust(connection_ca="no certificates", ca_path=ca_path) == Path(ca_path).read_text().strip()

    @pytest.mark.parametrize("content", [None, "", "text", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"])
    def test_no_certificates_in_it(self, tmp_path, content):
        path = tmp_path / "ca.pem"
        if content is not None:
            path.write_text(content)
        with pytest.raises(client_module.OptionError) as caught:
            self.trust(ca_path=str(path))
        assert str(caught.value).startswith("ca_path: '%s' is not " % path)


def test_without_requests_it_says_which_library_is_missing():
    code = (
        "import sys; sys.modules['requests'] = None\n"
        "from ansible_collections.opsaudit.sessions.plugins.module_utils._http import transport\n"
        "from ansible_collections.opsaudit.sessions.plugins.module_utils._base import errors, redaction\n"
        "try: transport.Transport(redaction.Redactor())\n"
        "except errors.MissingLibrary as missing: print(missing.library, 'ImportError' in missing.problem or 'ModuleNotFound' in missing.problem)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["requests", "True"]
