"""What tests of messages share: codes, messages that say something else, and whether a refusal was whole."""

import json
from dataclasses import replace
from typing import Any

from domain.accounts import AccountType
from domain.bodies import read_voucher, voucher_body
from domain.errors import ErrorCode
from domain.ids import AccountId, Instant
from domain.messages import Message, MessageKind, canonical_json
from domain.payments import PaymentIntent
from domain.rails import Method
from domain.services.accounts import open_wallet
from domain.vouchers import chain_hash
from tests.builders import MERCHANT, NOON, OWNER, an_id
from tests.property.shop_stage import Shop, Till

DUE = 45_000


def a_code(till: Till, name: str = "code", method: Method = Method.VIETQR) -> PaymentIntent:
    """Show a code of DUE at a till."""
    return till.start(name, method, DUE, NOON)


def message_of(till: Till, kind: MessageKind) -> Message:
    """Return the last message of a kind that waits at a till."""
    return [message for message in till.waiting() if message.kind is kind][-1]


def changed(message: Message, **facts: Any) -> Message:
    """Return a message whose body says something else."""
    return replace(message, body=canonical_json({**json.loads(message.body), **facts}))


def rehashed(message: Message, **facts: Any) -> Message:
    """Return a voucher's message with other columns, its hash computed anew as a forger would."""
    forged = replace(read_voucher(message.body, MERCHANT), **facts)
    return replace(message, body=voucher_body(replace(forged, hash=chain_hash(forged))))


def dump(shop: Shop) -> list[list[tuple[Any, ...]]]:
    """Return all that the hub holds."""
    names = shop.hub_books.ask("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [sorted(shop.hub_books.ask(f"SELECT * FROM {name}"), key=repr) for (name,) in sorted(names)]


def refused(shop: Shop, message: Message) -> ErrorCode | None:
    """Return why the hub refuses a message, having looked that nothing of it stayed."""
    before = dump(shop)
    (outcome,) = shop.take([message])
    assert dump(shop) == before
    return outcome.code


def open_at(till: Till, name: str, at: Instant = NOON, kind: AccountType = AccountType.CASH) -> AccountId:
    """Open a wallet at a till; a name at a till is one wallet."""
    account_id = AccountId(an_id(f"{name} of {till.setup.till_code}"))
    owner = replace(OWNER, device_id=till.setup.device_id)
    till.units.run(lambda uow: open_wallet(uow, owner, account_id, kind, name, at, opening_minor=1_000))
    return account_id
