# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key that cannot sign is refused in one line, before any work, and without a word of what is in its file."""

from __future__ import annotations

import base64
import os
import socket
import struct
import subprocess
import tempfile
import threading

import pytest
from signing import ENVIRON, agent, make_key

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError
from ansible_collections.opsaudit.sessions.plugins.module_utils._files import signing_key
from ansible_collections.opsaudit.sessions.plugins.module_utils._files.signing_key import read_signing_key


def refused(path, environ=None):
    with pytest.raises(OptionError) as caught:
        read_signing_key(str(path), environ or ENVIRON)
    line = str(caught.value)
    assert line.startswith("signing_key: %r " % str(path)[:200]) or len(str(path)) > 198
    assert "\n" not in line and len(line) < 600
    return line


def public(kind, *parts, name=None):
    """A public key's line."""
    blob = b"".join(struct.pack(">I", len(part)) + part for part in (kind.encode(), *parts))
    return "%s %s a comment\n" % (name or kind, base64.b64encode(blob).decode())


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o610])
def test_a_private_key_that_others_can_read(tmp_path, mode):
    key = make_key(tmp_path / "key")
    os.chmod(key, mode)
    assert "can be read by others than its owner (its mode is %04o; run: chmod 600)" % mode in refused(key)
    os.chmod(key, 0o400)
    assert read_signing_key(key, ENVIRON).path == key


def test_a_link_to_a_key(tmp_path):
    make_key(tmp_path / "key")
    (tmp_path / "link").symlink_to("key")
    assert not read_signing_key(str(tmp_path / "link"), ENVIRON).in_agent


def test_short_rsa(tmp_path):
    key = make_key(tmp_path / "key", "rsa", b=2048)
    assert "is an RSA key of 2048 bits" in refused(key)
    assert "is an RSA key of 2048 bits" in refused(key + ".pub")


def test_a_passphrase_and_no_agent(tmp_path):
    key = make_key(tmp_path / "key", passphrase="correct horse")
    assert "has a passphrase, and there is no ssh-agent (SSH_AUTH_SOCK is not set)" in refused(key)
    assert "ssh-agent does not answer" in refused(key, {**ENVIRON, "SSH_AUTH_SOCK": str(tmp_path / "none")})
    assert "ssh-agent does not answer" in refused(key, {**ENVIRON, "SSH_AUTH_SOCK": "x" * 500})
    with agent(make_key(tmp_path / "other")) as environ:
        assert "has a passphrase, and ssh-agent does not hold it" in refused(key, environ)
        assert "is a public key, and ssh-agent does not hold it" in refused(key + ".pub", environ)
    assert "is a public key, and there is no ssh-agent" in refused(key + ".pub")


@pytest.mark.parametrize("answer", [
    b"",
    b"\0\0\0\1", b"\0\0\0\0", b"\0\0\0\5\x0c\xff\xff\xff\xff", b"\xff\xff\xff\xff" + b"x" * 100, b"\0\0\0\1\x05",
    b"\0\0\0\x09\x0c\0\0\0\1\xff\xff\xff\xff",
])
def test_an_agent_that_is_none(tmp_path, answer, monkeypatch):
    key = make_key(tmp_path / "key") + ".pub"
    monkeypatch.setattr(signing_key, "_SECONDS", 5)
    with tempfile.TemporaryDirectory(prefix="agent-") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(folder + "/s")
        listener.listen()

        def serve():
            connection, _address = listener.accept()
            with connection:
                connection.recv(5)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        assert "ssh-agent does not answer" in refused(key, {**ENVIRON, "SSH_AUTH_SOCK": folder + "/s"})
        thread.join()


def test_keys_of_security_keys_are_known(tmp_path):
    (tmp_path / "sk.pub").write_text(public("sk-ssh-ed25519@openssh.com", b"x" * 32, b"ssh:"))
    assert "is a public key, and there is no ssh-agent" in refused(tmp_path / "sk.pub")


@pytest.mark.parametrize("text, why", [
    ("", "is neither a private nor a public key"), ("nonsense\n", "is neither"), ("\0" * 100, "is neither"), ("x" * 10**6, "is neither"),
    ("ssh-ed25519 AAAA\n", "is damaged"), ("ssh-ed25519 !!!!\n", "is neither"), (public("ssh-ed25519", b"x" * 32, name="ssh-rsa"), "is damaged"),
    (public("ssh-rsa"), "is damaged"), (public("ssh-dss", b"x"), "is a key of type ssh-dss"), (public("ssh-ed25519", b"x") * 2, "is neither"),
    (public("ssh-ed25519-cert-v01@openssh.com", b"x"), "is a key of type ssh-ed25519-cert-v01@openssh.com"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "is damaged"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n-----END OPENSSH PRIVATE KEY-----\n" % base64.b64encode(b"openssh-key-v1\0\xff").decode(), "is damaged"),
    ("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "another form than OpenSSH's own"),
    ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "another form than OpenSSH's own"),
])
def test_what_is_no_key(tmp_path, text, why):
    (tmp_path / "key").write_text(text)
    (tmp_path / "key").chmod(0o600)
    assert why in refused(tmp_path / "key")


def test_no_secret_is_shown(tmp_path):
    make_key(tmp_path / "key")
    whole = (tmp_path / "key").read_bytes()
    for at in range(0, len(whole), 7):
        (tmp_path / "key").write_bytes(whole[:at] + b"?" + whole[at + 1 :])
        try:
            read_signing_key(str(tmp_path / "key"), ENVIRON)
        except OptionError as problem:
            assert not [line for line in whole.decode().splitlines()[1:-1] if line[:20] in str(problem)]


def test_places_where_no_key_is(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path, why in (
        ("relative", "is not an absolute path"), (tmp_path / "none", "cannot be read (No such file"), (tmp_path, "is no file"),
        (tmp_path / "pipe", "is no file"), ("/dev/zero", "is no file"), (tmp_path / "a\0b", "is not an absolute path"), ("/" + "x" * 5000, "cannot be read"),
    ):
        assert why in refused(path)


def test_a_key_in_an_old_form_is_converted_as_the_line_says(tmp_path):
    key = make_key(tmp_path / "key", "rsa", b=3072, m="PEM")
    assert "ssh-keygen -p -f" in refused(key)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "", "-f", key], check=True, stdout=subprocess.DEVNULL)
    assert read_signing_key(key, ENVIRON).public.startswith("ssh-rsa ")
