"""The checksum tables reproduce every published VNPAY sample that can be reproduced."""

from typing import Any

import pytest
from rails_samples import VNPAY_VECTORS

from server.rails.vnpay_checksums import (
    CHECK,
    CHECK_ANSWER,
    CREATE,
    CREATE_ANSWER,
    NOTIFICATION,
    REFUND,
    SignedFields,
    checksum,
    verified,
)

ORDERS = {
    "createQrcode request": CREATE,
    "createQrcode response": CREATE_ANSWER,
    "payment notification": NOTIFICATION,
    "CheckTrans request": CHECK,
    "CheckTrans response": CHECK_ANSWER,
    "refund request": REFUND,
}
PUBLISHED = [vector for vector in VNPAY_VECTORS.values() if vector["matches"] is True]
UNKNOWN = [v for v in VNPAY_VECTORS.values() if v["matches"] is False and v["signed_string"]]
SECRETS = {"refund request": "vnpayRefund"}


def fields_of(vector: dict[str, Any]) -> tuple[SignedFields, dict[str, str], str]:
    """Return a vector's order, fields and secret: from its fields where given, else from the signed text."""
    operation = vector["operation"].removesuffix(" (negative)")
    order = ORDERS[operation]
    if operation == "refund request":
        return order, vector["fields"], SECRETS[operation]
    *values, secret = vector["signed_string"].split("|")
    fields = dict(zip(order.names, values, strict=True))
    for name, value in (vector.get("fields") or {}).items():
        assert name not in fields or fields[name] == ("null" if value is None else value)
    return order, fields, secret


def test_every_kind_of_message_has_a_published_sample() -> None:
    assert {vector["operation"] for vector in PUBLISHED} == set(ORDERS)


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda vector: vector["id"])
def test_a_published_checksum_is_reproduced_in_either_case(vector: dict[str, Any]) -> None:
    order, fields, secret = fields_of(vector)
    assert checksum(order, fields, secret) == vector["checksum"].upper()
    assert verified(order, fields, secret, vector["checksum"].upper())
    assert verified(order, fields, secret, vector["checksum"].lower())


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda vector: vector["id"])
def test_every_signed_field_and_the_secret_count(vector: dict[str, Any]) -> None:
    order, fields, secret = fields_of(vector)
    for name in order.names:
        assert not verified(order, {**fields, name: fields[name] + "1"}, secret, vector["checksum"])
    assert not verified(order, fields, secret + "x", vector["checksum"])


@pytest.mark.parametrize("vector", UNKNOWN, ids=lambda vector: vector["id"])
def test_a_sample_of_an_unknown_secret_is_not_believed(vector: dict[str, Any]) -> None:
    order, fields, _ = fields_of(vector)
    for secret in ("vnpay@MERCHANT", "vnpay@123@langhaHangLa", "vnpayRefund"):
        assert not verified(order, fields, secret, vector["checksum"])


def test_a_changed_amount_does_not_keep_its_checksum() -> None:
    order, fields, secret = fields_of(VNPAY_VECTORS["ipn-tampered-amount"])
    assert checksum(order, fields, secret) == VNPAY_VECTORS["ipn-tampered-amount"]["checksum"]
    assert not verified(order, fields, secret, VNPAY_VECTORS["ipn-neway-902"]["checksum"])


def test_a_checksum_made_with_an_empty_secret_is_not_believed() -> None:
    _, fields, _ = fields_of(VNPAY_VECTORS["ipn-neway-902"])
    assert not verified(NOTIFICATION, fields, "", checksum(NOTIFICATION, fields, ""))


def test_fields_whose_borders_can_be_moved_are_not_believed() -> None:
    fields = {"code": "00", "bankCode": "A|B", "mobile": "C"}
    moved = {"code": "00", "bankCode": "A", "mobile": "B|C"}
    assert checksum(NOTIFICATION, fields, "s") == checksum(NOTIFICATION, moved, "s")
    assert not verified(NOTIFICATION, fields, "s", checksum(NOTIFICATION, fields, "s"))


@pytest.mark.parametrize("given", ["", "A", "Đ" * 32, "35A68A65132A9EAAB519EE4231CB090"])
def test_odd_checksums_are_refused(given: str) -> None:
    _, fields, secret = fields_of(VNPAY_VECTORS["ipn-neway-902"])
    assert not verified(NOTIFICATION, fields, secret, given)
