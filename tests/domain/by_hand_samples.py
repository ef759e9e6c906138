"""A cheque of today, and cheques and other money taken at a till that has both switched on."""

from typing import Any, Final

from domain.changes import Topic
from domain.cheques import Cheque
from domain.payments import PaymentIntent
from domain.ports import UnitOfWork
from domain.rails import BY_HAND, Method
from domain.routing import BY_HAND_METHODS
from tests.builders import sell

TODAY: Final = "2026-11-21"
A_CHEQUE: Final = Cheque("AB 0012345", "Vietcombank", "Công ty Hoa Mai", TODAY)


def switch_on(uow: UnitOfWork) -> None:
    """Let the shop take cheques and other money."""
    uow.settings.put(BY_HAND_METHODS, sorted(BY_HAND))
    uow.touch(Topic.SETTINGS, BY_HAND_METHODS)


def take_cheque(uow: UnitOfWork, name: str = "cheque", **facts: Any) -> PaymentIntent:
    """Take a cheque of 45,000 ₫; the same name is the same payment."""
    switch_on(uow)
    return sell(uow, name, method=Method.CHEQUE, **{"cheque": A_CHEQUE, **facts})


def take_promise(uow: UnitOfWork, name: str = "promise", **facts: Any) -> PaymentIntent:
    """Note 45,000 ₫ that somebody pays later and elsewhere."""
    switch_on(uow)
    return sell(uow, name, method=Method.MANUAL, **{"note": "Anh Tư trả qua công ty", **facts})
