"""Push and changes: what tills tell the hub is taken once, whole, in order, and passed on to every till."""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.bodies import read_voucher, voucher_body
from domain.rails import Method
from domain.vouchers import chain_hash
from server.auth import admit
from server.enrolment import shut_out
from server.succession import succeed
from storage.hub_tills import KnownTill, add_device
from storage.hub_units import HubUnits
from storage.session import Session
from storage.setup import TillSetup
from sync.wire import PROTOCOL, SuccessionRequest, WireMessage
from tests.builders import HUB, MERCHANT, NOON, TILL, an_id
from tests.server.hub_stage import TOKEN, Served, ShopTill, another_till, ask, bearer, let_in, told_as


def results(answer: httpx.Response) -> list[tuple[str, str | None]]:
    assert answer.status_code == 200, answer.text
    return [(result["outcome"], result["code"]) for result in answer.json()["results"]]


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert list(answer.json()) == ["code"]
    return answer.status_code, answer.json()["code"]


def kept_out(server: Served, body: bytes, kind: str = "application/json") -> tuple[int, str]:
    headers = {**bearer(TOKEN), "content-type": kind}
    return code(server.http.post("/api/v1/push", content=body, headers=headers))


def voucher_of(messages: list[WireMessage]) -> WireMessage:
    return next(message for message in messages if message.kind == "voucher")


def know(units: HubUnits, setup: TillSetup, token: str) -> None:
    def op(session: Session) -> None:
        add_device(session, setup.merchant_id, setup.device_id, setup.till_code, setup.incarnation)

    units.read_of(setup.merchant_id, op)
    let_in(units, token, setup)


def test_a_cash_sale_is_created_and_comes_back_in_the_feed_with_its_book_number(server: Served, till: ShopTill) -> None:
    till.start(Method.CASH)
    sent = till.waiting()
    before = server.changes().json()["head_seq"]
    answer = server.push(sent)
    assert results(answer) == [("exists", None)] * 3 + [("created", None)] * 2
    assert [result["id"] for result in answer.json()["results"]] == [message.id for message in sent]
    page = server.changes(after=before).json()
    assert [change["message"]["id"] for change in page["changes"]] == [message.id for message in sent[3:]]
    numbers = {change["message"]["kind"]: change["book_no"] for change in page["changes"]}
    assert numbers == {"payment": None, "voucher": 1}
    assert page["head_seq"] == before + 2
    assert page["hub_epoch"] == answer.json()["hub_epoch"] == an_id("epoch")


def test_a_batch_whose_answer_was_lost_is_sent_again_without_a_second_effect(server: Served, till: ShopTill) -> None:
    till.start(Method.CASH)
    server.push(till.waiting())
    head = server.changes().json()["head_seq"]
    assert results(server.push(till.waiting())) == [("exists", None)] * 5
    assert server.changes().json()["head_seq"] == head
    assert ask(server.hub.units, "SELECT COUNT(*) FROM vouchers") == [(1,)]


def test_the_same_id_with_another_body_is_rejected_and_changes_nothing(server: Served, till: ShopTill) -> None:
    till.start(Method.VIETQR)
    payment = till.waiting()[-1]
    server.push([payment])
    assert results(server.push([told_as(payment, note="another")])) == [("rejected", "ID_REUSED")]
    assert ask(server.hub.units, "SELECT note FROM payments") == [("",)]


def test_a_poison_message_is_rejected_and_lets_the_others_pass(server: Served, till: ShopTill) -> None:
    for _ in range(3):
        till.start(Method.CASH)
    sent = till.waiting()
    poison = voucher_of(sent)
    batch = [told_as(message, memo="x") if message.id == poison.id else message for message in sent]
    said = dict(zip([message.id for message in sent], results(server.push(batch)), strict=True))
    assert said.pop(poison.id) == ("rejected", "MESSAGE_MALFORMED")
    assert {outcome for outcome, _ in said.values()} == {"created", "exists"}
    assert ask(server.hub.units, "SELECT COUNT(*) FROM vouchers") == [(2,)]
    assert results(server.push(sent))[sent.index(poison)] == ("created", None)


def test_what_a_rejected_message_did_halfway_is_undone(server: Served, till: ShopTill) -> None:
    till.start(Method.CASH)
    voucher = voucher_of(till.waiting())
    known, unknown = json.loads(voucher.body)["lines"]
    lines = [known, [an_id("no-account"), *unknown[1:]]]
    forged = read_voucher(told_as(voucher, lines=lines).body, MERCHANT)
    forged = replace(forged, hash=chain_hash(forged))
    message = told_as(voucher, **json.loads(voucher_body(forged)))
    assert results(server.push([message])) == [("rejected", "ACCOUNT_UNKNOWN")]
    assert ask(server.hub.units, "SELECT COUNT(*) FROM vouchers") == [(0,)]
    assert ask(server.hub.units, "SELECT DISTINCT balance_minor, entries FROM accounts") == [(0, 0)]


STRANGE: list[tuple[dict[str, Any], str]] = [
    ({"device_id": HUB}, "MESSAGE_FOREIGN"),
    ({"body_hash": "0" * 64}, "MESSAGE_MALFORMED"),
    ({"body": "[" * 20_000}, "MESSAGE_MALFORMED"),
    ({"body": "not json"}, "MESSAGE_MALFORMED"),
    ({"body": '{"id": NaN}'}, "MESSAGE_MALFORMED"),
    ({"subject_id": "another subject"}, "MESSAGE_FOREIGN"),
]


def test_a_message_that_is_not_what_it_says_is_rejected_alone(server: Served, till: ShopTill) -> None:
    for changes, expected in STRANGE:
        till.start(Method.VIETQR)
        payment = till.waiting()[-1]
        fields = payment.model_dump() | changes
        if "body" in changes:
            fields["body_hash"] = hashlib.sha256(fields["body"].encode()).hexdigest()
        strange = WireMessage.model_construct(**fields)
        assert results(server.push([strange, payment])) == [("rejected", expected), ("created", None)], changes


def test_letters_that_no_database_keeps_are_refused(server: Served, till: ShopTill) -> None:
    till.start(Method.VIETQR)
    payment = till.waiting()[-1]
    for name in ("id", "subject_id", "body"):
        for letter in ("\ud800", "\x00"):
            strange = payment.model_dump() | {name: letter}
            strange["body_hash"] = hashlib.sha256(strange["body"].encode(errors="replace")).hexdigest()
            body = json.dumps({"protocol": PROTOCOL, "messages": [strange]}).encode()
            answer = server.http.post(
                "/api/v1/push", content=body, headers={**bearer(TOKEN), "content-type": "application/json"}
            )
            assert answer.status_code == 422 or results(answer)[0][0] == "rejected", (name, letter)
    assert ask(server.hub.units, "SELECT COUNT(*) FROM payments") == [(0,)]


UNREADABLE = [
    "",
    "[]",
    "null",
    "{",
    '{"protocol": 1}',
    '{"protocol": 1, "protocol": 1, "messages": []}',
    '{"protocol": 1.0, "messages": []}',
    '{"protocol": NaN, "messages": []}',
    '{"protocol": ' + "9" * 5_000 + ', "messages": []}',
    '{"protocol": "1", "messages": []}',
    '{"protocol": 1, "messages": ' + "[" * 50_000,
    '{"protocol": 1, "messages": [{"id": "x"}]}',
    "\ufeff{}",
]


def test_a_body_that_could_be_read_in_two_ways_or_not_at_all_is_refused(server: Served) -> None:
    for body in [*(text.encode() for text in UNREADABLE), b'{"protocol": "\xff"}']:
        assert kept_out(server, body) == (422, "MESSAGE_MALFORMED"), body[:40]


def test_a_body_that_does_not_say_that_it_is_json_is_refused(server: Served) -> None:
    assert kept_out(server, b"{}", kind="text/plain") == (415, "MESSAGE_MALFORMED")


def test_more_messages_than_a_batch_holds_are_refused(server: Served, till: ShopTill) -> None:
    till.start(Method.VIETQR)
    assert code(server.push([till.waiting()[-1]] * 101)) == (422, "MESSAGE_MALFORMED")


def test_a_protocol_that_the_hub_does_not_speak_is_told_so(server: Served) -> None:
    for protocol in (PROTOCOL + 1, 0, -1):
        assert code(server.push([], protocol=protocol)) == (426, "HUB_VERSION")


def test_a_till_that_knows_another_hub_is_told_that_this_one_is_behind(server: Served, till: ShopTill) -> None:
    till.start(Method.CASH)
    assert code(server.push(till.waiting(), hub_epoch="another-epoch")) == (409, "HUB_BEHIND")
    assert ask(server.hub.units, "SELECT COUNT(*) FROM vouchers") == [(0,)]
    assert server.push(till.waiting(), hub_epoch=an_id("epoch")).status_code == 200


def test_a_cursor_ahead_of_the_feed_is_told_that_the_hub_is_behind(server: Served) -> None:
    head = server.changes().json()["head_seq"]
    assert server.changes(after=head).json()["changes"] == []
    assert code(server.changes(after=head + 1)) == (409, "HUB_BEHIND")


def test_the_feed_is_read_page_by_page(server: Served, till: ShopTill) -> None:
    till.start(Method.CASH)
    till.tell(server)
    seqs: list[int] = []
    while True:
        page = server.changes(after=seqs[-1] if seqs else 0, limit=2).json()
        seqs += [change["seq"] for change in page["changes"]]
        if len(page["changes"]) < 2:
            break
    assert seqs == list(range(1, page["head_seq"] + 1))


def test_a_question_for_the_feed_outside_its_limits_is_refused(server: Served) -> None:
    wrong: list[dict[str, Any]] = [{"after": -1}, {"after": "x"}, {"after": 2**62}, {"limit": 0}, {"limit": 101}]
    for query in [*wrong, {"watch": "x" * 2_000}]:
        answer = server.http.get("/api/v1/changes", params={"after": 0, **query}, headers=bearer(TOKEN))
        assert code(answer) == (422, "MESSAGE_MALFORMED"), query


def test_a_till_hears_how_fresh_the_hubs_word_on_its_payments_is(server: Served, till: ShopTill) -> None:
    payment = till.start(Method.VIETQR)
    till.tell(server)
    watched = server.changes(watch=f"{payment.id},{an_id('unknown')}").json()["watched"]
    assert watched == [{"payment_id": payment.id, "status": "pending", "checked_at": None}]


def test_a_cloned_tills_history_is_refused_as_a_fork_and_what_came_before_it_stands(
    server: Served, tmp_path: Path
) -> None:
    units, token = server.hub.units, "token-of-both-0123456789"
    original, setup = another_till(tmp_path, 2)
    clone, _ = another_till(tmp_path / "clone", 2)
    know(units, setup, token)
    first, second = ShopTill(original, setup), ShopTill(clone, setup, sold=100)
    first.start(Method.CASH)
    first.tell(server, token)
    second.start(Method.CASH, 99_000)
    assert code(server.push(second.waiting(), token)) == (409, "TILL_FORKED")
    assert ask(units, "SELECT total_minor FROM vouchers WHERE device_id = :id", id=setup.device_id) == [(45_000,)]
    first.start(Method.CASH)
    assert set(first.tell(server, token)) == {"created"}
    original.close()
    clone.close()


def test_who_shows_no_good_token_is_unknown(server: Served) -> None:
    for shown in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN} x", "Bearer \xfc"):
        headers = {b"authorization": shown.encode("latin-1"), b"content-type": b"application/json"}
        push = server.http.post("/api/v1/push", content=b"{}", headers=headers)
        assert code(push) == (401, "TILL_UNKNOWN"), shown
        assert push.headers["www-authenticate"] == "Bearer"
        assert code(server.http.get("/api/v1/changes?after=0", headers=headers)) == (401, "TILL_UNKNOWN")
        assert code(server.http.post("/api/v1/payments/x/check", headers=headers)) == (401, "TILL_UNKNOWN")


def test_a_token_in_the_address_is_not_looked_at(server: Served) -> None:
    assert server.http.get(f"/api/v1/changes?after=0&token={TOKEN}&access_token={TOKEN}").status_code == 401


def test_eight_tills_at_once_leave_a_feed_in_commit_order_and_gapless_book_numbers(
    server: Served, tmp_path: Path
) -> None:
    units = server.hub.units
    tills: list[tuple[str, ShopTill]] = []
    for number in range(2, 10):
        till_units, setup = another_till(tmp_path, number)
        know(units, setup, f"token-of-till-{number}-0123456789")
        tills.append((f"token-of-till-{number}-0123456789", ShopTill(till_units, setup)))
    together = threading.Barrier(len(tills) + 1)
    finished = threading.Event()
    seen: list[int] = []
    sold: list[str] = []

    def sell(token: str, till: ShopTill) -> None:
        together.wait()
        for _ in range(5):
            till.start(Method.CASH)
            till.tell(server, token)
            sold.append(token)

    def follow() -> None:
        together.wait()
        while True:
            last_round = finished.is_set()
            page = server.changes(after=seen[-1] if seen else 0).json()
            seen.extend(change["seq"] for change in page["changes"])
            if last_round and not page["changes"]:
                return

    sellers = [threading.Thread(target=partial(sell, token, till)) for token, till in tills]
    reader = threading.Thread(target=follow)
    for thread in [*sellers, reader]:
        thread.start()
    for thread in sellers:
        thread.join()
    finished.set()
    reader.join()
    for _, till in tills:
        till.units.close()
    assert len(sold) == 8 * 5
    [(head,)] = ask(units, "SELECT feed_seq FROM merchants WHERE id = :id", id=MERCHANT)
    assert seen == list(range(1, head + 1))
    rows = ask(units, "SELECT book_no FROM feed WHERE book_no IS NOT NULL ORDER BY seq")
    assert [book_no for (book_no,) in rows] == list(range(1, 8 * 5 + 1))


@pytest.mark.parametrize("meanwhile", ["shut out", "another token", "restored"])
def test_a_till_that_lost_its_token_after_it_was_looked_at_gets_nothing_in(
    server: Served, till: ShopTill, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    units = server.hub.units
    acts: dict[str, Callable[[], object]] = {
        "shut out": lambda: shut_out(units, MERCHANT, TILL, NOON),
        "another token": lambda: let_in(units, "another-token-of-the-same-till-0123"),
        "restored": lambda: succeed(
            units, KnownTill(MERCHANT, TILL), SuccessionRequest(protocol=PROTOCOL, device_id="x", incarnation="B"), NOON
        ),
    }

    def looked_at(*asked: Any) -> KnownTill:
        known = admit(*asked)
        acts[meanwhile]()
        return known

    till.start(Method.CASH)
    monkeypatch.setattr("server.routes.sync.admit", looked_at)
    refused = (409, "TILL_FORKED") if meanwhile == "restored" else (401, "TILL_UNKNOWN")
    assert code(server.push(till.waiting())) == refused
    assert ask(units, "SELECT COUNT(*) FROM vouchers") == [(0,)]
