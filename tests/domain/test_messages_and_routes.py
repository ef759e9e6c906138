"""Messages have one fingerprint, routes say what each method can do, and changes reach whoever watches them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import AccountType
from domain.changes import Changes, Topic
from domain.errors import ErrorCode
from domain.ids import MessageId
from domain.messages import CREATED, EXISTS, Message, MessageKind, OutcomeKind, canonical_json, rejected
from domain.money import EXPONENTS
from domain.rails import (
    INTERNAL,
    ROUTES,
    Method,
    Provider,
    Rail,
    confirmers,
    methods_of,
    needs_network,
    rail_of,
    routes_of,
)
from tests.builders import MERCHANT, TILL

FACTS = st.dictionaries(
    st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.text(max_size=8), max_size=6
)


@given(facts=FACTS)
def test_equal_facts_are_equal_texts_whatever_order_they_were_put_in(facts: dict[str, object]) -> None:
    backwards = dict(reversed(facts.items()))
    assert canonical_json(facts) == canonical_json(backwards)
    assert json.loads(canonical_json(facts)) == facts


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_has_no_word_for_is_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"amount": number})


def test_letters_are_written_as_they_are() -> None:
    assert canonical_json({"b": "Đức", "a": [1]}) == '{"a":[1],"b":"Đức"}'


def test_the_fingerprint_of_a_message_is_that_of_its_body() -> None:
    message = Message(MessageId("m"), "s", MessageKind.PAYMENT, '{"a":1}', MERCHANT, TILL)
    assert message.body_hash == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


def test_only_a_refusal_has_a_code() -> None:
    assert (CREATED.code, EXISTS.code) == (None, None)
    assert rejected(ErrorCode.ID_REUSED).kind is OutcomeKind.REJECTED
    assert rejected(ErrorCode.ID_REUSED).code is ErrorCode.ID_REUSED


def test_a_way_is_named_by_its_method_and_provider_and_a_provider_keeps_to_one_rail() -> None:
    ways = [(route.method, route.provider) for route in ROUTES]
    assert len(set(ways)) == len(ways)
    for provider in {route.provider for route in ROUTES}:
        assert {route.rail for route in ROUTES if route.provider is provider} == {rail_of(provider)}
    for method in Method:
        assert len({route.wallet_type for route in routes_of(method)}) <= 1


def test_without_a_network_there_are_cash_what_is_settled_by_hand_and_codes_that_the_till_makes() -> None:
    offline = {route.method for route in ROUTES if not route.capabilities.needs_network}
    assert offline == {Method.CASH, Method.VIETQR, Method.CHEQUE, Method.MANUAL}
    assert offline == {method for method in Method if routes_of(method) and not needs_network(method)}


def test_cash_and_stored_value_need_nobody_outside_and_every_other_method_waits_for_somebody() -> None:
    for route in ROUTES:
        is_cash, is_stored = route.method is Method.CASH, route.method is Method.STORED_VALUE
        assert (route.rail is Rail.CASH) is (route.provider is Provider.NONE) is is_cash
        assert (route.rail is Rail.WALLET) is (route.provider is Provider.STORED_VALUE) is is_stored
        assert route.capabilities.asynchronous is (route.provider not in INTERNAL)
        assert (route.wallet_type is AccountType.CONTROL) is is_stored
        assert route.currencies <= set(EXPONENTS)
        assert "" in route.options


def test_whoever_reads_the_bank_account_confirms_a_code_of_the_tills_own_and_nobody_else() -> None:
    assert set(confirmers(Method.VIETQR, Provider.SEPAY)) == {Provider.SEPAY, Provider.CASSO, Provider.STATEMENT}
    assert confirmers(Method.VIETQR, Provider.CASSO)[0] is Provider.CASSO
    assert confirmers(Method.VIETQR, Provider.PAYOS) == (Provider.PAYOS, Provider.STATEMENT)
    assert confirmers(Method.CARD, Provider.STRIPE) == (Provider.STRIPE,)
    assert confirmers(Method.VNPAY_QR, Provider.VNPAY_QR_MMS) == (Provider.VNPAY_QR_MMS,)


def test_money_that_names_no_payment_comes_by_its_providers_first_method() -> None:
    assert methods_of(Provider.SQUARE) == (Method.CARD, Method.CARD_TERMINAL)
    assert all(methods_of(route.provider)[0] for route in ROUTES)


def test_whoever_watches_a_topic_is_met_by_changes_that_touch_it() -> None:
    changes = Changes({Topic.PAYMENTS: frozenset({"p"})})
    assert changes
    assert changes.meets(frozenset({Topic.PAYMENTS, Topic.OUTBOX}))
    assert not changes.meets(frozenset({Topic.OUTBOX}))
    assert not Changes()
