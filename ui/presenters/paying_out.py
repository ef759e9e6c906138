"""What forms that pay money out share: from where it may leave, the shop's limits, and how an amount is read."""

from dataclasses import dataclass
from typing import Final

from domain.accounts import AccountType
from domain.approvals import ApprovalLimits
from domain.errors import RuleBroken
from domain.ids import AccountId
from domain.money import MAX_MINOR, parse_amount
from domain.policy import Action, Actor
from domain.ports import Queries
from domain.rails import Method


@dataclass(frozen=True, slots=True)
class PayingWallet:
    """A wallet that money may be given back from; the cash drawer has no id, because the till knows which it is."""

    id: AccountId | None
    name: str = ""


DRAWER: Final = PayingWallet(None)


@dataclass(frozen=True, slots=True)
class PayingOptions:
    """What a form that pays money out is drawn from: the shop's limits, and from where money may leave."""

    limits: ApprovalLimits
    wallets: tuple[PayingWallet, ...]


def paying_options(queries: Queries, actor: Actor) -> PayingOptions:
    """Return the shop's limits and the wallets that a person may give money back from, the drawer first."""
    rows = queries.wallets(actor, False) if actor.may(Action.SEE_BALANCES) else ()
    drawer = queries.books.method_wallets().get(Method.CASH) or next(
        (row.id for row in rows if row.type is AccountType.CASH), None
    )
    others = (PayingWallet(row.id, row.name) for row in rows if row.id != drawer)
    return PayingOptions(queries.books.rules().limits, (DRAWER, *others))


def read_amount(text: str, currency: str) -> int | None:
    """Return an amount in minor units, None if it cannot be read in one way or is none."""
    try:
        amount = parse_amount(text, currency)
    except RuleBroken:
        return None
    return amount if 0 < amount <= MAX_MINOR else None
