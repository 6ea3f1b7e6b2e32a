"""106 particles for 30 days in real currents, against an independent float64 integration and against Parcels.

Land is zero velocity, a degree is 111 120 m, RK4 with a step of an hour, as they had it. Their field is read straight
with netCDF4. Nearby paths part in this field (halving the step moves one particle by 3.5 km), so the last bits of
single precision show: what they come to is held to a median and a share.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from analytic import metres

from driftsim.drift.advection import advect
from driftsim.forcing.memory import MemorySource

DAY = 86_400.0


@cache
def field(shared: Path) -> MemorySource:
    with netCDF4.Dataset(shared / "data/reference/globcurrent_agulhas_2002-01-01_2002-03-02.nc") as file:
        file.set_auto_mask(False)
        values = np.nan_to_num(np.stack([file["uo"][:], file["vo"][:]], axis=-1))
        return MemorySource("current", file["lon"][:], file["lat"][:], DAY * file["time"][:], values)


@cache
def reference(shared: Path, name: str) -> np.ndarray:
    """Daily positions, (day, particle, lon-lat)."""
    with netCDF4.Dataset(shared / "data/reference/globcurrent_reference_trajectories.nc") as file:
        file.set_auto_mask(False)
        return np.asarray(file[name][:])


@cache
def distances(shared: Path, name: str, precision: str, scheme: str = "rk4") -> np.ndarray:
    """Metres between ours and theirs after each tenth day, (3, particle)."""
    theirs = reference(shared, name)
    assert theirs.shape == (31, 106, 2)
    x, y, out = theirs[0, :, 0], theirs[0, :, 1], []
    for day in (10, 20, 30):
        end = advect(
            x, y, current=field(shared), start=(day - 10) * DAY, step_s=3600.0, steps=240, metric="nautical",
            precision=precision, scheme=scheme,
        )  # fmt: skip
        x, y = end["lon"].copy(), end["lat"].copy()
        out.append(metres(x, y, theirs[day, :, 0], theirs[day, :, 1]))
    return np.array(out)


def test_double_is_the_independent_integration_to_a_millimetre(shared: Path) -> None:
    """Measured: 2 micrometres at most."""
    assert distances(shared, "independent_float64_dt3600", "double").max() < 2e-5
    assert distances(shared, "parcels_v4_float64", "double").max() < 2e-5


def test_euler_is_not(shared: Path) -> None:
    assert np.median(distances(shared, "independent_float64_dt3600", "double", "euler")[-1]) > 1000.0


@pytest.mark.parametrize("name", ["independent_float64_dt3600", "parcels_v4_float64", "parcels_v3_jit_float64"])
@pytest.mark.parametrize("precision", ["single", "double"])
def test_half_within_a_decimetre_and_most_within_a_metre(
    name: str, precision: str, shared: Path, record_property: pytest.RecordProperty
) -> None:
    """Parcels 3 keeps its positions in float64 and rounds its velocities: 0.5 m from double is its own.

    Measured for single: median 0.015 m, 95 % 0.26 m, maximum 4.5 m (4.0 m from Parcels 3).
    """
    off = distances(shared, name, precision)[-1]
    record_property("metres_median_p95_maximum", f"{np.median(off):.3g} {np.quantile(off, 0.95):.3g} {off.max():.3g}")
    assert np.median(off) < 0.1
    assert np.quantile(off, 0.95) < 1.0
    assert off.max() < 20.0


def test_float32_positions_would_not_pass(shared: Path) -> None:
    """What becomes of a program that keeps its positions in single precision."""
    theirs, truth = (reference(shared, name)[-1] for name in ("parcels_v3_jit_float32", "independent_float64_dt3600"))
    assert np.median(metres(theirs[:, 0], theirs[:, 1], truth[:, 0], truth[:, 1])) > 1.0


def test_one_day_from_25_east_35_south(shared: Path) -> None:
    end = advect([25.0], [-35.0], current=field(shared), step_s=300.0, steps=288, metric="nautical")
    assert (end["lon"][0], end["lat"][0]) == (pytest.approx(23.8100, abs=1e-4), pytest.approx(-35.3581, abs=1e-4))
