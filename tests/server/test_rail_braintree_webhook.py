"""Braintree's notifications and XML: the vectors, the official client's samples, what is refused and what is told."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from domain.ids import Instant
from domain.notices import ChargeBack, DisputeStage
from domain.rails import Receipt
from server.rails.base import MAX_NOTIFICATION_BYTES, Ignored, Notice, NotificationRefused
from server.rails.braintree_webhook import signature, verified
from server.rails.braintree_xml import Written, read_xml, write_xml
from server.rails.strict_json import Unreadable
from tests.server.braintree_stage import ADAPTER, BRAINTREE, SDK
from tests.server.rails_samples import VECTORS, changed

VECTOR: dict[str, dict[str, Any]] = {
    vector["id"]: vector for vector in json.loads((VECTORS / "braintree_webhook.json").read_text())["vectors"]
}
KEYS = ("integration_public_key", "integration_private_key")
NOW = Instant(1_792_190_400_000)
TRANSACTION = (
    "<transaction><id>abc</id><status>settled</status><type>sale</type><currency-iso-code>USD</currency-iso-code>"
    "<amount>12.50</amount><order-id>BANA01A0000017</order-id></transaction>"
)


def signed(xml: str, keys: tuple[str, str] = KEYS) -> bytes:
    payload = base64.encodebytes(xml.encode()).decode()
    return urlencode({"bt_signature": f"{keys[0]}|{signature(keys[1], payload)}", "bt_payload": payload}).encode()


def event(kind: str, subject: str = TRANSACTION) -> str:
    return (
        f'<notification><timestamp type="datetime">2026-11-21T03:00:00Z</timestamp><kind>{kind}</kind>'
        f"<subject>{subject}</subject></notification>"
    )


def told(body: bytes) -> Notice:
    return ADAPTER.read_notification(BRAINTREE, {}, body, NOW)


def refused(body: bytes, **credentials: str) -> tuple[str, int]:
    with pytest.raises(NotificationRefused) as caught:
        ADAPTER.read_notification(changed(BRAINTREE, **credentials), {}, body, NOW)
    return caught.value.reason, caught.value.answer.status


# ---- signatures


def test_the_published_challenge_is_answered() -> None:
    vector = VECTOR["challenge"]
    answer = ADAPTER.challenge(BRAINTREE, {"bt_challenge": vector["challenge"]})
    assert answer is not None
    assert (answer.status, answer.body.decode(), answer.content_type) == (200, vector["answer"], "text/plain")


@pytest.mark.parametrize("query", [{}, {"bt_challenge": ""}, {"bt_challenge": "xyz" * 8}, {"bt_challenge": "A" * 20}])
def test_nothing_else_is_answered(query: dict[str, str]) -> None:
    assert ADAPTER.challenge(BRAINTREE, query) is None
    asked = {"bt_challenge": VECTOR["challenge"]["challenge"]}
    assert ADAPTER.challenge(changed(BRAINTREE, private_key=""), asked) is None


def test_the_vectors_notification_is_believed_with_and_without_its_last_line_end() -> None:
    vector = VECTOR["check-notification"]
    public, private, payload = vector["public_key"], vector["private_key"], vector["bt_payload"]
    assert verified(public, private, vector["bt_signature"], payload)
    assert verified(public, private, f"other|1&{vector['bt_signature']}&third|2", payload)
    assert verified(public, private, vector["bt_signature"], payload.removesuffix("\n"))
    assert not verified(public, private, vector["bt_signature"], payload + "A")
    assert not verified(public, "other", vector["bt_signature"], payload)
    assert not verified("other", private, vector["bt_signature"], payload)
    assert not verified(public, private, vector["bt_signature"].replace("|", "|0"), payload)
    body = urlencode({name: vector[name] for name in ("bt_signature", "bt_payload")}).encode()
    assert isinstance(told(body), Ignored)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"bt_signature=a|b",
        b"\xff",
        signed(event("check"), ("integration_public_key", "somebody-else")),
        signed(event("check"), ("somebody-else", "integration_private_key")),
        signed(event("check")) + b"&bt_payload=AAAA",
        signed(event("check")).replace(b"bt_payload=", b"bt_payload=%21"),
        b"bt_signature=" + b"a" * MAX_NOTIFICATION_BYTES,
    ],
)
def test_a_notification_that_proves_nothing_is_refused(body: bytes) -> None:
    assert refused(body) == ("signature", 401)


def test_nothing_is_believed_without_keys() -> None:
    assert refused(signed(event("check"), ("", "")), public_key="", private_key="") == ("signature", 401)


@pytest.mark.parametrize(
    "xml",
    [
        "no xml",
        "<other/>",
        "<notification><kind>check</kind></notification>",
        event("transaction_settled", TRANSACTION.replace("12.50", "12.505")),
        event("transaction_settled", TRANSACTION.replace("<id>abc</id>", "")),
        '<!DOCTYPE x [<!ENTITY a "b">]>' + event("check"),
    ],
)
def test_a_genuine_notification_that_cannot_be_read_is_refused(xml: str) -> None:
    assert refused(signed(xml)) == ("malformed", 400)


# ---- what is told


def test_a_settled_sale_is_money() -> None:
    receipt = told(signed(event("transaction_settled")))
    assert isinstance(receipt, Receipt)
    assert (receipt.amount_minor, receipt.text, receipt.dedupe_key) == (12_50, "BANA01A0000017", "braintree:abc")
    assert receipt.paid_at == 1_795_230_000_000


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("check", '<check type="boolean">true</check>'),
        ("transaction_disbursed", "<transaction><id>abc</id><amount>12.50</amount></transaction>"),
        ("transaction_settled", TRANSACTION.replace("USD", "VND")),
        ("transaction_settled", TRANSACTION.replace("settled", "something_new")),
        ("transaction_reviewed", "<transaction-review><transaction-id>abc</transaction-id></transaction-review>"),
        ("subscription_expired", ""),
    ],
)
def test_what_tells_of_no_money_of_the_books_is_passed_over(kind: str, subject: str) -> None:
    first, second = told(signed(event(kind, subject))), told(signed(event(kind, subject)))
    assert isinstance(first, Ignored)
    assert first == second


@pytest.mark.parametrize(
    ("status", "kind", "stage"),
    [
        ("open", "chargeback", DisputeStage.OPENED),
        ("won", "chargeback", DisputeStage.WON),
        ("expired", "chargeback", DisputeStage.LOST),
        ("open", "retrieval", None),
        ("something_new", "chargeback", None),
    ],
)
def test_a_dispute_is_a_charge_back_unless_it_only_asks(status: str, kind: str, stage: DisputeStage | None) -> None:
    dispute = (
        f"<dispute><id>dp1</id><amount>12.50</amount><currency-iso-code>USD</currency-iso-code><kind>{kind}</kind>"
        f"<status>{status}</status><transaction><id>abc</id><order-id>R1</order-id></transaction></dispute>"
    )
    notice = told(signed(event(f"dispute_{status}", dispute)))
    if stage is None:
        assert isinstance(notice, Ignored)
    else:
        assert isinstance(notice, ChargeBack)
        assert (notice.stage, notice.payment_provider_ref, notice.text) == (stage, "abc", "R1")


KINDS = sorted(value for name, value in vars(SDK.WebhookNotification.Kind).items() if not name.startswith("_"))


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_every_sample_of_the_official_client_is_believed_and_read(kind: str) -> None:
    gateway = SDK.BraintreeGateway(SDK.Configuration(SDK.Environment.Sandbox, "merchant", *KEYS))
    sample = gateway.webhook_testing.sample_notification(kind, "my_id")
    fields = {"bt_signature": sample["bt_signature"], "bt_payload": sample["bt_payload"].decode()}
    notice = told(urlencode(fields).encode())
    expected: type[Notice] = Ignored
    if kind.startswith("dispute_"):
        expected = ChargeBack
    elif kind in {"transaction_settled", "transaction_retried"}:
        expected = Receipt
    elif kind == "transaction_settlement_declined":
        expected = ChargeBack
    assert isinstance(notice, expected)


def test_what_could_not_be_stored_comes_again() -> None:
    receipt = told(signed(event("transaction_settled")))
    assert ADAPTER.answer("accepted", receipt).status == 200
    assert ADAPTER.answer("unavailable", receipt).status == 503


# ---- XML


def test_a_document_is_written_and_read_again() -> None:
    fields: dict[str, Written] = {"a": "<&'\"> cà phê", "b": True, "c": {"d": "1"}, "e": ["x", "y"]}
    read = read_xml(write_xml("root", fields), 1000)
    assert read == {"root": {"a": "<&'\"> cà phê", "b": "true", "c": {"d": "1"}, "e": ["x", "y"]}}


def test_elements_that_stand_several_times_are_a_list_and_nil_is_nothing() -> None:
    xml = b'<r><a-b>1</a-b><a-b><c>2</c></a-b><n nil="true"/><e></e><l type="array"/></r>'
    assert read_xml(xml, 1000) == {"r": {"a_b": ["1", {"c": "2"}], "n": None, "e": "", "l": []}}


@pytest.mark.parametrize(
    "xml", [b"", b"<a>", b"<a/><b/>", b"<a>" * 31 + b"</a>" * 31, b"<!DOCTYPE a><a/>", b"<a>" + b"x" * 1000 + b"</a>"]
)
def test_what_is_no_plain_document_is_refused(xml: bytes) -> None:
    with pytest.raises(Unreadable):
        read_xml(xml, 500)


def test_a_text_that_xml_cannot_hold_is_not_written() -> None:
    with pytest.raises(ValueError, match="a"):
        write_xml("r", {"a": "\x00"})
