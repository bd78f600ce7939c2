# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Huawei Cloud: the keys in the profile file of the vendor's SDK."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_credentials_huawei import PLACE, PROJECT, TASK, WAYS, answer, asked_as

from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.taurusdb.endpoints import SOURCE


class TestProfile:
    """The file of the vendor's SDK, which comes last."""

    @pytest.fixture
    def profile(self, tmp_path):
        def write(text):
            path = tmp_path / "credentials"
            path.write_text(text, "utf-8")
            return {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(path)}

        return write

    @pytest.mark.parametrize("section", ["basic", "basiccredentials"])
    def test_both_sections(self, wire, profile, section):
        wire.answer = answer
        environ = profile("[%s]\nak = FILE-AK\nsk = a%%b\nproject_id = %s\nsecurity_token = STS\n" % (section, PROJECT))
        wire.result(SOURCE, **TASK, region="cn-north-4", environ=environ)
        assert asked_as(wire) == "key FILE-AK with STS"
        assert wire.sent[-1].headers["X-Project-Id"] == PROJECT
        assert "/v3/%s/" % PROJECT in wire.sent[-1].path

    def test_the_home_folder(self, wire, monkeypatch, tmp_path):
        (tmp_path / ".huaweicloud").mkdir()
        (tmp_path / ".huaweicloud" / "credentials").write_text("[basic]\nak = HOME-AK\nsk = x\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        wire.answer = answer
        wire.result(SOURCE, **TASK, **PLACE)
        assert asked_as(wire) == "key HOME-AK"

    @pytest.mark.parametrize("options, environ, expected", [
        (WAYS["token"], {}, "token t0ken"), ({}, {"HW_ACCESS_KEY": "HW", "HW_SECRET_KEY": "x"}, "key HW"),
    ])
    def test_it_comes_last(self, wire, profile, options, environ, expected):
        wire.answer = answer
        environ = {**environ, **profile("[basic]\nak = FILE-AK\nsk = x\nsecurity_token = STS\n")}
        wire.result(SOURCE, **TASK, **PLACE, **options, environ=environ)
        assert asked_as(wire) == expected

    def test_the_project_of_the_option_wins(self, wire, profile):
        wire.answer = answer
        environ = profile("[basic]\nak = FILE-AK\nsk = x\nproject_id = %s\n" % ("f" * 32))
        wire.result(SOURCE, **TASK, **PLACE, environ=environ)
        assert wire.sent[-1].headers["X-Project-Id"] == PROJECT

    @pytest.mark.parametrize("text", ["", "[global]\nak = A\nsk = S\n", "[basic]\nak = A\n", "[basic]\nak = A\nsk =\n"])
    def test_nothing_of_use_in_it(self, wire, profile, text):
        failure = wire.failure(SOURCE, **TASK, **PLACE, environ=profile(text))
        assert failure["failure"]["kind"] == "file"
        assert "credentials holds no ak and sk in a section basic" in failure["msg"]

    @pytest.mark.parametrize("text", ["ak = A\n", "[basic\n", "[basic]\nak = A\nak = B\n", "\x00\x01"])
    def test_it_cannot_be_read(self, wire, profile, text):
        environ = profile(text)
        failure = wire.failure(SOURCE, **TASK, **PLACE, environ=environ)
        assert failure["failure"]["kind"] == "file"
        assert environ["HUAWEICLOUD_SDK_CREDENTIALS_FILE"] in failure["msg"]

    @pytest.mark.parametrize("text", [
        'ak = A\nsk = "s3cret"\n', "ak = A\nsk = s3\n  cret\n", "ak = A\nsk = s3cr\u00e9t\n", "ak = A\nsk = s\nsecurity_token = 's3cret'\n",
    ])
    def test_a_bad_key_in_it_is_not_shown(self, wire, profile, text):
        failure = wire.failure(SOURCE, **TASK, **PLACE, environ=profile("[basic]\n" + text))
        assert failure["failure"]["kind"] == "file"
        assert ": the value is not printable ASCII" in failure["msg"] and "cret" not in failure["msg"].replace("secret_key", "")
        assert wire.sent == []

    def test_a_bad_project_in_it(self, wire, profile):
        failure = wire.failure(SOURCE, **TASK, region="cn-north-4", environ=profile("[basic]\nak = A\nsk = S\nproject_id = ../x\n"))
        assert "project_id (from " in failure["msg"] and "'../x' is not 32 letters and digits" in failure["msg"]

    def test_a_byte_order_mark_before_it(self, wire, profile):
        wire.answer = answer
        wire.result(SOURCE, **TASK, **PLACE, environ=profile("\ufeff[basic]\r\nak = FILE-AK\r\nsk = x\r\n"))
        assert asked_as(wire) == "key FILE-AK"

    def test_it_is_not_utf8(self, wire, tmp_path):
        Path(tmp_path / "c").write_bytes(b"[basic]\nak = \xff\n")
        environ = {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(tmp_path / "c")}
        assert "is no profile file" in wire.failure(SOURCE, **TASK, **PLACE, environ=environ)["msg"]
