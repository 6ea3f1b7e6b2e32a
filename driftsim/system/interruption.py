"""Signals that ask a run to stop: heard at once, obeyed at the end of the day in hand."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def heard(notice: Callable[[int], None]) -> Iterator[Callable[[], int | None]]:
    """Hear SIGINT, SIGTERM and SIGHUP; in the main thread only. SIGHUP stays ignored under ``nohup``.

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
    if before.get(hangup := getattr(signal, "SIGHUP", None)) == signal.SIG_IGN:
        del before[hangup]

    def handle(number: int, _: FrameType | None) -> None:
        came.append(number)
        for each, former in before.items():
            signal.signal(each, former)
        notice(number)

    for number in before:
        signal.signal(number, handle)
    try:
        yield lambda: came[0] if came else None
    finally:
        for number, former in before.items():
            signal.signal(number, former)
