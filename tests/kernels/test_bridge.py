"""A long random step meets the shore as often, as early and where a Brownian path does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

sys.path.insert(0, str(Path(__file__).parents[1]))
from test_coast import made

from driftsim import config
from driftsim.drift import simulation
from driftsim.drift.advection import Advection, new_state, plain_physics
from driftsim.kernels import bridge, drive
from driftsim.kernels.shore import Shore
from driftsim.kernels.walk import Diffusivity

WEST, SOUTH, CELLS = 132.0, 38.0, 240
SHORE_LON = 134.5
M_PER_DEGREE = 111_120.0  # of the metric "nautical"


@pytest.fixture(scope="module")
def straight() -> Shore:
    """Land east of a meridian, with the true lower bounds on the distance to it."""
    ring = [(SHORE_LON, 37.9), (SHORE_LON, 42.1), (135.9, 42.1), (135.9, 37.9)]
    shore = made([ring], WEST, SOUTH, CELLS)
    lon, lat = np.meshgrid(WEST + np.arange(CELLS) / 60.0, SOUTH + np.arange(CELLS) / 60.0)
    away = np.minimum(abs(lon - SHORE_LON), abs(lon + 1 / 60.0 - SHORE_LON)) * (abs(lon + 1 / 120.0 - SHORE_LON) > 0.01)
    metres = away * M_PER_DEGREE * np.cos(np.radians(lat + 1 / 60.0))
    return shore._replace(clear=np.minimum(metres // 250.0, 255).astype(np.uint8).ravel())


def fleet(shore: Shore, offshore_m: float, boats: int, walk_m: float, seed: int = 11, **more: Any) -> Advection:
    """Boats that only walk, from a distance off the shore at 40 N."""
    lon = SHORE_LON - offshore_m / (M_PER_DEGREE * np.cos(np.radians(40.0)))
    state = new_state(np.full(boats, lon), np.full(boats, 40.0), np.float32)
    physics = plain_physics(3600.0, np.float32, seed=seed)._replace(draws=True, walk_m=np.float32(walk_m), coast=True)
    return Advection({}, state, physics, lambda elapsed: elapsed, metric="nautical", shore=shore, **more)


def drifted(a: Advection, steps: int, first: int = 0) -> Any:
    order = a.order(np.arange(len(a.state) - 1))
    a.drive(order, first, steps)
    return a.state[:-1]


@pytest.mark.parametrize(
    ("walk_m", "offshore_m", "steps"), [(6000.0, 10_000.0, 1), (6000.0, 10_000.0, 24), (2450.0, 6000.0, 5)]
)
def test_a_straight_shore_is_met_as_often_as_by_a_brownian_path(
    walk_m: float, offshore_m: float, steps: int, straight: Shore
) -> None:
    """Reflection: 2 Φ(-a/σ), for walks of 5000 m²/s over 60 and 10 minutes; within 3 standard errors of 20,000 boats.

    Ends of steps alone would meet it half as often in one step.
    """
    boats = 20_000
    end = drifted(fleet(straight, offshore_m, boats, walk_m), steps)
    expected = 2.0 * norm.cdf(-offshore_m / (walk_m * np.sqrt(steps)))
    error = np.sqrt(expected * (1.0 - expected) / boats)
    landed = end["status"] == drive.LANDED
    assert abs(landed.mean() - expected) < 3.0 * error
    np.testing.assert_allclose(end["land_lon"][landed], SHORE_LON, atol=1e-9)
    # When: the first half of the time gets its part, too.
    half = 2.0 * norm.cdf(-offshore_m / (walk_m * np.sqrt(0.5 * steps)))
    early = (end["land_time"][landed] < 0.5 * steps * 3600.0).sum() / boats
    assert abs(early - half) < 3.0 * np.sqrt(half * (1.0 - half) / boats)
    # Where: along the shore it has walked for as long as it took (Cauchy, its quartile the distance, if long enough).
    along = (end["land_lat"][landed] - 40.0) * M_PER_DEGREE
    spread = np.sqrt((end["land_time"][landed] / 3600.0).mean()) * walk_m
    assert abs(along.std() / spread - 1.0) < 0.05
    assert abs(along.mean()) < 4.0 * along.std() / np.sqrt(landed.sum())


def test_a_boat_that_meets_no_shore_is_where_it_would_be(straight: Shore) -> None:
    free = fleet(straight, 12_000.0, 3000, 6000.0)
    free.physics = free.physics._replace(coast=False)
    end, other = drifted(fleet(straight, 12_000.0, 3000, 6000.0), 1), drifted(free, 1)
    afloat = end["status"] == drive.AFLOAT
    assert 0.3 < afloat.mean() < 0.99
    for name in ("lon", "lat"):
        np.testing.assert_array_equal(end[name][afloat], other[name][afloat])
    assert not afloat[other["lon"] > SHORE_LON].any()
    # Some came back to sea by the end of the step: those that were missed.
    assert (~afloat & (other["lon"] < SHORE_LON)).sum() > 50


def test_no_order_no_cut_and_no_company_changes_it(straight: Shore) -> None:
    whole = drifted(fleet(straight, 9000.0, 700, 6000.0), 7).copy()
    parts = fleet(straight, 9000.0, 700, 6000.0)
    backwards = np.append(np.arange(700)[::-1], np.full(-700 % 64, 700)).astype(np.int32)
    for first, steps in ((0, 2), (2, 1), (3, 4)):
        parts.drive(backwards, first, steps)
    few = drifted(fleet(straight, 9000.0, 90, 6000.0), 7)
    for name in whole.dtype.names:
        np.testing.assert_array_equal(parts.state[name][:-1], whole[name])
        np.testing.assert_array_equal(few[name], whole[name][:90])


def test_short_steps_are_straight(straight: Shore) -> None:
    """Up to a kilometre, such as 50 m²/s over an hour, nothing is drawn: the path is its chord, bit for bit."""
    for walk_m, stray_m in ((600.0, 0.0), (1000.0, 0.0), (1001.0, 3003.0)):
        assert fleet(straight, 5000.0, 64, walk_m).physics.stray_m == pytest.approx(stray_m)
    varying = Diffusivity(True, np.array([5.0, 5.0, 5.0, 5000.0], np.float32), WEST, SOUTH, 1.0, 1.0, 2, 2)
    assert fleet(straight, 5000.0, 64, 0.0, diffusivity=varying).physics.stray_m == pytest.approx(18_000.0)


def test_a_diffusivity_in_a_file_counts_where_the_boat_is(straight: Shore) -> None:
    """The same number everywhere, from a grid and from the config: as often, and here as often as the formula says."""
    same = Diffusivity(True, np.full(4, 5000.0, np.float32), WEST, SOUTH, 0.2, 0.2, 2, 2)
    end = drifted(fleet(straight, 10_000.0, 20_000, 0.0, diffusivity=same), 1)
    expected = 2.0 * norm.cdf(-10.0 / 6.0)
    assert abs((end["status"] == drive.LANDED).mean() - expected) < 3.0 * np.sqrt(expected / 20_000)


def test_the_pieces_are_fine_enough_and_not_too_many() -> None:
    assert bridge.FINE_M * 2 ** (bridge.MOST_LEVELS / 2) > 200_000.0  # a walk of 1e6 m²/s over a day
    assert 2 ** (bridge.MOST_LEVELS + 1 + 8) < 2**32  # the nodes of the tree fit into the stream


@pytest.mark.long
def test_steps_of_an_hour_and_of_ten_minutes_land_alike() -> None:
    """A walk of 5000 m²/s in the winter of 2017, 60,000 boats: the shares of the four within 3 standard errors."""
    path = Path(__file__).parents[2] / "configs" / "winter_2017.toml"
    walk = {"boats.number": 60_000, "mixing.diffusivity_m2_s": 5000.0, "mixing.flight_speed_m_s": 0.0}
    runs = [simulation.run(config.load(path, {**walk, "run.step_minutes": minutes})) for minutes in (60.0, 10.0)]
    for key in ("akita", "aomori", "fukui", "noto"):
        a, b = (run.regions[key]["share_of_home"] for run in runs)
        error = np.sqrt(sum(p * (1.0 - p) / run.regions["japan"]["boats"] for p, run in zip((a, b), runs, strict=True)))
        assert abs(a - b) < 3.0 * error, key
