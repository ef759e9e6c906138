"""Where one till and its embedded hub keep what they own: databases, keys, logs, backups."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder (`--data DIR`); everything of one till and its embedded hub lies under it."""

    root: Path

    @property
    def till(self) -> Path:
        """The till's encrypted database."""
        return self.root / "till.db"

    @property
    def witness(self) -> Path:
        """The heads of the till's chains, outside the database."""
        return self.root / "till.head"

    @property
    def pages(self) -> Path:
        """When every page of the till's database was last read and found whole."""
        return self.root / "till.pages"

    @property
    def hub(self) -> Path:
        """The embedded hub's encrypted database."""
        return self.root / "hub.db"

    @property
    def keys(self) -> Path:
        """A demo shop's keys; a real shop's lie in the operating system's key store or under a passphrase."""
        return self.root / "keys"

    @property
    def shop_id(self) -> Path:
        """The id by which the operating system's key store tells this shop's keys from another's; no secret."""
        return self.root / "till.id"

    @property
    def key_file(self) -> Path:
        """The shop's keys under a passphrase, where one was chosen."""
        return self.root / "till.keys"

    @property
    def recovery(self) -> Path:
        """The shop's keys as the recovery code opens them."""
        return self.root / "till.recovery"

    @property
    def backups(self) -> Path:
        """Verified copies of the databases."""
        return self.root / "backups"

    @property
    def replaced(self) -> Path:
        """The files that restored backups took the place of, each in a folder of its moment."""
        return self.root / "replaced"

    @property
    def simulator(self) -> Path:
        """What the providers' simulator remembers."""
        return self.root / "simulator"

    @property
    def demo(self) -> Path:
        """What makes this a demo shop: its ports; absent in a real shop."""
        return self.root / "demo.json"

    @property
    def logs(self) -> Path:
        """The programs' logs."""
        return self.root / "logs"

    def make(self) -> "Folder":
        """Create the folder, readable by its owner alone, and return it."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.logs.mkdir(exist_ok=True)
        return self


def default_folder() -> Folder:
    """Return the platform's folder for this application's data."""
    from platformdirs import user_data_path

    return Folder(user_data_path("bana-till", appauthor=False))
