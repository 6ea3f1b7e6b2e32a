"""What a peer's known deviations do to the end positions: a plain float64 integrator that has them.

An agreement that is far from perfect is explained if the twin with the peer's deviation lands where the peer does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from netCDF4 import Dataset
from numpy.typing import NDArray
from pyproj import Geod

Vector = tuple[NDArray[np.float64], NDArray[np.float64]]
NAUTICAL_M = 1852.0 * 60.0


def _on_rectangle(w: Any, i: Any, j: Any, a: Any, b: Any) -> Any:
    """Bilinear."""
    south, north = (1 - a) * w[j, i] + a * w[j, i + 1], (1 - a) * w[j + 1, i] + a * w[j + 1, i + 1]
    return (1 - b) * south + b * north


def _on_triangle(w: Any, i: Any, j: Any, a: Any, b: Any) -> Any:
    """Linear on the two halves of a cell that is cut from south-west to north-east."""
    corner = np.where(a > b, w[j, i + 1], w[j + 1, i])
    return (1 - np.maximum(a, b)) * w[j, i] + np.abs(a - b) * corner + np.minimum(a, b) * w[j + 1, i + 1]


def reader(file: str, names: tuple[str, str], blend: Callable[..., Any] = _on_rectangle) -> Callable[..., Vector]:
    """Velocity at a place and hour since the first level: ``blend`` in space, linear in time."""
    with Dataset(file) as data:
        lon, lat, hours = (np.asarray(data[n][:], np.float64) for n in ("longitude", "latitude", "time"))
        levels = [np.asarray(data[n][:], np.float64) for n in names]

    def at(x: Any, y: Any, hour: float) -> Vector:
        k = min(int(np.searchsorted(hours, hour, side="right")) - 1, len(hours) - 2)
        c = (hour - hours[k]) / (hours[k + 1] - hours[k])
        fx, fy = (x - lon[0]) / (lon[1] - lon[0]), (y - lat[0]) / (lat[1] - lat[0])
        i, j = fx.astype(int), fy.astype(int)
        a, b = fx - i, fy - j
        both = []
        for values in levels:
            two = (1.0 - c) * values[k] + c * values[k + 1]
            both.append(blend(two, i, j, a, b))
        return both[0], both[1]

    return at


def geodesic(lon: Any, lat: Any, u: Any, v: Any, seconds: float) -> Vector:
    """Along the geodesic of WGS84."""
    to = Geod(ellps="WGS84").fwd(lon, lat, np.degrees(np.arctan2(u, v)), np.hypot(u, v) * seconds)
    return to[0], to[1]


def opendrift(given: dict[str, Any], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Vector:
    """OpenDrift's step: a geodesic each, RK4 with its last slope after half a step, wind apart and Euler."""
    current = reader(given["current"], ("uo", "vo"))
    wind = reader(given["wind"], ("u10", "v10")) if given["wind"] else None
    dt = float(given["step_s"])
    for step in range(given["steps"]):
        hour = step * dt / 3600.0
        blowing = wind(lon, lat, hour) if wind else None
        first = current(lon, lat, hour)
        flow = first
        if given["scheme"] == "rk4":
            second = current(*geodesic(lon, lat, *first, dt / 2), hour + dt / 7200.0)
            third = current(*geodesic(lon, lat, *second, dt / 2), hour + dt / 7200.0)
            last = current(*geodesic(lon, lat, *third, dt / 2), hour + dt / 3600.0)
            flow = tuple((a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(first, second, third, last, strict=True))
        moves = [flow] if blowing is None else [flow, _blown(given, *blowing)]
        # Leeway moves a boat by the wind first, OceanDrift by the current.
        for move in moves[::-1] if given["leeway"] else moves:
            lon, lat = geodesic(lon, lat, *move, dt)
    return lon, lat


def _blown(given: dict[str, Any], u: Any, v: Any) -> Vector:
    """Velocity that the wind gives to a boat."""
    if not given["leeway"]:
        return u * given["windage"], v * given["windage"]
    down_a, down_b, right_a, right_b = given["leeway"]
    speed = np.hypot(u, v)
    along, across = down_a + down_b / speed, right_a + right_b / speed
    return along * u + across * v, along * v - across * u


def single(given: dict[str, Any], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Vector:
    """RK4 in degrees on the nautical sphere, exact but for positions that are rounded to float32 after each step."""
    current, dt = reader(given["current"], ("uo", "vo")), float(given["step_s"])

    def slope(x: Any, y: Any, hour: float) -> Vector:
        u, v = current(x, y, hour)
        return u / (NAUTICAL_M * np.cos(np.radians(y))), v / NAUTICAL_M

    for step in range(given["steps"]):
        hour, half = step * dt / 3600.0, dt / 7200.0
        a = slope(lon, lat, hour)
        b = slope(lon + a[0] * dt / 2, lat + a[1] * dt / 2, hour + half)
        c = slope(lon + b[0] * dt / 2, lat + b[1] * dt / 2, hour + half)
        d = slope(lon + c[0] * dt, lat + c[1] * dt, hour + 2 * half)
        lon, lat = (
            (p + dt / 6 * (a[i] + 2 * b[i] + 2 * c[i] + d[i])).astype(np.float32).astype(np.float64)
            for i, p in enumerate((lon, lat))
        )
    return lon, lat


def triangles(given: dict[str, Any], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Vector:
    """OceanTracker's step: RK4, linear on triangles, 111 km a degree, the metric taken at the start of the step.

    Its inverse cosine is itself interpolated between the nodes.
    """
    current, dt = reader(given["current"], ("uo", "vo"), _on_triangle), float(given["step_s"])
    with Dataset(given["current"]) as data:
        rows = np.asarray(data["latitude"][:], np.float64)
    for step in range(given["steps"]):
        hour, half = step * dt / 3600.0, dt / 7200.0
        east = np.interp(lat, rows, 1.0 / np.cos(np.radians(rows))) / 111_000.0
        north = 1.0 / 111_000.0

        def to(slope: Vector, seconds: float, x: Any = lon, y: Any = lat, e: Any = east, n: float = north) -> Vector:
            return x + slope[0] * seconds * e, y + slope[1] * seconds * n

        a = current(lon, lat, hour)
        b = current(*to(a, dt / 2), hour + half)
        c = current(*to(b, dt / 2), hour + half)
        d = current(*to(c, dt), hour + 2 * half)
        u, v = ((p + 2 * q + 2 * r + s) / 6 for p, q, r, s in zip(a, b, c, d, strict=True))
        lon, lat = to((u, v), dt)
    return lon, lat


TWINS = {"opendrift": opendrift, "single": single, "triangles": triangles}
