"""Whatever the grid, the field, the place and the options: no boat loses its place, and every boat has one outcome."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftsim import config as configuration
from driftsim.drift import release
from driftsim.drift.simulation import Simulation
from driftsim.forcing.memory import MemorySource
from driftsim.system.errors import InputError

START = 1506816000.0  # 2017-10-01
DOMAIN = (127.0, 143.0, 33.0, 48.0)
FASTEST = {"current": 5.0, "wind": 80.0}

CLASSES = [{"leeway": "SKIFF-3"}, {"windage_percent": 100.0, "windage_angle_deg": -170.0}]

degrees = st.tuples(st.floats(128.0, 142.0), st.floats(34.0, 47.0))


@st.composite
def axis(draw: Any, low: float, high: float) -> Any:
    """A grid axis that reaches over the domain: uniform, or with steps of any size."""
    count = draw(st.integers(2, 12))
    if draw(st.booleans()):
        return np.linspace(low, high, count)
    steps = np.cumsum(draw(st.lists(st.floats(0.01, 1.0), min_size=count - 1, max_size=count - 1)))
    return low + (high - low) * np.concatenate(([0.0], steps)) / steps[-1]


@st.composite
def field(draw: Any, kind: str) -> MemorySource:
    """Rough fields, up to the fastest that is believed, with levels at any times."""
    lon, lat = draw(axis(DOMAIN[0], DOMAIN[1])), draw(axis(DOMAIN[2], DOMAIN[3]))
    levels, members = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    speed = draw(st.sampled_from([0.0, 0.01, 0.3, 1.0])) * FASTEST[kind]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = rng.uniform(-1.0, 1.0, (levels, members, lat.size, lon.size, 2)) * speed / np.sqrt(2.0)
    times = START + np.cumsum(draw(st.lists(st.floats(60.0, 2e5), min_size=levels, max_size=levels)))
    times[0] = START
    if levels > 1:
        times[-1] = max(times[-1], START + 4 * 86_400.0)
    return MemorySource(kind, lon, lat, times, values)


places = st.one_of(
    degrees.map(lambda p: {"kind": "point", "points": [p]}),
    st.tuples(degrees, st.floats(0.1, 300.0)).map(lambda a: {"kind": "circle", "points": [a[0]], "radius_km": a[1]}),
    st.lists(degrees, min_size=2, max_size=5).map(lambda p: {"kind": "line", "points": p}),
    st.lists(degrees, min_size=3, max_size=6).map(lambda p: {"kind": "polygon", "points": p}),
    st.tuples(degrees, degrees).map(
        lambda a: {"kind": "box", "box": [*sorted((a[0][0], a[1][0])), *sorted((a[0][1], a[1][1]))]}
    ),
)  # fmt: skip


@st.composite
def config(draw: Any) -> configuration.Config | None:
    """A config of a few boats and days; None where its parts do not fit, which must be told in a message."""
    days = draw(st.integers(1, 4))
    backward = draw(st.booleans())
    tables: dict[str, Any] = {
        "run": {
            "start": "2017-10-01", "end": f"2017-10-0{1 + days}", "threads": 1, "seed": draw(st.integers(0, 2**63 - 1)),
            "step_minutes": draw(st.sampled_from([60.0, 30.0, 180.0, 360.0])),
            "scheme": draw(st.sampled_from(["rk4", "rk2", "euler"])),
            "precision": draw(st.sampled_from(["single", "double"])),
            "direction": "backward" if backward else "forward",
        },
        "current": {},
        "wind": {},
        "boats": {
            "number": draw(st.integers(1, 40)),
            "jibe_percent_per_hour": draw(st.sampled_from([0.0, 4.0, 99.0])),
            "classes": [draw(st.sampled_from(CLASSES))],
        },
        "mixing": {
            "diffusivity_m2_s": draw(st.sampled_from([0.0, 50.0, 1e6])),
            "flight_speed_m_s": draw(st.sampled_from([0.0, 0.12, 5.0])),
            "wind_error_m_s": draw(st.sampled_from([0.0, 50.0])),
        },
        "release": {"first": "2017-10-01", "last": f"2017-10-0{draw(st.integers(1, days))}", "on_land": "move",
                    "sources": [{"name": "a", **draw(places)}]},
        "coast": {"shoreline": draw(st.sampled_from(["gshhg", "none"])),
                  "refloat_half_life_hours": draw(st.sampled_from([0.0, 2.0]))},
        "output": {"tracks": 3, "track_every_hours": 6.0, "density_grid_deg": draw(st.sampled_from([0.25, 3.7]))},
    }  # fmt: skip
    if not backward:
        tables["boats"]["sinking"] = {"mean_life_days": draw(st.sampled_from([0.01, 3.0, 1e6]))}
        tables["boats"]["capsizing"] = {"wind_m_s": draw(st.sampled_from([0.1, 30.0]))}
    try:
        return configuration.parse(tables)
    except configuration.ConfigError as refused:
        assert refused.problems and all(p.key for p in refused.problems)
        return None


def check(given_config: configuration.Config | None, current: MemorySource, wind: MemorySource) -> None:
    if given_config is None:
        return
    try:
        run = Simulation(given_config, sources={"current": current, "wind": wind})
    except InputError as refused:
        assert "release source 'a'" in str(refused), refused
        return
    steps = given_config.run.steps
    while run.step < steps:
        run.advance(steps // 3 + 1)
        for name in ("lon", "lat"):
            assert np.isfinite(run.advection.state[name]).all(), name
    boats = run.arrivals()
    west, east, south, north = DOMAIN
    for lon, lat in (("release_lon", "release_lat"), ("final_lon", "final_lat")):
        x, y = boats[lon].values, boats[lat].values
        assert np.isfinite(x).all() and np.isfinite(y).all()
        assert ((x >= west - 5.0) & (x <= east + 5.0) & (y >= south - 5.0) & (y <= north + 5.0)).all()
    outcomes = np.bincount(boats["outcome"].values, minlength=4)
    assert outcomes.sum() == given_config.boats.number and len(outcomes) == 4
    landed = boats["outcome"].values == 1
    assert ((boats["stretch"].values >= 0) == landed).all()
    assert ((boats["exit"].values >= 0) == (boats["outcome"].values == 2)).all()
    assert (
        np.isfinite(boats["landing_lon"].values[landed]).all() and np.isnan(boats["landing_lon"].values[~landed]).all()
    )


few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@few
@given(config(), field("current"), field("wind"))
def test_any_run_keeps_its_boats(given_config: Any, current: MemorySource, wind: MemorySource) -> None:
    check(given_config, current, wind)


@pytest.mark.long
@settings(few, max_examples=300)
@given(config(), field("current"), field("wind"))
def test_any_run_keeps_its_boats_many_times(given_config: Any, current: MemorySource, wind: MemorySource) -> None:
    check(given_config, current, wind)


@settings(few, max_examples=40)
@given(places, st.integers(0, 2**63 - 1))
def test_any_place_is_drawn_from_within_the_domain_or_refused(place: dict[str, Any], seed: int) -> None:
    tables = {
        "run": {"start": "2017-10-01", "end": "2017-10-03", "seed": seed}, "current": {},
        "boats": {"number": 50, "classes": [{"windage_percent": 0.0}]},
        "release": {"first": "2017-10-01", "last": "2017-10-02", "sources": [{"name": "a", **place}]},
        "coast": {"shoreline": "none"},
    }  # fmt: skip
    try:
        boats = release.plan(configuration.parse(tables), None).boats(np.arange(50))
    except InputError as refused:
        assert "release.sources[0]" in str(refused) or "release source 'a'" in str(refused)
        return
    assert (
        (boats.lon >= DOMAIN[0]) & (boats.lon <= DOMAIN[1]) & (boats.lat >= DOMAIN[2]) & (boats.lat <= DOMAIN[3])
    ).all()
    assert ((boats.release_step >= 0) & (boats.release_step <= 48)).all()
