"""Opening the keys before the till opens: by the passphrase, or by the recovery code where that is forgotten."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from domain.errors import DomainError, ErrorCode
from domain.ids import Instant
from ui.key_work import KeyGate
from ui.presenters.presenter import Presenter

FREE_TRIES: Final = 3
MOST_WAIT_S: Final = 60
"""Tries are unlimited, for the file can be copied and tried elsewhere; here each is only made slower."""

_COUNTED: Final = frozenset({ErrorCode.PASSPHRASE_WRONG, ErrorCode.RECOVERY_CODE_WRONG})


class UnlockWay(StrEnum):
    """What is typed."""

    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a way, not a secret
    CODE = "code"


@dataclass(frozen=True, slots=True)
class UnlockState:
    """`wait_s` counts down to the next try; `attempt` rises with every refusal.

    `wants_new` says that a new passphrase is chosen with the code, `differs` that it was not typed alike twice.
    """

    way: UnlockWay
    has_passphrase: bool
    has_code: bool
    wants_new: bool = False
    opening: bool = False
    wait_s: int = 0
    differs: bool = False
    attempt: int = 0
    problem: DomainError | None = None

    @property
    def can_try(self) -> bool:
        """Whether a try may be made now."""
        return not self.opening and not self.wait_s


class Compute(Protocol):
    """Runs slow work off the GUI thread and answers on it."""

    def __call__(
        self, op: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[DomainError], None]
    ) -> None: ...


class UnlockPresenter(Presenter[UnlockState]):
    """Tries what was typed off the GUI thread; nothing typed is kept in its state."""

    def __init__(
        self,
        gate: KeyGate,
        compute: Compute,
        now: Callable[[], Instant],
        opened: Callable[[bool], None],
    ) -> None:
        """`opened` goes on with the start and hears whether it was by the recovery code."""
        has_passphrase = gate.has_passphrase
        way = UnlockWay.PASSPHRASE if has_passphrase else UnlockWay.CODE
        super().__init__(UnlockState(way, has_passphrase, gate.has_code, wants_new=has_passphrase))
        self._gate, self._compute, self._now, self._opened = gate, compute, now, opened
        self._wrong = 0
        self._until: Instant | None = None

    def turn(self, way: UnlockWay) -> None:
        """Type the other thing."""
        if not self.state.opening:
            self._change(way=way, problem=None, differs=False)

    def open(self, passphrase: str) -> None:
        """Try a passphrase."""
        if self.state.can_try and passphrase:
            self._try(lambda: self._gate.open(passphrase), recovered=False)

    def recover(self, code: str, new: str = "", again: str = "") -> None:
        """Try the recovery code, and keep the keys under a new passphrase where one is wanted."""
        if not self.state.can_try or not code.strip():
            return
        if self.state.wants_new and new != again:
            self._change(differs=True, problem=None, attempt=self.state.attempt + 1)
        else:
            self._try(lambda: self._gate.recover(code, new if self.state.wants_new else ""), recovered=True)

    def tick(self) -> None:
        """Count the wait down."""
        if self._until is not None:
            left_ms = self._until - self._now()
            self._change(wait_s=max(0, -(-left_ms // 1000)))
            if left_ms <= 0:
                self._until = None

    def _try(self, op: Callable[[], None], *, recovered: bool) -> None:
        self._change(opening=True, problem=None, differs=False)
        self._compute(op, lambda _none: self._opened(recovered), self._refused)

    def _refused(self, error: DomainError) -> None:
        if error.code in _COUNTED:
            self._wrong += 1
        if self._wrong >= FREE_TRIES and error.code in _COUNTED:
            wait_s = min(MOST_WAIT_S, 2 ** (self._wrong - FREE_TRIES))
            self._until = Instant(self._now() + wait_s * 1000)
        wants_new = self.state.wants_new or error.code is ErrorCode.PASSPHRASE_NEEDED
        self._change(opening=False, wants_new=wants_new, problem=error, attempt=self.state.attempt + 1)
        self.tick()
