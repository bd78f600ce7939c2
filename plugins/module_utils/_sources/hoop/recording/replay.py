# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a replay: a page that holds an asciicast, and plays it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...._base.errors import OptionError
from ...._base.version import VERSION
from ...._files.html_page import (
    DATA_END,
    NOT_BUILT,
    Built,
    build_data_element,
    build_data_start,
    build_shell,
    embed,
    escape_for_script,
)
from .asciicast import Cast, Screen
from .events import RecordingEvent

_WITHOUT_SCRIPT = "This recording is played with JavaScript, which is switched off here."
#: The player is a terminal, compiled to WebAssembly.
_MAY = ("'wasm-unsafe-eval'",)


class Replay:
    """A writer of a replay, event by event; the same recording always gives the same bytes."""

    def __init__(self, write: Callable[[bytes], None], screen: Screen) -> None:
        """Write the start of the page.

        :param write: called with each part of the page.
        :raises OptionError: if the style and script of the page were not built.
        """
        self._write = write
        self._cast = Cast(screen)
        before, self._after = build_shell(load_built(), "session_download", "replay", "Session replay", _WITHOUT_SCRIPT, _MAY)
        self._write_text(before)
        self._write_text(build_data_element("session", embed(_describe_screen(screen))) + build_data_start("recording"))
        self._write_text(escape_for_script(self._cast.header()))

    def event(self, event: RecordingEvent) -> None:
        """Write the next event; raises ValueError for a picture."""
        self._write_text(escape_for_script(self._cast.feed(event)))

    def end(self) -> None:
        """Write the end of the page."""
        self._write_text(escape_for_script(self._cast.rest()) + DATA_END + self._after)

    def _write_text(self, text: str) -> None:
        self._write(text.encode())


def _describe_screen(screen: Screen) -> dict[str, Any]:
    """Return the facts that the page shows beside the recording; C(began) is in seconds since the epoch."""
    return {
        "id": screen.session_id, "user": screen.user, "connection": screen.title, "began": screen.timestamp, "version": VERSION,
    }


def load_built() -> Built:
    """Load the built style and script of the page. They are large, so they are loaded only for a replay.

    :raises OptionError: if it was not built.
    """
    try:
        from ..recording import replay_asset
    except ImportError:
        raise OptionError(NOT_BUILT % "a replay") from None
    return Built(replay_asset.STYLE, replay_asset.SCRIPT, replay_asset.NOTICES)
