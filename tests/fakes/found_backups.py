"""Backups of which a test says what was found and what each holds, and a program that only notes what it should do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from domain.errors import DomainError, ErrorCode, StorageUnavailable
from domain.ids import Instant
from domain.policy import Action, Actor, require
from tests.fakes.small_shop import NOON
from ui.work import FoundBackup

HOUR = 3_600_000
HERE = FoundBackup(Path("/till/backups/till-1.backup"), NOON, 12_345_678)
STICK = FoundBackup(Path("/media/usb/till-1.backup"), NOON, 12_345_678, elsewhere=True)
OLD = FoundBackup(Path("/till/backups/till-0.backup"), Instant(NOON - 24 * HOUR), 11_000_000)


@dataclass(frozen=True)
class FixedContents:
    """What a file holds."""

    shop_name: str = "Tạp hoá Hoa Mai"
    till_code: str = "01"
    incarnation: str = "A"
    made_at: Instant | None = NOON
    last_at: Instant | None = NOON
    payments: int = 1_204
    vouchers: int = 1_377
    unsent: int = 2
    last_number: str = "PT01A-26-001377"


@dataclass(frozen=True)
class FixedOutlook:
    """What a backup holds beside the till."""

    backup: FixedContents = FixedContents()
    in_place: FixedContents | None = FixedContents(
        made_at=None, last_at=Instant(NOON + HOUR), payments=1_219, vouchers=1_395, unsent=5
    )
    lost: int = 3


@dataclass
class FoundBackups:
    """Three backups; `broken` are those that do not open, and why."""

    list: tuple[FoundBackup, ...] = (HERE, STICK, OLD)
    broken: dict[FoundBackup, ErrorCode] = field(default_factory=dict)
    outlook: FixedOutlook = FixedOutlook()
    newest_at: Instant | None = NOON
    problem: DomainError | None = None
    second: str = "/media/usb"
    second_problem: DomainError | None = None

    @property
    def status(self) -> "FoundBackups":
        return self

    def back_up_now(self, actor: Actor, at: Instant) -> None:
        require(actor, Action.BACK_UP)

    def choose_second(self, actor: Actor, folder: str, at: Instant) -> None:
        require(actor, Action.CHANGE_SETTINGS)
        self.second = folder

    def found(self, actor: Actor) -> Sequence[FoundBackup]:
        require(actor, Action.RESTORE)
        return self.list

    def look_into(self, actor: Actor, backup: Path) -> FixedOutlook:
        require(actor, Action.RESTORE)
        for each, code in self.broken.items():
            if each.path == backup:
                raise StorageUnavailable(code)
        return self.outlook


@dataclass
class NotedRestore:
    """Notes what is to be restored; `refusal` is what it fails with."""

    restored: list[Path] = field(default_factory=list)
    started: int = 0
    refusal: DomainError | None = None

    def restore(self, actor: Actor, backup: Path, failed: Callable[[DomainError], None]) -> None:
        require(actor, Action.RESTORE)
        self.restored.append(backup)
        if self.refusal is not None:
            failed(self.refusal)

    def start_anew(self) -> None:
        self.started += 1
