"""Jibing and capsizing: how a boat's leeway coefficients change while it drifts."""

from __future__ import annotations

import math

import numpy as np

from .jit import jit
from .lanes import (
    CROSS_A,
    CROSS_B,
    DOWN_A,
    DOWN_B,
    GO,
    HAZARD,
    JIBE,
    JIBE_CHANCE,
    LANES,
    OTHER_A,
    OTHER_B,
    SIDE,
    SPEED,
)


@jit(inline=True)
def load_hull(state, p, side, k, s):
    """Put the leeway coefficients of boat ``p`` into lane ``k``."""
    s[DOWN_A + k] = state[p].down_a
    s[DOWN_B + k] = state[p].down_b
    right = side > 0
    s[CROSS_A + k] = state[p].right_a if right else state[p].left_a
    s[CROSS_B + k] = state[p].right_b if right else state[p].left_b
    s[OTHER_A + k] = state[p].left_a if right else state[p].right_a
    s[OTHER_B + k] = state[p].left_b if right else state[p].right_b


@jit(inline=True)
def jibe_lanes(s, n):
    """Let boats jibe: the coefficients of the other side take over, as a pair of the table."""
    for k in range(LANES):
        jibes = s[JIBE + k] * s[GO + k] < s[JIBE_CHANCE + k] * s[GO + k]
        a, b = s[CROSS_A + k], s[CROSS_B + k]
        c, d = s[OTHER_A + k], s[OTHER_B + k]
        s[CROSS_A + k] = c if jibes else a
        s[CROSS_B + k] = d if jibes else b
        s[OTHER_A + k] = a if jibes else c
        s[OTHER_B + k] = b if jibes else d
        n[SIDE + k] = -n[SIDE + k] if jibes else n[SIDE + k]


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
    return capsizes(np.float64(s[SPEED + k]), np.float64(s[HAZARD + k]), wind, width, hours)
