"""Secrets on the clipboard: put there for one person, and taken away before the next one comes to the till."""

import hashlib

from PySide6.QtGui import QGuiApplication


class _Told:
    """What was put there last, as its hash alone: the secret itself is nowhere but on the clipboard."""

    print = ""


def copy_secret(secret: str) -> None:
    """Put a secret on the clipboard until `forget_secret`."""
    _Told.print = _print_of(secret)
    QGuiApplication.clipboard().setText(secret)


def forget_secret() -> None:
    """Empty the clipboard if the last secret still lies there; what was copied since is left alone."""
    told, _Told.print = _Told.print, ""
    if told and _print_of(QGuiApplication.clipboard().text()) == told:
        QGuiApplication.clipboard().clear()


def _print_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
