"""Boats in the wind: which way, how fast, on the ellipsoid, turning with the wind, and what a jibe changes."""

from __future__ import annotations

import math

import naive
import numpy as np
import pytest
from analytic import boats, go, metres, rhumb, uniform, varying
from pyproj import Geod

from driftsim.drift import leeway
from driftsim.drift.advection import advect
from driftsim.kernels import drive

DAY = 86_400.0
BOX = (100.0, 160.0, 10.0, 70.0)
HULLS = np.array(
    [[0.03, 0.02, 0.011, 0.01, -0.014, -0.02], [0.015, 0.05, 0.03, -0.01, -0.02, 0.0], [0.05, 0.0, 0.0, 0.0, 0.0, 0.0]]
)


def drawn(key: str, n: int, seed: int = 5) -> leeway.Hulls:
    row = np.array([leeway.find(key).row], np.float32)
    classes = leeway.Coefficients((key,), np.ones(1), row, -1)
    return leeway.draw_hulls(seed, np.arange(n), np.zeros(n, np.int16), classes)


@pytest.mark.parametrize(
    ("towards", "east", "north"),
    [((0.0, 10.0), 1, 0), ((10.0, 0.0), 0, -1), ((0.0, -10.0), -1, 0), ((-10.0, 0.0), 0, 1)],
    ids=["north", "east", "south", "west"],
)
@pytest.mark.parametrize("side", [1, -1])
def test_right_is_right_of_where_the_wind_blows_to(
    towards: tuple[float, float], east: int, north: int, side: int
) -> None:
    """Wind to the north: a right-hand hull drifts to the east. Programs are known that have it the other way."""
    row = leeway.find("FISHING-VESSEL-5")
    hull = [row.down[0], row.down[1], row.right[0], row.right[1], row.left[0], row.left[1]]
    a = boats([135.0], [38.0], step_s=600.0, wind=uniform("wind", *towards, BOX))
    for name, value in zip(drive.HULL, hull, strict=True):
        a.state[name][:-1] = value
    a.state["side"][:-1] = side
    end = go(a, 1)
    dx = metres(end["lon"], 38.0, 135.0, 38.0) * np.sign(end["lon"] - 135.0)
    dy = metres(135.0, end["lat"], 135.0, 38.0) * np.sign(end["lat"] - 38.0)
    across, along = float((dx * east + dy * north)[0]), float((dx * towards[0] + dy * towards[1])[0]) / 10.0
    pair = row.right if side > 0 else row.left
    assert across == pytest.approx(600.0 * (10.0 * pair[0] + pair[1]), rel=4e-3)
    assert along == pytest.approx(600.0 * (10.0 * row.down[0] + row.down[1]), rel=4e-3)
    assert np.sign(across) == side


def test_with_known_draws_as_pyproj_goes() -> None:
    """A day in 10 m/s to the north-east, 40 hulls with the draws of their numbers: legs of a minute on geodesics.

    1e-6 degrees is asked for. A geodesic turns by the meridians' convergence; each leg has its azimuth in its middle.
    """
    hulls = drawn("FISHING-VESSEL-5", 40)
    wu, wv = np.float32(6.0), np.float32(8.0)
    start = np.linspace(131.0, 137.0, 40), np.linspace(36.0, 47.0, 40)
    u, v = hulls.velocity(np.full(40, float(wu)), np.full(40, float(wv)), 1)
    geod, (lon, lat) = Geod(ellps="WGS84"), start
    azimuth, leg = np.degrees(np.arctan2(u, v)), 60.0 * np.hypot(u, v)
    for _ in range(1440):
        convergence = np.degrees(leg * np.sin(np.radians(azimuth)) * np.tan(np.radians(lat)) / 6.38e6)
        lon, lat, _ = geod.fwd(lon, lat, azimuth - 0.5 * convergence, leg)

    def error(scheme: str, precision: str) -> float:
        end = advect(
            *start, wind=uniform("wind", wu, wv, BOX), hulls=hulls.coefficients, step_s=3600.0, steps=24,
            scheme=scheme, precision=precision,
        )  # fmt: skip
        return float(np.abs([end["lon"] - lon, end["lat"] - lat]).max())

    assert error("rk4", "double") < 2e-9
    assert error("rk4", "single") < 8e-8
    assert error("euler", "double") > 5e-6
    closed = [rhumb(*boat, DAY, "wgs84") for boat in zip(*start, u, v, strict=True)]
    np.testing.assert_allclose(np.stack([lon, lat], axis=1), closed, atol=2e-9)  # and the two oracles agree


def test_a_turning_wind_carries_a_hull_round() -> None:
    """Wind of constant speed that turns once in two days: leeway turns with it, a circle in closed form (plane)."""
    w, speed = 2.0 * math.pi / (2 * DAY), 12.0
    wind = varying(
        "wind", np.arange(0.0, 2 * DAY + 1, 450.0), lambda x, y, t: (speed * np.cos(w * t), speed * np.sin(w * t))
    )
    a, b = 0.03 * speed + 0.02, 0.011 * speed + 0.01  # downwind, to the right
    seconds = 1.5 * DAY
    # The integral of (a cos + b sin, a sin - b cos).
    s, c = math.sin(w * seconds) / w, (1.0 - math.cos(w * seconds)) / w
    expected = 500.0 + a * s + b * c, -70.0 + a * c - b * s

    def error(scheme: str) -> float:
        physics = {"west": -1e9, "east": 1e9, "south": -1e9, "north": 1e9}
        end = advect(
            [500.0], [-70.0], wind=wind, hulls=HULLS[0], step_s=900.0, steps=int(seconds // 900), scheme=scheme,
            metric="plane", physics=physics,
        )  # fmt: skip
        return float(np.hypot(end["lon"] - expected[0], end["lat"] - expected[1])[0])

    assert error("rk4") < 1e-3
    assert error("rk2") > 0.1
    assert error("euler") > 50.0


def test_the_wind_of_a_place_is_the_wind_of_its_member() -> None:
    wind = uniform("wind", [8.0, -3.0, 0.5], [1.0, -11.0, 7.0], BOX)
    a = boats(np.full(9, 134.5), np.full(9, 39.25), wind=wind, scheme="euler")
    a.state["member"][:-1] = np.arange(9)
    for column, name in enumerate(drive.HULL):
        a.state[name][:-1] = HULLS[np.arange(9) % 3, column]
    end = go(a, 1)
    member = np.arange(9) % 3
    u, v = naive.leeway(*wind.level(0)[member, 0, 0].T.astype(float), HULLS[np.arange(9) % 3])
    east, north = naive.metres_per_degree("wgs84", 39.25)
    np.testing.assert_allclose((end["lon"] - 134.5) * east / 3600.0, u, rtol=1e-6)
    np.testing.assert_allclose((end["lat"] - 39.25) * north / 3600.0, v, rtol=1e-6)


def test_a_calm_moves_nobody() -> None:
    """An offset has no direction without a wind."""
    end = advect([134.0], [39.0], wind=uniform("wind", 0.0, 0.0, BOX), hulls=HULLS[1], steps=24)
    assert (end["lon"][0], end["lat"][0]) == (134.0, 39.0)


def test_leeway_adds_to_current_and_waves() -> None:
    flow = {
        "current": uniform("current", 0.21, -0.13, BOX), "stokes": uniform("stokes", -0.04, 0.09, BOX),
        "wind": uniform("wind", 7.0, -4.0, BOX),
    }  # fmt: skip
    together = advect([134.0], [39.0], hulls=HULLS[0], step_s=60.0, steps=1, **flow)
    parts = [advect([134.0], [39.0], hulls=HULLS[0], step_s=60.0, steps=1, **{k: f}) for k, f in flow.items()]
    for name, start in (("lon", 134.0), ("lat", 39.0)):
        assert together[name][0] - start == pytest.approx(sum(p[name][0] - start for p in parts), rel=1e-4)


def test_without_wind_a_hull_changes_nothing() -> None:
    current = uniform("current", 0.21, -0.13, BOX)
    with_, without = (advect([134.0], [39.0], current=current, hulls=h, steps=5) for h in (HULLS[0], None))
    assert (with_["lon"], with_["lat"]) == (without["lon"], without["lat"])


# --- jibing


@pytest.mark.parametrize("window", [1, 12])
@pytest.mark.parametrize("speed", [4.0, 13.0])
def test_after_a_jibe_the_pair_is_the_other_one_of_the_table(speed: float, window: int) -> None:
    """Slope and offset together, within a window and from one to the next: the way across the wind of 12 steps."""
    n, p, steps = 64, 0.3, 12
    hulls = drawn("SKIFF-3", n)
    a = boats(np.full(n, 134.0), np.full(n, 39.0), step_s=600.0, seed=9, physics={"draws": True, "jibe": p},
              wind=uniform("wind", 0.0, speed, BOX))  # fmt: skip
    for column, name in enumerate(drive.HULL):
        a.state[name][:-1] = hulls.coefficients[:, column]
    a.state["side"][:-1] = hulls.orientation
    end = go(a, steps, window=window)
    c, sides, across = hulls.coefficients.astype(float), hulls.orientation.astype(int), np.zeros(n)
    changes = 0
    for i in range(steps):
        across += 600.0 * np.where(sides > 0, c[:, 2] * speed + c[:, 3], c[:, 4] * speed + c[:, 5])
        draws = naive.uniforms(naive.philox(np.arange(n), i, naive.STEP, 9)[2])
        changes += int((draws < p).sum())
        sides = naive.jibe(sides, draws, p)
    np.testing.assert_array_equal(end["side"], sides)
    assert changes > 64
    east = naive.metres_per_degree("wgs84", 0.5 * (39.0 + end["lat"]))[0]
    np.testing.assert_allclose((end["lon"] - 134.0) * east, across, rtol=1e-4, atol=0.3)


@pytest.mark.parametrize("minutes", [15.0, 60.0, 180.0])
def test_four_percent_jibe_in_an_hour_whatever_the_step(minutes: float) -> None:
    """Share of boats that lie on the other side after 12 hours, and jibes in a step, within 4 standard errors."""
    n, hours = 60_000, minutes / 60.0
    p = 1.0 - 0.96**hours
    a = boats(np.full(n, 134.0), np.full(n, 39.0), step_s=60.0 * minutes, seed=3, physics={"draws": True, "jibe": p})
    first = go(a, 1)["side"].copy()
    assert abs((first < 0).mean() - p) < 4.0 * math.sqrt(p * (1.0 - p) / n)
    steps = round(12.0 / hours)
    end = go(a, steps - 1, first=1)["side"]
    other = 0.5 * (1.0 - (1.0 - 2.0 * p) ** steps)
    assert abs((end < 0).mean() - other) < 4.0 * math.sqrt(other * (1.0 - other) / n)


def test_boats_that_wait_do_not_jibe() -> None:
    a = boats(np.full(640, 134.0), np.full(640, 39.0), physics={"draws": True, "jibe": 0.5})
    a.state["release"][:-1] = np.where(np.arange(640) % 2, 5, 0)
    side = go(a, 5)["side"]
    assert (side[1::2] == 1).all()
    assert 0.3 < (side[::2] < 0).mean() < 0.7
