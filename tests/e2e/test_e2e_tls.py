# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is trusted, and who one is: what the options say, and nothing that lies about on the machine."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import HOOP, TAURUSDB, comparable
from ansible_collections.opsaudit.sessions.tests.emulator import credentials

#: What is asked and what comes back, whatever ansible-core runs the task.
pytestmark = pytest.mark.any_core


def test_certificates(tasks):
    urls = tasks.urls
    hoop = {"endpoint": urls["hoop_tls"]}
    taurusdb = {"endpoint": urls["taurusdb_tls"], "retries": 0}
    ca = urls["ca_path"]
    scenes = {
        "unknown": tasks.scene(HOOP, **hoop),
        "unknown taurusdb": tasks.scene(TAURUSDB, **taurusdb),
        "known": tasks.scene(HOOP, **hoop, ca_path=ca),
        "known taurusdb": tasks.scene(TAURUSDB, **taurusdb, ca_path=ca),
        "many requests": tasks.scene(TAURUSDB, [("seed", {"dialect": "taurusdb", "count": 700})], **taurusdb, ca_path=ca),
        "not verified": tasks.scene(HOOP, **hoop, validate_certs=False),
        "both": tasks.scene(HOOP, **hoop, validate_certs=False, ca_path=ca),
        "no tls there": tasks.scene(HOOP, endpoint=urls["hoop"].replace("http:", "https:"), retries=0),
        "tls there": tasks.scene(HOOP, endpoint=urls["hoop_tls"].replace("https:", "http:"), retries=0),
        "no certificates": tasks.scene(HOOP, **hoop, ca_path="/etc/hostname"),
    }
    run = tasks.scenes(scenes)
    on_both = {name: scenes[name] for name in ("unknown", "known", "not verified", "no certificates")}
    both = tasks.both(on_both)
    for name in on_both:
        assert comparable(both.same(name).result) == comparable(run[name].result)
    for name in ("unknown", "unknown taurusdb"):
        kept = run[name]
        assert (kept.failure["kind"], kept.failure["status"]) == ("tls", None)
        assert "ca_path" in kept.failure["hint"]
        assert kept.log == []
    for name in ("known", "known taurusdb", "many requests", "not verified", "both"):
        assert run[name].ok()["complete"] is True
        assert "warnings" not in run[name].result
    assert run["many requests"].ok()["count"] == 700
    assert run["no tls there"].failure["kind"] == "tls"
    assert run["tls there"].failure["kind"] in ("network", "protocol", "invalid_request")
    assert run["no certificates"].result["failed"] is True
    assert run["no certificates"].failure["kind"] in ("tls", "invalid_request")


def test_what_lies_about_makes_no_difference(tasks):
    """Variables of requests, and a netrc file."""
    urls = tasks.urls
    (tasks.home / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    (tasks.home / ".netrc").chmod(0o600)
    everywhere = {
        "REQUESTS_CA_BUNDLE": urls["ca_path"], "CURL_CA_BUNDLE": urls["ca_path"], "SSL_CERT_FILE": urls["ca_path"],
        "NETRC": str(tasks.home / ".netrc"),
    }
    scenes = {
        "unknown": tasks.scene(HOOP, endpoint=urls["hoop_tls"]),
        "known": tasks.scene(HOOP, endpoint=urls["hoop_tls"], ca_path=urls["ca_path"]),
        "not verified": tasks.scene(HOOP, endpoint=urls["hoop_tls"], validate_certs=False),
        "static key": tasks.scene(HOOP, token=None, api_key=credentials.HOOP_LEGACY_KEY),
        "signed": tasks.scene(TAURUSDB),
        "token": tasks.scene(TAURUSDB, access_key=None, secret_key=None, token=credentials.HUAWEI_TOKEN),
    }
    run = tasks.both(scenes, env=everywhere)
    assert run.same("unknown").failure["kind"] == "tls"
    for name in set(scenes) - {"unknown"}:
        run.same(name).ok()
        for path in ("action/", "module/"):
            assert len(run[path + name].listed) == 1
            for entry in run[path + name].log:
                assert not entry["headers"].get("authorization", "").startswith("Basic")
    assert "authorization" not in run["action/token"].log[0]["headers"]
    assert "authorization" not in run["action/static key"].log[0]["headers"]

    # And where the right bundle would be needed, a wrong one there does no harm.
    wrong = {"REQUESTS_CA_BUNDLE": "/nowhere", "CURL_CA_BUNDLE": "/nowhere", "SSL_CERT_FILE": "/nowhere"}
    run = tasks.both({"known": scenes["known"], "not verified": scenes["not verified"]}, env=wrong)
    assert run.same("known").ok() and run.same("not verified").ok()


def test_hoops_own_ways_to_name_an_authority(tasks):
    pem = Path(tasks.urls["ca_path"]).read_text()
    packed = base64.b64encode(pem.encode()).decode()
    values = {"text": pem, "file": "file://" + tasks.urls["ca_path"], "base64": "base64://" + packed}
    known = tasks.scene(HOOP, endpoint=tasks.urls["hoop_tls"])
    for name, value in values.items():
        run = tasks.both({name: known}, env={"HOOP_TLSCA": value})
        assert run.same(name).ok()["count"] > 0
    run = tasks.both({"bad": known}, env={"HOOP_TLSCA": "base64://!"})
    assert run.same("bad").failure["kind"] == "invalid_request"
    (tasks.home / ".hoop").mkdir()
    (tasks.home / ".hoop" / "config.toml").write_text(
        'token = "%s"\napi_url = "%s"\ntls_ca = "%s"\n' % (credentials.HOOP_TOKEN, tasks.urls["hoop_tls"], packed)
    )
    run = tasks.both({"config": tasks.scene(HOOP, endpoint=None, token=None)})
    assert run.same("config").ok()["count"] > 0


def test_proxies_of_the_environment_are_used(tasks):
    proxy = {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
    scenes = {"only": tasks.scene(HOOP, retries=0)}
    assert tasks.both(scenes, env=proxy).same("only").failure["kind"] == "network"
    beside = {**proxy, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    assert tasks.both(scenes, env=beside).same("only").ok()["count"] > 0
