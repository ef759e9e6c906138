"""Stripe's client against the simulated Stripe over a real socket: every outcome, and every call that goes wrong."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.errors import FailureCategory, FailureCode
from domain.ids import Instant
from domain.matching import find_reference
from domain.notices import Authorization, ChargeBack, DisputeStage, RefundNotice
from domain.rails import PaymentContext, RailResult, RailStatus, Receipt
from server.rails.base import Captures, Ignored, NotificationRefused, RailAdapter, Refunds, Withdraws
from server.rails.stripe_codes import DECLINES
from server.simulator import stripe_wire
from tests.server.rails_samples import changed
from tests.server.stripe_stage import ADAPTER, STRIPE, StripeStage, stripe_stage

Act = Callable[[httpx.Client, StripeStage, PaymentContext], RailResult]

ACTS: dict[str, Act] = {
    "present": lambda http, world, context: ADAPTER.present(http, world.credentials, context),
    "check": lambda http, world, context: ADAPTER.check(http, world.credentials, context),
    "capture": lambda http, world, context: ADAPTER.capture(http, world.credentials, context, 1),
    "void": lambda http, world, context: ADAPTER.void(http, world.credentials, context),
    "withdraw": lambda http, world, context: ADAPTER.withdraw(http, world.credentials, context),
    "refund": lambda http, world, context: ADAPTER.refund(http, world.credentials, world.refund(context, 1)),
    "check_refund": lambda http, world, context: ADAPTER.check_refund(
        http, world.credentials, world.refund(context, 1, provider_ref="re_1")
    ),
}


@pytest.fixture(scope="module")
def stripe() -> Iterator[StripeStage]:
    """One simulated Stripe for all tests; payments do not meet."""
    with stripe_stage() as opened:
        yield opened


@pytest.fixture
def world(stripe: StripeStage) -> Iterator[StripeStage]:
    """The simulated Stripe, well-behaved and with all its events heard."""
    stripe.stage.idle()
    stripe.heard = len(stripe.receiver.got)
    yield stripe
    stripe.stage.control("chaos", reset=True)


def check(world: StripeStage, context: PaymentContext) -> RailResult:
    return ADAPTER.check(world.http, world.credentials, context)


def receipts(world: StripeStage) -> list[Receipt]:
    return [notice for notice in world.notices() if isinstance(notice, Receipt)]


# ---- paying


def test_the_adapter_offers_what_stripe_can_do() -> None:
    adapter: RailAdapter = ADAPTER
    assert isinstance(adapter, Refunds)
    assert isinstance(adapter, Captures)
    assert isinstance(adapter, Withdraws)
    assert "VND" in adapter.currencies
    assert not adapter.lists_movements


def test_a_page_is_opened_paid_and_told_the_same_by_query_and_event(world: StripeStage) -> None:
    context = world.payment()
    opened = ADAPTER.present(world.http, world.credentials, context)
    assert (opened.status, opened.failure) == (RailStatus.PENDING, None)
    assert opened.link.startswith(world.url("/pay/stripe/cs_"))
    context = replace(context, provider_ref=opened.provider_ref)
    assert check(world, context).status is RailStatus.PENDING
    assert world.http.post(opened.link, data={"act": "pay"}).status_code == 303
    found = check(world, context)
    assert (found.status, found.received_minor, found.hint) == (RailStatus.SUCCESS, 150_000, "VISA •••• 4242")
    [told] = receipts(world)
    assert found.receipt is not None
    assert (told.dedupe_key, told.provider_ref) == (found.receipt.dedupe_key, found.receipt.provider_ref)
    assert (told.amount_minor, told.currency, told.declined) == (150_000, "VND", False)
    assert find_reference(told.text) == find_reference(found.receipt.text) == context.reference
    assert found.provider_ref.startswith("pi_")
    assert check(world, replace(context, provider_ref=found.provider_ref)).receipt == found.receipt


def test_the_same_reference_opens_the_same_page(world: StripeStage) -> None:
    context = world.payment()
    first = ADAPTER.present(world.http, world.credentials, context)
    assert ADAPTER.present(world.http, world.credentials, context) == first


@pytest.mark.parametrize("code", stripe_wire.DECLINES)
def test_a_declined_card_is_told_and_another_card_pays(world: StripeStage, code: str) -> None:
    context = world.shown(world.payment())
    world.stage.control("decline", offer=world.offer(context), outcome=code)
    found = check(world, context)
    assert (found.status, found.failure) == (RailStatus.PENDING, DECLINES[code])
    assert DECLINES[code].category is FailureCategory.PERMANENT
    assert [type(notice) for notice in world.notices()] == [Ignored]
    world.pay(context)
    assert check(world, context).status is RailStatus.SUCCESS


def test_money_that_comes_after_the_tills_time_is_found(world: StripeStage) -> None:
    context = world.payment()
    over = Instant(context.created_at - 60_000)
    late = world.shown(replace(context, created_at=Instant(over - 900_000), expires_at=over))
    world.pay(late)
    assert check(world, late).status is RailStatus.SUCCESS


def test_a_doubled_event_has_one_key(world: StripeStage) -> None:
    world.stage.control("chaos", duplicate=2)
    world.paid()
    told = receipts(world)
    assert (len(told), len({receipt.dedupe_key for receipt in told})) == (3, 1)


def test_a_lost_event_is_made_good_by_asking(world: StripeStage) -> None:
    world.stage.control("chaos", drop=True)
    context = world.shown(world.payment())
    world.pay(context)
    assert world.notices() == []
    assert check(world, context).status is RailStatus.SUCCESS


def test_a_forged_event_is_refused(world: StripeStage) -> None:
    world.stage.control("chaos", bad_signature=True)
    world.pay(world.shown(world.payment()))
    with pytest.raises(NotificationRefused, match="signature"):
        world.notices()


def test_events_in_another_order_tell_the_same(world: StripeStage) -> None:
    world.stage.control("chaos", reorder=True)
    context = world.shown(world.payment(capture=False))
    world.pay(context)
    assert ADAPTER.capture(world.http, world.credentials, context, 150_000).status is RailStatus.SUCCESS
    kinds = {type(notice) for notice in world.notices()}
    assert kinds == {Authorization, Ignored, Receipt}


def test_an_event_before_the_answer_of_the_page_names_the_payment(world: StripeStage) -> None:
    world.stage.control("chaos", notify_before_create=True)
    context = world.payment()
    opened = ADAPTER.present(world.http, world.credentials, context)
    assert opened.status is RailStatus.PENDING
    assert [receipt.text.split()[0] for receipt in receipts(world)] == [context.reference]


def test_another_amount_is_told_as_it_came(world: StripeStage) -> None:
    world.stage.control("chaos", amount_off=-1000)
    world.paid()
    assert [receipt.amount_minor for receipt in receipts(world)] == [149_000]


def test_a_lost_answer_is_found_by_its_reference(world: StripeStage) -> None:
    world.shown(world.payment())
    context = world.payment()
    world.stage.control("chaos", lose_answers=1)
    lost = ADAPTER.present(world.http, world.credentials, context)
    assert (lost.status, lost.failure) == (RailStatus.UNKNOWN, FailureCode.PROVIDER_UNAVAILABLE)
    found = check(world, context)
    assert (found.status, found.provider_ref[:3]) == (RailStatus.PENDING, "cs_")
    assert ADAPTER.present(world.http, world.credentials, context).provider_ref == found.provider_ref
    world.pay(replace(context, provider_ref=found.provider_ref))
    assert check(world, context).status is RailStatus.SUCCESS


def test_a_page_that_was_never_made_is_waited_for_and_can_be_withdrawn(world: StripeStage) -> None:
    context = world.payment()
    assert check(world, context) == RailResult(RailStatus.PENDING)
    assert ACTS["withdraw"](world.http, world, context).status is RailStatus.SUCCESS


def test_a_page_is_found_among_many(world: StripeStage) -> None:
    wanted = world.shown(world.payment())
    for _ in range(55):
        world.shown(world.payment())
    assert check(world, replace(wanted, provider_ref="")).provider_ref == wanted.provider_ref


def test_an_expired_page_is_failed(world: StripeStage) -> None:
    context = world.shown(world.payment())
    world.stage.control("expire", offer=world.offer(context))
    found = check(world, context)
    assert (found.status, found.failure) == (RailStatus.FAILED, FailureCode.EXPIRED)


def test_a_withdrawn_page_cannot_be_paid(world: StripeStage) -> None:
    context = world.shown(world.payment())
    assert ACTS["withdraw"](world.http, world, context).status is RailStatus.SUCCESS
    assert world.stage.refused("pay", offer=world.offer(context)) == (409, "expired")
    assert ACTS["withdraw"](world.http, world, context).status is RailStatus.SUCCESS


@pytest.mark.parametrize("ref", ["cs_", "pi_", ""])
def test_a_paid_payment_cannot_be_withdrawn(world: StripeStage, ref: str) -> None:
    page = world.shown(world.payment())
    world.pay(page)
    known = {"cs_": page.provider_ref, "pi_": check(world, page).provider_ref, "": ""}
    refused = ACTS["withdraw"](world.http, world, replace(page, provider_ref=known[ref]))
    assert (refused.status, refused.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)


@pytest.mark.parametrize(
    "changes", [{"currency": "CHF"}, {"option": "Card!"}, {"amount_minor": 0}, {"reference": ""}, {"reference": "é"}]
)
def test_what_stripe_cannot_carry_is_refused_before_asking(world: StripeStage, changes: dict[str, Any]) -> None:
    refused = ADAPTER.present(world.http, world.credentials, world.payment(**changes))
    assert refused.status is RailStatus.FAILED


def test_a_request_that_comes_too_late_is_expired(world: StripeStage) -> None:
    context = world.payment()
    over = Instant(context.created_at - 3_600_000)
    old = replace(context, created_at=Instant(over - 900_000), expires_at=over)
    refused = ADAPTER.present(world.http, world.credentials, old)
    assert (refused.status, refused.failure) == (RailStatus.FAILED, FailureCode.EXPIRED)


def test_a_method_of_payment_can_be_chosen(world: StripeStage) -> None:
    assert world.shown(world.payment(option="card", currency="USD", amount_minor=1050)).provider_ref


# ---- holding, taking, letting go


def test_held_money_is_told_captured_in_part_and_told_the_same(world: StripeStage) -> None:
    context = world.shown(world.payment(capture=False))
    world.pay(context)
    held = check(world, context)
    assert (held.status, held.authorized_minor, held.receipt) == (RailStatus.PENDING, 150_000, None)
    assert held.held_until is not None
    assert held.held_until > context.created_at + 6 * 24 * 3600 * 1000
    [authorized] = [notice for notice in world.notices() if isinstance(notice, Authorization)]
    assert (authorized.amount_minor, authorized.voided) == (150_000, False)
    assert authorized.provider_ref == held.provider_ref
    withdrawn = ACTS["withdraw"](world.http, world, context)
    assert (withdrawn.status, withdrawn.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)
    taken = ADAPTER.capture(world.http, world.credentials, context, 100_000)
    assert (taken.status, taken.received_minor) == (RailStatus.SUCCESS, 100_000)
    assert ADAPTER.capture(world.http, world.credentials, context, 100_000).receipt == taken.receipt
    [told] = receipts(world)
    assert taken.receipt is not None
    assert (told.dedupe_key, told.amount_minor) == (taken.receipt.dedupe_key, 100_000)
    other = ADAPTER.capture(world.http, world.credentials, context, 50_000)
    assert (other.status, other.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)
    void = ACTS["void"](world.http, world, context)
    assert (void.status, void.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)


@pytest.mark.parametrize("known", [True, False])
def test_held_money_is_let_go_once_and_told(world: StripeStage, known: bool) -> None:
    context = world.shown(world.payment(capture=False))
    world.pay(context)
    context = context if known else replace(context, provider_ref="")
    assert ACTS["void"](world.http, world, context).status is RailStatus.SUCCESS
    assert ACTS["void"](world.http, world, context).status is RailStatus.SUCCESS
    assert [notice.voided for notice in world.notices() if isinstance(notice, Authorization)] == [False, True]
    assert check(world, context).status is RailStatus.FAILED
    captured = ADAPTER.capture(world.http, world.credentials, context, 1)
    assert (captured.status, captured.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)


def test_more_than_is_held_is_not_taken(world: StripeStage) -> None:
    context = world.shown(world.payment(capture=False))
    none = ADAPTER.capture(world.http, world.credentials, context, 1)
    assert (none.status, none.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)
    world.pay(context)
    for amount in (150_001, 0):
        refused = ADAPTER.capture(world.http, world.credentials, context, amount)
        assert (refused.status, refused.failure) == (RailStatus.FAILED, FailureCode.AMOUNT_MISMATCH)


def test_a_void_before_anybody_paid_closes_the_page(world: StripeStage) -> None:
    context = world.shown(world.payment(capture=False))
    assert ACTS["void"](world.http, world, context).status is RailStatus.SUCCESS
    assert world.stage.refused("pay", offer=world.offer(context)) == (409, "expired")


def test_a_hold_that_ran_out_is_expired_and_told(world: StripeStage) -> None:
    context = world.shown(world.payment(capture=False))
    world.pay(context)
    world.do(context, "release")
    found = check(world, context)
    assert (found.status, found.failure) == (RailStatus.FAILED, FailureCode.EXPIRED)
    assert [notice.voided for notice in world.notices() if isinstance(notice, Authorization)] == [False, True]


def test_a_lost_answer_of_a_capture_is_repeated_harmlessly(world: StripeStage) -> None:
    context = world.shown(world.payment(capture=False))
    world.pay(context)
    world.stage.control("chaos", lose_answers=1)
    assert ADAPTER.capture(world.http, world.credentials, context, 100_000).status is RailStatus.UNKNOWN
    again = ADAPTER.capture(world.http, world.credentials, context, 100_000)
    assert (again.status, again.received_minor) == (RailStatus.SUCCESS, 100_000)


# ---- giving back


def test_money_is_given_back_in_parts_and_told(world: StripeStage) -> None:
    context = world.paid()
    order, rest = world.refund(context, 50_000), world.refund(context, 100_000)
    first = ADAPTER.refund(world.http, world.credentials, order)
    assert (first.status, first.received_minor, first.provider_ref[:3]) == (RailStatus.SUCCESS, 50_000, "re_")
    too_much = ADAPTER.refund(world.http, world.credentials, world.refund(context, 100_001))
    assert (too_much.status, too_much.failure) == (RailStatus.FAILED, FailureCode.AMOUNT_MISMATCH)
    assert ADAPTER.refund(world.http, world.credentials, rest).status is RailStatus.SUCCESS
    nothing_left = ADAPTER.refund(world.http, world.credentials, world.refund(context, 1))
    assert (nothing_left.status, nothing_left.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)
    told = [notice for notice in world.notices() if isinstance(notice, RefundNotice)]
    assert [(notice.reference, notice.amount_minor) for notice in told] == [
        (order.reference, 50_000),
        (rest.reference, 100_000),
    ]
    assert (told[0].status, told[0].payment_provider_ref) == (RailStatus.SUCCESS, context.provider_ref)


def test_the_same_reference_gives_back_once(world: StripeStage) -> None:
    context = world.paid()
    order = world.refund(context, 50_000)
    first = ADAPTER.refund(world.http, world.credentials, order)
    again = ADAPTER.refund(world.http, world.credentials, order)
    assert (again.provider_ref, again.status) == (first.provider_ref, RailStatus.SUCCESS)
    assert len([row for row in world.stage.state()["stall_refunds"] if row["payment"] == context.provider_ref]) == 1


def test_a_lost_answer_of_a_refund_is_found_by_its_reference(world: StripeStage) -> None:
    context = world.paid()
    ADAPTER.refund(world.http, world.credentials, world.refund(context, 1000))
    order = world.refund(context, 50_000)
    missing = ADAPTER.check_refund(world.http, world.credentials, order)
    assert missing.status is RailStatus.UNKNOWN
    assert missing.failure is not None
    assert missing.failure.category is FailureCategory.TRANSIENT
    world.stage.control("chaos", lose_answers=1)
    assert ADAPTER.refund(world.http, world.credentials, order).status is RailStatus.UNKNOWN
    found = ADAPTER.check_refund(world.http, world.credentials, order)
    assert (found.status, found.received_minor) == (RailStatus.SUCCESS, 50_000)
    assert ADAPTER.check_refund(world.http, world.credentials, replace(order, provider_ref=found.provider_ref)) == found


@pytest.mark.parametrize(
    ("deed", "status", "failure"),
    [
        ("refund_succeeds", RailStatus.SUCCESS, None),
        ("refund_fails", RailStatus.FAILED, FailureCode.INVALID_INSTRUMENT),
    ],
)
def test_a_pending_refund_is_decided_later(
    world: StripeStage, deed: str, status: RailStatus, failure: FailureCode | None
) -> None:
    page = world.shown(world.payment())
    world.pay(page, outcome="pending_refund")
    context = replace(page, provider_ref=check(world, page).provider_ref)
    order = world.refund(context, 150_000)
    assert ADAPTER.refund(world.http, world.credentials, order).status is RailStatus.PENDING
    world.do(page, deed)
    decided = ADAPTER.check_refund(world.http, world.credentials, order)
    assert (decided.status, decided.failure) == (status, failure)
    told = [notice for notice in world.notices() if isinstance(notice, RefundNotice)]
    assert [(notice.status, notice.failure) for notice in told] == [(RailStatus.PENDING, None), (status, failure)]
    assert len({notice.dedupe_key for notice in told}) == 2


@pytest.mark.parametrize(("end", "stage"), [("won", DisputeStage.WON), ("lost", DisputeStage.LOST)])
def test_a_charge_back_is_told_from_its_beginning_to_its_end(world: StripeStage, end: str, stage: DisputeStage) -> None:
    context = world.paid()
    world.do(context, "dispute")
    world.do(context, f"dispute_{end}")
    told = [notice for notice in world.notices() if isinstance(notice, ChargeBack)]
    assert [notice.stage for notice in told] == [DisputeStage.OPENED, stage]
    assert {(notice.payment_provider_ref, notice.amount_minor) for notice in told} == {(context.provider_ref, 150_000)}
    refused = ADAPTER.refund(world.http, world.credentials, world.refund(context, 1))
    assert (refused.status, refused.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)


# ---- calls that go wrong


class Cut(httpx.BaseTransport):
    """Carries requests to the simulator, and fails at the n-th: before it leaves, or after it was carried out."""

    def __init__(self, at: int, problem: httpx.TransportError, *, before: bool) -> None:
        self._inner = httpx.HTTPTransport()
        self._left, self._problem, self._before = at, problem, before

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._left -= 1
        if self._left == 0 and self._before:
            raise self._problem
        response = self._inner.handle_request(request)
        if self._left == 0:
            response.close()
            raise self._problem
        return response

    def close(self) -> None:
        self._inner.close()


def prepared(world: StripeStage, act: str) -> PaymentContext:
    """A payment to which the act is possible."""
    if act == "present":
        return world.payment()
    if act in {"refund", "check_refund"}:
        return world.paid()
    context = world.shown(world.payment(capture=act not in {"capture", "void"}))
    if act in {"capture", "void"}:
        world.pay(context)
    return context


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(
    ("act", "calls"),
    [("present", 1), ("check", 1), ("capture", 2), ("void", 2), ("withdraw", 2), ("refund", 2), ("check_refund", 1)],
)
def test_a_network_that_fails_at_any_call_leaves_doubt_and_nothing_done_twice(
    world: StripeStage, act: str, calls: int, before: bool
) -> None:
    problem = httpx.ReadTimeout("gone")
    for number in range(1, calls + 1):
        context = prepared(world, act)
        with httpx.Client(transport=Cut(number, problem, before=before)) as http:
            result = ACTS[act](http, world, context)
        assert (result.status, result.failure) == (RailStatus.UNKNOWN, FailureCode.TIMEOUT)
        if act == "check_refund":
            continue
        again = ACTS[act](world.http, world, context)
        assert again.status in {RailStatus.SUCCESS, RailStatus.PENDING}


@pytest.mark.parametrize("act", ["present", "capture", "void", "withdraw", "refund"])
def test_a_connection_that_never_opens_did_nothing(world: StripeStage, act: str) -> None:
    context = prepared(world, act)
    with httpx.Client(transport=Cut(1, httpx.ConnectError("no"), before=True)) as http:
        result = ACTS[act](http, world, context)
    # A refund may have been asked for before; a page not yet asked for does not exist.
    assert result.status is (RailStatus.FAILED if act == "present" else RailStatus.UNKNOWN)
    assert result.failure is FailureCode.NETWORK_ERROR


@pytest.mark.parametrize(
    ("status", "failure", "outcome"),
    [
        (409, FailureCode.PROVIDER_UNAVAILABLE, RailStatus.UNKNOWN),
        (429, FailureCode.RATE_LIMITED, RailStatus.FAILED),
        (500, FailureCode.PROVIDER_UNAVAILABLE, RailStatus.UNKNOWN),
        (503, FailureCode.PROVIDER_UNAVAILABLE, RailStatus.UNKNOWN),
    ],
)
def test_a_call_that_stripe_fails_is_doubt_unless_it_was_refused(
    world: StripeStage, status: int, failure: FailureCode, outcome: RailStatus
) -> None:
    context = world.payment()
    world.stage.control("chaos", call_fails=1, call_fail_status=status)
    result = ADAPTER.present(world.http, world.credentials, context)
    assert (result.status, result.failure) == (outcome, failure)
    assert ADAPTER.present(world.http, world.credentials, context).status is RailStatus.PENDING


@pytest.mark.parametrize("act", ACTS)
def test_an_answer_that_is_no_answer_is_doubt(world: StripeStage, act: str) -> None:
    context = prepared(world, act)
    for body in (b"<html>", b"[]", b"{}", b'{"id":"cs_1","data":7,"status":"odd"}', b'{"id":7}'):
        transport = httpx.MockTransport(lambda request, body=body: httpx.Response(200, content=body))
        with httpx.Client(transport=transport) as http:
            result = ACTS[act](http, world, context)
        assert (result.status, result.failure) == (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR), (body, result)


def test_a_wrong_key_is_the_owners_to_mend(world: StripeStage) -> None:
    credentials = changed(world.credentials, api_key="sk_test_other")
    shown = ADAPTER.present(world.http, credentials, world.payment())
    assert (shown.status, shown.failure) == (RailStatus.FAILED, FailureCode.CREDENTIALS_REJECTED)
    asked = ADAPTER.check(world.http, credentials, world.payment(provider_ref="cs_1"))
    assert (asked.status, asked.failure) == (RailStatus.UNKNOWN, FailureCode.CREDENTIALS_REJECTED)


@pytest.mark.parametrize("field", ["api_key", "webhook_secret", "return_url"])
def test_a_missing_credential_stops_every_act(world: StripeStage, field: str) -> None:
    credentials = changed(world.credentials, **{field: ""})
    shown = ADAPTER.present(world.http, credentials, world.payment())
    assert (shown.status, shown.failure) == (RailStatus.FAILED, FailureCode.CREDENTIALS_MISSING)
    assert ADAPTER.check(world.http, credentials, world.payment()).failure is FailureCode.CREDENTIALS_MISSING


def test_a_key_is_never_sent_over_an_open_line(world: StripeStage) -> None:
    credentials = changed(world.credentials, base_url="http://api.stripe.com")
    refused = ADAPTER.present(world.http, credentials, world.payment())
    assert (refused.status, refused.failure) == (RailStatus.FAILED, FailureCode.ROUTE_NOT_FOUND)


def test_no_secret_stands_in_what_is_kept(world: StripeStage) -> None:
    context = world.paid()
    order = world.refund(context, 1)
    results = [check(world, context), ADAPTER.refund(world.http, world.credentials, order)]
    for result in results:
        assert "client_secret" not in result.response
        assert "sk_test" not in repr(result)


@pytest.mark.parametrize("changes", [{"reference": "BANA01A9999999"}, {"amount_minor": 1}, {"currency": "USD"}])
def test_the_answer_about_another_payment_is_not_believed(world: StripeStage, changes: dict[str, Any]) -> None:
    context = world.shown(world.payment())
    wrong = check(world, replace(context, **changes))
    assert (wrong.status, wrong.failure) == (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR)


def test_another_page_under_the_same_reference_is_doubt(world: StripeStage) -> None:
    context = world.payment()
    world.shown(context)
    refused = ADAPTER.present(world.http, world.credentials, replace(context, amount_minor=1))
    assert refused.status is RailStatus.UNKNOWN


def test_stripe_is_asked_payment_by_payment(world: StripeStage) -> None:
    statement = ADAPTER.statement(world.http, STRIPE, "c", Instant(1))
    assert (statement.cursor, statement.failure) == ("c", FailureCode.OPERATION_UNSUPPORTED)
