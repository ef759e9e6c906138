"""What somebody did with the database's key in hand is told in plain words, in Vietnamese and in English."""

import shutil
from pathlib import Path

import pytest

from domain.errors import ErrorCode, RuleBroken
from domain.money import Language
from main import main
from storage.keys import load_keys
from storage.verification.texts import FINDINGS
from tests.storage.tampering import tamper_with_file
from ui.texts import Texts, problem_text
from wiring.clock import wall_clock
from wiring.demo import create_demo
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.till import TILL_ROOT

OWN = "(SELECT device_id FROM till_self)"
CUT = "(SELECT MAX(seq) - 2 FROM audit)"

TAMPERED: dict[str, tuple[tuple[str, ...], str, str]] = {
    "an audit entry edited": (
        ("UPDATE audit SET at = at + 1 WHERE seq = 2",),
        "link 2 (audit entry 2, written",
        "mắt xích 2 (mục nhật ký 2, ghi lúc",
    ),
    "an audit entry, said to be edited": (
        ("UPDATE audit SET actor_id = 'x' WHERE seq = 2",),
        "was changed after it was written",
        "đã bị sửa sau khi ghi",
    ),
    "a voucher edited": (
        ("UPDATE vouchers SET memo = 'x' WHERE chain_seq = 1",),
        "link 1 (PKT01A-",
        "mắt xích 1 (PKT01A-",
    ),
    "the last entries cut": (
        (f"DELETE FROM audit WHERE seq > {CUT}",),
        "its end was cut off or written anew",
        "đoạn cuối bị cắt hoặc bị viết lại",
    ),
    "the last entries cut with the device's own word": (
        (
            f"DELETE FROM audit WHERE seq > {CUT}",
            f"UPDATE devices SET audit_seq = (SELECT MAX(seq) FROM audit), audit_hash = (SELECT hash FROM audit "
            f"ORDER BY seq DESC LIMIT 1) WHERE id = {OWN}",
        ),
        "The witness outside the database saw link",
        "Nhân chứng ngoài cơ sở dữ liệu đã thấy mắt xích",
    ),
    "the last voucher cut": (
        (
            "DELETE FROM postings WHERE voucher_id = (SELECT id FROM vouchers ORDER BY chain_seq DESC LIMIT 1)",
            "DELETE FROM vouchers WHERE chain_seq = (SELECT MAX(chain_seq) FROM vouchers)",
        ),
        "its end was cut off or written anew",
        "đoạn cuối bị cắt hoặc bị viết lại",
    ),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A demo shop that has sold."""
    folder = Folder(tmp_path_factory.mktemp("sound") / "shop").make()
    create_demo(folder, wall_clock())
    return folder


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_edited_or_cut_is_told_in_plain_words(
    name: str, sound: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    statements, english, vietnamese = TAMPERED[name]
    shop = Folder(tmp_path / "shop")
    shutil.copytree(sound.root, shop.root)
    tamper_with_file(shop.till, *statements, key=load_keys(key_store(shop), TILL_ROOT).database)
    for language, words in ((Language.EN, english), (Language.VI, vietnamese)):
        assert main(["verify", "--chain", "--data", str(shop.root), "--language", language.value]) == 1
        assert words in capsys.readouterr().out
    assert main(["verify", "--data", str(shop.root)]) == 1


def test_an_approval_that_is_shown_a_second_time_is_refused_in_plain_words() -> None:
    told = [problem_text(RuleBroken(ErrorCode.APPROVAL_USED), Texts(language)).sentence for language in Language]
    assert "An approval can be used once" in " ".join(told)
    assert "Mỗi lượt duyệt chỉ dùng được một lần" in " ".join(told)


def test_an_approval_that_was_moved_to_another_act_is_told_in_plain_words() -> None:
    vietnamese, english = FINDINGS["APPROVAL_OTHER"]
    assert "không khớp với chứng từ" in vietnamese
    assert "does not fit voucher" in english
