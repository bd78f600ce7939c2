# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signs and verifies content with OpenSSH: what C(ssh-keygen -Y sign) and C(ssh-keygen -Y verify) do (PROTOCOL.sshsig).

Nothing here ever waits for somebody to type: there is no terminal, and every command is given a time limit.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from .._base.errors import OptionError, SourceError
from .signing_key import SigningKey

#: What the signatures are for: one that was made for something else does not count.
NAMESPACE = "opsaudit.sessions"
ENDING = ".sig"

#: Seconds. Somebody may have to touch a security key.
_LIMIT = 60
#: A file of allowed signers, or a signature, is not longer than this, in bytes.
_LONGEST = 2**20
_ARMOR = re.compile(rb"-----BEGIN SSH SIGNATURE-----\n[A-Za-z0-9+/=\n]+-----END SSH SIGNATURE-----\n")
_GOOD = re.compile(r'Good "[^"]*" signature for .+ with \S+ key (\S+)\s*')
#: What an ssh-keygen says that lacks the operation.
_TOO_OLD = re.compile(r"unknown option|illegal option|invalid option|unrecognized option|unsupported operation|\busage:", re.I)


class BadSignature(Exception):
    """A signature that proves nothing: one line that says why."""


class Signer(NamedTuple):
    """Who signed: the name in the file of allowed signers, and the key's fingerprint."""

    principal: str
    key: str


def sign(content: bytes, key: SigningKey, environ: Mapping[str, str]) -> bytes:
    """Return the signature of some content, as the text of a C(.sig) file.

    :param environ: where C(SSH_AUTH_SOCK) is, if ssh-agent has to sign.
    :raises OptionError: without a usable ssh-keygen, or if the key can't be used.
    """
    with tempfile.TemporaryDirectory(prefix="opsaudit-") as folder:
        path = key.path
        if key.in_agent:
            # Of a public key alone ssh-keygen can know nothing else than what ssh-agent does with it.
            path = _written(folder, "key.pub", (key.public + "\n").encode())
        done = _run(["-Y", "sign", "-n", NAMESPACE, "-f", path], content, environ, with_agent=key.in_agent)
    if done.returncode or not _ARMOR.fullmatch(done.stdout):
        raise OptionError("signing_key: %r cannot sign (%s)" % (key.path, _said(done)))
    return done.stdout


def verify(content: bytes, signature: bytes, allowed_signers: str, environ: Mapping[str, str]) -> Signer:
    """Return who signed some content.

    :param allowed_signers: path of the file that lists who may, as ssh-keygen(1) describes it.
    :raises BadSignature: if nobody who may signed it.
    :raises OptionError: without a usable ssh-keygen, or such a file.
    """
    return _verify(content, signature, _read_allowed(allowed_signers), environ)


def fits(content: bytes, signature: bytes, key: SigningKey, environ: Mapping[str, str]) -> bool:
    """Whether this key has made a signature of this content.

    :raises OptionError: without a usable ssh-keygen.
    """
    try:
        _verify(content, signature, ("signer %s\n" % key.public).encode(), environ)
    except BadSignature:
        return False
    return True


def check_allowed_signers(path: str) -> None:
    """Check before any other work that there is such a file.

    :raises OptionError: if there is none.
    """
    _read_allowed(path)


def _verify(content: bytes, signature: bytes, allowed: bytes, environ: Mapping[str, str]) -> Signer:
    if len(signature) > _LONGEST or not _ARMOR.fullmatch(signature):
        raise BadSignature("is no signature of ssh-keygen")
    with tempfile.TemporaryDirectory(prefix="opsaudit-") as folder:
        signed = ["-s", _written(folder, "signature", signature)]
        listed = ["-f", _written(folder, "allowed_signers", allowed)]
        found = _run(["-Y", "find-principals", *signed, *listed], b"", environ)
        principals = _principals(found.stdout)
        if found.returncode or not principals:
            raise BadSignature("was made with a key that allowed_signers does not list")
        for principal in principals:
            done = _run(["-Y", "verify", "-n", NAMESPACE, "-I", principal, *signed, *listed], content, environ)
            match = _GOOD.fullmatch(done.stdout.decode("utf-8", "replace"))
            if done.returncode == 0 and match:
                return Signer(principal, match[1])
    raise BadSignature("does not fit (%s)" % _said(done))


def _principals(output: bytes) -> list[str]:
    """The names that a key is listed under; a line may list several, or patterns, which match themselves."""
    names = [name.strip() for line in output.decode("utf-8", "replace").splitlines() for name in line.split(",")]
    return [name for name in names if name and not name.startswith(("!", "-"))]


def _read_allowed(path: str) -> bytes:
    if not os.path.isabs(path) or "\0" in path:
        raise OptionError("allowed_signers: %r is not an absolute path" % path[:200])
    try:
        with open(path, "rb") as file:
            content = file.read(_LONGEST + 1)
    except OSError as problem:
        raise OptionError("allowed_signers: %r cannot be read (%s)" % (path[:200], problem.strerror)) from None
    lines = [line for line in content.splitlines() if line.strip() and not line.startswith(b"#")]
    if not lines or len(content) > _LONGEST or b"\0" in content:
        raise OptionError("allowed_signers: %r lists nobody (a line is: NAME KEYTYPE KEY, see ALLOWED SIGNERS in ssh-keygen(1))" % path[:200])
    return content


@lru_cache
def _program(path: str) -> str:
    """The ssh-keygen that these folders hold.

    :raises OptionError: if there is none, or it is older than 8.2, which was the first to find principals.
    """
    program = shutil.which("ssh-keygen", path=path)
    if program is None:
        raise OptionError("ssh-keygen: it is missing; install the OpenSSH client (package openssh-clients or openssh-client)")
    done = _ended([program, "-Y", "find-principals"], b"", {"PATH": path, "LC_ALL": "C"})
    if _TOO_OLD.search(done.stderr.decode("utf-8", "replace")):
        raise OptionError("ssh-keygen: %s is older than OpenSSH 8.2, and cannot sign or verify; install a newer OpenSSH client" % program)
    return program


def _run(
    arguments: list[str], content: bytes, environ: Mapping[str, str], with_agent: bool = False
) -> subprocess.CompletedProcess[bytes]:
    kept = ("PATH", "HOME", "USER", "LOGNAME", "SSH_SK_PROVIDER", *(("SSH_AUTH_SOCK",) if with_agent else ()))
    own = {name: environ[name] for name in kept if environ.get(name)}
    program = _program(own.get("PATH", os.defpath))
    return _ended([program, *arguments], content, {**own, "LC_ALL": "C", "SSH_ASKPASS_REQUIRE": "never"})


def _ended(command: list[str], content: bytes, environ: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    try:
        # In a session of its own, so that it finds no terminal to ask at.
        return subprocess.run(
            command, input=content, capture_output=True, env=environ, timeout=_LIMIT, start_new_session=True, check=False
        )
    except subprocess.TimeoutExpired:
        raise SourceError("file", "ssh-keygen did not end within %d seconds" % _LIMIT).at("Signing or verifying", {}) from None
    except OSError as problem:
        raise OptionError("ssh-keygen: %s cannot be run (%s)" % (command[0], problem.strerror or type(problem).__name__)) from None


def _written(folder: str, name: str, content: bytes) -> str:
    path = os.path.join(folder, name)
    with open(path, "xb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
    return path


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    """The last thing that ssh-keygen said, in one line."""
    lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip() and "Signing data on" not in line]
    return lines[-1][:200] if lines else "ssh-keygen ended with %d" % done.returncode
