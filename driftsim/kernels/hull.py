"""The leeway of one hull: its class's coefficients with the perturbation that is drawn for the boat.

Leeway is linear in the 10 m wind speed W (Allen 2005; Breivik and Allen 2008, doi:10.1016/j.jmarsys.2007.02.010)::

    component = (slope + eps/20) W + offset + eps/2        eps ~ N(0, std)

with W, offset, std and eps in m/s, slope as a fraction and 20 in m/s: at 10 m/s the perturbation is just eps. (In the
tables slope is in percent and offset, std and eps in cm/s; the formula is the same.) At W = 0 the offset remains, but
the direction of the wind does not: a driver takes no leeway in a dead calm.
"""

from __future__ import annotations

import numpy as np

from .jit import jit
from .random import STREAM_HULL, draw, normal_pair, uniform

COLUMNS = 9
"""Of a class: slope, offset (m/s) and std (m/s), downwind; the same for the right and for the left of the wind."""

ROW = COLUMNS + 2
"""A row of the kernels' table: those, and what every hull of the run is carried along beside its leeway, as fractions
of the wind: downwind, and to the right whichever side the hull lies on."""

ATTEMPTS = 16
"""Draws of the downwind perturbation before a slope that is still negative is set to 0.

The table's worst class (PIW-2: 0.48 % with a spread of 0.415 %) is refused 12 % of the time: 16 refusals in 1e15."""

_PER_SLOPE = np.float32(1.0 / 20.0)
_PER_OFFSET = np.float32(0.5)


@jit(inline=True)
def orientation(seed, boat):
    """Side of the wind to which the hull goes at first: 1 right, -1 left, half of the boats each."""
    _, _, r2, _ = draw(seed, boat, np.uint32(0), STREAM_HULL)
    return np.int8(1) if uniform(r2) < np.float32(0.5) else np.int8(-1)


@jit
def draw_hull(seed, boat, redraw, table, boat_class):
    """Leeway coefficients of one boat.

    The crosswind pairs of both sides come from the same standard normal, mirrored, so that a jibe changes over from one
    of the class's pairs to the other and the hull stays as far from the mean as it was. Any class (the one that a boat
    has after capsizing too) uses the same normals.

    Parameters
    ----------
    seed, boat : int
        Identity.
    redraw : int
        Which perturbation: 0, and 1, 2, ... where the config has it redrawn now and then; below 2**28.
    table : ndarray of float32, shape (2 * class, 11)
        ``ROW`` of each class, north and then south of the equator; the slope to the left is negative.
    boat_class : int
        Row of the table; the caller has checked it.

    Returns
    -------
    a_down, b_down, a_right, b_right, a_left, b_left : float32
        ``a * W + b`` is the speed in m/s along the wind, and across it (positive to the right of where the wind blows
        to) for a hull that lies to the right and to the left.
    """
    k = np.int64(boat_class)
    first = np.uint32(np.uint64(redraw) * np.uint64(ATTEMPTS))
    r0, r1, _, _ = draw(seed, boat, first, STREAM_HULL)
    z_down, z_cross = normal_pair(r0, r1)
    slope, spread = table[k, 0], np.float32(table[k, 2] * _PER_SLOPE)
    if spread > np.float32(0.0):
        attempt = 1
        while np.float32(slope + spread * z_down) <= np.float32(0.0) and attempt < ATTEMPTS:
            r0, r1, _, _ = draw(seed, boat, np.uint32(first + np.uint32(attempt)), STREAM_HULL)
            z_down, _ = normal_pair(r0, r1)
            attempt += 1
    down = np.float32(table[k, 2] * z_down)
    right = np.float32(table[k, 5] * z_cross)
    left = np.float32(-table[k, 8] * z_cross)
    a_down = np.float32(slope + down * _PER_SLOPE)
    if spread > np.float32(0.0) and a_down < np.float32(0.0):
        a_down = np.float32(0.0)
    # What carries the hull comes after the draws: it refuses none, and a jibe does not turn it round.
    return (
        np.float32(a_down + table[k, 9]),
        np.float32(table[k, 1] + down * _PER_OFFSET),
        np.float32(np.float32(table[k, 3] + right * _PER_SLOPE) + table[k, 10]),
        np.float32(table[k, 4] + right * _PER_OFFSET),
        np.float32(np.float32(table[k, 6] + left * _PER_SLOPE) + table[k, 10]),
        np.float32(table[k, 7] + left * _PER_OFFSET),
    )


@jit
def draw_hulls(seed, boats, boat_class, table, redraw, coefficients, orientations):
    """``draw_hull`` and ``orientation`` for many boats, into ``coefficients`` (n, 6) and ``orientations`` (n,)."""
    for i in range(boats.size):
        a, b, c, d, e, f = draw_hull(seed, boats[i], redraw, table, boat_class[i])
        coefficients[i, 0] = a
        coefficients[i, 1] = b
        coefficients[i, 2] = c
        coefficients[i, 3] = d
        coefficients[i, 4] = e
        coefficients[i, 5] = f
        orientations[i] = orientation(seed, boats[i])
