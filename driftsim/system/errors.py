"""What goes wrong at the door."""

from __future__ import annotations


class InputError(Exception):
    """Input that cannot be used: the message names the file, key or variable, its value, and the remedy."""


class RunError(Exception):
    """What went wrong while a run was under way: the message says what, what is kept, and how to go on."""


class Interrupted(Exception):
    """A run that was asked to stop by a signal, and has saved what it had.

    Attributes
    ----------
    signal : int
    """

    def __init__(self, signal: int) -> None:
        super().__init__(f"stopped by signal {signal}")
        self.signal = signal
