"""Signing in: a right PIN opens the till, wrong ones close it for a while, and the lock asks who was there."""

from dataclasses import replace

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import UserId
from domain.people import FIRST_LOCK_MS, User
from domain.policy import Actor, Role
from tests.fakes.counter import Counter
from tests.fakes.small_shop import MERCHANT, SmallShop
from ui.presenters.sign_in import PinStage, SignInPresenter


class PlainPins:
    """A PIN check without the slowness."""

    def hash(self, pin: str) -> str:
        return f"hashed:{pin}"

    def matches(self, pin_hash: str, pin: str) -> bool:
        return pin_hash == self.hash(pin)


def a_shop(*names: str) -> SmallShop:
    users = [User(UserId(f"u-{name}"), MERCHANT, name, Role.CASHIER, "hashed:1234") for name in names]
    return SmallShop(users={user.id: user for user in users})


@pytest.fixture
def counter() -> Counter:
    return Counter(shop=a_shop("Lan", "Mai"), actor=None)


@pytest.fixture
def opened() -> list[Actor]:
    return []


@pytest.fixture
def sign_in(counter: Counter, opened: list[Actor]) -> SignInPresenter:
    presenter = SignInPresenter(counter.desk, PlainPins(), opened.append)
    presenter.opened()
    return presenter


def choose(sign_in: SignInPresenter, name: str) -> None:
    sign_in.choose(next(user for user in sign_in.state.users if user.name == name))


def test_everybody_of_the_shop_has_a_tile(sign_in: SignInPresenter) -> None:
    assert [user.name for user in sign_in.state.users] == ["Lan", "Mai"]
    assert sign_in.state.stage is PinStage.CHOOSE


def test_a_right_pin_opens_the_till(counter: Counter, sign_in: SignInPresenter, opened: list[Actor]) -> None:
    choose(sign_in, "Mai")
    sign_in.submit("1234")
    assert [actor.name for actor in opened] == ["Mai"]
    assert counter.desk.actor == opened[0]


def test_a_wrong_pin_says_how_many_tries_are_left(sign_in: SignInPresenter, opened: list[Actor]) -> None:
    choose(sign_in, "Lan")
    sign_in.submit("0000")
    assert sign_in.state.stage is PinStage.ENTER
    assert sign_in.state.tries_left == 4
    assert opened == []


def test_the_fifth_wrong_pin_closes_the_lock_and_counts_it_down(counter: Counter, sign_in: SignInPresenter) -> None:
    choose(sign_in, "Lan")
    for _ in range(5):
        sign_in.submit("0000")
    assert sign_in.state.stage is PinStage.CLOSED
    assert sign_in.state.closed_s == FIRST_LOCK_MS // 1000
    sign_in.submit("1234")
    assert counter.desk.actor is None
    counter.clock.pass_ms(10_000)
    sign_in.tick()
    assert sign_in.state.closed_s == 50
    counter.clock.pass_ms(50_000)
    counter.shop.users[UserId("u-Lan")] = replace(counter.shop.users[UserId("u-Lan")], locked_ms=0)
    sign_in.tick()
    assert sign_in.state.stage is PinStage.ENTER
    sign_in.submit("1234")
    assert counter.desk.actor is not None


def test_a_lock_survives_choosing_again(sign_in: SignInPresenter) -> None:
    choose(sign_in, "Lan")
    for _ in range(5):
        sign_in.submit("0000")
    sign_in.switch_user()
    choose(sign_in, "Mai")
    assert sign_in.state.stage is PinStage.ENTER
    choose(sign_in, "Lan")
    assert sign_in.state.stage is PinStage.CLOSED


def test_only_one_pin_is_checked_at_a_time(counter: Counter, sign_in: SignInPresenter, opened: list[Actor]) -> None:
    choose(sign_in, "Lan")
    counter.work.held = True
    sign_in.submit("1234")
    assert sign_in.state.stage is PinStage.CHECKING
    sign_in.submit("1234")
    counter.work.release()
    assert len(opened) == 1


def test_a_shop_of_one_person_needs_no_choice() -> None:
    counter = Counter(shop=a_shop("Mai"), actor=None)
    sign_in = SignInPresenter(counter.desk, PlainPins(), lambda _actor: None)
    sign_in.opened()
    assert sign_in.state.chosen is not None
    assert sign_in.state.stage is PinStage.ENTER


def test_locking_asks_the_person_who_was_there(counter: Counter, sign_in: SignInPresenter) -> None:
    choose(sign_in, "Mai")
    sign_in.submit("1234")
    sign_in.lock()
    assert counter.desk.actor is None
    assert sign_in.state.chosen is not None
    assert sign_in.state.chosen.name == "Mai"


def test_a_broken_disk_is_told_and_the_pad_stays(counter: Counter, sign_in: SignInPresenter) -> None:
    choose(sign_in, "Mai")
    counter.work.broken = StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE)
    sign_in.submit("1234")
    assert sign_in.state.stage is PinStage.ENTER
    assert sign_in.state.problem is not None
