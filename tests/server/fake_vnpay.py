"""A tiny VNPAY on a loopback socket: it makes codes, answers queries, signs notifications and refunds, or fails."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from domain import emv
from server.rails.vnpay_checksums import CHECK_ANSWER, CREATE_ANSWER, NOTIFICATION, checksum
from server.rails.vnpay_qr import CHECK_PATH, CREATE_PATH
from server.rails.vnpay_refund import REFUND_PATH
from server.vault import Secret

CREATE_SECRET: Final = "create-secret-of-the-test"
CHECK_SECRET: Final = "check-secret-of-the-test"
REFUND_SECRET: Final = "refund-secret-of-the-test"
MERCHANT_CODE: Final = "0106921949"
TERMINAL_ID: Final = "BANATEST"
MASTER: Final = "A000000775"


def credentials(base_url: str) -> dict[str, Secret]:
    """Return what the owner fills in."""
    values = {
        "base_url": base_url,
        "app_id": "MERCHANT",
        "merchant_name": "Ba Na",
        "merchant_code": MERCHANT_CODE,
        "terminal_id": TERMINAL_ID,
        "merchant_type": "5812",
        "create_secret": CREATE_SECRET,
        "check_secret": CHECK_SECRET,
    }
    return {name: Secret(value) for name, value in values.items()}


def notice(
    reference: str, amount: int, trace: str = "244244631", code: str = "00", secret: str = CREATE_SECRET, **more: Any
) -> bytes:
    """Return a payment notification as VNPAY signs it."""
    fields: dict[str, Any] = {
        "code": code,
        "message": "Tru tien thanh cong",
        "msgType": "1",
        "txnId": reference,
        "qrTrace": trace,
        "bankCode": "VIETCOMBANK",
        "mobile": "0912345678",
        "accountNo": "",
        "amount": str(amount),
        "payDate": "20261121120100",
        "merchantCode": MERCHANT_CODE,
        "terminalId": TERMINAL_ID,
        "masterMerCode": MASTER,
        "ccy": "704",
        "secretKey": "a-secret-that-a-body-should-not-carry",
        **more,
    }
    said = {name: str(fields[name]) for name in NOTIFICATION.names}
    return json.dumps({**fields, "checksum": checksum(NOTIFICATION, said, secret)}).encode()


def code_text(reference: str, amount: str) -> str:
    """Return a code that carries an amount and a bill number."""
    account = emv.write("00", MASTER) + emv.write("01", MERCHANT_CODE)
    objects = [("00", "01"), ("01", "12"), ("26", account), ("52", "5812"), ("53", "704"), ("54", amount)]
    objects += [("58", "VN"), ("59", "BA NA"), ("60", "DANANG"), ("62", emv.write("01", reference))]
    body = "".join(emv.write(tag, value) for tag, value in objects) + "6304"
    return body + emv.crc(body)


@dataclass
class FakeVnpay:
    """What the provider knows and how it behaves; `asked` is every call by path, in order."""

    url: str = ""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    paid: dict[str, int] = field(default_factory=dict)
    check_code: str = "01"
    create_code: str = "00"
    refund_code: str = "00"
    refunded: dict[str, int] = field(default_factory=dict)
    hang_s: float = 0.0
    drop_answers: int = 0
    calls: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def times(self, path: str) -> int:
        """Return how often a path was asked."""
        return sum(1 for asked, _ in self.asked if asked == path)

    def references(self, path: str) -> list[str]:
        """Return the references a path was asked about."""
        return [fields["txnId"] for asked, fields in self.asked if asked == path]

    def answer(self, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a call."""
        if path == REFUND_PATH:
            return self._refund(fields)
        return self._create(fields) if path == CREATE_PATH else self._check(fields)

    def _refund(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Give back once for each number, as long as the code says so."""
        if self.refund_code == "00":
            self.refunded.setdefault(fields["refundTxnId"], int(fields["amount"]))
        trace = f"9{fields['refundTxnId']}" if self.refund_code == "00" else ""
        told = {"code": self.refund_code, "message": "-", "qrTraceRefund": trace}
        return {**told, "refundDate": "20261121130000", "checkSum": "of an order that nobody published"}

    def _create(self, fields: dict[str, Any]) -> dict[str, Any]:
        data = code_text(fields["txnId"], fields["amount"]) if self.create_code == "00" else ""
        answer = {"code": self.create_code, "message": "Success", "data": data, "url": "null"}
        return {**answer, "url": None, "checksum": checksum(CREATE_ANSWER, answer, CREATE_SECRET)}

    def _check(self, fields: dict[str, Any]) -> dict[str, Any]:
        reference = fields["txnId"]
        if reference not in self.paid:
            return {"code": self.check_code, "message": "-"}
        answer = {
            "code": "00",
            "masterMerchantCode": MASTER,
            "merchantCode": MERCHANT_CODE,
            "terminalID": TERMINAL_ID,
            "txnId": reference,
            "payDate": "21/11/2026 12:01:00",
            "bankCode": "VIETCOMBANK",
            "qrTrace": "244244631",
            "debitAmount": str(self.paid[reference]),
            "realAmount": str(self.paid[reference]),
        }
        return {**answer, "checkSum": checksum(CHECK_ANSWER, answer, CHECK_SECRET)}


@contextmanager
def vnpay() -> Iterator[FakeVnpay]:
    """Serve a fake VNPAY until the block ends."""
    fake = FakeVnpay()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            fields = json.loads(self.rfile.read(int(self.headers["content-length"])))
            fake.asked.append((self.path, fields))
            fake.calls.release()
            if self.path not in {CREATE_PATH, CHECK_PATH, REFUND_PATH}:
                self.send_error(404)
                return
            time.sleep(fake.hang_s)
            if fake.drop_answers > 0:
                fake.drop_answers -= 1
                self.close_connection = True
                self.connection.close()
                return
            body = json.dumps(fake.answer(self.path, fields)).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output clean."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A connection that was dropped on purpose is no error."""

    with Server(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
