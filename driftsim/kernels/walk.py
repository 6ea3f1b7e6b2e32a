"""Random walk: displacement by eddies that no field resolves."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .jit import jit
from .lanes import LANES, LAT, LON, PHI, WALK_X, WALK_Y
from .motion import degrees_per_metre


class Diffusivity(NamedTuple):
    """A diffusivity on a uniform grid; with ``present`` false the run's constant holds everywhere."""

    present: bool
    data: np.ndarray  # float32 (ny * nx,), m2/s
    lon0: np.float64
    lat0: np.float64
    cells_x: np.float64  # cells per degree
    cells_y: np.float64
    nx: np.int64
    ny: np.int64


@jit(inline=True)
def milstein(k, gradient, seconds, normal):
    """Displacement (m) in a step for diffusivity ``k`` (m2/s) with the given gradient (m/s) and a standard normal.

    Milstein scheme of the first order, Grawe 2011, doi:10.1016/j.ocemod.2010.10.002: its gradient term carries the
    drift towards high diffusivity without which a well-mixed tracer would gather where the diffusivity is low.
    """
    return 0.5 * gradient * seconds * (normal * normal + 1.0) + normal * math.sqrt(2.0 * k * seconds)


@jit(inline=True)
def _local(diffusivity, lon, lat):
    """Diffusivity at a place (m2/s), and by how much it grows over a cell eastward and northward."""
    x = (lon - diffusivity.lon0) * diffusivity.cells_x
    y = (lat - diffusivity.lat0) * diffusivity.cells_y
    i = min(max(np.int64(math.floor(x)), 0), diffusivity.nx - 2)
    j = min(max(np.int64(math.floor(y)), 0), diffusivity.ny - 2)
    wx = min(max(x - i, 0.0), 1.0)
    wy = min(max(y - j, 0.0), 1.0)
    at = j * diffusivity.nx + i
    south_west, south_east = diffusivity.data[at], diffusivity.data[at + 1]
    north_west, north_east = diffusivity.data[at + diffusivity.nx], diffusivity.data[at + diffusivity.nx + 1]
    south = south_west + wx * (south_east - south_west)
    north = north_west + wx * (north_east - north_west)
    along = (south_east - south_west) + wy * ((north_east - north_west) - (south_east - south_west))
    return south + wy * (north - south), along, north - south


@jit(inline=True)
def spread_m(diffusivity, walk_m, seconds, lon, lat):
    """Standard deviation of a step's walk in each component, m."""
    if not diffusivity.present:
        return np.float64(walk_m)
    k, _, _ = _local(diffusivity, lon, lat)
    return math.sqrt(2.0 * k * seconds)


@jit(inline=True)
def scale_walk(diffusivity, walk_m, seconds, metric, d, s):
    """Turn the standard normals of a step into displacements in metres."""
    if diffusivity.present:
        for k in range(LANES):
            kx, ky = degrees_per_metre(metric, s[PHI + k])
            value, east, north = _local(diffusivity, d[LON + k], d[LAT + k])
            s[WALK_X + k] = milstein(value, east * diffusivity.cells_x * kx, seconds, s[WALK_X + k])
            s[WALK_Y + k] = milstein(value, north * diffusivity.cells_y * ky, seconds, s[WALK_Y + k])
    else:
        for k in range(LANES):
            s[WALK_X + k] = walk_m * s[WALK_X + k]
            s[WALK_Y + k] = walk_m * s[WALK_Y + k]
