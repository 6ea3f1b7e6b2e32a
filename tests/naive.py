"""The kernels once more: slow, obvious, float64, whole arrays, library functions. What they must agree with.

Nothing here imports a kernel. Sources are read through their protocol (``lon``, ``lat``, ``times``, ``level``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

A, F_INVERSE = 6_378_137.0, 298.257_223_563
E2 = (2.0 - 1.0 / F_INVERSE) / F_INVERSE
SPHERE_M = 6_371_008.771_4

# Butcher's tables: when, from which slopes, and how much each counts.
TABLEAU: dict[str, tuple[tuple[float, ...], tuple[tuple[float, ...], ...], tuple[float, ...]]] = {
    "euler": ((0.0,), ((),), (1.0,)),
    "rk2": ((0.0, 0.5), ((), (0.5,)), (0.0, 1.0)),
    "rk4": (
        (0.0, 0.5, 0.5, 1.0),
        ((), (0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)),
        (1 / 6, 1 / 3, 1 / 3, 1 / 6),
    ),
}


def metres_per_degree(metric: str, lat: Any) -> tuple[Array, Array]:
    """Length of a degree of longitude and of latitude (m) at ``lat`` (degrees); 1 on the plane."""
    phi = np.radians(np.asarray(lat, np.float64))
    if metric == "plane":
        return np.ones_like(phi), np.ones_like(phi)
    if metric == "wgs84":
        w = np.sqrt(1.0 - E2 * np.sin(phi) ** 2)
        return np.radians(A / w * np.cos(phi)), np.radians(A * (1.0 - E2) / w**3)
    degree = 111_120.0 if metric == "nautical" else math.radians(SPHERE_M)
    return degree * np.cos(phi), np.full_like(phi, degree)


def _cell(axis: Array, x: Array) -> tuple[NDArray[np.intp], Array]:
    """Cell and weight; beyond the ends the outermost cell goes on."""
    i = np.clip(np.searchsorted(axis, x, side="right") - 1, 0, len(axis) - 2)
    return i, (x - axis[i]) / (axis[i + 1] - axis[i])


def sample(source: Any, lon: Any, lat: Any, time: float, member: Any = 0) -> tuple[Array, Array]:
    """Velocity (m/s): bilinear in space, linear in time."""
    i, wx = _cell(np.asarray(source.lon, np.float64), np.asarray(lon, np.float64))
    j, wy = _cell(np.asarray(source.lat, np.float64), np.asarray(lat, np.float64))
    times = np.asarray(source.times, np.float64)
    levels: list[tuple[int, float]]
    if len(times) == 1:
        levels = [(0, 1.0)]
    else:
        k = min(max(int(np.searchsorted(times, time, side="right")) - 1, 0), len(times) - 2)
        w = min(max((time - times[k]) / (times[k + 1] - times[k]), 0.0), 1.0)
        levels = [(k, 1.0 - w), (k + 1, w)]
    out = np.zeros((*i.shape, 2))
    for k, share in levels:
        field = source.level(k).astype(np.float64)
        m = np.asarray(member) % source.members
        for di, x in ((0, 1.0 - wx), (1, wx)):
            for dj, y in ((0, 1.0 - wy), (1, wy)):
                out += share * (x * y)[..., None] * field[m, j + dj, i + di]
    return out[..., 0], out[..., 1]


def leeway(wu: Any, wv: Any, hulls: Array, side: Any = 1) -> tuple[Array, Array]:
    """Leeway of hulls (n, 6) in a wind blowing towards (wu, wv): along it, and across to its right or left."""
    h = np.asarray(hulls, np.float64)
    speed = np.hypot(wu, wv)
    along = h[:, 0] * speed + h[:, 1]
    across = np.where(np.asarray(side) > 0, h[:, 2] * speed + h[:, 3], h[:, 4] * speed + h[:, 5])
    east, north = wu / speed, wv / speed
    return along * east + across * north, along * north - across * east


def step(
    lon: Array,
    lat: Array,
    sources: Mapping[str, Any],
    time: float,
    dt: float,
    *,
    scheme: str = "rk4",
    metric: str = "wgs84",
    hulls: Any = None,
    side: Any = 1,
    member: Any = 0,
    noise: tuple[Any, Any] = (0.0, 0.0),
    gust: tuple[Any, Any] = (0.0, 0.0),
) -> tuple[Array, Array]:
    """One step of a Runge-Kutta scheme for the whole motion, in degrees. ``noise`` and ``gust`` (m/s) are held."""

    def slope(x: Array, y: Array, t: float) -> Array:
        u, v = np.zeros_like(x) + noise[0], np.zeros_like(x) + noise[1]
        for kind in ("current", "stokes"):
            if kind in sources:
                du, dv = sample(sources[kind], x, y, t, member)
                u, v = u + du, v + dv
        if "wind" in sources:
            wu, wv = sample(sources["wind"], x, y, t, member)
            du, dv = leeway(wu + gust[0], wv + gust[1], hulls, side)
            u, v = u + du, v + dv
        east, north = metres_per_degree(metric, y)
        return np.stack([u / east, v / north])

    when, parts, weights = TABLEAU[scheme]
    start, slopes = np.stack([lon, lat]), []
    for c, row in zip(when, parts, strict=True):
        place = start + dt * sum((a * k for a, k in zip(row, slopes, strict=True)), np.zeros_like(start))
        slopes.append(slope(place[0], place[1], time + c * dt))
    end = start + dt * sum((b * k for b, k in zip(weights, slopes, strict=True)), np.zeros_like(start))
    return end[0], end[1]


def advect(
    lon: Any, lat: Any, *, start: float = 0.0, step_s: float = 3600.0, steps: int, **how: Any
) -> tuple[Array, Array]:
    """`step` after `step`; ``how`` as there, with the sources by kind."""
    sources = {kind: how.pop(kind) for kind in ("current", "wind", "stokes") if kind in how}
    x, y = np.array(lon, np.float64), np.array(lat, np.float64)
    for i in range(steps):
        x, y = step(x, y, sources, start + i * step_s, step_s, **how)
    return x, y


# --- chance ---------------------------------------------------------------------------------------------------------

STEP, FLIGHT, WIND = 0, 1, 2
"""Streams: walk, jibe and hazards; random flight and current error; wind error."""


def philox(number: Any, step_: Any, stream: int, seed: int) -> NDArray[np.uint64]:
    """Four random words (4, n) of Philox 4x32-10 for counter (number, step, stream) and key seed."""
    low = np.uint64(0xFFFFFFFF)
    number = np.asarray(number).astype(np.uint64)
    c = [number & low, number >> np.uint64(32), np.full_like(number, step_), np.full_like(number, stream)]
    k = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        a, b = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [
            (b >> np.uint64(32)) ^ c[1] ^ np.uint64(k[0]),
            b & low,
            (a >> np.uint64(32)) ^ c[3] ^ np.uint64(k[1]),
            a & low,
        ]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(c)


def normals(first: Any, second: Any) -> tuple[Array, Array]:
    """Two standard normals from two words (Box-Muller)."""
    radius = np.sqrt(-2.0 * np.log((first.astype(np.float64) + 0.5) / 2.0**32))
    angle = 2.0 * math.pi * second.astype(np.float64) / 2.0**32
    return radius * np.cos(angle), radius * np.sin(angle)


def uniforms(words: Any) -> Array:
    """Uniforms in (0, 1) from words, of 23 bits."""
    return ((words >> np.uint64(9)).astype(np.float64) + 0.5) / 2.0**23


def jibe(side: Any, draw: Any, probability: float) -> NDArray[Any]:
    """Sides of the wind after a step."""
    return np.where(draw < probability, -side, side)


def flight(u: Any, normal: Any, speed: float, seconds: float, memory_s: float) -> Array:
    """Exact update of an Ornstein-Uhlenbeck velocity of standard deviation ``speed`` and memory ``memory_s``."""
    keep = math.exp(-seconds / memory_s)
    return keep * np.asarray(u) + speed * math.sqrt(1.0 - keep**2) * normal


def milstein(x: Array, k: Any, slope: Any, seconds: float, normal: Array, *, gradient: bool = True) -> Array:
    """A step of a random walk where the diffusivity varies; ``gradient=False`` is the scheme that forgets its slope."""
    value = np.maximum(k(x), 0.0)
    drift = 0.5 * slope(x) * seconds * (normal**2 + 1.0) if gradient else 0.0
    return x + drift + normal * np.sqrt(2.0 * value * seconds)


def euler_maruyama(x: Array, k: Any, slope: Any, seconds: float, normal: Array) -> Array:
    """The same with the drift and without Milstein's correction: right on average, wrong next to a barrier."""
    return x + slope(x) * seconds + normal * np.sqrt(2.0 * np.maximum(k(x), 0.0) * seconds)
