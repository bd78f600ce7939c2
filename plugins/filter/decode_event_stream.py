# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: decode_event_stream
short_description: Decode the recording of a hoop.dev session
version_added: 1.0.0
description:
  - Converts a recording to a list of events with readable text. The recording can have any form in which the gateway returns it.
    It can be absent, V(null), an empty list, a list of events in Base64, or a list with one text.
author:
  - The opsaudit.sessions developers (@opsaudit)
positional: _input
options:
  _input:
    description:
      - A session as M(opsaudit.sessions.hoop_session_info) returns it, whether or not it has a recording, or a recording alone.
      - Or the text of a recording that O(opsaudit.sessions.hoop_session_archive#module:attachments) keeps.
    type: raw
    required: true
  events:
    description:
      - The types of the events to return, such as V(i) (input), V(o) (output) and V(e) (errors of the session itself).
      - If not specified, all events are returned, including unknown types.
    type: list
    elements: str
  rendering:
    description:
      - How a recording that is a list with one text was rendered, see O(opsaudit.sessions.hoop_session_info#module:event_stream).
        The text itself does not show it.
    type: str
    choices: [utf8, base64]
    default: utf8
notes:
  - A character that is split between two events is in the text of the later event. Input and output are decoded separately.
seealso:
  - module: opsaudit.sessions.hoop_session_info
  - plugin: opsaudit.sessions.to_asciicast
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Get a session with its recording
  opsaudit.sessions.hoop_session_info:
    endpoint: https://hoop.example.com
    id: 4ea8f841-e7a2-5275-b70e-85e3cf35ee71
    expand: event_stream
  register: found

- name: Show what was typed
  ansible.builtin.debug:
    msg: "{{ found.sessions[0] | opsaudit.sessions.decode_event_stream(events=['i']) | map(attribute='text') | join }}"

- name: Show what was typed in a session of the archive
  ansible.builtin.debug:
    msg: "{{ lookup('ansible.builtin.file', kept) | opsaudit.sessions.decode_event_stream(events=['i']) | map(attribute='text') | join }}"
  vars:
    kept: /var/lib/audit/attachments/hoop_session/2026-03/4ea8f841-e7a2-5275-b70e-85e3cf35ee71.recording.jsonl
"""

RETURN = r"""
_value:
  description: The events, in order. An empty list if there is no recording.
  type: list
  elements: dict
  contains:
    time:
      description: Time of the event, in seconds since the client connected.
      type: float
      sample: 1.905904412
    type:
      description: Type of the event.
      type: str
      sample: o
    text:
      description: Text of the event. Bytes that are not UTF-8 are replaced by U+FFFD.
      type: str
      sample: ls
    base64:
      description: The recorded bytes. Only if RV(_value[].text) is not exactly the same.
      type: str
      sample: gqwudHh0DQo=
"""

from ansible.errors import AnsibleFilterError


def decode_event_stream(recording, events=None, rendering="utf8"):
    """Return the rows of a session's or a recording's events.

    :raises AnsibleFilterError: if it is neither, or an option is invalid.
    """
    # Not with the file: a task that uses any filter of a collection loads all of them.
    from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.events import (
        EventRows,
        read_stream,
        recording_of,
    )
    from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.filter_options import (
        check_rendering,
        check_types,
    )
    from ansible_collections.opsaudit.sessions.plugins.module_utils._sources.hoop.recording.kept import session_of

    rows = EventRows()
    try:
        wanted = None if events is None else check_types(events)
        stream = read_stream(recording_of(session_of(recording)), check_rendering(rendering))
        found = [rows.feed(event) for event in stream if wanted is None or event.type in wanted]
    except ValueError as problem:
        raise AnsibleFilterError("decode_event_stream: %s" % problem) from problem
    return found + rows.rest()


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """Return the filter by its name."""
        return {"decode_event_stream": decode_event_stream}
