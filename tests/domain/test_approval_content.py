"""What an approval is bound to: the whole content of what will be booked, so that no column changes behind it."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from domain.approvals import asked_of
from domain.categories import category_id
from domain.drafts import Draft, DraftLine
from domain.errors import ErrorCode, NotPermitted
from domain.ids import DeviceId, Instant
from domain.services.accounts import grant_account
from domain.services.approvals import asked_for
from domain.services.drafts import issue_draft, save_draft
from domain.services.vouchers import void_voucher
from domain.vouchers import Party, Posting, Side, SourceEvent, Voucher, VoucherType, content_hash, reversal_of
from storage.till import TillUnits
from tests.builders import BANK, CASH, CASHIER, MANAGER, MERCHANT, NOON, OWNER, a_voucher, an_id
from tests.domain.approval_samples import (
    OTHER_MANAGER,
    TODAY,
    a_draft,
    add_people,
    forged,
    grant,
    pay,
    to_issue,
    to_void,
)
from tests.domain.till_facts import code_of

LONG_AGO = "2026-11-13"


@pytest.fixture
def till(till_units: TillUnits) -> TillUnits:
    add_people(till_units)
    return till_units


EDITS: dict[str, Callable[[Draft], Draft]] = {
    "type": lambda draft: replace(draft, type=VoucherType.RECEIPT, category_id=category_id(MERCHANT, "other_income")),
    "business_date": lambda draft: replace(draft, business_date="2026-11-12"),
    "wallet_id": lambda draft: replace(draft, wallet_id=BANK),
    "category_id": lambda draft: replace(draft, category_id=category_id(MERCHANT, "payroll")),
    "amount_minor": lambda draft: replace(draft, amount_minor=draft.amount_minor + 1),
    "memo": lambda draft: replace(draft, memo="Tiền điện"),
    "party": lambda draft: replace(draft, party=Party("Ông Ba")),
    "attachments": lambda draft: replace(draft, attachments=1),
    "lines": lambda draft: replace(
        draft,
        type=VoucherType.ADJUSTMENT,
        lines=(DraftLine(CASH, Side.CREDIT, 70_000), DraftLine(BANK, Side.DEBIT, 70_000)),
    ),
    "target_id and fee_minor": lambda draft: replace(draft, type=VoucherType.TRANSFER, target_id=BANK, fee_minor=1_000),
}
NOT_BOOKED = {"id", "created_at", "updated_at", "actor_id"}
"""What names a draft, or tells of the writing; another draft's approval is another record's."""


def test_every_field_of_a_draft_is_edited_below_or_is_not_booked() -> None:
    edited = {part for name in EDITS for part in name.split(" and ")}
    assert edited | NOT_BOOKED == {field.name for field in fields(Draft)}


@pytest.mark.parametrize("name", EDITS)
def test_a_draft_that_was_edited_after_its_approval_needs_a_new_one(name: str, till: TillUnits) -> None:
    for actor in (MANAGER, OTHER_MANAGER):
        till.run(lambda uow, actor=actor: grant_account(uow, OWNER, actor.user_id, BANK, NOON, granted=True))
    draft = a_draft("late", 70_000, LONG_AGO)
    approval = grant(till, to_issue(till, draft))
    edited = EDITS[name](draft)
    till.run(lambda uow: save_draft(uow, MANAGER, edited))
    refused = code_of(till, lambda uow: issue_draft(uow, MANAGER, draft.id, NOON, approval=approval))
    assert refused is ErrorCode.APPROVAL_OTHER
    again = grant(till, to_issue(till, edited), name="again")
    issued = till.run(lambda uow: issue_draft(uow, MANAGER, draft.id, NOON, approval=again))
    assert issued.source.id == draft.id


COLUMNS: dict[str, Any] = {
    "merchant_id": "other",
    "device_id": "another till",
    "type": VoucherType.ADJUSTMENT,
    "currency": "AUD",
    "business_date": "2026-11-20",
    "source": SourceEvent("reversal", "other"),
    "postings": (Posting(CASH, Side.CREDIT, 45_000), Posting(BANK, Side.DEBIT, 45_000)),
    "memo": "other",
    "category_id": "other",
    "payment_id": "other",
    "reverses": "other",
    "party": Party("other"),
    "attachments": 3,
    "occurred_on": "2026-11-01",
    "holder_id": "other",
}
GIVEN_BY_ISSUING = {"id", "created_at", "number", "chain_seq", "prev_hash", "hash"}


def test_the_hash_of_a_content_covers_every_column_that_is_booked() -> None:
    voucher = a_voucher()
    assert COLUMNS.keys() | GIVEN_BY_ISSUING | {"actor_id"} == {field.name for field in fields(Voucher)}
    hashes = {content_hash(replace(voucher, **{name: value})) for name, value in COLUMNS.items()}
    assert len(hashes | {content_hash(voucher)}) == len(COLUMNS) + 1
    issued = replace(voucher, number="PT01A-26-000001", chain_seq=1, prev_hash="a", hash="b", created_at=Instant(1))
    assert content_hash(issued) == content_hash(voucher), "what is approved is found again in what was booked"


def test_an_approval_holds_for_the_reason_and_at_the_till_it_was_given_for(till: TillUnits) -> None:
    voucher = pay(till)
    approval = grant(till, to_void(voucher))
    other_reason = code_of(
        till, lambda uow: void_voucher(uow, MANAGER, voucher.id, NOON, reason="khác", approval=approval)
    )
    assert other_reason is ErrorCode.APPROVAL_OTHER
    elsewhere = asked_for(reversal_of(voucher, DeviceId(an_id("till 02")), NOON, TODAY, "ghi nhầm"))
    unbound = replace(approval.asked, content="")
    for asked in (elsewhere, unbound):
        wrong = forged(approval, asked=asked)
        refused = code_of(
            till,
            lambda uow, wrong=wrong: void_voucher(uow, MANAGER, voucher.id, NOON, reason="ghi nhầm", approval=wrong),
        )
        assert refused is ErrorCode.APPROVAL_OTHER
    till.run(lambda uow: void_voucher(uow, MANAGER, voucher.id, NOON, reason="ghi nhầm", approval=approval))


def test_a_refusal_tells_a_cashier_nothing_of_a_voucher_that_is_not_theirs(till: TillUnits) -> None:
    voucher = pay(till)
    with pytest.raises(NotPermitted) as refused:
        till.run(lambda uow: void_voucher(uow, CASHIER, voucher.id, NOON, reason="ghi nhầm"))
    assert (refused.value.code, refused.value.facts) == (ErrorCode.APPROVAL_NEEDED, {})
    assert asked_of(refused.value) is None
