"""Square's notifications: the signature over address and body, and what each event tells."""

import json
from typing import Any

import pytest

from domain.notices import Authorization, ChargeBack, DisputeStage, RefundNotice
from domain.rails import RailStatus, Receipt
from server.rails.base import Ignored, Notice, NotificationRefused
from server.rails.square import SquareAdapter
from server.rails.square_webhook import signature
from server.vault import Secret
from tests.server.rails_samples import VECTORS, changed, moment
from tests.server.square_samples import GIVE_BACK, REFERENCE, SQUARE, checkout, money, payment, refund

ADAPTER = SquareAdapter()
RECEIVED = moment("2026-11-21T03:03:08Z")
KEY, URL = Secret("made-up-key"), "https://hub.example/hooks/square"
VECTOR: dict[str, dict[str, Any]] = {
    vector["id"]: vector for vector in json.loads((VECTORS / "square_webhook.json").read_text())["vectors"]
}


def event(kind: str, **thing: Any) -> bytes:
    told = {"merchant_id": "M1", "type": kind, "event_id": "E1", "created_at": "2026-11-21T03:03:08Z"}
    return json.dumps({**told, "data": {"type": "x", "id": "x", "object": thing}}).encode()


def heard(body: bytes, given: str | None = None, **credentials: str) -> Notice:
    headers = {"X-Square-HmacSha256-Signature": signature(KEY, URL, body) if given is None else given}
    return ADAPTER.read_notification(changed(SQUARE, **credentials), headers, body, RECEIVED)


def refused(*args: Any, **more: Any) -> tuple[str, int]:
    with pytest.raises(NotificationRefused) as refusal:
        heard(*args, **more)
    return refusal.value.reason, refusal.value.answer.status


@pytest.mark.parametrize("name", VECTOR)
def test_the_published_and_computed_signatures_are_reproduced(name: str) -> None:
    vector = VECTOR[name]
    made = signature(Secret(vector["signature_key"]), vector["notification_url"], vector["body"].encode())
    assert made == vector["signature"]


def test_the_terminal_vector_is_believed_and_moves_no_money_by_itself() -> None:
    vector = VECTOR["terminal-checkout"]
    notice = heard(
        vector["body"].encode(),
        vector["signature"],
        signature_key=vector["signature_key"],
        notification_url=vector["notification_url"],
    )
    assert notice == Ignored(ADAPTER.provider, "square:event:e1", "BT-0001")


COMPLETED = event("payment.updated", payment=payment())


@pytest.mark.parametrize(
    ("given", "credentials"),
    [
        ("", {}),
        ("AAAA", {}),
        ("đ", {}),
        (None, {"signature_key": "other"}),
        (None, {"signature_key": ""}),
        (None, {"notification_url": "https://hub.example/hooks/square/"}),
        (None, {"notification_url": ""}),
    ],
)
def test_what_is_not_signed_for_this_address_with_this_key_is_not_believed(
    given: str | None, credentials: dict[str, str]
) -> None:
    assert refused(COMPLETED, given, **credentials) == ("signature", 401)


def test_a_key_or_an_address_that_is_not_configured_believes_nobody() -> None:
    assert refused(COMPLETED, signature(Secret(""), URL, COMPLETED), signature_key="") == ("signature", 401)
    assert refused(COMPLETED, signature(KEY, "", COMPLETED), notification_url="") == ("signature", 401)


def test_one_changed_byte_is_not_believed() -> None:
    changed_body = COMPLETED.replace(b"1050", b"9050")
    assert refused(changed_body, signature(KEY, URL, COMPLETED)) == ("signature", 401)


def test_a_signature_that_stands_twice_is_none() -> None:
    right = signature(KEY, URL, COMPLETED)
    headers = {"x-square-hmacsha256-signature": right, "X-Square-Hmacsha256-Signature": right}
    with pytest.raises(NotificationRefused):
        ADAPTER.read_notification(SQUARE, headers, COMPLETED, RECEIVED)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"event_id":"1","event_id":"2"}',
        event("payment.updated", payment=payment(id="")),
        event("payment.updated", payment=payment("NEW_WORD")),
        event("payment.updated", payment=payment(total_money=money(0))),
        event("payment.updated", payment=payment(total_money={"amount": "1050", "currency": "USD"})),
        event("payment.updated", payment=payment(total_money=money(1, "XTS"))),
        event("payment.updated", payment=payment(created_at="yesterday")),
        event("refund.updated", refund=refund("ODD")),
        json.dumps({"type": "payment.updated"}).encode(),
    ],
)
def test_a_signed_body_that_cannot_be_read_is_malformed(body: bytes) -> None:
    assert refused(body) == ("malformed", 400)


def test_an_endless_body_is_refused_before_anything_else() -> None:
    assert refused(b" " * (256 * 1024 + 1), "x") == ("malformed", 400)


def test_a_completed_payment_is_a_receipt_in_minor_units() -> None:
    assert heard(COMPLETED) == Receipt(
        provider=ADAPTER.provider,
        dedupe_key="square:PAY1",
        text=REFERENCE,
        amount_minor=1050,
        currency="USD",
        paid_at=moment("2026-11-21T03:03:07.123Z"),
        provider_ref="PAY1",
    )


def test_a_later_update_of_the_same_payment_has_the_same_key() -> None:
    later = heard(event("payment.updated", payment=payment(refunded_money=money(500))))
    first = heard(event("payment.created", payment=payment()))
    assert isinstance(later, Receipt)
    assert isinstance(first, Receipt)
    assert later.dedupe_key == first.dedupe_key


def test_a_failed_payment_is_declined_and_never_hides_the_money_under_its_id() -> None:
    notice = heard(event("payment.updated", payment=payment("FAILED")))
    assert isinstance(notice, Receipt)
    assert (notice.declined, notice.dedupe_key) == (True, "square:PAY1:declined")


def test_held_money_and_its_end_are_told_apart() -> None:
    held = heard(event("payment.created", payment=payment("APPROVED")))
    gone = heard(event("payment.updated", payment=payment("CANCELED")))
    assert isinstance(held, Authorization)
    assert isinstance(gone, Authorization)
    assert (held.voided, gone.voided) == (False, True)
    assert (held.dedupe_key, gone.dedupe_key) == ("square:PAY1:held", "square:PAY1:voided")
    assert (held.amount_minor, held.text, held.provider_ref) == (1050, REFERENCE, "PAY1")
    assert held.held_until == moment("2026-11-22T15:03:07.123Z")


@pytest.mark.parametrize(
    ("status", "expected"),
    [("PENDING", RailStatus.PENDING), ("COMPLETED", RailStatus.SUCCESS), ("REJECTED", RailStatus.FAILED)],
)
def test_a_refund_names_its_reference_and_its_payment(status: str, expected: RailStatus) -> None:
    notice = heard(event("refund.updated", refund=refund(status)))
    assert isinstance(notice, RefundNotice)
    assert (notice.status, notice.dedupe_key) == (expected, f"square:REF1:{status.lower()}")
    assert (notice.reference, notice.payment_provider_ref) == (GIVE_BACK.reference, "PAY1")
    assert (notice.amount_minor, notice.currency) == (500, "USD")


def test_a_refund_from_squares_own_desk_has_no_reference() -> None:
    notice = heard(event("refund.created", refund=refund(reason="Returned Goods")))
    assert isinstance(notice, RefundNotice)
    assert notice.reference == ""


def dispute(state: str) -> dict[str, Any]:
    return {
        "id": "D1",
        "state": state,
        "amount_money": money(300),
        "disputed_payment": {"payment_id": "PAY1"},
        "created_at": "2026-11-22T03:00:00Z",
        "updated_at": "2026-11-23T03:00:00Z",
    }


@pytest.mark.parametrize("name", ["dispute", "object"])
@pytest.mark.parametrize(
    ("state", "stage"),
    [
        ("EVIDENCE_REQUIRED", DisputeStage.OPENED),
        ("PROCESSING", DisputeStage.OPENED),
        ("WON", DisputeStage.WON),
        ("LOST", DisputeStage.LOST),
        ("ACCEPTED", DisputeStage.LOST),
    ],
)
def test_a_dispute_is_a_charge_back_with_its_stage(name: str, state: str, stage: DisputeStage) -> None:
    notice = heard(event("dispute.state.updated", **{name: dispute(state)}))
    assert isinstance(notice, ChargeBack)
    assert (notice.stage, notice.dedupe_key) == (stage, f"square:D1:{stage.value}")
    assert (notice.amount_minor, notice.payment_provider_ref) == (300, "PAY1")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (event("dispute.created", dispute=dispute("INQUIRY_EVIDENCE_REQUIRED")), ""),
        (event("terminal.checkout.updated", checkout=checkout("CANCELED")), REFERENCE),
        (event("payment.created", payment=payment("PENDING")), ""),
        (event("payment.created", payment=payment(location_id="L2")), ""),
        (event("refund.created", refund=refund(location_id="L2")), ""),
        (event("customer.created", customer={}), ""),
    ],
)
def test_an_event_that_moves_none_of_the_shops_money_is_accepted_and_left(body: bytes, text: str) -> None:
    assert heard(body) == Ignored(ADAPTER.provider, "square:event:E1", text)


def test_what_could_not_be_stored_comes_again() -> None:
    notice = heard(COMPLETED)
    answers = [ADAPTER.answer(outcome, notice).status for outcome in ("accepted", "duplicate", "unavailable")]
    assert answers == [200, 200, 503]
