"""Where a long random step meets the shore: its path is drawn in between, as finely as land is near.

A step of a random walk is no straight line. Given its two ends it is a Brownian bridge, whose middle is normal about
the chord's with half of the step's spread (in each component), and whose halves are bridges again. A piece is halved
until its own spread is at most `FINE_M`, but only where a shore is within reach. Ends of steps do not change: a boat
that meets no shore is where it would have been.
"""

from __future__ import annotations

import math

import numpy as np

from .jit import jit
from .lanes import LATER_LAT, LATER_LON
from .motion import degrees_per_metre
from .random import STREAM_BRIDGE, draw, normal_pair
from .shore import NO_CROSSING, clear_m, first_crossing

COARSE_M = 1000.0
"""Spread of a step's walk above which its path is drawn: a walk of 50 m²/s spreads by 600 m in an hour."""

FINE_M = 125.0
"""Spread down to which a piece of the path is halved. Straight pieces miss shores by 0.58 of it on average
(Broadie, Glasserman and Kou 1997, doi:10.1111/1467-9965.00035)."""

STRAY = 3.0
"""Spreads by which a path strays from its chord: farther in one step of 66 million (exp(-2 * 3**2))."""

MOST_LEVELS = 22
"""Halvings at most: a spread of 256 km."""


@jit(inline=True)
def _is_far(shore, radians, metric, lon0, lat0, lon1, lat1, spread):
    """Whether no shore is within reach of a piece of the path."""
    kx, ky = degrees_per_metre(metric, lat0 * radians)
    east, north = (lon1 - lon0) / kx, (lat1 - lat0) / ky
    # 4 %, as for the chord of a whole step.
    return clear_m(shore, lon0, lat0) > 1.04 * math.sqrt(east * east + north * north) + STRAY * spread


@jit(leaf=True)
def walk_crossing(shore, metric, radians, lon0, lat0, lon1, lat1, spread, seed, boat, step, d):
    """First crossing of a step's path with the shoreline, from sea to land.

    Parameters
    ----------
    lon0, lat0, lon1, lat1 : float
        Ends of the step, degrees.
    spread : float
        Standard deviation of the step's walk in each component, m.
    seed, boat, step : int
        Identity of the draws; the node of the tree of halvings is part of the stream.
    d : ndarray of float64
        Scratch of the block.

    Returns
    -------
    fraction : float
        Of the step's time, in [0, 1]; 2.0 without a crossing.
    segment : int32
        The segment crossed, or -1.
    lon, lat, from_lon, from_lat : float
        The crossing, and where the straight piece that crosses begins.
    """
    levels = 0
    finest = spread
    while finest > FINE_M and levels < MOST_LEVELS:
        finest *= math.sqrt(0.5)
        levels += 1
    x0, y0, x1, y1 = lon0, lat0, lon1, lat1
    level, node = 0, np.uint32(1)  # node 1 is the step, 2 n and 2 n + 1 the halves of n
    while True:
        here = spread * math.sqrt(0.5**level)
        if not _is_far(shore, radians, metric, x0, y0, x1, y1, here):
            if level < levels:
                r0, r1, _, _ = draw(seed, boat, step, np.uint32(STREAM_BRIDGE | np.uint32(node << np.uint32(8))))
                a, b = normal_pair(r0, r1)
                kx, ky = degrees_per_metre(metric, y0 * radians)
                d[LATER_LON + level], d[LATER_LAT + level] = x1, y1
                x1 = 0.5 * (x0 + x1) + 0.5 * here * a * kx
                y1 = 0.5 * (y0 + y1) + 0.5 * here * b * ky
                level += 1
                node = np.uint32(node << np.uint32(1))
                continue
            part, segment = first_crossing(shore, x0, y0, x1, y1)
            if segment >= 0:
                pieces = 2.0**level
                fraction = (np.float64(node) - pieces + part) / pieces
                return fraction, segment, x0 + part * (x1 - x0), y0 + part * (y1 - y0), x0, y0
        while level > 0 and node & np.uint32(1):  # the second half of its whole, which is done with it
            node = np.uint32(node >> np.uint32(1))
            level -= 1
        if level == 0:
            return NO_CROSSING, np.int32(-1), lon1, lat1, lon0, lat0
        node = np.uint32(node + np.uint32(1))
        x0, y0 = x1, y1
        x1, y1 = d[LATER_LON + level - 1], d[LATER_LAT + level - 1]
