"""What a refund asks of the receipts looks at its own payment's, however many the shop has."""

import re

import pytest

from storage import hub_refunds
from storage.hub_units import HubUnits
from storage.session import Session, Sql
from tests.builders import MERCHANT

WALKS = re.compile(r"SCAN|\((merchant_id=\?)( AND provider=\?)?\)$")
"""Every row, every one of the shop or every one of a provider."""


@pytest.mark.parametrize("name", ["_MOVEMENTS", "_REFERENCE", "_VOUCHERS", "_WALLET_OF_PAYMENT", "_WALLET_OF_MONEY"])
def test_the_money_of_a_payment_is_found_without_walking_through_the_shops(hub_on_sqlite: HubUnits, name: str) -> None:
    asked: Sql = getattr(hub_refunds, name)
    facts = {"merchant_id": MERCHANT, "reference": "BANA01A0000017", "provider": "sepay", "provider_ref": "FT"}

    def plan(session: Session) -> list[str]:
        return [str(row[3]) for row in session.all(Sql(f"EXPLAIN QUERY PLAN {asked.text}"), facts)]

    steps = hub_on_sqlite.read(plan)
    assert any("receipts" in step or step.startswith("SEARCH r ") for step in steps)
    assert [step for step in steps if WALKS.search(step)] == []
