"""The map from latent weather to wind that gives a place and month the distribution of its rose.

Two normal numbers ``a`` and ``b`` become the wind by a monotone map,

    u = quantile of u at Phi(a),        v = quantile of v, given that u, at Phi(b)

(the Knothe-Rosenblatt rearrangement).
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, ndtr

from ...system.constants import NAUTICAL_MILE_M, SECONDS_PER_HOUR

Array = NDArray[np.float64]

GALE_M_S = 34 * NAUTICAL_MILE_M / SECONDS_PER_HOUR
"""34 knots, the lower bound of a gale in the atlas."""

# ---- the speeds within an octant ----

SPEED_CV = 0.45
"""Coefficient of variation of the speed at one place, month and direction (0.4-0.7 at the Ulsan buoy)."""
SMALLEST_CV, GREATEST_CV = 0.30, 0.60
"""How far it may go where the gales of a rose leave no other way."""
GALE_KNOWN = 0.005
"""The atlas counts gales in whole percents of a half-degree cell: below this its gale share says only "few"."""
GALE_MIDDLE = 1.08
"""Gales at the middle of a month over those of the whole month: between months the strong winds weaken first, most in
September and October (measured over the shipped roses: 1.0 to 1.2)."""

# ---- the grids ----

NODES = np.linspace(-3.5, 3.5, 43)
"""Nodes of the map in units of ``a`` and ``b``; beyond the last the wind is held (1 level in 2000 of each)."""
_HALF_WIDTH = 3.2
"""Half width of the grid on which a rose's density is laid out, in units of its strongest octant's mean speed."""
_CELLS = 96


def wind_map(share: Array, speed: Array, gale: Array) -> NDArray[np.float32]:
    """Wind of k roses at the nodes of the latent weather.

    Parameters
    ----------
    share, speed : ndarray, shape (k, 8)
    gale : ndarray, shape (k,)

    Returns
    -------
    ndarray of float32, shape (nodes * nodes, k, 2)
        Eastward and northward wind, m/s, for each node of ``a`` and, faster, of ``b`` (both `NODES`).
    """
    nodes, count = len(NODES), len(share)
    probability = ndtr(NODES)
    wind = np.empty((nodes, nodes, count, 2), np.float32)
    for start in range(0, count, 16):  # in batches, because the grids of 16 roses (1.2 MB each) stay in the cache
        part = slice(start, start + 16)
        mass, half = _density(share[part], speed[part], gale[part])
        at_u, at_v = _rearrange(mass, probability)
        cell = 2 * half / _CELLS
        wind[:, :, part, 0] = (at_u * cell[:, None] - half[:, None]).T[:, None, :]
        wind[:, :, part, 1] = np.moveaxis(at_v * cell[:, None, None] - half[:, None, None], 0, 2)
    return wind.reshape(nodes * nodes, count, 2)


@functools.lru_cache(maxsize=16)
def kept_map(share: bytes, speed: bytes, gale: bytes) -> NDArray[np.float32]:
    """`wind_map` of values in bytes, not to be changed: runs in a row, as of a sweep, ask for the same months."""
    of = np.frombuffer(gale)
    made = wind_map(np.frombuffer(share).reshape(of.size, 8), np.frombuffer(speed).reshape(of.size, 8), of)
    made.flags.writeable = False
    return made


def _rearrange(mass: Array, probability: Array) -> tuple[Array, Array]:
    """Quantiles of u (k, m) and of v given u (k, m, m), in cells from the edge, of densities on a grid (k, u, v)."""
    count, nodes = len(mass), len(probability)
    columns = np.zeros((count, _CELLS + 1))
    np.cumsum(mass.sum(axis=2), axis=1, out=columns[:, 1:])
    at_u = _invert(columns / columns[:, -1:], probability)

    # The distribution of v between the middles of two columns of cells is the mixture of theirs.
    inside = np.clip(at_u - 0.5, 0.0, _CELLS - 1.000001)
    left = inside.astype(np.intp)
    right = inside - left
    roses = np.arange(count)[:, None]
    mixed = mass[roses, left] * (1 - right)[..., None] + mass[roses, left + 1] * right[..., None]
    rows = np.zeros((count, nodes, _CELLS + 1))
    np.cumsum(mixed + 1e-30, axis=2, out=rows[..., 1:])
    cumulative = (rows / rows[..., -1:]).reshape(count * nodes, -1)
    return at_u, _invert(cumulative, probability).reshape(count, nodes, nodes)


def _invert(cumulative: Array, probability: Array) -> Array:
    """Positions, in cells, at which rows of a cumulative sum (k, n + 1, from 0 to 1) reach each probability (m,)."""
    rows = np.arange(len(cumulative))[:, None]
    after = (cumulative[:, None, 1:-1] <= probability[None, :, None]).sum(axis=2)
    low, high = cumulative[rows, after], cumulative[rows, after + 1]
    reached: Array = after + np.clip((probability - low) / np.maximum(high - low, 1e-300), 0.0, 1.0)
    return reached


def _density(share: Array, speed: Array, gale: Array) -> tuple[Array, Array]:
    """Probability of each cell of a square (u, v) grid for k roses: mass (k, cells, cells) and half widths (k,)."""
    axis = (np.arange(_CELLS) + 0.5) * (2 * _HALF_WIDTH / _CELLS) - _HALF_WIDTH
    u, v = axis[:, None], axis[None, :]
    s = np.hypot(u, v).ravel()
    position = (np.arctan2(-u, -v).ravel() / (math.pi / 4) + 0.5) % 8.0
    octant = np.minimum(position.astype(np.intp), 7)
    t = position - octant

    below = np.roll(share, 1, axis=1)
    # Harmonic means at the edges keep the density of directions from going below zero (Fritsch-Butland).
    share_edge = 2 * share * below / np.maximum(share + below, 1e-12)
    full = _fill_speeds(share, speed)
    speed_edge = 0.5 * (full + np.roll(full, 1, axis=1))

    def profiles(octant: NDArray[np.intp], t: Array) -> tuple[Array, Array]:
        mean = np.maximum(_octant_profile(full, speed_edge, octant, t), 0.05 * full.max(axis=1, keepdims=True))
        return np.maximum(_octant_profile(share, share_edge, octant, t), 0.0), mean

    fine_share, fine_speed = profiles(np.repeat(np.arange(8), 4), np.tile((np.arange(4) + 0.5) / 4, 8))
    p, d, scale = _fit_tail(fine_share / fine_share.sum(axis=1, keepdims=True), fine_speed, gale)
    direction, mean = profiles(octant, t)
    unit = full.max(axis=1)
    mean /= unit[:, None]

    log_ratio = np.log(s)[None, :] - np.log(mean * scale[:, None])
    power = np.exp(p[:, None] * log_ratio)
    # Constant factors of a rose are left to the normalisation below.
    mass = direction / mean * np.exp((d[:, None] - 1) * log_ratio - power) / s[None, :]
    mass /= mass.sum(axis=1, keepdims=True)
    return mass.reshape(-1, _CELLS, _CELLS), unit * _HALF_WIDTH


def _octant_profile(mean: Array, edge: Array, octant: NDArray[np.intp], t: Array) -> Array:
    """Continuous curve over the circle: a parabola in each octant, with given mean and values at the edges.

    ``mean`` (k, 8), ``edge`` (k, 8) at the lower edge of each octant, ``t`` in [0, 1) within the octant.
    """
    upper = np.roll(edge, -1, axis=1)
    inner, lower_edge, upper_edge = 6 * t * (1 - t), (1 - t) * (1 - 3 * t), t * (3 * t - 2)
    return mean[:, octant] * inner + edge[:, octant] * lower_edge + upper[:, octant] * upper_edge


def _fill_speeds(share: Array, speed: Array) -> Array:
    """Speeds for octants without wind, from their neighbours round the circle: needed at the octants' edges only."""
    speed = speed.copy()
    known = share > 0
    for _ in range(4):
        if known.all():
            break
        left, right = np.roll(known, 1, axis=1), np.roll(known, -1, axis=1)
        around = np.roll(speed, 1, axis=1) * left + np.roll(speed, -1, axis=1) * right
        new = ~known & (left | right)
        speed = np.where(new, around / np.maximum(left.astype(int) + right, 1), speed)
        known |= new
    return speed


def _fit_tail(share: Array, speed: Array, gale: Array) -> tuple[Array, Array, Array]:
    """Parameters p, d and scale of mean 1, each (k,), that give each rose its share of gales (k,).

    ``share`` and ``speed`` (k, n) are those of n directions, finer than octants: the strongest wind of an octant makes
    more gales than its mean does.

    Where the atlas has next to no gales it is Weibull's, unless that has more gales than the atlas could overlook.
    """
    p, d, scale, weibull = _gamma_family()
    misfit = np.empty((len(p), len(share)))
    for i in range(len(p)):
        beyond = gammaincc(d[i] / p[i], (GALE_M_S / (speed * scale[i])) ** p[i])
        excess = np.log(np.maximum((share * beyond).sum(axis=1), 1e-9) / np.maximum(gale * GALE_MIDDLE, GALE_KNOWN))
        # The last term decides among equals, in favour of the usual distribution.
        misfit[i] = np.where(gale < GALE_KNOWN, np.maximum(excess, 0.0), np.abs(excess)) + 1e-3 * abs(i - weibull)
    best = misfit.argmin(axis=0)
    return p[best], d[best], scale[best]


@functools.lru_cache(maxsize=1)
def _gamma_family() -> tuple[Array, Array, Array, int]:
    """Distributions of speed with mean 1, in order of ever fewer gales.

    They are generalised gamma distributions, p / (scale Gamma(d/p)) (s/scale)^(d-1) exp(-(s/scale)^p). In the middle
    part p grows at the usual coefficient of variation (p = d is Weibull's; a greater p has fewer gales and more light
    airs). Before and after it the coefficient falls from its greatest to its smallest, for the few roses with many
    gales in moderate winds, and with few in strong ones.

    Returns
    -------
    p, d, scale : ndarray
    weibull : int
        The place of Weibull's in the order.
    """
    p = np.concatenate([np.full(8, 1.3), np.geomspace(1.3, 5.0, 25), np.full(12, 5.0)])
    falling = np.linspace(SPEED_CV, SMALLEST_CV, 13)[1:]
    cv = np.concatenate([np.linspace(GREATEST_CV, SPEED_CV, 9)[:-1], np.full(25, SPEED_CV), falling])
    d = np.empty_like(p)
    scale = np.empty_like(p)
    for i in range(len(p)):
        low, high = 0.3, 60.0
        for _ in range(50):
            middle = 0.5 * (low + high)
            g0, g1, g2 = (math.lgamma((middle + r) / p[i]) for r in range(3))
            low, high = (middle, high) if math.exp(g2 + g0 - 2 * g1) - 1 > cv[i] ** 2 else (low, middle)
        d[i] = 0.5 * (low + high)
        scale[i] = math.exp(math.lgamma(d[i] / p[i]) - math.lgamma((d[i] + 1) / p[i]))
    return p, d, scale, int(np.abs(p - d).argmin())
