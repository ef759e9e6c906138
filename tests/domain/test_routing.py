"""A payment finds its provider: terms before the three levels, and nobody who is not connected or cannot take it."""

from dataclasses import replace
from typing import Any

import pytest

from domain.contract_terms import Bound, ContractTerms
from domain.errors import DomainError, ErrorCode, RuleBroken
from domain.rails import Method, Provider
from domain.routing import (
    BY_HAND_METHODS,
    CONNECTED,
    PLAN,
    Choice,
    PaymentRules,
    RoutePlan,
    RouteRule,
    Wish,
    choices,
    find_route,
    offered,
    read_by_hand,
    read_connected,
    read_plan,
)
from domain.shop_settings import check_setting

DAY = "2026-11-21"
CARD = Wish(Method.CARD, "USD", 10_000, DAY)
SHOWN = Wish(Method.VIETQR, "VND", 45_000, DAY)
SQUARE, STRIPE = Provider.SQUARE, Provider.STRIPE
BOTH = frozenset({STRIPE, SQUARE})


def chosen(
    wish: Wish, connected: frozenset[Provider] = BOTH, taken: dict[Provider, int] | None = None, **rules: Any
) -> Provider:
    return find_route(PaymentRules(connected, **rules), wish, taken or {}).provider


def refusal(wish: Wish, connected: frozenset[Provider] = BOTH, **rules: Any) -> ErrorCode:
    with pytest.raises(DomainError) as refused:
        chosen(wish, connected, **rules)
    return refused.value.code


# -- the three levels


def test_without_any_rule_the_first_way_of_the_method_is_taken() -> None:
    assert chosen(CARD) is STRIPE


def test_the_exact_rule_is_stronger_than_the_default_and_that_than_the_order_of_the_rest() -> None:
    order = RoutePlan(otherwise=(SQUARE, STRIPE))
    assert chosen(CARD, plan=order) is SQUARE
    default = replace(order, methods={Method.CARD: STRIPE})
    assert chosen(CARD, plan=default) is STRIPE
    exact = replace(default, exact=(RouteRule(Method.CARD, "visa", "USD", SQUARE),))
    assert chosen(replace(CARD, option="visa"), plan=exact) is SQUARE


@pytest.mark.parametrize("other", [{"option": ""}, {"option": "amex"}, {"option": "visa", "currency": "EUR"}])
def test_an_exact_rule_is_for_its_option_and_currency_alone(other: dict[str, str]) -> None:
    plan = RoutePlan(exact=(RouteRule(Method.CARD, "visa", "USD", SQUARE),))
    assert chosen(replace(CARD, **other), plan=plan) is STRIPE


def test_a_rule_for_who_is_not_connected_is_passed_over() -> None:
    exact = (RouteRule(Method.CARD, "", "USD", SQUARE),)
    plan = RoutePlan(exact, {Method.CARD: SQUARE}, (SQUARE,))
    assert chosen(CARD, frozenset({STRIPE}), plan=plan) is STRIPE


# -- who can take it


def test_nobody_connected_means_that_the_method_is_not_available() -> None:
    assert refusal(CARD, frozenset()) is ErrorCode.METHOD_UNAVAILABLE
    assert refusal(CARD, frozenset({Provider.PAYPAL})) is ErrorCode.METHOD_UNAVAILABLE
    assert refusal(replace(CARD, method=Method.OPEN_BANKING)) is ErrorCode.METHOD_UNAVAILABLE


def test_a_provider_that_does_not_take_the_currency_the_option_or_a_hold_is_passed_over() -> None:
    plan = RoutePlan(otherwise=(SQUARE,))
    assert chosen(replace(CARD, currency="SAR"), plan=plan) is STRIPE
    assert chosen(replace(CARD, capture=False), plan=plan) is STRIPE
    assert refusal(replace(CARD, currency="SAR"), frozenset({SQUARE})) is ErrorCode.METHOD_UNAVAILABLE
    assert refusal(replace(CARD, option="mada")) is ErrorCode.METHOD_UNAVAILABLE


def test_without_the_hub_a_providers_page_waits_for_the_network_and_a_code_of_the_tills_own_does_not() -> None:
    assert refusal(replace(CARD, online=False)) is ErrorCode.METHOD_NEEDS_NETWORK
    assert chosen(replace(SHOWN, online=False), frozenset()) is Provider.SEPAY
    assert chosen(Wish(Method.CASH, "AED", 1, DAY, online=False), frozenset()) is Provider.NONE


def test_the_bank_accounts_reader_is_the_one_that_is_connected() -> None:
    assert chosen(SHOWN, frozenset({Provider.CASSO})) is Provider.CASSO
    assert chosen(SHOWN, frozenset({Provider.CASSO, Provider.SEPAY})) is Provider.SEPAY
    both = RoutePlan(methods={Method.VIETQR: Provider.CASSO})
    assert chosen(SHOWN, frozenset({Provider.CASSO, Provider.SEPAY}), plan=both) is Provider.CASSO


# -- contract terms


def terms(provider: Provider, **facts: Any) -> ContractTerms:
    return ContractTerms(provider, facts.pop("since", "2026-01-01"), **facts)


def test_terms_in_force_are_stronger_than_every_rule() -> None:
    plan = RoutePlan((RouteRule(Method.CARD, "", "USD", STRIPE),), {Method.CARD: STRIPE}, (STRIPE,))
    assert chosen(CARD, plan=plan, contracts=(terms(SQUARE),)) is SQUARE
    assert chosen(CARD, plan=plan, contracts=(terms(SQUARE, since="2026-11-22"),)) is STRIPE
    assert chosen(CARD, plan=plan, contracts=(terms(SQUARE, until="2026-11-20"),)) is STRIPE


def test_of_several_terms_the_cheapest_for_this_amount_is_taken_and_of_equal_ones_the_preferred_way() -> None:
    contracts = (terms(STRIPE, fee_bps=290), terms(SQUARE, fee_bps=100, fee_minor=100))
    assert chosen(replace(CARD, amount_minor=1_000), contracts=contracts) is STRIPE
    assert chosen(replace(CARD, amount_minor=100_000), contracts=contracts) is SQUARE
    assert chosen(CARD, contracts=(terms(SQUARE), terms(STRIPE))) is STRIPE


def test_a_provider_whose_terms_do_not_allow_it_is_out_and_one_without_terms_takes_it() -> None:
    contracts = (terms(STRIPE, options=frozenset({"card/amex"})),)
    assert chosen(CARD, contracts=contracts) is SQUARE
    assert chosen(replace(CARD, option="amex"), contracts=contracts) is STRIPE


def test_limits_count_what_was_taken_that_day() -> None:
    contracts = (terms(STRIPE, limit_payment_minor=10_000, limit_day_minor=25_000), terms(SQUARE, fee_bps=500))
    assert chosen(CARD, contracts=contracts, taken={STRIPE: 15_000}) is STRIPE
    assert chosen(CARD, contracts=contracts, taken={STRIPE: 15_001}) is SQUARE
    assert chosen(replace(CARD, amount_minor=10_001), contracts=contracts) is SQUARE


def test_where_only_terms_stand_against_a_payment_that_is_what_is_said() -> None:
    contracts = (terms(STRIPE, limit_payment_minor=1), terms(SQUARE, options=frozenset({"card_terminal"})))
    assert refusal(CARD, contracts=contracts) is ErrorCode.CONTRACT_LIMIT


# -- what the counter offers


def test_a_shop_that_is_connected_to_nobody_offers_cash_and_with_a_bank_account_its_code() -> None:
    assert offered(PaymentRules(), "VND", has_bank_account=False, has_holders=False) == (Method.CASH,)
    assert offered(PaymentRules(), "VND", has_bank_account=True, has_holders=False) == (Method.CASH, Method.VIETQR)
    assert offered(PaymentRules(), "USD", has_bank_account=True, has_holders=False) == (Method.CASH,)


def test_connected_providers_that_take_the_shops_currency_are_offered() -> None:
    everybody = frozenset(Provider)
    dong = (Method.CASH, Method.VIETQR, Method.VNPAY_QR, Method.CARD, Method.CARD_TERMINAL)
    assert offered(PaymentRules(everybody), "VND", has_bank_account=True, has_holders=False) == dong
    dollars = (Method.CASH, Method.CARD, Method.CARD_TERMINAL, Method.PAYPAL)
    assert offered(PaymentRules(everybody), "USD", has_bank_account=True, has_holders=False) == dollars
    assert offered(PaymentRules(frozenset({Provider.PAYPAL})), "SAR", has_bank_account=True, has_holders=False) == (
        Method.CASH,
    )


def test_what_is_settled_by_hand_is_offered_and_taken_only_where_the_shop_switched_it_on() -> None:
    cheques = PaymentRules(by_hand=frozenset({Method.CHEQUE}))
    assert offered(cheques, "USD", has_bank_account=False, has_holders=False) == (Method.CASH, Method.CHEQUE)
    wish = Wish(Method.CHEQUE, "VND", 45_000, "2026-11-21", online=False)
    assert find_route(cheques, wish, {}).provider is Provider.MANUAL
    with pytest.raises(RuleBroken) as refused:
        find_route(cheques, replace(wish, method=Method.MANUAL), {})
    assert refused.value.code is ErrorCode.METHOD_UNAVAILABLE


def test_stored_value_is_offered_in_every_currency_once_a_customer_has_any() -> None:
    for currency in ("VND", "USD"):
        assert offered(PaymentRules(), currency, has_bank_account=False, has_holders=True) == (
            Method.CASH,
            Method.STORED_VALUE,
        )


# -- the settings


def test_a_plan_is_read_level_by_level() -> None:
    value = {
        "exact": [{"method": "card", "option": "visa", "currency": "USD", "provider": "square"}],
        "methods": {"vietqr": "casso"},
        "otherwise": ["square", "stripe"],
    }
    plan = read_plan(value)
    assert plan.exact == (RouteRule(Method.CARD, "visa", "USD", SQUARE),)
    assert plan.methods == {Method.VIETQR: Provider.CASSO}
    assert plan.otherwise == (SQUARE, STRIPE)
    assert read_plan({}) == RoutePlan()


RULE = {"method": "card", "option": "", "currency": "USD", "provider": "stripe"}


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"first": []},
        {"exact": RULE},
        {"exact": [{**RULE, "provider": "sepay"}]},
        {"exact": [{**RULE, "currency": "XYZ"}]},
        {"exact": [{**RULE, "currency": "JPY", "method": "vietqr", "provider": "casso"}]},
        {"exact": [{**RULE, "option": "mada"}]},
        {"exact": [{**RULE, "option": 1}]},
        {"exact": [{**RULE, "more": 1}]},
        {"exact": [RULE, {**RULE, "provider": "square"}]},
        {"methods": {"card": "casso"}},
        {"methods": {"barter": "stripe"}},
        {"methods": ["card"]},
        {"otherwise": ["acme"]},
        {"otherwise": "stripe"},
        {"otherwise": [["stripe"]]},
    ],
    ids=str,
)
def test_a_plan_that_leads_nowhere_is_refused(value: Any) -> None:
    with pytest.raises(RuleBroken) as refused:
        check_setting(PLAN, value)
    assert refused.value.code is ErrorCode.SETTING_INVALID


def test_who_is_connected_may_be_a_provider_that_an_older_till_does_not_know() -> None:
    assert read_connected(["stripe", "a newer one"]) == frozenset({STRIPE})
    for value in ("stripe", [1], {"stripe": True}, None):
        with pytest.raises(RuleBroken):
            check_setting(CONNECTED, value)


def test_only_methods_that_are_settled_by_hand_are_switched_on_and_off() -> None:
    check_setting(BY_HAND_METHODS, ["cheque", "manual"])
    assert read_by_hand(["manual"]) == frozenset({Method.MANUAL})
    for value in (["cash"], ["cheque", 1], "cheque", None, [["cheque"]]):
        with pytest.raises(DomainError):
            check_setting(BY_HAND_METHODS, value)


# -- which payment options are asked about


HYPERPAY = Provider.HYPERPAY


def asked(wish: Wish, *connected: Provider, taken: dict[Provider, int] | None = None, **rules: Any) -> list[str]:
    return [each.option for each in choices(PaymentRules(frozenset(connected), **rules), wish, taken or {})]


def test_options_are_asked_about_where_the_answer_makes_a_difference() -> None:
    assert asked(CARD, STRIPE, SQUARE) == [""], "either is told the same whatever the brand"
    assert asked(CARD, HYPERPAY) == ["card", "mada", "visa", "mastercard"], "each has a word of its own there"
    assert asked(CARD, STRIPE, HYPERPAY) == ["card", "mada"], "only one provider knows mada"
    amex = RoutePlan((RouteRule(Method.CARD, "amex", "USD", SQUARE),))
    assert asked(CARD, STRIPE, SQUARE, plan=amex) == ["card", "amex"]
    assert asked(SHOWN, Provider.SEPAY) == [""]
    assert asked(CARD) == []


def test_what_no_terms_allow_is_not_asked_about_and_what_a_limit_forbids_says_so() -> None:
    two = terms(HYPERPAY, options=frozenset({"card/mada", "card/visa"}))
    assert asked(CARD, HYPERPAY, contracts=(two,)) == ["mada", "visa"]
    assert asked(CARD, HYPERPAY, contracts=(replace(two, options=frozenset({"card/mada"})),)) == ["mada"]
    named = terms(STRIPE, options=frozenset({"card/visa", "card/amex"}))
    assert asked(CARD, STRIPE, contracts=(named,)) == ["visa", "amex"], "terms that name them tell them apart"
    assert asked(CARD, STRIPE, contracts=(terms(STRIPE, options=frozenset({"paypal"})),)) == []

    limited = replace(two, options=frozenset({"card/mada"}), limit_payment_minor=9_000, limit_day_minor=20_000)
    rules = PaymentRules(frozenset({HYPERPAY, STRIPE}), contracts=(limited,))
    each_time, of_day = Bound(HYPERPAY, 9_000, 9_000, of_day=False), Bound(HYPERPAY, 20_000, 500, of_day=True)
    assert choices(rules, CARD, {}) == (Choice("card"), Choice("mada", each_time))
    assert choices(rules, replace(CARD, amount_minor=0), {HYPERPAY: 19_500}) == (Choice("card"), Choice("mada"))
    assert choices(rules, CARD, {HYPERPAY: 19_500}) == (Choice("card"), Choice("mada", of_day))
