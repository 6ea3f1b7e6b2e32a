"""The whole driver against its slow twin: everything that moves a boat is on, with the same random words.

One step after another in plain numpy, float64, library functions; only the events (coast, edges, hazards) are left out,
which have tests of their own.
"""

from __future__ import annotations

import math
from typing import Any

import naive
import numpy as np
import pytest
from analytic import boats, go

from driftsim.drift import leeway
from driftsim.forcing.memory import MemorySource
from driftsim.kernels import drive

SEED = 7 + (3 << 32)
DT = 1800.0
HULL_TABLE = np.array([leeway.find(key).row for key in ("FISHING-VESSEL-5", "SKIFF-3", "PIW-2")], np.float32)
FLIGHT, ERROR, GUST = (0.15, 40_000.0), (0.05, 80_000.0), (1.5, 50_000.0)  # m/s, s
WALK_M = math.sqrt(2.0 * 12.0 * DT)
JIBE = 0.08


def fields() -> dict[str, MemorySource]:
    rng = np.random.default_rng(2)
    axes = {
        "current": (np.linspace(128.0, 142.0, 57), np.linspace(34.0, 47.0, 53)),
        "stokes": (np.linspace(127.5, 142.5, 31), np.linspace(33.5, 47.5, 29)),
        # Gaussian-like latitudes: the rectilinear path
        "wind": (np.linspace(127.0, 143.5, 12), 40.0 + 7.5 * np.sin(np.linspace(-1.4, 1.4, 14))),
    }
    size = {"current": (3, 0.5, 86_400.0), "stokes": (2, 0.1, 21_600.0), "wind": (5, 9.0, 21_600.0)}
    out = {}
    for kind, (lon, lat) in axes.items():
        members, scale, spacing = size[kind]
        times = np.arange(-spacing, 4.5 * 86_400.0, spacing)
        values = scale * rng.normal(0.2, 1.0, (len(times), members, len(lat), len(lon), 2))
        out[kind] = MemorySource(kind, lon, lat, times, values)
    return out


def setting(n: int) -> dict[str, np.ndarray]:
    """Boats: where, who, in which member, released when, lying to which side."""
    rng = np.random.default_rng(8)
    number = np.sort(rng.choice(2**34, n, replace=False)).astype(np.int64)
    classes = leeway.Coefficients(("a", "b", "c"), np.ones(3) / 3.0, HULL_TABLE, -1)
    hulls = leeway.draw_hulls(SEED, number, (number % 3).astype(np.int16), classes)
    return {
        "lon": rng.uniform(131.0, 139.0, n), "lat": rng.uniform(36.5, 44.0, n), "number": number,
        "member": rng.integers(0, 30, n).astype(np.int32), "release": rng.integers(0, 20, n).astype(np.int32),
        "hulls": hulls.coefficients, "side": hulls.orientation,
    }  # fmt: skip


def memory(speed: float, seconds: float) -> tuple[float, float]:
    keep = math.exp(-DT / seconds)
    return keep, speed * math.sqrt(1.0 - keep**2)


def driven(steps: int, precision: str, scheme: str, n: int, chance: bool = True) -> np.ndarray:
    boat = setting(n)
    physics: dict[str, Any] = {"draws": True, "walk_m": WALK_M, "jibe": JIBE} if chance else {}
    for name, how in (("flight", FLIGHT), ("error", ERROR), ("gust", GUST)):
        keep, kick = memory(*how)
        physics |= {name: True, f"{name}_keep": keep, f"{name}_kick": kick} if chance else {}
    a = boats(
        boat["lon"], boat["lat"], step_s=DT, scheme=scheme, precision=precision, seed=SEED, physics=physics, **fields()
    )  # fmt: skip
    for name in ("number", "member", "release", "side"):
        a.state[name][:-1] = boat[name]
    for column, name in enumerate(drive.HULL):
        a.state[name][:-1] = boat["hulls"][:, column]
    return go(a, steps)


def twin(steps: int, scheme: str, n: int, chance: bool = True) -> dict[str, np.ndarray]:
    boat, sources = setting(n), fields()
    x, y, side = boat["lon"].copy(), boat["lat"].copy(), boat["side"].astype(int)
    state = {name: np.zeros((2, n)) for name in ("flight", "error", "gust")}
    for i in range(steps):
        go_ = boat["release"] <= i
        x1, y1 = naive.step(
            x, y, sources, i * DT, DT, scheme=scheme, hulls=boat["hulls"], side=side, member=boat["member"],
            noise=tuple(state["flight"] + state["error"]), gust=tuple(state["gust"]),
        )  # fmt: skip
        if not chance:
            x, y = np.where(go_, x1, x), np.where(go_, y1, y)
            continue
        words = naive.philox(boat["number"], i, naive.STEP, SEED)
        east, north = naive.metres_per_degree("wgs84", y)
        zx, zy = naive.normals(words[0], words[1])
        x = np.where(go_, x1 + WALK_M * zx / east, x)
        y = np.where(go_, y1 + WALK_M * zy / north, y)
        side = np.where(go_, naive.jibe(side, naive.uniforms(words[2]), JIBE), side)
        flight, wind = (naive.philox(boat["number"], i, stream, SEED) for stream in (naive.FLIGHT, naive.WIND))
        for name, (a, b), how in (
            ("flight", flight[:2], FLIGHT), ("error", flight[2:], ERROR), ("gust", wind[:2], GUST)
        ):  # fmt: skip
            z = naive.normals(a, b)
            new = [naive.flight(v, z[axis], how[0], DT, how[1]) for axis, v in enumerate(state[name])]
            state[name] = np.where(go_, np.stack(new), state[name])
    return {"lon": x, "lat": y, "side": side, **state}


def distance(found: Any, expected: dict[str, np.ndarray]) -> np.ndarray:
    east, north = naive.metres_per_degree("wgs84", expected["lat"])
    return np.hypot((found["lon"] - expected["lon"]) * east, (found["lat"] - expected["lat"]) * north)


@pytest.mark.parametrize("scheme", ["rk4", "rk2", "euler"])
@pytest.mark.parametrize(("precision", "half", "all_"), [("double", 4e-3, 1.0), ("single", 0.04, 5.0)])
def test_four_days_of_everything(scheme: str, precision: str, half: float, all_: float) -> None:
    """Metres, of half of the boats and of all, after up to 192 steps of a kilometre in fields as rough as they can be.

    The kernels' normals are good to 2e-6, which the rough fields magnify; the sides of the wind must be the same.
    """
    n, steps = 130, 192
    found, expected = driven(steps, precision, scheme, n), twin(steps, scheme, n)
    np.testing.assert_array_equal(found["side"], expected["side"])
    assert len({*found["side"].tolist()}) == 2
    for name, (speed, _) in (("flight", FLIGHT), ("error", ERROR), ("gust", GUST)):
        pair = np.stack([found[f"{name}_u"], found[f"{name}_v"]])
        np.testing.assert_allclose(pair, expected[name], atol=2e-5 * speed)
        assert pair.std() > 0.5 * speed
    off = distance(found, expected)
    assert np.median(off) < half
    assert off.max() < all_
    start = setting(n)
    assert np.median(distance(start, expected)) > 20_000.0


@pytest.mark.parametrize("scheme", ["rk4", "rk2", "euler"])
@pytest.mark.parametrize(("precision", "half", "all_"), [("double", 1e-8, 4e-6), ("single", 0.01, 1.0)])
def test_four_days_without_chance(scheme: str, precision: str, half: float, all_: float) -> None:
    off = distance(driven(192, precision, scheme, 130, chance=False), twin(192, scheme, 130, chance=False))
    assert np.median(off) < half
    assert off.max() < all_


def test_another_scheme_would_show() -> None:
    assert np.median(distance(driven(192, "double", "euler", 130), twin(192, "rk4", 130))) > 100.0
