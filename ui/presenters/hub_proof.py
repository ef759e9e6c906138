"""The proof that the hub wants before an owner's act: the PIN typed once more, kept in memory alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from domain.errors import DomainError, ErrorCode, SyncProblem
from domain.ids import Instant
from ui.presenters.desk import Desk
from ui.presenters.hub_desk import HubDesk, Proof
from ui.presenters.presenter import Presenter
from ui.presenters.sign_in import PinStage

T = TypeVar("T")

SLOW_MS: Final = 500
"""An answer that takes longer than this is seen to be under way."""


@dataclass(frozen=True, slots=True)
class ProofState:
    """`asked` while a PIN is wanted of `person`; `ended` says that an earlier proof has come to its end.

    `tries_left`, `closed_s` and `attempt` are those of signing in. `slow` says that the hub has been asked something
    for a while.
    """

    asked: bool = False
    ended: bool = False
    person: str = ""
    stage: PinStage = PinStage.ENTER
    tries_left: int | None = None
    closed_s: int = 0
    attempt: int = 0
    problem: DomainError | None = None
    slow: bool = False


@dataclass(frozen=True, slots=True)
class _Wish:
    """An act that waits for its proof; what it sends stays inside the function."""

    op: Callable[[HubDesk, Proof], Any]
    done: Callable[[Any], None]
    failed: Callable[[DomainError], None]
    left: Callable[[], None]


class ProofPresenter(Presenter[ProofState]):
    """Runs an owner's acts at the hub, off the GUI thread, and asks for the PIN whenever the hub wants it."""

    def __init__(self, desk: Desk, hub: HubDesk | None) -> None:
        """`hub` is None where the till has none."""
        super().__init__(ProofState())
        self._desk = desk
        self._hub = hub
        self._proof: Proof | None = None
        self._waiting: list[_Wish] = []
        self._visit = 0
        self._under_way = 0
        self._since: Instant | None = None
        self._closed_until: Instant | None = None

    @property
    def proved(self) -> bool:
        """Whether the person at the till has typed the PIN; the hub may have forgotten it since."""
        return self._proof is not None

    def act(
        self,
        op: Callable[[HubDesk, Proof], T],
        done: Callable[[T], None],
        failed: Callable[[DomainError], None],
        left: Callable[[], None],
    ) -> None:
        """Run an act with the proof, after the PIN if none stands; `left` hears that the person would not type it."""
        self._run(_Wish(op, done, failed, left))

    def forget(self) -> None:
        """Drop the proof, here and at the hub, and all that waits for it; answers that still come are nobody's."""
        if self._proof is not None:
            self._withdraw(self._proof)
        self._visit += 1
        self._under_way, self._since = 0, None
        self._proof, self._closed_until = None, None
        self._waiting.clear()
        self._become(ProofState())

    def lapse(self) -> None:
        """Drop the proof, here and at the hub; what is under way is answered, or waits for the PIN once more."""
        self.cancel()
        proof, self._proof = self._proof, None
        if proof is not None:
            self._withdraw(proof)

    def cancel(self) -> None:
        """Type no PIN; what was to be done is not done, and what was typed for it stands."""
        waiting, self._waiting = self._waiting, []
        self._closed_until = None
        self._become(ProofState(slow=self.state.slow))
        for wish in waiting:
            wish.left()

    def submit(self, pin: str) -> None:
        """Enter the PIN; it is held nowhere but in the question to the hub."""
        if not self.state.asked or self.state.stage is not PinStage.ENTER:
            return
        visit, user_id = self._visit, self._desk.signed_in.user_id
        self._change(stage=PinStage.CHECKING, tries_left=None, problem=None)
        self._desk.work.compute(
            lambda: self._reached().prove(user_id, pin),
            lambda proof: self._proven(visit, proof),
            lambda error: self._refused(visit, error),
        )

    def tick(self) -> None:
        """Count a lock down, and say that the hub takes its time."""
        now = self._desk.now()
        if self._since is not None and now - self._since >= SLOW_MS:
            self._change(slow=True)
        if self._closed_until is None or not self.state.asked:
            return
        left_ms = self._closed_until - now
        if left_ms > 0:
            self._change(stage=PinStage.CLOSED, closed_s=-(-left_ms // 1000), tries_left=None)
        else:
            self._closed_until = None
            self._change(stage=PinStage.ENTER, closed_s=0)

    def _run(self, wish: _Wish, *, ended: bool = False) -> None:
        proof = self._proof
        if proof is None:
            self._ask(wish, ended=ended)
            return
        visit = self._visit
        self._under_way += 1
        self._since = self._since or self._desk.now()

        def done(answer: Any) -> None:
            if visit == self._visit:
                self._answered()
                wish.done(answer)

        def failed(error: DomainError) -> None:
            if visit != self._visit:
                return
            self._answered()
            if error.code is not ErrorCode.PERSON_SESSION_ENDED:
                wish.failed(error)
                return
            if self._proof is proof:
                self._proof = None
            self._run(wish, ended=True)

        self._desk.work.compute(lambda: wish.op(self._reached(), proof), done, failed)

    def _answered(self) -> None:
        self._under_way -= 1
        if self._under_way == 0:
            self._since = None
            self._change(slow=False)

    def _ask(self, wish: _Wish, *, ended: bool) -> None:
        self._waiting.append(wish)
        if not self.state.asked:
            person = self._desk.signed_in.name
            self._become(ProofState(asked=True, ended=ended, person=person, slow=self.state.slow))

    def _reached(self) -> HubDesk:
        if self._hub is None:
            raise SyncProblem(ErrorCode.NET_UNREACHABLE)
        return self._hub

    def _proven(self, visit: int, proof: Proof) -> None:
        if visit != self._visit or self.state.stage is not PinStage.CHECKING:
            self._withdraw(proof)  # nobody waits for it any more
            return
        self._proof = proof
        waiting, self._waiting = self._waiting, []
        self._become(ProofState(slow=self.state.slow))
        for wish in waiting:
            self._run(wish)

    def _withdraw(self, proof: Proof) -> None:
        self._desk.work.compute(lambda: self._reached().withdraw(proof), _withdrawn, _not_withdrawn)

    def _refused(self, visit: int, error: DomainError) -> None:
        if visit != self._visit or self.state.stage is not PinStage.CHECKING:
            return
        self._change(stage=PinStage.ENTER)
        if error.code is ErrorCode.PIN_LOCKED and "seconds" in error.facts:
            self._closed_until = Instant(self._desk.now() + int(error.facts["seconds"]) * 1000)
            self.tick()
            return
        wrong = error.code is ErrorCode.PIN_WRONG
        left = error.facts.get("tries_left") if wrong else None
        self._change(
            problem=None if wrong else error,
            tries_left=None if left is None else int(left),
            attempt=self.state.attempt + 1,
        )


def _withdrawn(_done: None) -> None:
    """The hub has forgotten the proof, too."""


def _not_withdrawn(_error: DomainError) -> None:
    """The hub forgets it by itself a quarter of an hour after the PIN; nobody is there any more to be told."""
