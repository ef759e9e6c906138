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
        """Return the methods of a path as it is described: by its own name, or else by the form that it fits."""
        if path in self._described:
            return self._described[path]
        return next((self._described[name] for name, form in self._forms if form.match(path)), frozenset())

    @cached_property
    def _described(self) -> dict[str, frozenset[str]]:
        paths: dict[str, dict[str, object]] = self._app.openapi()["paths"]
        return {name: frozenset(method.upper() for method in methods) for name, methods in paths.items()}

    @cached_property
    def _forms(self) -> list[tuple[str, re.Pattern[str]]]:
        return [(name, compile_path(name)[0]) for name in self._described]
