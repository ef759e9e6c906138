"""One notification of several movements: all of them are kept before it is answered, or none and it comes again."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest

from domain.ids import Instant
from domain.rails import Method, Provider
from server.credentials import connect_provider
from server.rails.base import Credentials, Notice, Notices
from server.rails.registry import ADAPTERS
from server.rails.sepay import SepayAdapter
from server.vault import Secret
from storage.hub_inbox import Inbox
from storage.hub_units import Database
from tests.builders import BANK_ACCOUNT, MERCHANT, NOON
from tests.server.hub_stage import VAULT, Clock, Served, ShopTill, ask, let_in, served, settings_for

PATH = f"/api/v1/billing/webhook/sepay/{MERCHANT}"


class Batches(SepayAdapter):
    """A bank that reports several movements at once; every one of them as SePay's adapter reads it."""

    def read_notification(  # type: ignore[override]  # the contract allows several, SePay's own is narrower
        self, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
    ) -> Notice | Notices:
        rows = json.loads(body)["rows"]
        read = super().read_notification
        return tuple(read(credentials, headers, json.dumps(row).encode(), received_at) for row in rows)


@pytest.fixture
def hub(open_database: Callable[[], Database], clock: Clock) -> Iterator[Served]:
    """A hub whose bank reports in batches."""
    adapters = {**ADAPTERS, Provider.SEPAY: Batches()}
    with served(settings_for(open_database(), clock, adapters=adapters)) as running:
        let_in(running.hub.units)
        values = {"account_number": BANK_ACCOUNT, "auth": "apikey", "webhook_secret": "KEY", "api_token": "T"}
        secrets = {name: Secret(value) for name, value in values.items()}
        connect_provider(running.hub.units, VAULT, MERCHANT, adapters[Provider.SEPAY], secrets, NOON)
        yield running


def row(number: int, content: str = "ck", amount: int = 45_000, direction: str = "in") -> dict[str, Any]:
    return {
        "id": number,
        "transactionDate": "2026-11-21 12:01:00",
        "accountNumber": BANK_ACCOUNT,
        "content": content,
        "transferType": direction,
        "transferAmount": amount,
        "referenceCode": f"FT{number}",
    }


def tell(hub: Served, *rows: dict[str, Any]) -> httpx.Response:
    return hub.http.post(PATH, json={"rows": rows}, headers={"authorization": "Apikey KEY"})


def kept(hub: Served) -> list[tuple[Any, ...]]:
    return ask(hub.hub.units, "SELECT dedupe_key, duplicates FROM inbox ORDER BY dedupe_key")


def test_every_movement_of_a_notification_pays_its_own_payment(hub: Served, till: ShopTill) -> None:
    payments = [till.start(Method.VIETQR) for _ in range(2)]
    till.tell(hub)
    rows = [row(number, payment.reference) for number, payment in enumerate(payments, 1)]
    assert tell(hub, *rows, row(3, direction="out")).json() == {"success": True}
    hub.hub.inbox.apply_due(hub.hub.now())
    assert {hub.watched(payment.id).status for payment in payments} == {"paid"}
    assert [key for key, _ in kept(hub)] == [f"sepay:{BANK_ACCOUNT}:{number}" for number in (1, 2, 3)]


def test_a_movement_that_was_told_before_does_not_keep_its_neighbours_out(hub: Served) -> None:
    tell(hub, row(1))
    tell(hub, row(1), row(2))
    assert [count for _, count in kept(hub)] == [1, 0]


def test_what_cannot_be_kept_whole_is_not_kept_at_all_and_not_acknowledged(
    hub: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Inbox.store

    def full(self: Inbox, receipt: Any, *rest: Any) -> bool:
        if receipt.provider_ref == "FT2":
            raise OSError("the disk is full")
        return store(self, receipt, *rest)

    with monkeypatch.context() as broken:
        broken.setattr(Inbox, "store", full)
        assert tell(hub, row(1), row(2)).status_code == 503
    assert kept(hub) == []
    assert tell(hub, row(1), row(2)).status_code == 200
    assert len(kept(hub)) == 2
