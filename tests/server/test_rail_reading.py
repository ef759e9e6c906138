"""Providers' JSON has one meaning, Vietnamese clock times become moments, and what is kept of answers is harmless."""

import json

import pytest
from rails_samples import moment

from domain.ids import Instant
from server.rails.calls import redacted
from server.rails.strict_json import Unreadable, read_object, text_of
from server.rails.vietnam_time import vietnam_instant, vietnam_text

LIMIT = 1_000_000


@pytest.mark.parametrize(
    "body",
    [
        b'{"amount":1,"amount":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"amount":NaN}',
        b'{"amount":Infinity}',
        b'{"amount":1.0}',
        b'{"amount":1e3}',
        b'{"amount":1000000000000000000000}',
        b'{"amount":' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'["amount"]',
        b"1",
        b"",
        b"null",
        b'{"a":1} x',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
        b'{"a":1}'.decode().encode("utf-16"),
    ],
    ids=lambda body: body[:24],
)
def test_json_of_a_second_meaning_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_object(body, LIMIT)


def test_json_longer_than_the_limit_is_refused() -> None:
    body = b'{"a":"' + b"x" * 100 + b'"}'
    assert read_object(body, len(body)) == {"a": "x" * 100}
    with pytest.raises(Unreadable):
        read_object(body, len(body) - 1)


def test_decimals_can_be_kept_as_they_were_written() -> None:
    assert read_object(b'{"amount":18067000.00}', LIMIT, decimals_as_text=True) == {"amount": "18067000.00"}


@pytest.mark.parametrize(("value", "text"), [("x", "x"), (20000, "20000"), (None, ""), ("", ""), ("Quán", "Quán")])
def test_a_field_is_read_as_text(value: object, text: str) -> None:
    assert text_of({"a": value}, "a") == text
    assert text_of({}, "a", absent="null") == "null"


@pytest.mark.parametrize("value", [True, [], {}, "a\x00b", "\ud800", json.loads('"\\udfff"')])
def test_a_field_that_no_database_holds_as_text_is_refused(value: object) -> None:
    with pytest.raises(Unreadable):
        text_of({"a": value}, "a")


@pytest.mark.parametrize(
    ("text", "pattern", "utc"),
    [
        ("20220524110234", "%Y%m%d%H%M%S", "2022-05-24T04:02:34+00:00"),
        ("27/03/2024 13:56:24", "%d/%m/%Y %H:%M:%S", "2024-03-27T06:56:24+00:00"),
        ("2023-03-25 14:02:37", "%Y-%m-%d %H:%M:%S", "2023-03-25T07:02:37+00:00"),
        ("2024-01-01 00:30:00", "%Y-%m-%d %H:%M:%S", "2023-12-31T17:30:00+00:00"),
        ("20240229065959", "%Y%m%d%H%M%S", "2024-02-28T23:59:59+00:00"),
    ],
)
def test_vietnamese_clock_times_are_moments_and_back(text: str, pattern: str, utc: str) -> None:
    assert vietnam_instant(text, pattern) == moment(utc)
    assert vietnam_text(moment(utc), pattern) == text


@pytest.mark.parametrize(
    "text",
    ["", "2022052411023", "202205241102340", "20220524 10234", "20220230000000", "2022052411020x", "20220524110260"],
)
def test_a_time_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is strptime's own
        vietnam_instant(text, "%Y%m%d%H%M%S")


def test_milliseconds_are_cut_off_and_not_rounded_up() -> None:
    assert vietnam_text(Instant(moment("2026-11-21T23:59:59+07:00") + 999), "%y%m%d%H%M") == "2611212359"


def test_only_allowed_fields_of_an_answer_are_kept() -> None:
    answer = {"code": "00", "secretKey": "needle", "checksum": "needle", "mobile": "0333521805", "txnId": 902}
    assert redacted(answer, ("code", "txnId", "qrTrace")) == '{"code":"00","txnId":"902"}'


@pytest.mark.parametrize("number", ["0333521805", "+84 333 521 805", "0333.521.805", "84333521805"])
def test_a_telephone_in_a_message_keeps_three_digits(number: str) -> None:
    assert redacted({"message": f"Tru tien {number} ok"}, ("message",)) == '{"message":"Tru tien •••805 ok"}'


def test_kept_text_is_cut_and_odd_values_are_not_kept() -> None:
    kept = json.loads(redacted({"message": "x" * 5000, "code": ["00"]}, ("code", "message")))
    assert kept == {"code": "?", "message": "x" * 100}
