"""How much memory this machine has for a run, and a refusal of what it does not hold."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from .errors import InputError

_CGROUP = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


@cache
def memory_bytes() -> int | None:
    """Memory of the machine, or less where a container or the shell (``ulimit -v``) allows less; None if not known."""
    return min((limit for limit in (_physical(), *_contained(), _allowed()) if limit), default=None)


def _physical() -> int | None:
    if sys.platform == "win32":
        import ctypes

        status = (ctypes.c_ulonglong * 8)(64)  # its first 32 bits are its own length
        found = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return int(status[1]) if found else None
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return None


def _contained() -> list[int]:
    limits = []
    for path in map(Path, _CGROUP):
        try:
            limits.append(int(path.read_text(encoding="ascii")))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return limits


def _allowed() -> int | None:
    if sys.platform == "win32":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def require(needed: float, what: str, remedy: str) -> None:
    """Refuse what does not fit: better before a run than by the system in the middle of it.

    Parameters
    ----------
    needed : float
        Bytes.
    what, remedy : str
        What takes them, and what to do about it.

    Raises
    ------
    InputError
        If the machine has less.
    """
    there = memory_bytes()
    if there is not None and needed > there:
        raise InputError(f"{what} takes about {shown(needed)} of memory, and there are {shown(there)}: {remedy}")


def shown(size: float) -> str:
    """Bytes as people say them."""
    for power, unit in ((1e12, "TB"), (1e9, "GB")):
        if size >= power:
            return f"{size / power:,.1f} {unit}"
    return f"{size / 1e6:,.0f} MB"
