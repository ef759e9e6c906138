"""The owner's routes: a rule means what its words say, and only what somebody takes is offered."""

from dataclasses import replace

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.policy import Role
from domain.rails import Method, Provider
from domain.routing import CONNECTED, PLAN, read_plan
from tests.fakes.kept_books import BooksCounter
from tests.fakes.small_shop import OWNER
from ui.presenters.routes import CHOICES, PROVIDERS, RouteLine, RoutesPresenter

VISA = RouteLine(Method.CARD, "visa", "VND", Provider.STRIPE)


@pytest.fixture
def counter() -> BooksCounter:
    made = BooksCounter(actor=OWNER)
    made.books.values[CONNECTED] = ["stripe", "payos"]
    return made


@pytest.fixture
def routes(counter: BooksCounter) -> RoutesPresenter:
    made = RoutesPresenter(counter.desk)
    made.opened()
    return made


def adds(routes: RoutesPresenter, line: RouteLine) -> None:
    form = routes.form(lambda: None)
    form.choose_method(line.method)
    form.choose_option(line.option)
    if line.option is not None:
        form.choose_currency(line.currency)
    form.choose_provider(line.provider)
    assert form.state.line == replace(line, asleep=False)
    form.save()


def test_only_methods_with_several_providers_are_to_be_chosen() -> None:
    assert CHOICES == (Method.VIETQR, Method.CARD, Method.CARD_TERMINAL)
    assert {Provider.STRIPE, Provider.PAYOS, Provider.VNPAY_SPOS} <= set(PROVIDERS)
    assert not {Provider.NONE, Provider.MANUAL, Provider.PAYPAL, Provider.LEAN} & set(PROVIDERS)


def test_a_rule_is_kept_shown_and_taken_out_again(counter: BooksCounter, routes: RoutesPresenter) -> None:
    adds(routes, VISA)
    default = RouteLine(Method.VIETQR, None, "", Provider.PAYOS)
    adds(routes, default)
    assert routes.state.lines == (VISA, default)
    plan = read_plan(counter.books.values[PLAN])
    assert (plan.exact[0].provider, plan.methods) == (Provider.STRIPE, {Method.VIETQR: Provider.PAYOS})
    routes.remove(VISA)
    routes.remove(default)
    assert routes.state.lines == ()


def test_a_rule_for_the_same_takes_the_place_of_the_first(routes: RoutesPresenter) -> None:
    adds(routes, RouteLine(Method.VIETQR, None, "", Provider.SEPAY))
    adds(routes, RouteLine(Method.VIETQR, None, "", Provider.PAYOS))
    assert [line.provider for line in routes.state.lines] == [Provider.PAYOS]


def test_a_rule_sleeps_while_its_provider_is_away_or_takes_another_currency(routes: RoutesPresenter) -> None:
    adds(routes, RouteLine(Method.CARD, "mada", "SAR", Provider.HYPERPAY))
    adds(routes, replace(VISA, currency="USD"))
    adds(routes, VISA)
    assert [line.asleep for line in routes.state.lines] == [True, True, False]


def test_only_what_some_provider_takes_can_be_put_together(routes: RoutesPresenter) -> None:
    form = routes.form(lambda: None)
    form.choose_method(Method.CARD)
    form.choose_option("mada")
    assert (form.state.providers, form.state.currencies) == ((Provider.HYPERPAY,), ("AED", "EUR", "SAR", "USD"))
    assert form.state.currency != "VND"
    form.choose_option("jcb")
    form.choose_currency("VND")
    assert form.state.providers == (Provider.STRIPE,)
    form.choose_currency("JPY")
    assert set(form.state.providers) == {Provider.STRIPE, Provider.SQUARE, Provider.BRAINTREE}
    form.choose_method(Method.VIETQR)
    assert (form.state.option, form.state.line.currency) == (None, "")


def test_every_rule_that_the_form_makes_is_taken_by_the_setting(routes: RoutesPresenter) -> None:
    form = routes.form(lambda: None)
    for method in CHOICES:
        form.choose_method(method)
        for option in (None, *form.state.options):
            form.choose_option(option)
            for provider in form.state.providers:
                form.choose_provider(provider)
                adds(routes, form.state.line)
    assert routes.state.problem is None


def test_providers_move_one_place_at_a_time_and_stop_at_the_ends(
    counter: BooksCounter, routes: RoutesPresenter
) -> None:
    first, second = routes.state.order[:2]
    routes.move(second, -1)
    assert routes.state.order[:2] == (second, first)
    assert counter.books.values[PLAN]["otherwise"] == [provider.value for provider in routes.state.order]
    routes.move(second, -1)
    routes.move(routes.state.order[-1], 1)
    assert routes.state.order[0] is second
    assert set(routes.state.order) == set(PROVIDERS)


def test_a_cancelled_form_and_a_refusal_change_nothing(counter: BooksCounter, routes: RoutesPresenter) -> None:
    routes.form(lambda: None).cancel()
    assert PLAN not in counter.books.values
    counter.work.broken = StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE)
    adds(routes, VISA)
    assert PLAN not in counter.books.values
    routes.remove(VISA)
    assert routes.state.problem is not None
    routes.dismiss()
    assert routes.state.problem is None


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER])
def test_nobody_but_an_owner_gets_to_the_routes(role: Role) -> None:
    made = RoutesPresenter(BooksCounter(actor=replace(OWNER, role=role)).desk)
    made.opened()
    assert not made.allowed
    assert not made.state.loaded
