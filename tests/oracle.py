"""Drift by other means: double precision, scipy, and velocities straight from the NetCDF files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from scipy.interpolate import RegularGridInterpolator

Velocity = Callable[[Any, Any, float], np.ndarray]

A, E2 = 6_378_137.0, 0.006694379990141316  # WGS84


def epoch(text: str) -> float:
    """Seconds since 1970 of an ISO date."""
    return float(np.datetime64(text, "s").astype(np.int64))


def on_grid(lon: Any, lat: Any, u: Any, v: Any, times: Any = None) -> Velocity:
    """Bilinear in space, linear in time, held before the first and after the last time; u, v are ([time,] lat, lon)."""
    lon, lat = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    values = np.stack([np.asarray(u, np.float64), np.asarray(v, np.float64)], axis=-1)
    if lat[0] > lat[-1]:
        lat, values = lat[::-1], np.flip(values, axis=-3)
    if times is None:
        steady = RegularGridInterpolator((lat, lon), values.reshape(lat.size, lon.size, 2), bounds_error=False)
        return lambda x, y, t: steady(np.column_stack([y, x]))
    times = np.asarray(times, np.float64)
    moving = RegularGridInterpolator((times, lat, lon), values, bounds_error=False)

    def velocity(x: Any, y: Any, t: float) -> np.ndarray:
        return moving(np.column_stack([np.full(np.size(x), min(max(t, times[0]), times[-1])), y, x]))

    return velocity


def from_file(path: Path, u: str, v: str, times: Any = None) -> Velocity:
    """A field as it lies in a file, with its NaN; ``times`` are epoch seconds, none for a single step."""
    with netCDF4.Dataset(path) as file:
        names = {n.lower(): n for n in file.variables}
        lon, lat = (np.ma.filled(file[names.get(n, n[:3])][:], np.nan) for n in ("longitude", "latitude"))
        east, north = (np.ma.filled(file[n][:].astype(np.float64), np.nan) for n in (u, v))
    return on_grid(lon, lat, east, north, times)


def windage(wind: Velocity, percent: float, angle_deg: float = 0.0) -> Velocity:
    """A part of the wind, turned to its right."""
    c, s = 0.01 * percent * np.cos(np.radians(angle_deg)), 0.01 * percent * np.sin(np.radians(angle_deg))
    return lambda x, y, t: wind(x, y, t) @ np.array([[c, -s], [s, c]])


def total(*parts: Velocity) -> Velocity:
    """The sum of velocities."""
    return lambda x, y, t: sum(part(x, y, t) for part in parts)


def degrees(velocity: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Degrees a second on the WGS84 ellipsoid."""
    w = np.sqrt(1.0 - E2 * np.sin(np.radians(lat)) ** 2)
    east, north = A / w * np.cos(np.radians(lat)), A * (1.0 - E2) / w**3
    return np.degrees(velocity / np.column_stack([east, north]))


def rk4(velocity: Velocity, lon: Any, lat: Any, begin: float, end: float, step_s: float) -> np.ndarray:
    """Places (n, 2) at ``end``, epoch seconds, of particles that are at lon, lat at ``begin``, which may be later.

    NaN for those that come to where a file has no value.
    """
    p = np.column_stack([lon, lat]).astype(np.float64)
    steps = round(abs(end - begin) / step_s)
    h = (end - begin) / steps

    def slope(q: np.ndarray, t: float) -> np.ndarray:
        return degrees(velocity(q[:, 0], q[:, 1], t), q[:, 1])

    for i in range(steps):
        t = begin + i * h
        a = slope(p, t)
        b = slope(p + 0.5 * h * a, t + 0.5 * h)
        c = slope(p + 0.5 * h * b, t + 0.5 * h)
        d = slope(p + h * c, t + h)
        p = p + h / 6.0 * (a + 2.0 * b + 2.0 * c + d)
    return p


def metres(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Distance of places (n, 2) that are near each other."""
    mid = 0.5 * (p[:, 1] + q[:, 1])
    return np.hypot(*((p - q) / degrees(np.ones((len(p), 2)), mid)).T)
