"""Paths that are known: eddies, rotation, a peninsula, a gyre, rhumb lines.

Tolerances are a small multiple of what was measured, which is what the scheme, the float32 nodes and the interpolation
allow; in each test Euler runs through the same assertion and must fail it, by far. Where the field is even in space and
steady (A1, A2) no scheme can be wrong, and the metric is what is tested.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import naive
import numpy as np
import pytest
from analytic import (
    DECAYING,
    MOVING,
    NO_EDGES,
    STATIONARY,
    Eddy,
    Gyre,
    Peninsula,
    Rotation,
    boats,
    go,
    gridded,
    metres,
    rhumb,
    two_eddies,
    uniform,
    varying,
)

from driftsim.drift.advection import Advection, advect

DAY = 86_400
PLANE = {"metric": "plane", "physics": NO_EDGES}
BOTH = pytest.mark.parametrize("precision", ["double", "single"])


def off(end: Any, x: Any, y: Any) -> float:
    return float(np.hypot(end["lon"] - x, end["lat"] - y).max())


def holds_but_not_for_euler(error: Callable[[str], float], tolerance: float, factor: float = 100.0) -> None:
    assert error("rk4") < tolerance
    assert error("euler") > factor * tolerance


# --- even flows


def test_a1_eastward_on_the_sphere() -> None:
    lat = np.linspace(0.0, 80.0, 10)
    end = advect(np.full(10, 20.0), lat, current=uniform("current", 1.0, 0.0), metric="nautical", step_s=900.0, steps=8)
    np.testing.assert_allclose(end["lon"], 20.0 + 7200.0 / (111_120.0 * np.cos(np.radians(lat))), atol=1e-9)
    np.testing.assert_array_equal(end["lat"], lat)


def test_a2_northward_on_the_sphere() -> None:
    lat = np.linspace(-11.0, 70.0, 10)
    end = advect(np.full(10, 20.0), lat, current=uniform("current", 0.0, 1.0), metric="nautical", step_s=900.0, steps=8)
    np.testing.assert_allclose(end["lat"], lat + 7200.0 / 111_120.0, atol=1e-9)
    np.testing.assert_array_equal(end["lon"], 20.0)


@pytest.mark.parametrize("metric", ["sphere", "nautical", "wgs84"])
@pytest.mark.parametrize(("precision", "tolerance"), [("double", 1e-6), ("single", 1.0)])
def test_a_constant_velocity_is_a_rhumb_line(metric: str, precision: str, tolerance: float) -> None:
    """20 days at 1 to 3 m/s, from 55 N southward, over the equator's side, and south of it; metres."""
    u, v = (np.array(w, np.float32).astype(float) for w in ([1.3, -2.1, 0.4, -0.7], [-0.9, 1.7, 2.3, 0.31]))
    lon, lat = np.array([131.0, 150.0, -20.0, 12.0]), np.array([55.0, 25.0, 10.5, -41.0])
    expected = np.array([rhumb(*case, 20 * DAY, metric) for case in zip(lon, lat, u, v, strict=True)])

    def error(scheme: str) -> float:
        a = boats(
            lon, lat, scheme=scheme, precision=precision, current=uniform("current", u, v), more={"metric": metric}
        )
        a.state["member"][:-1] = np.arange(4)
        end = go(a, 20 * 24)
        return float(metres(end["lon"], end["lat"], *expected.T).max())

    holds_but_not_for_euler(error, tolerance)


# --- eddies


@BOTH
@pytest.mark.parametrize(
    ("eddy", "dt", "hours", "tolerance"),
    [(STATIONARY, 180, 6, 1e-4), (MOVING, 180, 6, 1e-4), (DECAYING, 3600, 23, 0.025), (DECAYING, 300, 48, 3e-4)],
    ids=["a3-stationary", "a4-moving", "a5-decaying", "a5-decaying-two-days"],
)
def test_a3_to_a5_eddies_stored_at_the_stages(
    eddy: Eddy, dt: int, hours: int, tolerance: float, precision: str
) -> None:
    """Levels stand at every half step, so that only the scheme is wrong. A5's 0.022 m is what RK4 makes of an hour."""
    seconds = hours * 3600
    field = varying("current", np.arange(0.0, seconds + 1, dt / 2), eddy.velocity)
    expected = eddy.path(12_000.0, 12_500.0, seconds)

    def error(scheme: str) -> float:
        how: dict[str, Any] = {"step_s": dt, "steps": seconds // dt, "scheme": scheme, "precision": precision, **PLANE}
        return off(advect([12_000.0], [12_500.0], current=field, **how), *expected)

    holds_but_not_for_euler(error, tolerance, factor=1e4)
    assert error("rk2") > 10 * tolerance


@pytest.mark.parametrize(("eddy", "tolerance"), [(STATIONARY, 0.0165), (MOVING, 0.0143)], ids=["a3", "a4"])
def test_a3_a4_stored_every_minute(eddy: Eddy, tolerance: float) -> None:
    """As other programs have it: the middle of a step falls between two levels, and the chord between them counts."""
    field = varying("current", np.arange(0.0, 6 * 3600 + 1, 60.0), eddy.velocity)

    def error(scheme: str) -> float:
        end = advect([12_000.0], [12_500.0], current=field, step_s=180.0, steps=120, scheme=scheme, **PLANE)
        return off(end, *eddy.path(12_000.0, 12_500.0, 6 * 3600))

    holds_but_not_for_euler(error, tolerance)


@BOTH
@pytest.mark.parametrize(
    ("dt", "seconds", "tolerance"), [(300, 17 * 3600, 3e-7), (300, DAY, 4e-7), (3600, DAY, 5.1e-3)], ids=str
)
def test_a6_rotation(dt: int, seconds: int, tolerance: float, precision: str) -> None:
    """Distance in units of the square of 60; what RK4 itself leaves is 1.7e-7, 2.4e-7 and 4.9e-3."""
    flow, x, y = Rotation(), np.array([30.0, 41.0, 22.5]), np.array([50.0, 33.0, 25.0])

    def error(scheme: str) -> float:
        how: dict[str, Any] = {"step_s": dt, "steps": seconds // dt, "scheme": scheme, "precision": precision, **PLANE}
        return off(advect(x, y, current=flow.source(), **how), *flow.path(x, y, seconds))

    if precision == "single":
        tolerance += 1e-6
    holds_but_not_for_euler(error, tolerance, factor=1e3)
    assert error("rk2") > 100 * tolerance


def test_a6_the_centre_of_a_rotation_stays_still() -> None:
    end = advect([30.0], [30.0], current=Rotation().source(), step_s=300.0, steps=204, **PLANE)
    assert (end["lon"][0], end["lat"][0]) == (30.0, 30.0)


# --- stream functions


@BOTH
def test_a8_peninsula(precision: str) -> None:
    """Along the streamlines past the peninsula; m2/s, of up to 47 000. On 1 km nodes what is left is their bilinear
    field, on 100 m nodes next to nothing; the half disc of the peninsula is never entered."""
    flow, x, y = Peninsula(), np.full(5, 3_000.0), np.linspace(4_000.0, 47_000.0, 5)

    def error(scheme: str, spacing: float) -> float:
        lon, lat = np.arange(1_000.0, 100_001.0, spacing), np.arange(1_000.0, 50_001.0, spacing)
        a = boats(
            x, y, step_s=300.0, scheme=scheme, precision=precision, physics=NO_EDGES, more={"metric": "plane"},
            current=gridded("current", lon, lat, [0.0], flow.velocity),
        )  # fmt: skip
        for day in range(12):
            end = go(a, 24, first=24 * day)
            assert (np.hypot(end["lon"] - flow.X, end["lat"]) > flow.R).all()
        assert (end["lon"] > 75_000.0).all()  # past it
        return float(np.abs(flow.psi(end["lon"], end["lat"]) - flow.psi(x, y)).max())

    holds_but_not_for_euler(lambda scheme: error(scheme, 1000.0), 0.25)
    holds_but_not_for_euler(lambda scheme: error(scheme, 100.0), 0.02)
    assert error("rk2", 100.0) > 0.04


@pytest.mark.parametrize(
    ("nodes", "days", "dt", "tolerance"),
    [(200, 1, 1800, 5e-5), (2000, 1, 1800, 7e-6), (2000, 10, 3600, 1.6e-4)],
    ids=str,
)
def test_a9_gyre(nodes: int, days: int, dt: int, tolerance: float) -> None:
    """Relative change of the stream function, from the edge of the boundary layer; more nodes across the layer help."""
    flow = Gyre()
    field = gridded("current", np.linspace(0.0, 1e7, nodes), np.linspace(0.0, 1e7, 200), [0.0], flow.velocity)

    def error(scheme: str) -> float:
        end = advect([1e5], [5e6], current=field, step_s=dt, steps=days * DAY // dt, scheme=scheme, **PLANE)
        return float(abs(flow.psi(end["lon"], end["lat"]) / flow.psi(1e5, 5e6) - 1.0)[0])

    holds_but_not_for_euler(error, tolerance, factor=3.0 if nodes == 200 else 10.0)


def test_a9_gyre_with_nodes_where_the_boundary_layer_is() -> None:
    """A rectilinear axis, 1 to 130 km: a particle 10 km off the coast, where an even grid errs by 8 %, for 60 days."""
    flow = Gyre()
    axis = np.concatenate([np.arange(0.0, 400e3, 1e3), np.geomspace(400e3, 1e7, 240)])
    field = gridded("current", axis, np.linspace(0.0, 1e7, 401), [0.0], flow.velocity)

    def error(scheme: str) -> float:
        end = advect([1e4], [5e6], current=field, step_s=3600.0, steps=60 * 24, scheme=scheme, **PLANE)
        return float(abs(flow.psi(end["lon"], end["lat"]) / flow.psi(1e4, 5e6) - 1.0)[0])

    holds_but_not_for_euler(error, 3e-4)


# --- unsteady on a grid


@pytest.mark.parametrize("metric", ["plane", "nautical"])
def test_a10_two_moving_eddies(metric: str) -> None:
    field, flat = two_eddies(metric), metric == "plane"
    x, y = ([330e3, 330e3], [100e3, 280e3]) if flat else ([3.3, 3.3], [46.0, 47.8])
    expected = naive.advect(x, y, current=field, step_s=3600.0, steps=7 * 24, metric=metric)
    physics = NO_EDGES if flat else {}

    def error(scheme: str) -> float:
        end = advect(
            x, y, current=field, step_s=3600.0, steps=7 * 24, scheme=scheme, metric=metric, physics=physics
        )  # fmt: skip
        return off(end, *expected) * (1.0 if flat else 111_120.0)

    holds_but_not_for_euler(error, 1e-6)
    if flat:
        assert (expected[0] < 220e3).all()
        assert 110e3 < expected[1][0] < 120e3
        assert 370e3 < expected[1][1] < 380e3


@pytest.mark.parametrize("metric", ["plane", "nautical"])
def test_a10_a_day_there_and_back(metric: str) -> None:
    field, flat = two_eddies(metric), metric == "plane"
    x, y = np.array([330e3, 330e3] if flat else [3.3, 3.3]), np.array([100e3, 280e3] if flat else [46.0, 47.8])

    def error(scheme: str) -> float:
        how: dict[str, Any] = {"current": field, "steps": 288, "scheme": scheme, "metric": metric}
        how["physics"] = NO_EDGES if flat else {}
        there = advect(x, y, step_s=300.0, **how)
        back = advect(there["lon"], there["lat"], start=DAY, step_s=-300.0, **how)
        return off(back, x, y) * (1.0 if flat else 111_120.0)

    holds_but_not_for_euler(error, 2e-4)


def test_d2_a_daily_swing_for_51_hours_there_and_back() -> None:
    """u = 20 + 2 sin(2 pi t / day) cm/s; the path is its integral, with levels at the stages."""
    w = 2.0 * math.pi / DAY
    field = varying(
        "current", np.arange(0.0, 52 * 3600, 1800.0), lambda x, y, t: (0.2 + 0.02 * np.sin(w * t), 0.1 + 0 * t)
    )
    t = 51 * 3600.0
    expected = (700.0 + 0.2 * t + 0.02 / w * (1.0 - math.cos(w * t)), -300.0 + 0.1 * t)

    def error(scheme: str) -> float:
        return off(advect([700.0], [-300.0], current=field, steps=51, scheme=scheme, **PLANE), *expected)

    holds_but_not_for_euler(error, 1e-3)
    there = advect([700.0], [-300.0], current=field, steps=51, **PLANE)
    back = advect(there["lon"], there["lat"], current=field, start=t, step_s=-3600.0, steps=51, **PLANE)
    assert off(back, 700.0, -300.0) < 1e-9


# --- independence, windows, restart


def swirl() -> dict[str, Any]:
    return {"current": two_eddies("nautical"), "step_s": 3600.0, "steps": 72, "metric": "nautical"}


def test_c8_a_boat_does_not_know_of_the_others() -> None:
    lon, lat = np.linspace(2.0, 3.6, 70), np.linspace(45.6, 49.0, 70)
    lon[1], lat[1] = lon[0], lat[0]
    all_, without = advect(lon, lat, **swirl()), advect(np.delete(lon, 1), np.delete(lat, 1), **swirl())
    np.testing.assert_array_equal(np.delete(all_["lon"], 1), without["lon"])
    np.testing.assert_array_equal(all_["lat"][0], all_["lat"][1])
    alone = advect(lon[33:34], lat[33:34], **swirl())
    assert (alone["lon"][0], alone["lat"][0]) == (all_["lon"][33], all_["lat"][33])


@BOTH
@pytest.mark.parametrize("window", [1, 5, 72])
def test_windows_leave_no_trace(window: int, precision: str) -> None:
    expected = advect([3.3, 3.1], [46.0, 47.8], precision=precision, **swirl())
    found = advect([3.3, 3.1], [46.0, 47.8], precision=precision, window=window, **swirl())
    for name in ("lon", "lat"):
        assert found[name].tobytes() == expected[name].tobytes(), name


def _fresh() -> Advection:
    memory = {"flight": True, "flight_keep": 0.9, "flight_kick": 0.05, "walk_m": 200.0, "draws": True, "jibe": 0.05}
    return boats([3.3, 3.1], [46.0, 47.8], current=two_eddies("nautical"), physics=memory, more={"metric": "nautical"})


def test_d5_a_day_a_restart_and_a_day_are_two_days() -> None:
    whole = _fresh()
    go(whole, 48)
    first, second = _fresh(), _fresh()
    go(first, 24)
    second.state[...] = first.state
    go(second, 24, first=24)
    for name in whole.state.dtype.names:
        assert second.state[name].tobytes() == whole.state[name].tobytes(), name
