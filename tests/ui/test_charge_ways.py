"""The ways to pay as the counter reads them from a real till: options, and what counts for a contract's day."""

import pytest

from domain.contract_terms import CONTRACTS, Bound, ContractTerms, contracts_value
from domain.errors import ErrorCode, RuleBroken
from domain.ids import MessageId, PaymentId
from domain.rails import Method, Provider
from domain.routing import Choice
from domain.services.payments import start_payment
from domain.services.settings import change_setting
from storage.queries import TillQueries
from storage.till import TillUnits
from tests.builders import CASHIER, NOON, OWNER, an_id, connect
from ui.presenters.charge_ways import Ways

SPOS = Provider.VNPAY_SPOS


def test_of_the_limits_against_all_options_the_one_that_leaves_most_is_told() -> None:
    spent, left = Bound(SPOS, 500_000, 0, of_day=True), Bound(Provider.STRIPE, 500_000, 100_000, of_day=True)
    ways = Ways("VND")
    assert ways.bound([Choice("card", spent), Choice("qr", left)]) == left
    assert ways.bound([Choice("card", spent), Choice("qr")]) is None
    assert ways.bound([]) is None


def test_what_was_started_today_counts_for_the_day_and_the_service_says_the_same(till_units: TillUnits) -> None:
    def begin(name: str, amount: int, option: str) -> PaymentId:
        return till_units.run(
            lambda uow: start_payment(
                uow,
                CASHIER,
                PaymentId(an_id(name)),
                Method.CARD_TERMINAL,
                amount,
                NOON,
                online=True,
                option=option,
            )
        ).id

    agreed = contracts_value([ContractTerms(SPOS, "2020-01-01", limit_day_minor=500_000)])
    till_units.run(lambda uow: connect(uow, SPOS))
    till_units.run(lambda uow: change_setting(uow, OWNER, CONTRACTS, agreed, MessageId(an_id("terms")), NOON))
    first = begin("first", 400_000, "qr")
    queries = till_units.read(TillQueries)
    detail = queries.payment(first)
    assert detail is not None
    assert detail.option == "qr"
    shop = queries.shop()
    ways = Ways.read(queries, shop.currency, "2026-11-21", shop.zone)
    over = Bound(SPOS, 500_000, 100_000, of_day=True)
    assert ways.options(Method.CARD_TERMINAL, 100_000) == (Choice("card"), Choice("qr"))
    assert ways.bound(ways.options(Method.CARD_TERMINAL, 100_001)) == over
    with pytest.raises(RuleBroken) as refused:
        begin("over", 100_001, "card")
    assert refused.value.code is ErrorCode.CONTRACT_LIMIT
    begin("just", 100_000, "card")
