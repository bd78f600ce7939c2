# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services with a scheme of their own go by Apprise: what is sent, and that its reasons are shown without secrets."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import MissingLibrary
from ansible_collections.opsaudit.sessions.plugins.module_utils._notify.task import NotifyTask
from ansible_collections.opsaudit.sessions.tests import mail_server
from ansible_collections.opsaudit.sessions.tests.unit.tasks import result_of


@pytest.fixture
def mail():
    with mail_server.running() as server:
        yield server


def notify(*urls, check=False, **given):
    result = result_of(NotifyTask(), {"urls": list(urls), "title": "Audit alert", "text": "one\ntwo | \u4e2d *x* <b>", **given}, check=check)
    assert mail_server.PASSWORD not in json.dumps(result)
    return result


def test_a_mail(mail):
    result = notify(mail.url())
    assert result == {"changed": True, "sent": [{"service": "mailto", "accepted": True, "answer": "accepted"}]}
    assert mail.text().replace("\r\n", "\n").strip() == "Audit alert\none\ntwo | \u4e2d *x* <b>"
    assert mail.mails[0]["To"] == "dba@example.com" and "audit@example.com" in mail.mails[0]["From"]


def test_check_mode_sends_no_mail(mail):
    assert notify(mail.url(), check=True) == {"changed": True, "sent": []}
    assert mail.mails == []


def test_a_reason_is_shown_without_the_password(mail, caplog, capfd):
    wrong = "wr0ng-passw0rd-never"
    mail.refuses = "554 no such user, your password %s and %s" % (mail_server.PASSWORD, mail.url())
    refused = notify(mail.url())
    assert refused["failed"] is True and refused["sent"][0]["accepted"] is False and "554" in refused["sent"][0]["answer"], refused
    login = notify(mail.url(wrong))
    assert login["failed"] is True and len(login["sent"][0]["answer"]) > 20
    assert wrong not in json.dumps(login)
    # Nothing goes to the log, which Ansible writes to a file.
    assert not [each for each in caplog.records if each.name.startswith("apprise")] and capfd.readouterr() == ("", "")
    assert logging.getLogger("apprise").propagate is True


def test_webhooks_and_apprise_in_one_task(mail, urls):
    mail.refuses = "554 no"
    result = notify(mail.url(), urls["slack"], format="slack")
    assert [(each["service"], each["accepted"]) for each in result["sent"]][0] == ("mailto", False)
    assert result["sent"][1]["accepted"] is True and result["failed"] is True and result["changed"] is True


def test_apprise_runs_into_something(mail, monkeypatch):
    import apprise

    def notify_(*_args, **_more):
        raise RuntimeError("boom " + mail_server.PASSWORD)

    monkeypatch.setattr(apprise.Apprise, "notify", notify_)
    result = notify(mail.url())
    assert result["sent"][0]["answer"] == "RuntimeError: boom ********"


def test_without_apprise_webhooks_work_and_others_are_one_line(mail, urls, monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert notify(urls["json"])["sent"][0]["accepted"] is True
    with pytest.raises(MissingLibrary) as missing:
        notify(mail.url(), urls["json"])
    assert missing.value.library == "apprise"


def test_apprise_is_loaded_only_if_it_is_needed():
    code = (
        "import sys; from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task;"
        "from ansible_collections.opsaudit.sessions.plugins.module_utils._notify.task import NotifyTask;"
        "task = NotifyTask(); given = {name: each.get('default') for name, each in task.options.items()};"
        "given.update(urls=['%s'], text='x'); run_task(task, given, {}, check=True); sys.exit('apprise' in sys.modules)"
    )
    for url, loaded in (("https://h.example.com/x", 0), ("ntfy://topic", 1)):
        assert subprocess.run([sys.executable, "-c", code % url], check=False).returncode == loaded
