"""The trail on the screen: found, narrowed, read on to its beginning, opened, and taken out with a note of it."""

from pathlib import Path

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant, PaymentId, VoucherId
from tests.fakes.audit_trail import FixedTrail, Opened, a_trail, an_entry
from tests.fakes.counter import Counter
from tests.fakes.small_shop import ACCOUNTANT, CASHIER, NOON, OWNER
from ui.presenters.audit import MOST, PAGE, AuditPresenter, Period, Wanted

HOUR = 3_600_000
DAY = 24 * HOUR


@pytest.fixture
def counter() -> Counter:
    made = Counter(actor=OWNER)
    made.work.queries.trail.rows = [an_entry(seq) for seq in range(150, 0, -1)]
    return made


@pytest.fixture
def trail(counter: Counter) -> FixedTrail:
    return counter.work.queries.trail


@pytest.fixture
def around() -> Opened:
    return Opened()


@pytest.fixture
def audit(counter: Counter, around: Opened) -> AuditPresenter:
    made = a_trail(counter.desk, around)
    made.opened()
    return made


def seqs(audit: AuditPresenter) -> list[int]:
    return [row.seq for row in audit.state.rows]


def test_the_newest_entries_come_first_and_older_ones_when_the_end_is_reached(audit: AuditPresenter) -> None:
    assert seqs(audit) == list(range(150, 150 - PAGE, -1))
    assert not audit.state.complete
    audit.more()
    audit.more()
    audit.more()
    assert seqs(audit) == list(range(150, 0, -1))
    assert audit.state.complete


def test_a_search_reads_on_by_itself_until_it_has_a_page_or_the_beginning(
    audit: AuditPresenter, trail: FixedTrail
) -> None:
    trail.looked_at = 20
    audit.find(" 000003 ")
    assert seqs(audit) == [3]
    assert (audit.state.complete, audit.state.searching) == (True, False)
    assert len(trail.asked) == 1 + 8


def test_a_search_stops_where_the_screen_is_left(counter: Counter, audit: AuditPresenter, trail: FixedTrail) -> None:
    trail.looked_at = 20
    counter.work.held = True
    audit.find("000003")
    audit.closed()
    counter.work.release()
    assert len(trail.asked) == 1 + 1
    assert not audit.state.searching


def test_a_list_is_held_to_what_a_person_can_look_through(audit: AuditPresenter, trail: FixedTrail) -> None:
    trail.rows = [an_entry(seq) for seq in range(MOST + 200, 0, -1)]
    audit.refresh()
    for _ in range(MOST // PAGE + 5):
        audit.more()
    assert len(audit.state.rows) == MOST
    assert audit.state.too_many


def test_days_are_the_shops_own(audit: AuditPresenter, trail: FixedTrail) -> None:
    midnight = Instant(NOON - 12 * HOUR)
    bounds = []
    for period in (Period.TODAY, Period.WEEK, Period.DAYS):
        audit.show_period(period)
        bounds.append((trail.asked[-1].since, trail.asked[-1].until))
    assert bounds == [(midnight, None), (midnight - 6 * DAY, None), (midnight, midnight + DAY)]
    audit.show_days("2026-11-20", "2026-11-19")
    assert (trail.asked[-1].since, trail.asked[-1].until) == (midnight - 2 * DAY, midnight)


def test_one_persons_acts_are_shown_alone(audit: AuditPresenter, trail: FixedTrail) -> None:
    trail.rows[10] = an_entry(140, actor_id=CASHIER.user_id)
    audit.show_person(CASHIER.user_id)
    assert seqs(audit) == [140]
    audit.clear_filters()
    assert audit.state.wanted == Wanted()
    assert len(seqs(audit)) == PAGE


def test_an_answer_to_an_earlier_wish_is_not_shown(counter: Counter, audit: AuditPresenter) -> None:
    counter.work.held = True
    audit.find("000150")
    audit.find("000007")
    counter.work.release()
    assert seqs(audit) == [7]


def test_enter_opens_the_voucher_or_the_payment_of_an_entry_and_else_only_tells_it(
    audit: AuditPresenter, around: Opened
) -> None:
    audit.open_record(an_entry(1, voucher_id=VoucherId("v-1")))
    audit.open_record(an_entry(2, payment_id=PaymentId("p-1")))
    audit.open_record(plain := an_entry(3))
    assert (around.vouchers, around.payments) == ([VoucherId("v-1")], [PaymentId("p-1")])
    assert audit.state.chosen == plain


def test_taking_the_trail_out_is_noted_in_it_before_the_file_is_written(
    counter: Counter, audit: AuditPresenter, around: Opened, tmp_path: Path
) -> None:
    audit.show_days("2026-11-01", "2026-11-20")
    assert audit.file_name() == "bana_audit_20261101_20261120.jsonl"
    audit.save(tmp_path / "audit.jsonl")
    assert counter.shop.audited[-1][:2] == ("audit.exported", "audit")
    assert around.written == [(tmp_path / "audit.jsonl", "2026-11-01", "2026-11-20")]
    assert not audit.state.saving


def test_a_refusal_to_take_it_out_is_told(counter: Counter, audit: AuditPresenter) -> None:
    counter.work.broken = StorageUnavailable(ErrorCode.FILE_NOT_WRITTEN, path="/full")
    audit.save(Path("/full"))
    assert audit.state.problem is not None
    assert audit.state.problem.code is ErrorCode.FILE_NOT_WRITTEN
    assert not audit.state.saving


def test_who_signs_in_next_begins_with_the_whole_trail_and_a_cashier_reads_none(
    counter: Counter, audit: AuditPresenter, trail: FixedTrail
) -> None:
    audit.find("000007")
    audit.closed()
    counter.desk.actor = ACCOUNTANT
    audit.opened()
    assert audit.state.wanted == Wanted()
    audit.closed()
    asked = len(trail.asked)
    counter.desk.actor = CASHIER
    audit.opened()
    assert (audit.state.rows, len(trail.asked)) == ((), asked)
