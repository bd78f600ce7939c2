# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole of a record: fields, what the source sent, earlier versions, attachments."""

from __future__ import annotations

import json

from ansible_collections.opsaudit.sessions.tests.stores import sample

LONG = "arn:aws:rds:eu-central-1:1234567890:cluster/orders-and-invoices-production-reader-"


def rows():
    for index in range(60):
        raw = json.dumps({"id": "hoop_session-%06d" % index, "exit_code": 12345678901234567890, "script": {"data": "SELECT '<b>%d</b>'" % index}})
        yield sample.row(
            "hoop_session", index, started_at=sample.BEGIN + index * sample.HOUR, ended_at=sample.BEGIN + index * sample.HOUR + 1500,
            actor="ana", target=LONG + "%02d" % (index % 3), summary="SELECT 1", outcome="success", state="done", kind="database", raw=raw,
        )


def revision():
    key = {"source": "hoop_session", "scope_key": sample.GATEWAY, "record_id": "hoop_session-000003"}
    return {**key, "from_time": sample.BEGIN, "until_time": sample.BEGIN + sample.DAY, "raw": '{"exit_code":7}'}


def test_details_have_all(open_page, made):
    page = open_page(made(rows(), revisions=[revision()]), address="#sort=start")
    details = page.open("hoop_session-000003")
    text = details.inner_text()
    for wanted in ("hoop_session-000003", LONG + "00", "2026-03-01 03:00:00 UTC", "1 s", "database", "org=hoop.example.com", "12345678901234567890"):
        assert wanted in text, wanted
    assert "SELECT '<b>3</b>'" in text and "As it was from 2026-03-01 00:00:00 until 2026-03-02 00:00:00" in text
    details.get_by_text("As it was from").click()
    assert '"exit_code": 7' in details.inner_text()
    opener = page.page.locator("tr[data-record='hoop_session-000003'] .opener")
    assert opener.get_attribute("aria-expanded") == "true"
    opener.press("Enter")
    assert page.page.locator(".details").count() == 0 and opener.get_attribute("aria-expanded") == "false"


def test_two_records_of_one_id_are_two(open_page, made):
    both = [
        sample.row(source, 1, record_id="1", started_at=sample.BEGIN + each, raw='{"source":"%s"}' % source)
        for each, source in enumerate(("bcc_action_run", "hoop_session"))
    ]
    page = open_page(made(both, timezone="Asia/Tokyo"))
    page.page.locator(".opener").nth(1).click()
    assert '"source": "bcc_action_run"' in page.details().inner_text()
    assert "2026-03-01 09:00:00 Asia/Tokyo (2026-03-01 00:00:00 UTC)" in page.details().inner_text()
    assert page.page.locator("#table tr").nth(2).locator(".opener").get_attribute("aria-expanded") == "true"


def test_a_link_shows_one_record(open_page, made):
    report = made(rows())
    page = open_page(report)
    page.page.locator("#filter-text").fill("000058")
    page.open("hoop_session-000058").get_by_text("Link to this record alone").click()
    page.page.wait_for_function("() => location.hash.includes('record=hoop_session-000058')")
    again = open_page(report, address="#record=hoop_session-000058")
    assert again.count == 1 and "SELECT '<b>58</b>'" in again.details().inner_text()


def test_names_are_cut_in_the_middle(open_page, made):
    page = open_page(made(rows()))
    shown = set(page.column("Connection"))
    assert len(shown) == 3 and all("\u2026" in name and name[-2:] in ("00", "01", "02") for name in shown)
    lanes = open_page(page.made, 390, address="#lanes=target").page.locator("[data-chart=timeline] button.lane").all_inner_texts()
    assert len({each.split("\n")[0] for each in lanes}) == 3


def test_attachments_are_linked(open_page, made, tmp_path):
    key = {"source": "hoop_session", "scope_key": sample.GATEWAY, "record_id": "hoop_session-000005"}
    found = [
        {**key, "name": "recording", "state": "kept", "path": "hoop_session/2026-03/5 & 6.recording.jsonl", "size": 2_400_000},
        {**key, "name": "input", "state": "too_large"},
        {**key, "name": "killed_list", "state": "kept", "path": "../../etc/passwd", "size": 3},
    ]
    report = made(rows(), attached=found, attachments=str(tmp_path / "attachments"))
    items = open_page(report, address="#record=hoop_session-000005").details().locator(".attachments li")
    assert items.all_inner_texts() == ["input (too large)", "killed_list (kept, 1 kB)", "recording (kept, 2.4 MB)"]
    [link] = [each.evaluate("(link) => link.href") for each in items.locator("a").all()]
    assert link == (tmp_path / "attachments" / "hoop_session/2026-03/5 & 6.recording.jsonl").as_uri()
    again = made(rows(), attached=found)
    assert open_page(again, address="#record=hoop_session-000005").details().locator("a").count() == 0


def test_the_page_says_whose_whole_it_lacks_and_links_to_its_replay(open_page, made, tmp_path):
    def large():
        chance = sample.random.Random(1)
        for index in range(400):
            yield sample.row("hoop_session", index, started_at=sample.BEGIN + index, outcome="failure" if index < 3 else "success", raw=json.dumps(
                {"x": "%030x" % chance.getrandbits(120), "noise": ["%016x" % chance.getrandbits(64) for _each in range(700)]}))

    replays = tmp_path / "replay"
    replays.mkdir()
    for name in ("hoop_session-000100", "of-another-record"):
        (replays / (name + ".html")).write_text("page")
    recording = {"name": "recording", "state": "kept", "path": "hoop_session/2026-03/hoop_session-000100.recording.jsonl", "size": 1}
    key = {"source": "hoop_session", "scope_key": sample.GATEWAY, "record_id": "hoop_session-000100"}
    report = made(large(), attached=[{**key, **recording}], replays=str(replays))
    page = open_page(report, address="#record=hoop_session-000100")
    assert "The page has room for the whole of" in page.details().inner_text()
    link = page.details().locator(".attachments a")
    assert link.evaluate("(link) => link.href") == (replays / "hoop_session-000100.html").as_uri()
    more = page.page.locator("#replays")
    assert more.evaluate("(link) => link.href") == replays.as_uri() + "/"
    assert more.locator("..").inner_text().startswith("1 more recording of records that are not in this table has a page in the folder ")
    page = open_page(page.made, address="#record=hoop_session-000001")
    assert '"noise": [' in page.details().inner_text(), "what failed comes first"
