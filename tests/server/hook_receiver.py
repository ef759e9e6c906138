"""Another system's address on a loopback socket: it keeps what it is told, and answers as the test wants."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Heard:
    """One message as it arrived."""

    head: Message
    body: bytes

    @property
    def id(self) -> str:
        return self.head["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told

    def is_signed_by(self, secret: str) -> bool:
        """Check the signature as the standard says, with nothing of the program's."""
        key = base64.b64decode(secret.split("_", 1)[1])
        signed = b".".join((self.id.encode(), self.head["webhook-timestamp"].encode(), self.body))
        mac = hmac.new(key, signed, hashlib.sha256).digest()
        return "v1," + base64.b64encode(mac).decode() in self.head["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """What it heard, and the status that it answers with; while `held` is set, it answers nobody."""

    url: str = ""
    status: int = 204
    heard: list[Heard] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    slow: bool = False


@contextmanager
def receiver(*, slow: bool = False) -> Iterator[Receiver]:
    """Receive on a loopback port until the block ends; a slow one answers when it is let go."""
    known = Receiver(slow=slow)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            known.heard.append(Heard(self.headers, body))
            known.arrived.set()
            if known.slow:
                known.let_go.wait(20)
            self.send_response(known.status)
            if known.status == 302:
                self.send_header("location", f"{known.url}/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    known.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield known
    finally:
        known.let_go.set()
        server.shutdown()
        thread.join()
        server.server_close()
