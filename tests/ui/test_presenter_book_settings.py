"""The settings of the books as their owner changes them: nothing is saved by the way, and nothing typed is lost."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from domain.accounts import Regime
from domain.changes import Changes, Topic
from domain.drafts import Draft
from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import DraftId, Instant
from domain.policy import Role
from domain.rows import QueueState
from domain.shop_settings import CLOSED_THROUGH, PROFILE, PROFILE_FIELDS, REGIME, VAT_CLASS, VAT_RATES
from domain.vat import DEFAULT_RATES, VatClass, VatRate, rate_on, read_rates
from domain.vouchers import VoucherType
from tests.fakes.audit_trail import a_trail
from tests.fakes.fixed_keys import no_keys
from tests.fakes.kept_books import BooksCounter
from tests.fakes.plain_pins import PlainPins
from tests.fakes.small_shop import CASHIER, NOON, OWNER
from ui.presenters.book_settings import BookSettingsPresenter
from ui.presenters.connections import ConnectionsPresenter
from ui.presenters.people import PeoplePresenter
from ui.presenters.period_form import PeriodFormPresenter, next_closing
from ui.presenters.preferences import Preferences
from ui.presenters.settings import Part, SettingsPresenter
from ui.presenters.vat_rates import RateFormPresenter, RateMark, mark_of

TODAY = "2026-11-21"
NEWS = Changes({Topic.SETTINGS: frozenset({"news"})})
EIGHT = DEFAULT_RATES[1]


@pytest.fixture
def counter() -> BooksCounter:
    return BooksCounter(actor=OWNER)


@pytest.fixture
def settings(counter: BooksCounter) -> BookSettingsPresenter:
    made = BookSettingsPresenter(counter.desk)
    made.opened()
    return made


def rates_of(counter: BooksCounter) -> tuple[VatRate, ...]:
    return read_rates(counter.books.values[VAT_RATES])


def test_nothing_is_changed_before_it_is_saved(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    settings.choose_regime(Regime.TT152)
    settings.choose_vat(VatClass.REDUCED)
    assert settings.state.rules_differ
    assert counter.books.values == {}
    settings.save_rules()
    assert counter.books.values == {REGIME: "TT152", VAT_CLASS: "reduced"}
    assert not settings.state.rules_differ
    assert counter.notices.toast_keys == ["book_settings.saved"]
    assert counter.shop.unsent == {f"setting:{REGIME}", f"setting:{VAT_CLASS}"}


def test_what_was_chosen_can_be_taken_back(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    settings.choose_regime(Regime.TT99)
    settings.set_fact("address", "12 Lê Lợi")
    settings.undo_rules()
    settings.undo_profile()
    assert not settings.state.rules_differ
    assert not settings.state.profile_differs
    settings.save_rules()
    settings.save_profile()
    assert counter.work.commands == 0


def test_no_vat_can_be_chosen_again(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    for vat_class in (VatClass.STANDARD, None):
        settings.choose_vat(vat_class)
        settings.save_rules()
    assert counter.books.values[VAT_CLASS] == ""
    assert settings.state.rules.vat_class is None


def test_the_profile_is_kept_without_blanks(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    assert set(settings.state.profile) == set(PROFILE_FIELDS)
    settings.set_fact("address", "  12 Lê Lợi, Huế ")
    settings.set_fact("director", "Nguyễn Thị Mai")
    settings.set_fact("phone", "   ")
    settings.save_profile()
    assert counter.books.values[PROFILE] == {"address": "12 Lê Lợi, Huế", "director": "Nguyễn Thị Mai"}
    assert not settings.state.profile_differs


def test_news_of_another_till_reaches_what_was_not_touched_and_leaves_the_rest(
    counter: BooksCounter, settings: BookSettingsPresenter
) -> None:
    settings.set_fact("address", "12 Lê Lợi")
    settings.choose_regime(Regime.TT99)
    counter.books.values.update({PROFILE: {"phone": "0236 3 123 456"}, REGIME: "TT152", VAT_CLASS: "standard"})
    settings.on_changes(NEWS)
    state = settings.state
    assert (state.regime, state.vat_class, state.profile["address"]) == (Regime.TT99, VatClass.STANDARD, "12 Lê Lợi")
    settings.undo_profile()
    assert settings.state.profile["phone"] == "0236 3 123 456"


def test_a_refusal_keeps_what_was_typed(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    settings.set_fact("address", "12 Lê Lợi")
    counter.work.broken = StorageUnavailable(ErrorCode.DISK_FULL)
    settings.save_profile()
    assert settings.state.problem is not None
    assert (settings.state.saving, settings.state.profile["address"]) == (False, "12 Lê Lợi")
    counter.work.broken = None
    settings.save_profile()
    assert settings.state.problem is None
    assert not settings.state.profile_differs


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MANAGER, Role.ACCOUNTANT, Role.AUDITOR])
def test_only_who_may_change_settings_finds_anything_here(counter: BooksCounter, role: Role) -> None:
    counter.desk.actor = replace(OWNER, role=role)
    settings = BookSettingsPresenter(counter.desk)
    settings.opened()
    assert not settings.state.allowed
    assert settings.rate_form(None, lambda: None) is None
    assert settings.period_form(False, lambda: None) is None


def test_the_owner_reads_the_settings_anew_after_a_cashier(
    counter: BooksCounter, settings: BookSettingsPresenter
) -> None:
    counter.books.values[REGIME] = "TT99"
    settings.closed()
    counter.desk.actor = CASHIER
    settings.opened()
    assert not settings.state.loaded
    settings.closed()
    counter.desk.actor = OWNER
    settings.opened()
    assert settings.state.rules.regime is Regime.TT99


# The rates


def rate_form(settings: BookSettingsPresenter, rate: VatRate | None) -> RateFormPresenter:
    form = settings.rate_form(rate, lambda: None)
    assert form is not None
    return form


@pytest.mark.parametrize(
    ("day", "eight", "ten"),
    [
        ("2025-06-30", RateMark.LATER, RateMark.NOW),
        ("2026-12-31", RateMark.NOW, RateMark.ASIDE),
        ("2027-01-01", RateMark.OVER, RateMark.NOW),
    ],
)
def test_a_rate_is_marked_by_whether_it_holds_on_the_day(day: str, eight: RateMark, ten: RateMark) -> None:
    assert mark_of(DEFAULT_RATES, EIGHT, day) is eight
    assert mark_of(DEFAULT_RATES, DEFAULT_RATES[2], day) is ten
    assert mark_of(DEFAULT_RATES, DEFAULT_RATES[0], day) is RateMark.NOW


def test_a_dated_rate_is_added(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    form = rate_form(settings, None)
    assert form.state.since > TODAY
    form.set_percent(7)
    form.set_since("2027-01-01")
    form.set_until("2027-12-31")
    form.save()
    rates = rates_of(counter)
    assert len(rates) == len(DEFAULT_RATES) + 1
    assert [rate_on(rates, VatClass.REDUCED, f"{year}-06-30") for year in (2026, 2027, 2028)] == [8, 7, 10]
    assert settings.state.rules.rates == rates


def test_a_rate_is_prolonged_in_its_own_place(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    form = rate_form(settings, EIGHT)
    assert (form.state.percent, form.state.until) == (8, "2026-12-31")
    form.set_until("2027-06-30")
    form.save()
    rates = rates_of(counter)
    assert len(rates) == len(DEFAULT_RATES)
    assert rate_on(rates, VatClass.REDUCED, "2027-06-30") == 8


def test_a_rate_is_removed_where_another_stands_in(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    form = rate_form(settings, EIGHT)
    assert form.state.can_remove
    form.remove()
    assert rate_on(rates_of(counter), VatClass.REDUCED, TODAY) == 10


def test_no_class_is_left_without_a_rate(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    form = rate_form(settings, DEFAULT_RATES[0])
    assert not form.state.can_remove
    form.remove()
    spoils: tuple[Callable[[RateFormPresenter], None], ...] = (
        lambda form: form.set_until("2030-12-31"),
        lambda form: form.set_since("2027-01-01"),
        lambda form: form.choose_class(VatClass.REDUCED),
    )
    for spoil in spoils:
        form = rate_form(settings, DEFAULT_RATES[0])
        spoil(form)
        assert form.state.wrong == {"gap"}
        form.save()
    assert counter.work.commands == 0


def test_a_rate_that_ends_before_it_begins_cannot_be_saved(settings: BookSettingsPresenter) -> None:
    form = rate_form(settings, None)
    form.set_until("2026-01-01")
    assert form.state.wrong == {"until"}
    assert not form.state.can_save


# The closing of periods


def period_form(settings: BookSettingsPresenter, reopening: bool = False) -> PeriodFormPresenter:
    form = settings.period_form(reopening, lambda: None)
    assert form is not None
    return form


@pytest.mark.parametrize(
    ("today", "standing", "suggested"),
    [
        ("2026-11-21", "", "2026-10-31"),
        ("2026-11-21", "2026-10-31", "2026-11-20"),
        ("2026-03-01", "2026-01-31", "2026-02-28"),
        ("2026-01-01", "2025-11-30", "2025-12-31"),
        ("2026-11-21", "2026-11-20", ""),
    ],
)
def test_last_month_is_suggested_and_else_yesterday(today: str, standing: str, suggested: str) -> None:
    assert next_closing(today, standing) == suggested


def test_the_books_are_closed_through_last_month(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    form = period_form(settings)
    assert form.state.day == "2026-10-31"
    assert form.state.days == ("2026-10-31", "2026-09-30", "2026-08-31")
    form.save()
    assert counter.books.values[CLOSED_THROUGH] == "2026-10-31"
    assert settings.state.rules.closed_through == "2026-10-31"
    assert counter.notices.toast_keys == ["book_settings.closed"]


@pytest.mark.parametrize("day", [TODAY, "2026-12-31", "2026-09-30", "", "2026-02-30"])
def test_only_days_that_are_over_and_open_can_be_closed(
    counter: BooksCounter, settings: BookSettingsPresenter, day: str
) -> None:
    counter.books.values[CLOSED_THROUGH] = "2026-09-30"
    settings.on_changes(NEWS)
    form = period_form(settings)
    form.choose(day)
    assert form.state.wrong == {"day"}
    form.save()
    assert counter.work.commands == 0


def test_what_is_unfinished_in_the_period_is_counted(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    counter.work.queries.queue_state = QueueState(3, 0, None, None, None)
    for number, day in enumerate(("2026-10-31", "2026-11-02", "2026-08-15")):
        draft = Draft(DraftId(f"d{number}"), VoucherType.PAYMENT, day, NOON, Instant(NOON), OWNER.user_id)
        counter.books.written.append(draft)
    form = period_form(settings)
    assert (form.state.drafts, form.state.waiting) == (2, 3)
    form.choose("2026-09-30")
    assert form.state.drafts == 1
    assert form.state.can_save


def test_closed_books_open_again_only_with_a_reason(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    assert settings.period_form(True, lambda: None) is None
    counter.books.values[CLOSED_THROUGH] = "2026-10-31"
    settings.on_changes(NEWS)
    form = period_form(settings, reopening=True)
    assert form.state.day == "2026-09-30"
    form.set_reason("   ")
    assert not form.state.can_save
    form.set_reason("Thiếu hoá đơn tiền điện")
    form.save()
    assert counter.books.values[CLOSED_THROUGH] == "2026-09-30"
    assert counter.notices.toast_keys == ["book_settings.reopened"]


def test_all_closed_books_can_be_opened_and_none_closed_further_by_that(
    counter: BooksCounter, settings: BookSettingsPresenter
) -> None:
    counter.books.values[CLOSED_THROUGH] = "2026-10-31"
    settings.on_changes(NEWS)
    form = period_form(settings, reopening=True)
    form.set_reason("Nhập lại từ đầu")
    form.choose("2026-10-31")
    assert form.state.wrong == {"day"}
    form.choose("")
    form.save()
    assert counter.books.values[CLOSED_THROUGH] == ""
    assert settings.period_form(True, lambda: None) is None


def test_a_refused_closing_keeps_the_form(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    form = period_form(settings)
    counter.clock.pass_ms(-60 * 24 * 3_600_000)
    form.save()
    assert form.state.problem is not None
    assert form.state.problem.code is ErrorCode.PERIOD_NOT_OVER
    assert form.state.can_save


def test_when_everything_is_closed_nothing_is_offered(counter: BooksCounter, settings: BookSettingsPresenter) -> None:
    counter.books.values[CLOSED_THROUGH] = "2026-11-20"
    settings.on_changes(NEWS)
    assert not settings.state.can_close_now
    assert settings.period_form(False, lambda: None) is None


# Its place among the settings


class KeptNowhere:
    def load(self) -> Preferences:
        return Preferences()

    def save(self, preferences: Preferences) -> None:
        """Preferences are not looked at here."""


def all_settings(counter: BooksCounter) -> SettingsPresenter:
    desk = counter.desk
    made = SettingsPresenter(
        desk,
        KeptNowhere(),
        Preferences(),
        "0.1.0",
        lambda wishes: None,
        lambda: None,
        a_trail(desk),
        PeoplePresenter(desk, PlainPins()),
        ConnectionsPresenter(desk, None, lambda _text: None),
        no_keys(desk),
    )
    made.opened()
    return made


def test_the_tills_own_settings_come_first_and_the_books_are_read_when_they_are_turned_to(
    counter: BooksCounter,
) -> None:
    counter.books.values[REGIME] = "TT99"
    every = all_settings(counter)
    assert (every.state.part, every.state.parts, every.books.state.loaded) == (Part.TILL, frozenset(Part), False)
    every.show_part(Part.BOOKS)
    seen = [every.books.state.rules.regime]
    counter.books.values[REGIME] = "TT152"
    every.on_changes(NEWS)
    seen.append(every.books.state.rules.regime)
    assert seen == [Regime.TT99, Regime.TT152]
    every.closed()
    every.opened()
    assert every.state.part is Part.TILL


def test_a_cashier_is_not_let_to_the_books(counter: BooksCounter) -> None:
    counter.desk.actor = CASHIER
    every = all_settings(counter)
    every.show_part(Part.BOOKS)
    assert (every.state.parts, every.state.part) == (frozenset({Part.TILL}), Part.TILL)
