"""Qt without a screen, and the texts, for every test of a print."""

import os

import pytest
from PySide6.QtWidgets import QApplication

from domain.money import Language
from ui.texts import Texts

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def running(qapp: QApplication) -> QApplication:
    """Fonts need an application."""
    return qapp


@pytest.fixture
def vi() -> Texts:
    """The Vietnamese texts."""
    return Texts(Language.VI)


@pytest.fixture
def en() -> Texts:
    """The English texts."""
    return Texts(Language.EN)
