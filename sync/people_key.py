"""What a till settles with its hub before it tells of people: the one key that all tills of the shop use for them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant
from sync.ports import HubProblem, RunInLedger, in_ledger
from sync.wire import PeopleKeyAnswer, PeopleKeyRequest

AGAIN_MS: Final = 60_000
"""How long after a hub that knows no key yet, or does not speak of people, is asked again."""

_log = structlog.get_logger("sync.people_key")


class PeopleLedger(Protocol):
    """The till's database, as far as it knows what the hub has heard of its people."""

    def people_key_shared(self) -> bool:
        """Whether the hub and this till use one key."""

    def has_people(self) -> bool:
        """Whether people of this till have PINs under its own key."""

    def introduce_people(self, at: Instant) -> None:
        """Note that the key is shared, and tell the hub of everybody it has not heard of."""


class KeyHub(Protocol):
    """The hub, as far as it knows the shop's people key."""

    async def share_people_key(self, request: PeopleKeyRequest) -> PeopleKeyAnswer:
        """Show a till's own key and hear the shop's; raises HubProblem."""


@dataclass(slots=True)
class KeyExchange:
    """Settled before every exchange, and nothing to do in nearly all of them; it never holds up money.

    `own_key` is the key that a till has; `use_key` proves by the shop's from now on, and keeps one that is another, on
    the ledger's lane. Before that nothing is told of people: the hub would never believe it.
    """

    ledger: PeopleLedger
    run: RunInLedger
    hub: KeyHub
    now: Callable[[], Instant]
    own_key: Callable[[], bytes]
    use_key: Callable[[bytes], None]
    _settled: bool = False
    _asked_at: Instant | None = None

    async def settle(self) -> None:
        """Make sure that till and hub use one key, and that the hub has heard of everybody; raises HubProblem where the
        hub cannot be reached."""
        at = self.now()
        lately = self._asked_at is not None and 0 <= at - self._asked_at < AGAIN_MS
        if self._settled or lately:
            return
        if not await in_ledger(self.run, self.ledger.people_key_shared) and not await self._shared(at):
            return
        await in_ledger(self.run, lambda: self.ledger.introduce_people(at))
        self._settled = True

    async def _shared(self, at: Instant) -> bool:
        own_key = self.own_key()
        offered = await in_ledger(self.run, self.ledger.has_people)
        try:
            answer = await self.hub.share_people_key(PeopleKeyRequest(own_key=own_key.hex(), offered=offered))
        except HubProblem as problem:
            if problem.code is not ErrorCode.HUB_REFUSED:
                raise
            _log.warning("people_key_refused", reason=problem.reason, refusal=problem.refusal)
            self._asked_at = at
            return False
        if not answer.known:
            self._asked_at = at
            return False
        people_key = own_key if answer.people_key is None else bytes.fromhex(answer.people_key)
        try:
            await in_ledger(self.run, lambda: self.use_key(people_key))
        except StorageUnavailable as error:  # the key store is locked, say: the hub tells the key again
            _log.warning("people_key_not_kept", code=error.code)
            self._asked_at = at
            return False
        return True
