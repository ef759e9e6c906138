"""A themed application without a screen, and texts, for every test of a widget."""

import os
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from domain.money import Language
from ui.dress import apply_theme
from ui.texts import Texts
from ui.theme import Theme

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> Iterator[None]:
    """Every widget test starts, and leaves the application, in the light theme without motion."""
    apply_theme(qapp, Theme(reduced_motion=True))
    yield
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def texts() -> Texts:
    """The Vietnamese texts."""
    return Texts(Language.VI)
