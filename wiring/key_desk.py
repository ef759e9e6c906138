"""The keys of a folder's shop as the window asks for them: each act begins with whether the person may."""

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant
from domain.policy import Action, Actor, require
from storage.passphrase import LEAST, check_passphrase
from storage.recovery import new_code
from ui.key_work import KeyPlace, KeysLook
from wiring.demo_shop import is_demo
from wiring.folders import Folder
from wiring.key_acts import keep_code, keep_under_passphrase, recover
from wiring.key_places import unlock


class FolderGate:
    """Opens the keys of a folder before its till is open."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    @property
    def has_passphrase(self) -> bool:
        """Whether a passphrase keeps the keys."""
        return self._folder.key_file.exists()

    @property
    def has_code(self) -> bool:
        """Whether there is a file that a recovery code opens."""
        return self._folder.recovery.exists()

    def open(self, passphrase: str) -> None:
        """Open the keys for this run of the program; raises what `unlock` raises."""
        unlock(self._folder, lambda: passphrase)

    def recover(self, code: str, passphrase: str) -> None:
        """Open the keys with the recovery code and keep them again; raises what `wiring.key_acts.recover` raises."""

        def chosen() -> str:
            if not passphrase:
                raise StorageUnavailable(ErrorCode.PASSPHRASE_NEEDED)
            return passphrase

        recover(self._folder, None, code, chosen, passphrase=False)


class FolderKeys:
    """The keys of an open till."""

    least = LEAST

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def look(self, actor: Actor) -> KeysLook:
        """Return how the keys stand; raises NotPermitted."""
        require(actor, Action.KEEP_KEYS)
        made_at = None
        if self._folder.recovery.exists():
            made_at = Instant(round(self._folder.recovery.stat().st_mtime * 1000))
        return KeysLook(self._place, made_at)

    def check_passphrase(self, passphrase: str) -> None:
        """Raise RuleBroken(PASSPHRASE_SHORT) unless it is long enough."""
        check_passphrase(passphrase)

    def set_passphrase(self, actor: Actor, before: str, passphrase: str) -> bool:
        """Keep the keys under a passphrase, or change it; raises NotPermitted and what the stores raise."""
        require(actor, Action.KEEP_KEYS)
        if self._place is KeyPlace.DEMO:
            raise StorageUnavailable(ErrorCode.KEY_MISSING)
        if self._place is KeyPlace.COMPUTER:
            keep_under_passphrase(self._folder, passphrase)
            return False
        unlock(self._folder, lambda: before).change(passphrase)
        return True

    def new_code(self) -> str:
        """Return a new recovery code that opens nothing yet."""
        return new_code()

    def keep_code(self, actor: Actor, code: str) -> None:
        """Have a recovery code open the keys from now on; raises NotPermitted and StorageUnavailable."""
        require(actor, Action.KEEP_KEYS)
        keep_code(self._folder, code)

    @property
    def _place(self) -> KeyPlace:
        if is_demo(self._folder):
            return KeyPlace.DEMO
        return KeyPlace.PASSPHRASE if self._folder.key_file.exists() else KeyPlace.COMPUTER
