# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sign and verify content with OpenSSH: C(ssh-keygen -Y sign) and C(ssh-keygen -Y verify) (PROTOCOL.sshsig).

Commands have no terminal and a time limit, so that none waits for input.
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

#: The namespace of the signatures: one made for another namespace is invalid.
NAMESPACE = "opsaudit.sessions"
ENDING = ".sig"

#: Seconds; long enough to touch a security key.
_LIMIT = 60
#: The largest file of allowed signers, and the largest signature, in bytes.
_LONGEST = 2**20
_ARMOR = re.compile(rb"-----BEGIN SSH SIGNATURE-----\n[A-Za-z0-9+/=\n]+-----END SSH SIGNATURE-----\n")
_GOOD = re.compile(r'Good "[^"]*" signature for .+ with \S+ key (\S+)\s*')
#: The error of an ssh-keygen that lacks the operation.
_TOO_OLD = re.compile(r"unknown option|illegal option|invalid option|unrecognized option|unsupported operation|\busage:", re.I)


class BadSignature(Exception):
    """An invalid signature: one line that says why."""


class Signer(NamedTuple):
    """The signer: the name in the file of allowed signers, and the key's fingerprint."""

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
            # With the public key alone, ssh-keygen must use ssh-agent.
            path = _write_file(folder, "key.pub", (key.public + "\n").encode())
        done = _run(["-Y", "sign", "-n", NAMESPACE, "-f", path], content, environ, with_agent=key.in_agent)
    if done.returncode or not _ARMOR.fullmatch(done.stdout):
        raise OptionError("signing_key: %r cannot sign (%s)" % (key.path, _last_line_of(done)))
    return done.stdout


def verify(content: bytes, signature: bytes, allowed_signers: str, environ: Mapping[str, str]) -> Signer:
    """Return who signed some content.

    :param allowed_signers: path of the file that lists who may, as ssh-keygen(1) describes it.
    :raises BadSignature: if the signature is invalid, or its signer is not listed.
    :raises OptionError: without a usable ssh-keygen, or such a file.
    """
    return _verify(content, signature, _read_allowed(allowed_signers), environ)


def is_made_by(content: bytes, signature: bytes, key: SigningKey, environ: Mapping[str, str]) -> bool:
    """Return whether a signature of some content was made with this key.

    :raises OptionError: without a usable ssh-keygen.
    """
    try:
        _verify(content, signature, ("signer %s\n" % key.public).encode(), environ)
    except BadSignature:
        return False
    return True


def check_allowed_signers(path: str) -> None:
    """Check, before any other work, that the file of allowed signers can be read.

    :raises OptionError: if it cannot, or lists no signer.
    """
    _read_allowed(path)


def _verify(content: bytes, signature: bytes, allowed: bytes, environ: Mapping[str, str]) -> Signer:
    if len(signature) > _LONGEST or not _ARMOR.fullmatch(signature):
        raise BadSignature("is no signature of ssh-keygen")
    with tempfile.TemporaryDirectory(prefix="opsaudit-") as folder:
        signed = ["-s", _write_file(folder, "signature", signature)]
        listed = ["-f", _write_file(folder, "allowed_signers", allowed)]
        found = _run(["-Y", "find-principals", *signed, *listed], b"", environ)
        principals = _parse_principals(found.stdout)
        if found.returncode or not principals:
            raise BadSignature("was made with a key that allowed_signers does not list")
        for principal in principals:
            done = _run(["-Y", "verify", "-n", NAMESPACE, "-I", principal, *signed, *listed], content, environ)
            match = _GOOD.fullmatch(done.stdout.decode("utf-8", "replace"))
            if done.returncode == 0 and match:
                return Signer(principal, match[1])
    raise BadSignature("does not fit (%s)" % _last_line_of(done))


def _parse_principals(output: bytes) -> list[str]:
    """Return the names that a key is listed under; a line may list several, or patterns, which match themselves."""
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
        raise OptionError("allowed_signers: %r lists no signer (a line is: NAME KEYTYPE KEY, see ALLOWED SIGNERS in ssh-keygen(1))" % path[:200])
    return content


@lru_cache
def _find_program(path: str) -> str:
    """Return the path of ssh-keygen.

    :param path: the folders to search, as in C(PATH).
    :raises OptionError: if there is none, or it is older than 8.2, the first version that finds principals.
    """
    program = shutil.which("ssh-keygen", path=path)
    if program is None:
        raise OptionError("ssh-keygen: it is missing; install the OpenSSH client (package openssh-clients or openssh-client)")
    done = _run_command([program, "-Y", "find-principals"], b"", {"PATH": path, "LC_ALL": "C"})
    if _TOO_OLD.search(done.stderr.decode("utf-8", "replace")):
        raise OptionError("ssh-keygen: %s is older than OpenSSH 8.2, and cannot sign or verify; install a newer OpenSSH client" % program)
    return program


def _run(
    arguments: list[str], content: bytes, environ: Mapping[str, str], with_agent: bool = False
) -> subprocess.CompletedProcess[bytes]:
    kept = ("PATH", "HOME", "USER", "LOGNAME", "SSH_SK_PROVIDER", *(("SSH_AUTH_SOCK",) if with_agent else ()))
    own = {name: environ[name] for name in kept if environ.get(name)}
    program = _find_program(own.get("PATH", os.defpath))
    return _run_command([program, *arguments], content, {**own, "LC_ALL": "C", "SSH_ASKPASS_REQUIRE": "never"})


def _run_command(command: list[str], content: bytes, environ: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    try:
        # In a session of its own, so that it has no terminal to prompt at. Only _module.py has an AnsibleModule with a run_command.
        return subprocess.run(  # pylint: disable=ansible-bad-function
            command, input=content, capture_output=True, env=environ, timeout=_LIMIT, start_new_session=True, check=False
        )
    except subprocess.TimeoutExpired:
        raise SourceError("file", "ssh-keygen did not end within %d seconds" % _LIMIT).at("Signing or verifying", {}) from None
    except OSError as problem:
        raise OptionError("ssh-keygen: %s cannot be run (%s)" % (command[0], problem.strerror or type(problem).__name__)) from None


def _write_file(folder: str, name: str, content: bytes) -> str:
    path = os.path.join(folder, name)
    with open(path, "xb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
    return path


def _last_line_of(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the last line of ssh-keygen's error output."""
    lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip() and "Signing data on" not in line]
    return lines[-1][:200] if lines else "ssh-keygen ended with %d" % done.returncode
