"""Latent weather: two slowly forgotten normal numbers a member, the same over the whole basin.

Numbers are keyed by (seed, member, time index) and have no state, so any level can be asked for in any order, and
member 7 of 50 is member 7 of 200.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

# ---- memory of the weather, fitted to the hourly wind of the Ulsan buoy 2021-2023 (docs: wind_climatology) ----

FAST_A_HOURS = 25.0
"""e-folding of the fast part of ``a`` (mostly the eastward wind)."""
SLOW_A_SHARE = 0.06
"""Share of the variance of ``a`` that is slow: what makes one winter windier from the west than the next."""
SLOW_SIGMA_DAYS = 7.0
"""Width of the Gaussian filter of the slow part: its autocorrelation falls to 1/e in twice this, two weeks."""
LONG_B_HOURS = 80.0
FILTERS_B = ((12.0, 0.16, 0.17), (6.0, 1.15, 1.25))
"""Filters of ``b`` (mostly the northward wind) in winter and in autumn: hours t1, c1 and c2 of the weights
exp(-t/t1) + (c1 - c2 t/LONG_B_HOURS) exp(-t/LONG_B_HOURS). The wind forgets v faster in winter, and the weak negative
lobe of some days (weather that comes and goes) keeps the months from differing more in v than they do."""
AUTUMN_B = np.array([0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 1, 0, 0])
"""Share of the autumn filter in the variance of ``b`` by month; the record has September to February alone, so spring
and summer get half of each."""

# ---- the draws ----

_BLOCK = 64
"""Time indices drawn together: 16 days of 6-hourly levels."""
_STREAM = 0x57494E44
"""Second word of the Philox key, so that the wind shares no number with anything else drawn from the seed."""


def _filters(step_hours: float) -> tuple[Array, ...]:
    """Moving-average weights: fast and slow part of ``a`` (variances add up to 1), ``b`` of winter and of autumn."""

    def hours(upto: float) -> Array:
        return np.arange(math.ceil(upto / step_hours), dtype=np.float64) * np.float64(step_hours)

    def unit(weights: Array) -> Array:
        return weights / math.sqrt(float((weights**2).sum()))

    fast = np.exp(-hours(8 * FAST_A_HOURS) / FAST_A_HOURS)
    sigma = SLOW_SIGMA_DAYS * 24.0
    slow = np.exp(-0.5 * ((hours(6 * sigma) - 3 * sigma) / sigma) ** 2)
    t = hours(7 * LONG_B_HOURS)
    b = [np.exp(-t / t1) + (c1 - c2 * t / LONG_B_HOURS) * np.exp(-t / LONG_B_HOURS) for t1, c1, c2 in FILTERS_B]
    return unit(fast) * math.sqrt(1 - SLOW_A_SHARE), unit(slow) * math.sqrt(SLOW_A_SHARE), *map(unit, b)


class Weather:
    """The latent weather of all members, by time index (epoch seconds over the step), without state.

    The normal number of (member m, index n, filter c) is entry ``(m, n mod 64, c)`` of the Philox4x64-10 stream with
    key (seed, stream) and counter (0, n div 64, 0, 0). What is kept is a cache.
    """

    def __init__(self, members: int, seed: int, step_hours: float) -> None:
        self.members = members
        self._key = np.array([seed & 0xFFFFFFFFFFFFFFFF, _STREAM], dtype=np.uint64)
        self._filters = _filters(step_hours)
        self._history = -(-(max(len(weights) for weights in self._filters) - 1) // _BLOCK)
        self._normals: dict[int, Array] = {}
        self._latent: dict[int, Array] = {}

    def _draw(self, block: int) -> Array:
        """Normals of one block, shape (4, members, 64)."""
        if block not in self._normals:
            counter = np.array([0, block & 0xFFFFFFFFFFFFFFFF, 0, 0], dtype=np.uint64)
            raw = np.random.Philox(key=self._key, counter=counter).random_raw(self.members * _BLOCK * 4)
            uniform = ((raw >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
            normal = ndtri(uniform).reshape(self.members, _BLOCK, 4)
            self._normals[block] = np.ascontiguousarray(normal.transpose(2, 0, 1))
            while len(self._normals) > self._history + 2:
                del self._normals[next(iter(self._normals))]
        return self._normals[block]

    def _block(self, block: int) -> Array:
        """``a``, ``b`` of winter and ``b`` of autumn of one block, shape (3, 64, members)."""
        if block not in self._latent:
            noise = np.concatenate([self._draw(i) for i in range(block - self._history, block + 1)], axis=2)
            out = np.zeros((3, self.members, _BLOCK))
            product = np.empty((self.members, _BLOCK))
            # A sum in a fixed order, element by element: a matrix product may round differently for another number
            # of members.
            for part, (target, weights) in enumerate(zip((0, 0, 1, 2), self._filters, strict=True)):
                for lag, weight in enumerate(weights):
                    first = self._history * _BLOCK - lag
                    np.multiply(noise[part, :, first : first + _BLOCK], weight, out=product)
                    out[target] += product
            self._latent[block] = np.ascontiguousarray(out.transpose(0, 2, 1))
            while len(self._latent) > 2:
                del self._latent[next(iter(self._latent))]
        return self._latent[block]

    def at(self, index: int, autumn: float) -> tuple[Array, Array]:
        """``a`` and ``b`` of all members at a time index, each shape (members,), standard normal.

        ``autumn`` is the share of the autumn filter in the variance of ``b``.
        """
        block, inside = divmod(index, _BLOCK)
        a, winter_b, autumn_b = self._block(block)[:, inside]
        return a, math.sqrt(1 - autumn) * winter_b + math.sqrt(autumn) * autumn_b
