"""The simulator's own signing functions against the published and computed samples."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.simulator import vnpay_signing as signing
from server.simulator.bank import sepay_signature

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
MMS = {
    vector["id"]: vector for vector in json.loads((VECTORS / "vnpay_checksums.json").read_text(encoding="utf-8"))["mms"]
}
BANK = {
    vector["id"]: vector
    for vector in json.loads((VECTORS / "bank_webhooks.json").read_text(encoding="utf-8"))["vectors"]
}
ORDERS = {
    "createQrcode request": signing.CREATE_FIELDS,
    "createQrcode response": signing.CREATE_ANSWER_FIELDS,
    "payment notification": signing.NOTIFICATION_FIELDS,
    "payment notification (negative)": signing.NOTIFICATION_FIELDS,
    "CheckTrans request": signing.CHECK_FIELDS,
    "CheckTrans response": signing.CHECK_ANSWER_FIELDS,
}


def recomputed(vector: dict[str, Any]) -> str:
    """Sign the vector's values in the simulator's order of fields, not in the vector's."""
    if vector["operation"] == "refund request":
        return signing.refund_checksum(vector["fields"], "vnpayRefund")
    order = ORDERS[vector["operation"]]
    values = vector["signed_string"].split("|")
    secret = values[len(order)]
    fields: dict[str, object] = dict(zip(order, values, strict=False))
    if vector["operation"] == "createQrcode response":
        return signing.answer_checksum(fields | vector["fields"], order, secret)
    return signing.request_checksum(fields | (vector["fields"] or {}), order, secret)


MATCHING = sorted(name for name, vector in MMS.items() if vector["matches"] is True)


def test_every_published_sample_is_among_the_vectors() -> None:
    assert len(MATCHING) == 7


@pytest.mark.parametrize("name", MATCHING)
def test_a_published_checksum_is_reproduced(name: str) -> None:
    assert signing.same(MMS[name]["checksum"], recomputed(MMS[name]))


def test_the_checksum_of_a_tampered_amount_differs_from_the_captured_one() -> None:
    tampered = MMS["ipn-tampered-amount"]
    assert signing.same(tampered["checksum"], recomputed(tampered))
    assert not signing.same(MMS["ipn-neway-902"]["checksum"], recomputed(tampered))


def test_checksums_are_upper_case_and_compared_in_either_case() -> None:
    checksum = recomputed(MMS["ipn-neway-902"])
    assert checksum == checksum.upper()
    assert signing.same(checksum.lower(), checksum)
    assert not signing.same(None, checksum)
    assert not signing.same("ü", checksum)


def test_a_missing_field_is_signed_as_an_empty_string() -> None:
    full = dict.fromkeys(signing.CREATE_FIELDS, "")
    assert signing.request_checksum({}, signing.CREATE_FIELDS, "s") == signing.request_checksum(
        full, signing.CREATE_FIELDS, "s"
    )


def test_the_sepay_signature_of_the_sample_is_reproduced() -> None:
    vector = BANK["sepay-hmac"]
    signature = sepay_signature(vector["key"], vector["headers"]["X-SePay-Timestamp"], vector["body"].encode())
    assert signature == vector["headers"]["X-SePay-Signature"]
