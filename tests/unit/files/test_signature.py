# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures are those of ssh-keygen, made and verified by a real one, and by a real ssh-agent."""

from __future__ import annotations

import os
import subprocess

import pytest
from signing import ENVIRON, agent, allow, make_key

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError, SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._files import signature
from ansible_collections.opsaudit.sessions.plugins.module_utils._files.signature import (
    BadSignature,
    is_made_by,
    sign,
    verify,
)
from ansible_collections.opsaudit.sessions.plugins.module_utils._files.signing_key import read_signing_key

CONTENT = b"0" * 64 + b"  manifest.json\n"
#: ssh-keygen of several ages, as far as they know -Y.
OLD = {
    "7.4": "unknown option -- Y\\nusage: ssh-keygen [-q] [-b bits]", "8.1": 'Unsupported operation for -Y: "find-principals"\\nusage: ssh-keygen',
}


@pytest.fixture
def key(tmp_path):
    return make_key(tmp_path / "key")


def program(folder, text):
    """An environment whose ssh-keygen is this script."""
    folder.mkdir(exist_ok=True)
    (folder / "ssh-keygen").write_text("#!/bin/sh\n" + text)
    (folder / "ssh-keygen").chmod(0o755)
    return {"PATH": "%s:%s" % (folder, ENVIRON["PATH"])}


@pytest.mark.parametrize("kind, more", [("ed25519", {}), ("rsa", {"b": 3072}), ("ecdsa", {"b": 256}), ("ecdsa", {"b": 521})])
def test_each_kind_of_key_signs(tmp_path, kind, more):
    path = make_key(tmp_path / "key", kind, **more)
    key = read_signing_key(path, ENVIRON)
    made = sign(CONTENT, key, ENVIRON)
    signer = verify(CONTENT, made, allow(tmp_path / "allowed", path), ENVIRON)
    assert signer.principal == "auditor@example.com" and signer.key == key.fingerprint
    shown = subprocess.run(["ssh-keygen", "-l", "-f", path], capture_output=True, text=True, check=True).stdout
    assert key.fingerprint == shown.split()[1]
    assert is_made_by(CONTENT, made, key, ENVIRON) and not is_made_by(CONTENT + b"x", made, key, ENVIRON)


def test_a_stranger_checks_it_with_ssh_keygen_alone(tmp_path, key):
    (tmp_path / "SHA256SUMS.sig").write_bytes(sign(CONTENT, read_signing_key(key, ENVIRON), ENVIRON))
    allowed = allow(tmp_path / "allowed", key, options='namespaces="opsaudit.sessions"')
    command = ["ssh-keygen", "-Y", "verify", "-n", "opsaudit.sessions", "-I", "auditor@example.com", "-f", allowed, "-s", tmp_path / "SHA256SUMS.sig"]
    assert subprocess.run(command, input=CONTENT, capture_output=True, check=False).returncode == 0
    assert subprocess.run(command, input=CONTENT + b"x", capture_output=True, check=False).returncode != 0


def test_an_agent_signs_for_a_public_key_alone(tmp_path, key):
    with agent(key) as environ:
        os.unlink(key)
        public = read_signing_key(key + ".pub", environ)
        assert public.in_agent
        made = sign(CONTENT, public, environ)
    assert verify(CONTENT, made, allow(tmp_path / "allowed", key), ENVIRON).principal == "auditor@example.com"
    with pytest.raises(OptionError, match="signing_key: .* cannot sign"):
        sign(CONTENT, public, environ)


def test_an_agent_signs_for_a_key_with_a_passphrase(tmp_path):
    locked = make_key(tmp_path / "key", passphrase="correct horse")
    # The agent gets the same key, which somebody has unlocked.
    unlocked = tmp_path / "unlocked"
    unlocked.write_bytes((tmp_path / "key").read_bytes())
    unlocked.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "correct horse", "-N", "", "-f", unlocked], check=True, stdout=subprocess.DEVNULL)
    with agent(unlocked) as environ:
        made = sign(CONTENT, read_signing_key(locked, environ), environ)
    assert verify(CONTENT, made, allow(tmp_path / "allowed", locked), ENVIRON)


def test_a_private_key_is_never_another_one_of_the_agent(tmp_path, key):
    """Nor is the agent needed for it."""
    read = read_signing_key(key, {**ENVIRON, "SSH_AUTH_SOCK": "/nowhere"})
    assert not read.in_agent and sign(CONTENT, read, {**ENVIRON, "SSH_AUTH_SOCK": "/nowhere"})


@pytest.mark.parametrize("principal", ["a@example.com,b@example.com", "*@example.com", "!c@example.com,*", "someone with-no-meaning"])
def test_principals_of_any_form(tmp_path, key, principal):
    made = sign(CONTENT, read_signing_key(key, ENVIRON), ENVIRON)
    if " " in principal:
        principal = '"%s"' % principal
    allowed = allow(tmp_path / "allowed", key, principal=principal)
    assert verify(CONTENT, made, allowed, ENVIRON).principal in principal


def test_what_proves_nothing(tmp_path, key):
    other = make_key(tmp_path / "other")
    made = sign(CONTENT, read_signing_key(key, ENVIRON), ENVIRON)
    allowed = allow(tmp_path / "allowed", key)
    elsewhere = subprocess.run(["ssh-keygen", "-Y", "sign", "-n", "git", "-f", key], input=CONTENT, capture_output=True, check=True).stdout
    lines = made.splitlines(keepends=True)
    for content, signed, signers, why in (
        (CONTENT + b"\n", made, allowed, "does not fit"), (b"", made, allowed, "does not fit"), (CONTENT, elsewhere, allowed, "does not fit"),
        (CONTENT, made, allow(tmp_path / "no", other), "made with a key that allowed_signers does not list"),
        (CONTENT, sign(CONTENT, read_signing_key(other, ENVIRON), ENVIRON), allowed, "made with a key that allowed_signers does not list"),
        (CONTENT, made, allow(tmp_path / "git", key, options='namespaces="git"'), "does not fit"),
        (CONTENT, b"", allowed, "is no signature"), (CONTENT, b"nonsense", allowed, "is no signature"), (CONTENT, made[:-30], allowed, "is no signature"),
        (CONTENT, b"x" * 2**21, allowed, "is no signature"), (CONTENT, b"".join([lines[0], b"AAAA\n", lines[-1]]), allowed, "key that allowed"),
    ):
        with pytest.raises(BadSignature, match=why) as caught:
            verify(content, signed, signers, ENVIRON)
        assert "\n" not in str(caught.value) and str(tmp_path) not in str(caught.value)


def test_allowed_signers_that_are_none(tmp_path):
    (tmp_path / "empty").write_text("# nobody\n\n")
    (tmp_path / "nul").write_bytes(b"a ssh-ed25519 \0\n")
    for path, why in (
        ("relative", "is not an absolute path"), (tmp_path / "none", "cannot be read (No such file"), (tmp_path, "cannot be read (Is a directory"),
        (tmp_path / "empty", "lists no signer"), (tmp_path / "nul", "lists no signer"), ("/dev/zero", "lists no signer"),
    ):
        with pytest.raises(OptionError) as caught:
            signature.check_allowed_signers(str(path))
        assert str(caught.value).startswith("allowed_signers: '%s' " % path) and why in str(caught.value)


def test_no_ssh_keygen(tmp_path, key):
    read = read_signing_key(key, ENVIRON)
    with pytest.raises(OptionError, match="ssh-keygen: it is missing; install the OpenSSH client"):
        sign(CONTENT, read, {"PATH": str(tmp_path)})
    with pytest.raises(OptionError, match="ssh-keygen: it is missing"):
        verify(CONTENT, sign(CONTENT, read, ENVIRON), allow(tmp_path / "allowed", key), {"PATH": str(tmp_path)})


@pytest.mark.parametrize("age", OLD)
def test_an_old_ssh_keygen(tmp_path, key, age):
    environ = program(tmp_path / age, "printf '%s\\n' >&2; exit 1\n" % OLD[age])
    with pytest.raises(OptionError, match="ssh-keygen: .*/ssh-keygen is older than OpenSSH 8.2"):
        sign(CONTENT, read_signing_key(key, ENVIRON), environ)


def test_an_ssh_keygen_that_is_none(tmp_path, key):
    read = read_signing_key(key, ENVIRON)
    for number, text in enumerate(("echo no signature", "echo -n; echo 'some reason' >&2; exit 7", "echo -----BEGIN SSH SIGNATURE-----")):
        with pytest.raises(OptionError, match="cannot sign") as caught:
            sign(CONTENT, read, program(tmp_path / str(number), text))
        assert "\n" not in str(caught.value)
    (tmp_path / "0" / "ssh-keygen").write_text("#!/no/such/interpreter\n")
    signature._find_program.cache_clear()
    with pytest.raises(OptionError, match="cannot be run"):
        sign(CONTENT, read, {"PATH": str(tmp_path / "0")})


def test_an_ssh_keygen_that_never_ends(tmp_path, key, monkeypatch):
    environ = program(tmp_path / "slow", "[ $2 = find-principals ] && exit 255\nexec sleep 60\n")
    monkeypatch.setattr(signature, "_LIMIT", 0.2)
    with pytest.raises(SourceError, match="did not end within") as caught:
        sign(CONTENT, read_signing_key(key, ENVIRON), environ)
    assert caught.value.kind == "file"


def test_it_gets_no_more_than_it_needs(tmp_path, key):
    environ = program(tmp_path / "spy", 'env > "%s/seen"; cat /dev/tty >> "%s/seen" 2>/dev/null\n' % (tmp_path, tmp_path))
    with pytest.raises(OptionError):
        sign(CONTENT, read_signing_key(key, ENVIRON), {**environ, "SSH_AUTH_SOCK": "/s", "SSH_ASKPASS": "/x", "DISPLAY": ":0", "HW_SECRET_KEY": "s3cret"})
    seen = (tmp_path / "seen").read_text()
    assert "SSH_ASKPASS_REQUIRE=never" in seen
    assert not [name for name in ("SSH_AUTH_SOCK", "SSH_ASKPASS=", "DISPLAY", "s3cret") if name in seen]
