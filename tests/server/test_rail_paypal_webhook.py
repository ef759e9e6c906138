"""PayPal's notifications: the signature, whose certificate counts, and what each event tells."""

import base64
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from domain.errors import FailureCode
from domain.ids import Instant
from domain.notices import Authorization, ChargeBack, DisputeStage, RefundNotice
from domain.rails import RailStatus, Receipt
from server.rails.base import CallFailed, Ignored, Notice, NotificationRefused
from server.rails.paypal import PaypalAdapter
from server.rails.paypal_certificates import KeptCertificates, is_paypals
from server.rails.paypal_webhook import REPEATED_FOR_MS, signed_text
from tests.server.paypal_samples import (
    CERTIFICATE_URL,
    PAYPAL,
    REFERENCE,
    GivenCertificates,
    authorization,
    capture,
    certificate_for,
    money,
    order,
    refund,
)
from tests.server.rails_samples import VECTORS, changed, loopback, moment

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CERTIFICATE = certificate_for(KEY)
SENT = "2026-11-21T03:03:08Z"
RECEIVED = moment(SENT)
VECTOR: dict[str, dict[str, Any]] = {
    vector["id"]: vector for vector in json.loads((VECTORS / "paypal_webhook.json").read_text())["vectors"]
}


def event(kind: str, resource: dict[str, Any]) -> bytes:
    told = {"id": "WH-1", "create_time": "2026-11-21T03:03:07.500Z", "event_type": kind, "resource": resource}
    return json.dumps(told).encode()


def dressed(body: bytes, key: rsa.RSAPrivateKey = KEY, webhook_id: str = "1JE4291", **changes: str) -> dict[str, str]:
    """Return the headers with which PayPal signs `body`; `changes` replace some after signing."""
    text = f"tx-1|{SENT}|{webhook_id}|{_crc32(body)}"
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    headers = {
        "PAYPAL-TRANSMISSION-ID": "tx-1",
        "PAYPAL-TRANSMISSION-TIME": SENT,
        "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode(),
        "PAYPAL-CERT-URL": CERTIFICATE_URL,
        "PAYPAL-AUTH-ALGO": "SHA256withRSA",
    }
    return {**headers, **{f"PAYPAL-{name.upper().replace('_', '-')}": value for name, value in changes.items()}}


def _crc32(data: bytes) -> int:
    """CRC-32 by its polynomial (ISO 3309), so that the test does not share the library of what it tests."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def heard(
    body: bytes,
    headers: dict[str, str] | None = None,
    certificates: GivenCertificates | None = None,
    at: Instant = RECEIVED,
    **credentials: str,
) -> Notice:
    adapter = PaypalAdapter(certificates or GivenCertificates({CERTIFICATE_URL: CERTIFICATE}))
    return adapter.read_notification(changed(PAYPAL, **credentials), headers or dressed(body), body, at)


def told(kind: str, resource: dict[str, Any]) -> Notice:
    return heard(event(kind, resource))


def refused(*args: Any, **more: Any) -> tuple[str, int]:
    with pytest.raises(NotificationRefused) as refusal:
        heard(*args, **more)
    return refusal.value.reason, refusal.value.answer.status


@pytest.mark.parametrize("name", VECTOR)
def test_the_signed_text_of_the_vectors_is_reproduced(name: str) -> None:
    vector = VECTOR[name]
    headers = vector["headers"]
    text = signed_text(
        headers["PAYPAL-TRANSMISSION-ID"],
        headers["PAYPAL-TRANSMISSION-TIME"],
        vector["webhook_id"],
        vector["body"].encode(),
    )
    assert text == vector["signed_string"]


def test_the_complete_vector_is_believed_and_gives_its_receipt() -> None:
    vector = VECTOR["computed-rsa"]
    certificate = x509.load_pem_x509_certificate(vector["certificate_pem"].encode())
    headers = {**vector["headers"], "PAYPAL-CERT-URL": CERTIFICATE_URL}
    notice = heard(
        vector["body"].encode(),
        headers,
        GivenCertificates({CERTIFICATE_URL: certificate}),
        moment("2026-11-21T03:00:02Z"),
        webhook_id=vector["webhook_id"],
    )
    assert isinstance(notice, Receipt)
    assert (notice.dedupe_key, notice.text, notice.amount_minor) == ("paypal:3C679366HH908993F", "BT-0001", 1000)
    assert notice.paid_at == moment("2026-11-21T03:00:00Z")


def test_one_changed_byte_of_the_complete_vector_is_not_believed() -> None:
    vector = VECTOR["computed-rsa"]
    certificate = x509.load_pem_x509_certificate(vector["certificate_pem"].encode())
    headers = {**vector["headers"], "PAYPAL-CERT-URL": CERTIFICATE_URL}
    body = vector["body"].replace("10.00", "19.00").encode()
    known = GivenCertificates({CERTIFICATE_URL: certificate})
    assert refused(body, headers, known, moment("2026-11-21T03:00:02Z"), webhook_id=vector["webhook_id"]) == (
        "signature",
        401,
    )


COMPLETED = event("PAYMENT.CAPTURE.COMPLETED", capture())


@pytest.mark.parametrize(
    "changes",
    [
        {"transmission_id": "tx-2"},
        {"transmission_time": "2026-11-21T03:03:09Z"},
        {"transmission_time": "now"},
        {"transmission_sig": base64.b64encode(b"x" * 256).decode()},
        {"transmission_sig": "no base64!"},
        {"transmission_sig": ""},
        {"auth_algo": "SHA1withRSA"},
        {"auth_algo": ""},
        {"cert_url": ""},
    ],
    ids=str,
)
def test_a_notification_with_another_header_is_not_believed(changes: dict[str, str]) -> None:
    assert refused(COMPLETED, dressed(COMPLETED, KEY, "1JE4291", **changes)) == ("signature", 401)


def test_a_notification_for_another_webhook_or_without_one_configured_is_not_believed() -> None:
    assert refused(COMPLETED, webhook_id="OTHER") == ("signature", 401)
    assert refused(COMPLETED, dressed(COMPLETED, webhook_id=""), webhook_id="") == ("signature", 401)


def test_a_notification_signed_by_another_key_is_not_believed() -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert refused(COMPLETED, dressed(COMPLETED, stranger)) == ("signature", 401)


@pytest.mark.parametrize("at", ["2025-12-31T23:00:00Z", "2027-01-02T00:00:00Z"])
def test_a_certificate_outside_its_time_is_not_believed(at: str) -> None:
    assert refused(COMPLETED, at=moment(at)) == ("signature", 401)


def test_a_certificate_without_an_rsa_key_is_not_believed() -> None:
    curve: Any = ec.generate_private_key(ec.SECP256R1())
    known = GivenCertificates({CERTIFICATE_URL: certificate_for(curve)})
    assert refused(COMPLETED, certificates=known) == ("signature", 401)


@pytest.mark.parametrize(
    ("late_ms", "stale"), [(0, False), (REPEATED_FOR_MS, False), (REPEATED_FOR_MS + 1, True), (-300_001, True)]
)
def test_a_notification_counts_for_as_long_as_paypal_repeats_it(late_ms: int, stale: bool) -> None:
    at = Instant(RECEIVED + late_ms)
    if stale:
        assert refused(COMPLETED, at=at) == ("stale", 401)
    else:
        assert isinstance(heard(COMPLETED, at=at), Receipt)


def test_a_certificate_that_cannot_be_fetched_makes_paypal_repeat() -> None:
    known = GivenCertificates({}, CallFailed(FailureCode.TIMEOUT, maybe_done=True))
    assert refused(COMPLETED, certificates=known) == ("signature", 503)


def test_a_certificate_that_is_none_is_not_believed() -> None:
    assert refused(COMPLETED, certificates=GivenCertificates({}, ValueError("no PEM"))) == ("signature", 401)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1",
        "https://evilpaypal.com/v1/notifications/certs/CERT-1",
        "https://paypal.com@evil.example/v1/notifications/certs/CERT-1",
        "https://u:p@api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
        "https://api.paypal.com:port/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/../../x",
        "https://api.paypal.com/v1/notifications/certs/CERT-1?x=1",
        "https://api.paypal.com/v1/notifications/certs/CERT-1#x",
        "https://api.paypal.com/v1/notifications/certs/",
        "https://www.paypal.com/uploads/CERT-1",
        "https://[::1/v1/notifications/certs/CERT-1",
        "http://127.0.0.1:8080/v1/notifications/certs/CERT-1",
    ],
)
def test_a_certificate_from_elsewhere_is_not_even_fetched(url: str) -> None:
    known = GivenCertificates({})
    assert refused(COMPLETED, dressed(COMPLETED, cert_url=url), known) == ("signature", 401)
    assert known.asked == []


@pytest.mark.parametrize("host", ["api.paypal.com", "api.sandbox.paypal.com", "paypal.com", "api-m.paypal.com:443"])
def test_paypals_own_certificate_addresses_count(host: str) -> None:
    assert is_paypals(f"https://{host}/v1/notifications/certs/CERT-360caa42-fca2a594", "https://api-m.paypal.com")


def test_a_simulators_certificate_counts_only_for_whoever_talks_to_that_simulator() -> None:
    own = "http://127.0.0.1:8080/v1/notifications/certs/CERT-1"
    assert is_paypals(own, "http://127.0.0.1:8080")
    assert not is_paypals(own, "http://127.0.0.1:8081")
    assert not is_paypals(own, "https://api-m.paypal.com")
    assert not is_paypals(CERTIFICATE_URL, "http://127.0.0.1:8080")


def test_a_certificate_is_fetched_over_a_socket_once() -> None:
    asked: list[str] = []
    pem = CERTIFICATE.public_bytes(_pem())

    def answer(request: Any) -> tuple[int, bytes]:
        asked.append(request.path)
        return 200, pem

    with loopback(answer) as (url, _):
        shelf = KeptCertificates()
        address = f"{url}/v1/notifications/certs/CERT-1"
        assert shelf.at(address) == shelf.at(address) == CERTIFICATE
    assert asked == ["/v1/notifications/certs/CERT-1"]


def test_only_so_many_certificates_are_kept() -> None:
    pem = CERTIFICATE.public_bytes(_pem())
    asked: list[str] = []

    def answer(request: Any) -> tuple[int, bytes]:
        asked.append(request.path)
        return 200, pem

    with loopback(answer) as (url, _):
        shelf = KeptCertificates(most=2)
        for number in (0, 1, 2, 2, 1, 0):
            shelf.at(f"{url}/v1/notifications/certs/CERT-{number}")
    assert [path[-1] for path in asked] == ["0", "1", "2", "0"]


def _pem() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.PEM


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"id":"WH-1","id":"WH-2"}',
        event("PAYMENT.CAPTURE.COMPLETED", capture(id="")),
        event("PAYMENT.CAPTURE.COMPLETED", capture(amount=money("0.00"))),
        event("PAYMENT.CAPTURE.COMPLETED", capture(amount=money("10.505"))),
        event("PAYMENT.CAPTURE.COMPLETED", capture(amount=money(currency="XTS"))),
        event("PAYMENT.CAPTURE.COMPLETED", capture(create_time="yesterday")),
        event("PAYMENT.CAPTURE.REFUNDED", refund("ODD")),
        json.dumps({"event_type": "X", "resource": {}}).encode(),
    ],
)
def test_a_signed_body_that_cannot_be_read_is_malformed(body: bytes) -> None:
    assert refused(body, dressed(body)) == ("malformed", 400)


def test_an_endless_body_is_refused_before_anything_else() -> None:
    known = GivenCertificates({})
    assert refused(b" " * (256 * 1024 + 1), {"x": "y"}, known) == ("malformed", 400)
    assert known.asked == []


def test_captured_money_is_a_receipt_in_minor_units() -> None:
    notice = told("PAYMENT.CAPTURE.COMPLETED", capture())
    assert notice == Receipt(
        provider=PaypalAdapter.provider,
        dedupe_key="paypal:CAP1",
        text=REFERENCE,
        amount_minor=1050,
        currency="USD",
        paid_at=moment("2026-11-21T03:03:07Z"),
        provider_ref="CAP1",
    )


def test_yen_have_no_places() -> None:
    notice = told("PAYMENT.CAPTURE.COMPLETED", capture(amount=money("1500", "JPY")))
    assert isinstance(notice, Receipt)
    assert (notice.amount_minor, notice.currency) == (1500, "JPY")


@pytest.mark.parametrize("kind", ["PAYMENT.CAPTURE.DENIED", "PAYMENT.CAPTURE.DECLINED"])
def test_a_denied_capture_is_declined_and_never_hides_the_money_under_its_id(kind: str) -> None:
    notice = told(kind, capture("DECLINED"))
    assert isinstance(notice, Receipt)
    assert (notice.declined, notice.dedupe_key) == (True, "paypal:CAP1:declined")


def test_held_money_and_its_end_are_told_apart_and_name_the_order() -> None:
    held, gone = (
        told("PAYMENT.AUTHORIZATION.CREATED", authorization()),
        told("PAYMENT.AUTHORIZATION.VOIDED", authorization("VOIDED")),
    )
    assert isinstance(held, Authorization)
    assert isinstance(gone, Authorization)
    assert (held.voided, gone.voided) == (False, True)
    assert (held.dedupe_key, gone.dedupe_key) == ("paypal:AUTH1", "paypal:AUTH1:voided")
    assert (held.amount_minor, held.text, held.provider_ref) == (1050, REFERENCE, "ORDER1")
    assert held.held_until == moment("2026-12-20T03:03:07Z")


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("PAYMENT.CAPTURE.REFUNDED", "COMPLETED", RailStatus.SUCCESS),
        ("PAYMENT.REFUND.PENDING", "PENDING", RailStatus.PENDING),
        ("PAYMENT.REFUND.FAILED", "FAILED", RailStatus.FAILED),
    ],
)
def test_a_refund_names_its_reference_and_its_payment(kind: str, status: str, expected: RailStatus) -> None:
    notice = told(kind, refund(status))
    assert isinstance(notice, RefundNotice)
    assert (notice.status, notice.dedupe_key) == (expected, f"paypal:REF1:{status.lower()}")
    assert (notice.reference, notice.provider_ref, notice.payment_provider_ref) == ("BANAR0000001", "REF1", "CAP1")
    assert (notice.amount_minor, notice.currency) == (500, "USD")


def dispute(stage: str = "CHARGEBACK", **more: Any) -> dict[str, Any]:
    return {
        "dispute_id": "PP-1",
        "status": "OPEN",
        "dispute_life_cycle_stage": stage,
        "dispute_amount": money("3.00"),
        "update_time": "2026-11-22T03:00:00Z",
        "disputed_transactions": [{"seller_transaction_id": "CAP1", "custom": REFERENCE}],
        **more,
    }


def test_a_reversal_and_the_dispute_it_belongs_to_are_one_charge_back() -> None:
    reversal = told("PAYMENT.CAPTURE.REVERSED", refund(id="REV1", custom_id=REFERENCE))
    opened = told("CUSTOMER.DISPUTE.CREATED", dispute())
    assert isinstance(reversal, ChargeBack)
    assert isinstance(opened, ChargeBack)
    assert reversal.dedupe_key == opened.dedupe_key == "paypal:CAP1:reversed"
    assert (reversal.payment_provider_ref, opened.payment_provider_ref) == ("CAP1", "CAP1")
    assert (reversal.stage, opened.stage) == (DisputeStage.OPENED, DisputeStage.OPENED)
    assert (reversal.amount_minor, opened.amount_minor, opened.text) == (500, 300, REFERENCE)


def test_what_a_dispute_comes_to_is_told_of_the_charge_back_that_its_reversal_began() -> None:
    reversal = told("PAYMENT.CAPTURE.REVERSED", refund(id="REV1", custom_id=REFERENCE))
    lost = told(
        "CUSTOMER.DISPUTE.RESOLVED",
        dispute(status="RESOLVED", dispute_outcome={"outcome_code": "RESOLVED_BUYER_FAVOUR"}),
    )
    assert isinstance(reversal, ChargeBack)
    assert isinstance(lost, ChargeBack)
    assert reversal.provider_ref == lost.provider_ref == "CAP1", "else the same money is booked as lost twice"


@pytest.mark.parametrize(
    ("outcome", "stage"),
    [("RESOLVED_SELLER_FAVOUR", DisputeStage.WON), ("RESOLVED_BUYER_FAVOUR", DisputeStage.LOST)],
)
def test_a_resolved_dispute_says_who_won(outcome: str, stage: DisputeStage) -> None:
    resolved = dispute(status="RESOLVED", dispute_outcome={"outcome_code": outcome})
    notice = told("CUSTOMER.DISPUTE.RESOLVED", resolved)
    assert isinstance(notice, ChargeBack)
    assert (notice.stage, notice.dedupe_key) == (stage, f"paypal:PP-1:{stage.value}")


@pytest.mark.parametrize(
    ("kind", "resource", "text"),
    [
        ("CHECKOUT.ORDER.APPROVED", order("APPROVED"), REFERENCE),
        ("CUSTOMER.DISPUTE.CREATED", dispute("INQUIRY"), "PP-1"),
        ("CUSTOMER.DISPUTE.RESOLVED", dispute(status="RESOLVED", dispute_outcome={"outcome_code": "NONE"}), "PP-1"),
        ("PAYMENT.CAPTURE.PENDING", capture("PENDING"), ""),
        ("BILLING.PLAN.CREATED", {}, ""),
    ],
)
def test_an_event_that_moves_no_money_is_accepted_and_left(kind: str, resource: dict[str, Any], text: str) -> None:
    notice = told(kind, resource)
    assert isinstance(notice, Ignored)
    assert (notice.dedupe_key, notice.text) == ("paypal:event:WH-1", text)


def test_what_could_not_be_stored_comes_again() -> None:
    notice = heard(COMPLETED)
    adapter = PaypalAdapter()
    assert [adapter.answer(outcome, notice).status for outcome in ("accepted", "duplicate", "unavailable")] == [
        200,
        200,
        503,
    ]
