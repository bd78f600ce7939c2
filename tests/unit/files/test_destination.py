# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file appears whole or not at all, with the rights that were asked for."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from ansible_collections.opsaudit.sessions.plugins.module_utils._base.errors import OptionError, SourceError
from ansible_collections.opsaudit.sessions.plugins.module_utils._files import atomic_file
from ansible_collections.opsaudit.sessions.plugins.module_utils._files.destination import place_of, save
from ansible_collections.opsaudit.sessions.plugins.module_utils._files.permissions import Rights, parse_rights

OWN = Rights(0o600)


@pytest.fixture(params=["without a name", "with a name"], autouse=True)
def kind_of_file(request, monkeypatch):
    """Not every file system has files without a name."""
    if request.param == "with a name":
        monkeypatch.delattr(atomic_file.os, "O_TMPFILE")


def saved(path, content, wanted=OWN, max_bytes=10**6, dry=False, name="x.raw"):
    def fill(file):
        file.restart()
        for chunk in content if isinstance(content, list) else [content]:
            if isinstance(chunk, BaseException):
                raise chunk
            file.write(chunk)

    return save(place_of(str(path), name), fill, wanted, max_bytes, dry)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file(tmp_path):
    path = tmp_path / "a"
    result = saved(path, [b"one", b"", b"two" * 200_000])
    content = b"one" + b"two" * 200_000
    assert path.read_bytes() == content
    assert (result.path, result.size, result.changed) == (str(path), len(content), True)
    assert result.sha256 == hashlib.sha256(content).hexdigest()
    assert mode_of(path) == 0o600
    assert os.listdir(tmp_path) == ["a"]
    assert result.diff["before"] == {"path": str(path), "state": "absent"}


def test_in_a_folder_it_gets_our_name(tmp_path):
    assert saved(tmp_path, b"x").path == str(tmp_path / "x.raw")
    assert saved("%s/" % tmp_path, b"x").changed is False


def test_the_same_content_changes_nothing(tmp_path):
    path = tmp_path / "a"
    saved(path, b"same")
    before = path.stat()
    result = saved(path, b"same")
    assert result.changed is False
    assert path.stat() == before


def test_other_rights_alone_are_a_change(tmp_path):
    path = tmp_path / "a"
    saved(path, b"same")
    inode = path.stat().st_ino
    assert saved(path, b"same", Rights(0o640), dry=True).changed is True
    assert mode_of(path) == 0o600
    result = saved(path, b"same", Rights(0o640))
    assert (result.changed, mode_of(path), path.stat().st_ino) == (True, 0o640, inode)
    assert (result.diff["before"]["mode"], result.diff["after"]["mode"]) == ("0600", "0640")
    assert saved(path, b"same", Rights(0o640)).changed is False


def test_only_reported_and_not_written(tmp_path):
    path = tmp_path / "a"
    assert saved(path, b"new", dry=True).changed is True
    assert os.listdir(tmp_path) == []
    path.write_bytes(b"old")
    result = saved(path, b"new", dry=True)
    assert path.read_bytes() == b"old"
    assert (result.size, result.diff["before"]["size"], result.diff["after"]["sha256"]) == (3, 3, result.sha256)


@pytest.mark.parametrize("problem", [KeyboardInterrupt(), SystemExit(), SourceError("network", "gone"), RuntimeError(), OSError(28, "No space left on device")])
def test_whatever_happens_the_old_file_stays(tmp_path, problem):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    expected = SourceError if isinstance(problem, OSError) else type(problem)
    with pytest.raises(expected) as caught:
        saved(path, [b"x" * 600_000, problem])
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]
    if isinstance(problem, OSError):
        assert caught.value.kind == "file"
        assert caught.value.line() == "Saving the file (dest %s) failed: No space left on device" % path


def test_a_second_try_begins_anew(tmp_path):
    def fill(file):
        file.write(b"half of an ans" * 50_000)
        file.restart()
        file.write(b"whole")

    result = save(place_of(str(tmp_path / "a"), "x"), fill, OWN, 10**6, False)
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert result.sha256 == hashlib.sha256(b"whole").hexdigest()


def test_too_large(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    assert saved(path, b"12345", max_bytes=5).size == 5
    with pytest.raises(SourceError, match="larger than max_bytes, which is 4"):
        saved(path, [b"123", b"45"], max_bytes=4)
    assert path.read_bytes() == b"12345"
    assert os.listdir(tmp_path) == ["a"]


def test_what_cannot_be_a_place(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "loose").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    for dest in ("relative", "", str(tmp_path / "no" / "file"), str(tmp_path / "no") + "/", str(tmp_path / "file" / "x"),
                 str(tmp_path / "link"), str(tmp_path / "loose"), str(tmp_path / "pipe"), "/dev/null", str(tmp_path / "a\0b")):
        with pytest.raises(OptionError, match="dest: .* is not "):
            place_of(dest, "x")
    (tmp_path / "x").mkdir()
    with pytest.raises(OptionError):
        place_of(str(tmp_path), "x")
    with pytest.raises(SourceError, match="too long"):
        place_of(str(tmp_path / ("n" * 300)), "x")


def test_a_folder_that_is_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    saved(tmp_path / "link" / "a", b"x")
    assert (tmp_path / "real" / "a").read_bytes() == b"x"


KILLED = """
import sys, time
from ansible_collections.opsaudit.sessions.plugins.module_utils._files.atomic_file import NewFile
new = NewFile(sys.argv[1], 10**9)
new.write(b"x" * 10**6)
print("ready", flush=True)
time.sleep(60)
"""


def test_a_killed_process_leaves_nothing(tmp_path, request):
    if "with a name" in request.node.name and "without" not in request.node.name:
        return  # there the file has a name
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGKILL)
    time.sleep(0.01)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("mode, expected", [
    ("0640", 0o640), ("640", 0o640), (0o640, 0o640), ("0o640", 0o640), ("4755", 0o4755), ("u=rw,g=r,o=", 0o640), ("g+r", 0o640),
    ("a+r", 0o644), ("+x", 0o711), ("u-w", 0o400), ("ug+rw,o=r", 0o664), ("a+X", 0o600), ("u+x,a+X", 0o711), ("u+s", 0o4600), ("+t", 0o1600),
    ("u=rwx,go=", 0o700), ("g=", 0o600),
])
def test_modes(mode, expected):
    assert parse_rights(mode, None, None, None).mode == expected


@pytest.mark.parametrize("mode", ["rw", "0888", "u=rwz", "", -1, 0o10000, "77777", None, True, "preserve", [1], "u=rw;g=r"])
def test_no_modes(mode):
    with pytest.raises(OptionError, match=r"mode: .* is not a mode \(write an octal number"):
        parse_rights(mode, None, None, None)


def test_a_symbolic_mode_refers_to_the_file(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "a").chmod(0o604)
    assert parse_rights("g+r", None, None, (tmp_path / "a").stat()).mode == 0o644


def test_owners():
    assert parse_rights("0600", "root", "0", None)[1:] == (0, 0)
    for name in ("owner", "group"):
        with pytest.raises(OptionError, match="%s: 'no-such-one' is not a " % name):
            parse_rights("0600", *("no-such-one" if name == each else None for each in ("owner", "group")), None)
    found = os.stat_result((0o100600, 1, 1, 1, 7, 8, 0, 0, 0, 0))
    assert not Rights(0o600, 7, 8).differ(found)
    assert Rights(0o600, 7, 9).differ(found) and Rights(0o600, 6).differ(found) and Rights(0o644).differ(found)
