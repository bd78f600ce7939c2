# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a source of events for ansible-rulebook: requests in a thread, events to its queue as fast as it takes them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import CancelledError
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..module_utils._archive.events.poller import Events, EventSourceError
from ..module_utils._base.errors import MissingLibrary, OptionError
from ..module_utils._base.options import STORE, Declaration, build_argument_spec, resolve
from ..module_utils._fetch.archive_spec import Archive
from ..module_utils._module import OptionCheck
from ..module_utils._sources.archives import ARCHIVES

OPTIONS: dict[str, Declaration] = {
    "source": {"type": "str", "required": True, "choices": list(ARCHIVES)},
    "options": {"type": "dict", "default": {}},
    "store": STORE,
    "interval": {"type": "int", "default": 60, "within": (1, 86400)},
    "feedback": {"type": "bool", "default": False},
}
#: Options of an archive module that do not apply in O(options).
_NOT_OPTIONS = ("store", "return_new")


async def run(queue: asyncio.Queue, args: Mapping[str, Any]) -> None:
    """Put the events of a source into a queue until this is cancelled.

    :param args: the arguments of the source in the rulebook, and what ansible-rulebook adds to them.
    :raises EventSourceError: if they are invalid, or another turn cannot succeed.
    """
    args = dict(args)
    feedback = args.pop("eda_feedback_queue", None)
    events, interval = _check_args(args)
    emitter = _Emitter(queue, feedback)
    while True:
        turn = asyncio.ensure_future(asyncio.to_thread(events.turn, emitter))
        try:
            await asyncio.shield(turn)
        except MissingLibrary as missing:
            raise EventSourceError(missing_required_lib(missing.library)) from None
        finally:
            if not turn.done():
                events.stop()
                emitter.stop()
                await asyncio.wait([turn])
        await asyncio.sleep(interval)


def _check_args(args: Mapping[str, Any]) -> tuple[Events, int]:
    """Return the poller, and the interval in seconds."""
    archive = ARCHIVES.get(str(args.get("source")))
    declared = dict(OPTIONS)
    if archive is not None:
        declared["options"] = {"type": "dict", "options": _options_of(archive), "apply_defaults": True, "example": "{start_time: -24h}"}
    checked = OptionCheck(declared, args)
    if archive is None or checked.problems:
        raise EventSourceError(checked.line)
    given = ArgumentSpecValidator(build_argument_spec(declared)).validate(args).validated_parameters
    try:
        settings = resolve(OPTIONS, given, os.environ, None)
    except OptionError as problem:
        raise EventSourceError(str(problem)) from None
    return Events(archive, {**given["options"], "store": settings["store"]}, os.environ), settings["interval"]


def _options_of(archive: Archive) -> dict[str, Declaration]:
    return {name: declared for name, declared in archive.source.all_options.items() if name not in _NOT_OPTIONS}


class _Emitter:
    """Hands events from the thread to the queue; its state belongs to the event loop's thread."""

    def __init__(self, queue: asyncio.Queue, feedback: asyncio.Queue | None) -> None:
        """Prepare to hand on events.

        :param feedback: has an item when the rule engine has stored an event in its own database.
        """
        self._loop = asyncio.get_running_loop()
        self._queue = queue
        self._feedback = feedback
        self._stopped = False
        self._task: asyncio.Task | None = None

    def __call__(self, event: dict[str, Any]) -> None:
        """Put an event into the queue; the thread waits until there is room."""
        try:
            asyncio.run_coroutine_threadsafe(self._put(event), self._loop).result()
        except CancelledError:
            raise _Stopped from None

    async def _put(self, event: dict[str, Any]) -> None:
        if self._stopped:
            raise _Stopped
        self._task = asyncio.current_task()
        await self._queue.put(event)
        if self._feedback is not None:
            await self._feedback.get()

    def stop(self) -> None:
        """End the wait for room, and take no more events."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()


class _Stopped(Exception):
    """The emitter was stopped."""
