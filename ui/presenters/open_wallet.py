"""The form that opens a wallet: type, name, opening balance, and for a bank its account, checked while it is typed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from domain.accounts import Account, AccountType
from domain.errors import DomainError, ErrorCode, RuleBroken
from domain.ids import AccountId
from domain.money import parse_amount
from domain.services.accounts import MAX_NAME, open_wallet
from ui.presenters.banks import Bank, banks
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words

KINDS: Final = (AccountType.CASH, AccountType.BANK, AccountType.QR, AccountType.MOBILE_POS)
ACCOUNT_NUMBER: Final = re.compile(r"[0-9A-Za-z]{4,19}")
"""A bank account number as a VietQR code can name it."""


@dataclass(frozen=True, slots=True)
class OpenWalletState:
    """What was typed and what is wrong with it; `opening` stays text until it is saved.

    `wrong` names the fields that keep the wallet from being saved, `touched` those a person has been in.
    """

    kind: AccountType = AccountType.CASH
    name: str = ""
    opening: str = ""
    bank: Bank | None = None
    bank_account: str = ""
    banks: tuple[Bank, ...] = ()
    wrong: frozenset[str] = frozenset({"name"})
    saving: bool = False
    problem: DomainError | None = None

    @property
    def needs_bank(self) -> bool:
        """Whether the wallet stands for an account at a bank."""
        return self.kind is AccountType.BANK

    @property
    def can_save(self) -> bool:
        """Whether everything needed is there."""
        return not self.wrong and not self.saving


class OpenWalletPresenter(Presenter[OpenWalletState]):
    """Holds one form; the wallet's id is made when the form opens, so that saving twice makes one wallet."""

    def __init__(self, desk: Desk, closed: Callable[[AccountId | None], None]) -> None:
        """`closed` is told the new wallet, or None if there is none."""
        super().__init__(OpenWalletState(banks=banks()))
        self._desk = desk
        self._closed = closed
        self._id = AccountId(desk.new_id())

    def choose_kind(self, kind: AccountType) -> None:
        """Press a type's tile."""
        self._edit(kind=kind)

    def set_name(self, name: str) -> None:
        """Type the wallet's name."""
        self._edit(name=name)

    def set_opening(self, opening: str) -> None:
        """Type what is in it already, as people write amounts; nothing typed is zero."""
        self._edit(opening=opening)

    def set_bank(self, bank: Bank | None) -> None:
        """Choose the bank."""
        self._edit(bank=bank)

    def set_bank_account(self, number: str) -> None:
        """Type the account's number; blanks are left out."""
        self._edit(bank_account="".join(number.split()))

    def save(self) -> None:
        """Open the wallet."""
        state, at, actor = self.state, self._desk.now(), self._desk.signed_in
        if not state.can_save:
            return
        opening = _opening(state.opening, self._desk.shop.currency)
        bank_bin = state.bank.bin if state.bank and state.needs_bank else ""
        number = state.bank_account if state.needs_bank else ""
        self._change(saving=True, problem=None)
        self._desk.work.command(
            lambda uow: open_wallet(
                uow,
                actor,
                self._id,
                state.kind,
                state.name,
                at,
                opening_minor=opening or 0,
                bank_bin=bank_bin,
                bank_account=number,
            ),
            self._saved,
            self._refused,
        )

    def cancel(self) -> None:
        """Close the form without a wallet."""
        self._closed(None)

    def _edit(self, **changes: object) -> None:
        self._change(**changes, problem=None)
        state = self.state
        wrong = {
            "name": not 0 < len(state.name.strip()) <= MAX_NAME,
            "opening": _opening(state.opening, self._desk.shop.currency) is None,
            "bank": state.needs_bank and state.bank is None,
            "bank_account": state.needs_bank and not ACCOUNT_NUMBER.fullmatch(state.bank_account),
        }
        self._change(wrong=frozenset(field for field, is_wrong in wrong.items() if is_wrong))

    def _saved(self, account: Account) -> None:
        self._desk.notices.toast(Mood.OK, Words.of("wallets.opened", name=account.name))
        self._closed(account.id)

    def _refused(self, error: DomainError) -> None:
        """Show the refusal; a name that is taken needs another wallet, so the next try is a new one."""
        if error.code in (ErrorCode.ACCOUNT_NAME_TAKEN, ErrorCode.ID_REUSED):
            self._id = AccountId(self._desk.new_id())
        self._change(saving=False, problem=error)


def _opening(text: str, currency: str) -> int | None:
    """Return the opening balance in minor units, zero for nothing, None if it cannot be read in one way."""
    if text.strip() in ("", "0"):
        return 0
    try:
        return parse_amount(text, currency)
    except RuleBroken:
        return None
