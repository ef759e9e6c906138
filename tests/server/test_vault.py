"""The vault opens a credential only in the place it was sealed for, and shows no more than a mask."""

import copy
import json
import logging
import pickle
from dataclasses import replace

import pytest

from domain.errors import ErrorCode
from domain.ids import MerchantId
from domain.rails import Provider
from server.vault import Sealed, Secret, Vault, VaultRefused, WrappedKey

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
SHOP, OTHER = MerchantId("shop-1"), MerchantId("shop-2")
SECRET = Secret("vnpay@MERCHANT")
VNPAY, FIELD = Provider.VNPAY_QR_MMS, "create_secret"


@pytest.fixture
def vault() -> Vault:
    return Vault({1: OLD}, current=1)


@pytest.fixture
def key(vault: Vault) -> WrappedKey:
    return vault.new_data_key(SHOP, 1)


@pytest.fixture
def sealed(vault: Vault, key: WrappedKey) -> Sealed:
    return vault.seal(SHOP, key, VNPAY, FIELD, SECRET)


def refusal(vault: Vault, key: WrappedKey, sealed: Sealed, **place: str) -> ErrorCode:
    with pytest.raises(VaultRefused) as refused:
        vault.open(
            MerchantId(place.get("merchant", SHOP)),
            key,
            Provider(place.get("provider", VNPAY)),
            place.get("field", FIELD),
            sealed,
        )
    return refused.value.code


def test_a_sealed_credential_opens_where_it_was_sealed(vault: Vault, key: WrappedKey, sealed: Sealed) -> None:
    assert vault.open(SHOP, key, VNPAY, FIELD, sealed).reveal() == "vnpay@MERCHANT"


def test_what_an_earlier_version_sealed_still_opens(vault: Vault) -> None:
    key = WrappedKey(
        version=1,
        kek_version=1,
        nonce=bytes.fromhex("b7cf8cb24be448461b854ff1"),
        ciphertext=bytes.fromhex(
            "36f2fdcbd8bb9a1253f07207a97e0b30084d617c37f81c57bfeef41dd06433df61b0fe0eff0370c7d3344da39d1ba26b"
        ),
    )
    sealed = Sealed(
        key_version=1,
        nonce=bytes.fromhex("9181b5ba8bb3fde42f693bde"),
        ciphertext=bytes.fromhex("062c1e8f754518150d10c86ae69a9d58a02ed497d1f1f1dccfe9662b63f8"),
    )
    assert vault.open(SHOP, key, VNPAY, FIELD, sealed) == SECRET


def test_vietnamese_and_empty_texts_come_back_whole(vault: Vault, key: WrappedKey) -> None:
    for text in ("Khóa bí mật 🔑", ""):
        assert vault.open(SHOP, key, VNPAY, FIELD, vault.seal(SHOP, key, VNPAY, FIELD, Secret(text))).reveal() == text


@pytest.mark.parametrize(
    "place",
    [{"provider": "sepay"}, {"field": "check_secret"}, {"merchant": OTHER}],
    ids=["another provider", "another field", "another merchant"],
)
def test_a_row_copied_to_another_place_does_not_open(
    vault: Vault, key: WrappedKey, sealed: Sealed, place: dict[str, str]
) -> None:
    assert refusal(vault, key, sealed, **place) is ErrorCode.STORAGE_TAMPERED


def test_a_row_does_not_open_with_the_data_key_of_another_merchant(vault: Vault, sealed: Sealed) -> None:
    assert refusal(vault, vault.new_data_key(OTHER, 1), sealed, merchant=OTHER) is ErrorCode.STORAGE_TAMPERED


def test_the_parts_of_a_place_cannot_be_shifted_into_each_other(vault: Vault) -> None:
    key = vault.new_data_key(MerchantId("a"), 1)
    sealed = vault.seal(MerchantId("a"), key, Provider.SEPAY, "api_token", SECRET)
    longer = MerchantId("asepay")
    with pytest.raises(VaultRefused):
        vault.open(longer, key, Provider.SEPAY, "api_token", sealed)


@pytest.mark.parametrize("name", ["", "Secret", "a b", "a\x00b", "x" * 65])
def test_a_field_name_of_another_form_is_refused(vault: Vault, key: WrappedKey, name: str) -> None:
    with pytest.raises(ValueError, match="field name"):
        vault.seal(SHOP, key, VNPAY, name, SECRET)


@pytest.mark.parametrize("position", [0, -1])
def test_one_changed_bit_is_noticed(vault: Vault, key: WrappedKey, sealed: Sealed, position: int) -> None:
    nonce, ciphertext = bytearray(sealed.nonce), bytearray(sealed.ciphertext)
    nonce[position] ^= 1
    ciphertext[position] ^= 1
    assert refusal(vault, key, replace(sealed, nonce=bytes(nonce))) is ErrorCode.STORAGE_TAMPERED
    assert refusal(vault, key, replace(sealed, ciphertext=bytes(ciphertext))) is ErrorCode.STORAGE_TAMPERED


@pytest.mark.parametrize("nonce", [b"", b"short", bytes(200)])
def test_a_nonce_of_another_length_is_refused(vault: Vault, key: WrappedKey, sealed: Sealed, nonce: bytes) -> None:
    assert refusal(vault, key, replace(sealed, nonce=nonce)) is ErrorCode.STORAGE_TAMPERED


def test_a_data_key_under_another_version_number_does_not_open(vault: Vault, key: WrappedKey, sealed: Sealed) -> None:
    renumbered = replace(key, version=2), replace(sealed, key_version=2)
    assert refusal(vault, *renumbered) is ErrorCode.STORAGE_TAMPERED


def test_a_value_sealed_under_a_data_key_that_is_gone_says_that_the_key_is_missing(
    vault: Vault, sealed: Sealed
) -> None:
    assert refusal(vault, vault.new_data_key(SHOP, 2), sealed) is ErrorCode.KEY_MISSING


def test_the_same_text_is_never_sealed_into_the_same_bytes(vault: Vault, key: WrappedKey) -> None:
    rows = [vault.seal(SHOP, key, VNPAY, FIELD, SECRET) for _ in range(50)]
    assert len({row.nonce for row in rows}) == len({row.ciphertext for row in rows}) == 50


def test_rotation_rewraps_the_data_key_and_leaves_what_it_sealed(vault: Vault, key: WrappedKey, sealed: Sealed) -> None:
    both = Vault({1: OLD, 2: NEW}, current=2)
    rewrapped = both.rewrap(SHOP, key)
    only_new = Vault({2: NEW}, current=2)
    assert (rewrapped.version, rewrapped.kek_version) == (key.version, 2)
    assert both.open(SHOP, key, VNPAY, FIELD, sealed) == SECRET
    assert only_new.open(SHOP, rewrapped, VNPAY, FIELD, sealed) == SECRET
    assert refusal(only_new, key, sealed) is ErrorCode.KEY_MISSING


def test_a_data_key_is_not_rewrapped_for_another_merchant(vault: Vault, key: WrappedKey) -> None:
    with pytest.raises(VaultRefused):
        vault.rewrap(OTHER, key)


def test_a_new_data_key_takes_over_by_sealing_again(vault: Vault, key: WrappedKey, sealed: Sealed) -> None:
    following = vault.new_data_key(SHOP, 2)
    again = vault.seal(SHOP, following, VNPAY, FIELD, vault.open(SHOP, key, VNPAY, FIELD, sealed))
    assert again.key_version == 2
    assert vault.open(SHOP, following, VNPAY, FIELD, again) == SECRET
    assert refusal(vault, key, again) is ErrorCode.KEY_MISSING


def test_another_key_encryption_key_of_the_same_version_does_not_open(key: WrappedKey, sealed: Sealed) -> None:
    assert refusal(Vault({1: NEW}, current=1), key, sealed) is ErrorCode.STORAGE_TAMPERED


@pytest.mark.parametrize(("keks", "current"), [({}, 1), ({1: OLD}, 2), ({1: OLD[:16]}, 1), ({1: OLD, 2: b""}, 1)])
def test_a_vault_without_its_whole_keys_is_refused(keks: dict[int, bytes], current: int) -> None:
    with pytest.raises(VaultRefused) as refused:
        Vault(keks, current)
    assert refused.value.code is ErrorCode.KEY_MISSING


def test_a_secret_never_shows_itself(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("needle-7391")
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("%s %r", secret, {"key": secret})
    shown = [str(secret), repr(secret), f"{secret}", f"{secret:>9}", f"{secret!r}", str([secret]), caplog.text]
    assert not any("needle" in text for text in shown)
    assert f"{secret:>9}" == "      ***"


@pytest.mark.parametrize("write", [pickle.dumps, json.dumps, copy.deepcopy])
def test_a_secret_is_not_serialised(write: object) -> None:
    assert callable(write)
    with pytest.raises(TypeError):
        write(Secret("needle-7391"))


def test_secrets_are_compared_by_their_text() -> None:
    assert Secret("a") == Secret("a")
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert not Secret("")


def test_a_vault_does_not_show_its_keys(vault: Vault) -> None:
    assert repr(vault) == "Vault(current=1)"


@pytest.mark.parametrize(
    ("text", "tail"), [("abcdefgh1234", "••••1234"), ("abcdefg1234", "••••"), ("1234", "••••"), ("", "••••")]
)
def test_a_mask_shows_the_last_four_letters_of_a_long_secret_only(
    vault: Vault, key: WrappedKey, text: str, tail: str
) -> None:
    mask = vault.mask(SHOP, key, Secret(text))
    assert mask.tail == tail
    assert len(mask.fingerprint) == 8


def test_a_fingerprint_tells_values_apart_and_belongs_to_one_merchant(vault: Vault, key: WrappedKey) -> None:
    first = vault.mask(SHOP, key, Secret("needle-7391-abcd"))
    assert first == vault.mask(SHOP, key, Secret("needle-7391-abcd"))
    assert first.fingerprint != vault.mask(SHOP, key, Secret("needle-7392-abcd")).fingerprint
    other_key = vault.new_data_key(OTHER, 1)
    assert first.fingerprint != vault.mask(OTHER, other_key, Secret("needle-7391-abcd")).fingerprint
