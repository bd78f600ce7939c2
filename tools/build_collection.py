# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the Galaxy tarball in dist/: the same bytes from the same commit, whenever and wherever it is built.

ansible-galaxy writes the time of the build, and the files in the order in which a folder lists them. So what it has
packed is packed again: files by name, and the commit's time (or SOURCE_DATE_EPOCH) as the time of everything.
The release notes in the tarball are made of the fragments that are still to be released.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

from clean_copy import clean_copy
from scratch import ROOT, scratch_env

WORK = Path(".cache", "build")


def source_date() -> int:
    """Return the time of the last change of the sources, in seconds since the epoch."""
    if os.environ.get("SOURCE_DATE_EPOCH"):
        return int(os.environ["SOURCE_DATE_EPOCH"])
    command = ["git", "log", "-1", "--format=%ct"]
    return int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def write_release_notes(copy: Path, date: int) -> None:
    """Write CHANGELOG.rst and changelog.yaml of the copy, as a release on that day would."""
    if any((copy / "changelogs" / "fragments").glob("*.yml")):
        day = time.strftime("%Y-%m-%d", time.gmtime(date))
        # The folder is one that git ignores: as a repository of its own it is not taken for an empty one.
        run("git", "init", "--quiet", cwd=copy)
        run("antsibull-changelog", "release", "--date", day, cwd=copy)


def pack_again(tarball: Path, date: int) -> bytes:
    """Return the tarball of ansible-galaxy packed again, with an order and times that do not depend on the build.

    :param date: seconds since the epoch.
    """
    with tarfile.open(tarball) as before:
        members = {member.name: member for member in before}
        contents = {name: before.extractfile(member).read() for name, member in members.items() if member.isfile()}
    listed = json.loads(contents["FILES.json"])
    listed["files"].sort(key=lambda file: file["name"])
    contents["FILES.json"] = json.dumps(listed, indent=True).encode()
    manifest = json.loads(contents["MANIFEST.json"])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(contents["FILES.json"]).hexdigest()
    contents["MANIFEST.json"] = json.dumps(manifest, indent=True).encode()
    result = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", fileobj=result, mtime=date) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as after,
    ):
        # ansible-galaxy looks for the manifest first.
        for name in sorted(members, key=lambda name: (name != "MANIFEST.json", name != "FILES.json", name)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.mode = members[name].type, members[name].linkname, members[name].mode
            member.mtime, member.size = date, len(contents.get(name, b""))
            after.addfile(member, io.BytesIO(contents.get(name, b"")))
    return result.getvalue()


def run(*command: object, cwd: Path = ROOT) -> None:
    env = scratch_env(Path(sys.prefix, "bin"))
    # On success, print only the last line.
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def build(dist: Path) -> Path:
    """Build the collection into a folder; returns the tarball."""
    date = source_date()
    copy = clean_copy(WORK)
    write_release_notes(copy, date)
    run("ansible-galaxy", "collection", "build", "--force", "--output-path", WORK, copy)
    version = next(line for line in (ROOT / "galaxy.yml").read_text("utf-8").splitlines() if line.startswith("version:")).split()[1]
    made = ROOT / WORK / f"opsaudit-sessions-{version}.tar.gz"
    dist.mkdir(parents=True, exist_ok=True)
    tarball = dist / made.name
    tarball.write_bytes(pack_again(made, date))
    return tarball


if __name__ == "__main__":
    print(build(ROOT / "dist"))
