"""Every word of every provider means one of the sixteen failures, as data; no other word of theirs reaches a person."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

import server.rails
from domain.errors import RETRY, FailureCode
from domain.money import Language
from domain.notices import DisputeStage
from domain.rails import Provider, RailStatus
from server.rails.hyperpay_codes import GROUPS
from server.rails.registry import ADAPTERS
from ui.texts import Texts

PACKAGE: Final = "server.rails"
MODULES: Final = sorted(module.name for module in pkgutil.iter_modules(server.rails.__path__))
WORDS: Final = {
    Provider.BRAINTREE: "braintree_codes",
    Provider.CASSO: "casso_statement",
    Provider.HYPERPAY: "hyperpay_codes",
    Provider.LEAN: "lean_codes",
    Provider.PAYOS: "payos_calls",
    Provider.PAYPAL: "paypal_codes",
    Provider.SEPAY: "calls",
    Provider.SQUARE: "square_codes",
    Provider.STRIPE: "stripe_codes",
    Provider.VNPAY_QR_MMS: "vnpay_qr",
    Provider.VNPAY_SPOS: "vnpay_spos_orders",
}
"""Where each provider's words stand; SePay has none but HTTP's."""


def maps(name: str) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Return the constants of a module that give words a meaning."""
    module = importlib.import_module(f"{PACKAGE}.{name}")
    for constant, value in vars(module).items():
        if constant.strip("_").isupper() and isinstance(value, Mapping) and any(map(has_failure, value.values())):
            yield constant, value


def has_failure(meaning: object) -> bool:
    return any(isinstance(part, FailureCode) for part in (meaning if isinstance(meaning, tuple) else (meaning,)))


@pytest.mark.parametrize("name", [name for name in MODULES if name.endswith("_codes")])
def test_a_map_of_codes_means_only_our_words(name: str) -> None:
    found = dict(maps(name))
    assert found, "it says what no word means"
    for constant, words in found.items():
        for word, meaning in words.items():
            parts = meaning if isinstance(meaning, tuple) else (meaning,)
            assert all(isinstance(part, FailureCode | RailStatus | DisputeStage | None) for part in parts), (
                constant,
                word,
            )


@pytest.mark.parametrize("provider", ADAPTERS, ids=lambda provider: provider.value)
def test_every_provider_has_a_map_of_its_words(provider: Provider) -> None:
    assert dict(maps(WORDS[provider]))


def test_every_group_of_hyperpays_codes_means_one_of_our_words() -> None:
    assert all(group.failure is None or isinstance(group.failure, FailureCode) for group in GROUPS)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", FailureCode)
def test_every_failure_is_told_in_words_and_has_a_policy(code: FailureCode, language: Language) -> None:
    texts = Texts(language)
    for part in ("title", "what", "money", "next"):
        assert texts.t(f"error.{code.value}.{part}")
    assert code.category in RETRY
