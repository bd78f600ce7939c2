# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run playbooks/demo.yml against the emulator, as a user would run it against the real sources. Then alter a record by hand,
and show that session_seal names it.

    demo.py [ANSIBLE-PLAYBOOK ARGUMENT...]      OPEN=1 in the environment opens the report in a browser
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import webbrowser
from contextlib import closing
from pathlib import Path

from ansible_collections.opsaudit.sessions.tests.emulator import credentials
from ansible_collections.opsaudit.sessions.tests.emulator.client import Emulator
from make_report import BUILT, build
from scratch import ROOT, scratch_env

# The examples of the sources' documents, which the emulator starts with.
INSTANCE_ID = "17b6bbb64d2f4c14a83a88f19da8dcc8in07"
WORKSPACE_ID = "5b7c2a54-1f0e-4c3a-9d5e-6a7b8c9d0e1f"


def run_demo(env: dict[str, str], folder: Path, *arguments: str, report: bool = True) -> int:
    """Run the playbook from `folder`, and save records, archive and report there."""
    dest = folder / "session-records"
    variables = {
        "demo_instance_id": INSTANCE_ID,
        "demo_workspace_id": WORKSPACE_ID,
        "demo_start_time": "2024-01-01",  # the examples are that old
        "demo_dest": str(dest),
        "demo_report": report,
    }
    with Emulator() as emulator:
        env = env | credentials.environment(emulator.urls)
        env |= {
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_LOCALHOST_WARNING": "false",
        }
        command = ["ansible-playbook", "opsaudit.sessions.demo", "-e", json.dumps(variables), *arguments]
        code = subprocess.call(command, cwd=folder, env=env, stdin=subprocess.DEVNULL)
        if code == 0:
            code = tamper(env, dest)
    if code == 0:
        print(f"The records are in {dest / 'sessions.json'}, and in {dest / 'sessions.db'} for SQL.")
        if report:
            print(f"The report is {dest / 'report.html'}")
    return code


def tamper(env: dict[str, str], dest: Path) -> int:
    """Alter a record by hand, verify the archive against its seals, and put the record back. Returns 0 if it was named."""
    query = "SELECT source, scope_key, record_id, actor FROM record WHERE source = 'hoop_session' ORDER BY record_id LIMIT 1"
    update = "UPDATE record SET actor = ? WHERE source = ? AND scope_key = ? AND record_id = ?"
    with closing(sqlite3.connect(dest / "sessions.db")) as store:
        *key, actor = store.execute(query).fetchone()
        with store:
            store.execute(update, ("nobody@example.com", *key))
        print(f"\nNow somebody changes who ran {key[-1]}: {actor} becomes nobody@example.com. The seals show it:\n", flush=True)
        options = f"store={dest / 'sessions.db'} dest={dest / 'seals'} verify=true"
        command = ["ansible", "localhost", "-m", "opsaudit.sessions.session_seal", "-a", options]
        # As JSON the message is on one line, however long the path in it is.
        env = env | {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        with store:
            store.execute(update, (actor, *key))
    named = re.search(r"Verifying the store.*altered %s of .*" % re.escape(key[-1]), done.stdout)
    print(named[0] if named else done.stdout + done.stderr, end="\n\n", flush=True)
    return 0 if done.returncode and named else 1


def built() -> bool:
    """Build the page of reports; return whether that succeeded. The rest of the demo works without it."""
    try:
        build()
    except (subprocess.CalledProcessError, OSError) as problem:
        print(f"No report is made, because its page could not be built: {problem}", file=sys.stderr)
    return all(path.exists() for path in BUILT)


if __name__ == "__main__":
    demo_folder = ROOT / ".cache" / "demo"
    # A new emulator is another gateway: what was archived from the last one isn't its own.
    shutil.rmtree(demo_folder, ignore_errors=True)
    demo_folder.mkdir(parents=True)
    with_report = built()
    status = run_demo(scratch_env(Path(sys.prefix, "bin")), demo_folder, *sys.argv[1:], report=with_report)
    if status == 0 and with_report and os.environ.get("OPEN") == "1":
        webbrowser.open((demo_folder / "session-records" / "report.html").as_uri())
    sys.exit(status)
