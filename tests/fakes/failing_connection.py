"""A connection whose next COMMIT fails, before or after the file has the rows: both can be true of a failed sync."""

from collections.abc import Callable
from typing import Any, Literal

from sqlcipher3 import dbapi2 as sqlcipher

from storage.sqlite import Connection

Plan = list[Literal["lost", "kept"]]
"""What becomes of the coming commits that fail; emptied as they do."""


class FailingCursor:
    """A cursor that knows the plan."""

    def __init__(self, cursor: Any, plan: Plan) -> None:
        self._cursor = cursor
        self._plan = plan

    def execute(self, sql: str, parameters: Any = ()) -> Any:
        if sql != "COMMIT" or not self._plan:
            return self._cursor.execute(sql, parameters)
        if self._plan.pop(0) == "kept":
            self._cursor.execute(sql)
        raise sqlcipher.OperationalError("disk I/O error")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


class FailingConnection(Connection):
    """A connection that hands out such cursors."""

    def __init__(self, opened: Connection, plan: Plan) -> None:
        super().__init__(opened.raw, opened.driver)
        object.__setattr__(self, "_plan", plan)

    def cursor(self) -> Any:
        return FailingCursor(super().cursor(), self._plan)  # type: ignore[attr-defined]  # set above: a frozen parent


def failing(connect: Callable[[], Connection], plan: Plan) -> Callable[[], Connection]:
    """Return a `connect` whose connections fail as planned."""
    return lambda: FailingConnection(connect(), plan)
