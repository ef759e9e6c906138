"""Hearing from PostgreSQL that another process of the hub has fed a merchant's feed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import MerchantId

CHANNEL: Final = "bana_feed"

_ALIVE: Final = {"keepalives": 1, "keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 2}
"""A peer that vanished without a word is noticed within half a minute."""


@dataclass(frozen=True, slots=True)
class PostgresBell:
    """A connection of its own that listens on the feed's channel."""

    url: str

    @contextmanager
    def listening(self) -> Iterator["Listening"]:
        """Listen until the block ends; raises StorageUnavailable if there is no connection, or none any more."""
        try:
            with psycopg.connect(self.url, autocommit=True, **_ALIVE) as connection:  # type: ignore[arg-type]  # libpq's own options
                connection.execute(f"LISTEN {CHANNEL}")
                yield Listening(connection)
        except psycopg.Error as error:
            raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error


@dataclass(frozen=True, slots=True)
class Listening:
    """An open ear."""

    connection: "psycopg.Connection[tuple[object, ...]]"

    def rings(self, timeout_s: float) -> list[tuple[MerchantId, int]]:
        """Wait for rings and return them as merchant and newest feed number; empty after `timeout_s` of silence."""
        newest: dict[MerchantId, int] = {}
        for notice in self.connection.notifies(timeout=timeout_s, stop_after=1):
            merchant, _, seq = notice.payload.rpartition(" ")
            if merchant and seq.isdigit():
                newest[MerchantId(merchant)] = max(newest.get(MerchantId(merchant), 0), int(seq))
        return list(newest.items())
