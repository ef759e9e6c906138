"""A bank does not forget money: the journal, restarts and a killed process."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from server.simulator.facts import BankLine, PlanDone, as_record, from_record
from server.simulator.journal import Journal, JournalDamaged
from server.simulator.settings import BankSettings, NotLoopback, require_loopback_url
from tests.server.simulator.simulator_stage import ACCOUNT, Receiver, Running, Stage, create_request, settings_for
from tests.server.simulator.test_simulator_vnpay import check

Start = Callable[[], tuple[Stage, Running]]


def numbers(stage: Stage) -> set[str]:
    state = stage.state()
    traces = {payment["id"] for offer in state["offers"] for payment in offer["payments"]}
    return traces | {line["id"] for line in state["bank"]["lines"]} | {str(e["event_id"]) for e in state["events"]}


# ---- journal


def test_a_fact_survives_the_journal() -> None:
    line = BankLine(7, None, 1000, 5000, "BT1 cà phê", "MBVCB.7", 1)
    assert from_record(json.loads(json.dumps(as_record(line)))) == line


def test_a_half_written_line_is_cut_off_and_the_rest_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.append([as_record(PlanDone(1))])
    journal.close()
    whole = path.read_bytes()
    path.write_bytes(whole + b'[{"fact":"Pl')
    journal = Journal(path)
    assert list(journal.read()) == [[as_record(PlanDone(1))]]
    journal.append([as_record(PlanDone(2))])
    journal.close()
    assert list(Journal(path).read()) == [[as_record(PlanDone(1))], [as_record(PlanDone(2))]]


def test_a_damaged_earlier_line_is_not_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"[}\n[]\n")
    with pytest.raises(JournalDamaged, match="line 1"):
        list(Journal(path).read())


def test_a_journal_without_a_file_keeps_nothing() -> None:
    journal = Journal(None)
    journal.append([as_record(PlanDone(1))])
    assert list(journal.read()) == []


# ---- restart


def test_a_restart_keeps_codes_money_and_the_log_and_never_repeats_a_number(start: Start) -> None:
    stage, running = start()
    stage.create("HD1")
    stage.create("HD2")
    stage.control("pay", txn_id="HD1")
    stage.control("pay", account_number=ACCOUNT, amount=1000)
    stage.control("expire", txn_id="HD2")
    stage.control("chaos", drop=True)
    before = stage.state()
    used = numbers(stage)
    running.stop()

    again, _ = start()
    after = again.state()
    assert {name: after[name] for name in ("offers", "events", "bank", "plans")} == {
        name: before[name] for name in ("offers", "events", "bank", "plans")
    }
    assert after["chaos"]["drop"] is False
    assert check(again, "HD1")["code"] == "00"
    assert again.create("HD1")["data"] == before["offers"][1]["qr_text"]
    again.control("pay", txn_id="HD1", times=3)
    again.control("pay", account_number=ACCOUNT, amount=1000, times=3)
    assert len(numbers(again)) == len(used) + 12
    assert again.state()["bank"]["balance"] == 4000


def test_what_was_owed_at_the_stop_is_sent_after_the_restart(start: Start, receiver: Receiver) -> None:
    receiver.answers = lambda delivery, number: (503, "")
    stage, running = start()
    stage.control("configure", time_scale=10)
    stage.create("HD1")
    paid = stage.control("pay", txn_id="HD1")
    stage.control("pay", txn_id="HD1", delay_s=1.0)
    running.stop()
    assert len(receiver.got) == 1

    receiver.answers = lambda delivery, number: (200, '{"code":"00"}')
    again, _ = start()
    again.idle()
    assert again.event(paid["events"][0]["event_id"])["state"] == "accepted"
    assert len(receiver.got) == 3
    assert receiver.got[0].body == receiver.got[1].body or receiver.got[0].body == receiver.got[2].body


KILLED = """
import sys
from pathlib import Path
from server.simulator.app import run
from tests.server.simulator.simulator_stage import settings_for
base, folder = sys.argv[1], Path(sys.argv[2])
run(settings_for(lambda path: base + path, folder), lambda port: print(port, flush=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_simulator_knows_every_acknowledged_payment_afterwards(
    start: Start, receiver: Receiver, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", KILLED, receiver.url(""), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            path = "/QRCreateAPIRestV2/rest/CreateQrcodeApi/createQrcode"
            body = json.dumps(create_request("HD1", 45_000))
            http.post(path, content=body, headers={"Content-Type": "text/plain"})
            receiver.answers = lambda delivery, number: (503, "")
            [event] = http.post("/control/pay", json={"txn_id": "HD1"}).json()["events"]
        process.send_signal(signal.SIGKILL)
    receiver.answers = lambda delivery, number: (200, '{"code":"00"}')
    stage, _ = start()
    stage.idle()
    assert stage.event(event["event_id"])["state"] == "accepted"
    assert [offer["status"] for offer in stage.state()["offers"]] == ["paid"]


# ---- loopback only


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/ipn",
        "http://10.0.0.1/ipn",
        "http://127.0.0.1@example.com/ipn",
        "http://127.0.0.1.example.com/",
        "http://[2001:db8::1]/",
        "https://127.0.0.1/",
        "ftp://127.0.0.1/",
        "http:///ipn",
        "ipn",
    ],
)
def test_a_notification_never_leaves_this_computer(url: str) -> None:
    with pytest.raises(NotLoopback):
        require_loopback_url(url)
    with pytest.raises(NotLoopback):
        settings_for(lambda path: url, None)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/ipn", "http://localhost/ipn", "http://[::1]:9/x"])
def test_an_address_of_this_computer_is_fine(url: str) -> None:
    assert require_loopback_url(url) == url


def test_the_simulator_listens_on_loopback_only() -> None:
    good = settings_for(lambda path: "http://127.0.0.1" + path, None)
    with pytest.raises(NotLoopback):
        type(good)(port=0, data_dir=None, vnpay=good.vnpay, bank=good.bank, host="0.0.0.0")
    with pytest.raises(ValueError, match="time_scale"):
        type(good)(port=0, data_dir=None, vnpay=good.vnpay, bank=good.bank, time_scale=0)


def test_a_running_simulator_cannot_be_pointed_elsewhere(stage: Stage) -> None:
    reply = stage.http.post("/control/configure", json={"bank_notify_url": "http://10.1.2.3/"})
    assert reply.status_code == 422
    assert stage.state()["settings"]["bank"]["notify_url"].startswith("http://127.0.0.1:")


def test_no_secret_is_shown(stage: Stage) -> None:
    settings = settings_for(lambda path: "http://127.0.0.1" + path, None)
    shown = repr(settings) + json.dumps(stage.state()) + stage.http.get("/").text
    for secret in (settings.vnpay.create_secret, settings.vnpay.check_secret, settings.vnpay.refund_secret):
        assert secret not in shown
    bank: BankSettings = settings.bank
    assert bank.webhook_secret not in shown
    assert bank.api_token not in shown
