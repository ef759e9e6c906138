"""Manual vouchers: a draft is written, changed, dropped or issued once; an issued one is only ever taken back."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from domain.accounts import Control, control_id
from domain.categories import CategoryKind, category_id
from domain.drafts import Draft, DraftLine
from domain.errors import ErrorCode
from domain.ids import AccountId, CategoryId, DraftId, Instant, MessageId, VoucherId
from domain.money import MAX_MINOR
from domain.policy import Actor, Role
from domain.services.accounts import archive_wallet, grant_account
from domain.services.categories import archive_category, save_category
from domain.services.drafts import discard_draft, issue_draft, save_draft
from domain.services.people import add_user
from domain.services.settings import close_books
from domain.services.vouchers import void_voucher
from domain.vouchers import REVERSAL, Party, Side, Voucher, VoucherType
from storage.till import TillUnits
from tests.builders import BANK, CASH, CASHIER, MANAGER, MERCHANT, MINUTE, NOON, OWNER, QR, SALES, TILL, an_id, sell
from tests.domain.till_facts import ask, code_of, dump

TODAY, YESTERDAY = "2026-11-21", "2026-11-20"
DAY = 24 * 60 * MINUTE
DRAFT = DraftId(an_id("draft"))
ACCOUNTANT = replace(OWNER, role=Role.ACCOUNTANT)
EXPENSES = control_id(MERCHANT, Control.EXPENSES)
FEES = control_id(MERCHANT, Control.FEES)
OTHER_INCOME = control_id(MERCHANT, Control.OTHER_INCOME)
OWN_INCOME = CategoryId(an_id("own income"))


def a_draft(kind: VoucherType = VoucherType.RECEIPT, **changes: Any) -> Draft:
    """Return a whole draft of a type."""
    draft = Draft(DRAFT, kind, TODAY, NOON, NOON, OWNER.user_id, memo="Việc của quán", amount_minor=70_000)
    by_type: dict[VoucherType, dict[str, Any]] = {
        VoucherType.RECEIPT: {"wallet_id": CASH, "category_id": category_id(MERCHANT, "other_income")},
        VoucherType.PAYMENT: {"wallet_id": CASH, "category_id": category_id(MERCHANT, "rent_utilities")},
        VoucherType.TRANSFER: {"wallet_id": CASH, "target_id": BANK, "fee_minor": 1_000},
        VoucherType.ADJUSTMENT: {
            "amount_minor": 0,
            "lines": (DraftLine(EXPENSES, Side.DEBIT, 70_000), DraftLine(OTHER_INCOME, Side.CREDIT, 70_000)),
        },
    }
    return replace(draft, **{**by_type[kind], **changes})


def save(units: TillUnits, draft: Draft, actor: Actor = OWNER) -> Draft:
    return units.run(lambda uow: save_draft(uow, actor, draft))


def issue(units: TillUnits, draft: Draft | None = None, at: Instant = NOON) -> Voucher:
    if draft is not None:
        save(units, draft)
    return units.run(lambda uow: issue_draft(uow, OWNER, DRAFT, at))


def refused(units: TillUnits, draft: Draft) -> ErrorCode:
    """Return why a draft is not issued; nothing of the try stays and the draft itself does."""
    save(units, draft)
    return code_of(units, lambda uow: issue_draft(uow, OWNER, DRAFT, NOON))


def void(units: TillUnits, voucher_id: str, reason: str = "nhầm", at: Instant = NOON) -> Voucher:
    return units.run(lambda uow: void_voucher(uow, OWNER, VoucherId(voucher_id), at, reason=reason))


def void_refused(units: TillUnits, voucher_id: str, reason: str = "nhầm", actor: Actor = OWNER) -> ErrorCode:
    return code_of(units, lambda uow: void_voucher(uow, actor, VoucherId(voucher_id), NOON, reason=reason))


def close(units: TillUnits, through: str = YESTERDAY, at: Instant = NOON) -> None:
    units.run(lambda uow: close_books(uow, OWNER, through, MessageId(an_id("closing")), at))


def balances(units: TillUnits) -> dict[str, int]:
    return dict(ask(units, "SELECT id, balance_minor FROM accounts WHERE balance_minor <> 0"))


def drafts(units: TillUnits) -> list[tuple[Any, ...]]:
    return ask(units, "SELECT id FROM drafts")


@pytest.mark.parametrize("kind", list(VoucherType))
def test_a_draft_is_kept_as_it_was_written(kind: VoucherType, till_units: TillUnits) -> None:
    draft = a_draft(kind, party=Party("Anh Tư", "12 Lê Lợi"), attachments=2)
    save(till_units, draft)
    assert till_units.run(lambda uow: uow.drafts.get(DRAFT)) == draft
    assert balances(till_units) == {}
    assert ask(till_units, "SELECT id FROM outbox WHERE kind = 'voucher'") == []


def test_an_unfinished_draft_is_kept_too(till_units: TillUnits) -> None:
    line = DraftLine(None, Side.DEBIT, 0)
    draft = Draft(DRAFT, VoucherType.ADJUSTMENT, "", NOON, NOON, OWNER.user_id, lines=(line,))
    save(till_units, draft)
    assert till_units.run(lambda uow: uow.drafts.get(DRAFT)) == draft


def test_a_draft_may_change_until_it_is_issued(till_units: TillUnits) -> None:
    save(till_units, a_draft())
    changed = a_draft(VoucherType.PAYMENT, amount_minor=5, updated_at=Instant(NOON + MINUTE))
    save(till_units, changed)
    assert till_units.run(lambda uow: uow.drafts.get(DRAFT)) == changed
    assert len(drafts(till_units)) == 1


def test_a_discarded_draft_is_gone_and_used_no_number(till_units: TillUnits) -> None:
    save(till_units, a_draft())
    till_units.run(lambda uow: discard_draft(uow, OWNER, DRAFT, NOON))
    assert drafts(till_units) == []
    assert ask(till_units, "SELECT * FROM series") == []
    assert code_of(till_units, lambda uow: discard_draft(uow, OWNER, DRAFT, NOON)) is ErrorCode.DRAFT_UNKNOWN
    assert code_of(till_units, lambda uow: issue_draft(uow, OWNER, DRAFT, NOON)) is ErrorCode.DRAFT_UNKNOWN


@pytest.mark.parametrize("amount", [-1, MAX_MINOR + 1, 1.5])
def test_a_draft_of_an_impossible_amount_is_not_kept(amount: Any, till_units: TillUnits) -> None:
    for facts in ({"amount_minor": amount}, {"fee_minor": amount}, {"lines": (DraftLine(CASH, Side.DEBIT, amount),)}):
        draft = a_draft(**facts)
        assert code_of(till_units, partial(save_draft, actor=OWNER, draft=draft)) is ErrorCode.AMOUNT_INVALID


def test_a_draft_of_too_many_lines_is_not_kept(till_units: TillUnits) -> None:
    draft = a_draft(VoucherType.ADJUSTMENT, lines=(DraftLine(CASH, Side.DEBIT, 1),) * 101)
    assert code_of(till_units, lambda uow: save_draft(uow, OWNER, draft)) is ErrorCode.VOUCHER_INVALID


def let_the_manager_see_the_cash(units: TillUnits) -> None:
    units.run(lambda uow: add_user(uow, MANAGER.user_id, MANAGER.name, MANAGER.role, "hash", NOON))
    units.run(lambda uow: grant_account(uow, OWNER, MANAGER.user_id, CASH, NOON, granted=True))


def test_an_accountant_writes_drafts_that_others_issue(till_units: TillUnits) -> None:
    save(till_units, a_draft(), ACCOUNTANT)
    assert code_of(till_units, lambda uow: issue_draft(uow, ACCOUNTANT, DRAFT, NOON)) is ErrorCode.NOT_PERMITTED
    let_the_manager_see_the_cash(till_units)
    assert till_units.run(lambda uow: issue_draft(uow, MANAGER, DRAFT, NOON)).actor_id == MANAGER.user_id


def test_nobody_books_on_a_wallet_that_is_hidden_from_them(till_units: TillUnits) -> None:
    save(till_units, a_draft())
    assert code_of(till_units, lambda uow: issue_draft(uow, MANAGER, DRAFT, NOON)) is ErrorCode.ACCOUNT_NOT_GRANTED
    voucher = till_units.run(lambda uow: issue_draft(uow, OWNER, DRAFT, NOON))
    refused = code_of(till_units, lambda uow: void_voucher(uow, MANAGER, voucher.id, NOON, reason="Nhầm"))
    assert refused is ErrorCode.ACCOUNT_NOT_GRANTED
    let_the_manager_see_the_cash(till_units)
    assert (
        till_units.run(lambda uow: void_voucher(uow, MANAGER, voucher.id, NOON, reason="Nhầm")).reverses == voucher.id
    )


def test_a_cashier_writes_no_drafts(till_units: TillUnits) -> None:
    assert code_of(till_units, lambda uow: save_draft(uow, CASHIER, a_draft())) is ErrorCode.NOT_PERMITTED
    save(till_units, a_draft())
    assert code_of(till_units, lambda uow: discard_draft(uow, CASHIER, DRAFT, NOON)) is ErrorCode.NOT_PERMITTED


@pytest.mark.parametrize(
    ("kind", "number", "moved"),
    [
        (VoucherType.RECEIPT, "PT01A-26-000001", {CASH: 70_000, OTHER_INCOME: -70_000}),
        (VoucherType.PAYMENT, "PC01A-26-000001", {CASH: -70_000, EXPENSES: 70_000}),
        (VoucherType.TRANSFER, "PCK01A-26-000001", {CASH: -70_000, BANK: 69_000, FEES: 1_000}),
        (VoucherType.ADJUSTMENT, "PKT01A-26-000001", {EXPENSES: 70_000, OTHER_INCOME: -70_000}),
    ],
)
def test_an_issued_draft_moves_the_balances_and_is_gone(
    kind: VoucherType, number: str, moved: dict[str, int], till_units: TillUnits
) -> None:
    draft = a_draft(kind, party=Party("Anh Tư", "12 Lê Lợi"), attachments=2, business_date=YESTERDAY)
    voucher = issue(till_units, draft)
    assert (voucher.number, voucher.type, voucher.business_date) == (number, kind, YESTERDAY)
    assert (voucher.party, voucher.attachments, voucher.memo) == (draft.party, 2, draft.memo)
    assert voucher.category_id == draft.category_id
    assert balances(till_units) == moved
    assert drafts(till_units) == []
    assert ask(till_units, "SELECT id FROM outbox WHERE kind = 'voucher'") == [(voucher.id,)]


def test_a_transfer_without_a_fee_has_two_lines(till_units: TillUnits) -> None:
    assert len(issue(till_units, a_draft(VoucherType.TRANSFER, fee_minor=0)).postings) == 2


def test_issuing_twice_gives_one_voucher(till_units: TillUnits) -> None:
    voucher = issue(till_units, a_draft())
    before = dump(till_units)
    assert issue(till_units) == voucher
    assert dump(till_units) == before


def test_a_category_of_the_shops_own_books_where_the_system_one_above_it_does(till_units: TillUnits) -> None:
    below_sales = category_id(MERCHANT, "sales")
    till_units.run(
        lambda uow: save_category(
            uow,
            OWNER,
            OWN_INCOME,
            MessageId(an_id("made")),
            NOON,
            kind=CategoryKind.INCOME,
            name_vi="Bán sỉ",
            parent_id=below_sales,
        )
    )
    issue(till_units, a_draft(category_id=OWN_INCOME))
    assert balances(till_units) == {CASH: 70_000, SALES: -70_000}


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        *((kind, {"memo": ""}) for kind in VoucherType),
        *((kind, {"memo": " \t"}) for kind in VoucherType),
        *((kind, {"business_date": wrong}) for kind in VoucherType for wrong in ("", "2026-02-30")),
        (VoucherType.RECEIPT, {"wallet_id": None}),
        (VoucherType.RECEIPT, {"category_id": None}),
        (VoucherType.PAYMENT, {"amount_minor": 0}),
        (VoucherType.TRANSFER, {"target_id": None}),
        (VoucherType.TRANSFER, {"target_id": CASH}),
        (VoucherType.TRANSFER, {"fee_minor": 70_000}),
        (VoucherType.ADJUSTMENT, {"lines": ()}),
        (VoucherType.ADJUSTMENT, {"lines": (DraftLine(CASH, Side.DEBIT, 1), DraftLine(BANK, Side.CREDIT, 2))}),
        (VoucherType.ADJUSTMENT, {"lines": (DraftLine(None, Side.DEBIT, 1), DraftLine(BANK, Side.CREDIT, 1))}),
        (
            VoucherType.ADJUSTMENT,
            {
                "lines": (
                    DraftLine(CASH, Side.DEBIT, 1),
                    DraftLine(BANK, Side.CREDIT, 1),
                    DraftLine(QR, Side.DEBIT, 0),
                )
            },
        ),
    ],
)
def test_an_incomplete_draft_is_not_issued(kind: VoucherType, changes: Any, till_units: TillUnits) -> None:
    assert refused(till_units, a_draft(kind, **changes)) is ErrorCode.DRAFT_INCOMPLETE


@pytest.mark.parametrize("kind", list(VoucherType))
def test_a_draft_dated_in_a_closed_period_is_not_issued(kind: VoucherType, till_units: TillUnits) -> None:
    close(till_units)
    assert refused(till_units, a_draft(kind, business_date=YESTERDAY)) is ErrorCode.PERIOD_CLOSED


def test_a_draft_dated_ahead_is_not_issued(till_units: TillUnits) -> None:
    assert refused(till_units, a_draft(business_date="2026-11-22")) is ErrorCode.DATE_AHEAD


def test_a_draft_of_another_century_is_not_issued_for_its_number_would_bear_this_ones_year(
    till_units: TillUnits,
) -> None:
    issue(till_units, a_draft())
    other = DraftId(an_id("other draft"))
    for wrong in ("1926-11-21", "1999-12-31"):
        save(till_units, a_draft(id=other, business_date=wrong))
        assert code_of(till_units, lambda uow: issue_draft(uow, OWNER, other, NOON)) is ErrorCode.DATE_INVALID
    save(till_units, a_draft(id=other, business_date="2000-01-01"))
    assert till_units.run(lambda uow: issue_draft(uow, OWNER, other, NOON)).number == "PT01A-00-000001"


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (VoucherType.RECEIPT, {"wallet_id": QR}),
        (VoucherType.TRANSFER, {"wallet_id": QR}),
        (VoucherType.TRANSFER, {"target_id": QR}),
        (VoucherType.ADJUSTMENT, {"lines": (DraftLine(QR, Side.DEBIT, 1), DraftLine(SALES, Side.CREDIT, 1))}),
    ],
)
def test_an_archived_account_takes_no_voucher(kind: VoucherType, changes: Any, till_units: TillUnits) -> None:
    till_units.run(lambda uow: archive_wallet(uow, OWNER, QR, MessageId(an_id("archived")), NOON, archived=True))
    assert refused(till_units, a_draft(kind, **changes)) is ErrorCode.ACCOUNT_ARCHIVED


@pytest.mark.parametrize("kind", [VoucherType.RECEIPT, VoucherType.PAYMENT])
def test_a_second_wallet_left_from_a_transfer_does_not_hold_up_another_document(
    kind: VoucherType, till_units: TillUnits
) -> None:
    till_units.run(lambda uow: archive_wallet(uow, OWNER, QR, MessageId(an_id("archived")), NOON, archived=True))
    assert QR not in {line.account_id for line in issue(till_units, a_draft(kind, target_id=QR)).postings}


@pytest.mark.parametrize("kind", [VoucherType.RECEIPT, VoucherType.PAYMENT, VoucherType.TRANSFER])
def test_money_moves_in_wallets_never_in_control_accounts(kind: VoucherType, till_units: TillUnits) -> None:
    assert refused(till_units, a_draft(kind, wallet_id=SALES)) is ErrorCode.ACCOUNT_IS_CONTROL


@pytest.mark.parametrize("account_id", [AccountId(an_id("nobody's"))])
def test_an_unknown_account_or_category_is_refused(account_id: AccountId, till_units: TillUnits) -> None:
    assert refused(till_units, a_draft(wallet_id=account_id)) is ErrorCode.ACCOUNT_UNKNOWN
    assert refused(till_units, a_draft(category_id=CategoryId(account_id))) is ErrorCode.CATEGORY_UNKNOWN


@pytest.mark.parametrize(
    ("kind", "key"), [(VoucherType.RECEIPT, "rent_utilities"), (VoucherType.PAYMENT, "other_income")]
)
def test_a_category_of_the_wrong_kind_is_refused(kind: VoucherType, key: str, till_units: TillUnits) -> None:
    assert refused(till_units, a_draft(kind, category_id=category_id(MERCHANT, key))) is ErrorCode.CATEGORY_KIND


def test_an_archived_category_takes_no_voucher(till_units: TillUnits) -> None:
    made, archived = MessageId(an_id("made")), MessageId(an_id("archived"))
    till_units.run(
        lambda uow: save_category(uow, OWNER, OWN_INCOME, made, NOON, kind=CategoryKind.INCOME, name_vi="Bán sỉ")
    )
    till_units.run(lambda uow: archive_category(uow, OWNER, OWN_INCOME, archived, NOON, archived=True))
    assert refused(till_units, a_draft(category_id=OWN_INCOME)) is ErrorCode.CATEGORY_ARCHIVED


@pytest.mark.parametrize("kind", list(VoucherType))
def test_a_void_mirrors_every_line_and_names_its_original(kind: VoucherType, till_units: TillUnits) -> None:
    voucher = issue(till_units, a_draft(kind, party=Party("Anh Tư")))
    reversal = void(till_units, voucher.id, "ghi nhầm")
    mirrored = [(line.account_id, line.side.other, line.amount_minor) for line in voucher.postings]
    assert [(line.account_id, line.side, line.amount_minor) for line in reversal.postings] == mirrored
    assert (reversal.reverses, reversal.source.kind, reversal.type) == (voucher.id, REVERSAL, kind)
    assert (reversal.memo, reversal.actor_id, reversal.device_id) == ("ghi nhầm", OWNER.user_id, TILL)
    assert reversal.number.endswith("-26-000002")
    assert till_units.run(lambda uow: uow.vouchers.get(voucher.id)) == voucher
    assert till_units.run(lambda uow: uow.vouchers.reversal_of(voucher.id)) == reversal.id
    assert balances(till_units) == {}


def test_a_void_of_a_void_is_refused(till_units: TillUnits) -> None:
    reversal = void(till_units, issue(till_units, a_draft()).id)
    assert void_refused(till_units, reversal.id) is ErrorCode.VOUCHER_IS_REVERSAL


def test_a_second_void_is_refused(till_units: TillUnits) -> None:
    voucher = issue(till_units, a_draft())
    void(till_units, voucher.id)
    assert void_refused(till_units, voucher.id) is ErrorCode.VOUCHER_VOIDED


def test_the_voucher_of_a_customers_payment_is_refunded_not_voided(till_units: TillUnits) -> None:
    till_units.run(sell)
    ((voucher_id,),) = ask(till_units, "SELECT id FROM vouchers")
    assert void_refused(till_units, voucher_id) is ErrorCode.VOUCHER_OF_PAYMENT


def test_a_draft_is_no_voucher_to_void(till_units: TillUnits) -> None:
    save(till_units, a_draft())
    assert void_refused(till_units, DRAFT) is ErrorCode.VOUCHER_UNKNOWN


@pytest.mark.parametrize("reason", ["", "  ", "\t\n"])
def test_a_void_needs_a_reason(reason: str, till_units: TillUnits) -> None:
    voucher = issue(till_units, a_draft())
    assert void_refused(till_units, voucher.id, reason) is ErrorCode.DRAFT_INCOMPLETE


def test_who_may_not_void_is_refused(till_units: TillUnits) -> None:
    voucher = issue(till_units, a_draft())
    assert void_refused(till_units, voucher.id, actor=ACCOUNTANT) is ErrorCode.NOT_PERMITTED
    assert void_refused(till_units, voucher.id, actor=CASHIER) is ErrorCode.APPROVAL_NEEDED


def test_a_void_across_a_closed_period_is_dated_today(till_units: TillUnits) -> None:
    voucher = issue(till_units, a_draft(business_date=YESTERDAY))
    close(till_units)
    assert void(till_units, voucher.id).business_date == TODAY


def test_a_void_by_a_clock_behind_the_closing_lands_on_the_first_open_day(till_units: TillUnits) -> None:
    voucher = issue(till_units, a_draft(business_date=YESTERDAY))
    close(till_units, TODAY, at=Instant(NOON + DAY))
    assert void(till_units, voucher.id).business_date == "2026-11-22"


def test_an_adjustment_may_book_one_account_on_both_sides(till_units: TillUnits) -> None:
    lines = (DraftLine(CASH, Side.DEBIT, 9), DraftLine(CASH, Side.CREDIT, 4), DraftLine(EXPENSES, Side.CREDIT, 5))
    issue(till_units, a_draft(VoucherType.ADJUSTMENT, lines=lines))
    assert balances(till_units) == {CASH: 5, EXPENSES: -5}
    days = ask(till_units, f"SELECT debit_minor, credit_minor FROM day_totals WHERE account_id = '{CASH}'")
    assert days == [(9, 4)]


def test_a_draft_that_was_issued_meanwhile_is_not_written_again(till_units: TillUnits) -> None:
    draft = a_draft()
    issue(till_units, draft)
    assert code_of(till_units, lambda uow: save_draft(uow, OWNER, draft)) is ErrorCode.ID_REUSED
    assert drafts(till_units) == []
