"""Who draws a result. Figures know results, results know nothing of figures: what draws is registered from above."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..figures.maps.plots import Plots
    from .result import Readable


class Plotter(Protocol):
    """A module that draws results."""

    def Plots(self, run: Readable) -> Plots:
        """The figures of a result, a method each."""

    def as_html(self, run: Readable) -> str:
        """A result with a small map, for notebooks."""


_registered: list[Callable[[], Plotter]] = []


def register(load: Callable[[], Plotter]) -> None:
    """Say who draws; `load` is called when a figure is first asked for."""
    _registered[:] = [load]


def plotter() -> Plotter:
    """Who draws."""
    return _registered[0]()
