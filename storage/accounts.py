"""Wallets and control accounts in the database."""

from dataclasses import dataclass
from typing import Any, Final

from domain.accounts import Account, AccountType, Control
from domain.changes import Topic
from domain.errors import Conflict, ErrorCode
from domain.ids import AccountId, Instant, MerchantId
from domain.rails import Method, Provider, wallet_type
from domain.shop_settings import method_wallet, provider_wallet
from storage.scope import Scope
from storage.session import Row, Session, Sql, insert_into
from storage.settings import SqlSettings

_ADD_ACCOUNT: Final = insert_into("accounts")
_ACCOUNT_COLUMNS: Final = (
    "id, type, code, name, currency, created_at, control, is_default, bank_bin, bank_account, archived_at"
)
_ACCOUNT: Final = Sql(f"SELECT {_ACCOUNT_COLUMNS} FROM accounts WHERE merchant_id = :merchant_id AND id = :id")
_ACCOUNT_BY_NAME: Final = Sql(
    f"SELECT {_ACCOUNT_COLUMNS} FROM accounts WHERE merchant_id = :merchant_id AND name = :name"
)
_SAVE_ACCOUNT: Final = Sql(
    "UPDATE accounts SET name = :name, bank_bin = :bank_bin, bank_account = :bank_account, archived_at = :archived_at "
    "WHERE merchant_id = :merchant_id AND id = :id"
)
_BALANCE: Final = Sql("SELECT balance_minor FROM accounts WHERE merchant_id = :merchant_id AND id = :id")
_NO_DEFAULT: Final = Sql("UPDATE accounts SET is_default = 0 WHERE merchant_id = :merchant_id AND is_default = 1")
_DEFAULT: Final = Sql("UPDATE accounts SET is_default = 1 WHERE merchant_id = :merchant_id AND id = :id")
_WALLET: Final = Sql(
    f"SELECT {_ACCOUNT_COLUMNS} FROM accounts WHERE merchant_id = :merchant_id AND archived_at IS NULL "
    "AND type <> 'CONTROL' AND (id = :chosen OR type = :type OR is_default = 1) "
    "ORDER BY CASE WHEN id = :chosen THEN 0 WHEN type = :type THEN 1 ELSE 2 END, is_default DESC, created_at, id "
    "LIMIT 1"
)
_WALLET_OF_BANK: Final = Sql(
    f"SELECT {_ACCOUNT_COLUMNS} FROM accounts WHERE merchant_id = :merchant_id AND bank_account = :bank_account "
    "AND type <> 'CONTROL' ORDER BY created_at, id LIMIT 1"
)
_BANK_ACCOUNTS: Final = Sql(
    "SELECT DISTINCT bank_account FROM accounts WHERE merchant_id = :merchant_id AND bank_account <> '' "
    "AND type <> 'CONTROL' ORDER BY bank_account"
)
_DEFAULT_WALLET: Final = Sql(
    f"SELECT {_ACCOUNT_COLUMNS} FROM accounts WHERE merchant_id = :merchant_id AND is_default = 1"
)
_HAS_DEFAULT: Final = Sql("SELECT 1 FROM accounts WHERE merchant_id = :merchant_id AND is_default = 1")


@dataclass(frozen=True, slots=True)
class SqlAccounts:
    """Wallets and control accounts in the database."""

    scope: Scope
    settings: SqlSettings

    def add(self, account: Account) -> None:
        self._check_name(account)
        self.scope.session.run(
            _ADD_ACCOUNT,
            {
                "merchant_id": self.scope.merchant_id,
                "id": account.id,
                "type": account.type.value,
                "code": account.code,
                "name": account.name,
                "currency": account.currency,
                "control": account.control.value if account.control else None,
                "is_default": int(account.is_default),
                "bank_bin": account.bank_bin,
                "bank_account": account.bank_account,
                "created_at": account.created_at,
                "archived_at": account.archived_at,
                "balance_minor": 0,
                "entries": 0,
            },
        )

    def get(self, account_id: AccountId) -> Account | None:
        return read_account(self.scope.session, self.scope.merchant_id, account_id)

    def save(self, account: Account) -> None:
        self._check_name(account)
        self.scope.session.run(
            _SAVE_ACCOUNT,
            {
                "merchant_id": self.scope.merchant_id,
                "id": account.id,
                "name": account.name,
                "bank_bin": account.bank_bin,
                "bank_account": account.bank_account,
                "archived_at": account.archived_at,
            },
        )

    def named(self, name: str) -> Account | None:
        return self._read(_ACCOUNT_BY_NAME, {"name": name})

    def balance(self, account_id: AccountId) -> int:
        row = self.scope.session.one(_BALANCE, {"merchant_id": self.scope.merchant_id, "id": account_id})
        return row[0] if row else 0

    def make_default(self, account_id: AccountId) -> None:
        place = {"merchant_id": self.scope.merchant_id}
        self.scope.session.run(_NO_DEFAULT, place)
        self.scope.session.run(_DEFAULT, {**place, "id": account_id})
        self.scope.touch(Topic.ACCOUNTS, account_id)

    def wallet_for(self, method: Method, provider: Provider = Provider.NONE) -> Account | None:
        named = () if provider is Provider.NONE else (provider_wallet(provider),)
        chosen = next((value for key in (*named, method_wallet(method)) if (value := self.settings.get(key))), "")
        return self._read(_WALLET, {"chosen": chosen, "type": wallet_type(method).value})

    def wallet_with_bank_account(self, bank_account: str) -> Account | None:
        return self._read(_WALLET_OF_BANK, {"bank_account": bank_account})

    def bank_accounts(self) -> list[str]:
        """Return the numbers of the shop's bank accounts."""
        return [row[0] for row in self.scope.session.all(_BANK_ACCOUNTS, {"merchant_id": self.scope.merchant_id})]

    def default(self) -> Account | None:
        return self._read(_DEFAULT_WALLET, {})

    def has_default(self) -> bool:
        return self.scope.session.one(_HAS_DEFAULT, {"merchant_id": self.scope.merchant_id}) is not None

    def _check_name(self, account: Account) -> None:
        other = self.named(account.name)
        if other is not None and other.id != account.id:
            raise Conflict(ErrorCode.ACCOUNT_NAME_TAKEN, name=account.name)

    def _read(self, sql: Sql, values: dict[str, Any]) -> Account | None:
        row = self.scope.session.one(sql, {"merchant_id": self.scope.merchant_id, **values})
        return _account(row, self.scope.merchant_id) if row else None


def read_account(session: Session, merchant_id: MerchantId, account_id: AccountId) -> Account | None:
    """Return an account."""
    row = session.one(_ACCOUNT, {"merchant_id": merchant_id, "id": account_id})
    return _account(row, merchant_id) if row else None


def _account(row: Row, merchant_id: MerchantId) -> Account:
    return Account(
        id=AccountId(row[0]),
        merchant_id=merchant_id,
        type=AccountType(row[1]),
        code=row[2],
        name=row[3],
        currency=row[4],
        created_at=Instant(row[5]),
        control=Control(row[6]) if row[6] else None,
        is_default=bool(row[7]),
        bank_bin=row[8],
        bank_account=row[9],
        archived_at=None if row[10] is None else Instant(row[10]),
    )
