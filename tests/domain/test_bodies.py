"""Bodies of messages carry every field there and back, and whatever else arrives is refused by name."""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import Account, AccountType
from domain.bills import Bill
from domain.bodies import account_body, payment_body, read_account, read_payment, read_voucher, voucher_body
from domain.errors import DomainError, ErrorCode, FailureCode, RuleBroken
from domain.ids import (
    AccountId,
    BillId,
    CategoryId,
    DeviceId,
    HolderId,
    Instant,
    MerchantId,
    PaymentId,
    UserId,
    VoucherId,
)
from domain.messages import canonical_json
from domain.money import EXPONENTS, MAX_MINOR
from domain.payments import Cause, PaymentException, PaymentIntent, PaymentStatus
from domain.rails import Method, Provider
from domain.vouchers import Party, Posting, Side, SourceEvent, Voucher, VoucherType, issue
from tests.builders import BANK, BANK_ACCOUNT, BANK_BIN, MERCHANT, NOON, a_payment, a_voucher
from tests.domain.by_hand_samples import A_CHEQUE

Reader = Callable[[str, MerchantId], object]

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
INSTANTS = st.integers(min_value=0, max_value=2**46).map(Instant)
AMOUNTS = st.integers(min_value=1, max_value=MAX_MINOR)
COUNTS = st.integers(min_value=1, max_value=2**31)
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)

VOUCHERS = st.builds(
    Voucher,
    id=IDS.map(VoucherId),
    merchant_id=st.just(MERCHANT),
    device_id=IDS.map(DeviceId),
    type=st.sampled_from(VoucherType),
    currency=st.sampled_from(sorted(EXPONENTS)),
    business_date=st.dates().map(lambda date: date.isoformat()),
    created_at=INSTANTS,
    source=st.builds(SourceEvent, TEXTS, TEXTS),
    postings=st.builds(
        lambda debit, credit, amount: (Posting(debit, Side.DEBIT, amount), Posting(credit, Side.CREDIT, amount)),
        IDS.map(AccountId),
        IDS.map(AccountId),
        AMOUNTS,
    ),
    memo=TEXTS,
    category_id=st.none() | IDS.map(CategoryId),
    payment_id=st.none() | IDS.map(PaymentId),
    actor_id=st.none() | IDS.map(UserId),
    reverses=st.none() | IDS.map(VoucherId),
    party=st.builds(Party, TEXTS, TEXTS),
    attachments=st.integers(min_value=0, max_value=999),
    occurred_on=st.just("") | st.dates().map(lambda date: date.isoformat()),
    number=IDS,
    chain_seq=COUNTS,
    prev_hash=HASHES,
    hash=HASHES,
)
PAYMENTS = st.builds(
    PaymentIntent,
    id=IDS.map(PaymentId),
    merchant_id=st.just(MERCHANT),
    device_id=IDS.map(DeviceId),
    actor_id=IDS.map(UserId),
    reference=IDS,
    method=st.sampled_from(sorted(set(Method) - {Method.CHEQUE})),
    provider=st.sampled_from(sorted(set(Provider) - {Provider.STORED_VALUE})),
    amount_minor=AMOUNTS,
    currency=st.sampled_from(sorted(EXPONENTS)),
    created_at=INSTANTS,
    expires_at=INSTANTS,
    status=st.sampled_from(PaymentStatus),
    exception=st.sampled_from(PaymentException),
    received_minor=st.integers(min_value=0, max_value=MAX_MINOR),
    tendered_minor=st.integers(min_value=0, max_value=MAX_MINOR),
    paid_at=st.none() | INSTANTS,
    ended_at=st.none() | INSTANTS,
    updated_at=st.none() | INSTANTS,
    revision=COUNTS,
    qr_text=TEXTS,
    failure=st.none() | st.sampled_from(FailureCode),
    order_ref=TEXTS,
    customer_name=TEXTS,
    customer_phone=TEXTS,
    note=TEXTS,
    origin=TEXTS,
)
ACCOUNTS = st.builds(
    Account,
    id=IDS.map(AccountId),
    merchant_id=st.just(MERCHANT),
    type=st.sampled_from(sorted(set(AccountType) - {AccountType.CONTROL})),
    code=IDS,
    name=TEXTS,
    currency=st.sampled_from(sorted(EXPONENTS)),
    created_at=INSTANTS,
    control=st.none(),
    is_default=st.booleans(),
    bank_bin=TEXTS,
    bank_account=TEXTS,
    archived_at=st.none() | INSTANTS,
)

ISSUED = issue(
    a_voucher(
        memo="bán lẻ",
        category_id=CategoryId("category"),
        payment_id=PaymentId("payment"),
        actor_id=UserId("lan"),
        reverses=VoucherId("earlier"),
        party=Party("Anh Nam", "12 Hai Bà Trưng"),
        attachments=2,
        occurred_on="2026-11-01",
        holder_id=HolderId("holder"),
    ),
    "PT01A-26-000007",
    7,
    "0" * 64,
)
PAYMENT = a_payment(
    status=PaymentStatus.PAID,
    exception=PaymentException.PAID_LATE,
    received_minor=45_000,
    tendered_minor=50_000,
    paid_at=NOON,
    ended_at=NOON,
    qr_text="000201",
    failure=FailureCode.DECLINED,
    order_ref="HD-1",
    customer_name="Đức",
    customer_phone="0903",
    note="bàn 5",
    bill=Bill(BillId("0199c0de-0000-7000-8000-00000000b001"), 90_000),
    known_minor=20_000,
    confirmed_minor=5_000,
    option="mada",
    capture=False,
    capture_minor=30_000,
    held_minor=45_000,
    held_until=NOON,
    method=Method.CHEQUE,
    provider=Provider.STORED_VALUE,
    cheque=A_CHEQUE,
    holder_id=HolderId("holder"),
)
WALLET = Account(
    BANK,
    MERCHANT,
    AccountType.BANK,
    "1121",
    "Vietcombank",
    "VND",
    NOON,
    is_default=True,
    bank_bin=BANK_BIN,
    bank_account=BANK_ACCOUNT,
    archived_at=NOON,
)
BODIES: dict[str, tuple[Reader, str]] = {
    "voucher": (read_voucher, voucher_body(ISSUED)),
    "payment": (read_payment, payment_body(PAYMENT, Cause.HUB)),
    "account": (read_account, account_body(WALLET)),
}


@given(voucher=VOUCHERS)
def test_a_voucher_comes_back_as_it_was(voucher: Voucher) -> None:
    assert read_voucher(voucher_body(voucher), MERCHANT) == voucher


@given(intent=PAYMENTS, cause=st.sampled_from(Cause))
def test_a_payment_comes_back_as_it_was(intent: PaymentIntent, cause: Cause) -> None:
    assert read_payment(payment_body(intent, cause), MERCHANT) == (intent, cause)


@given(account=ACCOUNTS)
def test_a_wallet_comes_back_as_it_was(account: Account) -> None:
    assert read_account(account_body(account), MERCHANT) == account


@pytest.mark.parametrize("value", [ISSUED, PAYMENT, WALLET], ids=["voucher", "payment", "account"])
def test_every_field_differs_from_its_default_so_that_none_can_be_forgotten(value: Any) -> None:
    at_default = {
        field.name
        for field in fields(value)
        if field.default is not MISSING and getattr(value, field.name) == field.default
    }
    assert at_default <= {"revision", "control", "origin"}


def test_the_merchant_comes_from_the_caller_never_from_the_body() -> None:
    for reader, body in BODIES.values():
        told = {**json.loads(body), "merchant_id": "other", "merchant": "other"}
        read: Any = reader(canonical_json(told), MERCHANT)
        assert (read[0] if isinstance(read, tuple) else read).merchant_id == MERCHANT


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_is_written_in_one_way(kind: str) -> None:
    body = BODIES[kind][1]
    assert body == canonical_json(json.loads(body))
    assert "\\u" not in body


@pytest.mark.parametrize("kind", BODIES)
def test_a_field_of_a_newer_program_is_passed_over(kind: str) -> None:
    reader, body = BODIES[kind]
    assert reader(canonical_json({**json.loads(body), "tip": 5}), MERCHANT) == reader(body, MERCHANT)


def refusal(reader: Reader, body: str) -> ErrorCode | None:
    try:
        reader(body, MERCHANT)
    except DomainError as error:
        return error.code
    return None


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "{",
        "null",
        "[]",
        '"text"',
        "5",
        "{}",
        "NaN",
        '{"id":"x"}',
        '{"id":NaN}',
        "\ud800",
        pytest.param("[" * 100_000, id="deep"),
        pytest.param('{"a":' * 100_000, id="deep objects"),
        pytest.param('{"id":' + "9" * 5000 + "}", id="5000 digits"),
    ],
)
def test_what_is_no_body_is_refused(kind: str, body: str) -> None:
    assert refusal(BODIES[kind][0], body) is ErrorCode.MESSAGE_MALFORMED


MAY_LACK = {"attachments", "bill", "capture", "cheque", "holder", "occurred_on", "option", "party"}
FIELDS = [(kind, name) for kind, (_, body) in BODIES.items() for name in json.loads(body) if name not in MAY_LACK]


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_body_without_one_of_its_fields_is_refused(kind: str, name: str) -> None:
    reader, body = BODIES[kind]
    told = json.loads(body)
    del told[name]
    assert refusal(reader, canonical_json(told)) is ErrorCode.MESSAGE_MALFORMED


WRONG: dict[str, Any] = {
    "a fraction": 1.5,
    "yes": True,
    "a list": ["x"],
    "a mapping": {"x": 1},
    "half a letter": "\ud800",
    "a NUL": "a\x00b",
    "too long": "x" * 2001,
    "beyond 64 bits": 2**63,
    "far below": -(2**63),
}


@pytest.mark.parametrize(
    ("kind", "name", "wrong"),
    [(kind, name, wrong) for kind, name in FIELDS for wrong in WRONG if (name, wrong) != ("is_default", "yes")],
)
def test_a_field_of_another_shape_is_refused(kind: str, name: str, wrong: str) -> None:
    reader, body = BODIES[kind]
    told = json.dumps({**json.loads(body), name: WRONG[wrong]})
    assert refusal(reader, told) is ErrorCode.MESSAGE_MALFORMED


NULLABLE = {
    "category",
    "payment",
    "actor",
    "reverses",
    "paid_at",
    "ended_at",
    "held_until",
    "updated_at",
    "failure",
    "control",
}
NULLABLE_OF = {("account", "archived_at"), ("voucher", "actor")}


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_only_fields_that_may_be_missing_may_be_null(kind: str, name: str) -> None:
    reader, body = BODIES[kind]
    code = refusal(reader, canonical_json({**json.loads(body), name: None}))
    allowed = (kind, name) in NULLABLE_OF or (name in NULLABLE and (kind, name) != ("payment", "actor"))
    assert code is (None if allowed else ErrorCode.MESSAGE_MALFORMED)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("voucher", {"type": "pt"}),
        ("voucher", {"source": "ab"}),
        ("voucher", {"source": ["cash"]}),
        ("voucher", {"source": ["cash", "x", "y"]}),
        ("voucher", {"source": {"a": 1, "b": 2}}),
        ("voucher", {"chain": "abc"}),
        ("voucher", {"chain": [0, "a", "b"]}),
        ("voucher", {"chain": [-1, "a", "b"]}),
        ("voucher", {"chain": [1, "a", ""]}),
        ("voucher", {"chain": [1, "a"]}),
        ("voucher", {"chain": [1, "a", "b", "c"]}),
        ("voucher", {"number": ""}),
        ("voucher", {"business_date": ""}),
        ("voucher", {"business_date": "2026-02-30"}),
        ("voucher", {"business_date": "20261121"}),
        ("voucher", {"business_date": "2026-W47-6"}),
        ("voucher", {"created_at": -1}),
        ("voucher", {"created_at": 2**60}),
        ("voucher", {"lines": "DC"}),
        ("voucher", {"lines": {"abc": 1, "def": 2}}),
        ("voucher", {"lines": ["abc", "def"]}),
        ("voucher", {"lines": [["a", "D", 5], ["b", "X", 5]]}),
        ("voucher", {"lines": [["a", "D", 5], ["b", "C", 5, 5]]}),
        ("voucher", {"lines": [["a", "D", "5"], ["b", "C", "5"]]}),
        ("voucher", {"lines": [["a", "D", 5.0], ["b", "C", 5.0]]}),
        ("voucher", {"lines": [["a", "D", True], ["b", "C", True]]}),
        ("voucher", {"lines": [None, None]}),
        ("payment", {"status": "PAID"}),
        ("payment", {"status": ""}),
        ("payment", {"exception": "late"}),
        ("payment", {"method": "barter"}),
        ("payment", {"provider": "acme"}),
        ("payment", {"cause": "nobody"}),
        ("payment", {"failure": "no idea"}),
        ("payment", {"revision": 0}),
        ("payment", {"revision": 2**62}),
        ("payment", {"expires_at": 2**60}),
        ("payment", {"paid_at": -1}),
        ("account", {"type": "GOLD"}),
        ("account", {"type": "CONTROL"}),
        ("account", {"control": "sales"}),
        ("account", {"control": "gold"}),
        ("account", {"currency": "XYZ"}),
        ("account", {"is_default": 1}),
        ("account", {"is_default": "true"}),
    ],
)
def test_values_that_mean_nothing_are_refused(kind: str, changes: Mapping[str, Any]) -> None:
    reader, body = BODIES[kind]
    assert refusal(reader, canonical_json({**json.loads(body), **changes})) is ErrorCode.MESSAGE_MALFORMED


@pytest.mark.parametrize(
    ("kind", "changes", "code"),
    [
        ("voucher", {"lines": []}, ErrorCode.VOUCHER_INVALID),
        ("voucher", {"lines": [["a", "D", 5]]}, ErrorCode.VOUCHER_INVALID),
        ("voucher", {"lines": [["a", "D", 5], ["b", "C", 6]]}, ErrorCode.VOUCHER_UNBALANCED),
        ("voucher", {"lines": [["a", "D", 0], ["b", "C", 0]]}, ErrorCode.AMOUNT_INVALID),
        ("voucher", {"lines": [["a", "D", -5], ["b", "C", -5]]}, ErrorCode.AMOUNT_INVALID),
        ("payment", {"amount": 0}, ErrorCode.AMOUNT_INVALID),
        ("payment", {"amount": MAX_MINOR + 1}, ErrorCode.AMOUNT_INVALID),
        ("payment", {"received": -1}, ErrorCode.AMOUNT_INVALID),
        ("payment", {"tendered": -1}, ErrorCode.AMOUNT_INVALID),
    ],
)
def test_what_breaks_a_rule_of_the_books_is_refused_by_that_rule(
    kind: str, changes: Mapping[str, Any], code: ErrorCode
) -> None:
    reader, body = BODIES[kind]
    assert refusal(reader, canonical_json({**json.loads(body), **changes})) is code


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["paid", "PT", "D", "VND", "cash", "2026-11-21", "ab", "\x00"]),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=10), children, max_size=4),
    max_leaves=12,
)
KINDS = st.sampled_from(sorted(BODIES))


@given(kind=KINDS, told=JSON)
def test_any_json_is_read_or_refused(kind: str, told: Any) -> None:
    refusal(BODIES[kind][0], json.dumps(told))


@given(kind=KINDS, data=st.data())
def test_any_json_in_any_fields_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    reader, body = BODIES[kind]
    told = json.loads(body)
    names = data.draw(st.lists(st.sampled_from(sorted(told)), min_size=1, max_size=3, unique=True))
    text = json.dumps({**told, **{name: data.draw(JSON) for name in names}})
    if refusal(reader, text) is None:
        read = reader(text, MERCHANT)
        # What is taken can be kept and told on: it is written and read again as the same.
        again = (
            voucher_body(read)
            if isinstance(read, Voucher)
            else account_body(read)
            if isinstance(read, Account)
            else payment_body(*read)  # type: ignore[misc]  # a payment and its cause
        )
        assert reader(again, MERCHANT) == read
        again.encode()


@given(kind=KINDS, data=st.data())
def test_a_body_cut_or_damaged_anywhere_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    reader, body = BODIES[kind]
    place = data.draw(st.integers(min_value=0, max_value=len(body) - 1))
    kept = data.draw(st.integers(min_value=place, max_value=len(body)))
    refusal(reader, body[:place] + data.draw(st.text(max_size=3)) + body[kept:])


@given(body=st.text(max_size=60))
def test_any_text_is_read_or_refused(body: str) -> None:
    assert {refusal(reader, body) for reader, _ in BODIES.values()} == {ErrorCode.MESSAGE_MALFORMED}


def test_the_refusal_says_which_part_is_malformed() -> None:
    for kind, (reader, body) in BODIES.items():
        with pytest.raises(RuleBroken) as refused:
            reader(canonical_json({**json.loads(body), "id": 5}), MERCHANT)
        assert refused.value.facts == {"part": kind}


def test_a_text_of_two_thousand_letters_still_fits() -> None:
    noted = replace(PAYMENT, note="đ" * 2000)
    assert read_payment(payment_body(noted, Cause.HUB), MERCHANT)[0] == noted
