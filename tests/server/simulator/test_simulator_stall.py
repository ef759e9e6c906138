"""A provider that is one class gets the journal, the courier, the chaos, the control API and the pages."""

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import ClassVar

import pytest
from fastapi import Response
from fastapi.responses import JSONResponse

from server.simulator import market
from server.simulator.app import create_app
from server.simulator.book import Book
from server.simulator.chaos import Chaos, ChaosSwitches
from server.simulator.facts import Notice
from server.simulator.journal import Journal
from server.simulator.settings import NotLoopback, StallSettings
from server.simulator.stall import Asked, Call, GivenBack, Offer, Refused, Shelf, Stall, Taken, Wish
from server.simulator.stalls import known_stalls
from server.simulator.vntime import system_now
from tests.server.simulator.simulator_stage import Receiver, Running, Stage, settings_for, started

Start = Callable[[], tuple[Stage, Running]]


class Kiosk(Stall):
    """A provider with one call to make a bill, one to read it and one to give its money back."""

    name = "kiosk"
    brand = "Kiosk & Co"
    outcomes = ("no_money", "lost_card")
    deeds: ClassVar = {"dispute": ("Khiếu nại", "Dispute")}

    def calls(self) -> tuple[Call, ...]:
        return (
            Call("POST", "/kiosk/bills", self.create),
            Call("GET", "/kiosk/bills/{id}", self.read),
            Call("POST", "/kiosk/bills/{id}/refund", self.refund),
        )

    def create(self, asked: Asked) -> Response:
        if asked.headers.get("authorization") != self.settings.secrets["key"]:
            raise Refused(JSONResponse({"problem": "key"}, 401))
        form = dict(asked.form())
        name = f"bill_{self.shelf.number()}"
        bill = {
            "id": name,
            "amount": int(form["amount"]),
            "note": form["note"],
            "status": "open",
            "at_ms": self.shelf.now(),
            "attempts": [],
            "url": asked.origin + self.page_of(name),
        }
        self.shelf.keep("bill", name, bill)
        if bill["amount"] == 13:
            raise Refused(JSONResponse({"problem": "thirteen"}, 402))
        return JSONResponse(bill)

    def read(self, asked: Asked) -> Response:
        return JSONResponse(self.shelf.doc("bill", asked.path["id"]))

    def refund(self, asked: Asked) -> Response:
        refund = {"bill": asked.path["id"], "amount": asked.json()["amount"], "at_ms": self.shelf.now()}
        self.shelf.keep("refund", f"back_{self.shelf.number()}", refund)
        return JSONResponse(refund)

    def offers(self) -> list[Offer]:
        return [
            Offer(
                name=bill["id"],
                title=bill["note"],
                amount=bill["amount"],
                currency="USD",
                status=bill["status"],
                created_ms=bill["at_ms"],
                text=bill["url"],
                attempts=tuple(Taken(**taken) for taken in bill["attempts"]),
                deeds=("dispute",) if bill["status"] == "paid" else (),
            )
            for bill in self.shelf.docs("bill")
        ]

    def pay(self, name: str, wish: Wish) -> None:
        bill = self.shelf.doc("bill", name)
        assert bill is not None
        taken = {"id": f"pay_{self.shelf.number()}", "amount": wish.amount, "at_ms": self.shelf.now()}
        bill["attempts"].append({**taken, "took_money": not wish.outcome, "code": wish.outcome})
        bill["status"] = "declined" if wish.outcome else "paid"
        self._change(bill)

    def expire(self, name: str) -> None:
        bill = self.shelf.doc("bill", name)
        assert bill is not None
        self._change({**bill, "status": "expired"})

    def do(self, name: str, deed: str) -> None:
        bill = self.shelf.doc("bill", name)
        assert bill is not None
        self._change({**bill, "deed": deed})

    def refunds(self) -> list[GivenBack]:
        docs = self.shelf.docs("refund")
        return [GivenBack("back", doc["bill"], doc["amount"], "USD", "done", doc["at_ms"]) for doc in docs]

    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        body = notice.body.encode()
        secret = "somebody-else" if forged else self.settings.secrets["key"]
        return body, {"X-Kiosk": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}

    def _change(self, bill: dict[str, object]) -> None:
        self.shelf.keep("bill", str(bill["id"]), bill)
        self.shelf.tell(str(bill["id"]), int(str(bill["amount"])), "USD", json.dumps(bill))


def kiosk_settings(receiver: Receiver) -> dict[str, StallSettings]:
    return {"kiosk": StallSettings(receiver.url("/kiosk"), {"key": "made-up-key"}, {"shop": "K1"})}


@pytest.fixture
def start(receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a simulator with the kiosk in it; a second start finds the same data folder."""
    monkeypatch.setattr(market, "known_stalls", lambda: (Kiosk,))
    opened: list[tuple[Stage, Running]] = []

    def start() -> tuple[Stage, Running]:
        opened.append(started(settings_for(receiver.url, tmp_path, stalls=kiosk_settings(receiver))))
        return opened[-1]

    yield start
    for stage, running in opened:
        stage.http.close()
        running.stop()


def bill(stage: Stage, amount: int = 1250, note: str = "T1") -> str:
    reply = stage.http.post(
        "/kiosk/bills", data={"amount": str(amount), "note": note}, headers={"Authorization": "made-up-key"}
    )
    assert reply.status_code == 200, reply.text
    return str(reply.json()["id"])


def statuses(stage: Stage) -> list[str]:
    return [offer["status"] for offer in stage.state()["offers"]]


# ---- acts


def test_a_bill_is_paid_and_the_signed_notification_arrives(stage: Stage, receiver: Receiver) -> None:
    name = bill(stage)
    paid = stage.control("pay", offer=f"kiosk:{name}")
    assert (paid["status"], paid["events"][0]["state"], paid["events"][0]["currency"]) == ("paid", "accepted", "USD")
    [delivery] = receiver.got
    right = hmac.new(b"made-up-key", delivery.body, hashlib.sha256).hexdigest()
    assert (delivery.path, delivery.headers["X-Kiosk"]) == ("/kiosk", right)
    assert stage.http.get(f"/kiosk/bills/{name}").json()["status"] == "paid"


def test_a_refused_call_keeps_nothing(stage: Stage) -> None:
    reply = stage.http.post("/kiosk/bills", data={"amount": "13", "note": ""}, headers={"Authorization": "made-up-key"})
    assert (reply.status_code, stage.state()["offers"]) == (402, [])


def test_a_payment_fails_in_the_named_way_and_can_be_tried_again(stage: Stage) -> None:
    name = bill(stage)
    assert stage.control("decline", offer=f"kiosk:{name}")["status"] == "declined"
    assert stage.control("pay", offer=f"kiosk:{name}", outcome="lost_card")["status"] == "declined"
    assert stage.control("pay", offer=f"kiosk:{name}")["status"] == "paid"
    [offer] = stage.state()["offers"]
    assert [taken["code"] for taken in offer["payments"]] == ["no_money", "lost_card", ""]


def test_what_is_not_possible_is_refused_and_changes_nothing(stage: Stage, receiver: Receiver) -> None:
    name = bill(stage)
    assert stage.refused("pay", offer="kiosk:bill_1") == (404, "unknown")
    assert stage.refused("pay", offer=f"kiosk:{name}", outcome="bad_mood") == (422, "outcome")
    assert stage.refused("pay", offer=f"kiosk:{name}", times=2) == (409, "paid")
    assert stage.refused("do", offer=f"kiosk:{name}", deed="dispute") == (409, "not_now")
    assert (statuses(stage), receiver.got) == (["open"], [])
    stage.control("expire", offer=f"kiosk:{name}")
    assert stage.refused("pay", offer=f"kiosk:{name}", late=True) == (409, "expired")


def test_a_deed_is_carried_out_where_it_is_possible(stage: Stage, receiver: Receiver) -> None:
    name = bill(stage)
    stage.control("pay", offer=f"kiosk:{name}")
    stage.control("do", offer=f"kiosk:{name}", deed="dispute")
    assert receiver.got[-1].json()["deed"] == "dispute"


def test_a_planned_payment_comes_later(stage: Stage, receiver: Receiver) -> None:
    name = bill(stage)
    assert stage.control("pay", offer=f"kiosk:{name}", delay_s=0.05)["plan"] is not None
    stage.idle()
    assert (statuses(stage), len(receiver.got), stage.state()["plans"]) == (["paid"], 1, [])


def test_a_planned_payment_that_became_impossible_is_over(stage: Stage, receiver: Receiver) -> None:
    name = bill(stage)
    stage.control("pay", offer=f"kiosk:{name}", delay_s=0.5)
    stage.control("expire", offer=f"kiosk:{name}")
    stage.idle()
    assert (statuses(stage), len(receiver.got), stage.state()["plans"]) == (["expired"], 1, [])


def test_a_phone_reads_the_link(stage: Stage) -> None:
    name = bill(stage)
    [offer] = stage.state()["offers"]
    assert stage.control("offer", qr_text=offer["qr_text"])["offer"] == f"kiosk:{name}"
    assert stage.control("pay", qr_text=f"https://kiosk.example/pay/kiosk/{name}?x=1")["status"] == "paid"


def test_refunds_and_settings_are_shown_without_secrets(stage: Stage) -> None:
    name = bill(stage)
    stage.http.post(f"/kiosk/bills/{name}/refund", json={"amount": 250})
    state = stage.state()
    assert [(row["payment"], row["amount"], row["currency"]) for row in state["stall_refunds"]] == [(name, 250, "USD")]
    assert state["settings"]["stalls"]["kiosk"]["shop"] == "K1"
    assert "made-up-key" not in json.dumps(state) + stage.http.get("/").text


# ---- memory


def test_a_restart_keeps_bills_and_repeats_no_number(start: Start) -> None:
    stage, running = start()
    names = {bill(stage) for _ in range(5)}
    stage.control("pay", offer=f"kiosk:{min(names)}")
    before = stage.state()["offers"]
    running.stop()
    again, _ = start()
    assert again.state()["offers"] == before
    assert bill(again) not in names


# ---- chaos


def test_every_mischief_happens_to_a_stall(stage: Stage, receiver: Receiver) -> None:
    first, second = bill(stage), bill(stage)
    stage.control("chaos", duplicate=2, bad_signature=True, amount_off=-50)
    [event] = stage.control("pay", offer=f"kiosk:{first}")["events"]
    assert (event["chaos"], len(receiver.got)) == (["duplicate", "bad_signature"], 3)
    right = hmac.new(b"made-up-key", receiver.got[0].body, hashlib.sha256).hexdigest()
    assert receiver.got[0].headers["X-Kiosk"] != right
    assert receiver.got[0].json()["attempts"][0]["amount"] == 1200
    stage.control("chaos", reset=True, drop=True)
    assert stage.control("pay", offer=f"kiosk:{second}")["events"][0]["state"] == "lost"


def test_the_notification_can_come_before_the_answer_of_the_create_call(stage: Stage, receiver: Receiver) -> None:
    stage.control("chaos", notify_before_create=True)
    name = bill(stage)
    assert (receiver.got[0].json()["id"], statuses(stage)) == (name, ["paid"])


@pytest.mark.parametrize("switch", ["lose_answers", "lose_create_answers"])
def test_a_lost_answer_leaves_what_was_done(stage: Stage, switch: str) -> None:
    stage.control("chaos", **{switch: 1})
    form = {"amount": "1250", "note": ""}
    reply = stage.http.post("/kiosk/bills", data=form, headers={"Authorization": "made-up-key"})
    assert (reply.status_code, statuses(stage)) == (504, ["open"])
    bill(stage)


def test_a_failing_call_does_nothing(stage: Stage) -> None:
    stage.control("chaos", call_fails=1, call_fail_status=429)
    assert (stage.http.post("/kiosk/bills").status_code, statuses(stage)) == (429, [])
    bill(stage)


def test_a_seed_brings_the_same_chances_again() -> None:
    def drawn(seed: int | None) -> list[bool]:
        chaos = Chaos(ChaosSwitches())
        chaos.set(seed=seed, drop=True)
        return [chaos.strikes("drop", "kiosk") for _ in range(40)]

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
    assert 5 < sum(drawn(7)) < 35
    assert all(drawn(None))
    assert not Chaos(ChaosSwitches(seed=7)).strikes("drop", "kiosk")


# ---- pages


@pytest.mark.parametrize(("language", "pay"), [("vi", "Trả 12,50\u00a0USD"), ("en", "Pay 12.50\u00a0USD")])
def test_a_person_pays_on_the_hosted_page(stage: Stage, receiver: Receiver, language: str, pay: str) -> None:
    name = bill(stage, note="<b>T1")
    page = f"/pay/kiosk/{name}?lang={language}"
    html = stage.http.get(page).text
    assert pay in html
    assert "&lt;b&gt;T1" in html
    assert "Kiosk &amp; Co" in html
    declined = stage.http.post(page, data={"act": "decline", "outcome": "lost_card"})
    assert (declined.status_code, declined.headers["location"].endswith(page)) == (303, True)
    declined_page = stage.http.get(page).text
    assert pay in declined_page
    assert "1×: lost_card" in declined_page or "1 lần: lost_card" in declined_page
    stage.http.post(page, data={"act": "pay"})
    assert pay not in stage.http.get(page).text
    assert [delivery.json()["status"] for delivery in receiver.got] == ["declined", "paid"]
    again = stage.http.post(page, data={"act": "pay"})
    assert (again.status_code, 'role="alert"' in again.text, len(receiver.got)) == (409, True, 2)


def test_an_unknown_hosted_page_and_an_unknown_click_are_refused(stage: Stage) -> None:
    assert stage.http.get("/pay/kiosk/bill_1").status_code == 404
    assert stage.http.post("/pay/nobody/bill_1", data={"act": "pay"}).status_code == 404
    assert stage.http.post(f"/pay/kiosk/{bill(stage)}", data={"act": "steal"}).status_code == 409


def test_the_overview_shows_a_stalls_bill_with_its_page_and_its_ways_to_fail(stage: Stage) -> None:
    name = bill(stage)
    html = stage.http.get("/?lang=en").text
    assert f'href="/pay/kiosk/{name}?lang=en"' in html
    assert html.count('data-path="/control/decline"') == 3
    stage.control("pay", offer=f"kiosk:{name}")
    html = stage.http.get("/?lang=en").text
    assert ">Dispute<" in html
    assert "12.50\u00a0USD" in html


# ---- opening


def test_a_stall_notifies_this_computer_only(stage: Stage, receiver: Receiver) -> None:
    with pytest.raises(NotLoopback):
        settings_for(receiver.url, None, stalls={"kiosk": StallSettings("http://10.0.0.1/", {})})
    refused = stage.http.post("/control/configure", json={"stall_notify_urls": {"kiosk": "http://10.0.0.1/"}})
    unknown = stage.http.post("/control/configure", json={"stall_notify_urls": {"bazaar": "http://127.0.0.1/"}})
    assert (refused.status_code, unknown.status_code) == (422, 404)
    stage.control("configure", stall_notify_urls={"kiosk": receiver.url("/elsewhere")})
    stage.control("pay", offer=f"kiosk:{bill(stage)}")
    assert receiver.got[0].path == "/elsewhere"


def test_settings_for_a_stall_that_does_not_exist_stop_the_start(receiver: Receiver) -> None:
    with pytest.raises(ValueError, match="bazaar"):
        create_app(settings_for(receiver.url, None, stalls={"bazaar": StallSettings(receiver.url("/"), {})}))


def test_no_two_stalls_share_a_name_and_every_deed_has_two_names() -> None:
    assert len({stall.name for stall in known_stalls()}) == len(known_stalls())
    for stall in known_stalls():
        assert all(vietnamese and english for vietnamese, english in stall.deeds.values())


def test_no_two_calls_of_all_stalls_meet_at_one_path() -> None:
    book, chaos = Book(Journal(None), system_now), Chaos(ChaosSwitches())
    settings = StallSettings("http://127.0.0.1/", defaultdict(str), defaultdict(str))
    calls = [
        (kind.name, call.method, call.path.split("/"))
        for kind in known_stalls()
        for call in kind(Shelf(kind.name, book, chaos), settings).calls()
    ]

    def meet(one: list[str], other: list[str]) -> bool:
        same = all(a == b or a.startswith("{") or b.startswith("{") for a, b in zip(one, other, strict=False))
        return len(one) == len(other) and same

    assert [
        (one, other)
        for one, other in combinations(calls, 2)
        if one[0] != other[0] and one[1] == other[1] and meet(one[2], other[2])
    ] == []
