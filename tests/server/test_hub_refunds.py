"""Giving money back at the hub: asked once, recorded once, whatever breaks in between, and never more than came."""

import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.approvals import Approval
from domain.errors import FailureCode, RuleBroken
from domain.ids import ApprovalId, Instant, RefundId, UserId
from domain.messages import Incoming
from domain.notices import ChargeBack, DisputeStage, RefundNotice
from domain.payments import Cause, PaymentIntent
from domain.people import User
from domain.policy import Role
from domain.rails import Provider, RailStatus, Receipt
from domain.refund_bodies import refund_body
from domain.refunds import USUAL_DAYS_OTHERWISE, Refund, RefundOf, RefundWay, Word, asked_for_refund, word
from domain.services.refunds import ask_refund, cancel_refund
from server.credentials import connect_provider
from server.hub import Hub
from server.inbox import OLD_PARK_MS
from server.rails.registry import ADAPTERS
from server.rails.vnpay_refund import REFUND_PATH
from server.routes.webhooks import keep_notification
from server.vault import Secret
from server.workers.refunder import RefundTask
from server.workers.schedule import ACT_LEASE_MS, DOUBT_MS
from storage.hub import HubUnitOfWork
from storage.hub_checks import NEVER
from storage.hub_feed import changes_after
from storage.hub_inbox import read_told, written
from storage.replica import Replica
from tests.builders import CASH, MERCHANT, NOON, OWNER, an_id
from tests.server import fake_vnpay
from tests.server.fake_vnpay import FakeVnpay
from tests.server.hub_stage import VAULT, Clock, ShopTill, ask, told_as
from tests.server.hub_steps import keep, money, start, take, take_in

VNPAY = ADAPTERS[Provider.VNPAY_QR_MMS]
DUE = 45_000
DAY = 24 * 3_600_000


@pytest.fixture
def shop(hub: Hub, provider: FakeVnpay) -> Hub:
    """A hub whose shop is connected to the fake VNPAY."""
    filled_in = {**fake_vnpay.credentials(provider.url), "refund_secret": Secret(fake_vnpay.REFUND_SECRET)}
    connect_provider(hub.units, VAULT, MERCHANT, VNPAY, filled_in, NOON)
    return hub


@pytest.fixture
def paid(shop: Hub, till: ShopTill) -> PaymentIntent:
    """A payment by VNPAY's code that the hub has booked, and the till knows of."""
    payment = start(shop, till)
    receive(shop, payment, DUE)
    till_pulls(shop, till)
    return payment


def receive(hub: Hub, payment: PaymentIntent, amount: int, number: int = 1) -> None:
    """Let money come for a payment."""
    keep(hub, money(payment, amount, number, provider_ref=f"trace-{number}", account_number=""))
    hub.inbox.apply_due(hub.now())


def till_pulls(hub: Hub, till: ShopTill) -> None:
    """Let the till hear all that the hub tells."""
    rows = hub.units.read_of(MERCHANT, lambda session: changes_after(session, MERCHANT, 0, 1_000))
    page = [Incoming(row.seq, row.message, row.book_no, row.booked_on) for row in rows]
    Replica(till.units).apply_page(page, an_id("epoch"), hub.now())


def asks(till: ShopTill, payment: PaymentIntent, amount: int = DUE, name: str = "refund") -> Refund:
    """Ask at the till for money to be given back by its provider."""
    return till.units.run(
        lambda uow: ask_refund(
            uow,
            OWNER,
            RefundId(an_id(name)),
            payment.id,
            RefundOf.SALE,
            RefundWay.ORIGINAL,
            amount,
            NOON,
            reason="Khách trả hàng",
        )
    )


def give_back(hub: Hub) -> int:
    """Ask for every refund that is due; return how many there were."""
    asked = 0
    for merchant_id, refund_id in hub.refunder.due(hub.now()):
        task = hub.refunder.take(merchant_id, refund_id)
        if task is not None:
            hub.refunder.ask(task)
            asked += 1
    return asked


def taken(hub: Hub) -> RefundTask:
    """Claim the one refund that is due."""
    [(merchant_id, refund_id)] = hub.refunder.due(hub.now())
    task = hub.refunder.take(merchant_id, refund_id)
    assert task is not None
    return task


def state(hub: Hub) -> list[tuple[str, str | None]]:
    """Return every refund's status and why it failed."""
    return [(row[0], row[1]) for row in ask(hub.units, "SELECT status, failure FROM refunds ORDER BY id")]


def next_at(hub: Hub) -> int:
    """Return when the one refund will be asked about."""
    [(at,)] = ask(hub.units, "SELECT next_at FROM refund_work")
    return int(at)


def vouchers(hub: Hub) -> int:
    """Return how many vouchers book money that was given back."""
    return int(ask(hub.units, "SELECT COUNT(*) FROM vouchers WHERE source_kind LIKE 'refund%'")[0][0])


def test_a_refund_is_asked_for_once_booked_and_told_to_the_till(
    shop: Hub, till: ShopTill, provider: FakeVnpay, paid: PaymentIntent
) -> None:
    refund = asks(till, paid)
    assert word(refund, NOON) is Word.NOT_SENT
    take_in(shop, till)
    assert (give_back(shop), give_back(shop)) == (1, 0)
    assert state(shop) == [("done", None)]
    assert list(provider.refunded.values()) == [DUE]
    assert vouchers(shop) == 1
    assert next_at(shop) == NEVER
    till_pulls(shop, till)
    heard = till.units.run(lambda uow: uow.refunds.get(refund.id))
    assert heard is not None
    assert word(heard, NOON) is Word.DONE
    assert heard.provider_ref.startswith("9")


def test_what_is_not_sent_can_be_taken_back_and_is_never_asked_for(
    shop: Hub, till: ShopTill, provider: FakeVnpay, paid: PaymentIntent
) -> None:
    refund = asks(till, paid)
    till.units.run(lambda uow: cancel_refund(uow, OWNER, refund.id, NOON))
    take_in(shop, till)
    assert give_back(shop) == 0
    assert state(shop) == [("cancelled", None)]
    assert provider.times(REFUND_PATH) == 0


def test_a_refund_told_twice_because_its_answer_was_lost_is_one(
    shop: Hub, till: ShopTill, provider: FakeVnpay, paid: PaymentIntent
) -> None:
    asks(till, paid)
    messages = till.waiting()
    assert [outcome.code for outcome in (*take(shop, messages), *take(shop, messages))] == [None, None]
    assert (give_back(shop), len(provider.refunded)) == (1, 1)


@pytest.mark.parametrize("point", ["after the claim", "after the call", "after the record"])
def test_a_kill_between_two_steps_never_gives_back_twice(
    shop: Hub, till: ShopTill, provider: FakeVnpay, paid: PaymentIntent, clock: Clock, point: str
) -> None:
    asks(till, paid)
    take_in(shop, till)
    task = taken(shop)
    if point == "after the call":
        shop.calls.refund(VNPAY, task.order, shop.now())
    elif point == "after the record":
        shop.refunder.ask(task)
    clock.forward(ACT_LEASE_MS - 1)
    assert give_back(shop) == 0
    clock.forward(1)
    assert give_back(shop) == (0 if point == "after the record" else 1)
    assert state(shop) == [("done", None)]
    assert list(provider.refunded.values()) == [DUE]
    assert vouchers(shop) == 1


def test_a_lost_answer_is_unresolved_and_asked_about_with_the_same_number(
    shop: Hub, till: ShopTill, provider: FakeVnpay, paid: PaymentIntent, clock: Clock
) -> None:
    asks(till, paid)
    take_in(shop, till)
    provider.drop_answers = 1
    give_back(shop)
    assert state(shop) == [("unresolved", None)]
    clock.forward(DOUBT_MS - 1)
    assert give_back(shop) == 0, "it may be carried out and not be listed yet"
    clock.forward(1)
    give_back(shop)
    assert state(shop) == [("done", None)]
    assert len({fields["refundTxnId"] for path, fields in provider.asked if path == REFUND_PATH}) == 1
    assert list(provider.refunded.values()) == [DUE]


@pytest.mark.parametrize(
    ("code", "expected", "again"),
    [
        ("96", ("sent", None), True),
        ("99", ("unresolved", None), True),
        ("12", ("failed", "route_not_found"), False),
        ("02", ("failed", "amount_mismatch"), False),
        ("01", ("failed", "credentials_rejected"), False),
    ],
)
def test_what_may_pass_is_tried_again_and_what_will_not_fails(
    shop: Hub,
    till: ShopTill,
    provider: FakeVnpay,
    paid: PaymentIntent,
    clock: Clock,
    code: str,
    expected: Any,
    again: bool,
) -> None:
    asks(till, paid)
    take_in(shop, till)
    provider.refund_code = code
    give_back(shop)
    assert state(shop) == [expected]
    assert (next_at(shop) != NEVER) is again
    provider.refund_code = "00"
    clock.forward(DOUBT_MS)
    give_back(shop)
    assert state(shop) == ([("done", None)] if again else [expected])
    assert vouchers(shop) == int(again)


@pytest.mark.parametrize(
    ("role", "disabled_at", "amount", "refusal"),
    [
        (Role.CASHIER, None, 1, "APPROVAL_NEEDED"),
        (Role.AUDITOR, None, 1, "NOT_PERMITTED"),
        (Role.MANAGER, NOON, 1, "NOT_PERMITTED"),
        (Role.MANAGER, None, DUE, "APPROVAL_NEEDED"),
        (Role.MANAGER, None, DUE - 1, None),
        (Role.MANAGER, NOON + 1, 1, "NOT_PERMITTED"),  # that it was asked for before, the till alone says
        (Role.OWNER, None, DUE, None),
    ],
)
def test_a_provider_is_not_asked_for_what_the_person_might_not_give_back_alone(
    shop: Hub,
    till: ShopTill,
    paid: PaymentIntent,
    provider: FakeVnpay,
    role: Role,
    disabled_at: int | None,
    amount: int,
    refusal: str | None,
) -> None:
    when = None if disabled_at is None else Instant(disabled_at)
    person = User(OWNER.user_id, MERCHANT, "Hoa", role, "hash", disabled_at=when)
    limits = {"refund": DUE - 1}

    def known(uow: HubUnitOfWork) -> None:
        uow.people.add(person)
        uow.settings.put("policy.limits", limits)

    shop.units.run(MERCHANT, known)
    asks(till, paid, amount)
    take_in(shop, till)
    assert give_back(shop) == (0 if refusal else 1)
    assert (provider.times(REFUND_PATH), state(shop)[0][1]) == (0 if refusal else 1, refusal)
    till_pulls(shop, till)
    told = till.units.run(lambda uow: uow.refunds.get(RefundId(an_id("refund"))))
    assert told is not None
    assert (told.failure or "") == (refusal or "")


def test_what_a_till_gave_back_before_somebody_was_disabled_is_kept_and_the_owner_told_to_look(
    shop: Hub, till: ShopTill, paid: PaymentIntent
) -> None:
    refund_id = RefundId(an_id("cash"))

    def give(uow: Any) -> None:
        way, what = RefundWay.WALLET, RefundOf.SALE
        ask_refund(uow, OWNER, refund_id, paid.id, what, way, 10_000, NOON, reason="returned", wallet_id=CASH)

    till.units.run(give)
    person = User(OWNER.user_id, MERCHANT, "Hoa", Role.MANAGER, "hash", disabled_at=Instant(NOON + 1))
    shop.units.run(MERCHANT, lambda uow: uow.people.add(person))
    take_in(shop, till)
    assert state(shop) == [("done", None)]
    noted = ask(
        shop.units,
        "SELECT action, actor_id FROM audit WHERE subject_id = :id AND actor_id = :by "
        "AND action IN ('told_after_disabled', 'acted_without_right')",
        id=refund_id,
        by=person.id,
    )
    assert noted == [("told_after_disabled", person.id)]


def test_where_the_owner_is_known_nobody_gives_back_under_a_name_that_is_made_up(
    shop: Hub, till: ShopTill, paid: PaymentIntent, provider: FakeVnpay
) -> None:
    asks(till, paid)
    owner = User(UserId(an_id("Hoa")), MERCHANT, "Hoa", Role.OWNER, "hash")
    shop.units.run(MERCHANT, lambda uow: uow.people.add(owner))
    take_in(shop, till)
    assert give_back(shop) == 0
    assert (provider.times(REFUND_PATH), state(shop)) == (0, [("failed", "NOT_PERMITTED")])


def test_an_approval_by_somebody_who_may_not_approve_moves_no_money_of_a_provider(
    shop: Hub, till: ShopTill, paid: PaymentIntent, provider: FakeVnpay
) -> None:
    asker, approver = (User(UserId(an_id(name)), MERCHANT, name, Role.CASHIER, "hash") for name in ("Lan", "Mai"))
    asked = asks(till, paid)
    [message] = [message for message in till.waiting() if message.kind == "refund"]
    bound = replace(asked, requested_by=asker.id, approved_by=approver.id)
    approval = Approval(
        ApprovalId(an_id("forged")), asked_for_refund(bound), "ok", asker.id, approver.id, NOON, Instant(NOON + 1_000)
    )

    def known(uow: HubUnitOfWork) -> None:
        uow.people.add(asker)
        uow.people.add(approver)

    shop.units.run(MERCHANT, known)
    [outcome] = take(shop, [told_as(message, **json.loads(refund_body(bound, Cause.PERSON, approval)))])
    assert outcome.code is None
    assert give_back(shop) == 0
    assert state(shop) == [("failed", "APPROVAL_NEEDED")]
    assert provider.times(REFUND_PATH) == 0


def test_a_failed_refund_frees_its_money_for_another_one(
    shop: Hub, till: ShopTill, provider: FakeVnpay, paid: PaymentIntent
) -> None:
    asks(till, paid)
    take_in(shop, till)
    provider.refund_code = "12"
    give_back(shop)
    till_pulls(shop, till)
    provider.refund_code = "00"
    asks(till, paid, name="again")
    take_in(shop, till)
    give_back(shop)
    assert sorted(state(shop)) == [("done", None), ("failed", "route_not_found")]


def test_a_shop_that_is_not_connected_any_more_gives_nothing_back(hub: Hub, till: ShopTill) -> None:
    payment = start(hub, till)
    receive(hub, payment, DUE)
    till_pulls(hub, till)
    asks(till, payment)
    take_in(hub, till)
    give_back(hub)
    assert state(hub) == [("failed", FailureCode.CREDENTIALS_MISSING.value)]


def test_a_refund_that_nobody_answers_for_is_overdue_after_the_usual_days(
    shop: Hub, till: ShopTill, provider: FakeVnpay, paid: PaymentIntent, clock: Clock
) -> None:
    refund = asks(till, paid)
    take_in(shop, till)
    provider.refund_code = "99"
    give_back(shop)
    stands = shop.units.run(MERCHANT, lambda uow: uow.refunds.get(refund.id))
    assert stands is not None
    assert word(stands, clock.at) is Word.SENT
    assert word(stands, Instant(clock.at + USUAL_DAYS_OTHERWISE * DAY + 1)) is Word.OVERDUE


def test_twenty_threads_that_refund_one_payment_never_give_back_more_than_came(
    shop: Hub, till: ShopTill, paid: PaymentIntent
) -> None:
    """Each asks for a third of what came, straight at the hub, as twenty tills would at once."""
    third, told = DUE // 3, []
    barrier = threading.Barrier(20)

    def reserve(number: int) -> None:
        def op(uow: HubUnitOfWork) -> None:
            refund_id = RefundId(an_id(f"thread {number}"))
            ask_refund(
                uow,
                OWNER,
                refund_id,
                paid.id,
                RefundOf.SALE,
                RefundWay.ORIGINAL,
                third,
                NOON,
                reason="Khách trả hàng",
            )

        barrier.wait()
        try:
            shop.units.run(MERCHANT, op)
            told.append("reserved")
        except RuleBroken as refusal:
            told.append(refusal.code.value)

    threads = [threading.Thread(target=reserve, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["REFUND_EXCEEDS"] * 17 + ["reserved"] * 3
    assert ask(shop.units, "SELECT SUM(amount_minor) FROM refunds") == [(DUE,)]


def a_notice(payment: PaymentIntent, amount: int = DUE, **facts: Any) -> RefundNotice:
    """Return a refund that somebody made at the provider's desk."""
    notice = RefundNotice(
        provider=Provider.VNPAY_QR_MMS,
        dedupe_key="refund-1",
        reference="",
        amount_minor=amount,
        currency="VND",
        at=NOON,
        provider_ref="desk-1",
        payment_provider_ref="trace-1",
        status=RailStatus.SUCCESS,
    )
    return replace(notice, **facts)


def a_charge_back(**facts: Any) -> ChargeBack:
    """Return a dispute about the payment."""
    told = ChargeBack(
        provider=Provider.VNPAY_QR_MMS,
        dedupe_key="dispute-1",
        text="",
        amount_minor=DUE,
        currency="VND",
        at=NOON,
        provider_ref="dispute-1",
        payment_provider_ref="trace-1",
        stage=DisputeStage.OPENED,
    )
    return replace(told, **facts)


def tells(hub: Hub, notice: RefundNotice | ChargeBack) -> bool:
    """Let the provider notify the hub."""
    return hub.units.run(MERCHANT, lambda uow: keep_notification(uow, notice, b"{}", hub.now()))


@pytest.mark.parametrize("told", ["refund", "charge back"])
def test_what_the_provider_tells_of_money_that_is_not_heard_of_waits_for_it(
    shop: Hub, till: ShopTill, clock: Clock, told: str
) -> None:
    payment = start(shop, till)
    notice = a_notice(payment) if told == "refund" else a_charge_back()
    assert tells(shop, notice)
    assert not tells(shop, notice)
    shop.inbox.apply_due(clock.at)
    assert ask(shop.units, "SELECT state FROM inbox") == [("parked",)]
    for _ in range(3):
        shop.inbox.apply_due(clock.forward(2 * 3_600_000))
    assert ask(shop.units, "SELECT state FROM inbox") == [("parked",)]
    receive(shop, payment, DUE)
    shop.inbox.apply_due(clock.forward(3_600_000))
    assert state(shop) == [("done", None)]
    assert vouchers(shop) == 1
    assert ask(shop.units, "SELECT DISTINCT state FROM inbox") == [("applied",)]


def test_what_is_never_heard_of_is_looked_for_ever_more_rarely(shop: Hub, clock: Clock) -> None:
    assert tells(shop, a_charge_back())
    for _ in range(1_000):
        shop.inbox.apply_due(clock.at)
        [(until, attempts)] = ask(shop.units, "SELECT next_attempt_at, attempts FROM inbox")
        if until - clock.at > 3_600_000:
            break
        clock.at = Instant(until)
    assert (until - clock.at, clock.at - NOON >= DAY) == (OLD_PARK_MS, True)
    assert attempts < 400


def test_a_lost_charge_back_is_booked_with_its_fee_and_a_won_one_comes_back(
    shop: Hub, till: ShopTill, paid: PaymentIntent
) -> None:
    tells(shop, a_charge_back(fee_minor=15_000))
    shop.inbox.apply_due(shop.now())
    assert ask(shop.units, "SELECT total_minor FROM vouchers WHERE source_kind = 'refund_done'") == [(60_000,)]
    tells(shop, a_charge_back(dedupe_key="dispute-1:won", stage=DisputeStage.WON))
    shop.inbox.apply_due(shop.now())
    assert state(shop) == [("returned", None)]
    assert ask(shop.units, "SELECT total_minor FROM vouchers WHERE source_kind = 'refund_returned'") == [(DUE,)]


PROVIDERS = st.sampled_from(Provider)
WORDS = st.text(max_size=20)


@given(
    told=st.one_of(
        st.builds(
            RefundNotice,
            provider=PROVIDERS,
            dedupe_key=WORDS,
            reference=WORDS,
            amount_minor=st.integers(),
            currency=WORDS,
            at=st.integers(),
            provider_ref=WORDS,
            payment_provider_ref=WORDS,
            status=st.sampled_from(RailStatus),
            failure=st.one_of(st.none(), st.sampled_from(FailureCode)),
        ),
        st.builds(
            ChargeBack,
            provider=PROVIDERS,
            dedupe_key=WORDS,
            text=st.just("BANA01A0000017"),
            amount_minor=st.integers(),
            currency=WORDS,
            at=st.integers(),
            provider_ref=WORDS,
            payment_provider_ref=WORDS,
            stage=st.sampled_from(DisputeStage),
            fee_minor=st.integers(),
        ),
    )
)
def test_what_was_told_of_money_that_leaves_comes_back_from_the_inbox_as_it_was(
    told: RefundNotice | ChargeBack,
) -> None:
    assert read_told(written(told)) == told


def test_a_refund_that_is_heard_before_its_money_without_a_payment_waits_for_it_in_the_inbox(
    shop: Hub, till: ShopTill, clock: Clock
) -> None:
    refund = a_notice(start(shop, till))
    came = Receipt(Provider.VNPAY_QR_MMS, "nobodys", "chuyen tien", DUE, "VND", NOON, refund.payment_provider_ref)
    tells(shop, refund)
    shop.inbox.apply_due(clock.at)
    shop.units.run(MERCHANT, lambda uow: uow.inbox.store(came, "{}", "webhook", clock.at))
    shop.inbox.apply_due(clock.at)
    outcomes = "SELECT dedupe_key, state, outcome FROM inbox ORDER BY dedupe_key"
    assert ask(shop.units, outcomes) == [("nobodys", "applied", "suspense"), ("refund-1", "parked", "parked")]
    shop.inbox.apply_due(clock.at)
    assert ask(shop.units, outcomes)[1] == ("refund-1", "applied", "booked")
    assert ask(shop.units, "SELECT balance_minor FROM accounts WHERE control = 'suspense'") == [(0,)]
    assert ask(shop.units, "SELECT act, status FROM resolutions") == [("refunded", "done")]
