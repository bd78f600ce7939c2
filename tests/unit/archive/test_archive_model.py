# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to sources and store, in any order: what is called complete is what the source listed.

The model knows what each source holds and what of it was shown to whom; the code under test is the real task, on SQLite.
"""

from __future__ import annotations

from archive_checks import DAY
from archive_model import Model
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sim_sources import BCC, HOOP, TARGETS, USERS, VIEWERS, Place

PLACES = [
    *[Place(HOOP, "org=org-a")] * 4, Place(HOOP, "org=org-b"), Place(BCC, "region=bj,type=COMMAND"), Place(BCC, "region=bj,type=COMMAND"),
    Place(BCC, "account=acme,region=bj,type=COMMAND"),
]
AGES = [0, 1, 400, 1_000, 59_000, 700_000, 3_600_000, 3 * DAY, 9 * DAY, 31 * DAY]
LATER = [1, 400, 1_000, 30_000, 600_000, 6 * 3_600_000, 2 * DAY, 8 * DAY, 31 * DAY]

#: Access keys, and the accounts that are given with them.
KEYS = [
    *[("AK-first-1", None)] * 4, ("AK-first-1", "default"), ("AK-first-2", None), ("AK-first-2", "default"), ("AK-first-1", "acme"),
    ("AK-other-1", None), ("AK-other-1", "acme"), ("AK-other-1", "acme"),
]

ago = st.sampled_from([None, None, None, 300, 500_000, 3_600_000, 2 * DAY, 10 * DAY, 40 * DAY])
flags = st.sampled_from([False, False, False, True])
faults = st.sampled_from([None] * 6 + [(what, number) for what in ("refused", "continue", "emptied", "killed") for number in (1, 2)])
common = {
    "start": ago,
    "end": st.sampled_from([None] * 5 + [200, 3_600_000, 9 * DAY]),
    "overlap": st.sampled_from(["10m", "10m", "0s", "1d"]),
    "deep": flags,
    "reread": st.sampled_from([False, False, True]),
    "recheck": st.sampled_from([None, None, None, "1h", "10d"]),
    "retention": st.sampled_from([None] * 6 + ["5d"]),
    "page_size": st.sampled_from([1, 2, 100]),
    "only": st.sampled_from([None, None, None, *TARGETS]),
    "check": st.sampled_from([False] * 7 + [True]),
    "fault": faults,
}


#: What happens at the sources, each as a method of the model and what it takes.
happening = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from(LATER)),
    # Now, or late.
    st.tuples(
        st.just("add"), st.sampled_from(PLACES), st.sampled_from(AGES), st.sampled_from(USERS), st.sampled_from(TARGETS), st.booleans(), flags
    ),
    st.tuples(st.just("change"), st.integers(0, 99), st.sampled_from(["ends", "ends", "changes", "vanishes"])),
)


class Archives(RuleBasedStateMachine):
    """Sources that live, tasks that archive them, and somebody who deletes."""

    def __init__(self):
        super().__init__()
        self.model = Model()

    @initialize(
        records=st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(AGES), st.booleans()), min_size=3, max_size=8)
    )
    def something_is_there(self, records):
        for number, (place, age, is_open) in enumerate(records):
            self.model.add(place, age, USERS[number % 2], TARGETS[number // 2 % 2], is_open, False)

    @rule(happenings=st.lists(happening, min_size=1, max_size=4))
    def life_goes_on(self, happenings):
        for what, *how in happenings:
            getattr(self.model, what)(*how)

    @rule(**common)
    def hoop_is_archived_by_an_auditor(self, **given):
        self.model.archive_hoop(VIEWERS["auditor-a"], **given)

    @rule(viewer=st.sampled_from(sorted(VIEWERS)), **common)
    def hoop_is_archived(self, viewer, **given):
        self.model.archive_hoop(VIEWERS[viewer], **given)

    @rule(key=st.sampled_from(KEYS), **common)
    def baidu_is_archived(self, key, **given):
        self.model.archive_bcc(*key, **given)

    @precondition(lambda self: self.model.has_store)
    @rule(choice=st.integers(0, 99), many=flags)
    def somebody_deletes(self, choice, many):
        self.model.delete(choice, many)

    @precondition(lambda self: self.model.has_store)
    @rule(start=ago, end=st.sampled_from([None, 1_000, DAY]))
    def it_is_exported_and_reported(self, start, end):
        self.model.export(start, end)

    @invariant()
    def every_proof_is_true(self):
        self.model.check_store()

    def teardown(self):
        self.model.close()


TestArchives = Archives.TestCase
# The steps of a failure are printed as they were found: to make them fewer can take ten times as long as to find them.
TestArchives.settings = settings(max_examples=40, stateful_step_count=25, phases=[Phase.generate])
