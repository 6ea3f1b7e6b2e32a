"""Signals that ask a run to stop: heard at once, obeyed at the end of the day in hand."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def heard(notice: Callable[[int], None]) -> Iterator[Callable[[], int | None]]:
    """Hear SIGINT and SIGTERM; in the main thread only.

    Parameters
    ----------
    notice : callable
        Called with the first signal when it comes. A second one ends the process in the usual way.

    Yields
    ------
    callable
        The signal that has come, or None.
    """
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def handle(number: int, _: FrameType | None) -> None:
        came.append(number)
        for each, former in before.items():
            signal.signal(each, former)
        notice(number)

    for number in SIGNALS:
        signal.signal(number, handle)
    try:
        yield lambda: came[0] if came else None
    finally:
        for number, former in before.items():
            signal.signal(number, former)
