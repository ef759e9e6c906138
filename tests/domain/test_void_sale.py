"""A cash sale is taken back at the till that took it, on its day, and by a cashier only with somebody else's word."""

from dataclasses import replace

import pytest

from domain.approvals import Approval, Asked, Guarded, asked_of
from domain.errors import DomainError, ErrorCode, NotPermitted
from domain.ids import DeviceId, Instant, MessageId, PaymentId, UserId
from domain.payments import PaymentIntent, PaymentStatus
from domain.policy import Actor
from domain.rails import Method
from domain.services.payments import void_sale
from domain.services.settings import change_setting, close_books
from domain.services.vouchers import void_voucher
from domain.shop_settings import LIMITS
from domain.vouchers import SourceEvent, Voucher
from storage.gate import TillFiles
from storage.queries import TillQueries
from storage.session import Session
from storage.till import TillUnits
from storage.verify import verify_till
from tests.builders import CASH, CASHIER, KEY, MANAGER, MINUTE, NOON, OWNER, WITNESS_KEY, an_id, sell
from tests.domain.approval_samples import ACCOUNTANT, AUDITOR, OTHER_MANAGER, add_people, forged, grant
from tests.domain.till_facts import ask, code_of
from tests.property.shop_stage import Shop
from tests.property.shop_stage import Till as ShopTill
from tests.storage.breaches import found

DAY_MS = 24 * 60 * MINUTE


@pytest.fixture
def till_of_shop(shop: Shop) -> ShopTill:
    return shop.tills[0]


@pytest.fixture
def till(till_units: TillUnits) -> TillUnits:
    add_people(till_units)
    return till_units


@pytest.fixture
def sale(till: TillUnits) -> PaymentIntent:
    return till.run(lambda uow: sell(uow, "sold"))


def void(units: TillUnits, sale: PaymentIntent, approval: Approval | None, actor: Actor = CASHIER) -> Voucher:
    return units.run(lambda uow: void_sale(uow, actor, sale.id, NOON, reason="gõ nhầm", approval=approval))


def refused(
    units: TillUnits, sale: PaymentIntent, approval: Approval | None = None, actor: Actor = CASHIER, at: int = NOON
) -> ErrorCode:
    return code_of(units, lambda uow: void_sale(uow, actor, sale.id, Instant(at), reason="gõ nhầm", approval=approval))


def to_ask(units: TillUnits, sale: PaymentIntent, actor: Actor = CASHIER) -> Asked:
    with pytest.raises(NotPermitted) as needed:
        void(units, sale, None, actor)
    asked = asked_of(needed.value)
    assert asked is not None
    return asked


def test_a_cashier_takes_a_sale_back_with_a_managers_word_and_the_books_are_as_before(
    till: TillUnits, sale: PaymentIntent, till_file: TillFiles
) -> None:
    asked = to_ask(till, sale)
    assert (asked.action, asked.amount_minor) == (Guarded.VOID, sale.amount_minor)
    reversal = void(till, sale, grant(till, asked, CASHIER))
    sold = till.run(lambda uow: uow.vouchers.of_source(SourceEvent("cash", sale.id)))
    assert sold is not None
    assert (reversal.reverses, reversal.memo, reversal.actor_id) == (sold.id, "gõ nhầm", CASHIER.user_id)
    assert till.run(lambda uow: uow.accounts.balance(CASH)) == 0
    assert till.run(lambda uow: uow.payments.get(sale.id)) == sale, "the money did come"
    ((facts,),) = ask(till, "SELECT facts FROM audit WHERE action = 'voucher.voided'")
    assert '"role":"cashier"' in facts
    assert found(verify_till(till_file.database, KEY, till_file.witness, WITNESS_KEY)) == set()


def test_screens_see_that_a_sale_was_taken_back(till: TillUnits, sale: PaymentIntent, till_file: TillFiles) -> None:
    till.run(lambda uow: sell(uow, "stands"))
    connection = till_file.connect_reader()
    queries = TillQueries(Session(connection.cursor(), "sqlite"))
    before = queries.payment(sale.id)
    assert before is not None
    assert (before.row.voided, before.is_own, len(before.vouchers)) == (False, True, 1)
    later = Instant(NOON + 1)
    reversal = till.run(lambda uow: void_sale(uow, OWNER, sale.id, later, reason="gõ nhầm"))
    after = queries.payment(sale.id)
    assert after is not None
    assert (after.row.voided, after.vouchers[-1].number) == (True, reversal.number)
    total = queries.day_total(OWNER, Instant(0))
    assert (total.amount_minor, total.count) == (sale.amount_minor, 1), "the sale that stands"
    connection.close()


def test_a_manager_takes_sales_back_alone_up_to_the_limit_without_seeing_the_drawer(
    till: TillUnits, sale: PaymentIntent
) -> None:
    stranger = replace(MANAGER, user_id=UserId(an_id("a manager who sees no wallet")))
    limit = {"void": sale.amount_minor - 1}
    till.run(lambda uow: change_setting(uow, OWNER, LIMITS, limit, MessageId(an_id("limits")), NOON))
    assert refused(till, sale, actor=stranger) is ErrorCode.APPROVAL_NEEDED
    limit = {"void": sale.amount_minor}
    till.run(lambda uow: change_setting(uow, OWNER, LIMITS, limit, MessageId(an_id("higher")), NOON))
    assert void(till, sale, None, stranger).reverses is not None


def test_the_owner_needs_nobody(till: TillUnits, sale: PaymentIntent) -> None:
    assert void(till, sale, None, OWNER).reverses is not None


@pytest.mark.parametrize("actor", [ACCOUNTANT, AUDITOR])
def test_who_never_voids_learns_nothing_of_a_sale(actor: Actor, till: TillUnits, sale: PaymentIntent) -> None:
    assert refused(till, sale, actor=actor) is ErrorCode.NOT_PERMITTED
    assert refused(till, replace(sale, id=PaymentId(an_id("none"))), actor=actor) is ErrorCode.NOT_PERMITTED


def test_a_sale_is_taken_back_once(till: TillUnits, sale: PaymentIntent) -> None:
    approval = grant(till, to_ask(till, sale), CASHIER)
    void(till, sale, approval)
    assert refused(till, sale, approval) is ErrorCode.VOUCHER_VOIDED
    assert refused(till, sale, actor=OWNER) is ErrorCode.VOUCHER_VOIDED


def test_an_approval_of_one_sale_is_none_of_another(till: TillUnits, sale: PaymentIntent) -> None:
    other = till.run(lambda uow: sell(uow, "other"))
    approval = grant(till, to_ask(till, sale), CASHIER)
    assert refused(till, other, approval) is ErrorCode.APPROVAL_OTHER
    assert refused(till, sale, forged(approval, approver_id=CASHIER.user_id)) is ErrorCode.APPROVAL_SELF
    assert refused(till, sale, approval, at=approval.expires_at) is ErrorCode.APPROVAL_EXPIRED
    void(till, sale, approval)
    again = forged(approval, asked=to_ask(till, other))
    assert refused(till, other, again) is ErrorCode.APPROVAL_USED


@pytest.mark.parametrize("actor", [OWNER, OTHER_MANAGER, CASHIER])
def test_only_cash_of_today_at_this_till_is_taken_back(actor: Actor, till: TillUnits, sale: PaymentIntent) -> None:
    assert refused(till, sale, actor=actor, at=NOON + DAY_MS) is ErrorCode.SALE_NOT_VOIDABLE
    code = till.run(lambda uow: sell(uow, "code", method=Method.VIETQR))
    assert code.status is PaymentStatus.PENDING
    assert refused(till, code, actor=actor) is ErrorCode.SALE_NOT_VOIDABLE
    assert refused(till, replace(sale, id=PaymentId(an_id("none"))), actor=actor) is ErrorCode.PAYMENT_UNKNOWN


def test_a_sale_of_another_till_is_taken_back_there(till: TillUnits, sale: PaymentIntent) -> None:
    till.device = replace(till.device, id=DeviceId(an_id("another till")))
    with pytest.raises(DomainError) as elsewhere:
        void(till, sale, None, OWNER)
    assert elsewhere.value.code is ErrorCode.SALE_NOT_VOIDABLE


def test_a_reason_is_wanted(till: TillUnits, sale: PaymentIntent) -> None:
    code = code_of(till, lambda uow: void_sale(uow, OWNER, sale.id, NOON, reason=" \t"))
    assert code is ErrorCode.DRAFT_INCOMPLETE


def test_the_voucher_of_a_sale_is_not_voided_past_the_sale(till: TillUnits, sale: PaymentIntent) -> None:
    sold = till.run(lambda uow: uow.vouchers.of_source(SourceEvent("cash", sale.id)))
    assert sold is not None
    code = code_of(till, lambda uow: void_voucher(uow, OWNER, sold.id, NOON, reason="x"))
    assert code is ErrorCode.VOUCHER_OF_PAYMENT
    till.run(lambda uow: close_books(uow, OWNER, "2026-11-20", MessageId(an_id("closed")), NOON))
    assert void(till, sale, None, OWNER).business_date == "2026-11-21"


def test_a_sale_taken_back_reaches_the_hub_and_the_other_till_with_the_approval(
    shop: Shop, till_of_shop: ShopTill, other: ShopTill
) -> None:
    units = till_of_shop.units
    add_people(units)
    sale = till_of_shop.start("sold", Method.CASH, 45_000, NOON)
    shop.settle_down()
    void(units, sale, grant(units, to_ask(units, sale), CASHIER))
    shop.settle_down()
    assert [each.refused() for each in (till_of_shop, other)] == [[], []]
    books = [shop.hub_books, till_of_shop.books, other.books]
    assert [each.balances().get(CASH, 0) for each in books] == [0, 0, 0]
    assert len(books[0].ask("SELECT id FROM approvals")) == 1
    assert other.get(sale.id).status is PaymentStatus.PAID
