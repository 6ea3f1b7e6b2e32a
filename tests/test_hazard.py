"""Dates of release that follow the wind: against counts and densities that can be written down."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from driftsim import config as configuration
from driftsim.drift import hazard
from driftsim.drift.release import Clock, Dates, Release, SourcePlan
from driftsim.drift.simulation import Simulation
from driftsim.forcing.memory import MemorySource

DAY = 86_400.0
HOUR = 3600.0


class Here:
    """A place: everyone at 134 E, 39 N."""

    def draw(self, u: NDArray[Any], v: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        return np.full(u.size, 134.0), np.full(u.size, 39.0), np.ones(u.size, bool)


def plan(dates: Dates, members: int, steps: int = 96, backward: bool = False) -> Release:
    class Classes:
        shares = np.array([1.0])

    source = SourcePlan("a", "point", 1.0, Here(), dates)  # type: ignore[arg-type]
    return Release(5, members, Clock(0.0, HOUR, steps, backward), (source,), Classes())  # type: ignore[arg-type]


def wind(speeds: list[list[float]]) -> MemorySource:
    """Uniform eastward wind, m/s, by level (a day apart) and member."""
    u = np.asarray(speeds, np.float32)
    field = np.zeros((*u.shape, 2, 2, 2), np.float32)
    field[..., 0] = u[:, :, None, None]
    return MemorySource("wind", [130.0, 140.0], [35.0, 45.0], DAY * np.arange(len(u)), field)


def all_days(steps: int = 96) -> Dates:
    return Dates(np.array([0]), np.array([steps]), np.array([0.0, 1.0]))


def test_dates_follow_the_cube_of_each_members_wind() -> None:
    """Levels at 0, 24, 48, 72 h stand for 12, 24, 24 and 36 of 96 hours; two members with other winds."""
    speeds = [[2.0, 5.0], [4.0, 5.0], [6.0, 5.0], [3.0, 10.0]]
    many = 40_000
    release = plan(all_days(), 2)
    before = release.boats(np.arange(many))
    after, density = hazard.redate(release, before, wind(speeds), "cubed", 0.0)
    hours = np.array([12.0, 24.0, 24.0, 36.0]) / 96.0
    for member in (0, 1):
        cube = np.array(speeds)[:, member] ** 3
        wanted = hours * cube / (hours * cube).sum()
        mine = after.member == member
        level = np.clip((after.release_time[mine] / DAY + 0.5).astype(int), 0, 3)
        found = np.bincount(level, minlength=4) / mine.sum()
        # Three standard errors of a share of 20,000 boats.
        assert np.abs(found - wanted).max() < 3 * math.sqrt(0.25 / (many / 2))
        assert density[mine] == pytest.approx((cube / (hours * cube).sum())[level], rel=1e-5)
    assert np.array_equal(after.member, before.member) and np.array_equal(after.lon, before.lon)
    # The density undoes the hazard: dates weighted by its inverse are the source's.
    weight = 1.0 / density.astype(float)
    assert np.average(after.release_time, weights=weight) == pytest.approx(47.5 * HOUR, abs=0.01 * 96 * HOUR)


def test_within_a_level_dates_are_as_likely_as_those_of_the_source() -> None:
    """Two days with weights 1 and 3, the second cut by a level: hours of a day stay alike, none lies outside."""
    dates = Dates(np.array([10, 40]), np.array([20, 30]), np.array([0.0, 0.25, 1.0]))
    release = plan(dates, 1)
    calm = release.boats(np.arange(30_000))
    after, density = hazard.redate(release, calm, wind([[7.0]] * 4), "cubed", 0.0)
    found = np.bincount(after.release_step, minlength=96) / 30_000
    wanted = np.zeros(96)
    wanted[10:30], wanted[40:70] = 0.25 / 20, 0.75 / 30
    assert density == pytest.approx(1.0, rel=1e-6)  # the same wind at all times is no hazard
    assert not found[wanted == 0.0].any() and np.abs(found - wanted).max() < 4 * math.sqrt(0.025 / 30_000)


def test_a_threshold_that_no_wind_reaches_leaves_the_dates() -> None:
    release = plan(all_days(), 2)
    before = release.boats(np.arange(900))
    after, density = hazard.redate(
        release, before, wind([[20.0, 5.0], [5.0, 5.0], [16.0, 5.0], [5.0, 5.0]]), "above", 15.0
    )
    stormy = before.member == 0
    assert np.array_equal(after.release_step[~stormy], before.release_step[~stormy]) and (density[~stormy] == 1.0).all()
    level = np.clip((after.release_time[stormy] / DAY + 0.5).astype(int), 0, 3)
    assert set(level) == {0, 2} and density[stormy] == pytest.approx(96 / 36, rel=1e-5)


def test_a_boat_is_the_same_among_others_and_backward() -> None:
    source = wind([[2.0, 9.0], [8.0, 3.0], [6.0, 5.0], [3.0, 10.0]])
    release, back = plan(all_days(), 2), plan(all_days(), 2, backward=True)
    whole, _ = hazard.redate(release, release.boats(np.arange(500)), source, "cubed", 0.0)
    some = np.array([431, 7, 92])
    few, _ = hazard.redate(release, release.boats(some), source, "cubed", 0.0)
    assert np.array_equal(few.release_step, whole.release_step[some])
    turned, _ = hazard.redate(back, back.boats(some), source, "cubed", 0.0)
    assert np.array_equal(turned.release_time, few.release_time)
    assert np.array_equal(turned.release_step, 96 - few.release_step)


def test_a_run_says_how_likely_its_dates_were(tiny: configuration.Config) -> None:
    """The column is there with a hazard, and only then."""
    tables = configuration.tables(tiny)
    over = {**tables, "release": {**tables["release"], "hazard_wind": "cubed"}}
    run = Simulation(configuration.parse(over), numbers=np.arange(60))
    assert "dates of release follow the cube of its speed" in run.notes["wind"]["note"]
    arrivals = run.arrivals()
    assert arrivals["release_density"].dtype == np.float32 and (arrivals["release_density"] > 0.0).all()
    assert "release_density" not in Simulation(tiny, numbers=[0]).arrivals()
