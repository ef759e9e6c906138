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
from domain.rails import ROUTES, Method, Provider, Rail
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


def test_every_method_has_one_route_and_no_provider_has_two() -> None:
    assert ROUTES.keys() == set(Method)
    assert all(route.method is method for method, route in ROUTES.items())
    providers = [route.provider for route in ROUTES.values()]
    assert len(set(providers)) == len(providers)


def test_without_a_network_there_are_cash_and_codes_that_the_till_makes() -> None:
    offline = {method for method, route in ROUTES.items() if route.capabilities.presentable_offline}
    assert offline == {Method.CASH, Method.VIETQR}
    assert all(not route.capabilities.provider_makes_code for method, route in ROUTES.items() if method in offline)


def test_cash_needs_no_provider_and_every_other_method_waits_for_one() -> None:
    for method, route in ROUTES.items():
        is_cash = method is Method.CASH
        assert (route.rail is Rail.CASH) is (route.provider is Provider.NONE) is is_cash
        assert route.capabilities.asynchronous is not is_cash
        assert route.wallet_type is not AccountType.CONTROL


def test_whoever_watches_a_topic_is_met_by_changes_that_touch_it() -> None:
    changes = Changes({Topic.PAYMENTS: frozenset({"p"})})
    assert changes
    assert changes.meets(frozenset({Topic.PAYMENTS, Topic.OUTBOX}))
    assert not changes.meets(frozenset({Topic.OUTBOX}))
    assert not Changes()
