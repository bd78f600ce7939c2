# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages to webhooks: what is sent, once, what counts as accepted, and that no secret is shown."""

from __future__ import annotations

import base64
import json
import socket
import ssl

import pytest
import trustme
from loopback import Loopback, raw

from ansible_collections.opsaudit.sessions.plugins.module_utils._http import backoff
from ansible_collections.opsaudit.sessions.plugins.module_utils._notify.task import NotifyTask
from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.unit.tasks import result_of

SECRETS = {"dingtalk": credentials.DINGTALK_SECRET, "feishu": credentials.FEISHU_SECRET}


def notify(*urls, check=False, **given):
    given = {"title": "Audit alert", "text": "one\ntwo", **given}
    result = result_of(NotifyTask(), {"urls": list(urls), **given}, check=check)
    shown = json.dumps(result)
    for secret in credentials.SECRETS:
        assert secret not in shown
    return result


@pytest.fixture
def no_waiting(monkeypatch):
    waits = []
    monkeypatch.setattr(backoff, "compute_delay", lambda attempt, retry_after=None: waits.append(retry_after) or 0)
    return waits


@pytest.mark.parametrize("name", ["json", "slack", "teams", "dingtalk", "feishu", "wecom"])
def test_each_format_is_accepted(emulator, urls, name):
    result = notify(urls[name], format=name, secret=SECRETS.get(name))
    assert not result.get("failed"), result
    (sent,) = result["sent"]
    assert result["changed"] is True and sent["accepted"] is True and sent["service"] == emulator.urls["chat"].partition("//")[2]
    assert len(emulator.log("chat")) == 1


@pytest.mark.parametrize("name", ["slack", "teams", "dingtalk", "feishu", "wecom"])
@pytest.mark.parametrize("text", ["\n".join("%d %s" % (each, "\u4e2d" * 20) for each in range(5000)), "\U0001f600" * 50_000])
def test_the_service_takes_what_was_cut(urls, name, text):
    assert notify(urls[name], format=name, secret=SECRETS.get(name), text=text)["sent"][0]["accepted"] is True


def test_old_robots_and_those_that_want_a_word(emulator, urls):
    old = urls["feishu"].replace(credentials.FEISHU_SIGNED, credentials.FEISHU_OLD)
    assert notify(old, format="feishu")["sent"][0]["accepted"] is True
    word = urls["dingtalk"].replace(credentials.DINGTALK_SIGNED, credentials.DINGTALK_KEYWORD)
    assert notify(word, format="dingtalk")["sent"][0]["accepted"] is True
    refused = notify(word, format="dingtalk", title="Alert")
    assert "keywords not in content" in refused["msg"]


@pytest.mark.parametrize("name, change, status, answer", [
    ("json", {"url": "/json/wrong-token-1234"}, 403, "no such hook: ********"),
    ("slack", {"url": "/slack/services/T1/B1/wrong-token-1234"}, 403, "invalid_token"),
    ("slack", {"text": " ", "title": None}, 400, "no_text"),
    ("slack", {"body": {"summary": "x"}}, 400, "invalid_payload"),
    ("teams", {"body": {"text": "x"}}, 400, "TriggerInputSchemaMismatch"),
    ("dingtalk", {"secret": "SECwrong-secret"}, 200, "sign not match"),
    ("dingtalk", {"secret": None}, 200, "invalid timestamp"),
    ("dingtalk", {"url": "/dingtalk/robot/send?access_token=wrong-token-1234"}, 200, "token is not exist"),
    ("feishu", {"secret": "wrong-secret"}, 200, "sign match fail"),
    ("feishu", {"secret": None}, 200, "sign match fail"),
    ("feishu", {"body": {"msg_type": "nothing"}}, 200, "Bad Request"),
    ("wecom", {"url": "/wecom/cgi-bin/webhook/send?key=wrong-token-1234"}, 200, "93000"),
    ("wecom", {"body": {"msgtype": "text", "text": {"content": "x" * 2049}}}, 200, "exceed max length"),
])
def test_a_refusal_is_shown_and_fails(emulator, urls, name, change, status, answer):
    change = dict(change)
    url = emulator.urls["chat"] + change.pop("url") if "url" in change else urls[name]
    result = notify(url, format=name, **{"secret": SECRETS.get(name), **change})
    (sent,) = result["sent"]
    assert result["failed"] is True and sent["accepted"] is False and result["changed"] is False
    assert sent["answer"].startswith("HTTP %d: " % status) and answer in sent["answer"] and sent["answer"] in result["msg"]
    assert "wrong" not in json.dumps(result)
    kinds = {200: "invalid_request", 400: "invalid_request", 403: "permission"}
    assert result["failure"]["kind"] == kinds[status]


@pytest.mark.parametrize("name, answer", [("dingtalk", "130101"), ("wecom", "45009")])
def test_too_many_a_minute_are_refused_and_not_sent_again_at_once(emulator, urls, name, answer):
    results = [notify(urls[name], format=name, secret=SECRETS.get(name)) for _number in range(21)]
    assert [each.get("failed", False) for each in results] == [False] * 20 + [True] and answer in results[-1]["msg"]
    assert len(emulator.log("chat")) == 21


def test_a_clock_that_is_wrong_is_what_the_service_says(emulator, urls):
    emulator.config(clock_skew={"chat": 7200})
    for name, answer in (("dingtalk", "invalid timestamp"), ("feishu", "not within one hour")):
        assert answer in notify(urls[name], format=name, secret=SECRETS[name])["msg"]


def test_all_are_tried_and_those_that_accepted_are_named(emulator, urls):
    bad = emulator.urls["chat"] + "/slack/services/T1/B1/wrong-token-1234"
    other = urls["slack"].replace("127.0.0.1", "localhost")
    result = notify(bad, urls["slack"], bad + "5", other, format="slack")
    assert [each["accepted"] for each in result["sent"]] == [False, True, False, True]
    assert result["failed"] is True and result["changed"] is True
    assert "2 of 4 did not accept the message: 127.0.0.1:" in result["msg"] and result["msg"].count("invalid_token") == 2
    assert len(emulator.log("chat")) == 4


def test_check_mode_sends_nothing_and_checks_all(emulator, urls):
    assert notify(urls["json"], check=True) == {"changed": True, "sent": []}
    assert emulator.log("chat") == []
    assert notify("https://", check=True)["failed"] is True


def test_own_body_headers_login_and_acceptance(server):
    server.replies = [(200, {}, b'{"queued": 3}')]
    url = server.url.replace("//", "//ana:p%40ss-w0rd@") + "/a%2Fb/hook?z=1&a=%2F&z=2"
    result = notify(url, body={"alert": "\u4e2d", "n": [1]}, headers={"X-Api-Key": "k3y-never-print", "content-type": "application/vnd.x+json"},
                    accept="body.queued > `2`")
    assert result["sent"] == [{"service": server.url.partition("//")[2], "accepted": True, "answer": 'HTTP 200: {"queued": 3}'}]
    ((method, target, headers, body),) = server.asked
    # As it was given, not sorted and not encoded again.
    assert (method, target) == ("POST", "/a%2Fb/hook?z=1&a=%2F&z=2")
    assert json.loads(body) == {"alert": "\u4e2d", "n": [1]} and headers["content-type"] == "application/vnd.x+json"
    assert headers["x-api-key"] == "k3y-never-print" and headers["authorization"] == "Basic " + base64.b64encode(b"ana:p@ss-w0rd").decode()
    refused = notify(url, accept="body.queued > `3`")
    assert refused["failed"] is True and refused["sent"][0]["answer"] == 'HTTP 200: {"queued": 3}'
    notify(url, body="plain text \u4e2d")
    assert server.asked[-1][3] == "plain text \u4e2d".encode() and server.asked[-1][2]["content-type"] == "text/plain; charset=utf-8"


def test_what_accept_cannot_be_applied_to_is_said(server):
    result = notify(server.url, accept="length(status) > `1`")
    assert result["failed"] is True and "accept: " in result["msg"] and "HTTP 200" in result["msg"]


def test_a_service_that_says_back_what_it_was_sent_shows_no_secret(server):
    def echo(path, query, header, login):
        return ("%s %s %s %s" % (path, query, header, login)).encode()

    secrets = ("p4th-t0ken-never", "qu3ry-t0ken%2Fnever", "h34der-t0ken-never", "us3r-passw0rd-never")
    login = base64.b64encode(b"ana:" + secrets[3].encode()).decode()
    server.replies = [
        (500, {}, echo(secrets[0], secrets[1], secrets[2], login)), (500, {}, b'{"url": "\\/a\\/%s?key=%s"}' % (secrets[0].encode(), secrets[1].encode())),
        (500, {}, echo(secrets[0].upper(), secrets[1].replace("%2F", "/"), secrets[2], secrets[3])),
    ]
    url = "http://ana:%s@%s/a/%s?key=%s" % (secrets[3], server.url.partition("//")[2], secrets[0], secrets[1])
    for _reply in range(3):
        shown = json.dumps(notify(url, headers={"Authorization": "Bearer " + secrets[2]}))
        for secret in (*secrets, login, secrets[1].replace("%2F", "/")):
            assert secret not in shown, secret
        assert "HTTP 500" in shown


def test_signatures_and_own_bodies_that_are_said_back_are_masked(server):
    def repeat(handler):
        (_method, target, _headers, body) = server.asked[-1]
        content = (target + " " + body.decode()).encode()
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(content), content))(handler)

    server.replies = [repeat]
    for given in ({"format": "dingtalk", "secret": "SECx"}, {"format": "feishu", "secret": "x-secret"}):
        result = notify(server.url, text="short", title=None, **given)
        target, body = server.asked[-1][1], server.asked[-1][3].decode()
        sign = target.partition("sign=")[2] or json.loads(body)["sign"]
        assert len(sign) > 40 and sign not in json.dumps(result) and "short" in result["msg"]
    result = notify(server.url, format="wecom", body={"msgtype": "text", "deep": [{"key": "b0dy-t0ken-never"}]})
    assert "b0dy-t0ken-never" not in json.dumps(result) and "msgtype" in result["msg"]


def test_a_message_that_may_have_arrived_is_not_sent_twice(server, no_waiting):
    for reply in ((500, {}, b""), (502, {}, b""), (504, {}, b""), (408, {}, b""), raw(b"", reset=True), raw(b"HTTP/1.1 nonsense\r\n\r\n")):
        server.asked.clear()
        server.replies = [reply, (200, {}, b"")]
        assert notify(server.url)["failed"] is True
        assert server.count == 1, reply


def test_a_message_that_was_not_taken_is_sent_again(server, no_waiting):
    server.replies = [(429, {"Retry-After": "7"}, b""), (503, {}, b""), (200, {}, b"")]
    assert notify(server.url)["sent"][0]["accepted"] is True
    assert server.count == 3 and no_waiting == [7.0, None]
    server.replies = [(429, {}, b"slow down")]
    server.asked.clear()
    result = notify(server.url, retries=2)
    assert server.count == 3 and result["sent"][0]["answer"] == "HTTP 429: slow down" and result["failure"]["kind"] == "rate_limited"


def test_where_nobody_listens_it_is_tried_again(no_waiting):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        result = notify("http://127.0.0.1:%d/t0ken-never-print" % unused.getsockname()[1], retries=3)
    assert result["failed"] is True and result["failure"]["kind"] == "network" and len(no_waiting) == 3
    assert "t0ken-never-print" not in json.dumps(result)
    assert result["sent"][0]["accepted"] is False


def test_a_redirect_is_not_followed(server):
    server.replies = [(302, {"Location": server.url + "/other"}, b"")]
    result = notify(server.url + "/hook-never-print")
    assert server.count == 1 and "redirects are not followed" in result["msg"]


def test_certificates_are_verified(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    secure = Loopback(context)
    try:
        refused = notify(secure.url + "/hook-never-print")
        assert refused["failure"]["kind"] == "tls" and secure.count == 0 and "hook-never-print" not in json.dumps(refused)
        for given in ({"ca_path": str(tmp_path / "ca.pem")}, {"validate_certs": False}):
            assert notify(secure.url, **given)["sent"][0]["accepted"] is True
    finally:
        secure.close()


def test_a_proxy_that_is_down_took_nothing_and_its_password_is_masked(monkeypatch, no_waiting):
    monkeypatch.setenv("HTTPS_PROXY", "http://ana:pr0xy-never-print@127.0.0.1:9")
    result = notify("https://hooks.example.com/t0ken-never-print", retries=1)
    assert result["failure"]["kind"] == "network" and len(no_waiting) == 1
    assert "never-print" not in json.dumps(result)


def test_an_answer_without_end_is_not_read(server):
    server.replies = [(200, {}, b"x" * 10_000_000)]
    result = notify(server.url)
    assert result["sent"][0]["accepted"] is True and len(result["sent"][0]["answer"]) <= 400


@pytest.mark.parametrize("given, line", [
    ({"urls": []}, "urls: missing"),
    ({"urls": ["https://h.example.com/secret-path-1", "https:///secret-path-2"]}, "urls[1]: the value is not a URL such as https://host/path"),
    ({"urls": ["https://h.example.com:99999/secret-path"]}, "urls[0]: the value is not a URL"),
    ({"urls": ["https://h.example.com/secret path"]}, "urls[0]: the value is not a URL"),
    ({"urls": ["secret-path"]}, "urls[0]: the value is not a URL"),
    ({"format": "slack", "secret": "secret-path"}, "secret: format slack has no signature (leave it out; formats with one are dingtalk, feishu)"),
    ({"format": "dingtalk", "secret": "secret-path"}, "secret: the value does not begin with SEC, as those of dingtalk do (it is not shown here)"),
    ({"format": "feishu", "secret": "secret-path", "body": "x"}, "body: this is no dictionary"),
    ({"headers": {"X Y": "secret-path"}}, "headers: a name is not that of a header, such as X-Api-Key"),
    ({"headers": {"X-Y": "secret-path\nX: y"}}, "headers.X-Y: the value is not one line of ASCII characters (it is not shown here)"),
    ({"headers": {"X-Y": ["secret-path"]}}, "headers.X-Y: the value is not one line"),
    ({"accept": "body."}, "accept: 'body.' is not a JMESPath expression over status and body of an answer"),
    ({"ca_path": "/nowhere/ca.pem"}, "ca_path: '/nowhere/ca.pem' is not a file with PEM certificates"),
    ({"urls": ["dingtalk://secret-path/0123456789"]}, "urls[0]: dingtalk:// is not supported (write the https:// URL of the robot with format: dingtalk"),
    ({"urls": ["WeComBot://secret-path"]}, "urls[0]: wecombot:// is not supported (write the https:// URL of the robot with format: wecom"),
    ({"urls": ["nonsense://secret-path"]}, "urls[0]: the value is not a nonsense:// URL that Apprise knows (it is not shown here)"),
    ({"urls": ["pagerduty://secret-path"]}, "urls[0]: the value is not a pagerduty:// URL that Apprise knows"),
])
def test_mistakes_are_one_line_and_nothing_is_sent(server, given, line):
    result = notify(*given.pop("urls", [server.url]), **given)
    assert result["failed"] is True and line in result["msg"], result["msg"]
    assert result["failure"]["kind"] == "invalid_request" and server.count == 0
    assert "secret-path" not in json.dumps(result)


def test_half_a_character_is_sent_as_a_question_mark(urls, emulator):
    assert notify(urls["wecom"], format="wecom", text="a\ud800b")["sent"][0]["accepted"] is True
    assert "a?b" in emulator.log("chat")[0]["body"]
