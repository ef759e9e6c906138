"""One key for the people of all tills: settled with the hub before anything else, and never in the way of money."""

import asyncio
from dataclasses import dataclass, field

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant
from sync.people_key import AGAIN_MS, KeyExchange
from sync.ports import HubProblem
from sync.wire import PeopleKeyAnswer, PeopleKeyRequest
from tests.sync.memory_ledger import run_inline

OWN, SHOPS = bytes(32), bytes(range(32))


@dataclass
class Stage:
    """A till with its key, and a hub with its answer."""

    answer: PeopleKeyAnswer | HubProblem
    people: bool = True
    shared: bool = False
    key: bytes = OWN
    locked: bool = False
    used: list[bytes] = field(default_factory=list)
    at: int = 0
    introduced: list[int] = field(default_factory=list)
    asked: list[PeopleKeyRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.exchange = KeyExchange(self, run_inline, self, lambda: Instant(self.at), lambda: self.key, self._use)

    def _use(self, key: bytes) -> None:
        if self.locked:
            raise StorageUnavailable(ErrorCode.KEY_STORE_UNUSABLE)
        assert not self.introduced, "people are told of under the key that the hub has"
        self.used.append(key)
        self.key = key

    def people_key_shared(self) -> bool:
        return self.shared

    def has_people(self) -> bool:
        return self.people

    def introduce_people(self, at: Instant) -> None:
        self.introduced.append(at)

    async def share_people_key(self, request: PeopleKeyRequest) -> PeopleKeyAnswer:
        self.asked.append(request)
        if isinstance(self.answer, HubProblem):
            raise self.answer
        return self.answer

    def settle(self) -> None:
        asyncio.run(self.exchange.settle())


KNOWN = PeopleKeyAnswer(known=True)


def test_the_first_till_offers_its_key_once_and_introduces_its_people() -> None:
    stage = Stage(KNOWN)
    stage.settle()
    stage.settle()
    assert stage.asked == [PeopleKeyRequest(own_key=OWN.hex(), offered=True)]
    assert (stage.used, stage.introduced) == ([OWN], [0])


def test_another_till_keeps_the_key_it_is_told() -> None:
    stage = Stage(PeopleKeyAnswer(known=True, people_key=SHOPS.hex()), people=False)
    stage.settle()
    assert not stage.asked[0].offered
    assert stage.key == SHOPS


def test_a_till_that_has_shared_its_key_asks_no_more() -> None:
    stage = Stage(KNOWN, shared=True)
    stage.settle()
    assert (stage.asked, stage.introduced) == ([], [0])


@pytest.mark.parametrize(
    "answer", [PeopleKeyAnswer(known=False), HubProblem(ErrorCode.HUB_REFUSED, "http_404")], ids=["unknown", "old hub"]
)
def test_a_hub_that_cannot_say_yet_is_asked_again_later_and_holds_up_nothing(
    answer: PeopleKeyAnswer | HubProblem,
) -> None:
    stage = Stage(answer)
    stage.settle()
    stage.settle()
    assert (len(stage.asked), stage.used) == (1, [])
    stage.at = AGAIN_MS
    stage.answer = KNOWN
    stage.settle()
    assert (len(stage.asked), stage.introduced) == (2, [AGAIN_MS])


def test_a_hub_out_of_reach_is_told_as_that() -> None:
    stage = Stage(HubProblem(ErrorCode.NET_UNREACHABLE, "connection"))
    with pytest.raises(HubProblem):
        stage.settle()


def test_a_key_that_cannot_be_kept_now_is_asked_for_again_later_and_holds_up_nothing() -> None:
    stage = Stage(PeopleKeyAnswer(known=True, people_key=SHOPS.hex()), locked=True)
    stage.settle()
    stage.settle()
    assert (len(stage.asked), stage.introduced) == (1, [])
    stage.at, stage.locked = AGAIN_MS, False
    stage.settle()
    assert (stage.used, stage.introduced) == ([SHOPS], [AGAIN_MS])
