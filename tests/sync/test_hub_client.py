"""The hub over HTTP: what counts as its answer, what never does, and in which words each failure is told."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from domain.errors import ErrorCode
from domain.ids import PaymentId
from sync.client import TOTAL_S, HubClient
from sync.ports import HubProblem
from sync.wire import BODY_LIMIT_BYTES, PROTOCOL, ChangesPage, EnrolRequest, PushRequest, WireMessage
from tests.fakes.flaky_hub import Fault, FlakyHub, HubBooks, portal, refusal, status, truncated, twice_named
from tests.sync.memory_ledger import a_message
from tests.sync.virtual_time import run_virtually

_JSON = {"Content-Type": "application/json"}
_PAGE = b'{"hub_epoch":"e","changes":[],"head_seq":0,"watched":[]}'

Ask = Callable[[HubClient], Awaitable[object]]
Handler = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


async def _pull(client: HubClient) -> ChangesPage:
    return await client.changes(0, 100, [])


def _request(*names: str) -> PushRequest:
    return PushRequest(protocol=PROTOCOL, messages=[WireMessage.of(a_message(name)) for name in names])


def _ask(hub: FlakyHub, ask: Ask = _pull) -> object:
    async def scenario() -> object:
        client = HubClient(hub.address, lambda: hub.token)
        try:
            return await ask(client)
        finally:
            await client.aclose()

    return asyncio.run(scenario())


def _problem_of(fault: Fault, ask: Ask = _pull) -> HubProblem:
    with FlakyHub() as hub:
        hub.faults.append(fault)
        with pytest.raises(HubProblem) as problem:
            _ask(hub, ask)
        assert len(hub.seen) == 1
    return problem.value


def _with_handler(handler: Handler) -> HubClient:
    return HubClient(lambda: "https://hub.example", lambda: "t", transport=httpx.MockTransport(handler))


def test_a_push_brings_one_result_for_each_message() -> None:
    with FlakyHub(HubBooks(poison={"b": "SERIES_BROKEN"})) as hub:
        answer = _ask(hub, lambda client: client.push(_request("a", "b")))
        again = _ask(hub, lambda client: client.push(_request("a")))

    assert [(r.id, r.outcome, r.code) for r in answer.results] == [  # type: ignore[attr-defined]  # any answer
        ("a", "created", None),
        ("b", "rejected", "SERIES_BROKEN"),
    ]
    assert [r.outcome for r in again.results] == ["exists"]  # type: ignore[attr-defined]  # any answer


def test_the_token_travels_in_the_header_and_never_in_the_address() -> None:
    with FlakyHub(token="s3cret") as hub:
        _ask(hub, lambda client: client.changes(3, 50, [PaymentId("p1"), PaymentId("p2")]))
        _ask(hub, lambda client: client.check_payment(PaymentId("p1")))

    assert [seen.headers["authorization"] for seen in hub.seen] == ["Bearer s3cret"] * 2
    assert [seen.target for seen in hub.seen] == [
        "/api/v1/changes?after=3&limit=50&protocol=2&watch=p1%2Cp2",
        "/api/v1/payments/p1/check",
    ]


def test_a_payment_id_cannot_leave_its_place_in_the_address() -> None:
    with FlakyHub() as hub:
        _ask(hub, lambda client: client.check_payment(PaymentId("../x?y=1#z")))

    assert hub.seen[0].target == "/api/v1/payments/..%2Fx%3Fy%3D1%23z/check"


def test_enrolment_shows_no_token() -> None:
    said = b'{"merchant_id":"m","shop_name":"s","currency":"VND","zone":"Asia/Ho_Chi_Minh","till_code":"01",'
    said += b'"incarnation":"A","token":"t","hub_device_id":"h","hub_epoch":"e"}'
    with FlakyHub() as hub:
        hub.faults.append(status(200, _JSON, said))
        enrol = EnrolRequest(protocol=PROTOCOL, code="ABC123", device_id="till-1", name="Front")
        answer = _ask(hub, lambda client: client.enrol(enrol))

    assert answer.token == "t"  # type: ignore[attr-defined]  # any answer
    assert "authorization" not in hub.seen[0].headers


def test_calls_one_after_another_share_one_connection() -> None:
    async def five(client: HubClient) -> None:
        for _ in range(5):
            await client.changes(0, 100, [])

    with FlakyHub() as hub:
        _ask(hub, five)

    assert (len(hub.seen), hub.connections) == (5, 1)


def test_a_hub_that_moved_is_followed() -> None:
    async def scenario(first: FlakyHub, second: FlakyHub) -> None:
        places = iter([first.address(), second.address()])
        client = HubClient(lambda: next(places), lambda: first.token)
        await client.changes(0, 100, [])
        await client.changes(0, 100, [])
        await client.aclose()

    with FlakyHub() as first, FlakyHub() as second:
        asyncio.run(scenario(first, second))

    assert (len(first.seen), len(second.seen)) == (1, 1)


@pytest.mark.parametrize(
    "fault",
    [
        portal(),
        status(200, {"Content-Type": "text/html"}, _PAGE),
        status(200, {}, _PAGE),
        Fault(content_type="text/plain"),
        status(200, _JSON, b""),
        status(200, _JSON, b"null"),
        status(200, _JSON, b"[]"),
        status(200, _JSON, b"{}"),
        status(200, _JSON, b'{"hub_epoch":"e","changes":[],"head_seq":"0","watched":[]}'),
        status(200, _JSON, b'{"hub_epoch":"e","changes":[],"head_seq":NaN,"watched":[]}'),
        status(200, _JSON, b'{"hub_epoch":"e","changes":[],"head_seq":1.5,"watched":[]}'),
        status(200, _JSON, b'{"hub_epoch":"e","changes":[],"head_seq":' + b"9" * 5_000 + b',"watched":[]}'),
        status(200, _JSON, b'{"hub_epoch":"\xff","changes":[],"head_seq":0,"watched":[]}'),
        status(200, _JSON, b"[" * 100_000),
        status(200, _JSON, _PAGE + _PAGE),
        status(200, _JSON, b"\xef\xbb\xbf\x00" + _PAGE),
        Fault(alter=truncated),
        Fault(alter=twice_named),
        status(200, _JSON | {"Content-Encoding": "gzip"}, _PAGE),
        status(204, _JSON),
        status(206, _JSON, _PAGE),
        status(302, {"Location": "http://127.0.0.1:1/login"}),
        status(307, _JSON | {"Location": "/api/v1/changes?after=0&limit=100"}, _PAGE),
        status(511, {"Content-Type": "text/html"}, b"<html>"),
        status(401, {"Content-Type": "text/html"}, b"<html>Log in</html>"),
        status(403, {"Content-Type": "text/html"}, b"<html>Blocked by your provider</html>"),
        status(404, {"Content-Type": "text/html"}, b"<html>"),
        status(500, _JSON, b"{}"),
        status(502, {"Content-Type": "text/html"}, b"<html>"),
        status(503, _JSON, b'{"code":"TILL_UNKNOWN"}'),
        status(429, _JSON, b"{}"),
    ],
)
def test_what_is_not_the_hubs_answer_never_counts_as_one(fault: Fault) -> None:
    problem = _problem_of(fault)

    assert problem.code is ErrorCode.NET_UNREACHABLE
    assert problem.refusal is None


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (refusal(401, ErrorCode.TILL_UNKNOWN), ErrorCode.TILL_UNKNOWN),
        (status(401, _JSON, b'{"detail":"?"}'), ErrorCode.TILL_UNKNOWN),
        (refusal(409, ErrorCode.TILL_FORKED), ErrorCode.TILL_FORKED),
        (refusal(409, ErrorCode.HUB_BEHIND), ErrorCode.HUB_BEHIND),
        (refusal(400, ErrorCode.HUB_VERSION), ErrorCode.HUB_VERSION),
        (status(426, {"Content-Type": "application/problem+json; charset=utf-8"}, b"{}"), ErrorCode.HUB_VERSION),
        (status(404, _JSON, b'{"detail":"Not Found"}'), ErrorCode.HUB_REFUSED),
        (status(422, _JSON, b'{"code":"A_WORD_OF_TOMORROW"}'), ErrorCode.HUB_REFUSED),
        (status(408), ErrorCode.NET_TIMEOUT),
        (status(504), ErrorCode.NET_TIMEOUT),
    ],
)
def test_a_refusal_is_told_in_our_codes(fault: Fault, code: ErrorCode) -> None:
    assert _problem_of(fault).code is code


def test_the_hubs_own_word_on_a_request_is_kept() -> None:
    problem = _problem_of(refusal(422, ErrorCode.MESSAGE_MALFORMED))

    assert (problem.code, problem.refusal) == (ErrorCode.HUB_REFUSED, ErrorCode.MESSAGE_MALFORMED)


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504, 408])
@pytest.mark.parametrize(("asked", "expected_ms"), [("17", 17_000), ("86400", 900_000), ("whenever", None)])
def test_what_the_hub_asks_for_is_honoured_up_to_fifteen_minutes(
    code: int, asked: str, expected_ms: int | None
) -> None:
    assert _problem_of(status(code, {"Retry-After": asked})).retry_after_ms == expected_ms


@pytest.mark.parametrize("fault", [status(413), status(408), status(413, _JSON, b"{}")])
def test_an_answer_to_too_much_says_so(fault: Fault) -> None:
    assert _problem_of(fault).too_much


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    read = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal read
            while True:
                read += 65_536
                yield b" " * 65_536

    async def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=_JSON, stream=Endless())

    with pytest.raises(HubProblem) as problem:
        asyncio.run(_pull(_with_handler(handler)))

    assert problem.value.too_much
    assert read <= BODY_LIMIT_BYTES + 2 * 65_536


def test_a_hub_that_never_answers_is_given_up_after_twenty_seconds() -> None:
    async def handler(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    assert _time_until_given_up(handler) == TOTAL_S == 20


def test_a_hub_that_drips_is_given_up_after_twenty_seconds() -> None:
    class Drips(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(1)
                yield b" "

    async def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=_JSON, stream=Drips())

    assert _time_until_given_up(handler) == TOTAL_S


def _time_until_given_up(handler: Handler) -> float:
    async def scenario() -> float:
        with pytest.raises(HubProblem) as problem:
            await _pull(_with_handler(handler))
        assert problem.value.code is ErrorCode.NET_TIMEOUT
        return asyncio.get_running_loop().time()

    return run_virtually(scenario())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (httpx.ConnectError("no route"), ErrorCode.NET_UNREACHABLE),
        (httpx.ConnectTimeout("slow"), ErrorCode.NET_TIMEOUT),
        (httpx.ReadTimeout("slow"), ErrorCode.NET_TIMEOUT),
        (httpx.WriteTimeout("slow"), ErrorCode.NET_TIMEOUT),
        (httpx.PoolTimeout("busy"), ErrorCode.NET_TIMEOUT),
        (httpx.ReadError("reset"), ErrorCode.NET_UNREACHABLE),
        (httpx.WriteError("reset"), ErrorCode.NET_UNREACHABLE),
        (httpx.RemoteProtocolError("cut"), ErrorCode.NET_UNREACHABLE),
        (httpx.ProxyError("no"), ErrorCode.NET_UNREACHABLE),
        (httpx.DecodingError("?"), ErrorCode.NET_UNREACHABLE),
    ],
)
def test_every_failure_of_the_line_becomes_a_problem_of_ours(error: httpx.RequestError, code: ErrorCode) -> None:
    async def handler(request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(HubProblem) as problem:
        asyncio.run(_pull(_with_handler(handler)))

    assert problem.value.code is code


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "hub.example",
        "http://hub.example",
        "http://192.168.1.20:8000",
        "http://127.0.0.1.nip.io",
        "ftp://hub.example",
        "https://user:word@hub.example",
        "https://hub.example/?a=b",
        "https://hub.example:0",
        "https://hub.example:99999",
        "https://",
        "http://[::1",
    ],
)
def test_the_token_goes_nowhere_but_to_a_hub_that_can_keep_it(address: str | None) -> None:
    async def handler(request: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing may leave")

    client = HubClient(lambda: address, lambda: "t", transport=httpx.MockTransport(handler))

    with pytest.raises(HubProblem) as problem:
        asyncio.run(_pull(client))

    assert problem.value.code is ErrorCode.NET_UNREACHABLE


def test_a_hub_on_another_path_is_found_there() -> None:
    asked: list[str] = []

    async def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, headers=_JSON, stream=httpx.ByteStream(_PAGE))

    client = HubClient(lambda: "HTTPS://hub.example/bana/", lambda: "t", transport=httpx.MockTransport(handler))
    asyncio.run(_pull(client))

    assert asked == ["https://hub.example/bana/api/v1/changes?after=0&limit=100&protocol=2"]


@pytest.mark.parametrize("name", ["127.0.0.1", "other.example"])
def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, name: str) -> None:
    context, own = _certificate(tmp_path, name)

    assert _tls_problem(context, None).reason == "tls"
    if name == "other.example":
        # Even a trusted certificate must be for the name that was called.
        assert _tls_problem(context, ssl.create_default_context(cafile=own)).reason == "tls"


def test_a_certificate_that_the_owner_vouches_for_is_believed(tmp_path: Path) -> None:
    context, own = _certificate(tmp_path, "127.0.0.1")

    assert _tls_problem(context, ssl.create_default_context(cafile=own)).reason == "http_404"


def test_a_hub_that_speaks_in_the_clear_is_not_spoken_to_after_https_was_asked_for() -> None:
    assert _tls_problem(None, None).reason == "tls"


def _tls_problem(context: ssl.SSLContext | None, trust: ssl.SSLContext | None) -> HubProblem:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = await reader.read(1024)
        assert b"Bearer" not in heard or context is not None
        writer.write(b"HTTP/1.1 404 Said\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def scenario() -> HubProblem:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        client = HubClient(lambda: f"https://127.0.0.1:{port}", lambda: "t", trust=trust)
        with pytest.raises(HubProblem) as problem:
            await _pull(client)
        await client.aclose()
        server.close()
        await server.wait_closed()
        return problem.value

    return asyncio.run(scenario())


def _certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    own, secret = folder / "certificate.pem", folder / "key.pem"
    own.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, secret)
    return context, own
