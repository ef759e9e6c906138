"""A hub's owner desk in memory: keeps what it is told, masks secrets as the hub does, and refuses when a test says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from domain.errors import DomainError, ErrorCode, FailureCode, SyncProblem
from domain.ids import DeviceId, Instant, UserId
from domain.other_systems import Scope
from tests.fakes.small_shop import NOON
from ui.presenters.hub_desk import (
    ApiHook,
    ApiKey,
    Disconnection,
    HookNews,
    HookTried,
    HookWish,
    Invitation,
    NewApiKey,
    Proof,
    ProviderField,
    ProviderInfo,
    ProviderTest,
    ShopTill,
    StatementFile,
    StatementRow,
    StatementView,
)

PIN = "471193"
OVERLAP_MS = 72 * 3_600_000
CODE = "7KQ2M-X4TCA"
HOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
API_KEY = "bana_Zq3xN8vT0mJ5yR1wK7uE4sB2aL6dF9hG0cP5iOqX1n"

SEPAY = ProviderInfo(
    "sepay",
    connected=True,
    fields=(
        ProviderField("account_number", "Số tài khoản ngân hàng", "Bank account number", shown="0071000123456"),
        ProviderField(
            "auth", "Cách xác thực webhook", "Webhook authentication", False, True, ("hmac", "apikey"), "hmac"
        ),
        ProviderField(
            "webhook_secret",
            "Khóa bí mật webhook (hoặc API Key)",
            "Webhook secret (or API key)",
            secret=True,
            shown="••••9f3a",
            fingerprint="4c19e0b7",
            changed_at=NOON,
        ),
        ProviderField(
            "api_token",
            "API Token để đọc danh sách giao dịch",
            "API token for the list of transactions",
            secret=True,
            shown="••••",
            fingerprint="b2a9017d",
            changed_at=NOON,
        ),
        ProviderField("base_url", "Địa chỉ máy chủ SePay", "SePay server address", shown="https://my.sepay.vn"),
    ),
    last_test=ProviderTest(NOON),
)
VNPAY = ProviderInfo(
    "vnpay_qr_mms",
    connected=False,
    fields=(
        ProviderField("base_url", "Địa chỉ máy chủ VNPAY", "VNPAY server address", shown="https://doitac.vnpaytest.vn"),
        ProviderField("app_id", "Mã ứng dụng (appId)", "Application id"),
        ProviderField("merchant_name", "Tên đơn vị", "Merchant name"),
        ProviderField("merchant_code", "Mã đơn vị (merchantCode)", "Merchant code"),
        ProviderField("terminal_id", "Mã điểm bán (terminalId)", "Terminal id"),
        ProviderField("merchant_type", "Mã ngành hàng (MCC)", "Merchant category code (MCC)", shown="9999"),
        ProviderField(
            "create_secret", "Khóa bí mật tạo QR và thông báo", "Secret for codes and notifications", secret=True
        ),
        ProviderField("check_secret", "Khóa bí mật truy vấn", "Secret for queries", secret=True),
        ProviderField("refund_secret", "Khóa bí mật hoàn tiền", "Secret for refunds", secret=True, required=False),
    ),
)
TILLS = (
    ShopTill(DeviceId("d-01"), "01A", "Quầy chính", NOON, NOON, this_till=True),
    ShopTill(DeviceId("d-02"), "02A", "Quầy trong", NOON, Instant(NOON - 3_600_000)),
    ShopTill(DeviceId("d-03"), "03B", "", NOON, None, revoked_at=NOON),
)
HOOK = ApiHook(
    "shop.example",
    *(2, 1, None, "https://shop.example/bana/news", ("payment.paid", "payment.refunded"), False),
    tried_at=NOON,
    answer="http_503",
)
NEWS = (
    HookNews("msg_3", "payment.paid", "WEB-1003", "waiting", 2, NOON, None, Instant(NOON + 300_000), "http_503"),
    HookNews("msg_2", "payment.refunded", "WEB-1002", "given_up", 9, Instant(NOON - 3_600_000), NOON, None, "timeout"),
    HookNews("msg_1", "payment.paid", "WEB-1001", "delivered", 1, Instant(NOON - 7_200_000), NOON, None, "http_204"),
)
KEYS = (
    ApiKey("k-1", "Web bán hàng", NOON, NOON, hook=HOOK, scopes=(Scope.CHECKOUTS_WRITE, Scope.CHECKOUTS_READ)),
    ApiKey("k-2", "Kế toán cũ", NOON, None, revoked_at=NOON),
)
STATEMENT = StatementView(
    account="0071000123456",
    first_day="2026-11-01",
    last_day="2026-11-21",
    counts={"confirms": 1, "short": 1, "known": 1, "not_ours": 1, "out": 2},
    movements=(
        StatementRow(1, "2026-11-20", 150_000, "MBVCB.1 BANA01A0001247 CT tu A", "BANA01A0001247", "confirms"),
        StatementRow(2, "2026-11-21", 40_000, "BANA01A000125P", "BANA01A000125P", "short"),
        StatementRow(3, "2026-11-21", 45_000, "BANA01A000126M", "BANA01A000126M", "known"),
        StatementRow(4, "2026-11-21", 9_000_000, "TIEN NHA THANG 11", "", "not_ours"),
    ),
)


@dataclass
class SmallHubDesk:
    """The desk; `refusals` are raised by the next call of a name, one each, and `calls` notes what was asked."""

    shop_providers: tuple[ProviderInfo, ...] = (SEPAY, VNPAY)
    shop_tills: tuple[ShopTill, ...] = TILLS
    shop_keys: tuple[ApiKey, ...] = KEYS
    shop_news: tuple[HookNews, ...] = NEWS
    answer: str = "http_204"
    at: Instant = NOON
    pin: str = PIN
    open_payments: int = 0
    failure: FailureCode | None = None
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    refusals: dict[str, list[DomainError]] = field(default_factory=dict)
    proofs: int = 0
    withdrawn: list[str] = field(default_factory=list)
    ended: bool = False
    statement: StatementView = STATEMENT
    files: list[StatementFile] = field(default_factory=list)

    def refuse(self, name: str, code: ErrorCode, **facts: str | int) -> None:
        """Have the next call of a name refused."""
        self.refusals.setdefault(name, []).append(SyncProblem(code, **facts))

    def prove(self, user_id: UserId, pin: str) -> Proof:
        self._called("prove")
        if pin != self.pin:
            raise SyncProblem(ErrorCode.PIN_WRONG)
        self.proofs += 1
        self.ended = False
        return Proof(user_id, f"token-{self.proofs}")

    def withdraw(self, proof: Proof) -> None:
        self.withdrawn.append(proof.token)

    def providers(self, proof: Proof) -> Sequence[ProviderInfo]:
        self._admit("providers", proof)
        return self.shop_providers

    def connect_provider(self, proof: Proof, provider: str, values: Mapping[str, str]) -> ProviderInfo:
        self._admit("connect_provider", proof)
        before = next(each for each in self.shop_providers if each.provider == provider)
        self.kept.setdefault(provider, {}).update(values)
        rotated = any(each.secret and each.shown and each.name in values for each in before.fields)
        fields = tuple(self._filled(each, values) for each in before.fields)
        until = Instant(self.at + OVERLAP_MS) if rotated else before.overlap_until
        after = replace(before, connected=True, fields=fields, overlap_until=until)
        self._put(after)
        return after

    def test_provider(self, proof: Proof, provider: str) -> ProviderTest:
        self._admit("test_provider", proof)
        return ProviderTest(self.at, self.failure)

    def disconnect_provider(self, proof: Proof, provider: str, *, even_if_open: bool) -> Disconnection:
        self._admit("disconnect_provider", proof)
        if self.open_payments and not even_if_open:
            return Disconnection(False, self.open_payments)
        before = next(each for each in self.shop_providers if each.provider == provider)
        blank = tuple(replace(each, shown="", fingerprint="", changed_at=None) for each in before.fields)
        self._put(replace(before, connected=False, fields=blank, last_test=None))
        return Disconnection(True, self.open_payments)

    def tills(self, proof: Proof) -> Sequence[ShopTill]:
        self._admit("tills", proof)
        return self.shop_tills

    def invite_till(self, proof: Proof) -> Invitation:
        self._admit("invite_till", proof)
        return Invitation(CODE, self.at, Instant(self.at + 30 * 60_000))

    def shut_out_till(self, proof: Proof, device_id: DeviceId) -> None:
        self._admit("shut_out_till", proof)
        self.shop_tills = tuple(
            replace(each, revoked_at=self.at) if each.device_id == device_id else each for each in self.shop_tills
        )

    def api_keys(self, proof: Proof) -> Sequence[ApiKey]:
        self._admit("api_keys", proof)
        return self.shop_keys

    def make_api_key(self, proof: Proof, name: str, scopes: Sequence[Scope]) -> NewApiKey:
        self._admit("make_api_key", proof)
        self.shop_keys += (ApiKey(f"k-{len(self.shop_keys) + 1}", name, self.at, scopes=tuple(scopes)),)
        return NewApiKey(name, API_KEY)

    def revoke_api_key(self, proof: Proof, key_id: str) -> None:
        self._admit("revoke_api_key", proof)
        self.shop_keys = tuple(
            replace(each, revoked_at=self.at) if each.id == key_id else each for each in self.shop_keys
        )

    def set_hook(self, proof: Proof, key_id: str, wish: HookWish, *, renew_secret: bool) -> str | None:
        self._admit("set_hook", proof)
        before = next(each.hook for each in self.shop_keys if each.id == key_id)
        old = Instant(self.at + OVERLAP_MS) if renew_secret else None
        hook = ApiHook(
            urlsplit(wish.url).hostname or "",
            *(0, 0, None, wish.url, wish.events, wish.all_payments),
            old_until=old,
        )
        self._put_hook(key_id, hook)
        return HOOK_SECRET if before is None or renew_secret else None

    def drop_hook(self, proof: Proof, key_id: str) -> None:
        self._admit("drop_hook", proof)
        self._put_hook(key_id, None)

    def try_hook(self, proof: Proof, key_id: str) -> HookTried:
        self._admit("try_hook", proof)
        return self._told(key_id, HookNews("msg_0", "webhook.test", "", "delivered", 1, self.at))

    def hook_news(self, proof: Proof, key_id: str) -> Sequence[HookNews]:
        self._admit("hook_news", proof)
        return self.shop_news

    def resend_news(self, proof: Proof, key_id: str, news_id: str) -> HookTried:
        self._admit("resend_news", proof)
        row = next(each for each in self.shop_news if each.id == news_id)
        self.shop_news = tuple(each for each in self.shop_news if each.id != news_id)
        return self._told(key_id, replace(row, attempts=row.attempts + 1))

    def _told(self, key_id: str, row: HookNews) -> HookTried:
        taken = self.answer.startswith("http_2")
        state = "delivered" if taken else "given_up"
        self.shop_news = (replace(row, state=state, ended_at=self.at, next_at=None, note=self.answer), *self.shop_news)
        hook = next(each.hook for each in self.shop_keys if each.id == key_id)
        assert hook is not None
        self._put_hook(key_id, replace(hook, tried_at=self.at, answer=self.answer))
        return HookTried(taken, self.answer)

    def _put_hook(self, key_id: str, hook: ApiHook | None) -> None:
        self.shop_keys = tuple(replace(each, hook=hook) if each.id == key_id else each for each in self.shop_keys)

    def read_statement(self, proof: Proof, file: StatementFile, *, book: bool) -> StatementView:
        self._admit("book_statement" if book else "look_at_statement", proof)
        self.files.append(file)
        return replace(self.statement, booked=book)

    def _filled(self, each: ProviderField, values: Mapping[str, str]) -> ProviderField:
        if each.name not in values:
            return each
        shown = f"••••{values[each.name][-4:]}" if each.secret else values[each.name]
        return replace(each, shown=shown, fingerprint="0a1b2c3d" if each.secret else "", changed_at=self.at)

    def _put(self, after: ProviderInfo) -> None:
        self.shop_providers = tuple(after if each.provider == after.provider else each for each in self.shop_providers)

    def _admit(self, name: str, proof: Proof) -> None:
        self._called(name)
        if self.ended or proof.token != f"token-{self.proofs}":
            raise SyncProblem(ErrorCode.PERSON_SESSION_ENDED)

    def _called(self, name: str) -> None:
        self.calls.append(name)
        waiting = self.refusals.get(name)
        if waiting:
            raise waiting.pop(0)
