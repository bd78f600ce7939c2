# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that get no answer: names that do not exist, TLS that fails, proxies that are no URL; and what to do then."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from loopback import Client, Loopback

from ansible_collections.opsaudit.sessions.plugins.module_utils._http import adapter
from ansible_collections.opsaudit.sessions.plugins.module_utils._http.no_answer import explain_no_answer
from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.errors import CODES


def unresolvable(monkeypatch, number):
    def fail(host, *args, **more):
        raise socket.gaierror(number, "nobody knows it")

    monkeypatch.setattr(socket, "getaddrinfo", fail)


class TestNames:
    def test_one_that_does_not_exist_is_not_tried_again(self, client, monkeypatch):
        unresolvable(monkeypatch, socket.EAI_NONAME)
        failure = client.failure("http://gw.exmaple.com:8009")
        assert (failure.kind, client.transport.requests) == ("network", 1)
        assert failure.line() == (
            "The request at gw.exmaple.com:8009 failed: the host name gw.exmaple.com:8009 does not exist. Check endpoint and the proxy."
        )

    def test_nor_one_of_a_proxy(self, client, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://me:pr0xypass@proxy.exmaple.com:3128")
        unresolvable(monkeypatch, socket.EAI_NONAME)
        failure = client.failure("http://gw.example.com")
        assert (failure.message, client.transport.requests) == ("the host name proxy.exmaple.com:3128 does not exist", 1)

    def test_a_name_server_that_does_not_answer_is_asked_again(self, client, monkeypatch):
        unresolvable(monkeypatch, socket.EAI_AGAIN)
        assert (client.failure("http://gw.example.com").kind, client.transport.requests) == ("network", 7)


def certificate(with_key_identifier):
    """A certificate for 127.0.0.1, and its own authority, as files' texts."""
    key, authority = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority")])
    begin = datetime.datetime(2020, 1, 1)
    builder = x509.CertificateBuilder().issuer_name(issuer).not_valid_before(begin).not_valid_after(datetime.datetime(2090, 1, 1))
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    root = (
        builder.subject_name(issuer).public_key(authority.public_key()).serial_number(1)
        .add_extension(x509.BasicConstraints(True, None), True).add_extension(usage, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority.public_key()), False).sign(authority, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = builder.subject_name(x509.Name([])).public_key(key.public_key()).serial_number(2).add_extension(names, True)
    if with_key_identifier:
        leaf = leaf.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private + leaf.sign(authority, hashes.SHA256()).public_bytes(pem), root.public_bytes(pem).decode()


class TestTls:
    @pytest.fixture
    def secure(self, tmp_path):
        servers = []

        def start(pem):
            path = tmp_path / "server.pem"
            path.write_bytes(pem)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(path)
            servers.append(Loopback(context))
            return servers[-1]

        yield start
        for server in servers:
            server.close()

    def test_an_authority_that_is_not_trusted(self, secure):
        failure = Client(retries=0).failure(secure(certificate(True)[0]).url)
        assert failure.kind == "tls"
        assert failure.message.startswith("the server's certificate is refused: ")
        assert failure.hint == "Its authority is not trusted here: give the authority's certificate in ca_path."

    def test_a_given_authority_that_did_not_sign_it(self, secure):
        failure = Client(verify=trustme.CA().cert_pem.bytes().decode()).failure(secure(certificate(True)[0]).url)
        assert (failure.kind, failure.hint[:46]) == ("tls", "None of the certificates in ca_path signs it: ")

    @pytest.mark.parametrize("with_key_identifier", [True, False])
    def test_a_certificate_without_the_key_identifier_that_python_3_13_demands(self, secure, monkeypatch, with_key_identifier):
        def strict():
            context = made()
            context.verify_flags |= ssl.VERIFY_X509_STRICT
            return context

        made = adapter.create_urllib3_context
        monkeypatch.setattr(adapter, "create_urllib3_context", strict)
        pem, root = certificate(with_key_identifier)
        client, url = Client(verify=root), secure(pem).url
        if with_key_identifier:
            assert client.send(url).data == {"ok": True}
        else:
            failure = client.failure(url)
            assert failure.kind == "tls" and "Authority Key Identifier" in failure.message
            assert failure.hint.startswith("Python 3.13 and newer require this extension")

    def test_an_answer_that_is_not_tls(self, server):
        failure = Client(retries=0).failure(server.url.replace("http:", "https:"))
        assert failure.kind == "tls" and failure.message.startswith("the answer is not TLS (")
        assert "Check scheme and port" in failure.hint

    def test_another_hosts_certificate(self, secure, tmp_path):
        authority = trustme.CA()
        issued = authority.issue_cert("other.example.com")
        pem = issued.private_key_pem.bytes() + b"".join(each.bytes() for each in issued.cert_chain_pems)
        failure = Client(verify=authority.cert_pem.bytes().decode()).failure(secure(pem).url)
        assert (failure.kind, failure.hint) == ("tls", "The certificate is for another host: check endpoint.")

    def test_a_connection_that_ends_in_the_handshake_is_tried_again(self, client):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            def hang_up():
                while True:
                    try:
                        listening.accept()[0].close()
                    except OSError:
                        return

            threading.Thread(target=hang_up, daemon=True).start()
            failure = client.failure("https://127.0.0.1:%d" % listening.getsockname()[1])
        assert (failure.kind, client.transport.requests) == ("network", 7)


@pytest.mark.parametrize("password", ["pr0xy/pass", "pr0xy#pass", "pr0xy?pass", "pr0xy[pass", "pr0xy]pass", "pr0xy pass", "pr0xy/p@ss"])
def test_a_proxy_that_is_no_url_is_refused_without_its_password(client, monkeypatch, password, capfd):
    monkeypatch.setenv("http_proxy", "http://me:%s@127.0.0.1:1" % password)
    failure = client.failure("http://gw.example.com")
    assert (failure.kind, client.transport.requests) == ("invalid_request", 0)
    assert failure.message == "the proxy in the environment is no URL such as http://proxy.example.com:3128"
    assert "pr0xy" not in failure.line() + repr(failure.as_dict()) + "".join(capfd.readouterr())


@pytest.mark.parametrize("proxy", ["http://[::1", "[", "http://:3128", "http://host:port", "http://host:99999999", "\x7f"])
def test_proxies_of_other_odd_shapes(client, monkeypatch, proxy):
    monkeypatch.setenv("http_proxy", proxy)
    failure = client.failure("http://gw.example.com")
    assert failure.kind in ("invalid_request", "network", "protocol") and "Traceback" not in failure.line()


@pytest.mark.parametrize("password, shown", [("pr0xy:pass", "pr0xy:pass"), ("pr0xy%2Fpass", "pr0xy/pass"), ("pr0xy@pass", "pr0xy@pass")])
def test_a_proxys_password_is_masked_in_every_form(server, monkeypatch, password, shown):
    """The proxy itself says it back."""
    client, proxy = Client(retries=0), Loopback()
    monkeypatch.setenv("http_proxy", proxy.url.replace("://", "://me:%s@" % password))
    proxy.replies = [(407, {}, ('{"message": "not %s, nor %s"}' % (password, shown)).encode())]
    failure = client.failure("http://gw.example.com")
    proxy.close()
    sent = proxy.asked[0][2]["proxy-authorization"].split()[1]
    assert "pass" not in failure.line() and failure.status == 407
    assert client.redactor.line("said %s" % sent) == "said ********"


@pytest.mark.parametrize("url", ["http://" + "a" * 300 + ".example.com", "http://exa..mple.com", "http://[::1", "http://h:99999", "http://\u00e4\u00e4"])
def test_endpoints_of_odd_shapes_fail_in_one_line(client, url):
    failure = client.failure(url)
    assert failure.kind in ("network", "protocol", "invalid_request") and "\n" not in failure.line()


def test_what_nobody_has_foreseen_is_a_failure_too():
    failure, may_pass = explain_no_answer(OSError(), "gw.example.com", (10, 30), False, False)
    assert (failure.kind, failure.message, may_pass) == ("network", "OSError", True)


def test_texts_leave_without_secrets(server):
    client = Client(retries=0, codes=CODES)
    client.redactor.add("S3CRET-of-mine")
    server.replies = [(400, {"X-Request-Id": "r S3CRET-of-mine"}, b'{"code": "S3CRET-of-mine", "message": "no S3CRET-of-mine\\u001b[31m\\nhere"}')]
    failure = client.failure(server.url)
    assert "S3CRET" not in failure.line() + repr(failure.as_dict())
    assert "\x1b" not in failure.line() and "\n" not in failure.line()
