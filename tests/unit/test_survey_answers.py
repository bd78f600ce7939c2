# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers to a survey: missing ones are left out, and dates are texts again."""

from __future__ import annotations

import datetime

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.opsaudit.sessions.plugins.filter.survey_answers import FilterModule

survey_answers = FilterModule().filters()["survey_answers"]
DAY = datetime.date(2026, 1, 1)
NOON = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_answer_is_left_out(value):
    assert survey_answers({"a": value, "b": "x"}) == {"b": "x"}


@pytest.mark.parametrize("value", [0, False, "0", [], {}, 1.5, [None, ""], {"token": None}])
def test_everything_else_is_an_answer(value):
    assert survey_answers({"a": value}) == {"a": value}


def test_dates_become_texts_wherever_they_are():
    assert survey_answers({"a": DAY, "b": [{"start_time": NOON, "n": 1}], "c": (DAY,)}) == {
        "a": "2026-01-01", "b": [{"start_time": "2026-03-01T12:00:00+00:00", "n": 1}], "c": ["2026-01-01"],
    }


@pytest.mark.parametrize("value", [None, "a", ["a"], 3])
def test_what_is_no_dictionary_is_refused(value):
    with pytest.raises(AnsibleFilterError, match="a dictionary is needed"):
        survey_answers(value)
