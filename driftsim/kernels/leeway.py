"""Jibing and capsizing: how a boat's leeway coefficients change while it drifts."""

from __future__ import annotations

import math

import numpy as np

from .jit import jit
from .lanes import (
    CROSS_A, CROSS_B, DOWN_A, DOWN_B, GO, HAZARD, JIBE, LANES, OTHER_A, OTHER_B, SIDE, SPEED,
)  # fmt: skip


@jit(inline=True)
def load_hull(hull, p, side, k, s):
    """Put the leeway coefficients of boat ``p`` into lane ``k``; columns of ``hull``: down, right, left; slope, offset."""
    s[DOWN_A, k] = hull[p, 0]
    s[DOWN_B, k] = hull[p, 1]
    right = side > 0
    s[CROSS_A, k] = hull[p, 2] if right else hull[p, 4]
    s[CROSS_B, k] = hull[p, 3] if right else hull[p, 5]
    s[OTHER_A, k] = hull[p, 4] if right else hull[p, 2]
    s[OTHER_B, k] = hull[p, 5] if right else hull[p, 3]


@jit(inline=True)
def jibe_lanes(probability, s, n):
    """Let boats jibe: the coefficients of the other side take over, as a pair of the table."""
    for k in range(LANES):
        jibes = s[JIBE, k] * s[GO, k] < probability * s[GO, k]
        a, b = s[CROSS_A, k], s[CROSS_B, k]
        c, d = s[OTHER_A, k], s[OTHER_B, k]
        s[CROSS_A, k] = c if jibes else a
        s[CROSS_B, k] = d if jibes else b
        s[OTHER_A, k] = a if jibes else c
        s[OTHER_B, k] = b if jibes else d
        n[SIDE, k] = -n[SIDE, k] if jibes else n[SIDE, k]


@jit(inline=True)
def capsizes(speed, draw, wind, width, hours):
    """Whether a boat capsizes in a step of ``hours``, given the wind speed (m/s) and a uniform draw.

    Hourly probability 0.5 + 0.5 tanh((W - wind) / width), compounded over the step.
    """
    # The exact probability takes two library calls; below 0.018 an hour (two widths under) most draws need none.
    if speed < wind - 2.0 * width and draw > 0.02 * max(hours, 1.0):
        return False
    hourly = 0.5 + 0.5 * math.tanh((speed - wind) / width)
    return draw < 1.0 - (1.0 - hourly) ** hours


@jit(inline=True)
def lane_capsizes(k, s, wind, width, hours):
    """:func:`capsizes` for lane ``k``."""
    return capsizes(np.float64(s[SPEED, k]), np.float64(s[HAZARD, k]), wind, width, hours)
