# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting and stopping: listeners on free loopback ports, certificates, readiness, signals."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import ssl
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from .control import Control
from .listener import Listener
from .world import World

#: Listeners that get a twin over TLS.
_TLS_TWINS = ("hoop", "taurusdb")
#: A Huawei token may be longer than what aiohttp takes for a header by default.
_HEADER_LIMIT = 1 << 18


class Emulator:
    """One process's worth of listeners."""

    def __init__(self) -> None:
        self.world = World()
        self._runners: list[web.ServerRunner] = []

    async def start(self, scratch: Path | None) -> None:
        """Listen; with a scratch folder, over TLS too, with a CA of its own written there."""
        urls = self.world.urls
        for name, dialect in self.world.dialects.items():
            urls[name] = await self._listen(Listener(self.world, dialect))
        urls["control"] = await self._listen(Control(self.world))
        if scratch is not None:
            context, ca_path = _certificates(scratch)
            for name in _TLS_TWINS:
                urls[f"{name}_tls"] = await self._listen(Listener(self.world, self.world.dialects[name]), context)
            urls["ca_path"] = str(ca_path)
        urls["pid"] = os.getpid()
        self.world.settings.storage_url = urls["elsewhere"]

    async def _listen(self, handler: Callable[[Any], Any], context: ssl.SSLContext | None = None) -> str:
        # a client that went away is not being answered any more
        server = web.Server(
            handler,
            handler_cancellation=True,
            access_log=None,
            max_field_size=_HEADER_LIMIT,
            max_line_size=_HEADER_LIMIT,
        )
        runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        return f"{'https' if context else 'http'}://127.0.0.1:{runner.addresses[0][1]}"

    async def stop(self) -> None:
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))


def _certificates(scratch: Path) -> tuple[ssl.SSLContext, Path]:
    import trustme  # only TLS needs it

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    ca_path = scratch / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_path))
    return context, ca_path


async def run(*, ready_file: str | None, latency: float, records: int, tls: bool, exit_with_stdin: bool) -> None:
    """Emulate until it is stopped."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="emulator-"))) if tls else None
        emulator = Emulator()
        await emulator.start(scratch)
        if latency:
            emulator.world.settings.latency = {"*": latency}
        if records:
            for name in ("taurusdb", "fabric", "hoop", "bcc"):
                emulator.world.dialect(name).seed(records, {})
        if exit_with_stdin:
            await _watch_stdin(loop, stopped)
        _announce(emulator.world.urls, ready_file)
        await stopped.wait()
        await emulator.stop()


async def _watch_stdin(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    """Stop when whoever started the process is gone and its end of the pipe with it."""

    def readable() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin.fileno())
            stopped.set()

    loop.add_reader(sys.stdin.fileno(), readable)


def _announce(urls: dict[str, Any], ready_file: str | None) -> None:
    line = json.dumps(urls)
    if ready_file:
        partial = Path(f"{ready_file}.{os.getpid()}.tmp")
        partial.write_text(line + "\n", encoding="utf-8")
        partial.replace(ready_file)
    print(line, flush=True)
