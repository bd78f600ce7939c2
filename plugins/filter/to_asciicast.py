# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: to_asciicast
short_description: Convert the recording of a hoop.dev session to an asciicast
version_added: 1.0.0
description:
  - Converts a recording to an asciicast (version 2) for C(asciinema) and its web player.
  - The module M(opsaudit.sessions.session_download) saves the same to a file, with less memory.
author:
  - The opsaudit.sessions developers (@opsaudit)
positional: _input
options:
  _input:
    description:
      - A session as M(opsaudit.sessions.hoop_session_info) returns it with its recording, or a recording alone.
      - Only a session contains its start, its connection, and whether it was a terminal.
      - Or the text of a recording that O(opsaudit.sessions.hoop_session_archive#module:attachments) keeps, which contains these, too.
    type: raw
    required: true
  width:
    description: Width of the terminal, in characters, from V(1) to V(1000). The gateway doesn't record it.
    type: int
    default: 80
  height:
    description: Height of the terminal, in characters, from V(1) to V(1000). The gateway doesn't record it.
    type: int
    default: 24
  events:
    description: The types of the events to include. Errors (V(e)) become output.
    type: list
    elements: str
    choices: [i, o, e]
    default: [o, e]
  rendering:
    description: How a recording that is a list with one text was rendered. Such a recording has no times.
    type: str
    choices: [utf8, base64]
    default: utf8
notes:
  - Sessions that are not text of a terminal (PostgreSQL's wire protocol, remote desktops, raw TCP) are refused.
  - For sessions that ran a command without a terminal, a carriage return is added to each line feed, as a terminal would have shown it.
seealso:
  - module: opsaudit.sessions.session_download
  - plugin: opsaudit.sessions.decode_event_stream
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Get a session with its recording
  opsaudit.sessions.hoop_session_info:
    endpoint: https://hoop.example.com
    id: 4ea8f841-e7a2-5275-b70e-85e3cf35ee71
    expand: event_stream
  register: found

- name: Save it for asciinema
  ansible.builtin.copy:
    content: "{{ found.sessions[0] | opsaudit.sessions.to_asciicast(width=120, height=40) }}"
    dest: /srv/casts/web-03.cast
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The asciicast, a line of JSON for the header and one for each event.
  type: str
"""

from ansible.errors import AnsibleFilterError


def to_asciicast(recording, width=80, height=24, events=("o", "e"), rendering="utf8"):
    """Return the text of an asciicast.

    :raises AnsibleFilterError: if it is no recording, cannot be played, or an option is invalid.
    """
    # Not with the file: a task that uses any filter of a collection loads all of them.
    from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.asciicast import (
        explain_not_playable,
        screen_of,
        write_cast,
    )
    from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.events import (
        read_stream,
        recording_of,
    )
    from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.filter_options import (
        check_rendering,
        check_size,
        check_types,
    )
    from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.kept import session_of

    try:
        recording = session_of(recording)
        session = recording if isinstance(recording, dict) else {}
        reason = explain_not_playable(session)
        if reason:
            raise ValueError(reason)
        # Pictures pass here, so that they are refused below.
        wanted = (*check_types(events, ("i", "o", "e")), "b")
        stream = read_stream(recording_of(recording), check_rendering(rendering))
        screen = screen_of(session, check_size("width", width), check_size("height", height))
        return "".join(write_cast((event for event in stream if event.type in wanted), screen))
    except ValueError as problem:
        raise AnsibleFilterError("to_asciicast: %s" % problem) from problem


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """Return the filter by its name."""
        return {"to_asciicast": to_asciicast}
