"""Preferences in their file: what was saved comes back, and what is unreadable falls back to the default."""

from pathlib import Path

import pytest

from domain.money import Language
from ui.presenters.preferences import Preferences, TextSize, ThemeChoice
from wiring.preferences import PreferenceFile


def test_every_preference_that_was_saved_comes_back(tmp_path: Path) -> None:
    file = PreferenceFile(tmp_path / "preferences.json")
    chosen = Preferences(
        language=Language.EN,
        theme=ThemeChoice.DARK,
        text_size=TextSize.LARGE,
        phone_order=True,
        sound=False,
        volume=35,
        reduced_motion=True,
        lock_minutes=5,
    )
    file.save(chosen)
    assert file.load() == chosen


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"language": "fr"}', '{"volume": "loud"}'])
def test_an_unreadable_file_gives_the_defaults(tmp_path: Path, kept: str) -> None:
    path = tmp_path / "preferences.json"
    path.write_text(kept, "utf-8")
    assert PreferenceFile(path).load() == Preferences()
