"""The providers the hub can talk to: every module of this package that has an `ADAPTER` (docs/adding-a-provider.md)."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Final

from domain.rails import Provider
from server import rails
from server.rails.base import RailAdapter


def _adapters() -> Iterator[RailAdapter]:
    names = (f"{rails.__name__}.{module.name}" for module in iter_modules(rails.__path__))
    for name in sorted(names):
        adapter = None if name == __name__ else getattr(import_module(name), "ADAPTER", None)
        if adapter is not None:
            yield adapter


def _by_provider() -> dict[Provider, RailAdapter]:
    found: dict[Provider, RailAdapter] = {}
    for adapter in _adapters():
        assert adapter.provider not in found, f"two adapters for {adapter.provider}"
        found[adapter.provider] = adapter
    return found


ADAPTERS: Final[Mapping[Provider, RailAdapter]] = MappingProxyType(_by_provider())
