"""Drive a few boats with kernels that are not compiled, or look at every index; a process of its own for each.

``python tests/kernels/other_ways.py WAY FILE`` with WAY ``compiled``, ``plain`` (the functions as Python runs them) or
``checked`` (compiled with a look at each index): what becomes of the boats is written to FILE.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

WAY, FILE = sys.argv[1:]
if WAY == "checked":
    os.environ["NUMBA_BOUNDSCHECK"] = "1"
if WAY == "plain":
    stub: Any = ModuleType("driftsim.kernels.jit")
    stub.jit = lambda function=None, **_: function if function is not None else (lambda of: of)
    stub.lowest_bit = lambda bits: np.uint64((int(bits) & -int(bits)).bit_length() - 1)
    sys.modules["driftsim.kernels.jit"] = stub
    # Python's integers do not wrap round, numpy's do and say so.
    warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
from analytic import gridded  # noqa: E402

from driftsim.area import shoreline  # noqa: E402
from driftsim.drift import leeway  # noqa: E402
from driftsim.drift.advection import REALS, Advection, new_state, plain_physics  # noqa: E402
from driftsim.forcing.memory import MemorySource  # noqa: E402
from driftsim.kernels import drive, random  # noqa: E402
from driftsim.kernels.walk import Diffusivity  # noqa: E402

BOATS, STEPS = 60, 8


def boats() -> Advection:
    """Sixty boats off Noto with everything switched on: strong onshore wind, every event within hours."""
    real = REALS["single"]
    table = np.array([leeway.find(key).row for key in ("FISHING-VESSEL-5", "SKIFF-3")], np.float32)
    draw = np.random.default_rng(4)
    state = new_state(draw.uniform(136.35, 136.7, BOATS), draw.uniform(36.9, 37.3, BOATS), real)
    state["member"] = np.arange(len(state)) % 3
    state["release"][:-1] = np.arange(BOATS) % 3
    state["boat_class"][:-1] = np.arange(BOATS) % 2
    state["sink_time"][:-1:7] = 9000.0
    classes = leeway.Coefficients(("upright", "capsized"), np.array([0.5, 0.5]), table, 1)
    hulls = leeway.draw_hulls(9, state["number"][:-1], state["boat_class"][:-1], classes)
    for column, name in enumerate(drive.HULL):
        state[name][:-1] = hulls.coefficients[:, column]
    physics = plain_physics(3600.0, real, seed=9)._replace(
        flight=True, flight_keep=real(0.98), flight_kick=real(0.03), error=True, error_keep=real(0.9),
        error_kick=real(0.02), gust=True, gust_keep=real(0.9), gust_kick=real(0.5), draws=True, jibe=real(0.1),
        capsizing=True, capsize_wind=18.0, capsize_width=4.0, capsized_class=np.int64(1), sinking=True, refloat=0.3,
        coast=True, west=136.0, east=138.0, south=36.0, north=37.32,
    )  # fmt: skip
    x, y = np.linspace(130.0, 142.0, 25), np.append(np.linspace(33.0, 44.0, 20), 44.7)
    times = np.arange(0.0, 5.0) * 3.0 * 3600.0
    current = gridded("current", x, y[:-1], times, lambda lon, lat, t: (0.1 * (lat - 36.5), 0.4 + 1e-5 * t + 0 * lon))
    stokes = gridded("stokes", x, y[:-1], times, lambda lon, lat, t: (0.05 + 0 * lon, 0.02 * np.sin(t / 9e3) + 0 * lat))
    lat, t = y[None, :, None], times[:, None, None]
    members = [
        np.stack(np.broadcast_arrays(9.0 + m + 0.0 * x, 4.0 - 2e-4 * t + 0.3 * (lat - 37.0)), axis=-1) for m in range(3)
    ]
    wind = MemorySource("wind", x, y, times, np.stack(members, axis=1))
    spread = Diffusivity(True, np.linspace(20.0, 300.0, 12).astype(np.float32), 130.0, 33.0, 0.25, 0.2, 4, 3)
    return Advection(
        {"current": current, "wind": wind, "stokes": stokes}, state, physics, lambda elapsed: elapsed,
        shore=shoreline.load().shore, hulls=classes.rows, diffusivity=spread,
    )  # fmt: skip


def looks_at_indices() -> bool:
    """Whether an index beyond an array ends a kernel."""
    try:
        random.uniform_pairs(np.int64(1), np.arange(3), np.uint32(0), random.STREAM_LIFE, np.empty((2, 2)))
    except IndexError:
        return True
    return False


def main() -> None:
    drift = boats()
    if WAY == "plain":
        drift.state = drift.state.view(np.recarray)
    order = drift.order(np.arange(BOATS))
    for step in range(0, STEPS, 4):
        drift.drive(order, step, 4)
    state = np.asarray(drift.state)[:-1]
    assert hasattr(random.philox, "signatures") == (WAY != "plain"), "not run in the way that was asked for"
    assert WAY != "checked" or looks_at_indices(), "NUMBA_BOUNDSCHECK has no effect"
    np.savez(FILE, **{name: state[name] for name in state.dtype.names or ()})


if __name__ == "__main__":
    main()
