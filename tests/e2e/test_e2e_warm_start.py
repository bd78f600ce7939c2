# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What commands find that are started warm: nothing of the process that forks, and nothing of each other."""

from __future__ import annotations

import json
import subprocess

import pytest

from ansible_collections.opsaudit.sessions.tests.e2e.support import BIN

pytestmark = pytest.mark.any_core

SCRIPT = """
import json, os, sys
from pathlib import Path
if __name__ == "__main__":
    print(json.dumps([sys.argv, sys.path[0], dict(os.environ), str(Path.cwd()), sys.stdin.read(), [name for name in sys.modules if "ansible" in name]]))
    print("reported", file=sys.stderr)
    os.environ["LEFT"] = "behind"
    sys.exit(int(sys.argv[1]))
"""


def test_a_command_has_its_own_arguments_environment_folder_and_files(warm_start, tmp_path):
    script = tmp_path / "script"
    script.write_text(SCRIPT)
    for number in (3, 0):
        folder = tmp_path / str(number)
        folder.mkdir()
        command, env = [str(script), str(number)], {"LC_ALL": "C.UTF-8", "NUMBER": str(number)}
        code, out, err = warm_start.run(command, folder, env, timeout=60)
        assert (code, err) == (number, "reported\n")
        assert json.loads(out) == [command, str(tmp_path), env, str(folder), "", []]


def test_one_that_takes_too_long_is_ended(warm_start, tmp_path):
    script = tmp_path / "script"
    script.write_text("import time\nprint('begun', flush=True)\ntime.sleep(600)\n")
    with pytest.raises(subprocess.TimeoutExpired) as raised:
        warm_start.run([str(script)], tmp_path, {}, timeout=1)
    assert raised.value.output in (b"", b"begun\n")
    script.write_text("print('ended')\n")
    assert warm_start.run([str(script)], tmp_path, {}, timeout=60) == (0, "ended\n", "")


def test_only_scripts_of_ansible_are_started_warm(warm_start):
    assert warm_start.can_run([str(BIN / "ansible-playbook"), "play.yml"], {"HOME": "/"})
    for command, env in ((["bash", "-c", "ansible-playbook"], {}), ([str(BIN / "python")], {}), ([str(BIN / "ansible-playbook")], {"PYTHONPATH": "/x"})):
        assert not warm_start.can_run(command, env)
