"""What each way of failing of a call means: certainly nothing sent, or perhaps done."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from rails_samples import answering

from domain.errors import FailureCode
from server.rails.base import CallFailed, CredentialField, settings_of
from server.rails.calls import MAX_ANSWER_BYTES, STATUS_FAILURES, Request, address, ask, ask_object
from server.vault import Secret

REQUEST = Request("POST", "https://provider.example/x", {}, b"{}")


def failure_of(http: httpx.Client, request: Request = REQUEST) -> CallFailed:
    with pytest.raises(CallFailed) as failed:
        ask_object(http, request)
    return failed.value


def raising(problem: Exception) -> httpx.Client:
    def reply(_: httpx.Request) -> httpx.Response:
        raise problem

    return answering(reply)


@pytest.mark.parametrize(
    ("problem", "failure", "maybe_done"),
    [
        (httpx.ConnectError("x"), FailureCode.NETWORK_ERROR, False),
        (httpx.ConnectTimeout("x"), FailureCode.TIMEOUT, False),
        (httpx.PoolTimeout("x"), FailureCode.TIMEOUT, False),
        (httpx.UnsupportedProtocol("x"), FailureCode.ROUTE_NOT_FOUND, False),
        (httpx.InvalidURL("x"), FailureCode.ROUTE_NOT_FOUND, False),
        (httpx.ReadTimeout("x"), FailureCode.TIMEOUT, True),
        (httpx.WriteTimeout("x"), FailureCode.TIMEOUT, True),
        (httpx.ReadError("x"), FailureCode.NETWORK_ERROR, True),
        (httpx.WriteError("x"), FailureCode.NETWORK_ERROR, True),
        (httpx.RemoteProtocolError("x"), FailureCode.NETWORK_ERROR, True),
        (httpx.ProxyError("x"), FailureCode.NETWORK_ERROR, True),
        (httpx.DecodingError("x"), FailureCode.UNEXPECTED_ERROR, True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_a_broken_call_says_whether_anything_was_sent(
    problem: Exception, failure: FailureCode, maybe_done: bool
) -> None:
    failed = failure_of(raising(problem))
    assert (failed.failure, failed.maybe_done) == (failure, maybe_done)


@pytest.mark.parametrize(
    ("status", "failure", "maybe_done"),
    [
        *((status, failure, status == 408) for status, failure in STATUS_FAILURES.items()),
        (400, FailureCode.UNEXPECTED_ERROR, False),
        (422, FailureCode.UNEXPECTED_ERROR, False),
        (409, FailureCode.UNEXPECTED_ERROR, True),
        (425, FailureCode.UNEXPECTED_ERROR, True),
        (302, FailureCode.UNEXPECTED_ERROR, True),
        (500, FailureCode.PROVIDER_UNAVAILABLE, True),
        (503, FailureCode.PROVIDER_UNAVAILABLE, True),
        (599, FailureCode.PROVIDER_UNAVAILABLE, True),
    ],
)
def test_an_http_status_becomes_a_failure_code(status: int, failure: FailureCode, maybe_done: bool) -> None:
    http = answering(lambda _: httpx.Response(status, text="needle", headers={"location": "https://evil.example"}))
    failed = failure_of(http)
    assert (failed.failure, failed.maybe_done) == (failure, maybe_done)
    assert failed.response == f'{{"http_status":{status}}}'


def test_a_refusal_brings_the_object_that_explains_it_and_keeps_none_of_it() -> None:
    body = b'{"name":"DECLINED","amount":10.5}'
    failed = failure_of(answering(lambda _: httpx.Response(422, content=body)))
    assert (failed.status, failed.answer) == (422, {"name": "DECLINED", "amount": "10.5"})
    assert failed.response == '{"http_status":422}'


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, b""), (400, b"<html>"), (400, b"[]"), (400, b" " * (MAX_ANSWER_BYTES + 1)), (408, b"{}"), (503, b'{"a":1}')],
)
def test_a_refusal_without_a_readable_object_and_trouble_at_the_provider_explain_nothing(
    status: int, body: bytes
) -> None:
    failed = failure_of(answering(lambda _: httpx.Response(status, content=body)))
    assert (failed.status, failed.answer) == (status, {})


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"code":"00","code":"01"}', b"\xff"])
def test_an_unreadable_answer_leaves_it_open_what_happened(body: bytes) -> None:
    failed = failure_of(answering(lambda _: httpx.Response(200, content=body)))
    assert (failed.failure, failed.maybe_done) == (FailureCode.UNEXPECTED_ERROR, True)


def test_a_compressed_answer_that_is_no_such_thing_is_unreadable() -> None:
    http = answering(lambda _: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=_Text()))
    assert failure_of(http).failure is FailureCode.UNEXPECTED_ERROR


class _Text(httpx.SyncByteStream):
    def __iter__(self) -> Any:
        yield b"plain"


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    sent = 0

    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            nonlocal sent
            while True:
                sent += 1
                yield b"x" * 65_536

    with pytest.raises(CallFailed):
        ask(answering(lambda _: httpx.Response(200, stream=Endless())), REQUEST)
    assert sent <= MAX_ANSWER_BYTES // 65_536 + 1


def test_a_client_that_follows_redirects_does_not_do_so_here() -> None:
    seen = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(307, headers={"location": "https://evil.example/x"})

    http = httpx.Client(transport=httpx.MockTransport(reply), follow_redirects=True)
    failure_of(http)
    assert seen == ["provider.example"]


@pytest.mark.parametrize(
    "base_url",
    [
        "https://qrcode.vnpay.vn",
        "https://qrcode.vnpay.vn/",
        "http://127.0.0.1:8080",
        "http://[::1]:9",
        "http://localhost:1",
    ],
)
def test_a_safe_address_is_taken(base_url: str) -> None:
    assert address(base_url, "/path") == base_url.rstrip("/") + "/path"


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "qrcode.vnpay.vn",
        "http://qrcode.vnpay.vn",
        "http://127.0.0.1.evil.example",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "https://",
        "https://user@qrcode.vnpay.vn",
        "https://qrcode..vnpay.vn",
        "https://xn--zz.vnpay.vn",
        "https://:secret@qrcode.vnpay.vn",
        "https://qrcode.vnpay.vn?a=b",
        "https://qrcode.vnpay.vn#x",
        "https://[::1",
        "https://host:99999",
        "https://host:port",
    ],
)
def test_secrets_do_not_leave_over_an_open_or_odd_address(base_url: str) -> None:
    with pytest.raises(CallFailed) as failed:
        address(base_url, "/path")
    assert (failed.value.failure, failed.value.maybe_done) == (FailureCode.ROUTE_NOT_FOUND, False)


FIELDS = (
    CredentialField("code", ("Mã", "Code")),
    CredentialField("kind", ("Loại", "Kind"), default="a", choices=("a", "b")),
    CredentialField("key", ("Khóa", "Key"), secret=True),
    CredentialField("spare", ("Khóa phụ", "Spare key"), secret=True, required=False),
)


def test_settings_lose_pasted_blanks_and_get_defaults_but_secrets_stay_as_they_are() -> None:
    given = {"code": Secret(" 0106921949\n"), "kind": Secret("  "), "key": Secret(" s ")}
    assert settings_of(FIELDS, given) == {"code": "0106921949", "kind": "a", "key": " s ", "spare": ""}


@pytest.mark.parametrize("missing", [{"code": Secret("")}, {"key": Secret("")}])
def test_a_required_setting_that_is_empty_is_missing(missing: dict[str, Secret]) -> None:
    with pytest.raises(CallFailed) as failed:
        settings_of(FIELDS, {"code": Secret("c"), "key": Secret("k"), **missing})
    assert failed.value.failure is FailureCode.CREDENTIALS_MISSING


class _Dripping(httpx.SyncByteStream):
    """An answer that comes one byte at a time."""

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"{", b"}")


def test_an_answer_that_drips_past_its_time_is_given_up_and_may_have_been_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    http = answering(lambda _: httpx.Response(200, stream=_Dripping()))
    assert ask_object(http, REQUEST) == {}
    monkeypatch.setattr("server.rails.calls.ANSWER_S", -1.0)
    failed = failure_of(http)
    assert (failed.failure, failed.maybe_done) == (FailureCode.TIMEOUT, True)
