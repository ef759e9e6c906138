"""A hub for tests: its books in memory, and in front of them a loopback server that fails in every way a line can."""

import asyncio
import json
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from websockets.http11 import Request as WsRequest
from websockets.server import ServerProtocol

from domain.errors import ErrorCode
from domain.messages import Message
from sync.wire import Change, ChangesPage, Problem, PushAnswer, PushRequest, PushResult, Watched, WireMessage


@dataclass
class HubBooks:
    """What the hub knows: messages once each, in the order of their arrival, and the feed that tells of them."""

    epoch: str = "epoch-1"
    poison: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    checked_at: int = 0
    taken: dict[str, WireMessage] = field(default_factory=dict)
    feed: list[Change] = field(default_factory=list)
    offers: Counter[str] = field(default_factory=Counter)

    def push(self, request: PushRequest) -> PushAnswer:
        """Take what is new, know what is known, refuse what is poison."""
        return PushAnswer(hub_epoch=self.epoch, results=[self._take(message) for message in request.messages])

    def changes(self, after: int, limit: int, watch: Sequence[str]) -> ChangesPage:
        """Return a page of the feed."""
        watched = [
            Watched(payment_id=payment_id, status=self.statuses.get(payment_id, "pending"), checked_at=self.checked_at)
            for payment_id in watch
        ]
        page = [change for change in self.feed if change.seq > after][:limit]
        return ChangesPage(hub_epoch=self.epoch, changes=page, head_seq=len(self.feed), watched=watched)

    def publish(self, message: Message) -> None:
        """Put a fact of another device into the feed."""
        self.feed.append(Change(seq=len(self.feed) + 1, message=WireMessage.of(message), book_no=None))

    def _take(self, message: WireMessage) -> PushResult:
        self.offers[message.id] += 1
        if message.id in self.poison:
            return PushResult(id=message.id, outcome="rejected", code=self.poison[message.id])
        known = self.taken.get(message.id)
        if known is not None:
            same = known.body_hash == message.body_hash
            return PushResult(
                id=message.id, outcome="exists" if same else "rejected", code=None if same else ErrorCode.ID_REUSED
            )
        self.taken[message.id] = message
        return PushResult(id=message.id, outcome="created")


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request. Without `reply` the hub does its work and its own answer is what suffers."""

    reply: tuple[int, dict[str, str], bytes] | None = None
    cut_at: int | None = None
    silent: bool = False
    alter: Callable[[bytes], bytes] = bytes
    content_type: str = "application/json"


def cut(at: int) -> Fault:
    """The hub does its work; its answer, headers included, ends after `at` bytes."""
    return Fault(cut_at=at)


def status(code: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Fault:
    """The hub does nothing and answers with a status."""
    return Fault(reply=(code, headers or {}, body))


def refusal(code: int, word: ErrorCode) -> Fault:
    """The hub does nothing and says why."""
    return status(code, {"Content-Type": "application/json"}, Problem(code=word).model_dump_json().encode())


def portal() -> Fault:
    """A captive portal answers in the hub's place."""
    return status(200, {"Content-Type": "text/html"}, b"<html><body>Welcome! Accept the terms.</body></html>")


def silence() -> Fault:
    """The hub does its work and never answers."""
    return Fault(silent=True)


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path


class FlakyHub:
    """HubBooks behind HTTP/1.1 and a WebSocket on loopback, on a thread of its own.

    `faults` befall the next requests one by one, `broken` every request. Attributes may be set from the test's thread.
    """

    def __init__(self, books: HubBooks | None = None, token: str = "till-token") -> None:
        self.books = books or HubBooks()
        self.token = token
        self.faults: deque[Fault] = deque()
        self.broken: Fault | None = None
        self.revoked = False
        self.live_broken = False
        self.live_deaf = False
        self.seen: list[Seen] = []
        self.connections = 0
        self.port = 0
        self._bells: list[tuple[ServerProtocol, asyncio.StreamWriter]] = []
        self._news = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._lines: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="flaky-hub", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self.close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def wait_for(self, holds: Callable[[], bool], timeout_s: float = 10.0) -> bool:
        """Wait until something that arrives makes `holds` true."""
        with self._news:
            return self._news.wait_for(holds, timeout_s)

    @property
    def listeners(self) -> int:
        """How many tills listen at the doorbell."""
        return len(self._bells)

    def count(self, path: str) -> int:
        """How many requests came to a path."""
        return sum(seen.path == path for seen in self.seen)

    def ring(self, text: str = '{"seq": 1}') -> None:
        """Ring at every till."""
        asyncio.run_coroutine_threadsafe(self._ring(text), self._loop).result(5)

    def hang_up(self) -> None:
        """Break every line at once, without a word."""
        asyncio.run_coroutine_threadsafe(self._break_lines(), self._loop).result(5)

    async def _open(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and break every line."""
        self._server.close()
        for _ in range(10):
            await asyncio.sleep(0)  # lines that were just being accepted
        await self._break_lines()

    def go_away(self) -> None:
        """Leave the network; `come_back` returns to the same port."""
        asyncio.run_coroutine_threadsafe(self.close(), self._loop).result(5)

    def come_back(self) -> None:
        """Return to the port."""
        asyncio.run_coroutine_threadsafe(self._open(self.port), self._loop).result(5)

    async def _break_lines(self) -> None:
        lines = [line for line in self._lines if line is not asyncio.current_task()]
        for line in lines:
            line.cancel()
        if lines:
            await asyncio.wait(lines)

    async def _ring(self, text: str) -> None:
        for protocol, writer in self._bells:
            protocol.send_text(text.encode())
            await _flush(protocol, writer)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._lines.discard(line)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request; return whether the line is to be kept."""
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        seen = Seen(method, target, headers, body)
        if headers.get("upgrade", "").lower() == "websocket":
            await self._serve_bell(seen, head, reader, writer)
            return False
        fault = self.faults.popleft() if self.faults else self.broken or Fault()
        code, answer_headers, answer = fault.reply or self._work(seen, fault)
        self._tell(seen)
        if fault.silent:
            await asyncio.get_running_loop().create_future()
        whole = _response(code, answer_headers, answer)
        writer.write(whole[: fault.cut_at])
        await writer.drain()
        return fault.cut_at is None

    def _work(self, seen: Seen, fault: Fault) -> tuple[int, dict[str, str], bytes]:
        if self.revoked or seen.headers.get("authorization") != f"Bearer {self.token}":
            word = Problem(code=ErrorCode.TILL_UNKNOWN).model_dump_json().encode()
            return 401, {"Content-Type": "application/json"}, word
        answer = fault.alter(self._answer(seen).encode())
        return 200, {"Content-Type": fault.content_type}, answer

    def _answer(self, seen: Seen) -> str:
        if seen.path == "/api/v1/push":
            return self.books.push(PushRequest.model_validate_json(seen.body)).model_dump_json()
        if seen.path == "/api/v1/changes":
            query = parse_qs(urlsplit(seen.target).query)
            watch = query["watch"][0].split(",") if "watch" in query else []
            return self.books.changes(int(query["after"][0]), int(query["limit"][0]), watch).model_dump_json()
        payment_id = seen.path.removeprefix("/api/v1/payments/").removesuffix("/check")
        word = self.books.statuses.get(payment_id, "pending")
        return Watched(payment_id=payment_id, status=word, checked_at=self.books.checked_at).model_dump_json()

    async def _serve_bell(
        self, seen: Seen, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._tell(seen)
        known = seen.headers.get("authorization") == f"Bearer {self.token}"
        if self.live_broken or not known:
            writer.write(_response(401, {"Content-Type": "application/json"}, b"{}"))
            await writer.drain()
            return
        protocol = ServerProtocol()
        protocol.receive_data(head)
        request = protocol.events_received()[0]
        assert isinstance(request, WsRequest)
        protocol.send_response(protocol.accept(request))
        await _flush(protocol, writer)
        bell = (protocol, writer)
        self._bells.append(bell)
        self._tell()
        try:
            while data := await reader.read(4096):
                if self.live_deaf:
                    continue
                protocol.receive_data(data)
                if not await _flush(protocol, writer):
                    return
        finally:
            self._bells.remove(bell)
            self._tell()

    def _tell(self, seen: Seen | None = None) -> None:
        with self._news:
            if seen is not None:
                self.seen.append(seen)
            self._news.notify_all()


async def _flush(protocol: ServerProtocol, writer: asyncio.StreamWriter) -> bool:
    """Write what the protocol has to say; return whether the line goes on after it."""
    data = protocol.data_to_send()
    writer.writelines(data)
    await writer.drain()
    return b"" not in data


def _response(code: int, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {code} Said", *(f"{name}: {value}" for name, value in headers.items())]
    if "Content-Length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def truncated(body: bytes) -> bytes:
    """Return half of an answer."""
    return body[: len(body) // 2]


def twice_named(body: bytes) -> bytes:
    """Return an answer with a field named twice."""
    fields = json.loads(body)
    name = next(iter(fields))
    return b"{" + f"{json.dumps(name)}:{json.dumps(fields[name])},".encode() + body.lstrip()[1:]
