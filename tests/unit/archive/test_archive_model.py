# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to sources and store, in any order: what is called complete is what the source listed.

The model knows what each source holds and what of it was shown to whom; the code under test is the real task, on SQLite.
"""

from __future__ import annotations

from archive_checks import DAY
from archive_model import Model
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st
from sim_sources import BCC, HOOP, TARGETS, USERS, VIEWERS, Place

PLACES = [
    *[Place(HOOP, "org=org-a")] * 4, Place(HOOP, "org=org-b"), Place(BCC, "region=bj,type=COMMAND"), Place(BCC, "region=bj,type=COMMAND"),
    Place(BCC, "account=acme,region=bj,type=COMMAND"),
]
AGES = [0, 1, 400, 1_000, 59_000, 700_000, 3_600_000, 3 * DAY, 9 * DAY, 31 * DAY]
LATER = [1, 400, 1_000, 30_000, 600_000, 6 * 3_600_000, 2 * DAY, 8 * DAY, 31 * DAY]
#: Windows as the ages of their start and their end; a month back, and up to now, are likely.
WINDOWS = [
    (start, end)
    for start in (None, None, None, 40 * DAY, 40 * DAY, 10 * DAY, 2 * DAY, 3_600_000, 500_000, 300)
    for end in (None, None, None, None, None, 200, 3_600_000, 9 * DAY)
    if start is None or end is None or start > end
]
#: Access keys, and the accounts that are given with them.
KEYS = [
    *[("AK-first-1", None)] * 4, ("AK-first-1", "default"), ("AK-first-2", None), ("AK-first-2", "default"), ("AK-first-1", "acme"),
    ("AK-other-1", None), *[("AK-other-1", "acme")] * 3,
]
FAULTS = [(what, number) for what in ("refused", "continue", "emptied", "killed") for number in (1, 2)]
#: What may be done, as often as it stands here.
STEPS = ["auditor", "auditor", "auditor", "viewer", "viewer", "baidu", "baidu", "delete", "export", "export_between", "export_proven"]


class Life:
    """Sources that live, tasks that archive them, and somebody who deletes."""

    def __init__(self, model, random):
        self.model = model
        self.random = random
        self.pick = random.choice

    def begin(self):
        for number in range(self.random.randint(3, 8)):
            self.model.add(self.pick(PLACES), self.pick(AGES), USERS[number % 2], TARGETS[number // 2 % 2], self.pick([False, True]), False)

    def step(self):
        what = self.pick(STEPS) if self.model.has_store else self.pick(STEPS[:7])
        getattr(self, what)()

    def auditor(self):
        self._go_on()
        self._do("archive_hoop", VIEWERS["auditor-a"], **self._options())

    def viewer(self):
        self._go_on()
        self._do("archive_hoop", VIEWERS[self.pick(sorted(VIEWERS))], **self._options())

    def baidu(self):
        self._go_on()
        self._do("archive_bcc", *self.pick(KEYS), **self._options())

    def delete(self):
        place = self._do("delete", self.random.randrange(100), self._is_rare())
        if place == PLACES[0] and self.pick([False, True]):
            # A record that comes late, and a run that does not read all again: nothing may stand for what was deleted.
            self._do("add", place, self.pick(AGES), self.pick(USERS), self.pick(TARGETS), False, False)
            disturbed = {"window": (None, self.pick([3_600_000, 9 * DAY]))}, {"fault": self.pick(FAULTS), "page_size": 1}, {"only": self.pick(TARGETS)}
            self._do("archive_hoop", VIEWERS["auditor-a"], **{**self._options(), "check": False, "fault": None, **self.pick(disturbed)})

    def export(self):
        self._do("export", self.pick([None, HOOP, BCC]), *self.pick(WINDOWS))

    def export_between(self):
        self._do("export_between", self.pick([None, HOOP, BCC]), self.random.randrange(100), self.random.randrange(100))

    def export_proven(self):
        # What is proven, or a millisecond more or less.
        self._do("export_proven", self.pick([HOOP, HOOP, BCC]), self.random.randrange(9), self.pick([-1, 0, 0, 1]), self.pick([-1, 0, 0, 1]))

    def _do(self, what, *given, **options):
        note("%s %s %s" % (what, given, options))
        return getattr(self.model, what)(*given, **options)

    def _is_rare(self):
        return self.random.random() < 0.25

    def _go_on(self):
        """What happens at the sources: time passes, records come, now or late, and change."""
        for _happening in range(self.random.randrange(4)):
            what = self.pick(["wait", "add", "add", "change", "change"])
            if what == "wait":
                self._do("wait", self.pick(LATER))
            elif what == "add":
                self._do(
                    "add", self.pick(PLACES), self.pick(AGES), self.pick(USERS), self.pick(TARGETS), self.pick([False, True]), self._is_rare()
                )
            else:
                self._do("change", self.random.randrange(100), self.pick(["end", "change", "vanish", "vanish open"]))

    def _options(self):
        pick = self.pick
        return {
            "window": pick(WINDOWS), "overlap": pick(["10m", "10m", "0s", "1d"]), "deep": pick([False, True]), "reread": pick([False, False, True]),
            "recheck": pick([None, None, None, "1h", "10d"]), "retention": pick([None] * 6 + ["5d"]), "page_size": pick([1, 2, 100]),
            "only": pick([None, None, None, *TARGETS]), "check": pick([False] * 7 + [True]), "fault": pick([None] * 12 + FAULTS),
        }


# One number decides all of an example: what hypothesis makes of examples that it has seen would be more of the same.
# The steps of a failure are printed as they were found: to make them fewer can take ten times as long as to find them.
@settings(max_examples=36, phases=[Phase.generate])
@given(st.randoms(use_true_random=True))
def test_what_is_called_complete_is_what_the_source_holds(random):
    model = Model()
    try:
        life = Life(model, random)
        life.begin()
        for _step in range(random.choice([6, 12, 20])):
            life.step()
            model.check_store()
    finally:
        model.close()
