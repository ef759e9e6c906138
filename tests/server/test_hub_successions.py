"""A stolen token does not use up a till's letters: few are given in a day, the owner is told, and Z is the end."""

from string import ascii_uppercase

import httpx
import pytest

from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant
from domain.money import Language
from server.enrolment import shut_out
from server.limits import RESTORE
from server.succession import DAY_MS, LETTERS_A_DAY
from storage.incarnations import next_letter
from sync.ports import BLOCKING
from sync.wire import PROTOCOL
from tests.builders import MERCHANT, TILL, an_id
from tests.server.hub_stage import TOKEN, Clock, Served, ask, bearer
from ui.texts import Texts, problem_text

MINUTE = RESTORE.refill_ms


def present(server: Served, letter: str, name: str = "") -> httpx.Response:
    """Ask for a letter as the holder of the till's token does."""
    body = {"protocol": PROTOCOL, "device_id": an_id(name or f"heir {letter}"), "incarnation": letter}
    return server.http.post("/api/v1/succession", json=body, headers=bearer(TOKEN))


def letters(server: Served) -> str:
    return "".join(row[0] for row in ask(server.hub.units, "SELECT incarnation FROM devices WHERE code = '01'"))


def refusals(server: Served) -> list[str]:
    sql = "SELECT facts FROM audit WHERE action = 'till.restore_refused' ORDER BY seq"
    return [str(row[0]) for row in ask(server.hub.units, sql)]


def test_a_day_gives_a_few_letters_one_by_one_and_the_owner_is_told_once(server: Served, clock: Clock) -> None:
    for letter in ascii_uppercase[1 : LETTERS_A_DAY + 1]:
        clock.forward(MINUTE)
        assert present(server, letter).json()["accepted"]
    for letter in ("H", "I", "Z"):
        clock.forward(MINUTE)
        answer = present(server, letter)
        assert (answer.status_code, answer.json()) == (409, {"code": "RESTORED_TOO_OFTEN"})
    assert sorted(letters(server)) == list("ABCDEFG")
    [told] = refusals(server)
    assert '"wanted":"H"' in told
    clock.forward(DAY_MS)
    assert present(server, "H").json()["accepted"]


def test_a_leap_to_the_last_letter_is_refused_and_a_small_one_is_not(server: Served) -> None:
    assert present(server, "Z").json() == {"code": "RESTORED_TOO_OFTEN"}
    assert present(server, "H").json() == {"code": "RESTORED_TOO_OFTEN"}
    assert present(server, "E").json()["accepted"]
    assert letters(server) == "AE"


def test_who_asks_on_and_on_is_not_even_looked_at(server: Served) -> None:
    answers = [present(server, "Z") for _ in range(RESTORE.burst + 1)]
    assert [answer.status_code for answer in answers] == [409] * RESTORE.burst + [429]
    assert answers[-1].headers["retry-after"] == "60"
    assert len(refusals(server)) == 1


def test_all_letters_take_four_days_in_which_the_owner_can_shut_the_till_out(server: Served, clock: Clock) -> None:
    days, last = 0, "A"
    while last != "Z":
        clock.forward(DAY_MS)
        days += 1
        last = chr(min(ord(last) + LETTERS_A_DAY, ord("Z")))
        assert present(server, last).json()["accepted"]
    assert days > 4
    shut_out(server.hub.units, MERCHANT, type(TILL)(an_id("heir Z")), clock())
    assert present(server, "Z").status_code == 401


def test_behind_the_last_letter_the_hub_says_so_and_tells_the_owner(server: Served, clock: Clock) -> None:
    for letter in "GMSYZ":
        clock.forward(DAY_MS)
        assert present(server, letter).json()["accepted"]
    answer = present(server, "Z", "one more")
    assert (answer.status_code, answer.json()) == (409, {"code": "LETTERS_SPENT"})
    assert letters(server) == "AGMSYZ"
    assert len(refusals(server)) == 1


def test_behind_the_last_letter_a_restore_is_refused_in_plain_words() -> None:
    assert next_letter("AY") == "Z"
    with pytest.raises(RuleBroken) as refused:
        next_letter("AZ")
    assert refused.value.code is ErrorCode.LETTERS_SPENT
    told = [problem_text(refused.value, Texts(language)).sentence for language in Language]
    assert "used them up to Z" in " ".join(told)
    assert "đã dùng đến chữ Z" in " ".join(told)


def test_a_till_that_is_refused_a_letter_waits_for_a_person() -> None:
    assert {ErrorCode.LETTERS_SPENT, ErrorCode.RESTORED_TOO_OFTEN} <= BLOCKING


def test_a_clock_that_was_set_back_gives_no_letters(server: Served, clock: Clock) -> None:
    assert present(server, "G").json()["accepted"]
    clock.at = Instant(clock.at - 30 * DAY_MS)
    assert present(server, "H").json() == {"code": "RESTORED_TOO_OFTEN"}
