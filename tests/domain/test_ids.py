"""Fresh ids are ordered by time and never equal; a fact's id is the same wherever it is met."""

import subprocess
import sys
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.ids import id_for, new_id

PARTS = st.lists(st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"])), min_size=1, max_size=3)


def test_fresh_ids_are_uuids_of_version_7_in_the_order_they_were_made() -> None:
    made = [new_id() for _ in range(2_000)]
    assert all(UUID(text).version == 7 for text in made)
    assert all(before < after for before, after in pairwise(made))


def test_the_id_of_a_fact_does_not_depend_on_the_program_that_computes_it() -> None:
    here = id_for("voucher", "shop", "cash", "payment")
    code = "from domain.ids import id_for; print(id_for('voucher', 'shop', 'cash', 'payment'))"
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here
    assert UUID(here).version == 5


def test_the_ids_of_released_books_never_change() -> None:
    assert id_for("voucher", "shop", "cash", "payment") == "68f1ad73-32bb-549f-b99b-a104cd7174c9"


@given(one=PARTS, other=PARTS)
def test_two_facts_have_one_id_only_if_they_are_one_fact(one: list[str], other: list[str]) -> None:
    assert (id_for("kind", *one) == id_for("kind", *other)) == (one == other)


def test_the_kind_of_a_fact_is_part_of_its_id() -> None:
    assert id_for("sale", "x") != id_for("voucher", "x")
