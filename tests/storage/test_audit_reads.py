"""The trail as people may read it: roles, hidden wallets, search, pages, and every life of a till."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from domain.approvals import Asked, Guarded
from domain.drafts import DraftLine
from domain.errors import ErrorCode, NotPermitted
from domain.ids import ApprovalId, DeviceId, DraftId, Instant, MessageId, PaymentId, UserId, VoucherId
from domain.payments import Cause
from domain.policy import Actor, Role
from domain.ports import Device, Queries, UnitOfWork
from domain.rails import Method
from domain.services.accounts import change_wallet, grant_account
from domain.services.approvals import asked_for, grant_approval
from domain.services.drafts import discard_draft, issue_draft, save_draft
from domain.services.exports import note_audit_export
from domain.services.payments import cancel_payment, expire_payments
from domain.services.people import add_user, record_sign_in
from domain.services.settings import change_setting, close_books
from domain.services.vouchers import issue_and_queue, void_voucher
from domain.shop_settings import method_wallet
from domain.trail import AuditFilter, AuditRow, Fact, Place
from domain.vouchers import Side, VoucherType, reversal_of
from storage import audit_reads
from storage.audit import SqlAudit
from storage.gate import TillFiles
from storage.hub_tills import add_device
from storage.queries import TillQueries
from storage.session import Session, Sql
from storage.till import TillUnitOfWork, TillUnits
from tests.builders import BANK, CASH, CASHIER, MANAGER, MERCHANT, MINUTE, NOON, OWNER, QR, TILL, a_voucher, an_id, sell
from tests.domain.approval_samples import TODAY, a_draft, to_issue

LATER = Instant(NOON + MINUTE)
LAN = CASHIER.user_id
AUDITOR = Actor(UserId("auditor"), "Thu", Role.AUDITOR, TILL)
PLAIN = AuditFilter()


def begin(uow: UnitOfWork) -> None:
    for actor in (OWNER, CASHIER, AUDITOR):
        add_user(uow, actor.user_id, actor.name, actor.role, "hash", NOON)


@pytest.fixture
def units(till_units: TillUnits) -> TillUnits:
    """A till with three people, which has done nothing yet but open its wallets."""
    till_units.run(begin)
    return till_units


@pytest.fixture
def queries(units: TillUnits, till_file: TillFiles) -> Iterator[TillQueries]:
    connection = till_file.connect_reader()
    yield TillQueries(Session(connection.cursor(), "sqlite"))
    connection.close()


def read(queries: Queries, wanted: AuditFilter = PLAIN, actor: Actor = OWNER, limit: int = 100) -> list[AuditRow]:
    """Return the whole trail, page by page."""
    rows: list[AuditRow] = []
    place: Place | None = None
    while True:
        page = queries.audit(actor, wanted, limit, place)
        assert len(page.rows) <= limit
        rows.extend(page.rows)
        if page.older is None:
            return rows
        assert place is None or page.older != place, "every page goes on"
        place = page.older


def test_only_who_may_see_the_trail_reads_it(queries: TillQueries) -> None:
    with pytest.raises(NotPermitted) as refused:
        queries.audit(CASHIER, PLAIN, 10, None)
    assert refused.value.code is ErrorCode.NOT_PERMITTED
    assert queries.audit(AUDITOR, PLAIN, 10, None).rows


def test_an_entry_names_the_person_the_cause_the_record_and_what_changed(
    units: TillUnits, queries: TillQueries
) -> None:
    sale = units.run(lambda uow: sell(uow, method=Method.VIETQR))
    units.run(lambda uow: cancel_payment(uow, CASHIER, sale.id, LATER))
    row = read(queries)[0]
    assert (row.action, row.at, row.actor, row.cause) == ("payment.cancelled", LATER, "Lan", Cause.PERSON)
    assert (row.record, row.payment_id, row.voucher_id) == (sale.reference, PaymentId(sale.id), None)
    assert Fact("status", "cancelled", "pending", is_change=True) in row.facts
    assert Fact("amount", 45_000) in row.facts
    assert "cause" not in {fact.name for fact in row.facts}


def test_what_the_clock_did_bears_no_persons_name(units: TillUnits, queries: TillQueries) -> None:
    units.run(lambda uow: sell(uow, method=Method.VIETQR))
    units.run(lambda uow: expire_payments(uow, Instant(NOON + 60 * MINUTE)))
    row = read(queries)[0]
    assert (row.action, row.actor, row.cause) == ("payment.expired", "", Cause.CLOCK)


def test_a_voucher_taken_back_can_be_opened_from_its_entry(units: TillUnits, queries: TillQueries) -> None:
    voucher = units.run(lambda uow: issue_and_queue(uow, a_voucher(), NOON))
    units.run(lambda uow: void_voucher(uow, OWNER, voucher.id, LATER, reason="typed twice"))
    row = read(queries)[0]
    assert (row.record, row.voucher_id) == (voucher.number, VoucherId(voucher.id))
    assert Fact("reason", "typed twice") in row.facts


def test_pages_of_any_size_hold_every_entry_once_newest_first(units: TillUnits, queries: TillQueries) -> None:
    for number in range(7):
        units.run(partial(sell, name=f"{number}"))
    whole = read(queries)
    assert [row.seq for row in whole] == list(range(units.heads.audit_seq, 0, -1))
    for limit in (1, 3, 5):
        assert read(queries, limit=limit) == whole


def test_a_search_goes_on_behind_what_one_reading_looks_at(
    units: TillUnits, queries: TillQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    units.run(lambda uow: sell(uow, amount_minor=7_654_000))
    for number in range(7):
        units.run(partial(sell, name=f"{number}"))
    monkeypatch.setattr(audit_reads, "LOOKED_AT", 2)
    wanted = AuditFilter(text="7.654.000")
    first = queries.audit(OWNER, wanted, 10, None)
    assert (first.rows, first.older) == ((), (TILL, units.heads.audit_seq - 1))
    assert [row.action for row in read(queries, wanted)] == ["payment.cash"]


def test_words_without_their_marks_find_what_was_told(units: TillUnits, queries: TillQueries) -> None:
    assert {row.record for row in read(queries, AuditFilter(text="ket TIEN"))} == {"Két tiền mặt"}
    assert read(queries, AuditFilter(text="person")) == [], "what every entry holds is no find"


def test_the_trail_is_narrowed_to_a_person_and_to_days(units: TillUnits, queries: TillQueries) -> None:
    units.run(lambda uow: record_sign_in(uow, LAN, False, LATER))
    assert [row.action for row in read(queries, AuditFilter(actor_id=LAN))] == ["pin.wrong"]
    assert [row.action for row in read(queries, AuditFilter(since=LATER))] == ["pin.wrong"]
    assert "pin.wrong" not in {row.action for row in read(queries, AuditFilter(until=LATER))}
    assert read(queries, AuditFilter(since=Instant(LATER + 1))) == []


def test_of_a_hidden_wallet_only_who_and_when_is_told(units: TillUnits, queries: TillQueries) -> None:
    units.run(lambda uow: grant_account(uow, OWNER, AUDITOR.user_id, BANK, NOON, granted=True))
    voucher = units.run(lambda uow: issue_and_queue(uow, a_voucher(), NOON))
    units.run(lambda uow: void_voucher(uow, OWNER, voucher.id, LATER, reason="typed twice"))
    hidden, granted = read(queries, actor=AUDITOR)[:2]
    assert (hidden.action, hidden.actor, hidden.at) == ("voucher.voided", "Chị Hoa", LATER)
    assert (hidden.hidden, hidden.record, hidden.facts, hidden.voucher_id) == (True, "", (), None)
    assert (granted.action, granted.record, granted.hidden) == ("account.granted", "Vietcombank", False)
    assert read(queries, AuditFilter(text="typed twice"), AUDITOR) == [], "not even by a search"
    assert read(queries, AuditFilter(text="typed twice"))[0].voucher_id == voucher.id


def test_an_approval_about_a_hidden_wallet_tells_no_amount(units: TillUnits, queries: TillQueries) -> None:
    units.run(lambda uow: add_user(uow, MANAGER.user_id, MANAGER.name, MANAGER.role, "hash", NOON))
    voucher = units.run(lambda uow: issue_and_queue(uow, a_voucher(), NOON))
    asked = asked_for(reversal_of(voucher, TILL, LATER, TODAY, "typed twice"))
    approval = units.run(
        lambda uow: grant_approval(
            uow, MANAGER, OWNER.user_id, True, asked, ApprovalId(an_id("a")), LATER, reason="typed twice"
        )
    )
    units.run(lambda uow: void_voucher(uow, MANAGER, voucher.id, LATER, reason="typed twice", approval=approval))
    told = read(queries, actor=AUDITOR)[:3]
    assert [row.action for row in told] == ["voucher.voided", "approval.used", "approval.granted"]
    assert [(row.hidden, row.facts) for row in told] == [(True, ())] * 3
    assert Fact("amount", voucher.total_minor) in read(queries)[1].facts, "the owner sees all"


def test_an_approval_to_date_back_on_a_hidden_wallet_tells_no_amount(units: TillUnits, queries: TillQueries) -> None:
    units.run(lambda uow: add_user(uow, MANAGER.user_id, MANAGER.name, MANAGER.role, "hash", NOON))
    draft = a_draft("rent", day="2026-11-01")
    asked = to_issue(units, draft)
    approval = units.run(
        lambda uow: grant_approval(
            uow, MANAGER, OWNER.user_id, True, asked, ApprovalId(an_id("a")), LATER, reason="late"
        )
    )
    units.run(lambda uow: issue_draft(uow, MANAGER, draft.id, LATER, approval=approval))
    told = read(queries, actor=AUDITOR)[:3]
    assert [row.action for row in told] == ["voucher.issued", "approval.used", "approval.granted"]
    assert [(row.hidden, row.facts) for row in told] == [(True, ())] * 3


def test_a_draft_that_was_thrown_away_tells_its_amount_to_nobody_who_may_not_see_its_wallets(
    units: TillUnits, queries: TillQueries
) -> None:
    paid = a_draft("rent", 7_654_321)
    lines = (DraftLine(QR, Side.DEBIT, 7_654_321), DraftLine(CASH, Side.CREDIT, 7_654_321))
    moved = replace(paid, id=DraftId(an_id("moved")), type=VoucherType.ADJUSTMENT, wallet_id=None, lines=lines)
    units.run(lambda uow: grant_account(uow, OWNER, AUDITOR.user_id, QR, NOON, granted=True))
    for draft in (paid, moved):
        units.run(partial(save_draft, actor=OWNER, draft=draft))
        units.run(partial(discard_draft, actor=OWNER, draft_id=draft.id, at=LATER))
    for row in read(queries, actor=AUDITOR)[:2]:
        assert (row.action, row.hidden, row.facts) == ("draft.discarded", True, ())
    assert read(queries, AuditFilter(text="7654321"), AUDITOR) == []
    units.run(lambda uow: grant_account(uow, OWNER, AUDITOR.user_id, CASH, NOON, granted=True))
    second, first = read(queries, actor=AUDITOR)[1:3]
    assert Fact("amount", 7_654_321) in first.facts
    assert Fact("wallet", "Két tiền mặt") in first.facts
    assert {Fact("account.1", "VNPAY QR"), Fact("account.2", "Két tiền mặt")} <= set(second.facts)


def test_an_old_entry_of_a_discarded_draft_that_names_no_wallet_is_told_to_who_sees_all(
    units: TillUnits, queries: TillQueries
) -> None:
    units.run(lambda uow: uow.audit.add("draft.discarded", an_id("old"), OWNER.user_id, LATER, {"amount": 5}))
    assert read(queries, actor=AUDITOR)[0].hidden
    assert Fact("amount", 5) in read(queries)[0].facts


def test_an_approval_that_no_voucher_came_of_tells_no_amount_of_what_may_be_hidden(
    units: TillUnits, queries: TillQueries
) -> None:
    asked = Asked(Guarded.BACK_DATE, an_id("never issued"), 7_654_321, "2026-11-01")
    approval_id = ApprovalId(an_id("a"))
    units.run(lambda uow: grant_approval(uow, MANAGER, OWNER.user_id, True, asked, approval_id, LATER, reason="late"))
    row = read(queries, actor=AUDITOR)[0]
    assert (row.action, row.hidden, row.facts) == ("approval.granted", True, ())
    assert Fact("amount", 7_654_321) in read(queries)[0].facts


def test_the_trail_is_taken_out_whole_so_only_by_whoever_sees_every_wallet(units: TillUnits) -> None:
    units.run(lambda uow: grant_account(uow, OWNER, AUDITOR.user_id, BANK, NOON, granted=True))
    with pytest.raises(NotPermitted) as refused:
        units.run(lambda uow: note_audit_export(uow, AUDITOR, "", "", LATER))
    assert refused.value.code is ErrorCode.ACCOUNT_NOT_GRANTED
    wallets = units.read(lambda session: session.all(Sql("SELECT id FROM accounts WHERE type <> 'CONTROL'"), {}))
    for (wallet,) in wallets:
        units.run(
            partial(grant_account, actor=OWNER, user_id=AUDITOR.user_id, account_id=wallet, at=NOON, granted=True)
        )
    units.run(lambda uow: note_audit_export(uow, AUDITOR, "", "", LATER))
    units.run(lambda uow: note_audit_export(uow, OWNER, "", "", LATER))


def test_what_a_fact_names_by_its_id_is_told_by_its_name(units: TillUnits, queries: TillQueries) -> None:
    key = method_wallet(Method.VIETQR)
    units.run(lambda uow: change_setting(uow, OWNER, key, BANK, MessageId(an_id("m")), NOON))
    row = read(queries)[0]
    assert (row.action, row.subject_id, row.facts) == (
        "setting.changed",
        key,
        (Fact("value", "Vietcombank", None, is_change=True),),
    )


def test_closing_and_opening_the_books_again_are_acts_of_their_own(units: TillUnits, queries: TillQueries) -> None:
    units.run(lambda uow: close_books(uow, OWNER, "2026-10-31", MessageId(an_id("m1")), NOON))
    units.run(lambda uow: close_books(uow, OWNER, "", MessageId(an_id("m2")), NOON, reason="an invoice came late"))
    reopened, closed = read(queries)[:2]
    assert (closed.action, closed.facts) == ("books.closed", (Fact("value", "2026-10-31", None, is_change=True),))
    assert reopened.action == "books.reopened"
    assert set(reopened.facts) == {
        Fact("value", "", "2026-10-31", is_change=True),
        Fact("reason", "an invoice came late"),
    }


def test_a_wallets_change_is_told_with_how_it_stood_before(units: TillUnits, queries: TillQueries) -> None:
    units.run(lambda uow: change_wallet(uow, OWNER, BANK, MessageId(an_id("m")), NOON, name="VCB", bank_account="99"))
    facts = {fact.name: (fact.before, fact.value) for fact in read(queries)[0].facts}
    assert facts["name"] == ("Vietcombank", "VCB")
    assert facts["bank_account"] == ("0123456789", "99")


def test_the_former_lives_of_a_restored_till_follow_behind_the_present_one(
    units: TillUnits, queries: TillQueries
) -> None:
    before = read(queries)
    second = Device(DeviceId(an_id("second life")), "01", "B")

    def restore(uow: TillUnitOfWork) -> None:
        add_device(uow.session, MERCHANT, second.id, second.code, second.incarnation)
        uow.session.run(Sql("UPDATE till_self SET device_id = :id"), {"id": second.id})
        SqlAudit(uow.scope, second).add("signed_in", LAN, LAN, LATER, {"failures": 0})

    units.run(restore)
    for limit in (1, 2, 100):
        rows = read(queries, limit=limit)
        assert (rows[0].device_id, rows[0].seq) == (second.id, 1)
        assert rows[1:] == before
