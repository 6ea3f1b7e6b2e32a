"""What every worker of the comparison shares: the task it is given, and what it reports. Imports numpy alone.

A worker is a script that runs in its program's own environment as ``python with_<program>.py TASK.json``. It advances
the particles of the task, writes their end positions and prints its report as the last line of its output.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Task:
    """What is to be computed.

    Attributes
    ----------
    case, variant : str
    current, wind : str
        NetCDF files; ``wind`` is empty in cases without.
    start : str
        ISO date of step 0.
    steps, step_s : int
    scheme : {"rk4", "euler"}
    leeway : list of float
        Slope (fraction) and offset (m/s) downwind, and across the wind for hulls to its right; empty without.
    windage : float
        Fraction of the wind speed, straight downwind.
    coast : bool
    lon, lat : ndarray of float64, shape (n,)
        Degrees.
    """

    def __init__(self, file: str) -> None:
        self._given: dict[str, Any] = json.loads(Path(file).read_text())
        with np.load(self._given["particles"]) as particles:
            count = self._given["count"]
            self.lon: NDArray[np.float64] = particles["lon"][:count]
            self.lat: NDArray[np.float64] = particles["lat"][:count]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_given"][name]
        except KeyError:
            raise AttributeError(name) from None


def task() -> Task:
    """The task named on the command line."""
    return Task(sys.argv[1])


def since_spawn() -> float:
    """Seconds since this process was started."""
    return time.time() - float(os.environ["PEERS_BEGAN"])


class Watch:
    """Wall and processor time from its making on."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Seconds by the clock, and of all of this process's threads."""
        return time.perf_counter() - self._wall, time.process_time() - self._cpu


def peak_memory_mb() -> float | None:
    """Largest resident memory of this process alone (``getrusage`` would count the parent's as well)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    return next(int(line.split()[1]) / 1024.0 for line in status.read_text().splitlines() if line.startswith("VmHWM"))


def report(
    given: Task,
    lon: Any,
    lat: Any,
    *,
    first_step_s: float,
    particle_steps: int,
    seconds: tuple[float, float],
    packages: tuple[str, ...],
    ashore: Any = None,
    note: str = "",
) -> None:
    """Write the end positions and print what was measured.

    Parameters
    ----------
    lon, lat : array_like, shape (n,)
        End positions in the order of the task, degrees.
    first_step_s : float
        Seconds from the start of the process to the end of its first step.
    particle_steps : int
        Later steps of particles afloat.
    seconds : tuple of float
        The time they took, by the clock and of the processor.
    packages : tuple of str
        Whose versions to state.
    ashore : array_like of bool, shape (n,), optional
    """
    stranded = np.zeros(len(given.lon), bool) if ashore is None else np.asarray(ashore, bool)
    np.savez(given.ends, lon=np.asarray(lon, np.float64), lat=np.asarray(lat, np.float64), ashore=stranded)
    print(
        json.dumps(
            {
                "rate": particle_steps / seconds[0], "seconds": seconds[0], "cpu_seconds": seconds[1],
                "particle_steps": int(particle_steps),
                "first_step_s": first_step_s, "peak_memory_mb": peak_memory_mb(),
                "versions": {"python": sys.version.split()[0]} | {p: importlib.metadata.version(p) for p in packages},
                "note": note,
            }
        ),
        flush=True,
    )  # fmt: skip
