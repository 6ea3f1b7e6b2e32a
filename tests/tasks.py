"""Tasks for engines, in a module that a new process loads in no time."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from driftsim.system.errors import InputError


def double(number: int, *, threads: int) -> tuple[int, int]:
    """Twice the number, and the threads that it may keep busy."""
    return 2 * number, threads


def refuse(*, threads: int) -> None:
    """Input that cannot be used."""
    raise InputError("no such sea")


def die_once(file: Path, *, threads: int) -> str:
    """Is killed the first time, and done the second."""
    if not file.exists():
        file.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def die(*, threads: int) -> None:
    """Is killed each time."""
    os.kill(os.getpid(), signal.SIGKILL)
