"""Observed order of each scheme, by halving the step.

Every flow is bilinear in one cell and linear in time with its kinks on the steps, so nothing but the scheme is wrong;
the truth is the naive integrator with small steps on the very same nodes. Wind leeway is part of the motion, and the
offset of the leeway makes it nonlinear in the wind. Orders hold to 0.05; Euler's must fail where 4 is asked for.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import naive
import numpy as np
import pytest
from analytic import NO_EDGES, gridded

from driftsim.drift.advection import advect

STEP = 7200.0  # s, the longest
HOURS = 24.0
ORDER = {"euler": 1.0, "rk2": 2.0, "rk4": 4.0}
CUTS = {"euler": (32, 64, 128), "rk2": (4, 8, 16), "rk4": (2, 4, 8)}  # steps in two hours
HULL = np.array([[0.031, 0.04, 0.017, 0.03, -0.02, -0.01]], np.float32)
BOX = {"plane": (-3e6, 3e6, -2e6, 2e6), "wgs84": (-20.0, 40.0, 20.0, 62.0), "sphere": (-20.0, 40.0, 20.0, 62.0)}


@cache
def case(metric: str, unsteady: bool) -> dict[str, Any]:
    """Current, wind and where the particles start."""
    box = BOX[metric]
    middle, half = ((box[0] + box[1]) / 2, (box[2] + box[3]) / 2), ((box[1] - box[0]) / 2, (box[3] - box[2]) / 2)
    times = STEP * np.arange(HOURS * 3600.0 / STEP + 1) if unsteady else np.zeros(1)
    # Scaled to the box: a turn takes about two days everywhere.
    fast = 12.0 if metric == "plane" else 16.0

    def current(x: Any, y: Any, t: Any) -> tuple[Any, Any]:
        x, y = (x - middle[0]) / half[0], (y - middle[1]) / half[1]
        swing = 2.0 * math.pi * t / 129_600.0
        u = fast * (0.1 + 1.1 * y - 0.4 * x + 0.8 * x * y) + 3.0 * np.sin(swing)
        return u, -fast * (0.2 + 1.7 * x - 0.3 * y + 0.6 * x * y) + 2.0 * np.sin(0.7 * swing + 1.0)

    def wind(x: Any, y: Any, t: Any) -> tuple[Any, Any]:
        x, y = (x - middle[0]) / half[0], (y - middle[1]) / half[1]
        swing = 2.0 * math.pi * t / 100_000.0
        return 90.0 + 40.0 * y - 35.0 * x + 30.0 * np.sin(swing), 60.0 * np.cos(swing + 0.3) + 50.0 * x * y - 20.0 * x

    rng = np.random.default_rng(4)
    lon, lat = (m + h * rng.uniform(-0.15, 0.15, 12) for m, h in zip(middle, half, strict=True))
    return {
        "lon": lon, "lat": lat, "metric": metric,
        "current": gridded("current", box[:2], box[2:], times, current),
        "wind": gridded("wind", box[:2], box[2:], times, wind),
        "hulls": HULL,
    }  # fmt: skip


@cache
def truth(metric: str, unsteady: bool) -> np.ndarray:
    steps = round(HOURS * 3600.0 / STEP) * 32
    return np.stack(naive.advect(**case(metric, unsteady), step_s=STEP / 32.0, steps=steps))


def error(metric: str, unsteady: bool, scheme: str, cut: int) -> float:
    """Root mean square distance to the truth, in the coordinates' units."""
    physics = NO_EDGES if metric == "plane" else {}
    steps = round(HOURS * 3600.0 / STEP) * cut
    end = advect(**case(metric, unsteady), step_s=STEP / cut, steps=steps, scheme=scheme, physics=physics)
    off = np.stack([end["lon"], end["lat"]]) - truth(metric, unsteady)
    return float(np.sqrt((off**2).sum(axis=0).mean()))


def orders(metric: str, unsteady: bool, scheme: str, cuts: tuple[int, ...]) -> np.ndarray:
    return np.diff(-np.log2([error(metric, unsteady, scheme, cut) for cut in cuts]))


@pytest.mark.parametrize("metric", ["plane", "sphere", "wgs84"])
@pytest.mark.parametrize("unsteady", [False, True], ids=["steady", "unsteady"])
@pytest.mark.parametrize("scheme", ["euler", "rk2", "rk4"])
def test_observed_order(scheme: str, unsteady: bool, metric: str) -> None:
    found = orders(metric, unsteady, scheme, CUTS[scheme])
    np.testing.assert_allclose(found, ORDER[scheme], atol=0.05)  # 0.2 asked for; 0.02 measured


@pytest.mark.parametrize("metric", ["plane", "wgs84"])
def test_euler_fails_where_order_four_is_asked_for(metric: str) -> None:
    for cuts in (CUTS["rk4"], CUTS["euler"]):
        assert (np.abs(orders(metric, True, "euler", cuts) - 4.0) > 0.2).all()


def test_the_wind_matters_in_these_flows() -> None:
    """Else the order of the leeway would not have been seen: it carries boats a large part of the way."""
    how = case("wgs84", True)
    with_wind, without = (
        np.stack(naive.advect(**{k: v for k, v in how.items() if k not in drop}, step_s=STEP, steps=12))
        for drop in ((), ("wind", "hulls"))
    )
    moved = np.abs(with_wind - [how["lon"], how["lat"]]).mean()
    assert np.abs(with_wind - without).mean() > 0.2 * moved
