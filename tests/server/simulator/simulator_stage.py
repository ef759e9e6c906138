"""What the simulator's tests play with: a simulator on a real socket and a receiver of its notifications."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import uvicorn

from server.simulator import emv
from server.simulator.app import bound_socket, server_for
from server.simulator.settings import BankSettings, SimulatorSettings, StallSettings, VnpaySettings
from server.simulator.vnpay_signing import CHECK_FIELDS, CREATE_FIELDS, request_checksum

CREATE_SECRET = "vnpay@MERCHANT"
CHECK_SECRET = "vnpay@123@langhaHangLa"
REFUND_SECRET = "vnpayRefund"
WEBHOOK_SECRET = "made-up-sepay-secret"
API_TOKEN = "made-up-token"
ACCOUNT = "0123499999"
BANK_BIN = "970436"
FAST = 0.0005
NOTHING: Mapping[str, object] = {}

Answer = tuple[int, str]


@dataclass
class Delivery:
    """One request the receiver got."""

    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Listener(ThreadingHTTPServer):
    # 50 deliveries at once must find room to queue.
    request_queue_size = 128
    daemon_threads = True
    receiver: "Receiver"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        assert isinstance(self.server, Listener)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, text = self.server.receiver.take(Delivery(self.path, dict(self.headers), body))
        reply = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@dataclass
class Receiver:
    """Stands where the hub will stand: keeps what arrives and answers as the test wants."""

    got: list[Delivery] = field(default_factory=list)
    answers: Callable[[Delivery, int], Answer] = field(default=lambda delivery, number: good_answer(delivery))
    lock: threading.Lock = field(default_factory=threading.Lock)
    port: int = 0

    def take(self, delivery: Delivery) -> Answer:
        with self.lock:
            self.got.append(delivery)
            number = len(self.got)
        return self.answers(delivery, number)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def good_answer(delivery: Delivery) -> Answer:
    """What a healthy hub says to either provider."""
    if delivery.path == "/ipn":
        return 200, json.dumps({"code": "00", "message": "ok", "data": {"txnId": delivery.json()["txnId"]}})
    return 200, '{"success": true}'


def settings_for(
    receiver_url: Callable[[str], str],
    data_dir: Path | None,
    port: int = 0,
    stalls: Mapping[str, StallSettings] = MappingProxyType({}),
) -> SimulatorSettings:
    """Settings of the test shop; `stalls` opens more providers."""
    return SimulatorSettings(
        port=port,
        data_dir=data_dir,
        vnpay=VnpaySettings(
            app_id="MERCHANT",
            merchant_code="88888888",
            terminal_id="PSSTEST",
            create_secret=CREATE_SECRET,
            check_secret=CHECK_SECRET,
            refund_secret=REFUND_SECRET,
            notify_url=receiver_url("/ipn"),
        ),
        bank=BankSettings(ACCOUNT, BANK_BIN, WEBHOOK_SECRET, API_TOKEN, receiver_url("/sepay")),
        time_scale=FAST,
        delivery_timeout_s=5.0,
        stalls=stalls,
    )


@dataclass
class Stage:
    """A running simulator with a client that speaks to it."""

    http: httpx.Client

    def create(self, txn_id: str, amount: int = 45_000, changes: Mapping[str, object] = NOTHING) -> dict[str, Any]:
        reply = self.http.post(
            "/QRCreateAPIRestV2/rest/CreateQrcodeApi/createQrcode",
            content=json.dumps(create_request(txn_id, amount, changes)),
            headers={"Content-Type": "text/plain"},
        )
        assert reply.status_code == 200, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    def control(self, name: str, **body: object) -> Any:
        reply = self.http.post(f"/control/{name}", json=body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def refused(self, name: str, **body: object) -> tuple[int, str]:
        reply = self.http.post(f"/control/{name}", json=body)
        return reply.status_code, reply.json()["refused"]

    def idle(self) -> None:
        assert self.http.get("/control/idle", params={"timeout_s": 20}).json() == {"idle": True}

    def state(self) -> Any:
        return self.http.get("/control/state").json()

    def event(self, event_id: int) -> Any:
        return self.http.get(f"/control/events/{event_id}").json()


@dataclass
class Running:
    """The thread a simulator runs in."""

    server: uvicorn.Server
    thread: threading.Thread

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()


def started(settings: SimulatorSettings) -> tuple[Stage, Running]:
    """Start a simulator in a thread and wait until it answers."""
    ports: list[int] = []
    answering = threading.Event()

    def ready(port: int) -> None:
        ports.append(port)
        answering.set()

    server_socket = bound_socket(settings)
    server = server_for(settings, server_socket, ready)

    def serve() -> None:
        with server_socket:
            server.run(sockets=[server_socket])

    thread = threading.Thread(target=serve)
    thread.start()
    assert answering.wait(20)
    return Stage(httpx.Client(base_url=f"http://127.0.0.1:{ports[0]}", verify=False, timeout=30)), Running(
        server, thread
    )


def create_request(txn_id: str, amount: int, changes: Mapping[str, object] = NOTHING) -> dict[str, object]:
    """A rightly signed create call; `changes` are signed too, `checksum` among them replaces the signature."""
    fields: dict[str, object] = {
        "appId": "MERCHANT",
        "merchantName": "VNPAY TEST",
        "serviceCode": "03",
        "countryCode": "VN",
        "masterMerCode": "A000000775",
        "merchantType": "9999",
        "merchantCode": "88888888",
        "payloadFormat": None,
        "terminalId": "PSSTEST",
        "payType": "03",
        "productId": "",
        "productName": None,
        "imageName": None,
        "txnId": txn_id,
        "billNumber": txn_id,
        "amount": str(amount),
        "tipAndFee": "",
        "ccy": "704",
        "expDate": "",
        "desc": "Don hang 1",
        **changes,
    }
    if "checksum" not in fields:
        fields["checksum"] = request_checksum(fields, CREATE_FIELDS, CREATE_SECRET)
    return fields


def check_request(txn_id: str, pay_date: str, changes: Mapping[str, object] = NOTHING) -> dict[str, object]:
    """A rightly signed CheckTrans call."""
    fields: dict[str, object] = {
        "txnId": txn_id,
        "merchantCode": "88888888",
        "terminalID": "PSSTEST",
        "payDate": pay_date,
        **changes,
    }
    if "checkSum" not in fields:
        fields["checkSum"] = request_checksum(fields, CHECK_FIELDS, CHECK_SECRET)
    return fields


def vietqr(content: str, amount: int | None, account: str = ACCOUNT, bank_bin: str = BANK_BIN) -> str:
    """A VietQR text made by this test from the NAPAS layout."""
    field = emv.field
    beneficiary = field("00", bank_bin) + field("01", account)
    body = field("00", "01") + field("01", "12" if amount else "11")
    body += field("38", field("00", "A000000727") + field("01", beneficiary) + field("02", "QRIBFTTA"))
    body += field("53", "704") + (field("54", str(amount)) if amount else "") + field("58", "VN")
    return emv.sealed(body + field("62", field("08", content)))
