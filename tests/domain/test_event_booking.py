"""Booking events of other systems: each kind by its rule, each event once, on tills and hub alike."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.accounts import Control, control_id
from domain.categories import CategoryKind, category_id
from domain.errors import ErrorCode
from domain.events import EVENT_KINDS, read_event
from domain.ids import CategoryId, Instant, MessageId
from domain.policy import Role
from domain.posting_rules import (
    DEPOSIT,
    PURCHASE,
    PURCHASE_OWED,
    REFUND,
    RULES,
    SALE,
    STOCK_ISSUED,
    STOCK_LOSS,
    STOCK_SURPLUS,
    TRANSFER,
)
from domain.services.accounts import archive_wallet
from domain.services.categories import save_category
from domain.services.events import book_event
from domain.services.settings import change_setting, close_books
from domain.services.vouchers import void_voucher
from domain.shop_settings import VAT_CLASS
from domain.vat import VatClass
from domain.vouchers import Party, Voucher
from storage.till import TillUnits
from tests.builders import BANK, CASH, CASHIER, MANAGER, MERCHANT, MINUTE, NOON, OWNER, QR, an_id
from tests.domain.event_samples import EVERY_EVENT, TODAY, an_event
from tests.domain.till_facts import ask, code_of, dump
from tests.storage.two_tills import TwoTills

DAY = 24 * 60 * MINUTE


@pytest.fixture
def shop() -> Iterator[TwoTills]:
    stage = TwoTills()
    yield stage
    stage.close()


def book(units: TillUnits, told: dict[str, Any], at: Instant = NOON) -> Voucher:
    return units.run(lambda uow: book_event(uow, None, read_event(told), at, via="test"))


def refused(units: TillUnits, told: dict[str, Any], at: Instant = NOON) -> ErrorCode:
    return code_of(units, lambda uow: book_event(uow, None, read_event(told), at))


def moved(voucher: Voucher) -> dict[str, int]:
    """Return what a voucher moves by account, debit positive; control accounts by their keys."""
    controls = {control_id(MERCHANT, control): control.value for control in Control}
    return {controls.get(line.account_id, line.account_id): line.signed_minor for line in voucher.postings}


def pays_vat(units: TillUnits, vat_class: VatClass = VatClass.REDUCED) -> None:
    message_id = MessageId(an_id("vat class"))
    units.run(lambda uow: change_setting(uow, OWNER, VAT_CLASS, vat_class.value, message_id, NOON))


BOOKED = {
    SALE: {CASH: 100_000, "sales": -100_000},
    PURCHASE: {"inventory": 100_000, CASH: -100_000},
    PURCHASE_OWED: {"inventory": 100_000, "payable": -100_000},
    STOCK_ISSUED: {"cogs": 100_000, "inventory": -100_000},
    STOCK_SURPLUS: {"inventory": 100_000, "other_income": -100_000},
    STOCK_LOSS: {"cogs": 100_000, "inventory": -100_000},
    REFUND: {"sales_returns": 100_000, CASH: -100_000},
    DEPOSIT: {BANK: 100_000, CASH: -100_000},
    TRANSFER: {BANK: 100_000, CASH: -100_000},
}


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_an_event_books_what_its_rule_says_from_the_default_wallet(kind: str, till_units: TillUnits) -> None:
    voucher = book(till_units, EVERY_EVENT[kind])
    assert moved(voucher) == BOOKED[kind]
    assert (voucher.type, voucher.business_date, voucher.occurred_on) == (RULES[kind].type, TODAY, "")
    usual = RULES[kind].category
    assert voucher.category_id == (category_id(MERCHANT, usual) if usual else None)
    assert (voucher.memo, voucher.actor_id) == (f"{kind} 1", None)


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_an_event_told_again_books_nothing(kind: str, till_units: TillUnits) -> None:
    voucher = book(till_units, EVERY_EVENT[kind])
    before = dump(till_units)
    assert book(till_units, EVERY_EVENT[kind], Instant(NOON + 40 * DAY)) == voucher
    assert dump(till_units) == before


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_an_event_told_again_with_another_content_is_refused(kind: str, till_units: TillUnits) -> None:
    book(till_units, EVERY_EVENT[kind])
    amount = next(name for name in EVERY_EVENT[kind] if name.endswith("_minor"))
    for change in ({amount: 99_999}, {"occurred_on": "2026-11-20"}, {"memo": "other"}, {"counterparty": {"name": "L"}}):
        assert refused(till_units, EVERY_EVENT[kind] | change) is ErrorCode.EVENT_CHANGED


@pytest.mark.parametrize(
    ("kind", "first", "then"),
    [
        (SALE, {"wallet": "cash"}, {"wallet": "Vietcombank"}),
        (SALE, {}, {"wallet": QR}),
        (SALE, {}, {"wallet": "no such wallet"}),
        (SALE, {"category": "services"}, {"category": "sales"}),
        (SALE, {}, {"category": "no such category"}),
        (SALE, {"tax_minor": 7_000}, {"tax_minor": 7_001}),
        (PURCHASE, {}, {"tax_minor": 1}),
        (DEPOSIT, {"fee_minor": 1_100}, {}),
        (DEPOSIT, {}, {"fee_minor": 1_100}),
        (TRANSFER, {}, {"target": "VNPAY QR"}),
    ],
)
def test_every_fact_that_an_event_tells_belongs_to_its_content(
    kind: str, first: dict[str, Any], then: dict[str, Any], till_units: TillUnits
) -> None:
    book(till_units, an_event(kind, **first))
    assert refused(till_units, an_event(kind, **then)) is ErrorCode.EVENT_CHANGED


def test_what_an_event_leaves_to_the_shop_may_change_in_the_meantime(till_units: TillUnits) -> None:
    voucher = book(till_units, EVERY_EVENT[SALE])
    pays_vat(till_units)
    assert book(till_units, EVERY_EVENT[SALE]) == voucher
    assert book(till_units, an_event(SALE, wallet="Két tiền mặt", category="sales", tax_minor=0)) == voucher


def test_the_same_id_of_another_kind_or_system_is_another_event(till_units: TillUnits) -> None:
    told = (an_event(SALE, id="7"), an_event(REFUND, id="7"), an_event(SALE, id="7", system="kiot"))
    assert len({book(till_units, event).id for event in told}) == 3


@pytest.mark.parametrize(
    ("reference", "wallet"),
    [(BANK, BANK), ("Vietcombank", BANK), ("cash", CASH), ("vietqr", BANK), ("vnpay_qr", QR), (None, CASH)],
)
def test_a_wallet_is_named_by_its_id_its_name_or_a_method(
    reference: str | None, wallet: str, till_units: TillUnits
) -> None:
    assert moved(book(till_units, an_event(SALE, wallet=reference))) == {wallet: 100_000, "sales": -100_000}


def test_a_deposit_books_its_fee(till_units: TillUnits) -> None:
    voucher = book(till_units, an_event(DEPOSIT, wallet="VNPAY QR", fee_minor=1_100))
    assert moved(voucher) == {BANK: 98_900, "fees": 1_100, QR: -100_000}


def test_a_wallet_that_cannot_take_money_is_refused(till_units: TillUnits) -> None:
    till_units.run(lambda uow: archive_wallet(uow, OWNER, QR, MessageId(an_id("archive")), NOON, archived=True))
    sales = control_id(MERCHANT, Control.SALES)
    assert refused(till_units, an_event(SALE, wallet="VNPAY QR")) is ErrorCode.ACCOUNT_ARCHIVED
    assert refused(till_units, an_event(TRANSFER, target="VNPAY QR")) is ErrorCode.ACCOUNT_ARCHIVED
    assert refused(till_units, an_event(SALE, wallet=sales)) is ErrorCode.ACCOUNT_IS_CONTROL
    assert refused(till_units, an_event(SALE, wallet="Két phụ")) is ErrorCode.ACCOUNT_UNKNOWN
    assert refused(till_units, an_event(TRANSFER, target="cash")) is ErrorCode.EVENT_INVALID


def test_a_category_is_one_of_the_kind_that_the_event_usually_has(till_units: TillUnits) -> None:
    own = CategoryId(an_id("bread"))
    sales = category_id(MERCHANT, "sales")
    message_id, income = MessageId(an_id("bread told")), CategoryKind.INCOME
    till_units.run(
        lambda uow: save_category(uow, OWNER, own, message_id, NOON, kind=income, name_vi="Bánh mì", parent_id=sales)
    )
    assert book(till_units, an_event(SALE, id="1", category=own)).category_id == own
    assert book(till_units, an_event(SALE, id="2", category="services")).category_id == category_id(
        MERCHANT, "services"
    )
    assert refused(till_units, an_event(SALE, category="payroll")) is ErrorCode.CATEGORY_KIND
    assert refused(till_units, an_event(STOCK_LOSS, category="sales")) is ErrorCode.CATEGORY_KIND
    assert refused(till_units, an_event(STOCK_LOSS, category="payroll")) is ErrorCode.CATEGORY_KIND
    assert refused(till_units, an_event(SALE, category="other_income")) is ErrorCode.CATEGORY_KIND
    assert refused(till_units, an_event(SALE, category="bread")) is ErrorCode.CATEGORY_UNKNOWN


def test_who_paid_and_what_for_stand_on_the_voucher(till_units: TillUnits) -> None:
    told = an_event(REFUND, memo="trả lại hàng", counterparty={"name": "Chị Hồng", "address": "12 Lê Lợi"})
    voucher = book(till_units, told)
    assert (voucher.memo, voucher.party) == ("trả lại hàng", Party("Chị Hồng", "12 Lê Lợi"))


@pytest.mark.parametrize(("day", "tax"), [("2026-12-31", 7_407), ("2027-01-01", 9_091)])
def test_tax_is_that_of_the_events_own_day_when_the_lower_rate_ends(day: str, tax: int, till_units: TillUnits) -> None:
    pays_vat(till_units)
    at = Instant(NOON + 45 * DAY)
    sale, bought = book(till_units, an_event(SALE, occurred_on=day), at), an_event(PURCHASE, occurred_on=day)
    assert moved(sale) == {CASH: 100_000, "sales": tax - 100_000, "vat_payable": -tax}
    assert moved(book(till_units, bought, at)) == {"inventory": 100_000 - tax, "vat_deductible": tax, CASH: -100_000}
    refund = book(till_units, an_event(REFUND, occurred_on=day), at)
    assert moved(refund) == {"sales_returns": 100_000 - tax, "vat_payable": tax, CASH: -100_000}


def test_tax_that_an_event_tells_is_booked_as_told(till_units: TillUnits) -> None:
    pays_vat(till_units)
    told = an_event(PURCHASE_OWED, tax_minor=0)
    assert moved(book(till_units, told)) == {"inventory": 100_000, "payable": -100_000}
    assert moved(book(till_units, an_event(SALE, tax_minor=5_000)))["vat_payable"] == -5_000


def test_an_event_of_a_closed_period_counts_on_the_first_open_day_and_keeps_its_own(till_units: TillUnits) -> None:
    till_units.run(lambda uow: close_books(uow, OWNER, "2026-11-20", MessageId(an_id("closing")), NOON))
    voucher = book(till_units, an_event(SALE, occurred_on="2026-11-03"))
    assert (voucher.business_date, voucher.occurred_on) == (TODAY, "2026-11-03")
    assert book(till_units, an_event(SALE, occurred_on="2026-11-03")) == voucher
    assert refused(till_units, an_event(SALE, occurred_on=TODAY)) is ErrorCode.EVENT_CHANGED


def test_an_event_does_not_come_from_the_future(till_units: TillUnits) -> None:
    assert refused(till_units, an_event(SALE, occurred_on="2026-11-22")) is ErrorCode.DATE_AHEAD
    after_midnight = Instant(NOON + 13 * 60 * MINUTE)  # 01:00 on the 22nd in the shop, the 21st in UTC
    assert book(till_units, an_event(SALE, occurred_on="2026-11-22"), after_midnight).business_date == "2026-11-22"


def test_a_person_books_events_only_if_their_role_may(till_units: TillUnits) -> None:
    event = read_event(EVERY_EVENT[SALE])
    code = code_of(till_units, lambda uow: book_event(uow, CASHIER, event, NOON))
    assert code is ErrorCode.NOT_PERMITTED
    assert till_units.run(lambda uow: book_event(uow, MANAGER, event, NOON)).actor_id == MANAGER.user_id


def test_the_trail_says_which_event_came_how(till_units: TillUnits) -> None:
    voucher = book(till_units, EVERY_EVENT[SALE])
    [(subject, facts)] = ask(till_units, "SELECT subject_id, facts FROM audit WHERE action = 'event.booked'")
    assert subject == voucher.id
    assert all(word in facts for word in ("event:sale.paid", "sale.paid 1", voucher.number, "test"))


def test_an_event_whose_voucher_was_voided_is_not_booked_again(till_units: TillUnits) -> None:
    voucher = book(till_units, EVERY_EVENT[SALE])
    till_units.run(lambda uow: void_voucher(uow, OWNER, voucher.id, NOON, reason="wrong"))
    assert book(till_units, EVERY_EVENT[SALE]) == voucher


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_an_event_booked_at_the_hub_and_at_both_tills_counts_once_everywhere(kind: str, shop: TwoTills) -> None:
    event = read_event(EVERY_EVENT[kind])
    posted = [book(till.units, EVERY_EVENT[kind]) for till in shop.tills]
    at_hub = shop.run(lambda uow: book_event(uow, None, event, NOON))
    assert len({at_hub.id, *(voucher.id for voucher in posted)}) == 3
    shop.settle_down()
    assert shop.hub_books.balances() == {
        line.account_id: line.signed_minor for line in at_hub.postings if line.signed_minor
    }
    standing = shop.run(lambda uow: uow.vouchers.of_source(event.source))
    assert standing == at_hub
    shop.check()


def test_a_till_that_has_heard_of_an_event_books_nothing_of_its_own(shop: TwoTills) -> None:
    event = read_event(an_event(SALE, wallet="cash"))
    at_hub = shop.run(lambda uow: book_event(uow, None, event, NOON))
    shop.settle_down()
    for till in shop.tills:
        assert book(till.units, an_event(SALE, wallet="cash")) == at_hub
        assert till.waiting() == []
    changed = read_event(an_event(SALE, due_minor=5))
    owner = shop.tills[0].actor(Role.OWNER)
    code = code_of(shop.tills[0].units, lambda uow: book_event(uow, owner, changed, NOON))
    assert code is ErrorCode.EVENT_CHANGED
    shop.check()
