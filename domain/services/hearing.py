"""The trail of what a till hears: what the hub's news changed here, and how it stood before."""

from collections.abc import Iterator
from contextlib import contextmanager

from domain import trail
from domain.accounts import Account
from domain.ids import CategoryId, Instant
from domain.payments import Cause, PaymentIntent
from domain.ports import UnitOfWork
from domain.services.accounts import account_facts
from domain.services.categories import category_facts
from domain.services.payment_changes import change_facts
from domain.services.settings import standing_setting


def note_wallet(uow: UnitOfWork, before: Account | None, after: Account, at: Instant) -> None:
    """Note a wallet that the hub told of, or that had to give its name to one that the hub told of."""
    facts = trail.changed({} if before is None else account_facts(before), account_facts(after))
    uow.audit.add("wallet.heard", after.id, None, at, {"name": after.name, **facts}, cause=Cause.HUB)


def note_payment(uow: UnitOfWork, before: PaymentIntent, after: PaymentIntent, at: Instant) -> None:
    """Note what became of a payment by the hub's word."""
    uow.audit.add("payment.heard", after.id, None, at, change_facts(before, after), cause=Cause.HUB)


@contextmanager
def category_noted(uow: UnitOfWork, category_id: CategoryId, at: Instant) -> Iterator[None]:
    """Note what is changed inside of a category; nothing if it is refused or stays as it was."""
    before = _category(uow, category_id)
    yield
    after = _category(uow, category_id)
    if facts := trail.changed(before, after):
        uow.audit.add("category.heard", category_id, None, at, {"name": after["name"], **facts}, cause=Cause.HUB)


@contextmanager
def setting_noted(uow: UnitOfWork, key: str, at: Instant) -> Iterator[None]:
    """Note what is changed inside of a setting; nothing if it is refused or stays as it was."""
    before = standing_setting(uow, key)
    yield
    if facts := trail.changed(before, standing_setting(uow, key)):
        uow.audit.add("setting.heard", key, None, at, facts, cause=Cause.HUB)


def _category(uow: UnitOfWork, category_id: CategoryId) -> trail.Facts:
    category = uow.categories.get(category_id)
    return {} if category is None else category_facts(uow, category)
