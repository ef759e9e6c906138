"""Every fault at every provider, switched on by the page, by the API and by a seed, as it is seen on the wire."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from domain.matching import find_reference
from domain.rails import Receipt
from server.rails.base import NotificationRefused
from server.simulator.chaos import Chaos, ChaosSwitches
from server.simulator.stalls import known_stalls
from tests.server.simulator.shopfronts import FRONTS, Front, Street, street

MUCH = 60
DELAY_S = 0.2
COPIES = 2
OFF = 1_000
OWN_CODES = frozenset(front.name for front in FRONTS if front.own_code)
"""With a code of the till's own there is no call before whose answer anything could be told."""


class Town:
    """A street that is opened anew when much has happened in it: telling all of that takes the simulator time."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._street: Street | None = None

    def street(self) -> Street:
        """Return a street in which a new scene begins."""
        if self._street is None or len(self._street.receiver.got) > MUCH:
            self.close()
            self._street = self._stack.enter_context(street())
        self._street.next_scene()
        return self._street

    def close(self) -> None:
        """Close the street."""
        self._stack.close()


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    opened = Town()
    yield opened
    opened.close()


@pytest.fixture
def here(town: Town) -> Street:
    return town.street()


Turn = Callable[[Street, Front, str, object], None]


def by_page(here: Street, front: Front, switch: str, value: object) -> None:
    """Do what the page's script does when a person chooses the provider and turns the switch."""
    form = here.stage.http.get("/?lang=en").text.partition('<form id="chaos"')[2].partition("</form>")[0]
    assert f'<option value="{front.name}"' in form.partition("</select>")[0]
    control = re.search(rf'<input type="(\w+)" name="{switch}"([^>]*)>', form)
    assert control is not None, switch
    kind, told = control[1], dict(re.findall(r'(\w[\w-]*)="([^"]*)"', html.unescape(control[2])))
    assert (kind == "checkbox") == isinstance(value, bool)
    if isinstance(value, int | float) and kind == "number":
        assert float(told["min"]) <= value <= float(told["max"])
        assert told["step"] == "any" or value == int(value)
    here.stage.control("chaos", only=front.name)
    here.stage.control("chaos", **{switch: value})


def by_api(here: Street, front: Front, switch: str, value: object) -> None:
    here.stage.control("chaos", **{"only": front.name, switch: value})


def by_seed(here: Street, front: Front, switch: str, value: object) -> None:
    """Let chance decide, with odds that leave it no choice."""
    here.stage.control("chaos", **{"only": front.name, "seed": 7, "odds": 1, switch: value})


def sold(here: Street, front: Front) -> int:
    """Sell and pay once without faults; return how many notifications that makes."""
    here.pays(front, here.sells(front))
    return len(here.got(front))


def is_lost(here: Street, front: Front, turn: Turn) -> None:
    turn(here, front, "drop", True)
    since = here.last_event()
    assert sold(here, front) == 0
    assert {event["state"] for event in here.events(front, since)} == {"lost"}


def is_late(here: Street, front: Front, turn: Turn) -> None:
    turn(here, front, "delay_s", DELAY_S)
    since = here.last_event()
    assert sold(here, front) > 0
    for event in here.events(front, since):
        assert event["attempts"][0]["at_ms"] - event["at_ms"] >= DELAY_S * 1000


def is_doubled(here: Street, front: Front, turn: Turn) -> None:
    usual = sold(here, front)
    turn(here, front, "duplicate", COPIES)
    since = here.last_event()
    assert sold(here, front) == usual + usual * (1 + COPIES)
    assert {len(event["attempts"]) for event in here.events(front, since)} == {1 + COPIES}


def is_overtaken(here: Street, front: Front, turn: Turn) -> None:
    sales = [here.sells(front), here.sells(front)]
    turn(here, front, "reorder", True)
    here.stage.control("chaos", text_style="exact")
    since = here.last_event()
    for sale in sales:
        here.pays(front, sale)
    here.stage.idle()
    first, *others = here.events(front, since)
    (left,) = first["attempts"]
    assert any(tried["at_ms"] + tried["took_ms"] <= left["at_ms"] for other in others for tried in other["attempts"])
    told = [here.read(front, delivery)[0] for delivery in here.got(front)]
    if len(told) == 2 and all(isinstance(notice, Receipt) for notice in told):
        assert [find_reference(notice.text) for notice in told] == [sale.reference for sale in reversed(sales)]


def is_of_another_amount(here: Street, front: Front, turn: Turn) -> None:
    turn(here, front, "amount_off", OFF)
    sold(here, front)
    assert here.amounts(front) == {front.amount + OFF}
    here.next_scene()
    turn(here, front, "amount_off", -OFF)
    sold(here, front)
    assert here.amounts(front) == {front.amount - OFF}


def is_wrongly_signed(here: Street, front: Front, turn: Turn) -> None:
    turn(here, front, "bad_signature", True)
    assert sold(here, front) > 0
    for delivery in here.got(front):
        with pytest.raises(NotificationRefused) as refused:
            here.read(front, delivery)
        assert refused.value.reason == "signature"


def is_there_before_the_answer(here: Street, front: Front, turn: Turn) -> None:
    turn(here, front, "notify_before_create", True)
    here.sells(front)
    early = here.got_by_now(front)
    if front.name in OWN_CODES:
        assert early == []
    else:
        assert early != []


FAULTS = (
    is_lost,
    is_late,
    is_doubled,
    is_overtaken,
    is_of_another_amount,
    is_wrongly_signed,
    is_there_before_the_answer,
)


def test_all_eleven_providers_are_there() -> None:
    assert len(FRONTS) == 11
    assert {front.name for front in FRONTS} == {"bank", "vnpay", *(stall.name for stall in known_stalls())}


@pytest.mark.parametrize("turn", [by_page, by_api, by_seed])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("front", FRONTS, ids=lambda front: front.name)
def test_a_notification(here: Street, front: Front, fault: Callable[[Street, Front, Turn], None], turn: Turn) -> None:
    fault(here, front, turn)


@pytest.mark.parametrize("front", FRONTS, ids=lambda front: front.name)
def test_only_the_named_provider_misbehaves(here: Street, front: Front) -> None:
    other = next(each for each in FRONTS if each is not front)
    here.stage.control("chaos", only=other.name, drop=True, bad_signature=True, amount_off=OFF)
    assert sold(here, front) > 0
    assert here.amounts(front) == {front.amount}


@pytest.mark.parametrize("front", FRONTS, ids=lambda front: front.name)
def test_the_same_seed_brings_the_same_faults_and_another_one_others(here: Street, front: Front) -> None:
    def played(seed: int) -> list[tuple[tuple[str, ...], int, int]]:
        here.next_scene()
        here.stage.control("chaos", seed=seed, drop=True, duplicate=1, bad_signature=True, amount_off=OFF)
        since = here.last_event()
        for _ in range(5):
            here.pays(front, here.sells(front))
        here.stage.idle()
        return [
            (tuple(event["chaos"]), event["amount"], min(len(event["attempts"]), 2))
            for event in here.events(front, since)
        ]

    first = played(1)
    assert played(1) == first
    assert {mark for marks, _, _ in first for mark in marks} >= {"drop", "duplicate"}
    assert played(2) != first


def test_a_seed_brings_each_provider_its_chances_whatever_the_others_do() -> None:
    def drawn(between: int) -> list[bool]:
        chaos = Chaos(ChaosSwitches(seed=3, drop=True))
        told = []
        for _ in range(30):
            told.append(chaos.strikes("drop", "stripe"))
            for _ in range(between):
                chaos.strikes("drop", "vnpay")
        return told

    assert drawn(0) == drawn(2)
    assert set(drawn(0)) == {True, False}


def test_nobody_can_be_named_who_is_not_there(here: Street) -> None:
    assert here.stage.http.post("/control/chaos", json={"only": "nobody"}).status_code == 422
    assert here.stage.state()["chaos"]["only"] == ""
