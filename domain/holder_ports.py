"""What the use cases of stored value need from a database, and what screens read of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.holders import Holder
from domain.ids import HolderId, Instant, VoucherId
from domain.policy import Actor


class Holders(Protocol):
    """Customers with stored value, and what they have."""

    def add(self, holder: Holder) -> None:
        """Keep a new holder with nothing stored."""

    def save(self, holder: Holder) -> None:
        """Keep a holder's new name."""

    def get(self, holder_id: HolderId) -> Holder | None:
        """Return a holder."""

    def balance(self, holder_id: HolderId) -> int:
        """Return what a holder has stored, in minor units, by the vouchers that are known here."""

    def reserved(self, holder_id: HolderId) -> int:
        """Return what of it is held for payments that are not taken yet, in minor units."""


@dataclass(frozen=True, slots=True)
class HolderRow:
    """A holder in a list; amounts are minor units. `unsent_minor` is the part that the hub has not heard of."""

    id: HolderId
    name: str
    phone: str
    balance_minor: int
    reserved_minor: int = 0
    unsent_minor: int = 0

    @property
    def available_minor(self) -> int:
        """What can be spent now, as far as this till knows: what waits for the hub cannot be."""
        return max(self.balance_minor - self.reserved_minor - self.unsent_minor, 0)


@dataclass(frozen=True, slots=True)
class HolderMove:
    """A voucher that moved a holder's stored value: up if above zero, minor units; `source_kind` says why."""

    voucher_id: VoucherId
    number: str
    at: Instant
    source_kind: str
    memo: str
    amount_minor: int


class HolderReads(Protocol):
    """What screens read of stored value; open to whoever may SEE_PAYMENTS, else NotPermitted is raised."""

    def find(self, actor: Actor, text: str, limit: int) -> Sequence[HolderRow]:
        """Return holders by a part of their name or phone, by name; all of them, up to `limit`, for no text.

        Who may not SEE_BALANCES finds only whom they know the whole phone number of, and nobody by anything else.
        """

    def get(self, actor: Actor, holder_id: HolderId) -> HolderRow | None:
        """Return one holder."""

    def moves(self, actor: Actor, holder_id: HolderId, limit: int) -> Sequence[HolderMove]:
        """Return the last movements of a holder's stored value, the newest first."""

    def total(self, actor: Actor) -> tuple[int, int]:
        """Return how many holders there are, and what all of them have stored, in minor units; needs SEE_BALANCES."""
