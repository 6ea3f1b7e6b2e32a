"""How many processors this process may use: not how many the machine has."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path


def cores(root: Path = Path("/")) -> int:
    """Processors that this process may keep busy, 1 at least.

    Those that it is allowed to run on (``taskset``, a batch system), or fewer where a container's quota of processor
    time is less: a container with two of 128 cores would else start 128 threads.

    Parameters
    ----------
    root : Path
        Where ``proc`` and ``sys`` are.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # Part of a processor more is worth a thread; a quota of 1.5 keeps two of them three quarters busy.
    return max(1, min([allowed, *(math.ceil(quota) for quota in _quotas(root))]))


def _quotas(root: Path) -> Iterator[float]:
    """Processors by the quota of each control group that this process is in, and of those above it."""
    for version, path in _groups(root):
        for group in (path, *path.parents):
            try:
                yield _quota(group, version)
            except (OSError, ValueError, ZeroDivisionError):  # not there, or without a limit
                continue


def _groups(root: Path) -> Iterator[tuple[int, Path]]:
    """Version and folder of the control groups of this process that share out processor time."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return
    mounts = root / "sys/fs/cgroup"
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield 2, mounts / path.lstrip("/")
        elif "cpu" in controllers.split(","):
            yield 1, mounts / "cpu" / path.lstrip("/")


def _quota(group: Path, version: int) -> float:
    """Processors that a group may use; ValueError without a limit."""
    if version == 2:
        quota, period = (group / "cpu.max").read_text(encoding="ascii").split()
    else:
        quota, period = ((group / f"cpu.cfs_{what}_us").read_text(encoding="ascii") for what in ("quota", "period"))
    share = int(quota) / int(period)  # "max" is no number
    if share <= 0.0:  # -1: none
        raise ValueError("no limit")
    return share
