"""How much travels in one request: less after a request that was too much, more again while it goes well."""

from dataclasses import dataclass


@dataclass(slots=True)
class BatchSize:
    """A size from 1 to `most`, starting at `most`."""

    most: int
    now: int = 0

    def __post_init__(self) -> None:
        self.now = self.most

    def shrink(self, tried: int) -> None:
        """Halve after `tried` were too many; so one bad item among 100 stands alone after seven tries."""
        self.now = max(1, tried // 2)

    def grow(self) -> None:
        """Double after a success."""
        self.now = min(self.most, self.now * 2)
