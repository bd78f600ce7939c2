# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""python -m tests.emulator"""

from __future__ import annotations

import argparse
import asyncio

from .app import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("--ready-file", help="write the readiness line to this file too, once all listeners are up")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="let every answer take so long")
    parser.add_argument("--records", type=int, default=0, metavar="N", help="seed each system's first listing")
    parser.add_argument("--tls", action="store_true", help="hoop and taurusdb over https too (needs trustme)")
    parser.add_argument("--exit-with-stdin", action="store_true", help="stop when standard input is closed")
    given = parser.parse_args()
    asyncio.run(
        run(
            ready_file=given.ready_file,
            latency=given.latency,
            records=given.records,
            tls=given.tls,
            exit_with_stdin=given.exit_with_stdin,
        )
    )


if __name__ == "__main__":
    main()
