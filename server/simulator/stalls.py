"""The stalls of the simulator: every class of this package that is a `Stall` (docs/adding-a-provider.md)."""

from functools import cache
from importlib import import_module
from inspect import isabstract
from pathlib import Path
from pkgutil import iter_modules

from server.simulator.stall import Stall


@cache
def known_stalls() -> tuple[type[Stall], ...]:
    """Return every stall, by name; asked for when a market opens, since the stalls' neighbours know the market."""
    modules = [import_module(f"{__package__}.{found.name}") for found in iter_modules([str(Path(__file__).parent)])]
    kinds = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Stall) and not isabstract(kind)
    }
    return tuple(sorted(kinds, key=lambda kind: kind.name))
