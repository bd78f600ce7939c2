# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and check the key to sign with: a private key, or a public key whose private half is in ssh-agent."""

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

#: The types of keys that are allowed: no DSA, no certificates.
_TYPES = (
    "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
)
_ALLOWED = "ed25519, ecdsa, rsa of 3072 bits or more, or one of a security key (sk)"
_SHORTEST_RSA = 3072
#: The largest file of a key, in bytes.
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
        """Return the fingerprint, as C(ssh-keygen -l) shows it."""
        digest = hashlib.sha256(base64.b64decode(self.public.split()[1])).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def read_signing_key(path: str, environ: Mapping[str, str]) -> SigningKey:
    """Read and check a key.

    :param path: of a private or of a public key.
    :param environ: where C(SSH_AUTH_SOCK) is, if there is an ssh-agent.
    :raises OptionError: if it cannot be used; the message has nothing of the key.
    """
    content, mode = _read_content(path)
    private = _PRIVATE.match(content) is not None
    if private and mode & 0o077:
        raise _refuse_key(path, "can be read by others than its owner (its mode is %04o; run: chmod 600)" % mode)
    blob, locked = _parse_private_key(path, content) if private else (_parse_public_key(path, content), True)
    kind = _check_type(path, blob)
    public = "%s %s" % (kind, base64.b64encode(blob).decode())
    if not locked:
        return SigningKey(path, public, False)
    problem = _find_agent_problem(blob, environ)
    if problem and private:
        raise _refuse_key(path, "has a passphrase, and %s (load it there with ssh-add, or use a key without one)" % problem)
    if problem:
        raise _refuse_key(path, "is a public key, and %s (load its private half there with ssh-add)" % problem)
    return SigningKey(path, public, True)


def _read_content(path: str) -> tuple[bytes, int]:
    """Return the content of a key's file, and its mode."""
    if not os.path.isabs(path) or "\0" in path:
        raise _refuse_key(path, "is not an absolute path")
    try:
        # Links are followed: a secret of Kubernetes is one. A pipe must not block.
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise _refuse_key(path, "is no file")
            return os.read(file, _LONGEST), stat.S_IMODE(found.st_mode)
        finally:
            os.close(file)
    except OSError as problem:
        raise _refuse_key(path, "cannot be read (%s)" % problem.strerror) from None


def _parse_private_key(path: str, content: bytes) -> tuple[bytes, bool]:
    """Return the public half in a private key's file, and whether the private half has a passphrase."""
    match = _OPENSSH.fullmatch(content)
    if not match:
        raise _refuse_key(path, "is a private key in another form than OpenSSH's own (convert it with: ssh-keygen -p -f)")
    try:
        data = base64.b64decode(match[1])
        if not data.startswith(_MAGIC):
            raise ValueError
        cipher, rest = _split_string(data[len(_MAGIC):])
        _kdf, rest = _split_string(rest)
        _options, rest = _split_string(rest)
        (count,) = struct.unpack(">I", rest[:4])
        blob, _rest = _split_string(rest[4:])
        if count != 1:
            raise ValueError
    except (ValueError, struct.error):
        raise _refuse_key(path, "is damaged") from None
    return blob, cipher != b"none"


def _parse_public_key(path: str, content: bytes) -> bytes:
    match = _PUBLIC.fullmatch(content)
    if not match:
        raise _refuse_key(path, "is neither a private nor a public key of OpenSSH")
    try:
        blob = base64.b64decode(match[2], validate=True)
        if _split_string(blob)[0] != match[1]:
            raise ValueError
    except (ValueError, struct.error):
        raise _refuse_key(path, "is damaged") from None
    return blob


def _check_type(path: str, blob: bytes) -> str:
    """Return the type of a key.

    :raises OptionError: if keys of this type or length are not allowed.
    """
    try:
        name, rest = _split_string(blob)
        kind = name.decode("ascii")
        if kind == "ssh-rsa":
            _exponent, rest = _split_string(rest)
            bits = int.from_bytes(_split_string(rest)[0], "big").bit_length()
            if bits < _SHORTEST_RSA:
                raise _refuse_key(path, "is an RSA key of %d bits (make a new one: %s)" % (bits, _ALLOWED))
    except (ValueError, struct.error):
        raise _refuse_key(path, "is damaged") from None
    if kind not in _TYPES:
        raise _refuse_key(path, "is a key of type %s, which cannot be used (make a new one: %s)" % (kind[:60], _ALLOWED))
    return kind


def _find_agent_problem(blob: bytes, environ: Mapping[str, str]) -> str | None:
    """Return why ssh-agent cannot sign with a key; null if it can."""
    place = environ.get("SSH_AUTH_SOCK")
    if not place:
        return "there is no ssh-agent (SSH_AUTH_SOCK is not set)"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as agent:
            agent.settimeout(_SECONDS)
            agent.connect(place)
            agent.sendall(struct.pack(">IB", 1, _REQUEST_IDENTITIES))
            (length,) = struct.unpack(">I", _receive(agent, 4))
            answer = _receive(agent, min(length, 2**20))
        if answer[0] != _IDENTITIES_ANSWER:
            raise ValueError
        (count,), rest = struct.unpack(">I", answer[1:5]), answer[5:]
        held = set()
        for _number in range(count):
            key, rest = _split_string(rest)
            _comment, rest = _split_string(rest)
            held.add(key)
    except (OSError, ValueError, IndexError, struct.error):
        return "ssh-agent does not answer (SSH_AUTH_SOCK is %r)" % place[:200]
    return None if blob in held else "ssh-agent does not hold it"


def _receive(agent: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = agent.recv(size - len(data))
        if not more:
            raise ValueError
        data += more
    return data


def _split_string(data: bytes) -> tuple[bytes, bytes]:
    """Return an SSH string (RFC 4251, section 5), and the rest of the data."""
    (length,) = struct.unpack(">I", data[:4])
    if length > len(data) - 4:
        raise ValueError
    return data[4 : 4 + length], data[4 + length :]


def _refuse_key(path: str, why: str) -> OptionError:
    return OptionError("signing_key: %s %s" % (repr(path)[:200], why))
