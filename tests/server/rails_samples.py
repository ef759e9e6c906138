"""Sample credentials, payments and published vectors for the tests of the provider clients, with a loopback server."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx

from domain.ids import Instant, MerchantId
from domain.rails import PaymentContext
from server.rails import vnpay_checksums
from server.vault import Secret

VECTORS = Path(__file__).parents[1] / "vectors"
VNPAY_VECTORS: dict[str, dict[str, Any]] = {
    vector["id"]: vector for vector in json.loads((VECTORS / "vnpay_checksums.json").read_text())["mms"]
}
SEPAY_VECTORS: dict[str, dict[str, Any]] = {
    vector["id"]: vector for vector in json.loads((VECTORS / "bank_webhooks.json").read_text())["vectors"]
}


def moment(text: str) -> Instant:
    """Return the moment of an ISO 8601 text with its offset."""
    return Instant(int(datetime.fromisoformat(text).timestamp() * 1000))


def sealed_by_nobody(**values: str) -> dict[str, Secret]:
    """Return open credentials."""
    return {name: Secret(value) for name, value in values.items()}


VNPAY = sealed_by_nobody(
    base_url="https://vnpay.example",
    app_id="MERCHANT",
    merchant_name="Quán Bà Ná",
    merchant_code="0106921949",
    terminal_id="NEWWAY05",
    merchant_type="5812",
    create_secret="vnpay@MERCHANT",
    check_secret="vnpay@123@langhaHangLa",
)
SEPAY = sealed_by_nobody(
    base_url="https://sepay.example",
    account_number="0123499999",
    webhook_secret="made-up-sepay-secret",
    api_token="TOKEN123",
)
CONTEXT = PaymentContext(
    merchant_id=MerchantId("m-1"),
    reference="BANA01A0001247",
    amount_minor=20_000,
    currency="VND",
    description="Cà phê sữa đá & bánh mì",
    created_at=moment("2026-11-21T10:00:00+07:00"),
    expires_at=moment("2026-11-21T10:15:40+07:00"),
)
NOTICE: Mapping[str, Any] = VNPAY_VECTORS["ipn-neway-902"]["fields"] | {
    "checksum": VNPAY_VECTORS["ipn-neway-902"]["checksum"]
}
RECEIVED = moment("2022-05-24T11:02:40+07:00")


def changed(credentials: Mapping[str, Secret], **values: str) -> dict[str, Secret]:
    """Return credentials with other values in some fields."""
    return {**credentials, **sealed_by_nobody(**values)}


def signed_notice(**values: Any) -> bytes:
    """Return a payment notification like the captured one with other values, signed with the right secret."""
    notice = {**NOTICE, **values}
    said = {name: "" if notice[name] is None else str(notice[name]) for name in vnpay_checksums.NOTIFICATION.names}
    notice["checksum"] = vnpay_checksums.checksum(vnpay_checksums.NOTIFICATION, said, "vnpay@MERCHANT")
    return json.dumps(notice).encode()


def at_reference(reference: str) -> PaymentContext:
    """Return the sample payment under another reference."""
    return replace(CONTEXT, reference=reference)


def answering(reply: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    """Return a client whose requests `reply` answers."""
    return httpx.Client(transport=httpx.MockTransport(reply))


@dataclass
class Heard:
    """What a loopback server was asked."""

    method: str = ""
    path: str = ""
    headers: dict[str, str] | None = None
    body: bytes = b""


@contextmanager
def loopback(answer: Callable[[Heard], tuple[int, bytes]]) -> Iterator[tuple[str, Heard]]:
    """Serve `answer` over a real socket of this machine; yields its address and the last request."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.method, heard.path, heard.headers = self.command, self.path, dict(self.headers)
            heard.body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, body = answer(heard)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output clean."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", heard
        finally:
            server.shutdown()
            thread.join()
