"""Which methods a path of the hub knows: what a 405 answers, also where one path has a route for each method."""

import re
from functools import cached_property

from fastapi import FastAPI
from starlette.routing import compile_path


class KnownMethods:
    """The methods of every described path; gathered when somebody first asks in vain."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def of(self, path: str) -> frozenset[str]:
        """Return the methods of the routes that a path leads to."""
        return frozenset(method for pattern, methods in self._paths if pattern.match(path) for method in methods)

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], frozenset[str]]]:
        described: dict[str, dict[str, object]] = self._app.openapi()["paths"]
        return [
            (compile_path(template)[0], frozenset(method.upper() for method in methods))
            for template, methods in described.items()
        ]
