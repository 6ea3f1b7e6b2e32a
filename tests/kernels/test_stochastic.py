"""Chance: random walk, barriers, random flight, against the moments and distributions that they must have.

Tolerances are in standard errors, from the number of boats; seeds are fixed, so a verdict does not depend on luck. Each
term that a scheme may forget is left out once, in the naive twin, to see that the test would notice.
"""

from __future__ import annotations

import math
from typing import Any

import naive
import numpy as np
import pytest
from analytic import NO_EDGES, boats, go
from numpy.typing import NDArray
from scipy import stats

from driftsim.config import Config
from driftsim.drift import fleet, leeway
from driftsim.kernels import drive
from driftsim.kernels.random import STREAM_FLIGHT, STREAM_WIND
from driftsim.kernels.walk import Diffusivity

DAY = 86_400.0


def walkers(x: Any, y: Any, *, k: float = 0.0, dt: float = 3600.0, seed: int = 1, **how: Any) -> Any:
    physics = {"draws": True, "walk_m": math.sqrt(2.0 * k * dt), **how.pop("physics", {})}
    return boats(x, y, step_s=dt, seed=seed, scheme="euler", physics=physics, **how)


# --- random walk


@pytest.mark.parametrize(("precision", "metric"), [("double", "wgs84"), ("single", "wgs84"), ("single", "nautical")])
def test_b1_a_walk_has_the_moments_of_diffusion(precision: str, metric: str) -> None:
    """Variance 2 K t within 1 %, kurtosis 3 within 0.05, mean within 3 standard errors; east and north unrelated."""
    n, k, steps = 100_000, 100.0, 24
    a = walkers(np.full(n, 134.0), np.full(n, 38.0), k=k, seed=4, precision=precision, more={"metric": metric})
    end = go(a, steps)
    east, north = naive.metres_per_degree(metric, 38.0)
    x, y = (end["lon"] - 134.0) * east, (end["lat"] - 38.0) * north
    variance = 2.0 * k * steps * 3600.0
    for z in (x, y):
        assert z.var() == pytest.approx(variance, rel=0.01)
        assert abs(z.mean()) < 3.0 * math.sqrt(variance / n)
        assert stats.kurtosis(z, fisher=False) == pytest.approx(3.0, abs=0.05)
        assert abs(stats.skew(z)) < 3.0 * math.sqrt(6.0 / n)
        assert stats.kstest(z / math.sqrt(variance), "norm").pvalue > 1e-3
    assert abs(np.corrcoef(x, y)[0, 1]) < 3.0 / math.sqrt(n)
    assert abs(np.corrcoef(x**2, y**2)[0, 1]) < 3.0 / math.sqrt(n)


def test_steps_of_a_walk_do_not_know_of_each_other() -> None:
    n = 50_000
    a = walkers(np.zeros(n), np.zeros(n), k=50.0, physics=NO_EDGES, more={"metric": "plane"})
    first = go(a, 1)["lon"].copy()
    second = go(a, 1, first=1)["lon"] - first
    third = go(a, 1, first=2)["lon"] - first - second
    for p, q in ((first, second), (second, third), (first, third), (first[1:], second[:-1]), (first[1:], first[:-1])):
        assert abs(np.corrcoef(p, q)[0, 1]) < 3.5 / math.sqrt(n)


def test_a_walk_adds_to_the_drift_and_half_the_step_is_the_same_walk() -> None:
    n = 40_000
    ends = [go(walkers(np.zeros(n), np.zeros(n), k=30.0, dt=dt, physics=NO_EDGES, more={"metric": "plane"}), steps)
            for dt, steps in ((7200.0, 6), (3600.0, 12), (900.0, 48))]  # fmt: skip
    for end in ends:
        assert end["lat"].var() == pytest.approx(2.0 * 30.0 * 43_200.0, rel=3.0 * math.sqrt(2.0 / n))


def on_grid(x: NDArray[Any], y: NDArray[Any], k: Any) -> Diffusivity:
    """A diffusivity ``k(x, y)`` at the nodes of a uniform grid in metres."""
    xx, yy = np.meshgrid(x, y)
    data = np.ascontiguousarray(k(xx, yy) + 0.0 * xx, np.float32).reshape(-1)
    return Diffusivity(
        True, data, float(x[0]), float(y[0]), 1.0 / float(x[1] - x[0]), 1.0 / float(y[1] - y[0]), len(x), len(y)
    )  # fmt: skip


def b2(n: int, days: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """K = 100 tanh(10 x / 1000 km) + 200 m2/s, from x = 0, y = 0: where the boats are."""
    grid = on_grid(
        np.linspace(-500e3, 500e3, 2001), np.array([-1e6, 1e6]), lambda x, y: 100.0 * np.tanh(10.0 * x / 1e6) + 200.0
    )
    a = walkers(np.zeros(n), np.zeros(n), seed=6, physics=NO_EDGES, more={"metric": "plane", "diffusivity": grid})
    end = go(a, 24 * days)
    return end["lon"], end["lat"]


def check_b2(x: NDArray[np.float64], y: NDArray[np.float64], days: float) -> None:
    drift, error = 1e-3 * days * DAY, x.std() / math.sqrt(len(x))
    assert abs(x.mean() - drift) < 4.0 * error
    assert abs(y.mean()) < 4.0 * error
    # Second moment: 2 K t, and the drift of the drift; the gradient of y is none.
    assert y.var() == pytest.approx(2.0 * 200.0 * days * DAY, rel=4.0 * math.sqrt(2.0 / len(x)) + 1e-3)
    assert stats.skew(x) > 10.0 * math.sqrt(6.0 / len(x))
    assert abs(stats.skew(y)) < 4.0 * math.sqrt(6.0 / len(x))


def test_b2_drift_up_the_gradient() -> None:
    check_b2(*b2(150_000, 3), 3)


@pytest.mark.long
def test_b2_drift_up_the_gradient_of_a_million() -> None:
    check_b2(*b2(1_000_000, 1), 1)


def test_b2_a_scheme_without_the_gradient_fails() -> None:
    rng, x, y = np.random.default_rng(1), np.zeros(150_000), np.zeros(150_000)
    for _ in range(72):
        k = 100.0 * np.tanh(10.0 * x / 1e6) + 200.0
        x = x + np.sqrt(2.0 * k * 3600.0) * rng.normal(size=x.size)
        y = y + np.sqrt(2.0 * k * 3600.0) * rng.normal(size=x.size)
    with pytest.raises(AssertionError):
        check_b2(x, y, 3)


# --- barriers: K is 0 at y = 0, 1/2 and 1 (Grawe 2011); the boats of the upper half must stay there, and stay mixed

B3_DT, B3_STEPS = 2.5e-4, 1200


def b3_k(y: Any) -> Any:
    y = np.asarray(y)
    return 1.2 * np.where(y <= 0.5, y * (1.0 - 2.0 * y), np.maximum((1.0 - y) * (2.0 * y - 1.0), 0.0))


def b3_slope(y: Any) -> Any:
    y = np.asarray(y)
    return 1.2 * np.where(y <= 0.5, 1.0 - 4.0 * y, 3.0 - 4.0 * y)


def b3(y: NDArray[np.float64], dt: float, steps: int) -> NDArray[np.float64]:
    grid = on_grid(np.array([-1e3, 1e3]), np.linspace(0.0, 1.0, 1001), lambda x, y: b3_k(y))
    a = walkers(np.zeros(len(y)), y, dt=dt, physics=NO_EDGES, more={"metric": "plane", "diffusivity": grid})
    a.physics = a.physics._replace(walk_m=type(a.physics.walk_m)(0.0))
    return go(a, steps)["lat"].copy()


def mixed(y: NDArray[np.float64]) -> float:
    """Probability of so uneven a histogram, if the boats are evenly spread over the upper half."""
    assert ((y > 0.5) & (y < 1.0)).all()
    return float(stats.chisquare(np.histogram(y, bins=25, range=(0.5, 1.0))[0]).pvalue)


def test_b3_nothing_leaks_through_a_barrier() -> None:
    """Milstein's scheme at the tutorial's step: all of 10 000 boats stay in their half, 300 steps long."""
    y = b3(np.full(10_000, 0.75), 0.001, 300)
    assert ((y <= 0.5) | (y >= 1.0)).sum() == 0
    assert y.std() > 0.1


def test_b3_a_scheme_without_milsteins_term_leaks() -> None:
    rng, y = np.random.default_rng(2), np.full(10_000, 0.75)
    for _ in range(300):
        y = naive.euler_maruyama(y, b3_k, b3_slope, 0.001, rng.normal(size=y.size))
    assert (y <= 0.5).sum() > 10


def test_b3_well_mixed_stays_well_mixed() -> None:
    n = 20_000
    start = 0.5 + 0.5 * (np.arange(n) + 0.5) / n
    assert mixed(b3(start, B3_DT, B3_STEPS)) > 0.01


def test_b3_without_the_gradient_boats_gather_at_the_barrier() -> None:
    rng, n = np.random.default_rng(3), 20_000
    y = 0.5 + 0.5 * (np.arange(n) + 0.5) / n
    for _ in range(B3_STEPS):
        y = naive.milstein(y, b3_k, b3_slope, B3_DT, rng.normal(size=n), gradient=False)
        y = np.clip(y, 0.5 + 1e-9, 1.0 - 1e-9)  # it leaks as well
    assert mixed(y) < 1e-12


def test_a_gridded_walk_agrees_with_the_naive_one_step() -> None:
    """Value and both components of the gradient, at places of all kinds; the words are those of the boats' numbers."""
    x, y = np.linspace(0.0, 4e4, 9), np.linspace(-3e4, 2e4, 11)
    nodes = np.random.default_rng(1).uniform(5.0, 90.0, (11, 9)).astype(np.float32)
    grid = on_grid(x, y, lambda xx, yy: nodes)
    rng = np.random.default_rng(5)
    px, py = rng.uniform(0.0, 4e4, 500), rng.uniform(-3e4, 2e4, 500)
    a = walkers(px, py, seed=77, physics=NO_EDGES, more={"metric": "plane", "diffusivity": grid})
    end = go(a, 1)
    i, j = np.clip((px / 5e3).astype(int), 0, 7), np.clip(((py + 3e4) / 5e3).astype(int), 0, 9)
    wx, wy = px / 5e3 - i, (py + 3e4) / 5e3 - j
    c = nodes.astype(float)
    sw, se, nw, ne = c[j, i], c[j, i + 1], c[j + 1, i], c[j + 1, i + 1]
    k = (1 - wy) * ((1 - wx) * sw + wx * se) + wy * ((1 - wx) * nw + wx * ne)
    slope_x, slope_y = ((1 - wy) * (se - sw) + wy * (ne - nw)) / 5e3, ((1 - wx) * (nw - sw) + wx * (ne - se)) / 5e3
    words = naive.philox(np.arange(500), 0, naive.STEP, 77)
    zx, zy = naive.normals(words[0], words[1])
    for got, start, slope, z in ((end["lon"], px, slope_x, zx), (end["lat"], py, slope_y, zy)):
        expected = naive.milstein(start, lambda _: k, lambda _, s=slope: s, 3600.0, z)
        np.testing.assert_allclose(got, expected, atol=0.01)


# --- random flight


def flyers(n: int, speed: float, memory: float, dt: float, precision: str = "double", seed: int = 8) -> Any:
    keep = math.exp(-dt / memory)
    physics = {"flight": True, "flight_keep": keep, "flight_kick": speed * math.sqrt(1.0 - keep**2), **NO_EDGES}
    a = boats(
        np.zeros(n), np.zeros(n), step_s=dt, seed=seed, scheme="euler", precision=precision, physics=physics,
        more={"metric": "plane"},
    )  # fmt: skip
    out = np.zeros((n, 2), a.real)
    drive.stationary(np.int64(seed), np.arange(n, dtype=np.int64), STREAM_FLIGHT, 0, np.float32(speed), out)
    a.state["flight_u"][:-1], a.state["flight_v"][:-1] = out.T
    return a


@pytest.mark.parametrize("dt", [900.0, 10_800.0])
@pytest.mark.parametrize("precision", ["double", "single"])
def test_flight_has_the_speed_and_the_memory_asked_for(dt: float, precision: str) -> None:
    """Variance and autocorrelation exp(-t/T) at several lags within 4 standard errors, whatever the step."""
    n, speed, memory = 50_000, 0.12, 1.5 * DAY
    a = flyers(n, speed, memory, dt, precision)
    lag, seen = round(21_600.0 / dt), [np.array([a.state["flight_u"][:-1], a.state["flight_v"][:-1]], float)]
    for i in range(6):
        end = go(a, lag, first=i * lag)
        seen.append(np.array([end["flight_u"], end["flight_v"]], float))
    for velocity in seen:
        assert velocity.var(axis=1) == pytest.approx(speed**2, rel=4.0 * math.sqrt(2.0 / n))
        assert np.abs(velocity.mean(axis=1)).max() < 4.0 * speed / math.sqrt(n)
        assert abs(np.corrcoef(velocity)[0, 1]) < 4.0 / math.sqrt(n)
    for steps in (1, 2, 6):
        r = math.exp(-steps * 21_600.0 / memory)
        for axis in (0, 1):
            found = np.corrcoef(seen[0][axis], seen[steps][axis])[0, 1]
            assert abs(found - r) < 4.0 * (1.0 - r**2) / math.sqrt(n)
        assert abs(np.corrcoef(seen[0][0], seen[steps][1])[0, 1]) < 4.0 / math.sqrt(n)


def test_flight_disperses_as_taylor_says() -> None:
    """Mean square displacement of a velocity that is held over each step: its own sum, within 4 standard errors; it is
    Taylor's 2 s2 T2 (t/T - 1 + exp(-t/T)) to 0.1 % here."""
    n, speed, memory, dt, steps = 50_000, 0.12, 1.5 * DAY, 3600.0, 72
    end = go(flyers(n, speed, memory, dt), steps)
    i = np.arange(steps)
    variance = (speed * dt) ** 2 * np.exp(-dt / memory * np.abs(i[:, None] - i)).sum()
    taylor = 2.0 * (speed * memory) ** 2 * (steps * dt / memory - 1.0 + math.exp(-steps * dt / memory))
    assert variance == pytest.approx(taylor, rel=1e-3)
    for x in (end["lon"], end["lat"]):
        assert x.var() == pytest.approx(variance, rel=4.0 * math.sqrt(2.0 / n))
        assert stats.kurtosis(x, fisher=False) == pytest.approx(3.0, abs=4.0 * math.sqrt(24.0 / n))


def test_flight_current_error_and_wind_error_are_three_chances() -> None:
    """Of the same boat, unrelated to each other from the start on."""
    n, keep = 40_000, math.exp(-0.1)
    physics: dict[str, Any] = {}
    for name in ("flight", "error", "gust"):
        physics |= {name: True, f"{name}_keep": keep, f"{name}_kick": 0.1 * math.sqrt(1.0 - keep**2)}
    a = boats(np.full(n, 134.0), np.full(n, 38.0), scheme="euler", physics=physics)
    for name, stream, word in (("flight", STREAM_FLIGHT, 0), ("error", STREAM_FLIGHT, 2), ("gust", STREAM_WIND, 0)):
        out = np.zeros((n, 2), a.real)
        drive.stationary(np.int64(1), np.arange(n, dtype=np.int64), stream, word, np.float32(0.1), out)
        a.state[f"{name}_u"][:-1], a.state[f"{name}_v"][:-1] = out.T
    names = [f"{name}_{axis}" for name in ("flight", "error", "gust") for axis in "uv"]
    for steps in (0, 7):
        end = go(a, steps)
        rows = np.array([end[name] for name in names], float)
        off = np.corrcoef(rows) - np.eye(6)
        assert np.abs(off).max() < 4.5 / math.sqrt(n)
        assert rows.var(axis=1) == pytest.approx(0.01, rel=4.0 * math.sqrt(2.0 / n))


def test_a_held_velocity_moves_the_boat_before_it_changes() -> None:
    """The position takes the velocity from before the update: twin of one step, on the plane."""
    a = flyers(64, 0.12, DAY, 3600.0)
    u = a.state["flight_u"][:-1].copy()
    end = go(a, 1)
    np.testing.assert_allclose(end["lon"], 3600.0 * u, rtol=1e-12)
    words = naive.philox(np.arange(64), 0, naive.FLIGHT, 8)
    expected = naive.flight(u, naive.normals(words[0], words[1])[0], 0.12, 3600.0, DAY)
    np.testing.assert_allclose(end["flight_u"], expected, atol=1e-6)


# --- from a config's words to the numbers of the kernels


@pytest.mark.parametrize("minutes", [30.0, 180.0])
def test_a_config_asks_for_what_was_tested_here(tiny: Config, minutes: float) -> None:
    """Speeds as standard deviations, memories as exp(-dt/T), chances for a step from those for an hour."""
    dt, hours = 60.0 * minutes, minutes / 60.0
    mixing = tiny.mixing.model_copy(update={
        "diffusivity_m2_s": 12.0, "flight_speed_m_s": 0.12, "flight_time_days": 1.5,
        "current_error_m_s": 0.05, "current_error_hours": 30.0, "wind_error_m_s": 1.5, "wind_error_hours": 8.0,
    })  # fmt: skip
    cfg = tiny.model_copy(update={
        "mixing": mixing, "run": tiny.run.model_copy(update={"step_minutes": minutes}),
        "boats": tiny.boats.model_copy(update={"jibe_percent_per_hour": 4.0}),
        "coast": tiny.coast.model_copy(update={"refloat_half_life_hours": 10.0}),
    })  # fmt: skip
    physics = fleet.physics(cfg, leeway.coefficients(cfg.boats), np.float64)
    assert (physics.dt, physics.hours, physics.seconds, physics.draws) == (dt, hours, dt, True)
    assert physics.walk_m == pytest.approx(math.sqrt(2.0 * 12.0 * dt))
    for name, speed, memory in (("flight", 0.12, 1.5 * DAY), ("error", 0.05, 30.0 * 3600), ("gust", 1.5, 8.0 * 3600)):
        keep = math.exp(-dt / memory)
        assert getattr(physics, name) is True
        assert getattr(physics, f"{name}_keep") == pytest.approx(keep)
        assert getattr(physics, f"{name}_kick") == pytest.approx(speed * math.sqrt(1.0 - keep**2))
    assert physics.jibe == pytest.approx(1.0 - 0.96**hours)
    assert physics.refloat == pytest.approx(1.0 - 0.5 ** (hours / 10.0))
