"""What happens to boats at sea: release on its step, capsizing, sinking, and which of two events comes first."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import naive
import numpy as np
import pytest
from analytic import boats, go, uniform
from scipy import stats

from driftsim import config
from driftsim.drift import fleet, leeway
from driftsim.kernels import drive
from driftsim.system import resources

BOX = (100.0, 160.0, 10.0, 70.0)
EASTWARD = {"current": uniform("current", 1.0, 0.25, BOX)}
TABLE = np.array([leeway.find(key).row for key in ("FISHING-VESSEL-5", "SKIFF-3")], np.float32)


def start(n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full(n, 134.0), np.full(n, 38.0)


# --- release


@pytest.mark.parametrize("window", [1, 5, 24])
def test_a_boat_waits_for_its_step_and_then_moves(window: int) -> None:
    n = 70
    release = np.arange(n) % 13
    a = boats(*start(n), **EASTWARD)
    a.state["release"][:-1] = release
    end = go(a, 10, window=window)
    gone = np.maximum(10 - release, 0)
    assert (end["status"] == np.where(release < 10, drive.AFLOAT, drive.WAITING)).all()
    a = boats(*start(1), **EASTWARD)
    places = [134.0] + [float(go(a, 1, first=i)["lon"][0]) for i in range(10)]
    np.testing.assert_allclose(end["lon"], np.array(places)[gone], rtol=1e-14)


def test_particle_steps_count_boats_that_move() -> None:
    a = boats(*start(70), **EASTWARD)
    a.state["release"][:-1] = np.arange(70) % 7
    done = a.drive(a.order(np.arange(70)), 0, 5)
    assert done == sum(max(5 - k % 7, 0) for k in range(70))


@pytest.mark.parametrize("status", [drive.LANDED, drive.LEFT, drive.SUNK])
def test_a_boat_whose_story_is_over_stays_where_it_is(status: int) -> None:
    a = boats(*start(3), physics={"draws": True, "walk_m": 300.0, "jibe": 0.5}, **EASTWARD)
    a.state["status"][1] = status
    end = go(a, 4)
    assert (end["lon"][1], end["lat"][1], end["status"][1], end["side"][1]) == (134.0, 38.0, status, 1)
    assert end["lon"][0] > 134.1
    assert end["lon"][2] > 134.1


# --- sinking


def test_a_boat_sinks_at_its_moment_on_its_way() -> None:
    """Within a step: as much of the chord as of the step; after the last: it is afloat."""
    n, dt = 80, 3600.0
    moments = np.linspace(-500.0, 6.3 * dt, n)
    a = boats(*start(n), physics={"sinking": True}, **EASTWARD)
    a.state["sink_time"][:-1] = moments
    b = boats(*start(1), **EASTWARD)
    places = np.array([[134.0, 38.0], *([*go(b, 1, first=i)[["lon", "lat"]][0]] for i in range(6))])
    end = go(a, 6)
    sunk = moments < 6 * dt
    np.testing.assert_array_equal(end["status"], np.where(sunk, drive.SUNK, drive.AFLOAT))
    when = np.clip(moments, 0.0, 6 * dt)
    for name, column in (("lon", 0), ("lat", 1)):
        np.testing.assert_allclose(end[name], np.interp(when, dt * np.arange(7), places[:, column]), rtol=1e-13)
    np.testing.assert_allclose(end["end_time"][sunk], when[sunk], atol=1e-6)
    assert np.isnan(end["end_time"][~sunk]).all()
    assert (end["exit"] == -1).all()


@pytest.mark.parametrize("after", [0.0, 12.0])
def test_lives_are_exponential(after: float) -> None:
    n = 40_000
    asked = {"run.seed": 5, "run.step_minutes": 30.0, "boats.sinking": {"mean_life_days": 20.0, "after_days": after}}
    run = config.load(resources.config("quickstart.toml"), asked)
    boat: Any = SimpleNamespace(number=np.arange(n, dtype=np.int64), release_step=np.arange(n) % 100)
    life = (fleet._sink_times(run, boat) - 1800.0 * boat.release_step) / 86_400.0
    assert stats.kstest((life - after) / 20.0, "expon").pvalue > 0.01
    assert life.min() >= after


def test_of_two_events_in_a_step_the_first_on_the_way_counts() -> None:
    """Leaving and sinking in one step, either way round."""
    plain = boats(*start(1), **EASTWARD)
    east = float(go(plain, 1)["lon"][0])
    edge = 134.0 + 0.4 * (east - 134.0)
    a = boats(*start(2), physics={"sinking": True, "east": edge}, **EASTWARD)
    a.state["sink_time"][:-1] = [0.3 * 3600.0, 0.5 * 3600.0]
    end = go(a, 1)
    assert end["status"].tolist() == [drive.SUNK, drive.LEFT]
    np.testing.assert_allclose(end["end_time"], [0.3 * 3600.0, 0.4 * 3600.0], rtol=1e-6)
    assert end["exit"][1] == drive.EAST


def test_a_boat_that_sank_has_not_left() -> None:
    a = boats(*start(1), physics={"sinking": True, "east": 134.01}, **EASTWARD)
    a.state["sink_time"][:-1] = 300.0
    end = go(a, 1)
    assert end["status"][0] == drive.SUNK
    assert end["exit"][0] == -1


# --- capsizing


def capsizing(n: int, wind: float, dt: float, **more: Any) -> Any:
    physics = {"capsizing": True, "capsize_wind": 17.0, "capsize_width": 4.0, "capsized_class": 1, "draws": True}
    a = boats(
        *start(n), step_s=dt, seed=21, scheme="euler", wind=uniform("wind", -0.6 * wind, 0.8 * wind, BOX),
        physics=physics | more, more={"hulls": leeway.with_carried(TABLE)},
    )  # fmt: skip
    hulls = leeway.draw_hulls(21, np.arange(n), np.zeros(n, np.int16), coefficients())
    for column, name in enumerate(drive.HULL):
        a.state[name][:-1] = hulls.coefficients[:, column]
    return a


def coefficients() -> leeway.Coefficients:
    return leeway.Coefficients(("upright", "capsized"), np.array([1.0, 0.0]), TABLE, 1)


@pytest.mark.parametrize("wind", [2.0, 9.2, 13.0, 17.0, 24.0])
@pytest.mark.parametrize("hours", [0.25, 1.0, 6.0])
def test_boats_capsize_as_often_as_the_wind_says(wind: float, hours: float) -> None:
    """0.5 + 0.5 tanh((W - 17) / 4) an hour, whatever the step, within 4 standard errors; also where it is rare."""
    n = 40_000 if hours > 0.5 else 20_000
    total = 6.0 if wind < 20.0 else 1.5 * max(hours, 0.5)
    steps = max(1, round(total / hours))
    end = go(capsizing(n, wind, 3600.0 * hours), steps)
    hourly = 0.5 + 0.5 * math.tanh((wind - 17.0) / 4.0)
    p = 1.0 - (1.0 - hourly) ** (steps * hours)
    found = (end["capsize_step"] >= 0).mean()
    assert abs(found - p) < 4.0 * math.sqrt(p * (1.0 - p) / n) + 1e-9
    # And when: the first step takes its share.
    first = 1.0 - (1.0 - hourly) ** hours
    at_once = (end["capsize_step"] == 1).mean()
    assert abs(at_once - first) < 4.0 * math.sqrt(first * (1.0 - first) / n) + 1e-9


def test_a_capsized_boat_drifts_as_its_new_class_from_the_next_step_on() -> None:
    """With the draws of its own number; it capsizes once."""
    n = 256
    a = capsizing(n, 16.0, 3600.0)
    before = a.state[:-1].copy()
    go(a, 1)
    end = a.state[:-1].copy()
    over = end["capsize_step"] == 1
    assert 50 < over.sum() < 200
    new = leeway.draw_hulls(21, np.arange(n), np.ones(n, np.int16), coefficients()).coefficients
    for column, name in enumerate(drive.HULL):
        # The driver's own copy of the drawing may round its last bit the other way.
        np.testing.assert_allclose(end[name], np.where(over, new[:, column], before[name]), rtol=3e-7)
    go(a, 1, first=1)
    later = a.state[:-1]
    np.testing.assert_array_equal(later["capsize_step"][over], 1)
    hull = np.stack([end[name] for name in drive.HULL], axis=1)
    u, v = naive.leeway(np.full(n, np.float32(-9.6), float), np.full(n, np.float32(12.8), float), hull)
    east, north = naive.metres_per_degree("wgs84", end["lat"])
    np.testing.assert_allclose((later["lon"] - end["lon"]) * east / 3600.0, u, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose((later["lat"] - end["lat"]) * north / 3600.0, v, rtol=1e-5, atol=1e-7)


def test_a_boat_that_capsizes_in_a_window_drifts_on_as_after_it() -> None:
    apart, together = capsizing(256, 16.0, 3600.0), capsizing(256, 16.0, 3600.0)
    go(apart, 6, window=1)
    go(together, 6)
    for name in ("lon", "lat", "capsize_step", *drive.HULL):
        np.testing.assert_array_equal(apart.state[name], together.state[name])


def test_without_wind_nobody_capsizes_and_boats_that_wait_do_not() -> None:
    a = capsizing(640, 30.0, 3600.0)
    a.state["release"][:-1] = np.where(np.arange(640) < 320, 0, 3)
    end = go(a, 3)
    assert (end["capsize_step"][:320] >= 0).mean() > 0.98
    assert (end["capsize_step"][320:] == -1).all()
    calm = go(capsizing(640, 0.0, 3600.0), 3)
    assert (calm["capsize_step"] >= 0).mean() < 0.01


# --- nothing else


def test_a_block_is_no_more_than_its_boats() -> None:
    """The spare row that fills the last block never moves, is never released and never counted."""
    a = boats(*start(65), physics={"draws": True, "walk_m": 100.0}, **EASTWARD)
    order = a.order(np.arange(65))
    assert len(order) % 64 == 0
    assert (order[65:] == 65).all()
    spare = a.state[-1].copy()
    assert a.drive(order, 0, 6) == 6 * 65
    for name in spare.dtype.names:
        assert a.state[name][-1:].tobytes() == spare[name].tobytes(), name


def test_no_boats_no_steps() -> None:
    a = boats([], [], **EASTWARD)
    assert a.drive(a.order(np.arange(0)), 0, 5) == 0
