"""Whose credit money becomes: a phone number as it is typed, and who is known by it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.errors import RuleBroken
from domain.holder_ports import HolderRow
from domain.holders import holder_id, normal_phone
from domain.ids import HolderId, Instant, MerchantId, MessageId
from domain.policy import Actor
from domain.ports import UnitOfWork
from domain.services.holders import save_holder
from ui.presenters.desk import Desk


@dataclass(frozen=True, slots=True)
class HolderChoice:
    """What was typed: `key` is whose number it is, `holder` who is known by it, once `looked` up."""

    phone: str = ""
    name: str = ""
    key: HolderId | None = None
    holder: HolderRow | None = None
    looked: bool = False

    @property
    def is_new(self) -> bool:
        """Whether nobody is known by the number, so that a name is needed."""
        return self.looked and self.holder is None

    @property
    def is_named(self) -> bool:
        """Whether it is clear who keeps it."""
        return self.looked and (self.holder is not None or bool(self.name.strip()))

    def found(self, key: HolderId, holder: HolderRow | None) -> "HolderChoice":
        """Return the choice once it is known who bears a number; another one was typed meanwhile, perhaps."""
        return replace(self, holder=holder, looked=True) if key == self.key else self


def typed_phone(choice: HolderChoice, merchant_id: MerchantId, text: str) -> HolderChoice:
    """Return a choice with what was typed as the phone number; who bears another number is to be looked up."""
    key = phone_key(merchant_id, text)
    if key == choice.key:
        return replace(choice, phone=text)
    return replace(choice, phone=text, key=key, holder=None, looked=False)


def look_up(desk: Desk, key: HolderId, answer: Callable[[HolderId, HolderRow | None], None]) -> None:
    """Ask who is known by a number."""
    actor = desk.signed_in
    desk.work.query(lambda queries: queries.holders.get(actor, key), lambda found: answer(key, found))


def keep_chosen(uow: UnitOfWork, actor: Actor, choice: HolderChoice, message_id: MessageId, at: Instant) -> None:
    """Keep a customer who is not known yet; raises what `save_holder` raises."""
    if choice.key is None or uow.holders.get(choice.key) is None:
        save_holder(uow, actor, choice.phone, choice.name, message_id, at)


def phone_key(merchant_id: MerchantId, text: str) -> HolderId | None:
    """Return whose number was typed, None while it is none."""
    try:
        return holder_id(merchant_id, normal_phone(text))
    except RuleBroken:
        return None
