"""The proof behind the owner's acts at the hub: asked for, refused, ended, forgotten; and the hub out of reach."""

from typing import Any

import pytest

from domain.errors import ErrorCode
from domain.other_systems import Scope
from domain.policy import Actor, Role
from tests.fakes.recording_view import RecordingView
from tests.fakes.small_hub_desk import HOOK, HOOK_SECRET, PIN, SmallHubDesk
from tests.fakes.small_shop import CASHIER, OWNER
from tests.ui.hub_desk_stage import HubStage
from ui.presenters.connections import ConnectionsPresenter, Section
from ui.presenters.hub_desk import Invitation, NewApiKey, Proof
from ui.presenters.key_hook import HookQuestion
from ui.presenters.presenter import Presenter
from ui.presenters.sign_in import PinStage


@pytest.mark.parametrize("role", [each for each in Role if each not in (Role.OWNER, Role.ACCOUNTANT)])
def test_nobody_but_an_owner_and_an_accountant_has_a_section(role: Role) -> None:
    stage = HubStage(actor=Actor(CASHIER.user_id, "Lan", role, CASHIER.device_id))
    assert stage.shown.allowed == frozenset()
    stage.shown.opened()
    stage.shown.unlock()
    assert (stage.shown.proofs.state.asked, stage.hub.calls) == (False, [])


def test_nothing_is_asked_of_the_hub_before_the_pin_was_typed() -> None:
    stage = HubStage()
    stage.shown.opened()
    assert stage.hub.calls == []
    stage.shown.unlock()
    state = stage.shown.proofs.state
    assert (state.asked, state.person, state.ended, stage.hub.calls) == (True, OWNER.name, False, [])
    stage.shown.proofs.submit(PIN)
    assert stage.hub.calls == ["prove", "providers"]
    assert stage.shown.providers.state.loaded
    assert not stage.shown.proofs.state.asked


def test_one_pin_opens_all_sections() -> None:
    stage = HubStage().open()
    for section in (Section.TILLS, Section.KEYS):
        stage.shown.show_section(section)
    assert stage.hub.calls == ["prove", "providers", "tills", "api_keys"]
    assert stage.shown.keys.state.loaded
    assert not stage.shown.providers.state.loaded


def test_leaving_ends_the_proof_and_forgets_what_was_read() -> None:
    stage = HubStage().open()
    stage.shown.closed()
    assert (stage.shown.proofs.proved, stage.shown.providers.state.rows) == (False, ())
    assert stage.hub.withdrawn == ["token-1"]
    stage.shown.opened()
    assert stage.hub.calls == ["prove", "providers"]


def test_a_wrong_pin_is_told_and_may_be_typed_again() -> None:
    stage = HubStage().open(pin="000000")
    state = stage.shown.proofs.state
    assert (state.asked, state.stage, state.attempt, state.problem) == (True, PinStage.ENTER, 1, None)
    stage.hub.refuse("prove", ErrorCode.PIN_WRONG, tries_left=2)
    stage.shown.proofs.submit("111111")
    assert stage.shown.proofs.state.tries_left == 2
    stage.shown.proofs.submit(PIN)
    assert stage.shown.providers.state.loaded


def test_a_lock_counts_down_and_opens_the_pad_again() -> None:
    stage = HubStage()
    stage.hub.refuse("prove", ErrorCode.PIN_LOCKED, seconds=60)
    stage.open()
    assert (stage.shown.proofs.state.stage, stage.shown.proofs.state.closed_s) == (PinStage.CLOSED, 60)
    stage.shown.proofs.submit(PIN)
    assert stage.hub.calls == ["prove"]
    stage.pass_ms(59_000)
    assert stage.shown.proofs.state.closed_s == 1
    stage.pass_ms(1_000)
    stage.shown.proofs.submit(PIN)
    assert stage.shown.providers.state.loaded


def test_a_lock_without_its_end_is_told_in_words() -> None:
    stage = HubStage()
    stage.hub.refuse("prove", ErrorCode.PIN_LOCKED)
    stage.open()
    problem = stage.shown.proofs.state.problem
    assert problem is not None
    assert (problem.code, stage.shown.proofs.state.stage) == (ErrorCode.PIN_LOCKED, PinStage.ENTER)


def test_who_types_no_pin_finds_everything_as_it_was() -> None:
    stage = HubStage()
    stage.shown.opened()
    stage.shown.unlock()
    assert stage.shown.providers.state.busy
    stage.shown.proofs.cancel()
    assert (stage.shown.providers.state.busy, stage.shown.proofs.state.asked) == (False, False)
    stage.shown.proofs.submit(PIN)
    assert stage.hub.calls == []


def test_an_ended_session_asks_again_and_does_what_was_pressed() -> None:
    stage = HubStage().open()
    stage.hub.ended = True
    stage.shown.providers.open_form("sepay")
    stage.shown.providers.save({"webhook_secret": "planted-needle-0001"})
    state = stage.shown.proofs.state
    assert (state.asked, state.ended, stage.hub.kept) == (True, True, {})
    assert stage.shown.providers.state.chosen == "sepay"
    stage.shown.proofs.submit(PIN)
    assert stage.hub.kept == {"sepay": {"webhook_secret": "planted-needle-0001"}}
    assert stage.hub.calls == ["prove", "providers", "connect_provider", "prove", "connect_provider"]


def test_a_hub_that_believes_no_proof_asks_each_time_and_does_not_spin() -> None:
    stage = HubStage()
    for _ in range(3):
        stage.hub.refuse("providers", ErrorCode.PERSON_SESSION_ENDED)
    stage.open()
    assert stage.hub.calls == ["prove", "providers"]
    assert stage.shown.proofs.state.asked


def test_another_person_needs_a_pin_of_their_own() -> None:
    stage = HubStage().open()
    stage.shown.closed()
    stage.counter.desk.actor = Actor(CASHIER.user_id, "Hoa", Role.OWNER, CASHIER.device_id)
    stage.shown.opened()
    stage.shown.unlock()
    assert stage.shown.proofs.state.person == "Hoa"


def test_an_answer_that_comes_after_leaving_is_nobodys() -> None:
    stage = HubStage()
    stage.shown.opened()
    stage.shown.unlock()
    stage.counter.work.held = True
    stage.shown.proofs.submit(PIN)
    stage.shown.closed()
    stage.counter.work.release()
    assert not stage.shown.proofs.proved
    stage.open()
    stage.counter.work.held = True
    stage.shown.providers.refresh()
    stage.shown.closed()
    stage.counter.work.release()
    assert stage.shown.providers.state.rows == ()


@pytest.mark.parametrize("leave", ["closed", "cancel"])
def test_a_sign_in_that_comes_too_late_is_ended_at_the_hub(leave: str) -> None:
    stage = HubStage()
    stage.shown.opened()
    stage.shown.unlock()
    stage.counter.work.held = True
    stage.shown.proofs.submit(PIN)
    if leave == "closed":
        stage.shown.closed()
    else:
        stage.shown.proofs.cancel()
    stage.counter.work.release()
    assert (stage.shown.proofs.proved, stage.hub.withdrawn) == (False, ["token-1"])


def test_a_slow_hub_is_seen_after_half_a_second_and_not_before() -> None:
    stage = HubStage().open()
    stage.counter.work.held = True
    stage.shown.providers.refresh()
    stage.pass_ms(499)
    assert not stage.shown.proofs.state.slow
    stage.pass_ms(1)
    assert stage.shown.proofs.state.slow
    stage.counter.work.release()
    assert not stage.shown.proofs.state.slow


@pytest.mark.parametrize("code", [ErrorCode.NET_UNREACHABLE, ErrorCode.NET_TIMEOUT])
def test_what_could_not_be_read_is_read_when_the_hub_is_back(code: ErrorCode) -> None:
    stage = HubStage()
    stage.hub.refuse("providers", code)
    stage.open()
    state = stage.shown.providers.state
    assert state.problem is not None
    assert (state.problem.code, state.away, state.loaded, state.busy) == (code, True, False, False)
    stage.hear("offline")
    assert not stage.shown.providers.state.can_act
    stage.hear("online")
    state = stage.shown.providers.state
    assert (state.loaded, state.away, state.problem, state.can_act) == (True, False, None, True)


def test_a_refusal_is_told_once_and_not_tried_again_by_itself() -> None:
    stage = HubStage()
    stage.hub.refuse("providers", ErrorCode.CREDENTIALS_TAMPERED)
    stage.open()
    stage.hear("online")
    assert stage.hub.calls == ["prove", "providers"]
    stage.shown.providers.dismiss()
    assert stage.shown.providers.state.problem is None


def test_a_till_that_opens_without_its_hub_says_so_and_offers_the_pin_once_it_is_back() -> None:
    stage = HubStage(online=False)
    stage.shown.opened()
    assert (stage.shown.state.online, stage.shown.providers.state.online) == (False, False)
    stage.hear("online")
    assert (stage.shown.state.online, stage.shown.providers.state.online) == (True, True)
    assert stage.hub.calls == []


def test_a_till_without_any_hub_says_that_it_is_out_of_reach() -> None:
    stage = HubStage()
    shown = ConnectionsPresenter(stage.counter.desk, None, stage.copied.append)
    shown.opened()
    shown.unlock()
    shown.proofs.submit(PIN)
    problem = shown.proofs.state.problem
    assert problem is not None
    assert problem.code is ErrorCode.NET_UNREACHABLE


def test_no_state_ever_shows_a_secret_a_token_a_pin_or_a_code() -> None:
    stage = HubStage()
    watching = [RecordingView() for _ in range(5)]
    shown = stage.shown
    every: tuple[Presenter[Any], ...] = (shown, shown.proofs, shown.providers, shown.tills, shown.keys)
    for view, presenter in zip(watching, every, strict=True):
        presenter.attach(view)
    stage.open()
    shown.providers.open_form("sepay")
    shown.providers.save({"webhook_secret": "planted-needle-0001"})
    shown.show_section(Section.TILLS)
    shown.tills.invite()
    shown.show_section(Section.KEYS)
    shown.keys.begin()
    shown.keys.set_name("Web")
    shown.keys.set_scope(Scope.EVENTS_WRITE, True)
    shown.keys.make()
    assert shown.keys.state.made is not None
    shown.keys.hooks.attach(watching[4])
    shown.keys.choose("k-1")
    shown.keys.open_hook()
    shown.keys.hooks.ask(HookQuestion.RENEW)
    shown.keys.hooks.confirm()
    assert shown.keys.hooks.state.secret == HOOK_SECRET
    told = repr([view.states for view in watching])
    invitation = stage.hub.invite_till(Proof(OWNER.user_id, "token-1"))
    for secret in (
        "planted-needle-0001",
        "token-1",
        PIN,
        HOOK_SECRET,
        HOOK.url,
        invitation.code,
        shown.keys.state.made.key,
    ):
        assert secret not in told
    assert "••••0001" in told, "the mask is there, so the states were looked at"


def test_values_that_hold_a_secret_do_not_print_it() -> None:
    hub = SmallHubDesk()
    told = repr([Proof(OWNER.user_id, "tok"), Invitation("CODE", hub.at, hub.at), NewApiKey("Web", "bana_x")])
    assert "tok'" not in told
    assert "CODE" not in told
    assert "bana_x" not in told
