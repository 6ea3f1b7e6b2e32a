"""225 particles in a small random field with an island, against Parcels 3.1.4 (float64 positions, flat mesh).

Of its four interpolators we have the bilinear one; nearest and the two slip schemes are not ours.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from analytic import NO_EDGES

from driftsim.drift.advection import advect
from driftsim.forcing.memory import MemorySource


@cache
def stored(shared: Path) -> tuple[MemorySource, np.ndarray]:
    """The field, and positions (second, particle, x-y)."""
    with netCDF4.Dataset(shared / "data/reference/parcels_v3_jit_2d_four_interpolators.nc") as file:
        file.set_auto_mask(False)
        values = np.stack([file["U"][:], file["V"][:]], axis=-1)
        source = MemorySource("current", file["lon"][:], file["lat"][:], file["time"][:], values)
        return source, np.asarray(file["linear"][:])


def farthest(shared: Path, precision: str, scheme: str = "rk4") -> np.ndarray:
    """Largest distance from theirs at each second."""
    source, theirs = stored(shared)
    x, y, out = theirs[0, :, 0], theirs[0, :, 1], [0.0]
    for second in range(10):
        end = advect(
            x, y, current=source, start=float(second), step_s=0.5, steps=2, metric="plane", physics=NO_EDGES,
            precision=precision, scheme=scheme,
        )  # fmt: skip
        x, y = end["lon"].copy(), end["lat"].copy()
        out.append(np.hypot(x - theirs[second + 1, :, 0], y - theirs[second + 1, :, 1]).max())
    return np.array(out)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_bilinear_is_theirs(precision: str, shared: Path) -> None:
    """In units of the field's side. Measured 4e-8 for both: Parcels rounds its velocities to float32."""
    assert stored(shared)[1].shape == (11, 225, 2)
    off = farthest(shared, precision)
    assert off.max() < 1e-7
    assert farthest(shared, precision, "euler").max() > 1e-3
