"""Who draws a result. Figures know results, results know nothing of figures: what draws is registered from above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Plotter(Protocol):
    """A module that draws results."""

    def Plots(self, run: Any) -> Any:
        """The figures of a result, a method each."""

    def as_html(self, run: Any) -> str:
        """A result with a small map, for notebooks."""


_registered: list[Callable[[], Plotter]] = []


def register(load: Callable[[], Plotter]) -> None:
    """Say who draws; `load` is called when a figure is first asked for."""
    _registered[:] = [load]


def plotter() -> Plotter:
    """Who draws."""
    return _registered[0]()
