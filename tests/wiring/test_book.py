"""Events from a file: booked at a closed till, once however often the file is told; and the keys of other systems."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.ids import new_id
from domain.money import Language
from domain.policy import Limits
from domain.posting_rules import DEPOSIT, SALE
from main import main
from server.enrolment import connect_embedded_till
from storage.gate import OneProgram
from storage.hub_units import HubUnits
from storage.keys import load_keys
from storage.verify import verify_till
from wiring.book import MAX_BYTES, run_book
from wiring.clock import wall_clock
from wiring.demo import create_demo, setup_of
from wiring.demo_shop import read_demo
from wiring.folders import Folder
from wiring.hub import open_hub_file
from wiring.key_places import key_store
from wiring.till import HUB_ROOT, TILL_ROOT, till_files

Lines = list[str]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Return a demo shop's folder."""
    folder = Folder(tmp_path_factory.mktemp("shop")).make()
    create_demo(folder, wall_clock())
    return folder


def sale(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "kind": SALE, "occurred_on": "2026-01-05", "due_minor": 108_000, **fields}


def told(folder: Folder, path: Path, text: str | bytes, capsys: pytest.CaptureFixture[str]) -> tuple[int, Lines, str]:
    """Return the exit code, the lines said and what was said of errors when a file of this text is booked."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    code = run_book(folder, path, Language.EN)
    said = capsys.readouterr()
    return code, said.out.splitlines(), said.err


def lines_of(*events: Any) -> str:
    return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)


def test_a_file_of_lines_is_booked_once_however_often_it_is_told(
    shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deposit = {"id": "d", "kind": DEPOSIT, "occurred_on": "2026-01-05", "amount_minor": 5_000, "target": "Vietcombank"}
    text = "\ufeff" + lines_of(sale("đơn 1"), deposit)
    code, first, _ = told(shop, tmp_path / "events", text, capsys)
    assert code == 0
    assert first[0].startswith("1: đơn 1 → PT01A-26-")
    assert first[1].startswith("2: d → PCK01A-26-")
    assert first[2] == "2 booked, 0 booked before, 0 refused"
    code, again, _ = told(shop, tmp_path / "events", text, capsys)
    assert code == 0
    assert [line.rpartition(" ")[2] for line in again[:2]] == [line.rpartition(" ")[2] for line in first[:2]]
    assert again[2] == "0 booked, 2 booked before, 0 refused"
    files = till_files(shop, load_keys(key_store(shop), TILL_ROOT))
    assert verify_till(files.database, files.key, files.witness, files.witness_key).ok


def test_a_list_is_booked_like_lines(shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = json.dumps([sale("list 1"), sale("list 2")], indent=2)
    code, said, _ = told(shop, tmp_path / "events", text, capsys)
    assert (code, said[2]) == (0, "2 booked, 0 booked before, 0 refused")


def test_a_refused_event_holds_up_nothing_and_is_told_by_the_exit_code(
    shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = b'{"id": "broken"\n\xff\n\n'
    text = (
        lines_of(sale("bad", due_minor=0)).encode()
        + broken
        + lines_of(sale("good"), sale("good", due_minor=5)).encode()
    )
    code, said, _ = told(shop, tmp_path / "events", text, capsys)
    assert code == 1
    assert [line.partition(":")[0] for line in said[:-1]] == ["1", "2", "3", "5", "6"]
    assert [line.rpartition("(")[2] for line in said[:3]] == ["EVENT_INVALID)"] * 3
    assert "due_minor" in said[0]
    assert said[3].startswith("5: good → PT01A-26-")
    assert said[4].endswith("(EVENT_CHANGED)")
    assert said[5] == "1 booked, 0 booked before, 4 refused"


def test_while_the_till_is_open_nothing_is_booked(
    shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = OneProgram(shop.root / "till.lock")
    try:
        code, said, problem = told(shop, tmp_path / "events", lines_of(sale("locked out")), capsys)
    finally:
        lock.release()
    assert (code, said) == (1, [])
    assert "STORAGE_LOCKED" in problem
    code, said, _ = told(shop, tmp_path / "events", lines_of(sale("locked out")), capsys)
    assert said[-1] == "1 booked, 0 booked before, 0 refused"


def test_a_file_that_cannot_be_read_is_said_plainly(
    shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_book(shop, tmp_path / "missing", Language.EN) == 1
    assert "missing" in capsys.readouterr().err
    large = tmp_path / "large"
    with large.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    assert run_book(shop, large, Language.VI) == 1
    assert "64 MB" in capsys.readouterr().err
    code, said, problem = told(shop, tmp_path / "events", "[{]", capsys)
    assert (code, said) == (1, [])
    assert "EVENT_INVALID" in problem


def test_a_folder_without_a_till_is_said_plainly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "events").write_text(lines_of(sale("1")))
    folder = Folder(tmp_path / "empty").make()
    folder.demo.touch()  # its keys would lie in the folder, not in the system's own store
    assert run_book(folder, tmp_path / "events", Language.EN) == 1
    assert "KEY_MISSING" in capsys.readouterr().err


def test_the_operator_makes_lists_and_revokes_keys(shop: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    place = ("--data", str(shop.root), "--language", "en")
    assert main(["hub-key", "list", *place]) == 1
    assert "open the till once" in capsys.readouterr().err
    demo, keys = read_demo(shop), load_keys(key_store(shop), HUB_ROOT)
    units = HubUnits(open_hub_file(shop, keys.database), lambda merchant, seq: None)
    connect_embedded_till(units, setup_of(demo, Limits()), "token", new_id(), wall_clock())
    units.close()
    assert main(["hub-key", "list", *place]) == 0
    assert capsys.readouterr().out == "There are no keys.\n"
    assert main(["hub-key", "create", "web shop", "--scope", "everything", *place]) == 1
    assert "SCOPE_INVALID" in capsys.readouterr().err
    assert main(["hub-key", "create", "web shop", "--scope", "events:write", *place]) == 0
    opens, said, secret = capsys.readouterr().out.splitlines()
    assert opens == "The key opens: events:write."
    key_id = said.split()[1]
    assert secret.startswith("bana_")
    assert main(["hub-key", "list", *place]) == 0
    listed = capsys.readouterr().out
    assert (key_id in listed, "never used  events:write" in listed, secret in listed) == (True, True, False)
    hook = ["hub-key", "webhook", key_id]
    assert main([*hook, *place]) == 0
    assert "is told nothing" in capsys.readouterr().out
    assert main([*hook, "http://127.0.0.1:9/x", *place]) == 1
    assert "HOOK_INVALID" in capsys.readouterr().err
    assert main([*hook, "http://127.0.0.1:9/x", "--development", "--event", "payment.paid", *place]) == 0
    said, _, whsec = capsys.readouterr().out.splitlines()
    assert (said.endswith("is told: payment.paid."), whsec[:6]) == (True, "whsec_")
    assert main([*hook, "https://shop.example/x", *place]) == 0
    assert "whsec_" not in capsys.readouterr().out
    assert main([*hook, *place]) == 0
    assert capsys.readouterr().out.splitlines()[::2] == ["https://shop.example/x", "Waiting: 0; given up: 0."]
    assert main([*hook, "--end", *place]) == 0
    assert main([*hook, "--end", *place]) == 1
    capsys.readouterr()
    assert main(["hub-key", "revoke", key_id, *place]) == 0
    assert main(["hub-key", "revoke", key_id, *place]) == 1
    assert "API_KEY_UNKNOWN" in capsys.readouterr().err
    assert main(["hub-key", "list", *place, "--merchant", "another"]) == 1
    assert demo.merchant_id in capsys.readouterr().err


def test_the_command_line_books_a_file(shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "events").write_text(lines_of(sale("command line")))
    assert main(["book", str(tmp_path / "events"), "--data", str(shop.root)]) == 0
    assert "Ghi mới 1" in capsys.readouterr().out
