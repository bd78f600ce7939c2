# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key to sign with: a private key's file, or a public key whose private half ssh-agent holds. Checked before any work."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
import stat
import struct
from collections.abc import Mapping
from typing import NamedTuple

from .._base.errors import OptionError

#: What OpenSSH can sign files with, and this collection takes: no DSA, no short RSA, no certificates.
_TYPES = (
    "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
)
_ALLOWED = "ed25519, ecdsa, rsa of 3072 bits or more, or one of a security key (sk)"
_SHORTEST_RSA = 3072
#: A key's file is not longer than this, in bytes.
_LONGEST = 2**16
_OPENSSH = re.compile(rb"-----BEGIN OPENSSH PRIVATE KEY-----\s([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----\s*")
_PRIVATE = re.compile(rb"\s*(?:Private-Key: |-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|PuTTY-User-Key-File)")
_PUBLIC = re.compile(rb"([a-z0-9@.-]+) ([A-Za-z0-9+/]+=*)(?: [^\r\n]*)?\r?\n?")
_MAGIC = b"openssh-key-v1\0"
#: Messages of the protocol of ssh-agent (draft-ietf-sshm-ssh-agent, section 5).
_REQUEST_IDENTITIES, _IDENTITIES_ANSWER = 11, 12
_SECONDS = 10


class SigningKey(NamedTuple):
    """A key that can sign: its file, its public half (type and base64), and whether ssh-agent has to sign."""

    path: str
    public: str
    in_agent: bool

    @property
    def fingerprint(self) -> str:
        """As C(ssh-keygen -l) shows it."""
        digest = hashlib.sha256(base64.b64decode(self.public.split()[1])).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def read_signing_key(path: str, environ: Mapping[str, str]) -> SigningKey:
    """Read and check a key.

    :param path: of a private or of a public key.
    :param environ: where C(SSH_AUTH_SOCK) is, if there is an ssh-agent.
    :raises OptionError: if it can't be used, without a word of what is in it.
    """
    content, mode = _content(path)
    private = _PRIVATE.match(content) is not None
    if private and mode & 0o077:
        raise _bad(path, "can be read by others than its owner (its mode is %04o; run: chmod 600)" % mode)
    blob, locked = _private_half(path, content) if private else (_public_half(path, content), True)
    kind = _check_type(path, blob)
    public = "%s %s" % (kind, base64.b64encode(blob).decode())
    if not locked:
        return SigningKey(path, public, False)
    problem = _lacks(blob, environ)
    if problem and private:
        raise _bad(path, "has a passphrase, and %s (load it there with ssh-add, or use a key without one)" % problem)
    if problem:
        raise _bad(path, "is a public key, and %s (load its private half there with ssh-add)" % problem)
    return SigningKey(path, public, True)


def _content(path: str) -> tuple[bytes, int]:
    """What is in a key's file, and its mode."""
    if not os.path.isabs(path) or "\0" in path:
        raise _bad(path, "is not an absolute path")
    try:
        # A secret of Kubernetes is a link; a pipe would never end.
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise _bad(path, "is no file")
            return os.read(file, _LONGEST), stat.S_IMODE(found.st_mode)
        finally:
            os.close(file)
    except OSError as problem:
        raise _bad(path, "cannot be read (%s)" % problem.strerror) from None


def _private_half(path: str, content: bytes) -> tuple[bytes, bool]:
    """The public half that is in a private key's file, and whether the private one is behind a passphrase."""
    match = _OPENSSH.fullmatch(content)
    if not match:
        raise _bad(path, "is a private key in another form than OpenSSH's own (convert it with: ssh-keygen -p -f)")
    try:
        data = base64.b64decode(match[1])
        if not data.startswith(_MAGIC):
            raise ValueError
        cipher, rest = _string(data[len(_MAGIC):])
        _kdf, rest = _string(rest)
        _options, rest = _string(rest)
        (count,) = struct.unpack(">I", rest[:4])
        blob, _rest = _string(rest[4:])
        if count != 1:
            raise ValueError
    except (ValueError, struct.error):
        raise _bad(path, "is damaged") from None
    return blob, cipher != b"none"


def _public_half(path: str, content: bytes) -> bytes:
    match = _PUBLIC.fullmatch(content)
    if not match:
        raise _bad(path, "is neither a private nor a public key of OpenSSH")
    try:
        blob = base64.b64decode(match[2], validate=True)
        if _string(blob)[0] != match[1]:
            raise ValueError
    except (ValueError, struct.error):
        raise _bad(path, "is damaged") from None
    return blob


def _check_type(path: str, blob: bytes) -> str:
    """The type of a key, if it may sign."""
    try:
        name, rest = _string(blob)
        kind = name.decode("ascii")
        if kind == "ssh-rsa":
            _exponent, rest = _string(rest)
            bits = int.from_bytes(_string(rest)[0], "big").bit_length()
            if bits < _SHORTEST_RSA:
                raise _bad(path, "is an RSA key of %d bits (make a new one: %s)" % (bits, _ALLOWED))
    except (ValueError, struct.error):
        raise _bad(path, "is damaged") from None
    if kind not in _TYPES:
        raise _bad(path, "is a key of type %s, which cannot be used (make a new one: %s)" % (kind[:60], _ALLOWED))
    return kind


def _lacks(blob: bytes, environ: Mapping[str, str]) -> str | None:
    """Why ssh-agent can't sign with a key; null if it holds it."""
    place = environ.get("SSH_AUTH_SOCK")
    if not place:
        return "there is no ssh-agent (SSH_AUTH_SOCK is not set)"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as agent:
            agent.settimeout(_SECONDS)
            agent.connect(place)
            agent.sendall(struct.pack(">IB", 1, _REQUEST_IDENTITIES))
            (length,) = struct.unpack(">I", _received(agent, 4))
            answer = _received(agent, min(length, 2**20))
        if answer[0] != _IDENTITIES_ANSWER:
            raise ValueError
        (count,), rest = struct.unpack(">I", answer[1:5]), answer[5:]
        held = set()
        for _number in range(count):
            key, rest = _string(rest)
            _comment, rest = _string(rest)
            held.add(key)
    except (OSError, ValueError, IndexError, struct.error):
        return "ssh-agent does not answer (SSH_AUTH_SOCK is %r)" % place[:200]
    return None if blob in held else "ssh-agent does not hold it"


def _received(agent: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = agent.recv(size - len(data))
        if not more:
            raise ValueError
        data += more
    return data


def _string(data: bytes) -> tuple[bytes, bytes]:
    """A string as SSH writes it (RFC 4251, section 5), and what follows it."""
    (length,) = struct.unpack(">I", data[:4])
    if length > len(data) - 4:
        raise ValueError
    return data[4 : 4 + length], data[4 + length :]


def _bad(path: str, why: str) -> OptionError:
    return OptionError("signing_key: %s %s" % (repr(path)[:200], why))
