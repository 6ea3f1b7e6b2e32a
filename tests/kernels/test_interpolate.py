"""What a boat feels at a place and time: bilinear in space, linear in time, on any kind of axis, of its own member.

A step of one second of Euler's scheme on the plane: the displacement in metres is the velocity.
"""

from __future__ import annotations

from typing import Any

import naive
import numpy as np
import pytest
from analytic import NO_EDGES, boats, go, gridded, uniform

from driftsim.drift.advection import advect
from driftsim.forcing.memory import MemorySource
from driftsim.system.errors import InputError

RNG = np.random.default_rng(12)
UNIFORM = (np.linspace(100.0, 190.0, 10), np.linspace(-40.0, 25.0, 14))
# Latitudes of a Gaussian grid have steps that no finer uniform grid holds; so have these.
GAUSSIAN = (np.linspace(100.0, 190.0, 10) + 3.0 * np.sin(np.arange(10.0)), np.linspace(-40.0, 25.0, 14) ** 3 / 600.0)
REFINED = (UNIFORM[0], np.concatenate([np.arange(-40.0, -10.0, 6.0), np.arange(-10.0, 26.0, 3.0)]))
AXES = {"uniform": UNIFORM, "rectilinear": GAUSSIAN, "refined": REFINED}
TIMES = np.array([0.0, 3600.0, 18_000.0])


def random_source(kind: str, axes: str, members: int = 3) -> MemorySource:
    lon, lat = AXES[axes]
    shape = (len(TIMES), members, len(lat), len(lon), 2)
    return MemorySource(kind, lon, lat, TIMES, np.random.default_rng(7).uniform(-2.0, 3.0, shape))


def felt(
    source: Any, lon: Any, lat: Any, time: float, member: Any = 0, precision: str = "double", way: float = 1.0
) -> np.ndarray:
    a = boats(
        lon, lat, step_s=way, start=time, scheme="euler", precision=precision, physics=NO_EDGES,
        more={"metric": "plane"}, **{source.kind: source},
    )  # fmt: skip
    a.state["member"][:-1] = member
    if source.kind == "wind":  # windage of 100 % in both directions, so that the leeway is the wind
        a.state["down_a"] = 1.0
    end = go(a, 1)
    return way * np.stack([end["lon"] - lon, end["lat"] - lat])


@pytest.mark.parametrize("kind", ["current", "wind", "stokes"])
@pytest.mark.parametrize("axes", [*AXES])
@pytest.mark.parametrize(("precision", "tolerance"), [("double", 1e-11), ("single", 4e-6)])
def test_agrees_with_the_naive_one(kind: str, axes: str, precision: str, tolerance: float) -> None:
    source = random_source(kind, axes)
    n = 320
    lon = RNG.uniform(source.lon[0], source.lon[-1], n)
    lat = RNG.uniform(source.lat[0], source.lat[-1], n)
    member = RNG.integers(0, 7, n)  # more than the field has: they go round
    if axes == "refined":  # nodes put between the others are float32
        tolerance = max(tolerance, 5e-7)
    for time in (0.0, 1234.5, 3600.0, 9000.0, 17_999.0):
        expected = np.stack(naive.sample(source, lon, lat, time, member))
        np.testing.assert_allclose(felt(source, lon, lat, time, member, precision), expected, atol=tolerance)


@pytest.mark.parametrize("axes", [*AXES])
def test_a_node_has_its_own_value(axes: str) -> None:
    source = random_source("current", axes)
    y, x = np.meshgrid(source.lat, source.lon, indexing="ij")
    for k, time in enumerate(TIMES):
        expected = np.moveaxis(source.level(k)[1], -1, 0).reshape(2, -1)
        way = -1.0 if time == TIMES[-1] else 1.0  # a step may not look beyond the record
        np.testing.assert_allclose(felt(source, x.ravel(), y.ravel(), time, 1, way=way), expected, atol=1e-11)


@pytest.mark.parametrize(("precision", "rounding"), [("double", 1e-15), ("single", 1.2e-7)])
def test_an_even_field_comes_back_as_it_is(precision: str, rounding: float) -> None:
    """No factor of the number of corners, no blending with anything; from zero, so that no position rounds it away."""
    u, v = np.float32(0.3), np.float32(-0.7)
    flow = uniform("current", u, v, (-90.0, 190.0, -40.0, 25.0))
    end = advect(
        [0.0], [0.0], current=flow, step_s=1.0, steps=1, metric="plane", physics=NO_EDGES, precision=precision
    )  # fmt: skip
    assert end["lon"][0] == pytest.approx(float(u), rel=rounding)
    assert end["lat"][0] == pytest.approx(float(v), rel=rounding)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_never_beyond_the_values_around(precision: str) -> None:
    values = np.random.default_rng(3).uniform(0.0, 1.0, (1, 14, 10, 2))
    values[:, 4:7, 3:6] = 0.0
    values[:, 8:, 6:] = 1.0
    source = MemorySource("current", *UNIFORM, [0.0], values)
    lon, lat = RNG.uniform(100.0, 190.0, 4000), RNG.uniform(-40.0, 25.0, 4000)
    velocity = felt(source, lon, lat, 0.0, precision=precision)
    assert velocity.min() >= -1e-12 if precision == "double" else velocity.min() >= -2e-6
    assert velocity.max() <= 1.0 + (1e-12 if precision == "double" else 2e-6)


@pytest.mark.parametrize("axes", ["uniform", "rectilinear"])
def test_a_little_beyond_the_grid_the_outermost_cell_goes_on(axes: str) -> None:
    """A stage may look over the edge of the domain before the boat is taken out."""
    source = random_source("current", axes)
    lon = np.array([source.lon[0] - 0.9, source.lon[-1] + 1.1, 150.3, 151.0])
    lat = np.array([3.0, -4.4, source.lat[0] - 0.7, source.lat[-1] + 0.5])
    expected = np.stack(naive.sample(source, lon, lat, 9000.0))
    np.testing.assert_allclose(felt(source, lon, lat, 9000.0), expected, atol=1e-11)


def test_swapped_axes_would_show() -> None:
    source = gridded("current", *UNIFORM, [0.0], lambda x, y, t: (x / 128.0, y / 64.0))
    np.testing.assert_allclose(felt(source, [128.0], [16.0], 0.0), [[1.0], [0.25]], atol=1e-12)


@pytest.mark.parametrize("kind", ["current", "wind", "stokes"])
@pytest.mark.parametrize("hours", [-1.0, 4.01])
def test_outside_the_record_is_an_error(kind: str, hours: float) -> None:
    """Not zero, not the last level held: the caller is told which field and which moment."""
    source = random_source(kind, "uniform")
    hull = np.array([0.03, 0.0, 0.0, 0.0, 0.0, 0.0])
    inside = {"start": 3600.0 * 2, "step_s": 3600.0, "steps": 3, "metric": "plane", "physics": NO_EDGES, "hulls": hull}
    advect([120.0], [0.0], **{kind: source}, **inside)
    inside["start"] = 3600.0 * hours
    with pytest.raises(InputError, match=rf"{kind}.*1970-01-0"):
        advect([120.0], [0.0], **{kind: source}, **inside)


def test_a_mean_holds_to_the_ends_of_its_interval() -> None:
    """Daily means stand at noon and may be used for their whole day: before the first noon it is the first one."""
    source = random_source("current", "uniform")
    source.times = np.array([43_200.0, 129_600.0, 216_000.0])
    source.covers = (0.0, 259_200.0)
    first, last = (np.stack(naive.sample(source, [131.0], [7.0], t)) for t in (43_200.0, 216_000.0))
    np.testing.assert_allclose(felt(source, [131.0], [7.0], 0.0), first, atol=1e-11)
    np.testing.assert_allclose(felt(source, [131.0], [7.0], 259_199.0), last, atol=1e-11)
    with pytest.raises(InputError, match="current"):
        felt(source, [131.0], [7.0], 259_200.5)


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("axes", [*AXES])
@pytest.mark.parametrize("levels_h", [0.7, 3.0])
def test_corners_that_were_kept_are_those_of_a_fresh_look_up(axes: str, precision: str, levels_h: float) -> None:
    """A block keeps the corners of its cells from stage to stage and step to step; at the start of a call it has none.

    Boats cross cells of all three fields, inside a step too, and stay in others for hours; levels fall inside steps;
    neighbours in a block belong to different members.
    """
    rng = np.random.default_rng(5)
    lon, lat = AXES[axes]
    times = 3600.0 * levels_h * np.arange(40)
    fields = {}
    for kind, members, speed in (("current", 3, 20.0), ("stokes", 2, 12.0), ("wind", 5, 45.0)):
        values = rng.normal(0.3, 1.0, (len(times), members, len(lat), len(lon), 2)) * speed
        fields[kind] = MemorySource(kind, lon, lat, times, values, fastest_m_s=np.inf)
    n, steps = 150, 14
    lon0, lat0 = np.linspace(120.0, 165.0, n), np.linspace(-22.0, 5.0, n)

    def driven(in_one_call: int) -> np.ndarray:
        a = boats(
            lon0, lat0, step_s=3600.0, precision=precision, physics=NO_EDGES, **fields
        )  # fmt: skip
        a.state["member"][:-1] = np.arange(n) % 30
        a.state["down_a"], a.state["right_a"] = 0.9, 0.2
        for step in range(0, steps, in_one_call):
            a.drive(a.order(np.arange(n)), step, min(in_one_call, steps - step))
        return a.state[:-1].copy()

    kept, fresh = driven(steps), driven(1)
    assert np.median(np.hypot(kept["lon"] - lon0, kept["lat"] - lat0)) > 5.0  # as wide as a cell from south to north
    assert kept["lat"].min() > lat[0] and kept["lat"].max() < lat[-1]
    for axis in ("lon", "lat"):
        np.testing.assert_array_equal(kept[axis], fresh[axis])
