"""What a strict EMVCo reader refuses, what it only warns of, and how precisely it says so."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import emv
from domain.emv import QrReason, QrRefused
from domain.qr import decode, describe, describe_refusal


def _tlv(tag: str, *parts: str) -> str:
    value = "".join(parts)
    return f"{tag}{len(value):02d}{value}"


_GUID = _tlv("00", "A000000727")
_RECEIVER = _tlv("01", _tlv("00", "970422"), _tlv("01", "0023457923442"))
_BY_ACCOUNT = _tlv("02", "QRIBFTTA")
_TRANSFER = _tlv("38", _GUID, _RECEIVER, _BY_ACCOUNT)


def _sealed(*objects: str) -> str:
    body = "".join(objects) + "6304"
    return body + emv.crc(body)


def _code(
    more: str = "",
    *,
    start: str = "000201",
    initiation: str = "010211",
    transfer: str = _TRANSFER,
    currency: str = "5303704",
    country: str = "5802VN",
) -> str:
    """Return a code whose checksum is right, whatever its objects say."""
    return _sealed(start, initiation, transfer, currency, more, country)


def _verdict(text: str) -> dict[str, object]:
    try:
        return describe(decode(text))
    except QrRefused as refused:
        return describe_refusal(refused)


@given(st.text(max_size=120))
def test_any_text_is_either_read_or_refused_in_words_that_travel(text: str) -> None:
    for candidate in (text, _sealed(text), _code(text), _code(transfer=_TRANSFER + text)):
        assert json.loads(json.dumps(_verdict(candidate)))["accepted"] in (True, False)


def test_a_text_with_half_a_letter_is_refused_like_any_other() -> None:
    assert _verdict("\udc80")["reason"] == "crc"
    assert str(_verdict(_code("5901\udc80"))["warnings"]).isascii()


def test_a_refusal_says_which_object_where_and_what_was_expected() -> None:
    payload = _code(transfer=_tlv("38", _GUID, "0199000"))

    assert _verdict(payload) == {
        "accepted": False,
        "code": "QR_INVALID",
        "reason": "nested",
        "path": "38/01",
        "offset": payload.index("0199000") + 4,
        "detail": "object 38/01 should hold 99 characters, 3 are left",
    }


def test_a_missing_object_is_named_with_the_place_of_its_template() -> None:
    payload = _code(transfer=_tlv("38", _GUID, _tlv("01", _tlv("00", "970422")), _BY_ACCOUNT))

    assert (_verdict(payload)["path"], _verdict(payload)["offset"]) == ("38/01/01", payload.index("0110"))


@pytest.mark.parametrize("payload", ["", "6304", _code()[:-8], _code()[:-4] + "+0AF", _code() + " "])
def test_a_text_without_a_checksum_at_its_end_is_refused(payload: str) -> None:
    assert _verdict(payload)["reason"] == QrReason.CRC


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("", "0" * 5000),
        ("", _code("A103abc")),
        ("", _code("٥903abc")),
        ("59", _code("59-1abc")),
        ("59", _code("59٠٣abc")),
        ("59", _code("5900")),
        ("99", _code("9999abc")),
    ],
)
def test_outer_objects_that_do_not_parse_are_refused(path: str, payload: str) -> None:
    assert (_verdict(payload)["reason"], _verdict(payload)["path"]) == (QrReason.TLV, path)


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("62", _code("6200")),
        ("62", _code(_tlv("62", "08", "03", "abc", "x"))),
        ("62/08", _code(_tlv("62", "0800"))),
        ("62/08", _code(_tlv("62", "08"))),
        ("64", _code(_tlv("64", "abc"))),
        ("26", _code(transfer=_tlv("26", "abc"))),
        ("38/01", _code(transfer=_tlv("38", _GUID, _tlv("01", "abc"), _BY_ACCOUNT))),
    ],
)
def test_a_template_that_does_not_parse_is_refused(path: str, payload: str) -> None:
    assert (_verdict(payload)["reason"], _verdict(payload)["path"]) == (QrReason.NESTED, path)


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("00", _code(start="000202")),
        ("01", _code(start="", more="000201")),
        ("63", _code("6304ABCD")),
        ("80", _sealed("000201", "010211", _TRANSFER, "5303704", "5802VN", "8008")),
        ("01", _code(initiation="010213")),
        ("01", _code(initiation="")),
        ("", _code(transfer="")),
        ("38", _code(_TRANSFER)),
        ("38/02", _code(transfer=_tlv("38", _GUID, _RECEIVER, _BY_ACCOUNT, _BY_ACCOUNT))),
        ("38/00", _code(transfer=_tlv("38", _RECEIVER))),
        ("38/00", _code(transfer=_tlv("38", _GUID.lower(), _RECEIVER, _BY_ACCOUNT))),
        ("27/00", _code(transfer="27" + _TRANSFER[2:])),
        ("38/01", _code(transfer=_tlv("38", _GUID, _BY_ACCOUNT))),
        ("38/01/00", _code(transfer=_TRANSFER.replace("970422", "mbbank"))),
        ("38/01/01", _code(transfer=_TRANSFER.replace("0023457923442", "00234 7923442"))),
        ("38/02", _code(transfer=_tlv("38", _GUID, _RECEIVER))),
        ("38/02", _code(transfer=_TRANSFER.replace("QRIBFTTA", "QRIBFTTX"))),
        ("26/01", _code(transfer=_tlv("26", "0010A000000775"))),
        ("53", _code(currency="5303840")),
        ("53", _code(currency="5303VND")),
        ("53", _code(currency="")),
        ("58", _code(country="5802US")),
        ("58", _code(country="")),
        *(
            ("54", _code(_tlv("54", amount)))
            for amount in ("50 000", "50,000", "-50000", "0", "0.00", "100.5", ".5", "٥٠٠", "00000000050000", "1e5")
        ),
    ],
)
def test_a_code_that_breaks_the_layout_is_refused(path: str, payload: str) -> None:
    assert (_verdict(payload)["reason"], _verdict(payload)["path"]) == (QrReason.VIETQR, path)


@pytest.mark.parametrize(
    ("path", "objects"),
    [
        ("52", _tlv("52", "abc")),
        ("54", _tlv("54", "500000000")),
        ("55", _tlv("55", "04")),
        ("56", _tlv("55", "02")),
        ("56", _tlv("56", "100")),
        ("57", _tlv("55", "03")),
        ("57", _tlv("55", "03") + _tlv("57", "00.00")),
        ("59", _tlv("59", "a" * 26)),
        ("59", _tlv("59", "Quán Phở 1")),
        ("60", _tlv("60", "a" * 16)),
        ("61", _tlv("61", "1" * 11)),
        ("62/08", _tlv("62", _tlv("08", "a" * 26))),
        ("62/09", _tlv("62", _tlv("09", "AA"))),
        ("64/01", _tlv("64", _tlv("00", "vi"))),
        ("80", _tlv("80", "a\x07b")),
    ],
)
def test_a_broken_content_rule_is_a_warning_and_no_refusal(path: str, objects: str) -> None:
    assert [warning.path for warning in decode(_code(objects)).warnings] == [path]


def test_a_code_too_long_for_a_camera_is_a_warning() -> None:
    long = "".join(_tlv(str(tag), "x" * 99) for tag in range(80, 85))

    assert [warning.path for warning in decode(_code(long)).warnings] == [""]


def test_what_the_standard_allows_gives_no_warning() -> None:
    allowed = "".join(
        (
            _tlv("52", "5812"),
            _tlv("55", "03"),
            _tlv("57", "08.25"),
            _tlv("61", "700000"),
            _tlv("62", _tlv("01", "***"), _tlv("09", "EMA")),
            _tlv("64", _tlv("00", "vi"), _tlv("01", "Quán Phở 1"), _tlv("03", "ghi chú")),
        )
    )

    assert decode(_code(allowed)).warnings == ()


@pytest.mark.parametrize("amount", ["50000", "50000.", "0050000"])
def test_the_amounts_that_napas_calls_valid_are_read(amount: str) -> None:
    decoded = decode(_code(_tlv("54", amount)))

    assert (decoded.amount, decoded.amount_minor, decoded.warnings) == (amount, 50_000, ())


def test_objects_inside_a_template_may_come_in_any_order() -> None:
    assert decode(_code(transfer=_tlv("38", _BY_ACCOUNT, _RECEIVER, _GUID))) == decode(_code())


def test_unknown_objects_are_kept_in_order() -> None:
    decoded = decode(_code("8103abc" + _tlv("62", "0803123", "5001z") + "6502xy" + "99011"))

    assert decoded.unknown == (("81", "abc"), ("65", "xy"), ("99", "1"))
    assert decoded.additional == {"purpose": "123", "50": "z"}


def test_a_code_of_two_schemes_is_read_as_vietqr() -> None:
    decoded = decode(_code(transfer=_tlv("26", "0010A000000775", "01100108799042") + _TRANSFER))

    assert (decoded.scheme, decoded.bin, decoded.merchant_code) == ("vietqr", "970422", None)


def test_a_vnpay_code_outside_vietnam_is_a_warning() -> None:
    decoded = decode(_code(transfer=_tlv("26", "0010A000000775", "0103abc"), country="5802US"))

    assert (decoded.scheme, [warning.path for warning in decoded.warnings]) == ("vnpayqr", ["53"])


def test_an_amount_in_another_currency_is_not_taken_for_dong() -> None:
    foreign = _sealed("000201", _tlv("29", "0002ab"), "52045812", "5303036", "540512.50", "5802AU", "5901a", "6001b")
    decoded = decode(foreign)

    assert (decoded.scheme, decoded.initiation, decoded.amount, decoded.amount_minor) == ("other", None, "12.50", None)
    assert decoded.warnings == ()
