"""Flows with known paths, put on grids, and what carries particles through them.

All numbers are asymmetric on purpose: a swap of axes or components, or a lost sign, must show. Formulae: Fabbroni 2009
(eddies), North et al. 2009 (peninsula), Stommel 1948 (gyre). Coordinates are metres where the metric is ``plane``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import quad
from scipy.optimize import brentq

from driftsim.drift.advection import KINDS, REALS, Advection, new_state, plain_physics
from driftsim.forcing.memory import MemorySource
from driftsim.system.constants import SPHERE_RADIUS_M, WGS84_A_M, WGS84_E2

Flow = Callable[[Any, Any, Any], tuple[Any, Any]]

NO_EDGES = {"west": -1e12, "east": 1e12, "south": -1e12, "north": 1e12}
"""Physics for coordinates in metres: the edges of the domain are in the coordinates' units."""


def gridded(kind: str, lon: ArrayLike, lat: ArrayLike, times: ArrayLike, flow: Flow) -> MemorySource:
    """``flow(x, y, t) -> u, v`` sampled at the nodes and levels of a grid (as float32, like every field)."""
    t, y, x = np.meshgrid(np.asarray(times, float), np.asarray(lat, float), np.asarray(lon, float), indexing="ij")
    values = np.stack(np.broadcast_arrays(*flow(x, y, t), x)[:2], axis=-1)
    return MemorySource(kind, lon, lat, times, values, fastest_m_s=np.inf)  # some are faster than any sea


def uniform(
    kind: str, u: ArrayLike, v: ArrayLike, box: tuple[float, float, float, float] = (-180.0, 180.0, -80.0, 80.0)
) -> MemorySource:
    """A steady velocity that is the same everywhere; arrays give one member each."""
    pairs = np.stack(np.broadcast_arrays(np.atleast_1d(u), np.atleast_1d(v)), axis=-1).astype(np.float32)
    values = np.broadcast_to(pairs[None, :, None, None, :], (1, len(pairs), 2, 2, 2))
    return MemorySource(kind, box[:2], box[2:], [0.0], values, fastest_m_s=np.inf)


def varying(
    kind: str, times: ArrayLike, flow: Flow, box: tuple[float, float, float, float] = (-1e6, 1e6, -1e6, 1e6)
) -> MemorySource:
    """A velocity that is the same everywhere and changes with time, on 2 x 2 nodes."""
    return gridded(kind, box[:2], box[2:], times, flow)


def boats(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    step_s: float = 3600.0,
    start: float = 0.0,
    scheme: str = "rk4",
    precision: str = "double",
    physics: Mapping[str, Any] | None = None,
    seed: int = 1,
    more: Mapping[str, Any] | None = None,
    **sources: Any,
) -> Advection:
    """Boats that wait to be driven: change ``.state`` first (the last row is the spare one), then `go`.

    ``sources`` are current, wind, stokes; ``more`` goes to `Advection` (metric, shore, hulls, diffusivity).
    """
    real = REALS[precision]
    state = new_state(lon, lat, real)
    plain = plain_physics(abs(step_s), real, seed=seed, backward=step_s < 0.0)
    given = {k: type(getattr(plain, k))(v) for k, v in (physics or {}).items()}
    way = math.copysign(1.0, step_s)
    return Advection(
        {k: sources[k] for k in KINDS if k in sources}, state, plain._replace(**given),
        lambda elapsed: start + way * elapsed, scheme=scheme, **(more or {}),
    )  # fmt: skip


def go(advection: Advection, steps: int, first: int = 0, window: int = 24) -> NDArray[Any]:
    """Drive all boats from step ``first`` on; returns their rows of the state."""
    order = advection.order(np.arange(len(advection.state) - 1))
    for step in range(first, first + steps, window):
        advection.drive(order, step, min(window, first + steps - step))
    return advection.state[:-1]


def metres(lon: Any, lat: Any, lon1: Any, lat1: Any, degree: float = 111_120.0) -> NDArray[np.float64]:
    """Distance between near points, m."""
    east = (np.asarray(lon) - lon1) * degree * np.cos(np.radians(lat1))
    return np.hypot(east, (np.asarray(lat) - lat1) * degree)


# --- flows whose paths are known ------------------------------------------------------------------------------------

F = 1e-4  # 1/s
U0, UG = 0.3, 0.04  # m/s
GAMMA, GAMMA_G = 1.0 / (2.89 * 86400.0), 1.0 / (28.9 * 86400.0)  # 1/s


@dataclass(frozen=True)
class Eddy:
    """Uniform in space: a mean flow ``ug`` that fades at ``gamma_g``, an inertial turning that fades at ``gamma``.

    ``ug = 0`` and no fading is the stationary eddy, no fading the moving one.
    """

    ug: float = 0.0
    gamma: float = 0.0
    gamma_g: float = 0.0

    def velocity(self, x: Any, y: Any, t: Any) -> tuple[Any, Any]:
        turn = (U0 - self.ug) * np.exp(-self.gamma * t)
        return self.ug * np.exp(-self.gamma_g * t) + turn * np.cos(F * t), -turn * np.sin(F * t)

    def path(self, x0: Any, y0: Any, t: Any) -> tuple[Any, Any]:
        a = (U0 - self.ug) * F / (F**2 + self.gamma**2)
        g = self.gamma / F
        drift = self.ug * (-math.expm1(-self.gamma_g * t) / self.gamma_g if self.gamma_g else t)
        fade, sine, cosine = math.exp(-self.gamma * t), math.sin(F * t), math.cos(F * t)
        return x0 + drift + a * (g + fade * (sine - g * cosine)), y0 - a * (1.0 - fade * (cosine + g * sine))


STATIONARY, MOVING, DECAYING = Eddy(), Eddy(UG), Eddy(UG, GAMMA, GAMMA_G)


@dataclass(frozen=True)
class Rotation:
    """Solid-body rotation, clockwise, about (30, 30) of a 60 x 60 square.

    The rate is 2 pi a day but for its last bits: 17 of them, so that its products with half-integers are exact in
    float32 and the grid holds the very flow.
    """

    rate: float = round(2.0 * math.pi / 86400.0 * 2**30) / 2**30

    def velocity(self, x: Any, y: Any, t: Any) -> tuple[Any, Any]:
        return self.rate * (y - 30.0), -self.rate * (x - 30.0)

    def path(self, x0: Any, y0: Any, t: Any) -> tuple[Any, Any]:
        x, y, c, s = x0 - 30.0, y0 - 30.0, math.cos(self.rate * t), math.sin(self.rate * t)
        return 30.0 + x * c + y * s, 30.0 - x * s + y * c

    def source(self) -> MemorySource:
        axis = np.linspace(0.0, 60.0, 121)
        return gridded("current", axis, axis, [0.0], self.velocity)


class Peninsula:
    """Potential flow past a half cylinder on the lower shore, 100 x 50 km."""

    U, R, X = 1.0, 0.32 * 50_000.0, 50_000.0

    def psi(self, x: Any, y: Any) -> Any:
        """Stream function, m2/s; 0 along the shore."""
        return self.U * self.R**2 * y / ((x - self.X) ** 2 + y**2) - self.U * y

    def velocity(self, x: Any, y: Any, t: Any) -> tuple[Any, Any]:
        dx, r4 = x - self.X, ((x - self.X) ** 2 + y**2) ** 2
        sea = self.psi(x, y) < 0.0
        u = self.U - self.U * self.R**2 * (dx**2 - y**2) / r4
        return np.where(sea, u, 0.0), np.where(sea, -2.0 * self.U * self.R**2 * dx * y / r4, 0.0)


class Gyre:
    """Stommel's wind-driven gyre with its western boundary layer, 10 000 km square."""

    SIZE, S = 1e7, 0.05
    EPS = (1.0 / (11.6 * 86400.0)) / (2e-11 * 1e7)

    def psi(self, x: Any, y: Any) -> Any:
        """Stream function, in units of the gyre's size."""
        xi, eta = x / self.SIZE, y / self.SIZE
        return self.S * math.pi * (1.0 - np.exp(-xi / self.EPS) - xi) * np.sin(math.pi * eta)

    def velocity(self, x: Any, y: Any, t: Any) -> tuple[Any, Any]:
        xi, eta = x / self.SIZE, y / self.SIZE
        decay = np.exp(-xi / self.EPS)
        return (
            -self.S * math.pi**2 * (1.0 - decay - xi) * np.cos(math.pi * eta),
            self.S * math.pi * (decay / self.EPS - 1.0) * np.sin(math.pi * eta),
        )


def two_eddies(metric: str) -> MemorySource:
    """Two Gaussian eddies that move at 0.1 m/s, one to the west, one to the north-west, as eight daily fields.

    200 x 350 nodes of 0-4 E, 45-52 N, or of 400 x 700 km. Velocities from the height's exact slope; the sense of
    turning is that of the original, which has it reversed.
    """
    nx, ny, flat = 200, 350, metric == "plane"
    lon = np.linspace(0.0, 400e3 if flat else 4.0, nx)
    lat = np.linspace(0.0, 700e3, ny) if flat else np.linspace(45.0, 52.0, ny)
    degree = 1.0 if flat else 111_120.0
    dx = (lon[1] - lon[0]) * degree * (1.0 if flat else math.cos(math.radians(float(lat.mean()))))
    dy = (lat[1] - lat[0]) * degree
    times = 86400.0 * np.arange(8.0)
    values = np.zeros((8, ny, nx, 2))
    i, j = np.meshgrid(np.arange(nx), np.arange(ny))
    sx, sy = 0.5 * nx / 4.0, 0.5 * ny / 7.0
    for k, t in enumerate(times):
        x = 0.75 * nx - 0.1 * t / dx
        for y in (ny / 7.0, 3.0 * ny / 7.0 + 0.1 * t / dy):
            height = np.exp(-(((i - x) / sx) ** 2) - ((j - y) / sy) ** 2)
            values[k, ..., 0] += 10.0 / F * height * -2.0 * (j - y) / sy**2 / dy
            values[k, ..., 1] -= 10.0 / F * height * -2.0 * (i - x) / sx**2 / dx
    return MemorySource("current", lon, lat, times, values, fastest_m_s=np.inf)


# --- a constant velocity on the Earth -------------------------------------------------------------------------------


def _meridian_radius(phi: float) -> float:
    return WGS84_A_M * (1.0 - WGS84_E2) / (1.0 - WGS84_E2 * math.sin(phi) ** 2) ** 1.5


def _isometric(phi: float, e2: float) -> float:
    """Isometric latitude: along a rhumb line the longitude is proportional to it."""
    e = math.sqrt(e2)
    return math.asinh(math.tan(phi)) - (e * math.atanh(e * math.sin(phi)) if e2 else 0.0)


def rhumb(lon: float, lat: float, u: float, v: float, seconds: float, metric: str) -> tuple[float, float]:
    """Where a constant velocity (m/s, v not 0) leads: a rhumb line, in closed form but for the meridian's arc.

    ``metric`` is sphere, nautical or wgs84; degrees.
    """
    phi0 = math.radians(lat)
    if metric == "wgs84":
        e2 = WGS84_E2

        def excess(phi: float) -> float:
            return quad(_meridian_radius, phi0, phi, epsabs=0.0, epsrel=1e-13)[0] - v * seconds

        guess = phi0 + v * seconds / WGS84_A_M
        phi1 = float(brentq(excess, guess - 0.01, guess + 0.01, xtol=1e-15, rtol=1e-14))
    else:
        e2 = 0.0
        phi1 = phi0 + v * seconds / (SPHERE_RADIUS_M if metric == "sphere" else math.degrees(111_120.0))
    east = u / v * (_isometric(phi1, e2) - _isometric(phi0, e2))
    return lon + math.degrees(east), math.degrees(phi1)
