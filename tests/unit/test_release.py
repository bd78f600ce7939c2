# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release is made with: a tarball that says nothing of its build, workflows and hooks that call what exists."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import re
import tarfile
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.any_core

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))


@pytest.fixture
def build_collection(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return importlib.import_module("build_collection")


def galaxys(path, names, time):
    """A tarball as ansible-galaxy makes it: files in any order, with the time of the build."""
    contents = {name: name.encode() * 3 for name in names if "." in name}
    files = [{"name": "."}] + [{"name": name, "ftype": "file" if name in contents else "dir"} for name in names]
    listed = json.dumps({"files": files}).encode()
    manifest = {"file_manifest_file": {"chksum_sha256": hashlib.sha256(listed).hexdigest()}}
    contents |= {"MANIFEST.json": json.dumps(manifest).encode(), "FILES.json": listed}
    with tarfile.open(path, "w:gz") as tar:
        for name in ("MANIFEST.json", "FILES.json", *names):
            member = tarfile.TarInfo(name)
            member.mtime, member.size = time, len(contents.get(name, b""))
            member.type, member.mode = (tarfile.REGTYPE, 0o644) if name in contents else (tarfile.DIRTYPE, 0o755)
            tar.addfile(member, io.BytesIO(contents.get(name, b"")))
    return path


def test_the_same_files_are_the_same_bytes(build_collection, tmp_path):
    one = build_collection.pack_again(galaxys(tmp_path / "one.tar.gz", ["b.py", "docs", "docs/a.rst", "a.py"], 1), 1_700_000_000)
    other = build_collection.pack_again(galaxys(tmp_path / "other.tar.gz", ["docs", "a.py", "docs/a.rst", "b.py"], 2), 1_700_000_000)
    assert one == other
    assert one != build_collection.pack_again(tmp_path / "one.tar.gz", 1_700_000_001)
    with tarfile.open(fileobj=io.BytesIO(one)) as tar:
        assert tar.getnames() == ["MANIFEST.json", "FILES.json", "a.py", "b.py", "docs", "docs/a.rst"]
        assert {member.mtime for member in tar} == {1_700_000_000}
        assert tar.getmember("docs").isdir() and tar.getmember("docs").mode == 0o755
        manifest, listed = (tar.extractfile(name).read() for name in ("MANIFEST.json", "FILES.json"))
        assert tar.extractfile("docs/a.rst").read() == b"docs/a.rst" * 3
    assert json.loads(manifest)["file_manifest_file"]["chksum_sha256"] == hashlib.sha256(listed).hexdigest()


def test_the_time_is_the_commits_or_the_one_that_is_asked_for(build_collection, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert build_collection.source_date() == 1_700_000_000


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_may_little_and_call_what_exists(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    # By commit, for a tag can be moved; the version beside it is for people.
    used = re.findall(r"uses: (.*)", path.read_text("utf-8"))
    assert used and all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", each) for each in used)
    called = {word for step in steps(workflow) for line in re.findall("^make (.*)", step.get("run", ""), re.M) for word in line.split()}
    chosen = {target for job in workflow["jobs"].values() for target in job.get("strategy", {}).get("matrix", {}).get("target", [])}
    named = {word for word in called | chosen if re.fullmatch("[a-z]+", word) and word != "matrix.target"}
    assert named and named <= TARGETS
    # Nobody's pull request gets to write.
    writers = {name for name, job in workflow["jobs"].items() if "write" in job.get("permissions", {}).values()}
    assert writers <= ({"publish"} if path.stem == "release" else set())


def test_hooks_call_what_exists():
    (repository,) = HOOKS["repos"]
    assert repository["repo"] == "local"
    tools = (ROOT / "requirements-dev.in").read_text("utf-8").split()
    for hook in repository["hooks"]:
        program, *arguments = hook["entry"].split()
        if program == "make":
            assert set(arguments) <= TARGETS
        else:
            assert program.removeprefix(".venv/bin/") in tools


def test_nothing_is_installed_while_a_token_is_there():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))
    with_token = [step for step in steps(workflow) if "secrets." in str(step.get("env")) or "github.token" in str(step.get("env"))]
    assert [step["name"] for step in with_token] == ["Publish on Galaxy", "Publish on GitHub"]
    assert not [step for step in with_token if re.search("install|pip|uv|npm|curl|make", step["run"])]
    (install,) = [step["run"] for step in workflow["jobs"]["publish"]["steps"] if "install" in step.get("run", "")]
    assert "--require-hashes" in install


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements-*.txt")), ids=lambda path: path.stem)
def test_every_pin_has_its_hashes(path):
    entries = re.split(r"^(?=\S)", path.read_text("utf-8"), flags=re.M)[1:]
    assert entries and path.with_suffix(".in").is_file()
    for entry in entries:
        assert re.match(r"[\w.-]+(?:\[\w,-]+\])?==\S+(?: ; .*)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n$", entry), entry[:80]


@pytest.mark.parametrize("arguments, hashed, others", [
    (("-r", "requirements-dev.txt"), ["-r", "requirements-dev.txt"], []),
    (("ansible-core~=2.17.0", "-r", "requirements-test.txt"), ["-r", "requirements-test.txt"], ["ansible-core~=2.17.0"]),
    (("ansible-core~=2.17.0", "-r", "requirements.txt"), [], ["ansible-core~=2.17.0", "-r", "requirements.txt"]),
])
def test_what_has_hashes_is_installed_with_them(monkeypatch, arguments, hashed, others):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    make_venv = importlib.import_module("make_venv")
    assert make_venv.split(arguments) == (hashed, others)
    assert make_venv.pin("uv").startswith("uv==") and "--hash=sha256:" in make_venv.pin("uv")
