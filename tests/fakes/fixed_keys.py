"""Keys of which a test says how they stand, and a till that is only said to end."""

from collections.abc import Callable
from dataclasses import dataclass, field

from domain.errors import DomainError, ErrorCode, RuleBroken, StorageUnavailable
from domain.ids import Instant
from domain.policy import Action, Actor, require
from tests.fakes.attached_window import FakeControl
from tests.fakes.plain_pins import PlainPins
from ui.key_work import KeyPlace, KeysLook, NoKeys, NoLeaving
from ui.presenters.desk import Desk
from ui.presenters.keys import KeysPresenter

CODE = "AB12-CD34-EF56-GH78-JK90-MN12-PQ1X"
BEFORE = "four black cats on a roof"


@dataclass
class FixedKeys:
    """Keys that note what is done to them; `refusal` is what keeping them fails with."""

    place: KeyPlace = KeyPlace.COMPUTER
    code_made_at: Instant | None = None
    least: int = 12
    passphrases: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    refusal: DomainError | None = None

    def look(self, actor: Actor) -> KeysLook:
        require(actor, Action.KEEP_KEYS)
        return KeysLook(self.place, self.code_made_at)

    def check_passphrase(self, passphrase: str) -> None:
        if len(passphrase) < self.least:
            raise RuleBroken(ErrorCode.PASSPHRASE_SHORT, least=self.least)

    def set_passphrase(self, actor: Actor, before: str, passphrase: str) -> bool:
        require(actor, Action.KEEP_KEYS)
        if self.refusal is not None:
            raise self.refusal
        changed = self.place is KeyPlace.PASSPHRASE
        if changed and before != BEFORE:
            raise StorageUnavailable(ErrorCode.PASSPHRASE_WRONG)
        self.place = KeyPlace.PASSPHRASE
        self.passphrases.append(passphrase)
        return changed

    def new_code(self) -> str:
        return CODE

    def keep_code(self, actor: Actor, code: str) -> None:
        require(actor, Action.KEEP_KEYS)
        if self.refusal is not None:
            raise self.refusal
        self.codes.append(code)


@dataclass
class NotedLeaving:
    """Notes who leaves with a copy where; `refusal` is what it fails with."""

    hub_here: bool = False
    left: list[str] = field(default_factory=list)
    started: int = 0
    refusal: DomainError | None = None

    def leave(self, actor: Actor, copy: str, failed: Callable[[DomainError], None]) -> None:
        require(actor, Action.LEAVE_TILL)
        if self.refusal is None:
            self.left.append(copy)
        else:
            failed(self.refusal)

    def start_anew(self) -> None:
        self.started += 1


def no_keys(desk: Desk) -> KeysPresenter:
    """Return the part of the settings that has nothing to protect."""
    return KeysPresenter(desk, PlainPins(), NoKeys(), NoLeaving(), FakeControl())
