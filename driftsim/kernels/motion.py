"""From metres per second to degrees: the metric of the Earth, and what is added in each stage."""

from __future__ import annotations

import math

import numpy as np

from .jit import jit
from .lanes import (
    CROSS_A,
    CROSS_B,
    DOWN_A,
    DOWN_B,
    DX,
    DY,
    GO,
    GUST_U,
    GUST_V,
    LANES,
    NOISE_U,
    NOISE_V,
    PHI,
    SPEED,
    SUM_X,
    SUM_Y,
    WU,
    WV,
    U,
    V,
)

METRIC_COEFFICIENTS = 18
"""Length of the tuple that :func:`degrees_per_metre` takes: 8 for the cosine, then 5 and 5."""

_ONE = np.float32(1.0)
# Keeps 1/W finite in a calm; a wind of 1e-6 m/s is none.
_CALM2 = np.float32(1e-12)


@jit(inline=True, fuse=True)
def cosine(metric, phi):
    """Cosine of a latitude (radians): a polynomial in its square, so that lane loops vectorise; 1 on a plane."""
    p = phi * phi
    tail = metric[4] + p * (metric[5] + p * (metric[6] + p * metric[7]))
    return metric[0] + p * (metric[1] + p * (metric[2] + p * (metric[3] + p * tail)))


@jit(inline=True, fuse=True)
def degrees_per_metre(metric, phi):
    """Degrees of longitude and of latitude per metre at latitude ``phi`` (radians).

    The ellipsoid's two radii of curvature are series in the squared sine; ``driftsim.area.earth.metric`` makes the
    coefficients, for the ellipsoid, a sphere, or a plane.
    """
    c = cosine(metric, phi)
    q = _ONE - c * c
    east = metric[8] + q * (metric[9] + q * (metric[10] + q * (metric[11] + q * metric[12])))
    north = metric[13] + q * (metric[14] + q * (metric[15] + q * (metric[16] + q * metric[17])))
    return east / c, north


@jit(inline=True)
def leeway_velocity(wu, wv, down_a, down_b, cross_a, cross_b):
    """Leeway of a boat in the wind (wu, wv), blowing towards, m/s.

    Downwind ``down_a * W + down_b``, to the right of the wind ``cross_a * W + cross_b``: with the wind to the north the
    right is the east. Allen 2005 (USCG CG-D-05-05).
    """
    w2 = wu * wu + wv * wv
    inverse = _ONE / np.sqrt(w2 + _CALM2)
    along = down_a + down_b * inverse
    across = cross_a + cross_b * inverse
    return along * wu + across * wv, along * wv - across * wu


@jit(inline=True)
def clear_stage(s):
    """Velocity of a stage before the fields are added: what is held during the step."""
    for k in range(LANES):
        s[U + k] = s[NOISE_U + k]
        s[V + k] = s[NOISE_V + k]
        s[WU + k] = s[GUST_U + k]
        s[WV + k] = s[GUST_V + k]


@jit(inline=True)
def add_leeway(s):
    """Add each boat's leeway in the stage's wind to its velocity."""
    for k in range(LANES):
        u, v = leeway_velocity(s[WU + k], s[WV + k], s[DOWN_A + k], s[DOWN_B + k], s[CROSS_A + k], s[CROSS_B + k])
        s[U + k] += u
        s[V + k] += v


@jit(inline=True)
def keep_speed(s):
    """Keep the wind speed of the first stage, which decides on capsizing."""
    for k in range(LANES):
        s[SPEED + k] = math.sqrt(s[WU + k] * s[WU + k] + s[WV + k] * s[WV + k])


@jit(inline=True, fuse=True)
def close_stage(metric, radians, offset, weight, s):
    """Turn the stage's velocity into degrees with the metric of its own latitude, and set the next stage's place.

    ``offset`` is the time (s) over which this slope is followed to reach the next stage, ``weight`` the time it counts
    for in the step.
    """
    for k in range(LANES):
        kx, ky = degrees_per_metre(metric, s[PHI + k] + s[DY + k] * radians)
        x = s[U + k] * kx * s[GO + k]
        y = s[V + k] * ky * s[GO + k]
        s[SUM_X + k] += weight * x
        s[SUM_Y + k] += weight * y
        s[DX + k] = offset * x
        s[DY + k] = offset * y
