"""The counter: one press is one intent, less money is never paid, and earlier payments never take the screen."""

from dataclasses import replace

import pytest

from domain.changes import Changes, Topic
from domain.contract_terms import Bound, ContractTerms
from domain.display import CounterStatus
from domain.errors import ErrorCode, FailureCode, RuleBroken, StorageUnavailable, SyncProblem
from domain.holder_ports import HolderRow
from domain.holders import Holder, holder_id
from domain.ids import Instant, PaymentId
from domain.payments import PaymentException, PaymentStatus
from domain.qr import decode
from domain.rails import Method, Provider
from domain.routing import Trouble
from domain.services.payments import start_payment
from tests.fakes.counter import Counter, a_charge
from tests.fakes.recording_view import FixedSync, Fresh, RecordingView
from tests.fakes.small_shop import CASHIER, MERCHANT, NOON, OWNER, SmallUnitOfWork
from ui.amount_entry import Key
from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_following import RETURN_MS
from ui.presenters.charge_state import Rest, Stage, StoredFunds
from ui.sound import Sound


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def charge(counter: Counter) -> ChargePresenter:
    presenter = a_charge(counter)
    presenter.attach(RecordingView())
    return presenter


def type_in(charge: ChargePresenter, digits: str) -> None:
    for digit in digits:
        charge.press(Key(digit))


def start_qr(charge: ChargePresenter, amount: str = "200000", method: Method = Method.VIETQR) -> PaymentId:
    charge.choose(method)
    type_in(charge, amount)
    charge.charge()
    assert charge.state.payment is not None
    return charge.state.payment.id


def tell(counter: Counter, charge: ChargePresenter, payment_id: PaymentId, **news: object) -> None:
    charge.on_changes(counter.shop.hear(payment_id, **news))


# typing


def test_nothing_can_be_charged_before_an_amount_is_typed(charge: ChargePresenter) -> None:
    assert not charge.state.can_charge
    charge.charge()
    assert charge.state.stage is Stage.ENTRY


def test_the_adding_machine_shows_its_parts(charge: ChargePresenter) -> None:
    type_in(charge, "45")
    charge.press(Key.ZEROS)
    charge.press(Key.PLUS)
    type_in(charge, "12000")
    assert charge.state.amount_minor == 57_000
    assert charge.state.parts == (45_000, 12_000)


def test_a_pasted_amount_is_read_as_people_write_it(charge: ChargePresenter, counter: Counter) -> None:
    charge.paste("1tr2")
    assert charge.state.amount_minor == 1_200_000
    charge.paste("khoảng hai trăm")
    assert charge.state.amount_minor == 1_200_000
    assert counter.notices.toast_keys == ["charge.clipboard_refused"]


# one press, one intent


def test_a_charge_shows_a_code_that_banks_read_without_any_network(counter: Counter, charge: ChargePresenter) -> None:
    counter.desk.sync = FixedSync(state="offline")
    charge.on_sync()
    start_qr(charge)
    payment = charge.state.payment
    assert payment is not None
    assert charge.state.stage is Stage.WAITING
    assert payment.pattern is not None
    assert len(payment.pattern) == len(payment.pattern[0]) >= 21
    assert decode(payment.qr_text).amount_minor == 200_000
    assert payment.unsent
    assert payment.blind


def test_pressing_twice_makes_one_payment(counter: Counter, charge: ChargePresenter) -> None:
    type_in(charge, "50000")
    counter.work.held = True
    charge.charge()
    assert charge.state.stage is Stage.STARTING
    charge.charge()
    charge.charge()
    counter.work.release()
    assert len(counter.shop.payments) == 1
    assert counter.work.commands == 1


def test_a_try_after_an_unknown_commit_uses_the_same_id(counter: Counter, charge: ChargePresenter) -> None:
    type_in(charge, "50000")
    counter.work.broken = StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE)
    charge.charge()
    assert charge.state.stage is Stage.ENTRY
    assert charge.state.problem is not None
    assert charge.state.problem.code is ErrorCode.STORAGE_UNAVAILABLE
    assert charge.state.amount_minor == 50_000
    counter.work.broken = None
    charge.charge()
    assert counter.ids.made == 1


def test_an_edited_amount_is_a_new_intent(counter: Counter, charge: ChargePresenter) -> None:
    type_in(charge, "50000")
    counter.work.broken = StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE)
    charge.charge()
    counter.work.broken = None
    charge.press(Key.CLEAR)
    assert charge.state.problem is None
    type_in(charge, "50000")
    charge.charge()
    assert counter.ids.made == 2


def test_keys_do_nothing_while_a_payment_waits(charge: ChargePresenter) -> None:
    start_qr(charge)
    type_in(charge, "99")
    charge.charge()
    assert charge.state.amount_minor == 200_000
    assert charge.state.stage is Stage.WAITING


# the tiles


def test_a_method_that_needs_the_hub_is_refused_on_its_tile_while_offline(
    counter: Counter, charge: ChargePresenter
) -> None:
    counter.desk.sync = FixedSync(state="offline")
    charge.on_sync()
    assert {tile.method: tile.needs_network for tile in charge.state.tiles} == {
        Method.CASH: False,
        Method.VIETQR: False,
        Method.VNPAY_QR: True,
    }
    type_in(charge, "50000")
    charge.choose(Method.VNPAY_QR)
    assert charge.state.method is Method.VIETQR
    assert charge.state.problem is not None
    assert charge.state.problem.code is ErrorCode.METHOD_NEEDS_NETWORK
    assert counter.work.commands == 0


def test_only_methods_of_connected_providers_have_tiles_and_follow_what_the_hub_tells(
    counter: Counter, charge: ChargePresenter
) -> None:
    def tiles() -> list[Method]:
        return [tile.method for tile in charge.state.tiles]

    settings = Changes({Topic.SETTINGS: frozenset({"payment.connected"})})
    assert tiles() == [Method.CASH, Method.VIETQR, Method.VNPAY_QR]
    counter.shop.connected = frozenset({Provider.STRIPE})
    charge.on_changes(settings)
    assert tiles() == [Method.CASH, Method.VIETQR, Method.CARD]
    charge.choose(Method.VNPAY_QR)
    assert charge.state.problem is not None
    assert charge.state.problem.code is ErrorCode.METHOD_UNAVAILABLE
    charge.choose_tile(3)
    assert charge.state.method is Method.CARD
    charge.choose_tile(4)
    assert charge.state.method is Method.CARD, "there are only three"
    counter.shop.connected = frozenset()
    charge.on_changes(settings)
    assert (tiles(), charge.state.method) == ([Method.CASH, Method.VIETQR], Method.VIETQR)


def test_a_method_whose_provider_does_not_answer_warns_and_may_be_chosen_all_the_same(
    counter: Counter, charge: ChargePresenter
) -> None:
    since = Instant(counter.clock() - 60_000)
    counter.shop.connected = frozenset({Provider.VNPAY_QR_MMS})
    counter.shop.troubled = {Provider.VNPAY_QR_MMS: since, Provider.STRIPE: since}
    charge.on_changes(Changes({Topic.SETTINGS: frozenset({"payment.health"})}))
    warned = {tile.method: tile.trouble for tile in charge.state.tiles if tile.trouble}
    assert warned == {Method.VNPAY_QR: Trouble(Provider.VNPAY_QR_MMS, since)}
    start_qr(charge, method=Method.VNPAY_QR)
    counter.shop.troubled = {}
    charge.on_changes(Changes({Topic.SETTINGS: frozenset({"payment.health"})}))
    assert not any(tile.trouble for tile in charge.state.tiles)


def test_a_chosen_method_that_loses_its_network_cannot_charge(counter: Counter, charge: ChargePresenter) -> None:
    charge.choose(Method.VNPAY_QR)
    type_in(charge, "50000")
    assert charge.state.can_charge
    counter.desk.sync = FixedSync(state="offline")
    charge.on_sync()
    assert not charge.state.can_charge


def test_a_problem_stays_while_sync_speaks(counter: Counter, charge: ChargePresenter) -> None:
    counter.desk.sync = FixedSync(state="offline")
    charge.choose(Method.VNPAY_QR)
    charge.on_sync()
    assert charge.state.problem is not None


# cash


def test_cash_offers_the_exact_amount_and_likely_notes(charge: ChargePresenter) -> None:
    type_in(charge, "125000")
    assert charge.state.offers == ()
    charge.choose(Method.CASH)
    assert charge.state.offers == (125_000, 130_000, 150_000, 200_000, 500_000)


def test_an_offered_note_charges_and_the_change_stays_until_the_next_key(
    counter: Counter, charge: ChargePresenter
) -> None:
    type_in(charge, "125000")
    charge.choose(Method.CASH)
    charge.hand_over(200_000)
    assert charge.state.stage is Stage.PAID
    assert charge.state.payment is not None
    assert charge.state.payment.change_minor == 75_000
    assert counter.sounds.played == [Sound.PAID]
    assert counter.notices.said_keys == ["paid.change_announce"]
    counter.clock.pass_ms(60_000)
    charge.tick()
    assert charge.state.stage is Stage.PAID
    charge.press(Key.N7)
    assert charge.state.stage is Stage.ENTRY
    assert charge.state.amount_minor == 7


def test_typed_cash_that_is_not_enough_is_refused(counter: Counter, charge: ChargePresenter) -> None:
    type_in(charge, "125000")
    charge.choose(Method.CASH)
    charge.type_tender()
    type_in(charge, "100000")
    assert charge.state.tender_minor == 100_000
    assert charge.state.amount_minor == 125_000
    charge.charge()
    assert charge.state.problem is not None
    assert charge.state.problem.code is ErrorCode.CASH_NOT_ENOUGH
    assert counter.shop.payments == {}
    charge.press(Key.CLEAR)
    type_in(charge, "150000")
    charge.charge()
    assert charge.state.payment is not None
    assert charge.state.payment.change_minor == 25_000


def test_exact_cash_returns_by_itself(counter: Counter, charge: ChargePresenter) -> None:
    charge.choose(Method.CASH)
    type_in(charge, "45000")
    charge.charge()
    assert charge.state.payment is not None
    assert charge.state.payment.returns_in_s == RETURN_MS // 1000
    counter.clock.pass_ms(RETURN_MS)
    charge.tick()
    assert charge.state.stage is Stage.ENTRY
    assert charge.state.amount_minor == 0


# the outcome of a code


def test_money_that_the_provider_proved_shows_and_sounds_paid(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = start_qr(charge)
    assert counter.sounds.played == []
    charge.on_changes(counter.shop.hear_paid(payment_id))
    assert charge.state.stage is Stage.PAID
    assert counter.sounds.played == [Sound.PAID]
    assert counter.notices.said_keys[-1] == "paid.announce"
    charge.charge()
    assert charge.state.stage is Stage.ENTRY
    assert len(counter.shop.payments) == 1


def test_the_same_news_twice_sounds_once(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = start_qr(charge)
    charge.on_changes(counter.shop.hear_paid(payment_id))
    charge.on_changes(counter.shop.hear(payment_id))
    assert counter.sounds.played == [Sound.PAID]


@pytest.mark.parametrize("received", [200, 20_000, 199_999])
def test_less_than_asked_for_never_shows_or_sounds_paid(
    counter: Counter, charge: ChargePresenter, received: int
) -> None:
    view = RecordingView()
    charge.attach(view)
    payment_id = start_qr(charge, "200000")
    charge.on_changes(counter.shop.hear_paid(payment_id, received))
    counter.clock.pass_ms(60_000)
    charge.tick()
    assert charge.state.stage is Stage.SHORT
    assert charge.state.payment is not None
    assert (charge.state.payment.received_minor, charge.state.payment.missing_minor) == (received, 200_000 - received)
    assert Stage.PAID not in {state.stage for state in view.states}
    assert counter.sounds.played == [Sound.SHORT]
    assert "paid.announce" not in counter.notices.said_keys


def test_the_code_for_the_rest_asks_the_same_payment_for_what_is_missing(
    counter: Counter, charge: ChargePresenter
) -> None:
    payment_id = start_qr(charge)
    charge.on_changes(counter.shop.hear_paid(payment_id, 50_000))
    charge.code_for_rest()
    payment = charge.state.payment
    assert payment is not None
    assert payment.rest is Rest.CODE
    assert payment.rest_pattern is not None
    assert payment.rest_pattern != payment.pattern
    charge.on_changes(counter.shop.hear_paid(payment_id, 80_000))
    assert charge.state.payment is not None
    assert charge.state.payment.rest_pattern not in (None, payment.rest_pattern)
    charge.on_changes(counter.shop.hear_paid(payment_id))
    assert charge.state.stage is Stage.PAID
    assert counter.sounds.played == [Sound.SHORT, Sound.SHORT, Sound.PAID]


def test_a_short_payment_may_be_waited_for(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = start_qr(charge)
    charge.on_changes(counter.shop.hear_paid(payment_id, 50_000))
    charge.wait_for_rest()
    assert charge.state.stage is Stage.SHORT
    assert charge.state.payment is not None
    assert charge.state.payment.rest is Rest.WAIT


def test_too_much_money_stays_until_a_person_chooses(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = start_qr(charge)
    charge.on_changes(counter.shop.hear_paid(payment_id, 205_000))
    counter.clock.pass_ms(60_000)
    charge.tick()
    charge.press(Key.N1)
    charge.escape()
    assert charge.state.stage is Stage.OVER
    assert charge.state.payment is not None
    assert charge.state.payment.excess_minor == 5_000
    assert counter.sounds.played == [Sound.PAID, Sound.NOTICE]
    charge.finish()
    assert charge.state.stage is Stage.ENTRY


def test_money_after_the_end_is_late_and_does_not_sound_paid(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = start_qr(charge)
    tell(counter, charge, payment_id, status=PaymentStatus.EXPIRED)
    assert charge.state.stage is Stage.EXPIRED
    tell(
        counter,
        charge,
        payment_id,
        status=PaymentStatus.PAID,
        exception=PaymentException.PAID_LATE,
        received_minor=200_000,
    )
    assert charge.state.stage is Stage.LATE
    assert counter.sounds.played == [Sound.NOTICE]


def test_a_payment_confirmed_by_hand_makes_no_sound(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = start_qr(charge)
    tell(
        counter,
        charge,
        payment_id,
        status=PaymentStatus.PAID,
        exception=PaymentException.CONFIRMED_BY_HAND,
        received_minor=200_000,
    )
    assert charge.state.stage is Stage.BY_HAND
    assert counter.sounds.played == []


def test_a_failed_payment_tells_why_and_may_be_tried_again(counter: Counter, charge: ChargePresenter) -> None:
    first = start_qr(charge)
    tell(counter, charge, first, status=PaymentStatus.FAILED, failure=FailureCode.DECLINED)
    assert charge.state.stage is Stage.FAILED
    assert charge.state.payment is not None
    assert charge.state.payment.failure is FailureCode.DECLINED
    assert counter.sounds.played == [Sound.ERROR]
    charge.try_again()
    assert charge.state.stage is Stage.WAITING
    assert charge.state.payment.id != first
    assert charge.state.payment.amount_minor == 200_000


def test_another_method_keeps_the_amount_until_a_digit_starts_anew(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = start_qr(charge)
    tell(counter, charge, payment_id, status=PaymentStatus.EXPIRED)
    charge.other_method()
    assert charge.state.stage is Stage.ENTRY
    assert charge.state.amount_minor == 200_000
    charge.choose(Method.CASH)
    assert charge.state.amount_minor == 200_000
    charge.press(Key.N5)
    assert charge.state.amount_minor == 5


def test_a_provider_made_code_is_drawn_when_it_comes(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = start_qr(charge, method=Method.VNPAY_QR)
    assert charge.state.payment is not None
    assert charge.state.payment.status is CounterStatus.PREPARING
    assert charge.state.payment.pattern is None
    tell(counter, charge, payment_id, status=PaymentStatus.PENDING, qr_text="000201")
    assert charge.state.payment.status is CounterStatus.PENDING
    assert charge.state.payment.pattern is not None


# cancelling


def test_escape_asks_before_a_waiting_payment_is_cancelled(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = start_qr(charge)
    charge.escape()
    assert charge.state.asking_cancel
    assert counter.shop.payments[payment_id].status is PaymentStatus.PENDING
    charge.keep_waiting()
    assert not charge.state.asking_cancel
    charge.escape()
    charge.confirm_cancel()
    assert counter.shop.payments[payment_id].status is PaymentStatus.CANCELLED
    assert charge.state.stage is Stage.ENTRY
    assert charge.state.amount_minor == 200_000


def test_money_that_comes_while_a_cancel_is_asked_wins(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = start_qr(charge)
    charge.escape()
    counter.work.held = True
    charge.confirm_cancel()
    counter.shop.hear_paid(payment_id)
    counter.work.release()
    assert charge.state.stage is Stage.PAID
    assert not charge.state.asking_cancel


# earlier payments


def test_an_earlier_payment_that_is_paid_never_takes_the_screen(counter: Counter, charge: ChargePresenter) -> None:
    earlier = start_qr(charge, "80000")
    charge.leave()
    type_in(charge, "12")
    charge.on_changes(counter.shop.hear_paid(earlier))
    assert charge.state.stage is Stage.ENTRY
    assert charge.state.amount_minor == 12
    assert counter.notices.toast_keys == ["charge.entry_kept"]
    assert counter.sounds.played == []


def test_an_earlier_payment_never_makes_the_waiting_one_look_paid(counter: Counter, charge: ChargePresenter) -> None:
    earlier = start_qr(charge, "80000")
    charge.leave()
    current = start_qr(charge, "200000")
    charge.on_changes(counter.shop.hear_paid(earlier))
    assert charge.state.stage is Stage.WAITING
    assert charge.state.payment is not None
    assert charge.state.payment.id == current
    assert counter.notices.toast_keys == ["charge.entry_kept"]


def test_an_earlier_payment_is_told_once(counter: Counter, charge: ChargePresenter) -> None:
    earlier = start_qr(charge, "80000")
    charge.leave()
    charge.on_changes(counter.shop.hear_paid(earlier))
    charge.on_changes(counter.shop.hear(earlier))
    assert counter.notices.toast_keys == ["charge.entry_kept"]


def test_what_the_screen_has_shown_is_not_told_again(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = start_qr(charge)
    charge.on_changes(counter.shop.hear_paid(payment_id))
    charge.finish()
    charge.on_changes(counter.shop.hear(payment_id))
    assert counter.notices.toasts == []


def test_late_money_for_an_earlier_payment_is_told_softly(counter: Counter, charge: ChargePresenter) -> None:
    earlier = start_qr(charge, "80000")
    charge.leave()
    tell(
        counter,
        charge,
        earlier,
        status=PaymentStatus.PAID,
        exception=PaymentException.PAID_LATE,
        received_minor=80_000,
    )
    assert counter.notices.toast_keys == ["late.toast"]
    assert counter.sounds.played == [Sound.NOTICE]


def test_a_payment_of_another_till_is_no_news_here(counter: Counter, charge: ChargePresenter) -> None:
    earlier = start_qr(charge, "80000")
    charge.leave()
    foreign = replace(counter.shop.payments[earlier], reference="BANA02A0000017")
    counter.shop.payments[earlier] = foreign
    charge.on_changes(counter.shop.hear_paid(earlier))
    assert counter.notices.toasts == []


def test_many_earlier_payments_are_told_in_one_word(counter: Counter, charge: ChargePresenter) -> None:
    ids = []
    for _ in range(5):
        ids.append(start_qr(charge, "1000"))
        charge.leave()
    changes = [counter.shop.hear_paid(each) for each in ids]
    topic = next(iter(changes[0].touched))
    charge.on_changes(replace(changes[0], touched={topic: frozenset(ids)}))
    assert counter.notices.toast_keys == ["earlier.many"]


def test_an_open_payment_comes_back_to_a_free_counter_quietly(counter: Counter, charge: ChargePresenter) -> None:
    earlier = start_qr(charge, "80000")
    counter.shop.hear_paid(earlier, 100)
    charge.leave()
    assert charge.resume(earlier)
    assert charge.state.stage is Stage.SHORT
    assert counter.sounds.played == []


def test_a_busy_counter_takes_no_other_payment(charge: ChargePresenter) -> None:
    earlier = start_qr(charge, "80000")
    charge.leave()
    type_in(charge, "5")
    assert not charge.resume(earlier)


def test_what_is_typed_while_an_open_payment_is_read_stays(counter: Counter, charge: ChargePresenter) -> None:
    earlier = start_qr(charge, "80000")
    charge.leave()
    counter.work.held = True
    assert charge.resume(earlier)
    type_in(charge, "5000")
    counter.work.held = False
    counter.work.release()
    assert (charge.state.stage, charge.state.amount_minor) == (Stage.ENTRY, 5_000)
    assert counter.notices.toast_keys == ["sale.typed"]


# freshness


def test_the_screen_says_how_old_its_knowledge_is(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = start_qr(charge)
    counter.desk.sync = FixedSync(watched={payment_id: Fresh(Instant(counter.clock.at - 3_000), counter.clock.at)})
    charge.on_sync()
    assert charge.state.payment is not None
    assert charge.state.payment.checked_ago_s == 3
    assert charge.state.payment.left_s == 300
    counter.clock.pass_ms(5_500)
    charge.tick()
    assert charge.state.payment.checked_ago_s == 8
    assert charge.state.payment.left_s == 295


def test_losing_the_network_is_said_while_a_payment_waits(counter: Counter, charge: ChargePresenter) -> None:
    start_qr(charge)
    counter.desk.sync = FixedSync(state="offline")
    charge.on_sync()
    assert charge.state.payment is not None
    assert charge.state.payment.blind
    assert counter.notices.said_keys[-1] == "pending.offline"


def test_the_provider_is_asked_once_at_a_time(counter: Counter, charge: ChargePresenter) -> None:
    payment_id = start_qr(charge)
    counter.work.held = True
    charge.check()
    charge.check()
    assert charge.state.payment is not None
    assert charge.state.payment.checking
    counter.work.release()
    assert counter.work.hub.checked == [payment_id]
    assert not charge.state.payment.checking
    assert charge.state.payment.checked is not None
    charge.on_changes(counter.shop.hear_paid(payment_id, 200))
    assert charge.state.payment.checked is None, "that nothing had come is no news any more"


def test_a_question_that_gets_no_answer_says_so(counter: Counter, charge: ChargePresenter) -> None:
    start_qr(charge)
    counter.work.hub.refusal = SyncProblem(ErrorCode.NET_TIMEOUT)
    charge.check()
    assert charge.state.problem is not None
    assert charge.state.problem.code is ErrorCode.NET_TIMEOUT
    assert charge.state.stage is Stage.WAITING


def test_the_customer_is_kept_with_the_payment(counter: Counter, charge: ChargePresenter) -> None:
    charge.set_customer("Anh Nam 0903 111 218")
    payment_id = start_qr(charge)
    intent = counter.shop.payments[payment_id]
    assert (intent.customer_name, intent.customer_phone) == ("Anh Nam", "0903111218")


# stored value


@pytest.fixture
def rich(counter: Counter, charge: ChargePresenter) -> ChargePresenter:
    """A counter whose shop has a customer with stored value."""
    phone = "0903111218"
    holder = Holder(holder_id(MERCHANT, phone), MERCHANT, "Chị Hoà", phone, OWNER.user_id, NOON)
    counter.shop.holders[holder.id] = holder
    charge.on_changes(Changes({Topic.HOLDERS: frozenset({holder.id})}))
    return charge


def stored(charge: ChargePresenter, counter: Counter, amount: int, *, waiting: int = 0) -> None:
    """The customer has so much; their number is typed."""
    holder = holder_id(MERCHANT, "0903111218")
    row = HolderRow(holder, "Chị Hoà", "0903111218", amount, unsent_minor=waiting)
    counter.work.queries.holders.rows[holder] = row
    charge.choose(Method.STORED_VALUE)
    charge.set_customer("0903 111 218")


def test_the_customer_found_by_the_number_is_shown_with_what_this_till_knows(
    rich: ChargePresenter, counter: Counter
) -> None:
    counter.desk.sync = FixedSync(last_pulled_at=NOON)
    stored(rich, counter, 100_000, waiting=30_000)
    type_in(rich, "45000")
    assert rich.state.stored == StoredFunds("Chị Hoà", "0903111218", 70_000, 0, NOON)
    rich.choose(Method.CASH)
    assert rich.state.stored is None


def test_a_number_that_is_nobodys_is_said_once_it_is_whole(rich: ChargePresenter) -> None:
    rich.choose(Method.STORED_VALUE)
    rich.set_customer("0999 999 99")
    assert rich.state.stored is None
    rich.set_customer("0999 999 999")
    assert rich.state.stored is not None
    assert rich.state.stored.name == ""


def test_what_stored_value_lacks_is_paid_first_and_stored_value_pays_the_rest(
    rich: ChargePresenter, counter: Counter
) -> None:
    stored(rich, counter, 30_000)
    type_in(rich, "45000")
    assert rich.state.stored is not None
    assert rich.state.stored.missing_minor == 15_000
    assert rich.state.can_charge
    rich.split()
    assert (rich.state.method, rich.state.amount_minor) == (Method.CASH, 15_000)
    rich.hand_over(15_000)
    assert (rich.state.method, rich.state.amount_minor) == (Method.STORED_VALUE, 30_000)
    assert rich.state.stored is not None
    assert rich.state.stored.missing_minor == 0
    rich.charge()
    [payment] = [each for each in counter.shop.payments.values() if each.method is Method.STORED_VALUE]
    assert (payment.amount_minor, payment.holder_id) == (30_000, holder_id(MERCHANT, "0903111218"))


def test_news_of_a_customer_renews_what_they_have(rich: ChargePresenter, counter: Counter) -> None:
    stored(rich, counter, 30_000)
    type_in(rich, "45000")
    stored(rich, counter, 60_000)
    rich.on_changes(Changes({Topic.HOLDERS: frozenset({holder_id(MERCHANT, "0903111218")})}))
    assert rich.state.stored is not None
    assert (rich.state.stored.available_minor, rich.state.stored.missing_minor) == (60_000, 0)


def test_stored_value_is_not_offered_while_no_customer_has_any(charge: ChargePresenter) -> None:
    assert Method.STORED_VALUE not in {tile.method for tile in charge.state.tiles}


def test_the_customer_whose_stored_value_pays_is_told_by_their_phone(rich: ChargePresenter, counter: Counter) -> None:
    assert Method.STORED_VALUE in {tile.method for tile in rich.state.tiles}
    rich.choose(Method.STORED_VALUE)
    type_in(rich, "45000")
    rich.set_customer("hoà +84 903 111 218")
    rich.charge()
    assert rich.state.stage is Stage.WAITING
    assert not rich.state.can_confirm
    [payment] = counter.shop.payments.values()
    assert (payment.holder_id, payment.customer_name) == (holder_id(MERCHANT, "0903111218"), "Chị Hoà")


@pytest.mark.parametrize(
    ("customer", "code"), [("", ErrorCode.PHONE_INVALID), ("0999 999 999", ErrorCode.HOLDER_UNKNOWN)]
)
def test_without_a_known_customer_nothing_is_started_and_nothing_typed_is_lost(
    rich: ChargePresenter, counter: Counter, customer: str, code: ErrorCode
) -> None:
    rich.choose(Method.STORED_VALUE)
    type_in(rich, "45000")
    rich.set_customer(customer)
    rich.charge()
    assert rich.state.problem is not None
    assert rich.state.problem.code is code
    assert (rich.state.stage, rich.state.amount_minor, rich.state.customer) == (Stage.ENTRY, 45_000, customer)
    assert not counter.shop.payments
    rich.set_customer("0903")
    assert rich.state.problem is None, "who types the number again need not read of the one before"


# which payment option


@pytest.fixture
def terminal(counter: Counter, charge: ChargePresenter) -> ChargePresenter:
    """A counter with a terminal, which takes cards and codes."""
    counter.shop.connected |= {Provider.VNPAY_SPOS}
    charge.on_changes(Changes({Topic.SETTINGS: frozenset({"payment.connected"})}))
    return charge


def test_a_method_with_several_options_asks_which_and_the_next_customer_is_asked_again(
    counter: Counter, terminal: ChargePresenter
) -> None:
    type_in(terminal, "200000")
    terminal.choose_tile(len(terminal.state.tiles))
    assert terminal.state.asking
    assert [each.option for each in terminal.state.options] == ["card", "qr"]
    type_in(terminal, "9")
    terminal.charge()
    assert (terminal.state.amount_minor, counter.shop.payments) == (200_000, {}), "a digit or Enter does nothing else"
    terminal.pick(3)
    assert terminal.state.asking, "there is no third one"
    terminal.pick(2)
    assert (terminal.state.asking, terminal.state.option) == (False, "qr")
    terminal.charge()
    [payment] = counter.shop.payments.values()
    assert (payment.option, terminal.state.payment and terminal.state.payment.option) == ("qr", "qr")

    tell(counter, terminal, payment.id, status=PaymentStatus.FAILED, failure=FailureCode.EXPIRED)
    terminal.try_again()
    again = next(each for each in counter.shop.payments.values() if each.id != payment.id)
    assert again.option == "qr", "another try is the same again"
    terminal.leave()
    type_in(terminal, "50000")
    assert (terminal.state.method, terminal.state.option) == (Method.CARD_TERMINAL, "")
    terminal.charge()
    assert (terminal.state.asking, len(counter.shop.payments)) == (True, 2)
    terminal.escape()
    assert (terminal.state.asking, terminal.state.amount_minor) == (False, 50_000)
    terminal.charge()
    terminal.pick(1)
    assert [each.option for each in counter.shop.payments.values()] == ["qr", "qr", "card"], "the choice charges"


def test_with_one_option_left_nothing_is_asked_and_it_is_what_the_provider_is_told(
    counter: Counter, terminal: ChargePresenter
) -> None:
    counter.shop.contracts = (
        ContractTerms(Provider.VNPAY_SPOS, "2026-01-01", options=frozenset({"card_terminal/qr"})),
    )
    terminal.on_changes(Changes({Topic.SETTINGS: frozenset({"payment.contracts"})}))
    start_qr(terminal, method=Method.CARD_TERMINAL)
    assert not terminal.state.asking
    [payment] = counter.shop.payments.values()
    assert payment.option == "qr"


def test_a_limit_greys_the_tile_as_soon_as_the_amount_passes_it_and_the_day_counts(
    counter: Counter, terminal: ChargePresenter
) -> None:
    limited = ContractTerms(Provider.VNPAY_SPOS, "2026-01-01", limit_payment_minor=500_000, limit_day_minor=1_000_000)
    counter.shop.contracts, counter.shop.taken = (limited,), {Provider.VNPAY_SPOS: 700_000}
    terminal.on_changes(Changes({Topic.SETTINGS: frozenset({"payment.contracts"})}))
    terminal.choose(Method.CARD_TERMINAL)
    terminal.pick(1)
    type_in(terminal, "300000")
    assert terminal.state.can_charge
    counter.shop.taken = {Provider.VNPAY_SPOS: 800_000}
    terminal.on_changes(Changes({Topic.PAYMENTS: frozenset({"elsewhere"})}))
    day = Bound(Provider.VNPAY_SPOS, 1_000_000, 200_000, of_day=True)
    tile = next(each for each in terminal.state.tiles if each.method is Method.CARD_TERMINAL)
    assert (terminal.state.can_charge, terminal.state.bound, tile.bound, tile.available) == (False, day, day, False)
    terminal.charge()
    assert not counter.shop.payments
    with pytest.raises(RuleBroken) as refused:
        start_payment(
            SmallUnitOfWork(counter.shop),
            CASHIER,
            PaymentId("p"),
            Method.CARD_TERMINAL,
            300_000,
            NOON,
            online=True,
            option="card",
        )
    assert refused.value.code is ErrorCode.CONTRACT_LIMIT, "the service says the same"
    counter.shop.contracts = (replace(limited, options=frozenset({"card"})),)
    terminal.on_changes(Changes({Topic.SETTINGS: frozenset({"payment.contracts"})}))
    assert terminal.state.barred
