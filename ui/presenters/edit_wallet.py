"""The form that changes a wallet: its name and bank, what pays into it, who sees it, and whether it is in use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from domain.accounts import Account, AccountType
from domain.errors import DomainError, ErrorCode, NotFound
from domain.ids import AccountId, Instant, MessageId, UserId
from domain.policy import Action, Actor, Role
from domain.ports import Queries, UnitOfWork
from domain.rails import Method, Provider, methods_of, routes_of
from domain.rows import UserRow
from domain.services.accounts import MAX_NAME, archive_wallet, change_wallet, grant_account
from domain.services.settings import change_setting
from domain.shop_settings import DEFAULT_WALLET, method_wallet, provider_wallet
from ui.presenters.banks import Bank, banks
from ui.presenters.desk import Desk
from ui.presenters.open_wallet import ACCOUNT_NUMBER
from ui.presenters.presenter import Mood, Presenter, Words

_NO_TRANSFER: Final = frozenset({Method.CASH, Method.STORED_VALUE})
FITTING: Final[Mapping[AccountType, tuple[Method, ...]]] = {
    AccountType.CASH: (Method.CASH,),
    AccountType.BANK: tuple(method for method in Method if method not in _NO_TRANSFER),
    AccountType.QR: tuple(
        method for method in Method if method not in {*_NO_TRANSFER, Method.VIETQR, Method.OPEN_BANKING}
    ),
    AccountType.MOBILE_POS: tuple(
        method for method in Method if method not in {*_NO_TRANSFER, Method.VIETQR, Method.OPEN_BANKING}
    ),
}
"""The methods whose money a wallet of a type can hold: notes go into a drawer, transfers name a bank account;
what a customer paid before lies in a wallet already."""


@dataclass(frozen=True, slots=True)
class WalletFacts:
    """What a person can change about a wallet, as it stands or as they wish it.

    `methods` and `providers` are those that were told to pay into it, `people` those who are no owner and may see it.
    """

    name: str = ""
    bank_bin: str = ""
    bank_account: str = ""
    is_default: bool = False
    archived: bool = False
    methods: frozenset[Method] = frozenset()
    providers: frozenset[Provider] = frozenset()
    people: frozenset[UserId] = frozenset()


@dataclass(frozen=True, slots=True)
class EditWalletState:
    """A wallet with what was changed about it so far.

    `elsewhere` and `gone` name the wallets that other methods and providers were told to pay into; `kept` says why the
    wallet cannot be archived now, None where it can; `wrong` names the fields that keep the form from being saved.
    """

    wallet: Account | None = None
    balance_minor: int = 0
    stands: WalletFacts = WalletFacts()
    wished: WalletFacts = WalletFacts()
    banks: tuple[Bank, ...] = ()
    methods: tuple[Method, ...] = ()
    providers: tuple[Provider, ...] = ()
    elsewhere: Mapping[Method, str] | None = None
    gone: Mapping[Provider, str] | None = None
    people: tuple[UserRow, ...] = ()
    can_choose: bool = False
    can_grant: bool = False
    kept: Words | None = None
    wrong: frozenset[str] = frozenset()
    saving: bool = False
    problem: DomainError | None = None

    @property
    def has_bank(self) -> bool:
        """Whether the wallet stands for an account at a bank."""
        return self.wallet is not None and self.wallet.type is AccountType.BANK

    @property
    def can_save(self) -> bool:
        """Whether there is something to save and nothing in its way."""
        return self.wallet is not None and not self.wrong and not self.saving


@dataclass(frozen=True, slots=True)
class _Read:
    wallet: Account
    balance_minor: int
    stands: WalletFacts
    elsewhere: Mapping[Method, str]
    gone: Mapping[Provider, str]
    connected: frozenset[Provider]
    people: tuple[UserRow, ...]


class EditWalletPresenter(Presenter[EditWalletState]):
    """Holds one form; all that was changed is saved in one commit, and only what was changed is told."""

    def __init__(self, desk: Desk, account_id: AccountId, closed: Callable[[bool], None]) -> None:
        """`closed` is told whether the form was saved or left."""
        super().__init__(EditWalletState(banks=banks()))
        self._desk = desk
        self._id = account_id
        self._closed = closed

    def refresh(self) -> None:
        """Read the wallet as it stands."""
        actor = self._desk.signed_in
        can_grant = self._desk.may(Action.GRANT_ACCOUNT)
        self._desk.work.query(
            lambda queries: _read(queries, actor, self._id, can_grant), self._show_read, self._show_problem
        )

    def set_name(self, name: str) -> None:
        """Type the wallet's name."""
        self._wish(name=name)

    def set_bank(self, bank: Bank | None) -> None:
        """Choose the bank."""
        self._wish(bank_bin=bank.bin if bank else "")

    def set_bank_account(self, number: str) -> None:
        """Type the account's number; blanks are left out."""
        self._wish(bank_account="".join(number.split()))

    def set_default(self, is_default: bool) -> None:
        """Tick that sales without a wallet of their own go here; the default one stays so until another is chosen."""
        self._wish(is_default=is_default or self.state.stands.is_default)

    def set_method(self, method: Method, pays_in: bool) -> None:
        """Tick a method whose money comes into this wallet."""
        chosen = self.state.wished.methods
        self._wish(methods=chosen | {method} if pays_in else chosen - {method})

    def set_provider(self, provider: Provider, pays_in: bool) -> None:
        """Tick a provider whose money comes into this wallet, whatever the method."""
        chosen = self.state.wished.providers
        self._wish(providers=chosen | {provider} if pays_in else chosen - {provider})

    def set_person(self, user_id: UserId, sees: bool) -> None:
        """Tick a person who may see this wallet."""
        chosen = self.state.wished.people
        self._wish(people=chosen | {user_id} if sees else chosen - {user_id})

    def set_archived(self, archived: bool) -> None:
        """Tick that the wallet is no longer used; refused in words while something keeps it in use."""
        if not archived or self.state.kept is None:
            self._wish(archived=archived)

    def save(self) -> None:
        """Change what was changed."""
        state, actor, at = self.state, self._desk.signed_in, self._desk.now()
        if not state.can_save:
            return
        if state.wished == state.stands:
            self._closed(True)
            return
        steps = _steps(state, actor, self._id, self._desk.new_id, at)
        self._change(saving=True, problem=None)
        self._desk.work.command(lambda uow: _run(uow, steps), self._saved, self._refused)

    def cancel(self) -> None:
        """Close the form; nothing changes."""
        self._closed(False)

    def _wish(self, **changes: object) -> None:
        self._reckon(replace(self.state.wished, **changes))  # type: ignore[arg-type]  # each caller names its field

    def _reckon(self, wished: WalletFacts) -> None:
        state = replace(self.state, wished=wished, problem=None)
        needs_bank = state.has_bank
        wrong = {
            "name": not 0 < len(wished.name.strip()) <= MAX_NAME,
            "bank": needs_bank and not wished.bank_bin,
            "bank_account": needs_bank and not ACCOUNT_NUMBER.fullmatch(wished.bank_account),
        }
        kept = _kept(state)
        if kept is not None and wished.archived and not state.stands.archived:
            wished = replace(wished, archived=False)
        fields = frozenset(field for field, is_wrong in wrong.items() if is_wrong)
        self._become(replace(state, wished=wished, wrong=fields, kept=kept))

    def _show_read(self, read: _Read) -> None:
        self._change(
            wallet=read.wallet,
            balance_minor=read.balance_minor,
            stands=read.stands,
            elsewhere=read.elsewhere,
            people=read.people,
            gone=read.gone,
            methods=_offered(read, self._desk.shop.currency),
            providers=_payers(read),
            can_choose=self._desk.may(Action.CHANGE_SETTINGS),
            can_grant=self._desk.may(Action.GRANT_ACCOUNT),
        )
        self._reckon(read.stands)

    def _saved(self, _done: None) -> None:
        self._desk.notices.toast(Mood.OK, Words.of("wallets.saved", name=self.state.wished.name.strip()))
        self._closed(True)

    def _refused(self, error: DomainError) -> None:
        self._change(saving=False, problem=error)

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error)


Step = Callable[[UnitOfWork], object]


def _steps(
    state: EditWalletState, actor: Actor, account_id: AccountId, new_id: Callable[[], str], at: Instant
) -> tuple[Step, ...]:
    """Return what has to be done, in an order that the services take: into use first, out of use last."""
    stands, wished = state.stands, state.wished
    message_id = MessageId(new_id())

    def put(key: str, value: str) -> Step:
        setting_id = MessageId(new_id())
        return lambda uow: change_setting(uow, actor, key, value, setting_id, at)

    def archive(archived: bool) -> Step:
        archive_id = MessageId(new_id())
        return lambda uow: archive_wallet(uow, actor, account_id, archive_id, at, archived=archived)

    def grant(user_id: UserId) -> Step:
        granted = user_id in wished.people
        return lambda uow: grant_account(uow, actor, user_id, account_id, at, granted=granted)

    steps: list[Step] = []
    if stands.archived and not wished.archived:
        steps.append(archive(False))
    if (wished.name, wished.bank_bin, wished.bank_account) != (stands.name, stands.bank_bin, stands.bank_account):
        steps.append(
            lambda uow: change_wallet(
                uow,
                actor,
                account_id,
                message_id,
                at,
                name=wished.name,
                bank_bin=wished.bank_bin,
                bank_account=wished.bank_account,
            )
        )
    if wished.is_default and not stands.is_default:
        steps.append(put(DEFAULT_WALLET, account_id))
    for method in sorted(wished.methods ^ stands.methods):
        steps.append(put(method_wallet(method), account_id if method in wished.methods else ""))
    for provider in sorted(wished.providers ^ stands.providers):
        steps.append(put(provider_wallet(provider), account_id if provider in wished.providers else ""))
    steps += [grant(user_id) for user_id in sorted(wished.people ^ stands.people)]
    if wished.archived and not stands.archived:
        steps.append(archive(True))
    return tuple(steps)


def _run(uow: UnitOfWork, steps: tuple[Step, ...]) -> None:
    for step in steps:
        step(uow)


def _kept(state: EditWalletState) -> Words | None:
    """Say why the wallet cannot be archived, as the service would: money in it first."""
    if state.wallet is None:
        return None
    if state.balance_minor:
        return Words.of("wallets.kept_balance", amount=state.balance_minor)
    if state.wished.is_default:
        return Words.of("wallets.kept_default")
    if state.wished.methods:
        return Words.of("wallets.kept_method", method=min(state.wished.methods))
    if state.wished.providers:
        return Words.of("wallets.kept_provider")
    return None


def _offered(read: _Read, currency: str) -> tuple[Method, ...]:
    """Return the methods whose money the wallet can hold in the shop's currency, and those that pay into it already."""
    return tuple(
        method
        for method in FITTING[read.wallet.type]
        if method in read.stands.methods or any(currency in route.currencies for route in routes_of(method))
    )


def _payers(read: _Read) -> tuple[Provider, ...]:
    """Return the connected providers whose money the wallet can hold, and those that pay into it already."""
    fitting = FITTING[read.wallet.type]
    return tuple(
        provider
        for provider in Provider
        if provider in read.stands.providers
        or (provider in read.connected and any(method in fitting for method in methods_of(provider)))
    )


def _read(queries: Queries, actor: Actor, account_id: AccountId, with_people: bool) -> _Read:
    books = queries.books
    wallet = books.account(actor, account_id)
    if wallet is None:
        raise NotFound(ErrorCode.ACCOUNT_UNKNOWN)
    accounts = {account.id: account for account in books.accounts(actor)}
    chosen, named = books.method_wallets(), books.provider_wallets()
    grants = books.grants(actor) if with_people else {}
    people = tuple(user for user in queries.users() if with_people and user.role is not Role.OWNER)
    return _Read(
        wallet=wallet,
        balance_minor=accounts[account_id].balance_minor,
        stands=WalletFacts(
            name=wallet.name,
            bank_bin=wallet.bank_bin,
            bank_account=wallet.bank_account,
            is_default=wallet.is_default,
            archived=wallet.archived_at is not None,
            methods=frozenset(method for method, chosen_id in chosen.items() if chosen_id == account_id),
            providers=frozenset(provider for provider, chosen_id in named.items() if chosen_id == account_id),
            people=frozenset(user.id for user in people if account_id in grants.get(user.id, frozenset())),
        ),
        elsewhere={
            method: accounts[chosen_id].name
            for method, chosen_id in chosen.items()
            if chosen_id != account_id and chosen_id in accounts
        },
        gone={
            provider: accounts[chosen_id].name
            for provider, chosen_id in named.items()
            if chosen_id != account_id and chosen_id in accounts
        },
        connected=books.rules().payments.connected,
        people=people,
    )
