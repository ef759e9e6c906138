"""Events of other systems at the hub: let in by a key, booked once, answered alike, and heard of by the tills."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest

from domain.errors import DomainError, ErrorCode, NotFound
from domain.events import EVENT_KINDS, read_event, read_json
from domain.ids import DeviceId, Instant, MerchantId
from domain.messages import Incoming
from domain.posting_rules import REFUND, SALE, TRANSFER
from domain.services.events import book_event
from server.api_keys import PREFIX, create_api_key, revoke_api_key
from server.intake import BATCH_BYTES, BATCH_PATH, EVENTS_PATH
from server.limits import API
from server.routes.events import BATCH_LIMIT
from server.vault import Secret, Vault
from storage.hub_api_keys import ANSWER_KEPT_MS, keys_of
from storage.replica import Replica
from storage.setup import create_merchant
from sync.wire import ChangesPage
from tests.builders import BANK, CASH, MERCHANT, NOON, SALES, SETUP, an_id
from tests.domain.event_samples import EVERY_EVENT, an_event
from tests.server.hub_stage import TOKEN, VAULT, Clock, Served, ShopTill, ask, bearer

OTHER = replace(SETUP, merchant_id=MerchantId(an_id("another shop")), device_id=DeviceId(an_id("another till")))
SALE_EVENT = EVERY_EVENT[SALE]


class Caller:
    """Another system with its key."""

    def __init__(self, server: Served, merchant_id: MerchantId = MERCHANT) -> None:
        self.server = server
        self.key, secret = create_api_key(server.hub.units, VAULT, merchant_id, "web shop", NOON)
        self.secret = secret.reveal()

    def tell(self, event: object, **headers: str) -> httpx.Response:
        return self.server.http.post(EVENTS_PATH, json=event, headers=bearer(self.secret) | headers)

    def tell_batch(self, events: list[Any], **headers: str) -> httpx.Response:
        return self.server.http.post(BATCH_PATH, json={"events": events}, headers=bearer(self.secret) | headers)


@pytest.fixture
def caller(server: Served) -> Iterator[Caller]:
    return Caller(server)


def numbers(server: Served) -> list[str]:
    return [row[0] for row in ask(server.hub.units, "SELECT number FROM vouchers ORDER BY chain_seq")]


def keyed(name: str) -> dict[str, str]:
    return {"idempotency-key": name}


def test_an_event_of_every_kind_is_booked_and_answered_with_its_voucher(server: Served, caller: Caller) -> None:
    for kind in EVENT_KINDS:
        answer = caller.tell(EVERY_EVENT[kind])
        assert answer.status_code == 201
        sql = "SELECT id, number, source_kind, source_id, total_minor FROM vouchers ORDER BY chain_seq DESC LIMIT 1"
        [row] = ask(server.hub.units, sql)
        assert row[2:] == (f"event:{kind}", f"{kind} 1", 100_000)
        assert answer.json() == {
            "id": f"{kind} 1",
            "outcome": "created",
            "voucher_id": row[0],
            "number": row[1],
            "business_date": "2026-11-21",
            "total_minor": 100_000,
            "currency": "VND",
        }
    assert len(numbers(server)) == len(EVENT_KINDS)


def test_an_event_told_again_is_answered_with_the_voucher_that_stands(server: Served, caller: Caller) -> None:
    first, second = caller.tell(SALE_EVENT), caller.tell(SALE_EVENT)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json() | {"outcome": "exists"}
    assert len(numbers(server)) == 1


def test_an_event_told_by_many_at_once_is_booked_once(server: Served, caller: Caller) -> None:
    with ThreadPoolExecutor(6) as callers:
        answers = list(callers.map(lambda _: caller.tell(SALE_EVENT), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert {answer.json()["number"] for answer in answers} == set(numbers(server))


def test_an_event_told_again_with_another_content_is_a_conflict(server: Served, caller: Caller) -> None:
    number = caller.tell(SALE_EVENT).json()["number"]
    answer = caller.tell(an_event(SALE, due_minor=5))
    assert (answer.status_code, answer.json()) == (409, {"code": "EVENT_CHANGED", "number": number})
    assert answer.headers["content-type"] == "application/problem+json"
    assert numbers(server) == [number]


REFUSED = [
    (an_event(SALE, due_minor=True), {"code": "EVENT_INVALID", "field": "due_minor", "problem": "invalid"}),
    (an_event(SALE, due_minor=5.5), {"code": "EVENT_INVALID", "field": "due_minor", "problem": "invalid"}),
    (an_event(SALE, id=None), {"code": "EVENT_INVALID", "field": "id", "problem": "missing"}),
    (an_event(SALE, merchant_id="x"), {"code": "EVENT_INVALID", "field": "merchant_id", "problem": "unknown"}),
    (an_event(SALE, wallet="Két phụ"), {"code": "ACCOUNT_UNKNOWN", "field": "wallet"}),
    (an_event(TRANSFER, target="Két phụ"), {"code": "ACCOUNT_UNKNOWN", "field": "target"}),
    (an_event(SALE, category="none"), {"code": "CATEGORY_UNKNOWN", "field": "category"}),
    (an_event(SALE, occurred_on="2026-11-22"), {"code": "DATE_AHEAD"}),
    ([SALE_EVENT], {"code": "EVENT_INVALID", "problem": "invalid"}),
]


def test_a_refused_event_says_why_and_leaves_nothing(server: Served, caller: Caller) -> None:
    for event, problem in REFUSED:
        answer = caller.tell(event)
        assert (answer.status_code, answer.json()) == (422, problem)
    assert numbers(server) == []
    assert ask(server.hub.units, "SELECT seq FROM feed WHERE kind = 'voucher'") == []


def test_what_is_no_json_is_refused_whole(server: Served, caller: Caller) -> None:
    head = bearer(caller.secret)
    as_json = head | {"content-type": "application/json"}
    assert server.http.post(EVENTS_PATH, content=b"{", headers=as_json).json() == {"code": "MESSAGE_MALFORMED"}
    assert server.http.post(EVENTS_PATH, content=b"{}", headers=head).status_code == 415
    for body in ([], {"events": []}, {"events": {}}, {"events": [SALE_EVENT], "more": 1}, SALE_EVENT):
        assert server.http.post(BATCH_PATH, json=body, headers=head).json() == {"code": "MESSAGE_MALFORMED"}
    assert server.http.post(BATCH_PATH, content=b" " * (BATCH_BYTES + 1), headers=as_json).status_code == 413


def test_without_a_good_key_nothing_is_booked(server: Served, caller: Caller, clock: Clock) -> None:
    for headers in (
        {},
        bearer(f"{PREFIX}wrong"),
        bearer(TOKEN),
        bearer(caller.secret + "x"),
        {"authorization": "Bearer"},
    ):
        for path, body in ((EVENTS_PATH, SALE_EVENT), (BATCH_PATH, {"events": [SALE_EVENT]})):
            answer = server.http.post(path, json=body, headers=headers)
            assert (answer.status_code, answer.json()) == (401, {"code": "API_KEY_UNKNOWN"})
    assert revoke_api_key(server.hub.units, MERCHANT, caller.key.id, NOON)
    assert not revoke_api_key(server.hub.units, MERCHANT, caller.key.id, NOON)
    assert caller.tell(SALE_EVENT).status_code == caller.tell_batch([SALE_EVENT]).status_code == 401
    assert numbers(server) == []


def test_a_key_opens_the_books_of_its_own_shop_alone(server: Served, caller: Caller) -> None:
    create_merchant(server.hub.units, OTHER, NOON)
    other = Caller(server, OTHER.merchant_id)
    caller.tell(SALE_EVENT)
    assert other.tell(an_event(SALE, wallet=CASH)).json() == {"code": "ACCOUNT_UNKNOWN", "field": "wallet"}
    assert other.tell(SALE_EVENT).json() == {"code": "ACCOUNT_MISSING_FOR_METHOD"}, "it has no wallet yet"
    owed = an_event("purchase.owed", id="theirs")
    assert other.tell(owed).status_code == 201
    rows = ask(server.hub.units, "SELECT merchant_id, source_id FROM vouchers")
    assert sorted(rows) == sorted([(MERCHANT, "sale.paid 1"), (OTHER.merchant_id, "theirs")])
    assert not revoke_api_key(server.hub.units, OTHER.merchant_id, caller.key.id, NOON)


def test_a_key_opens_nothing_but_the_events(server: Served, caller: Caller) -> None:
    assert server.changes(token=caller.secret).json() == {"code": "TILL_UNKNOWN"}
    assert server.push([], caller.secret).json() == {"code": "TILL_UNKNOWN"}


def test_the_hub_keeps_a_key_only_as_a_hash_that_its_vault_can_compute(server: Served, caller: Caller) -> None:
    kept = str(ask(server.hub.units, "SELECT * FROM api_keys")) + str(ask(server.hub.units, "SELECT * FROM audit"))
    assert caller.secret.removeprefix(PREFIX) not in kept
    [(kept_hash,)] = ask(server.hub.units, "SELECT key_hash FROM api_keys")
    assert len(caller.secret) >= 43 + len(PREFIX), "32 random bytes"
    another = Vault({1: bytes(32)}, 1)
    old_and_new = Vault({1: VAULT.keks[1], 2: bytes(32)}, 2)
    digests = partial(Vault.digests, use="api key", secret=Secret(caller.secret))
    assert digests(VAULT) == (kept_hash,)
    assert kept_hash not in digests(another)
    assert kept_hash in digests(old_and_new), "a key lives on when the vault gets a new one"


def test_keys_are_listed_with_their_last_use(server: Served, caller: Caller, clock: Clock) -> None:
    def listed() -> tuple[str, Instant | None, Instant | None]:
        [row] = server.hub.units.read(lambda session: keys_of(session, MERCHANT))
        return row.name, row.last_used_at, row.revoked_at

    assert listed() == ("web shop", None, None)
    at = clock.forward(5_000)
    caller.tell(an_event(SALE, due_minor=0))
    assert listed() == ("web shop", at, None)
    revoke_api_key(server.hub.units, MERCHANT, caller.key.id, at)
    assert listed() == ("web shop", at, at)
    actions = ask(server.hub.units, "SELECT action FROM audit WHERE subject_id = :id ORDER BY seq", id=caller.key.id)
    assert actions == [("api_key.created",), ("api_key.revoked",)]


def test_a_key_has_a_name_and_a_shop(server: Served) -> None:
    with pytest.raises(DomainError) as refused:
        create_api_key(server.hub.units, VAULT, MERCHANT, "  ", NOON)
    assert refused.value.code is ErrorCode.NAME_INVALID
    with pytest.raises(NotFound):
        create_api_key(server.hub.units, VAULT, MerchantId(an_id("nobody")), "web shop", NOON)


def test_the_same_idempotency_key_gets_the_same_answer(server: Served, caller: Caller) -> None:
    first = caller.tell(SALE_EVENT, **keyed("order-1"))
    again = caller.tell(SALE_EVENT, **keyed("order-1"))
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, first.content)
    assert len(numbers(server)) == 1


def test_the_same_idempotency_key_with_another_body_is_a_conflict(server: Served, caller: Caller) -> None:
    caller.tell(SALE_EVENT, **keyed("k"))
    for answer in (caller.tell(an_event(SALE, id="2"), **keyed("k")), caller.tell_batch([SALE_EVENT], **keyed("k"))):
        assert (answer.status_code, answer.json()) == (409, {"code": "ID_REUSED"})
    assert len(numbers(server)) == 1
    another = Caller(server)
    assert another.tell(an_event(SALE, id="2"), **keyed("k")).status_code == 201, "another system numbers its own"


def test_an_idempotency_key_of_a_refused_event_may_be_used_again(server: Served, caller: Caller) -> None:
    assert caller.tell(an_event(SALE, due_minor=0), **keyed("k")).status_code == 422
    assert caller.tell(SALE_EVENT, **keyed("k")).status_code == 201


def test_an_idempotency_key_is_forgotten_after_a_week_and_the_event_is_not(
    server: Served, caller: Caller, clock: Clock
) -> None:
    caller.tell(SALE_EVENT, **keyed("k"))
    clock.forward(ANSWER_KEPT_MS)
    assert caller.tell(SALE_EVENT, **keyed("k")).json()["outcome"] == "exists"
    assert ask(server.hub.units, "SELECT at FROM api_answers") == [(clock.at,)]
    assert len(numbers(server)) == 1


def test_an_idempotency_key_that_is_none_is_refused(server: Served, caller: Caller) -> None:
    for name in ("x" * 201, "two words"):
        assert caller.tell(SALE_EVENT, **keyed(name)).status_code == 422
    assert numbers(server) == []


def test_requests_of_one_idempotency_key_at_once_get_one_answer(server: Served, caller: Caller) -> None:
    with ThreadPoolExecutor(4) as callers:
        answers = list(callers.map(lambda _: caller.tell(SALE_EVENT, **keyed("k")), range(4)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}


def test_each_event_of_a_batch_is_answered_on_its_own(server: Served, caller: Caller) -> None:
    events = [
        an_event(SALE, id="1"),
        an_event(SALE, id="2", due_minor=1.5),
        an_event(SALE, id="1"),
        an_event(SALE, id="1", due_minor=7),
        "nothing",
        an_event(REFUND, id="1"),
    ]
    answer = caller.tell_batch(events)
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [(result.get("id"), result["outcome"], result.get("code")) for result in results] == [
        ("1", "created", None),
        ("2", "rejected", "EVENT_INVALID"),
        ("1", "exists", None),
        ("1", "rejected", "EVENT_CHANGED"),
        (None, "rejected", "EVENT_INVALID"),
        ("1", "created", None),
    ]
    assert [result.get("number") for result in results if result["outcome"] == "created"] == numbers(server)
    assert ask(server.hub.units, "SELECT id, balance_minor FROM accounts WHERE balance_minor > 0") != []


def test_a_batch_of_the_most_events_is_booked_in_order_and_one_more_is_refused(server: Served, caller: Caller) -> None:
    events = [an_event(SALE, id=str(number)) for number in range(BATCH_LIMIT)]
    results = caller.tell_batch(events, **keyed("many")).json()["results"]
    assert [result["id"] for result in results] == [event["id"] for event in events]
    assert [result["number"] for result in results] == numbers(server)
    again = caller.tell_batch(events, **keyed("many")).json()["results"]
    assert again == results
    assert caller.tell_batch([*events, SALE_EVENT]).status_code == 422


def test_a_key_that_is_revoked_in_the_middle_of_a_batch_books_no_more_of_it(
    server: Served, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, units = server.hub.units.run, server.hub.units

    def run_and_revoke(merchant_id: MerchantId, op: Any) -> Any:
        done = run(merchant_id, op)
        monkeypatch.setattr(units, "run", run)
        if not numbers(server):
            monkeypatch.setattr(units, "run", run_and_revoke)
        else:
            assert revoke_api_key(units, MERCHANT, caller.key.id, NOON)
        return done

    monkeypatch.setattr("server.routes.events._AT_ONCE", 2)
    monkeypatch.setattr(units, "run", run_and_revoke)
    answer = caller.tell_batch([an_event(SALE, id=str(number)) for number in range(6)])
    assert (answer.status_code, answer.json()) == (401, {"code": "API_KEY_UNKNOWN"})
    assert len(numbers(server)) == 2


def test_who_asks_too_often_waits(server: Served, caller: Caller) -> None:
    for _ in range(API.burst):
        server.hub.rates.allow(API, f"{MERCHANT}/{caller.key.id}", NOON)
    answer = caller.tell(SALE_EVENT)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


def test_a_till_hears_of_a_booked_event_and_does_not_book_it_again(
    server: Served, caller: Caller, till: ShopTill
) -> None:
    number = caller.tell(an_event(SALE, wallet="cash")).json()["number"]
    pull(server, till)
    event = read_event(an_event(SALE, wallet="cash"))
    voucher = till.units.run(lambda uow: book_event(uow, None, event, NOON, via="file"))
    assert voucher.number == number
    assert till.units.run(lambda uow: uow.accounts.balance(CASH)) == 100_000


def test_an_event_that_a_till_booked_from_a_file_meanwhile_counts_once(
    server: Served, caller: Caller, till: ShopTill
) -> None:
    event = read_event(SALE_EVENT)
    apart = till.units.run(lambda uow: book_event(uow, None, event, NOON, via="file"))
    at_hub = caller.tell(SALE_EVENT).json()
    assert at_hub["voucher_id"] != apart.id
    assert "rejected" not in till.tell(server)
    pull(server, till)
    balances = "SELECT id, balance_minor FROM accounts WHERE balance_minor <> 0"
    assert dict(ask(server.hub.units, balances)) == {CASH: 100_000, SALES: -100_000}
    assert till.units.run(lambda uow: uow.accounts.balance(CASH)) == 100_000
    assert caller.tell(SALE_EVENT).json()["number"] == at_hub["number"]


def test_an_event_that_reached_the_hub_from_a_till_first_is_not_booked_again(
    server: Served, caller: Caller, till: ShopTill
) -> None:
    event = read_event(SALE_EVENT)
    first = till.units.run(lambda uow: book_event(uow, None, event, NOON, via="file"))
    till.tell(server)
    answer = caller.tell(SALE_EVENT)
    assert (answer.status_code, answer.json()["voucher_id"]) == (200, first.id)


def pull(server: Served, till: ShopTill) -> None:
    """Bring the till up to date as its engine does."""
    replica = Replica(till.units)
    page = ChangesPage.model_validate(server.changes(after=replica.cursor().seq).json())
    facts = [Incoming(c.seq, c.message.message(MERCHANT), c.book_no, c.booked_on) for c in page.changes]
    replica.apply_page(facts, page.hub_epoch, NOON)


def test_a_wallet_named_by_a_method_is_the_one_the_method_pays_into(server: Served, caller: Caller) -> None:
    caller.tell(an_event(SALE, wallet="vietqr"))
    assert ask(server.hub.units, "SELECT account_id FROM postings WHERE side = 'D'") == [(BANK,)]


def test_the_body_is_read_as_strictly_as_a_file(server: Served, caller: Caller) -> None:
    twice = json.dumps(SALE_EVENT)[:-1] + ', "due_minor": 5}'
    assert read_json(twice) != SALE_EVENT
    headers = bearer(caller.secret) | {"content-type": "application/json"}
    answer = server.http.post(EVENTS_PATH, content=twice.encode(), headers=headers)
    assert (answer.status_code, answer.json()) == (422, {"code": "EVENT_INVALID", "problem": "invalid"})


CARD = "4539 1488 0343 6467"


def test_a_cards_number_in_what_another_system_writes_is_cut_to_its_end(server: Served, caller: Caller) -> None:
    party = {"name": f"Lan {CARD}", "address": f"{CARD.replace(' ', '-')}, Huế"}
    event = an_event(SALE, memo=f"paid by {CARD.replace(' ', '')}", counterparty=party)
    unnamed = an_event(SALE, id=f"order {CARD}", memo="")
    assert [caller.tell(told, **keyed(f"{at}")).status_code for at, told in enumerate((event, unnamed))] == [201, 201]
    assert caller.tell(event).status_code == 200, "told again it is the same event"
    assert [result["outcome"] for result in caller.tell_batch([event, unnamed]).json()["results"]] == ["exists"] * 2
    units = server.hub.units
    assert ask(units, "SELECT memo, party_name, party_address FROM vouchers ORDER BY chain_seq") == [
        ("paid by •••6467", "Lan •••6467", "•••6467, Huế"),
        ("order •••6467", "", ""),
    ]
    for kept in ("SELECT body FROM feed WHERE kind = 'voucher' ORDER BY seq LIMIT 1", "SELECT facts FROM audit"):
        told = "".join(str(row[0]) for row in ask(units, kept)).replace(f'"order {CARD}"', "the id as it is")
        assert not any(number in told for number in (CARD, CARD.replace(" ", ""), CARD.replace(" ", "-")))
