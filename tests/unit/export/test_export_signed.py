# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signed exports: who signed is named, a signature that proves nothing fails the check, and an old one is never left."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess

import pytest
from exporting import contents, done, keep, session, some_days
from signing import ENVIRON, agent, allow, make_key

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.task import run_task
from ansible_collections.opsaudit.sessions.plugins.module_utils._export import folder as folder_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._export.task import ExportTask

SIGNATURE = "SHA256SUMS.sig"


@pytest.fixture
def store(tmp_path):
    return some_days(tmp_path / "s.db")


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "export"


@pytest.fixture
def key(tmp_path):
    return make_key(tmp_path / "key")


@pytest.fixture
def allowed(tmp_path, key):
    return allow(tmp_path / "allowed_signers", key)


def task(dest, environ=None, check=False, diff=False, **given):
    """What an export task and its warnings are, where there is an ssh-keygen."""
    defaults = {name: declared.get("default") for name, declared in ExportTask.options.items()}
    done = run_task(ExportTask(), {**defaults, "dest": str(dest), **given}, environ or ENVIRON, check=check, diff=diff)
    assert "\n" not in done.result.get("msg", "")
    return json.loads(json.dumps(done.result)), done.warnings


def good(dest, **given):
    result, _warnings = task(dest, **given)
    assert not result.get("failed"), result["msg"]
    return result


def broken(dest, allowed, **given):
    """What is wrong with a signature, where nothing else is wrong."""
    result, _warnings = task(dest, verify=True, allowed_signers=allowed, **given)
    assert result["failed"] and result["failure"]["kind"] == "integrity" and result["signature"] is None
    ((path, problem),) = [each.values() for each in result["broken"]]
    assert path == SIGNATURE and "%s %s" % (path, problem) in result["msg"]
    return problem


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa"])
def test_a_signed_export(store, dest, tmp_path, kind):
    key = make_key(tmp_path / "key", kind)
    predicted = good(dest, store=store, signing_key=key, check=True)
    assert not dest.exists()
    first = good(dest, store=store, signing_key=key)
    assert first == predicted and first["changed"] and first["broken"] == []
    shown = subprocess.run(["ssh-keygen", "-l", "-f", key], capture_output=True, text=True, check=True).stdout.split()[1]
    assert first["signature"] == {"path": SIGNATURE, "key": shown, "principal": None}
    assert (dest / SIGNATURE).stat().st_mode & 0o7777 == 0o600
    before = contents(dest)
    # An ECDSA key would never make the same signature again.
    assert good(dest, store=store, signing_key=key)["changed"] is False
    assert contents(dest) == before
    checked = good(dest, verify=True, allowed_signers=allow(tmp_path / "allowed", key))
    assert checked["signature"] == {"path": SIGNATURE, "key": shown, "principal": "auditor@example.com"}
    assert (checked["mismatched"], checked["broken"]) == ([], [])


def test_with_a_key_that_only_an_agent_holds(store, dest, key, allowed):
    with agent(key) as environ:
        os.unlink(key)
        good(dest, environ=environ, store=store, signing_key=key + ".pub")
    assert good(dest, verify=True, allowed_signers=allowed)["signature"]["principal"] == "auditor@example.com"


def test_it_is_renewed_with_what_it_signs(store, dest, key, allowed):
    good(dest, store=store, signing_key=key)
    keep(store, [session(9)], now=5)
    assert good(dest, store=store, signing_key=key)["changed"]
    assert good(dest, verify=True, allowed_signers=allowed)["signature"]


def test_without_a_key_it_stays_as_long_as_it_fits(store, dest, key, allowed):
    good(dest, store=store, signing_key=key)
    assert good(dest, store=store)["changed"] is False
    assert good(dest, verify=True, allowed_signers=allowed)["signature"]
    keep(store, [session(9)], now=5)
    result = good(dest, store=store, check=True, diff=True)
    assert {"before": {"path": str(dest / SIGNATURE), "state": "file"}, "after": {"path": str(dest / SIGNATURE), "state": "absent"}} in result["diff"]
    assert (dest / SIGNATURE).exists()
    good(dest, store=store)
    assert not (dest / SIGNATURE).exists()
    assert broken(dest, allowed) == "is missing"


def test_what_is_wrong_with_a_signature(store, dest, tmp_path, key, allowed):
    other = make_key(tmp_path / "other")
    good(dest, store=store, signing_key=key)
    assert "allowed_signers does not list" in broken(dest, allow(tmp_path / "no", other))
    whole = (dest / SIGNATURE).read_bytes()
    for text, why in ((b"", "is no signature"), (b"nonsense\n", "is no signature"), (whole.replace(b"U1NI", b"AAAA"), "that allowed_signers does not list")):
        (dest / SIGNATURE).write_bytes(text)
        assert why in broken(dest, allowed)
    (dest / SIGNATURE).unlink()
    assert broken(dest, allowed) == "is missing"
    (dest / SIGNATURE).symlink_to(tmp_path / "key")
    assert broken(dest, allowed) == "is missing"
    (dest / SIGNATURE).unlink()
    # Somebody who can write to the folder makes all checksums fit again, and has no key.
    (dest / SIGNATURE).write_bytes(whole)
    path = dest / "hoop_session.csv"
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes().replace(b"ana@", b"eve@"))
    new = hashlib.sha256(path.read_bytes()).hexdigest()
    (dest / "manifest.json").write_text((dest / "manifest.json").read_text().replace(old, new))
    lines = ["%s  %s\n" % (hashlib.sha256((dest / name).read_bytes()).hexdigest(), name) for name in sorted(contents(dest)) if "SUMS" not in name]
    (dest / "SHA256SUMS").write_text("".join(lines))
    assert not task(dest, verify=True)[0].get("failed")
    assert "does not fit" in broken(dest, allowed)


def test_signature_and_files_are_both_named(store, dest, key, tmp_path):
    good(dest, store=store, signing_key=key)
    (dest / "hoop_session.csv").write_text("")
    (dest / "added").write_text("")
    result, _warnings = task(dest, verify=True, allowed_signers=allow(tmp_path / "no", make_key(tmp_path / "other")))
    assert result["mismatched"] == ["added", "hoop_session.csv"] and [each["path"] for each in result["broken"]] == [SIGNATURE]
    for part in (SIGNATURE + " was made with a key", "added is not listed", "hoop_session.csv differs"):
        assert part in result["msg"]


def test_a_signature_that_nobody_looks_at_is_named(store, dest, key):
    good(dest, store=store, signing_key=key)
    result, warnings = task(dest, verify=True)
    assert result["signature"] is None and not result.get("failed")
    assert warnings == ["SHA256SUMS.sig was not checked; give allowed_signers, the file that lists who may sign"]
    (dest / SIGNATURE).unlink()
    assert task(dest, verify=True)[1] == []


def test_what_is_refused_before_any_work(dest, tmp_path, key):
    os.chmod(key, 0o644)
    for given, line in (
        ({"signing_key": key}, "signing_key: %r can be read by others" % key), ({"signing_key": "/none"}, "signing_key: '/none' cannot be read"),
    ):
        result, _warnings = task(dest, store=str(tmp_path / "none.db"), **given)
        assert result["msg"].startswith(line) and result["failure"]["kind"] == "invalid_request"
    tmp_path.joinpath("folder").mkdir()
    result, _warnings = task(tmp_path / "folder", verify=True, allowed_signers="/none")
    assert result["msg"].startswith("allowed_signers: '/none' cannot be read")
    os.chmod(key, 0o600)
    result, _warnings = task(dest, environ={"PATH": "/none"}, store=some_days(tmp_path / "s.db"), signing_key=key)
    assert result["msg"].startswith("ssh-keygen: it is missing") and not dest.exists()


def test_a_foreign_signature_is_not_replaced(store, dest, key):
    dest.mkdir()
    (dest / SIGNATURE).write_text("mine")
    result, _warnings = task(dest, store=store, signing_key=key)
    assert result["msg"].startswith("dest: %r was not made by session_export" % str(dest / SIGNATURE))
    done(store, dest)
    assert (dest / SIGNATURE).read_text() == "mine"


def broken_after(most, settle):
    """What puts files in place, until so many are."""
    settled = []

    def until_then(*given):
        settled.append(given)
        if len(settled) > most:
            raise OSError(5, "Input/output error")
        return settle(*given)

    return until_then


@pytest.mark.parametrize("after", range(7))
def test_an_interrupted_export_is_mended(store, dest, key, allowed, monkeypatch, after):
    """However far it came, with the same key and without."""
    for second in ({"signing_key": key}, {}):
        folder = dest.with_name("%s%d" % (dest.name, len(second)))
        good(folder, store=store, signing_key=key, sources=["hoop_session"], formats=["csv"])
        with monkeypatch.context() as patched:
            patched.setattr(folder_module, "put_in_place", broken_after(after, folder_module.put_in_place))
            task(folder, store=store, sources=["hoop_session"], **second)
        good(folder, store=store, sources=["hoop_session"], **second)
        checked, _warnings = task(folder, verify=True, allowed_signers=allowed if second else None)
        assert checked["mismatched"] == [] and checked["broken"] == []
        assert (folder / SIGNATURE).exists() is bool(second)
