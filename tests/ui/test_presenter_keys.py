"""The keys in the settings: the PIN before every act, the code that counts once it was typed back, the trail."""

from dataclasses import dataclass, field, replace

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant, UserId
from domain.policy import Actor
from tests.fakes.attached_window import PIN, FakeControl, two_people
from tests.fakes.counter import Counter
from tests.fakes.fixed_keys import BEFORE, CODE, FixedKeys, NotedLeaving
from tests.fakes.plain_pins import PlainPins
from tests.fakes.small_shop import CASHIER, NOON, OWNER
from ui.key_work import KeyPlace
from ui.presenters.keys import KeysPresenter
from ui.presenters.passphrase_form import PassphraseFormPresenter
from ui.presenters.recovery_code import CodeStage, RecoveryCodePresenter

MAI = replace(OWNER, user_id=UserId("u-mai"))
LONG = "five white dogs in a yard"


@dataclass
class Keys:
    """The owner's part of the settings."""

    actor: Actor = MAI
    kept: FixedKeys = field(default_factory=FixedKeys)
    leaving: NotedLeaving = field(default_factory=NotedLeaving)
    control: FakeControl = field(default_factory=FakeControl)
    closed: int = 0

    def __post_init__(self) -> None:
        self.counter = Counter(shop=two_people(), actor=self.actor)
        self.presenter = KeysPresenter(self.counter.desk, PlainPins(), self.kept, self.leaving, self.control)
        self.presenter.opened()

    def close(self) -> None:
        self.closed += 1

    def passphrase(self) -> PassphraseFormPresenter:
        form = self.presenter.passphrase_form(self.close)
        assert form is not None
        return form

    def code(self) -> RecoveryCodePresenter:
        form = self.presenter.code_form(self.close)
        assert form is not None
        return form

    @property
    def trail(self) -> list[str]:
        return [action for action, *_ in self.counter.shop.audited]


def test_the_part_tells_where_the_keys_lie_and_renews_it_after_each_act() -> None:
    keys = Keys()
    assert keys.presenter.state.look == keys.kept.look(MAI)
    keys.passphrase().save(PIN, "", LONG, LONG)
    look = keys.presenter.state.look
    assert look is not None
    assert look.place is KeyPlace.PASSPHRASE


def test_a_demo_shop_has_nothing_to_protect() -> None:
    keys = Keys(kept=FixedKeys(KeyPlace.DEMO))
    assert not keys.presenter.state.real
    assert keys.presenter.passphrase_form(keys.close) is None
    assert keys.presenter.code_form(keys.close) is None


def test_nobody_but_an_owner_sees_the_keys() -> None:
    keys = Keys(actor=CASHIER)
    assert keys.presenter.state.look is None
    assert keys.presenter.passphrase_form(keys.close) is None


def test_a_passphrase_is_kept_after_the_pin_and_told_in_the_trail() -> None:
    keys = Keys()
    keys.passphrase().save(PIN, "", LONG, LONG)
    assert (keys.kept.passphrases, keys.closed) == ([LONG], 1)
    assert keys.trail[-2:] == ["keys.confirmed", "keys.passphrase_set"]
    assert keys.counter.notices.toast_keys == ["keys.under_passphrase"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ((PIN, "", LONG, LONG + "!"), None),
        ((PIN, "", "short", "short"), ErrorCode.PASSPHRASE_SHORT),
    ],
)
def test_what_is_no_passphrase_costs_no_try_of_the_pin(
    typed: tuple[str, str, str, str], code: ErrorCode | None
) -> None:
    keys = Keys()
    form = keys.passphrase()
    form.save(*typed)
    assert (form.state.attempt, form.state.differs) == (1, code is None)
    assert (None if form.state.problem is None else form.state.problem.code) is code
    assert (keys.trail, keys.kept.passphrases, keys.closed) == ([], [], 0)


def test_a_wrong_pin_counts_and_nothing_is_kept() -> None:
    keys = Keys()
    form = keys.passphrase()
    form.save("0000", "", LONG, LONG)
    assert (form.state.tries_left, form.state.attempt, keys.kept.passphrases) == (4, 1, [])
    assert keys.trail == ["pin.wrong"]
    assert LONG not in repr(form.state)


def test_changing_asks_for_the_passphrase_before() -> None:
    keys = Keys(kept=FixedKeys(KeyPlace.PASSPHRASE))
    form = keys.passphrase()
    assert form.state.changes
    form.save(PIN, "not it", LONG, LONG)
    assert form.state.problem is not None
    assert form.state.problem.code is ErrorCode.PASSPHRASE_WRONG
    form.save(PIN, BEFORE, LONG, LONG)
    assert keys.kept.passphrases == [LONG]
    assert keys.trail[-1] == "keys.passphrase_changed"


def test_a_code_counts_once_its_last_group_was_typed_back() -> None:
    keys = Keys()
    form = keys.code()
    form.submit(PIN)
    assert (form.state.stage, form.state.code) == (CodeStage.SHOWN, CODE)
    assert CODE not in repr(form.state)
    form.written()
    form.confirm("ZZZZ")
    assert (form.state.differs, keys.kept.codes) == (True, [])
    form.show_again()
    form.written()
    form.confirm(" pqlx ")
    assert (keys.kept.codes, keys.closed, form.state.code) == ([CODE], 1, "")
    assert keys.trail == ["keys.confirmed", "keys.code_made"]


def test_a_code_that_was_not_confirmed_never_counts() -> None:
    keys = Keys(kept=FixedKeys(code_made_at=NOON))
    form = keys.code()
    assert form.state.replaces
    form.submit("0000")
    assert (form.state.stage, form.state.tries_left) == (CodeStage.PIN, 4)
    form.submit(PIN)
    form.cancel()
    assert (keys.kept.codes, form.state.code) == ([], "")
    assert "keys.code_made" not in keys.trail


def test_a_form_that_was_left_while_the_pin_was_checked_makes_no_code() -> None:
    keys = Keys()
    form = keys.code()
    keys.counter.work.held = True
    form.submit(PIN)
    form.cancel()
    keys.counter.work.release()
    assert (form.state.stage, form.state.code, keys.kept.codes) == (CodeStage.PIN, "", [])


@pytest.mark.parametrize("form", ["passphrase", "code"])
def test_what_fails_after_its_form_was_left_is_told_beside_the_screens(form: str) -> None:
    keys = Keys(kept=FixedKeys(refusal=StorageUnavailable(ErrorCode.KEY_STORE_UNUSABLE)))
    if form == "code":
        code = keys.code()
        code.submit(PIN)
        code.written()
        keys.counter.work.held = True
        code.confirm("PQ1X")
        code.cancel()
    else:
        passphrase = keys.passphrase()
        keys.counter.work.held = True
        passphrase.save(PIN, "", LONG, LONG)
        passphrase.cancel()
    keys.counter.work.release()
    assert keys.counter.notices.problems == [ErrorCode.KEY_STORE_UNUSABLE]


def test_a_code_that_cannot_be_kept_is_said_and_may_be_tried_again() -> None:
    keys = Keys(kept=FixedKeys(refusal=StorageUnavailable(ErrorCode.KEY_STORE_UNUSABLE)))
    form = keys.code()
    form.submit(PIN)
    form.written()
    form.confirm("PQ1X")
    assert form.state.stage is CodeStage.CONFIRM
    assert form.state.problem is not None
    keys.kept.refusal = None
    form.confirm("PQ1X")
    assert keys.kept.codes == [CODE]


def test_a_pin_that_is_locked_out_is_said_with_its_seconds() -> None:
    keys = Keys()
    user = keys.counter.shop.users[UserId("u-mai")]
    keys.counter.shop.users[user.id] = replace(user, failures=9, locked_ms=30_000)
    form = keys.code()
    form.submit(PIN)
    assert form.state.problem is not None
    assert form.state.problem.code is ErrorCode.PIN_LOCKED
    assert form.state.stage is CodeStage.PIN


def test_the_part_looks_each_time_it_is_opened() -> None:
    keys = Keys()
    keys.presenter.closed()
    keys.kept.code_made_at = Instant(NOON)
    keys.presenter.opened()
    look = keys.presenter.state.look
    assert look is not None
    assert look.code_made_at == NOON
