"""The recovery code: read as people type it, opening its own shop's secrets until a newer one ends it."""

import json
import re
from pathlib import Path

import pytest

from domain.errors import DomainError, ErrorCode
from storage.recovery import LETTERS, new_code, open_recovery, read_code, renew_recovery, write_recovery

SHOP = "0f1e2d3c4b5a6978"
KEPT = {"till": bytes(range(32)), "hub-token": b"a token"}


def refused(path: Path, code: str) -> ErrorCode:
    with pytest.raises(DomainError) as error:
        open_recovery(path, code)
    return error.value.code


def test_a_code_is_seven_groups_of_letters_that_are_not_read_for_others() -> None:
    codes = {new_code() for _ in range(100)}
    assert len(codes) == 100
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
    assert len(set(LETTERS)) == 32, "26 letters of five bits are 130 bits"


def test_a_code_is_read_as_people_type_it() -> None:
    code = new_code()
    letters = code.replace("-", "")
    for typed in (code.lower(), letters, code.replace("-", " "), f" {code}\n", letters.replace("1", "l")):
        assert read_code(typed) == letters
    assert read_code(letters.replace("0", "o")) == letters


def test_nearly_every_mistyped_letter_is_found_before_the_code_is_tried(tmp_path: Path) -> None:
    code = "7Q3K9M2XVB4T6HJ8N5P0RSWYZCDG"
    wrong = [code[:at] + other + code[at + 1 :] for at in range(28) for other in LETTERS if other != code[at]]
    passed = [typed for typed in wrong if refused(tmp_path / "none", typed) is not ErrorCode.RECOVERY_CODE_MISTYPED]
    assert len(passed) <= 3, "one in 1,024 passes by chance"
    assert read_code(code) == code
    for typed in ("", code[:-1], code + "0", code[:-1] + "é"):
        assert refused(tmp_path / "none", typed) is ErrorCode.RECOVERY_CODE_MISTYPED


def test_the_code_opens_what_was_sealed_and_a_newer_one_ends_it(tmp_path: Path) -> None:
    path, old, new = tmp_path / "till.recovery", new_code(), new_code()
    write_recovery(path, SHOP, old, KEPT)
    assert (open_recovery(path, old).shop, open_recovery(path, old).secrets) == (SHOP, KEPT)
    write_recovery(path, SHOP, new, KEPT)
    assert refused(path, old) is ErrorCode.RECOVERY_CODE_WRONG
    assert open_recovery(path, new.lower()).secrets == KEPT


def test_what_changes_later_is_recovered_without_asking_for_the_code(tmp_path: Path) -> None:
    path, code = tmp_path / "till.recovery", new_code()
    key = write_recovery(path, SHOP, code, KEPT)
    renew_recovery(path, key, {**KEPT, "till-incarnation": b"C"})
    found = open_recovery(path, code)
    assert found.secrets == {**KEPT, "till-incarnation": b"C"}
    assert found.key == key


def test_the_file_holds_no_secret_and_is_bound_to_its_shop(tmp_path: Path) -> None:
    path, code = tmp_path / "till.recovery", new_code()
    write_recovery(path, SHOP, code, KEPT)
    held = path.read_text()
    assert all(secret.hex() not in held for secret in KEPT.values())
    assert code not in held
    assert KEPT["till"].hex() not in repr(open_recovery(path, code))
    path.write_text(held.replace(SHOP, "another"))
    assert refused(path, code) is ErrorCode.RECOVERY_CODE_WRONG


def test_a_damaged_and_a_missing_file_are_told_as_such(tmp_path: Path) -> None:
    path, code = tmp_path / "till.recovery", new_code()
    assert refused(path, code) is ErrorCode.KEY_FILE_DAMAGED
    write_recovery(path, SHOP, code, KEPT)
    kept = json.loads(path.read_bytes())
    kept["secrets"]["till"] = kept["secrets"]["hub-token"]
    path.write_text(json.dumps(kept))
    assert refused(path, code) is ErrorCode.KEY_FILE_DAMAGED
    path.write_text("{}")
    assert refused(path, code) is ErrorCode.KEY_FILE_DAMAGED
