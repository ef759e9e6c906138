"""By whose word the hub takes a provider's money for paid: a message without the right to it changes nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from domain.accounts import Control, control_id
from domain.approvals import Approval, approval_facts, asked_of
from domain.errors import ErrorCode, NotPermitted
from domain.ids import Instant, PaymentId
from domain.messages import Message, MessageKind, actor_in
from domain.payments import OPEN, PaymentIntent
from domain.policy import Actor
from domain.rails import Method
from domain.services.hand_confirm import confirm_by_hand
from tests.builders import CASHIER, MANAGER, MERCHANT, MINUTE, NOON, OWNER, QR
from tests.domain.approval_samples import OTHER_MANAGER, add_people, grant
from tests.domain.message_facts import changed, refused
from tests.property.shop_stage import Shop, Till, a_receipt
from tests.property.test_orders_of_by_hand import check

BIG = 6_000_000
LATER = Instant(NOON + MINUTE)
SALES, UNCONFIRMED = (control_id(MERCHANT, key) for key in (Control.SALES, Control.UNCONFIRMED))


@pytest.fixture
def shop() -> Iterator[Shop]:
    stage = Shop()
    add_people(stage.tills[0].units)
    stage.settle_down()
    yield stage
    stage.close()


@pytest.fixture
def till(shop: Shop) -> Till:
    return shop.tills[0]


def a_code(shop: Shop, till: Till, amount: int = BIG) -> PaymentIntent:
    code = till.start("code", Method.VNPAY_QR, amount, NOON)
    shop.settle_down()
    return code


def confirm(till: Till, code: PaymentIntent, actor: Actor, approval: Approval | None = None) -> None:
    till.units.run(lambda uow: confirm_by_hand(uow, actor, code.id, LATER, evidence="FT1", approval=approval))


def approved(till: Till, code: PaymentIntent, actor: Actor = MANAGER) -> Approval:
    """Return a second manager's approval of a confirmation by hand."""
    with pytest.raises(NotPermitted) as needed:
        confirm(till, code, actor)
    asked = asked_of(needed.value)
    assert asked is not None
    return grant(till.units, asked, actor, OTHER_MANAGER, at=LATER)


def told(till: Till, kind: MessageKind) -> Message:
    return next(message for message in till.waiting() if message.kind is kind)


def forged(message: Message, **facts: Any) -> Message:
    return replace(changed(message, **facts), id=message.id)


def without_approval(message: Message) -> Message:
    """Return a message as a till would tell it that had forgotten the approval."""
    facts = json.loads(message.body)
    del facts["approval"]
    return changed(replace(message, body=json.dumps(facts)))


def hub_balances(shop: Shop) -> dict[str, int]:
    return shop.hub_books.balances()


def test_a_confirmation_tells_who_gave_their_word_and_what_allowed_it(shop: Shop, till: Till) -> None:
    code = a_code(shop, till)
    approval = approved(till, code)
    confirm(till, code, MANAGER, approval)
    body = told(till, MessageKind.PAYMENT).body
    assert actor_in(body) == (MANAGER.user_id, LATER)
    assert f'"id":"{approval.id}"' in body
    shop.settle_down()
    assert till.refused() == []
    assert shop.get(code.id).confirmed_minor == BIG


def test_a_confirmation_above_the_limit_without_an_approval_is_refused_and_its_voucher_taken_back(
    shop: Shop, till: Till
) -> None:
    code = a_code(shop, till)
    confirm(till, code, MANAGER, approved(till, code))
    payment, voucher = told(till, MessageKind.PAYMENT), told(till, MessageKind.VOUCHER)
    assert refused(shop, forged(payment, approval=None)) is ErrorCode.MESSAGE_MALFORMED
    assert refused(shop, without_approval(payment)) is ErrorCode.APPROVAL_NEEDED
    shop.take([voucher])
    assert hub_balances(shop) == {}
    assert shop.get(code.id).status in OPEN
    shop.receive(a_receipt(code, BIG, "proof", LATER), may_park=False)
    assert hub_balances(shop) == {QR: BIG, SALES: -BIG}
    check(shop)


@pytest.mark.parametrize(
    "facts",
    [
        {"approver": MANAGER.user_id},
        {"requester": CASHIER.user_id},
        {"amount": BIG - 1},
        {"subject": "another"},
        {"action": "void"},
        {"granted_at": LATER + 1, "expires_at": LATER + 2},
    ],
)
def test_an_approval_of_anything_else_allows_no_confirmation(shop: Shop, till: Till, facts: dict[str, Any]) -> None:
    code = a_code(shop, till)
    approval = approved(till, code)
    confirm(till, code, MANAGER, approval)
    message = forged(told(till, MessageKind.PAYMENT), approval={**approval_facts(approval), **facts})
    assert refused(shop, message) is ErrorCode.APPROVAL_OTHER


def test_a_cashiers_own_word_is_none(shop: Shop, till: Till) -> None:
    code = a_code(shop, till, 100_000)
    confirm(till, code, OWNER)
    message = forged(told(till, MessageKind.PAYMENT), by=CASHIER.user_id)
    assert refused(shop, message) is ErrorCode.APPROVAL_NEEDED


def test_a_confirmation_of_an_earlier_version_names_nobody_and_is_taken(shop: Shop, till: Till) -> None:
    code = a_code(shop, till)
    confirm(till, code, MANAGER, approved(till, code))
    message = forged(told(till, MessageKind.PAYMENT), by=None)
    assert [outcome.kind.value for outcome in shop.take([message])] == ["created"]
    assert shop.get(PaymentId(code.id)).confirmed_minor == BIG
