"""Stripe's notifications: the published signatures, what is refused, and what each event tells."""

import json
from typing import Any

import pytest

from domain.ids import Instant
from domain.notices import Authorization, ChargeBack, RefundNotice
from domain.rails import Receipt
from server.rails.base import Ignored, Notice, NotificationRefused
from server.rails.stripe import StripeAdapter
from server.rails.stripe_webhook import TOLERANCE_MS, signature
from server.vault import Secret
from tests.server.rails_samples import VECTORS, changed
from tests.server.stripe_stage import STRIPE, WEBHOOK_SECRET

ADAPTER = StripeAdapter()
VECTOR: dict[str, Any] = json.loads((VECTORS / "stripe_signature.json").read_text())
GOOD = [vector for vector in VECTOR["vectors"] if not vector.get("must_fail")]
BAD = [vector for vector in VECTOR["vectors"] if vector.get("must_fail")]
SECONDS = 1_732_190_400
INTENT: dict[str, Any] = {
    "id": "pi_3Q",
    "object": "payment_intent",
    "amount": 150_000,
    "amount_received": 150_000,
    "amount_capturable": 0,
    "capture_method": "automatic",
    "currency": "vnd",
    "latest_charge": "ch_3Q",
    "last_payment_error": None,
    "metadata": {"reference": "BANA01A0000017"},
    "status": "succeeded",
}
REFUND: dict[str, Any] = {
    "id": "re_1",
    "object": "refund",
    "amount": 1000,
    "currency": "vnd",
    "metadata": {},
    "payment_intent": "pi_3Q",
    "status": "succeeded",
}
DISPUTE: dict[str, Any] = {
    "id": "dp_1",
    "object": "dispute",
    "amount": 150_000,
    "currency": "vnd",
    "charge": "ch_3Q",
    "payment_intent": None,
    "status": "needs_response",
}


def heard(body: bytes, header: str, at: int = SECONDS * 1000, **credentials: str) -> Notice:
    return ADAPTER.read_notification(changed(STRIPE, **credentials), {"Stripe-Signature": header}, body, Instant(at))


def signed(body: bytes, seconds: str = str(SECONDS)) -> str:
    return f"t={seconds},v1={signature(Secret(WEBHOOK_SECRET), seconds, body)}"


def told(kind: str, thing: dict[str, Any], **event: Any) -> Notice:
    body = json.dumps({"id": "evt_1", "type": kind, "created": SECONDS, "data": {"object": thing}, **event}).encode()
    return heard(body, signed(body))


def refused(body: bytes, header: str, at: int = SECONDS * 1000, **credentials: str) -> tuple[str, int]:
    with pytest.raises(NotificationRefused) as caught:
        heard(body, header, at, **credentials)
    return caught.value.reason, caught.value.answer.status


# ---- the signature


@pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector["id"])
def test_a_published_signature_is_reproduced_and_believed(vector: dict[str, Any]) -> None:
    body, seconds = vector["body"].encode(), vector["timestamp"]
    assert f"v1={signature(Secret(vector['secret']), str(seconds), body)}" in vector["header"].split(",")
    notice = heard(body, vector["header"], seconds * 1000, webhook_secret=vector["secret"])
    assert isinstance(notice, Receipt if "payment_intent" in vector["body"] else Ignored)


@pytest.mark.parametrize("vector", BAD, ids=lambda vector: vector["id"])
def test_a_changed_body_is_refused(vector: dict[str, Any]) -> None:
    at = vector["timestamp"] * 1000
    assert refused(vector["body"].encode(), vector["header"], at, webhook_secret=vector["secret"]) == ("signature", 401)


@pytest.mark.parametrize(
    "header", [*VECTOR["malformed_headers"], "v1=00", f"t={SECONDS},t={SECONDS},v1=00", "t=x,v1=0"]
)
def test_a_malformed_header_is_refused(header: str) -> None:
    assert refused(b"{}", header) == ("signature", 401)


def test_a_time_given_twice_a_missing_header_and_two_headers_are_refused() -> None:
    right = signed(b"{}")
    assert refused(b"{}", f"t=1,{right}") == ("signature", 401)
    for headers in ({}, {"Stripe-Signature": right, "stripe-signature": right}):
        with pytest.raises(NotificationRefused, match="signature"):
            ADAPTER.read_notification(STRIPE, headers, b"{}", Instant(SECONDS * 1000))


def test_the_old_scheme_alone_is_not_believed() -> None:
    assert refused(b"{}", signed(b"{}").replace("v1", "v0")) == ("signature", 401)


def test_nothing_is_believed_without_a_secret() -> None:
    empty = signature(Secret(""), str(SECONDS), b"{}")
    assert refused(b"{}", f"t={SECONDS},v1={empty}", webhook_secret="") == ("signature", 401)


@pytest.mark.parametrize("off_ms", [TOLERANCE_MS, -TOLERANCE_MS])
def test_an_event_within_five_minutes_is_believed_and_beyond_it_is_stale(off_ms: int) -> None:
    body = json.dumps({"id": "evt_1", "type": "x", "created": SECONDS, "data": {"object": {}}}).encode()
    at = SECONDS * 1000 + off_ms
    assert isinstance(heard(body, signed(body), at), Ignored)
    assert refused(body, signed(body), at + (1 if off_ms > 0 else -1)) == ("stale", 401)


@pytest.mark.parametrize(("key", "live", "foreign"), [("sk_live_x", False, True), ("rk_test_x", True, True)])
def test_an_event_of_the_other_mode_is_foreign(key: str, live: bool, foreign: bool) -> None:
    event = {"id": "evt_1", "type": "x", "created": SECONDS, "data": {"object": {}}}
    body = json.dumps({**event, "livemode": live}).encode()
    assert refused(body, signed(body), api_key=key) == ("foreign", 403)
    body = json.dumps({**event, "livemode": not live}).encode()
    assert isinstance(heard(body, signed(body), api_key=key), Ignored)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"id":"a","id":"b"}',
        b'{"type":"x","created":1}',
        b'{"id":"evt_1","type":"x"}',
        b'{"id":"evt_1","type":"x","created":1,"data":7}',
        b" " * (256 * 1024 + 1),
    ],
)
def test_an_unreadable_event_is_malformed(body: bytes) -> None:
    assert refused(body, signed(body)) == ("malformed", 400)


@pytest.mark.parametrize(
    "changes",
    [{"amount_received": 0}, {"amount_received": "1"}, {"amount_received": True}, {"id": ""}, {"metadata": "x"}],
)
def test_money_that_cannot_be_read_is_malformed(changes: dict[str, Any]) -> None:
    body = json.dumps(
        {
            "id": "evt_1",
            "type": "payment_intent.succeeded",
            "created": SECONDS,
            "data": {"object": {**INTENT, **changes}},
        }
    ).encode()
    assert refused(body, signed(body)) == ("malformed", 400)


# ---- what is told


def test_received_money_is_a_receipt() -> None:
    notice = told("payment_intent.succeeded", {**INTENT, "amount_received": 100_000})
    assert isinstance(notice, Receipt)
    assert (notice.amount_minor, notice.currency, notice.text) == (100_000, "VND", "BANA01A0000017")
    assert (notice.dedupe_key, notice.provider_ref, notice.paid_at) == ("stripe:pi_3Q", "pi_3Q", SECONDS * 1000)


def test_the_reference_is_read_from_the_description_where_the_metadata_has_none() -> None:
    notice = told("payment_intent.succeeded", {**INTENT, "metadata": {}, "description": "BANA01A0000017 tea"})
    assert isinstance(notice, Receipt)
    assert notice.text == "BANA01A0000017 tea"


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("payment_intent.succeeded", {**INTENT, "currency": "chf"}),
        ("payment_intent.payment_failed", {**INTENT, "status": "requires_payment_method"}),
        ("payment_intent.canceled", {**INTENT, "status": "canceled"}),
        ("payment_intent.canceled", {**INTENT, "capture_method": "manual", "latest_charge": None}),
        ("payment_intent.canceled", {**INTENT, "capture_method": "manual", "last_payment_error": {"code": "x"}}),
        ("payment_intent.created", INTENT),
        ("charge.refunded", {"id": "ch_1", "currency": "vnd"}),
        ("checkout.session.completed", {"id": "cs_1", "currency": "vnd", "payment_status": "paid"}),
        ("charge.dispute.created", {**DISPUTE, "status": "warning_needs_response"}),
        ("charge.dispute.closed", {**DISPUTE, "status": "warning_closed"}),
    ],
)
def test_an_event_that_moves_no_money_of_ours_is_kept_and_ignored(kind: str, thing: dict[str, Any]) -> None:
    notice = told(kind, thing)
    assert isinstance(notice, Ignored)
    assert notice.dedupe_key == "stripe:event:evt_1"


def test_a_hold_and_its_end_have_keys_of_their_own() -> None:
    manual = {**INTENT, "capture_method": "manual", "amount_capturable": 150_000}
    held = told("payment_intent.amount_capturable_updated", {**manual, "status": "requires_capture"})
    gone = told("payment_intent.canceled", {**manual, "status": "canceled", "amount_capturable": 0})
    assert isinstance(held, Authorization)
    assert isinstance(gone, Authorization)
    assert (held.voided, gone.voided, gone.amount_minor) == (False, True, 150_000)
    assert held.dedupe_key != gone.dedupe_key


def test_a_refund_at_stripes_own_desk_has_no_reference_of_ours() -> None:
    notice = told("refund.created", REFUND)
    assert isinstance(notice, RefundNotice)
    assert (notice.reference, notice.payment_provider_ref) == ("", "pi_3Q")


def test_a_charge_back_without_an_intent_names_the_charge() -> None:
    notice = told("charge.dispute.created", DISPUTE)
    assert isinstance(notice, ChargeBack)
    assert notice.payment_provider_ref == "ch_3Q"


def test_what_is_stored_is_accepted_and_what_is_not_comes_again() -> None:
    notice = told("payment_intent.succeeded", INTENT)
    assert [ADAPTER.answer(outcome, notice).status for outcome in ("accepted", "duplicate", "unavailable")] == [
        200,
        200,
        503,
    ]
