"""The catalogue says the same things in both languages, and has words for every refusal and failure."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from string import Formatter

import pytest

from domain.accounts import AccountType
from domain.display import CounterStatus, TrackingGroup
from domain.errors import ErrorCode, FailureCode, NotPermitted, RuleBroken
from domain.money import Language
from domain.payments import Cause, PaymentException, PaymentStatus
from domain.policy import Action, Role
from domain.rails import Method, Provider
from domain.vouchers import VoucherType
from ui.texts import Problem, TextMissing, Texts, catalogue, failure_text, placeholders, problem_text, unexpected_text

ROOT = Path(__file__).resolve().parents[2]
VI, EN = catalogue(Language.VI), catalogue(Language.EN)
PARTS = ("title", "what", "money", "next")
KINDS = {"", "money", "date", "time", "moment", "duration", "seconds", "method", "role", "action"}
CODES = [*ErrorCode, *FailureCode]


@pytest.fixture
def vi() -> Texts:
    return Texts(Language.VI)


@pytest.fixture
def en() -> Texts:
    return Texts(Language.EN)


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:
    assert list(VI) == list(EN)


def test_a_text_wants_the_same_facts_in_both_languages() -> None:
    differing = [key for key in VI if placeholders(VI[key]) != placeholders(EN[key])]
    assert differing == []


def test_every_placeholder_is_a_plain_name_of_a_known_kind() -> None:
    for text in (*VI.values(), *EN.values()):
        for _, name, kind, conversion in Formatter().parse(text):
            if name is not None:
                assert name.isidentifier(), text
                assert conversion is None, text
                assert kind in KINDS or (kind or "").count("|") == 1, text


def test_no_text_is_empty_or_has_stray_spaces() -> None:
    for text in (*VI.values(), *EN.values()):
        assert text.strip() == text
        assert text
        assert "  " not in text


def test_no_error_text_is_left_without_its_code() -> None:
    known = {f"error.{code}" for code in CODES}
    orphans = [key for key in VI if key.startswith("error.") and key.rpartition(".")[0] not in known]
    assert orphans == []
    assert {key.rpartition(".")[2] for key in VI if key.startswith("error.")} == {*PARTS, "exact"}


def test_a_problem_has_what_money_next_and_code(vi: Texts) -> None:
    problem = problem_text(RuleBroken(ErrorCode.NET_TIMEOUT), vi)
    assert problem == Problem(
        title="Máy chủ chưa trả lời",
        what="Máy chủ chưa trả lời.",
        money="Giao dịch đã lưu trên máy này và sẽ tự gửi lại.",
        next="Cứ bán hàng bình thường.",
        code="NET_TIMEOUT",
    )
    assert problem.sentence.endswith("(NET_TIMEOUT)")


def test_the_facts_of_a_refusal_make_its_first_sentence_exact(vi: Texts, en: Texts) -> None:
    error = RuleBroken(ErrorCode.VOUCHER_UNBALANCED, debit=1_000_000, credit=900_000, difference=100_000)
    assert problem_text(error, vi).what == "Nợ 1.000.000\u00a0₫, Có 900.000\u00a0₫: lệch 100.000\u00a0₫."
    assert problem_text(error, en).what == "Debit 1,000,000\u00a0₫, credit 900,000\u00a0₫: off by 100,000\u00a0₫."


def test_values_of_the_domain_are_named_in_words(vi: Texts, en: Texts) -> None:
    refused = NotPermitted(ErrorCode.NOT_PERMITTED, action=Action.OPEN_WALLET.value, role=Role.CASHIER.value)
    assert problem_text(refused, vi).what == "Vai trò Thu ngân không được mở ví mới."
    needs = RuleBroken(ErrorCode.METHOD_NEEDS_NETWORK, method=Method.VNPAY_QR.value)
    assert problem_text(needs, en).what.startswith("VNPAY‑QR needs a network")
    locked = NotPermitted(ErrorCode.PIN_LOCKED, seconds=60)
    assert problem_text(locked, en).what == "Too many wrong PINs. Try again in 01:00."


@pytest.mark.parametrize(
    ("namespace", "values"),
    [
        ("method", Method),
        ("provider", Provider),
        ("status", PaymentStatus),
        ("exception", PaymentException),
        ("counter", CounterStatus),
        ("group", TrackingGroup),
        ("cause", Cause),
        ("role", Role),
        ("action", Action),
        ("account_type", AccountType),
        ("voucher_type", VoucherType),
        ("language", Language),
        ("settings.theme", ("light", "dark", "contrast")),
    ],
)
def test_every_value_that_a_screen_shows_has_a_word(namespace: str, values: Iterable[str]) -> None:
    assert [value for value in values if f"{namespace}.{value}" not in VI] == []


def test_a_refusal_without_facts_still_has_a_sentence(en: Texts) -> None:
    assert problem_text(RuleBroken(ErrorCode.VOUCHER_UNBALANCED), en).what.startswith("The voucher's debits")


def test_a_failure_of_a_provider_is_told_in_plain_words(vi: Texts) -> None:
    assert failure_text(FailureCode.INSUFFICIENT_FUNDS, vi).money == "Khách chưa bị trừ tiền."


def test_an_unknown_result_never_claims_that_the_customer_was_not_charged(vi: Texts, en: Texts) -> None:
    for code in (FailureCode.TIMEOUT, FailureCode.NETWORK_ERROR, FailureCode.UNEXPECTED_ERROR):
        assert failure_text(code, vi).money.startswith("Chưa biết")
        assert failure_text(code, en).money.startswith("It is not known")


def test_an_unforeseen_error_shows_no_raw_text(en: Texts) -> None:
    assert unexpected_text(en).code == "UNEXPECTED"


def test_a_missing_text_is_refused(vi: Texts) -> None:
    with pytest.raises(TextMissing):
        vi.t("charge.no_such_text")


def test_a_text_that_lacks_a_fact_is_refused(vi: Texts) -> None:
    with pytest.raises(TextMissing):
        vi.t("paid.received")


def test_an_installed_till_reports_a_missing_text_and_goes_on() -> None:
    told: list[str] = []
    texts = Texts(Language.VI, on_missing=told.append)
    assert texts.t("charge.no_such_text") == "charge.no_such_text"
    assert told == ["charge.no_such_text"]


def test_money_is_written_in_the_language_and_currency_of_the_shop() -> None:
    assert Texts(Language.VI).t("paid.received", amount=125_000) == "Đã nhận 125.000\u00a0₫"
    assert Texts(Language.EN).t("paid.received", amount=125_000) == "125,000\u00a0₫ received"
    assert Texts(Language.EN, currency="AUD").t("paid.received", amount=1250) == "12.50\u00a0A$ received"


def test_times_are_written_in_the_zone_of_the_shop(vi: Texts) -> None:
    at = 1_795_227_660_000  # 2026-11-21 02:21 UTC
    assert vi.t("chip.offline", count=3, at=at) == "Ngoại tuyến · 3 chờ gửi · lần cuối 09:21"
    assert Texts(Language.VI, zone="Australia/Sydney").t("backup.last", at=at) == "Bản gần nhất 21/11/2026 13:21"


def test_english_counts_one_and_many(en: Texts) -> None:
    assert en.t("payments.count", count=1) == "1 payment"
    assert en.t("payments.count", count=3) == "3 payments"


def test_a_fact_that_is_text_already_is_written_as_it_is(vi: Texts) -> None:
    assert vi.t("paid.received", amount="125k") == "Đã nhận 125k"


def _keys_in_source() -> set[str]:
    """Whole keys passed as literals to `t(...)` anywhere in the product."""
    found: set[str] = set()
    for folder in ("ui", "wiring"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "t":
                    first = node.args[0] if node.args else None
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        found.add(first.value)
    return found


def test_every_text_that_the_screens_ask_for_exists() -> None:
    assert _keys_in_source() <= set(VI)


def test_the_catalogue_file_repeats_no_key() -> None:
    for language in Language:
        source = (ROOT / "resources" / "texts" / f"{language.value}.json").read_text(encoding="utf-8")
        keys = re.findall(r'^ "([^"]+)":', source, re.MULTILINE)
        assert len(keys) == len(set(keys)) == len(catalogue(language))
