"""One boat of a run once more, step by step, with what moved it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..area.earth import degrees_per_metre
from ..kernels import drive
from ..results.trace import REST
from .budget import TERMS, Budget
from .simulation import Simulation

COLUMNS = (*TERMS, REST)
"""What the columns of `Path.moved` are."""


@dataclass(frozen=True)
class Path:
    """The way of a boat from its release to its first landing, or to where it ended.

    Attributes
    ----------
    elapsed : ndarray, shape (n + 1,)
        Seconds along the integration; the last step ends where the boat did.
    lon, lat : ndarray, shape (n + 1,)
        Degrees.
    moved : ndarray, shape (n, term + 1, 2)
        Metres eastward and northward by each of `COLUMNS`.
    jibes : int
    """

    elapsed: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    moved: NDArray[np.float64]
    jibes: int


def follow(simulation: Simulation, report: Callable[[int, int], None] | None = None) -> Path:
    """Drive the one boat of a simulation to its end.

    The driver makes each step, as in the run; `Budget` splits it, from the state that the driver began it with.

    Parameters
    ----------
    simulation : Simulation
        Made for one boat (``numbers=[boat]``), at its start; at its end `Simulation.arrivals` has the boat's row.
    report : callable, optional
        Called after each step with the step and how many there are.
    """
    run, advection = simulation.config.run, simulation.advection
    state, seconds = advection.state, run.step_s
    order = advection.order(np.zeros(1, np.int32))
    boat = state[:1]
    south = bool(boat["lat"][0] < 0.0)  # where the leeway was drawn
    first = int(boat["release"][0])
    elapsed, lon, lat = [first * seconds], [float(boat["lon"][0])], [float(boat["lat"][0])]
    moved, jibes = [], 0
    for step in range(first, run.steps):
        simulation.step = step
        south = bool(boat["lat"][0] < 0.0) if simulation.redraw() else south
        begins = boat.copy()[0]
        fields = advection.fields(step, 1)
        down, right = simulation.ekman_of(int(begins["member"]))
        whole = Budget(advection.physics, advection.real).step(
            order, state, fields, step, (down, -right if south else right)
        )
        advection.drive(order, step, 1, fields=fields)
        after = boat[0]
        ends = next((float(t) for t in (after["land_time"], after["end_time"]) if np.isfinite(t)), (step + 1) * seconds)
        elapsed.append(ends)
        lon.append(float(after["lon"] if after["segment"] < 0 else after["land_lon"]))
        lat.append(float(after["lat"] if after["segment"] < 0 else after["land_lat"]))
        part = (ends - step * seconds) / seconds
        drawn = bool(after["segment"] >= 0 and advection.physics.stray_m > 0.0)
        moved.append(_split(whole.metres * part, whole.degrees * part, run.metric, (lon[-2:], lat[-2:]), drawn))
        jibes += int(after["side"] != begins["side"])
        if after["capsize_step"] != begins["capsize_step"]:
            south = bool(begins["lat"] < 0.0)
        if report is not None:
            report(step + 1, run.steps)
        if after["segment"] >= 0 or after["status"] in (drive.LEFT, drive.SUNK):
            break
    simulation.step = run.steps
    shape = (len(moved), len(TERMS) + 1, 2)
    return Path(np.array(elapsed), np.array(lon), np.array(lat), np.reshape(moved, shape), jibes)


def _split(
    metres: NDArray[np.float64],
    degrees: NDArray[np.float64],
    metric: str,
    way: tuple[list[float], list[float]],
    drawn: bool,
) -> NDArray[np.float64]:
    """The terms of a step and what they leave, m, shape (term + 1, 2).

    Where the step is the landing of a long random walk, whose path is ``drawn``, it ends off its chord: that is walk.
    """
    (lon0, lon1), (lat0, lat1) = way
    left = (np.array([lon1 - lon0, lat1 - lat0]) - degrees.sum(axis=0)) / np.array(degrees_per_metre(metric, lat0))
    out = np.vstack([metres, left])
    if drawn:
        out[-2] += out[-1]
        out[-1] = 0.0
    return out
