# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: survey_answers
short_description: Read variables as a survey of AWX sends them
version_added: 1.0.0
description:
  - Leaves out variables that are null or an empty text, which is how AWX sends a missing answer.
  - Turns dates and times, which YAML makes of texts such as C(2026-01-01), back into texts. Everything else stays as it is.
author:
  - The opsaudit.sessions developers (@opsaudit)
positional: _input
options:
  _input:
    description:
      - The variables, by name.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the answers that were given
  ansible.builtin.debug:
    var: answers
  vars:
    answers: "{{ {'start': start | default(''), 'title': title | default('')} | opsaudit.sessions.survey_answers }}"
"""

RETURN = r"""
_value:
  description: The variables that have a value.
  type: dict
"""

from collections.abc import Mapping
from datetime import date

from ansible.errors import AnsibleFilterError


def survey_answers(variables):
    """Return the variables that have a value, with dates as texts.

    :raises AnsibleFilterError: if it is given no dictionary.
    """
    if not isinstance(variables, Mapping):
        raise AnsibleFilterError("survey_answers: a dictionary is needed")
    return {name: _without_dates(value) for name, value in variables.items() if value is not None and value != ""}


def _without_dates(value):
    """Return a value with the text of each date in it: before ansible-core 2.19, a template that holds one is no dictionary."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _without_dates(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_dates(each) for each in value]
    return value


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """Return the filter by its name."""
        return {"survey_answers": survey_answers}
