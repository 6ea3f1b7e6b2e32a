"""What the machine could do at best: the arithmetic of a step in currents, and nothing else."""

from __future__ import annotations

import numpy as np

from .jit import jit, lowest_bit
from .lanes import LANES
from .motion import degrees_per_metre

_ONE, _TWO, _LANES = np.uint64(1), np.uint64(2), np.uint64(LANES)


def _rows(count: int) -> range:
    return range(0, count * LANES, LANES)


# Rows of scratch memory, as in ``lanes``; a boat's sixteen corners begin at CORNERS.
SIZE_D, SIZE_S, SIZE_N = 2 * LANES, 25 * LANES, 4 * LANES
LON, LAT = _rows(2)
DX, DY, SUM_X, SUM_Y, PHI, FX, FY, WX, WY, CORNERS, *_ = _rows(25)
COLUMN, ROW, AT, KEPT = _rows(4)


@jit(inline=True, fuse=True)
def _begin(west, south, per_lon, per_lat, radians, d, s, n):
    """The cell in which each boat starts its step, and the place inside it."""
    for k in range(LANES):
        s[DX + k] = np.float32(0.0)
        s[DY + k] = np.float32(0.0)
        s[SUM_X + k] = np.float32(0.0)
        s[SUM_Y + k] = np.float32(0.0)
        s[PHI + k] = d[LAT + k] * radians
        x, y = (d[LON + k] - west) * per_lon, (d[LAT + k] - south) * per_lat
        i, j = np.int32(x), np.int32(y)
        n[COLUMN + k] = i
        n[ROW + k] = j
        s[FX + k] = x - i
        s[FY + k] = y - j


@jit(inline=True, fuse=True)
def _locate(nx, ny, per_lon, per_lat, s, n):
    """Cell and weights of each boat at a stage. Returns the lanes, as bits, whose cell is not kept."""
    east, north = np.int32(nx - 2), np.int32(ny - 2)
    moved = np.uint64(0)
    for k in range(LANES):
        x = s[FX + k] + s[DX + k] * per_lon
        y = s[FY + k] + s[DY + k] * per_lat
        i = np.int32(min(max(np.int32(n[COLUMN + k] + np.int32(np.floor(x))), np.int32(0)), east))
        j = np.int32(min(max(np.int32(n[ROW + k] + np.int32(np.floor(y))), np.int32(0)), north))
        s[WX + k] = x - np.float32(np.int32(i - n[COLUMN + k]))
        s[WY + k] = y - np.float32(np.int32(j - n[ROW + k]))
        at = np.int32(j * nx + i)
        n[AT + k] = at
        moved |= np.uint64(at != n[KEPT + k]) << np.uint64(k)
    return moved


@jit(inline=True)
def _keep(moved, data, nx, a, b, s, n):
    """Bring the corners of the cells that are not kept: at the first level, and what the second has more."""
    row = _TWO * np.uint64(nx)
    while moved:
        k = lowest_bit(moved)
        moved &= moved - _ONE
        node = n[np.uint64(AT) + k]
        n[np.uint64(KEPT) + k] = node
        sa = _TWO * (np.uint64(np.uint32(node)) + np.uint64(a))
        sb = sa + _TWO * (np.uint64(b) - np.uint64(a))
        to = np.uint64(CORNERS) + k
        for c in range(4):
            e = np.uint64(c)
            south, north = data[sa + e], data[sa + row + e]
            s[to + np.uint64(c * LANES)] = south
            s[to + np.uint64((4 + c) * LANES)] = north
            s[to + np.uint64((8 + c) * LANES)] = data[sb + e] - south
            s[to + np.uint64((12 + c) * LANES)] = data[sb + row + e] - north


@jit(inline=True, fuse=True)
def _stage(weight, metric, radians, offset, share, s):
    """The velocity at each boat's place, in degrees, added to its step; and the next stage's place."""
    for k in range(LANES):
        x, y, at = s[WX + k], s[WY + k], CORNERS + k
        su = s[at] + weight * s[at + 8 * LANES]
        sv = s[at + LANES] + weight * s[at + 9 * LANES]
        eu = s[at + 2 * LANES] + weight * s[at + 10 * LANES]
        ev = s[at + 3 * LANES] + weight * s[at + 11 * LANES]
        nu = s[at + 4 * LANES] + weight * s[at + 12 * LANES]
        nv = s[at + 5 * LANES] + weight * s[at + 13 * LANES]
        mu = s[at + 6 * LANES] + weight * s[at + 14 * LANES]
        mv = s[at + 7 * LANES] + weight * s[at + 15 * LANES]
        west_u, west_v = su + y * (nu - su), sv + y * (nv - sv)
        east_u, east_v = eu + y * (mu - eu), ev + y * (mv - ev)
        kx, ky = degrees_per_metre(metric, s[PHI + k] + s[DY + k] * radians)
        u = (west_u + x * (east_u - west_u)) * kx
        v = (west_v + x * (east_v - west_v)) * ky
        s[SUM_X + k] += share * u
        s[SUM_Y + k] += share * v
        s[DX + k] = offset * u
        s[DY + k] = offset * v


@jit(driver=True)
def carry(lon, lat, data, nx, ny, origin, cells, a, b, weight, metric, radians, stages, d, s, n):
    """Carry boats through a current between two levels, as ``drive.drive`` does, without anything that it keeps.

    Kept are the corners of a boat's cell, as there. There are no boats but places: no state of theirs, release, end,
    coast or edge of the domain, no members, no count of steps, and one field on uniform axes.

    Parameters
    ----------
    lon, lat : ndarray of float64, shape (m,)
        Degrees, m a multiple of ``LANES``; changed in place.
    data : ndarray of float32
        Levels, flat, u and v of a node side by side, m/s.
    nx, ny : int32
    origin : ndarray of float64, shape (4,)
        Longitude and latitude of the first node, cells per degree east and north.
    cells : ndarray of real, shape (2,)
        Cells per degree.
    a, b : int
        First nodes of the two levels in ``data``.
    weight : ndarray of real, shape (steps, 3)
        Of the second level, at the beginning, in the middle and at the end of each step.
    metric, stages : ndarray of real
        As for ``drive.drive``.
    radians : real
        Radians per degree.
    d, s, n : ndarray of float64, real, int32, shape (SIZE_D,), (SIZE_S,), (SIZE_N,)
        Scratch memory.
    """
    for first in range(0, lon.size, LANES):
        for k in range(LANES):
            d[LON + k] = lon[first + k]
            d[LAT + k] = lat[first + k]
            n[KEPT + k] = -1
        for step in range(weight.shape[0]):
            _begin(origin[0], origin[1], origin[2], origin[3], radians, d, s, n)
            for stage in range(stages.shape[1]):
                moved = _locate(nx, ny, cells[0], cells[1], s, n)
                _keep(moved, data, nx, a, b, s, n)
                _stage(weight[step, (stage + 1) // 2], metric, radians, stages[0, stage], stages[1, stage], s)
            for k in range(LANES):
                d[LON + k] += s[SUM_X + k]
                d[LAT + k] += s[SUM_Y + k]
        for k in range(LANES):
            lon[first + k] = d[LON + k]
            lat[first + k] = d[LAT + k]
