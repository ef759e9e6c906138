"""VietQR codes: public samples, an independent reader, damage, and what may not be written."""

import json
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vietnam_qr_pay import QRPay  # type: ignore[import-untyped]  # the package ships no types

from domain import emv
from domain.errors import ErrorCode, RuleBroken
from domain.qr import (
    MAX_TRANSFER_VND,
    QrRefused,
    Service,
    VietQr,
    decode,
    describe,
    encode_vietqr,
    fold_ascii,
)

_ROOT = Path(__file__).parents[2]
_VECTORS = json.loads((_ROOT / "tests/vectors/emv_qr_samples.json").read_text("utf-8"))
_SAMPLES: list[dict[str, Any]] = _VECTORS["samples"]
_BANKS: list[dict[str, str]] = json.loads((_ROOT / "resources/banks.json").read_text("utf-8"))["banks"]

_LUNCH = VietQr("970422", "0023457923442", 40_123, "DH-0042 com trua")
_PRINTABLE = st.text(string.ascii_letters + string.digits + " -./:*", max_size=25)
_CODES = st.builds(
    VietQr,
    bank_bin=st.sampled_from([bank["bin"] for bank in _BANKS]),
    account=st.text(string.ascii_letters + string.digits, min_size=1, max_size=19),
    amount_minor=st.none() | st.integers(1, MAX_TRANSFER_VND),
    purpose=_PRINTABLE,
    merchant_name=_PRINTABLE,
    city=_PRINTABLE.map(lambda text: text[:15]),
)


def _named(sample: dict[str, Any]) -> str:
    return str(sample["id"])


def _with(field: str, value: Any) -> VietQr:
    return replace(_LUNCH, **{field: value})


@pytest.mark.parametrize("sample", [s for s in _SAMPLES if s["expect"].startswith("accept")], ids=_named)
def test_a_public_sample_reads_as_its_summary(sample: dict[str, Any]) -> None:
    decoded = describe(decode(sample["payload"]))

    summary = sample["decoded"]["summary"]
    assert {key: decoded[key] for key in summary} == summary
    beside = {"accepted", "amount_minor", "unknown", "warnings", *summary}
    assert not any(value for key, value in decoded.items() if key not in beside)
    assert bool(decoded["warnings"]) == (sample["expect"] == "accept:warn")


@pytest.mark.parametrize("sample", [s for s in _SAMPLES if s["expect"].startswith("reject")], ids=_named)
def test_a_public_sample_is_refused_for_the_reason_it_has(sample: dict[str, Any]) -> None:
    with pytest.raises(QrRefused) as refused:
        decode(sample["payload"])

    assert f"reject:{refused.value.reason.value}" == sample["expect"]
    assert int(refused.value.facts["offset"]) in range(len(sample["payload"]))


@pytest.mark.parametrize("sample", [s for s in _SAMPLES if s["generator_inputs"]], ids=_named)
def test_a_public_sample_is_written_again_letter_by_letter(sample: dict[str, Any]) -> None:
    given_inputs = sample["generator_inputs"]
    purpose = given_inputs.get("purpose_raw", given_inputs.get("purpose", ""))
    service = Service(given_inputs["service"])

    written = encode_vietqr(
        VietQr(given_inputs["bin"], given_inputs["account"], given_inputs.get("amount"), purpose, service)
    )

    assert written == sample["payload"]


def test_every_bank_that_napas_routes_to_can_be_chosen() -> None:
    routed = json.loads((_ROOT / "tests/vectors/napas_bins.json").read_text("utf-8"))["banks"]
    names = ("bin", "code", "short_name", "name_vi")
    assert [{name: bank[name] for name in names} for bank in routed] == _BANKS


def test_the_samples_are_the_whole_published_set() -> None:
    verdicts = [sample["expect"].split(":")[0] for sample in _SAMPLES]

    assert (verdicts.count("accept"), verdicts.count("reject")) == (20, 9)
    assert {sample["expect"] for sample in _SAMPLES} <= set(_VECTORS["expect_values"])


@pytest.mark.parametrize(("text", "checksum"), [("", "FFFF"), ("00", "2EC9"), ("01", "3EE8"), ("123456789", "29B1")])
def test_the_checksum_has_its_published_check_values(text: str, checksum: str) -> None:
    assert emv.crc(text) == checksum


def test_a_checksum_in_small_letters_is_read() -> None:
    payload = encode_vietqr(_LUNCH)
    assert payload[-4:] != payload[-4:].lower()

    assert decode(payload[:-4] + payload[-4:].lower()) == decode(payload)


@given(_CODES)
def test_a_written_code_reads_back_as_it_was_meant(qr: VietQr) -> None:
    decoded = decode(encode_vietqr(qr))

    assert (decoded.scheme, decoded.bin, decoded.account_or_card) == ("vietqr", qr.bank_bin, qr.account)
    assert decoded.amount_minor == qr.amount_minor
    assert decoded.initiation == ("static" if qr.amount_minor is None else "dynamic")
    assert decoded.additional.get("purpose", "") == fold_ascii(qr.purpose)
    assert (decoded.merchant_name or "", decoded.city or "") == (fold_ascii(qr.merchant_name), fold_ascii(qr.city))
    assert decoded.warnings == ()


@given(_CODES)
def test_an_independent_reader_sees_the_same_bank_account_amount_and_purpose(qr: VietQr) -> None:
    other = QRPay(encode_vietqr(qr))

    assert other.is_valid
    assert (other.consumer.bank_bin, other.consumer.bank_number) == (qr.bank_bin, qr.account)
    assert other.amount == (None if qr.amount_minor is None else str(qr.amount_minor))
    assert (other.additional_data.purpose or "") == fold_ascii(qr.purpose)
    assert (other.provider.service, other.nation, other.currency) == ("QRIBFTTA", "VN", "704")


def test_a_code_with_any_one_character_changed_is_refused() -> None:
    payload = encode_vietqr(replace(_LUNCH, merchant_name="Quán Cơm Tấm Đêm", city="Hà Nội"))

    for at, letter in enumerate(payload):
        for wrong in string.printable:
            if wrong == letter or (at >= len(payload) - 4 and wrong.upper() == letter):
                continue
            with pytest.raises(QrRefused):
                decode(payload[:at] + wrong + payload[at + 1 :])


def test_a_code_that_is_cut_or_continued_is_refused() -> None:
    payload = encode_vietqr(_LUNCH)

    for damaged in (*(payload[:at] for at in range(len(payload))), payload + "\n", payload + "0", " " + payload):
        with pytest.raises(QrRefused):
            decode(damaged)


@pytest.mark.parametrize("bank_bin", ["", "97042", "9704222", "97042a", "９７０４２２", "970 42", "970422\n"])
def test_a_bank_that_is_not_six_plain_digits_is_not_written(bank_bin: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        encode_vietqr(replace(_LUNCH, bank_bin=bank_bin))

    assert (refused.value.code, refused.value.facts["reason"]) == (ErrorCode.QR_INVALID, "bin")


@pytest.mark.parametrize("account", ["", "0" * 20, "００２３", "0023 457", "0023-457", "tài khoản", "0023\n"])
def test_an_account_that_is_not_plain_letters_and_digits_is_not_written(account: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        encode_vietqr(replace(_LUNCH, account=account))

    assert refused.value.facts["reason"] == "account"


def test_a_card_number_with_letters_is_not_written() -> None:
    assert (
        decode(encode_vietqr(replace(_LUNCH, account="9704031101234567", service=Service.CARD))).service == "QRIBFTTC"
    )

    with pytest.raises(RuleBroken) as refused:
        encode_vietqr(replace(_LUNCH, account="99MM24011M34875080", service=Service.CARD))

    assert refused.value.facts["reason"] == "account"


@pytest.mark.parametrize("amount", [0, -1, MAX_TRANSFER_VND + 1, 10.0, True, "10"])
def test_an_amount_that_no_transfer_carries_is_not_written(amount: Any) -> None:
    with pytest.raises(RuleBroken) as refused:
        encode_vietqr(replace(_LUNCH, amount_minor=amount))

    assert refused.value.facts["reason"] == "amount"


@pytest.mark.parametrize(
    ("field", "limit"), [("purpose", 25), ("merchant_name", 25), ("city", 15)], ids=["purpose", "name", "city"]
)
def test_a_text_is_measured_after_folding_and_never_cut(field: str, limit: int) -> None:
    fits = _with(field, "ệ" * limit)
    assert decode(encode_vietqr(fits)).warnings == ()

    for text in ("ệ" * (limit + 1), "中文", "HD\x0042"):
        with pytest.raises(RuleBroken) as refused:
            encode_vietqr(_with(field, text))
        assert refused.value.facts["reason"] == field


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("chuyển khoản", "chuyen khoan"),
        ("ĐƯỜNG Nguyễn Đình Chiểu", "DUONG Nguyen Dinh Chieu"),
        ("Phở  bò\u00a0–\tđặc\u200b biệt\n", "Pho bo - dac biet"),
        ("40.000 ₫ “ưu đãi”…", '40.000 d "uu dai"...'),
        ("茶 Trà sữa ☕", "Tra sua"),
    ],
)
def test_vietnamese_is_folded_to_ascii(text: str, folded: str) -> None:
    assert fold_ascii(text) == folded


def test_a_long_name_can_be_folded_to_a_limit_without_a_blank_at_its_end() -> None:
    assert fold_ascii("Cửa hàng tiện lợi số một Đà Nẵng", limit=9) == "Cua hang"


@given(st.text())
def test_folding_gives_printable_ascii_and_is_final(text: str) -> None:
    folded = fold_ascii(text)

    assert folded.isascii()
    assert folded.isprintable()
    assert fold_ascii(folded) == folded


def test_every_bank_has_a_bin_of_its_own_that_a_code_can_carry() -> None:
    bins = [bank["bin"] for bank in _BANKS]

    assert len(set(bins)) == len(bins) == 67
    for bank in _BANKS:
        assert all(bank[key].strip() for key in ("bin", "code", "short_name", "name_vi"))
        assert decode(encode_vietqr(replace(_LUNCH, bank_bin=bank["bin"]))).bin == bank["bin"]
