# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, files of allowed signers, and a real ssh-agent."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

#: Where ssh-keygen is, and nothing else.
ENVIRON = {"PATH": os.environ["PATH"]}


def make_key(path, kind="ed25519", passphrase="", **more):
    """Make a pair of keys; the private one's path is returned."""
    options = [str(each) for name, value in more.items() for each in ("-" + name, value)]
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "a comment", "-f", path, *options]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return str(path)


def allow(path, *keys, principal="auditor@example.com", options=""):
    """Write a file of allowed signers, with the public halves of these keys."""
    lines = ["# who may sign"]
    for key in keys:
        kind, blob, *_comment = Path(key + ".pub").read_text().split()
        lines.append(" ".join(part for part in (principal, options, kind, blob) if part))
    Path(path).write_text("\n".join(lines) + "\n")
    return str(path)


@contextmanager
def agent(*keys):
    """An ssh-agent that holds these keys, and the environment of who uses it."""
    # A socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="agent-") as folder:
        environ = {**ENVIRON, "SSH_AUTH_SOCK": folder + "/s"}
        with subprocess.Popen(["ssh-agent", "-D", "-a", environ["SSH_AUTH_SOCK"]], stdout=subprocess.PIPE) as process:
            try:
                process.stdout.readline()
                for key in keys:
                    subprocess.run(["ssh-add", "-q", key], env=environ, check=True, stdin=subprocess.DEVNULL)
                yield environ
            finally:
                process.terminate()
