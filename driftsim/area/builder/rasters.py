"""Rasters of an area: where land is, how far the shore is at least, which stretches are near."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...kernels.shore import CLEAR_UNIT_M
from ...system.errors import InputError
from .frame import MICRO, PER_DEGREE, Frame
from .rings import Polygons, Ring, cut
from .samples import Codes, sampled

NEAR_KM = 20.0
_BEYOND_DEG = 0.7
_FARTHEST_M = 70_000.0


def land(rings: list[Ring], frame: Frame) -> NDArray[np.bool_]:
    """Which cell centres are on land, (ny, nx): parity along each row of centres. Cut edges count, rings are closed."""
    nx, ny = frame.nx, frame.ny
    toggles = np.zeros((ny, nx + 1), np.int32)
    a = np.concatenate([ring[:-1] for ring in rings]) / MICRO
    b = np.concatenate([ring[1:] for ring in rings]) / MICRO
    ya, yb = ((p[:, 1] - frame.south) * PER_DEGREE - 0.5 for p in (a, b))  # whole numbers are rows of centres
    low, high = np.ceil(np.minimum(ya, yb)).astype(int), np.ceil(np.maximum(ya, yb)).astype(int)
    low, high = low.clip(0, ny), high.clip(0, ny)
    which = np.repeat(np.arange(len(a)), high - low)
    row = low[which] + np.arange(len(which)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    along = (row - ya[which]) / (yb - ya)[which]
    lon = a[which, 0] + along * (b - a)[which, 0]
    column = np.ceil((lon - frame.west) * PER_DEGREE - 0.5).astype(int).clip(0, nx)
    np.add.at(toggles, (row, column), 1)
    found: NDArray[np.bool_] = np.cumsum(toggles, axis=1)[:, :nx] % 2 == 1
    return found


def near(
    points: NDArray[np.float64], owner: Codes, stretches: int, frame: Frame
) -> tuple[NDArray[np.uint16], NDArray[np.uint64]]:
    """Code of the set of stretches within 20 km of each cell's centre, and the sets as bits.

    Parameters
    ----------
    points, owner
        As `sampled` gives them.
    """
    bits = np.zeros(frame.nx * frame.ny, np.uint64)
    where = frame.centres()
    for code in range(stretches):
        mine = points[owner == code]
        box = [mine.min(0) - 1000 * NEAR_KM, mine.max(0) + 1000 * NEAR_KM]
        close = np.flatnonzero(((where >= box[0]) & (where <= box[1])).all(1))
        distance, _ = cKDTree(mine[::4]).query(where[close], distance_upper_bound=1000 * NEAR_KM)
        bits[close[np.isfinite(distance)]] |= np.uint64(1) << np.uint64(code)
    masks, which = np.unique(bits, return_inverse=True)
    if len(masks) > 65_536:
        raise InputError(f"{len(masks)} sets of stretches lie within 20 km of a place; at most 65536: name fewer")
    return which.astype(np.uint16), masks


def clear(polygons: Polygons, frame: Frame) -> NDArray[np.uint8]:
    """Lower bound on the distance to shore from anywhere in a cell, in units of 250 m.

    Shores some way outside the box count too.
    """
    around = frame.wider(_BEYOND_DEG)
    rings = cut(polygons, around)
    points, _ = sampled(rings, [np.zeros(len(ring) - 1, np.uint8) for ring in rings], frame)
    distance, _ = cKDTree(points).query(frame.centres(), distance_upper_bound=_FARTHEST_M, workers=-1)
    lat = np.repeat(frame.south + np.arange(frame.ny) / PER_DEGREE, frame.nx)
    # The farthest point of the cell is a corner on the side of the equator.
    lat = np.where(lat < 0.0, np.minimum(lat + 1.0 / PER_DEGREE, 0.0), lat)
    corner = 0.5 / PER_DEGREE * np.hypot(111_400.0 * np.cos(np.radians(lat)), 111_300.0)
    bound = np.minimum(distance, _FARTHEST_M) - corner - 60.0  # the samples are some 100 m apart
    found: NDArray[np.uint8] = np.floor(bound / CLEAR_UNIT_M).clip(0, 255).astype(np.uint8)
    return found
