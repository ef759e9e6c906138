"""What a restored till settles with its hub before anything is sent or fetched: that it goes on as another device."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from domain.errors import ErrorCode
from domain.ids import DeviceId, Instant, new_id
from domain.messages import Succession
from sync.ports import HubProblem, RunInLedger, in_ledger
from sync.wire import PROTOCOL, SuccessionAnswer, SuccessionRequest

LETTERS: Final = 26
"""More offers than there are letters are not made."""

_log = structlog.get_logger("sync.succession")


class Heir(Protocol):
    """The till's database, as far as it knows of its restores."""

    def succession(self) -> Succession | None:
        """Return what the hub has not heard yet, or None."""

    def settle_succession(self) -> None:
        """Note that the hub has taken this device in the former one's place."""

    def take_letter(self, letter: str, device_id: DeviceId, at: Instant) -> None:
        """Go on under a letter that the hub has not given away; as the device named, if numbers were issued already."""


class Successor(Protocol):
    """The hub, as far as it seats restored tills."""

    async def succeed(self, request: SuccessionRequest) -> SuccessionAnswer:
        """Present a device; raises HubProblem."""


@dataclass(slots=True)
class Greeting:
    """Presents the till as what it is now; asked before every exchange, and nothing to do in nearly all of them."""

    heir: Heir
    run: RunInLedger
    hub: Successor
    now: Callable[[], Instant]
    fresh_id: Callable[[], str] = new_id
    _known: bool = False

    async def settle(self) -> None:
        """Make sure that the hub knows this device; raises HubProblem, and then nothing may be sent."""
        for _ in range(LETTERS):
            if self._known:
                return
            succession = await in_ledger(self.run, self.heir.succession)
            if succession is None:
                self._known = True
                return
            if succession.doubled:
                raise HubProblem(ErrorCode.TILL_FORKED, "doubled")
            answer = await self.hub.succeed(
                SuccessionRequest(protocol=PROTOCOL, device_id=succession.device_id, incarnation=succession.incarnation)
            )
            await self._heed(answer)
        raise HubProblem(ErrorCode.TILL_FORKED, "letters")

    async def _heed(self, answer: SuccessionAnswer) -> None:
        if answer.accepted:
            await in_ledger(self.run, self.heir.settle_succession)
            return
        _log.warning("letter_taken", next=answer.incarnation)
        device_id, at = DeviceId(self.fresh_id()), self.now()
        await in_ledger(self.run, lambda: self.heir.take_letter(answer.incarnation, device_id, at))
