"""Drawn eddies: what a stream function must be, what a member is, and what boats make of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from driftsim import config as configuration
from driftsim.area import shoreline
from driftsim.area.area import Area
from driftsim.drift.advection import Advection, new_state, plain_physics
from driftsim.drift.simulation import Simulation
from driftsim.forcing.climatology import eddies
from driftsim.forcing.climatology.eddies import Corners, Design, DrawnEddies
from driftsim.forcing.memory import MemorySource
from driftsim.system.errors import InputError

AREA = Area.load()
BOX = (127.0, 143.0, 33.0, 48.0)
DAY = 86_400.0
BASINS = {
    "Japan Basin": ((134.0, 138.0, 41.2, 42.2), 0.03, 0.04),
    "Yamato Basin": ((134.0, 136.5, 38.0, 39.5), 0.09, 0.11),
    "Ulleung Basin": ((130.5, 132.0, 36.5, 37.8), 0.12, 0.15),
}
"""West, east, south, north; least and greatest rms of a component, m/s."""


def climatology(members: int, seed: int = 3, days: float = 60.0, **more: Any) -> DrawnEddies:
    design = Design("eddies", more.get("length_km", 60.0), more.get("memory", 10.0), members, seed)
    return eddies.of_climatology(BOX, (0.0, days * DAY), design, more.get("scale", 1.0), shoreline.load().shore, AREA)


@pytest.fixture(scope="module")
def source() -> DrawnEddies:
    return climatology(30)


@pytest.fixture(scope="module")
def seasons(source: DrawnEddies) -> NDArray[np.float64]:
    """Eddies of independent moments and members, m/s, shape (60, ny, nx, 2)."""
    return np.concatenate([source.level(k) for k in (0, 25)]).astype(np.float64)


def at(source: DrawnEddies, field: NDArray[Any], lon: NDArray[Any], lat: NDArray[Any]) -> NDArray[Any]:
    """The bilinear field at places, shape (season, place, 2)."""
    x, y = (lon - source.lon[0]) / eddies.CELL_DEG, (lat - source.lat[0]) / eddies.CELL_DEG
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    a, b = (x - i)[:, None], (y - j)[:, None]
    south = (1 - a) * field[:, j, i] + a * field[:, j, i + 1]
    north = (1 - a) * field[:, j + 1, i] + a * field[:, j + 1, i + 1]
    return (1 - b) * south + b * north


def basin(name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    (west, east, south, north), _, _ = BASINS[name]
    lon, lat = np.meshgrid(np.arange(west, east, 0.1), np.arange(south, north, 0.1))
    return lon.ravel(), lat.ravel()


def rms(values: NDArray[Any]) -> float:
    return float(np.sqrt(np.mean(values**2)))


# ---- the field ----


def test_the_taper_is_flat_at_both_ends() -> None:
    assert eddies.taper(np.array([0.0, 10.0, 22.5, 35.0, 60.0, 400.0])).tolist() == pytest.approx(
        [0.0, 0.0, 0.15625, 0.5, 1.0, 1.0]
    )


def test_a_level_is_the_curl_of_a_smoothed_lattice_of_numbers() -> None:
    """By a sum over the whole lattice, in degrees, without rows and columns: one member, one node off Noto."""
    source = climatology(3, memory=6.0)
    smooth, k, member = source._smooth, 7, 2
    times = range(-15, 16)
    in_time = np.exp(-0.5 * (np.array(times) / 3.0) ** 2)  # one level a day; half of the memory of 6 days
    in_time /= math.sqrt((in_time**2).sum())
    drawn = sum(
        w * smooth._draw(k + t)[member].astype(float) for t, w in zip(times, in_time, strict=True) if abs(t) <= 9
    )
    corners = Corners.of(BOX)
    rows, columns = drawn.shape
    lat0 = corners.lat[0] - 0.5 * smooth._rows
    lon0 = corners.lon[0] - 0.5 * smooth._columns
    lat = (lat0 + 0.5 * np.arange(rows))[:, None]
    lon = (lon0 + 0.5 * np.arange(columns))[None, :]
    width = 60.0 / math.sqrt(2.0) / 111.2

    def g(x: float, y: float) -> float:
        north = np.exp(-0.5 * ((lat - y) / width) ** 2)
        east = np.exp(-0.5 * ((lon - x) * np.cos(np.radians(lat)) / width) ** 2)
        # Each row of the lattice is made one of variance 1 before the rows are added.
        east /= np.sqrt((east**2).sum(axis=1, keepdims=True))
        return float((drawn * east * north / math.sqrt((north**2).sum())).sum())

    j, i = 24, 43  # 137.5 E, 38.75 N, off Noto; every corner is more than 60 km from any shore
    speed = eddies.typical_speed(*corners.mesh, AREA)
    felt = eddies._felt_speed(source_design(source), corners.lat, 1.0)
    psi = {
        (dj, di): g(corners.lon[i + di], corners.lat[j + dj]) * speed[j + dj, i + di] / felt[j + dj]
        for dj in (0, 1)
        for di in (0, 1)
    }
    metres = 111_200.0 * 0.25
    u = -(psi[1, 0] + psi[1, 1] - psi[0, 0] - psi[0, 1]) / 2 / metres
    v = (psi[0, 1] + psi[1, 1] - psi[0, 0] - psi[1, 0]) / 2 / (metres * math.cos(math.radians(source.lat[j])))
    assert source.level(k)[member, j, i] == pytest.approx([u, v], abs=0.01 * math.hypot(u, v))


def source_design(source: DrawnEddies) -> Design:
    return source._smooth._design


def test_nothing_flows_out_of_a_box_of_four_nodes(source: DrawnEddies, seasons: NDArray[Any]) -> None:
    """Divergence below 1 % of the vorticity; without the cosine of latitude it would be 2 %."""
    u, v = seasons[..., 0], seasons[..., 1]
    cosine = np.cos(np.radians(source.lat))[:, None]

    def east(f: NDArray[Any]) -> NDArray[Any]:
        return f[:, 1:, 1:] + f[:, :-1, 1:] - f[:, 1:, :-1] - f[:, :-1, :-1]

    def north(f: NDArray[Any]) -> NDArray[Any]:
        return f[:, 1:, 1:] + f[:, 1:, :-1] - f[:, :-1, 1:] - f[:, :-1, :-1]

    assert rms(east(u) + north(v * cosine)) < 0.01 * rms(east(v) - north(u * cosine))


@pytest.mark.parametrize("name", BASINS)
def test_each_basin_has_its_own_speed(source: DrawnEddies, seasons: NDArray[Any], name: str) -> None:
    found = rms(at(source, seasons, *basin(name)))
    _, least, most = BASINS[name]
    # A basin holds two eddies or so of each of 60 seasons: one standard error is 5 %.
    assert 0.9 * least < found < 1.1 * most


def test_little_crosses_the_coast(source: DrawnEddies, seasons: NDArray[Any]) -> None:
    """Normal to the generalised coast, every 5 km: a tenth of the typical speed of the place, or less."""
    across, weight = 0.0, 0.0
    for line in shoreline.load().lines:
        lon, lat = 0.5 * (line.lon[1:] + line.lon[:-1]), 0.5 * (line.lat[1:] + line.lat[:-1])
        inside = (lon > 127.2) & (lon < 142.8) & (lat > 33.2) & (lat < 47.8)
        if not inside.any():
            continue
        east = (np.diff(line.lon) * np.cos(np.radians(lat)))[inside]
        north = np.diff(line.lat)[inside]
        length = np.hypot(east, north)
        wind = at(source, seasons, lon[inside], lat[inside])
        normal = (wind[..., 0] * north - wind[..., 1] * east) / length
        typical = eddies.typical_speed(lon[inside], lat[inside], AREA)
        across += float(((normal**2).mean(axis=0) / typical**2 * length).sum())
        weight += float(length.sum())
    assert 0.02 < math.sqrt(across / weight) < 0.10  # zero on the very shore would leave 0.13


def test_strength_and_shore_of_a_domain() -> None:
    """Twice the scale is twice the eddies, to the bit; without a shore they do not end."""
    one, two = climatology(2), climatology(2, scale=2.0)
    assert np.array_equal(2.0 * one.level(3), two.level(3))
    design = Design("eddies", 60.0, 10.0, 2, 3)
    endless = eddies.of_climatology(BOX, (0.0, DAY), design, 1.0, None, AREA)
    inland = np.s_[:, 30:34, 4:6]  # North Korea
    assert not one.level(3)[inland].any() and endless.level(0)[inland].any()


def test_a_length_that_the_grid_cannot_hold() -> None:
    with pytest.raises(InputError, match="20 km is not between 40 and 200 km"):
        climatology(2, length_km=20.0)


# ---- members ----


def test_a_member_is_the_same_of_few_and_of_many(source: DrawnEddies) -> None:
    few = climatology(8)
    for k in (20, 2, 11):  # in any order
        assert np.array_equal(few.level(k), source.level(k)[:8])
    assert not np.array_equal(few.level(2), climatology(8, seed=4).level(2))
    later = eddies.of_climatology(
        BOX, (4 * DAY, 9 * DAY), Design("eddies", 60.0, 10.0, 8, 3), 1.0, shoreline.load().shore, AREA
    )
    assert np.array_equal(later.level(0), few.level(2))  # by time, not by place in the run


def test_eddies_carry_boats_like_a_current() -> None:
    """A uniform field in the place of eddies, on top of a current: the boats go with the sum, to the bit."""
    lon, lat, times = np.array([133.0, 139.0]), np.array([36.0, 41.0]), np.array([0.0, 40 * DAY])

    def steady(kind: str, u: float, v: float) -> MemorySource:
        return MemorySource("current", lon, lat, times, np.broadcast_to(np.float32([u, v]), (2, 2, 2, 2)))

    def drift(**sources: MemorySource) -> NDArray[Any]:
        state = new_state([134.2, 137.1], [37.5, 39.9], np.float32)
        advection = Advection(sources, state, plain_physics(3600.0, np.float32), lambda t: t)
        advection.drive(advection.order(np.arange(2)), 0, 48)
        return state[["lon", "lat"]][:2]

    both = drift(current=steady("current", 0.25, -0.125), eddies=steady("eddies", 0.125, 0.5))
    assert np.array_equal(both, drift(current=steady("current", 0.375, 0.375)))
    assert not np.array_equal(both, drift(current=steady("current", 0.25, -0.125)))


def changed(tiny: configuration.Config, **current: Any) -> configuration.Config:
    tables = configuration.tables(tiny)
    return configuration.parse({**tables, "current": {"product": "climatology", **current}})


def test_a_run_has_as_many_eddies_as_winds(tiny: configuration.Config) -> None:
    """Where nothing is said; 200 where there is no ensemble; none where they are switched off."""
    run = Simulation(changed(tiny), numbers=[0])
    assert run.windows["eddies"].members == run.windows["wind"].members == run.members
    assert Simulation(changed(tiny, members=7), numbers=[0]).windows["eddies"].members == 7
    assert "eddies" not in Simulation(changed(tiny, eddy_scale=0.0), numbers=[0]).windows
    alone = changed(tiny).model_copy(update={"wind": None})
    assert Simulation(alone, numbers=[0]).members == 200


def test_the_flight_is_what_the_eddies_leave(tiny: configuration.Config) -> None:
    tables = {name: table for name, table in configuration.tables(tiny).items() if name != "mixing"}
    speeds = [
        configuration.parse({**tables, "current": {"product": "climatology", "eddy_scale": scale}}).mixing
        for scale in (1.0, 0.5, 0.0)
    ]
    assert [mixing.flight_speed_m_s for mixing in speeds] == [0.04, 0.04, 0.12]
    much = configuration.parse({**tables, "mixing": {"flight_speed_m_s": 0.12}})
    assert "0.12 m/s comes on top" in Simulation(much, numbers=[0]).windows["eddies"].source.info["note"]


# ---- full counts ----


@pytest.mark.long
def test_speed_and_memory_of_a_uniform_sea() -> None:
    """Rms as boats feel it within 2 %, the correlations of a Gaussian stream function within 0.03."""
    corners = Corners.of(BOX)
    design = Design("eddies", 60.0, 10.0, 400, 11)
    source = DrawnEddies(design, corners, np.full(corners.mesh[0].shape, 0.1), (0.0, 40 * DAY), {})
    levels = np.stack([source.level(k) for k in range(7)]).astype(np.float64)
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(130.0, 140.0, 500), rng.uniform(35.0, 46.0, 500)
    felt = [
        rms((1 - w) * at(source, levels[3], lon, lat) + w * at(source, levels[4], lon, lat)) for w in (0.1, 0.3, 0.5)
    ]
    assert np.mean(felt) == pytest.approx(0.1, rel=0.02)
    for lag in (1, 3, 6):
        found = (levels[0] * levels[lag]).mean() / (levels[0] ** 2).mean()
        assert found == pytest.approx(math.exp(-((2.0 * lag / 10.0) ** 2)), abs=0.03)
    u, v = levels[0][..., 0], levels[0][..., 1]
    for cells in (1, 2, 4):
        r2 = (111.2 * 0.25 * cells / 60.0) ** 2
        along = (v[:, :-cells] * v[:, cells:]).mean() / (v**2).mean()
        across = (u[:, :-cells] * u[:, cells:]).mean() / (u**2).mean()
        # The velocity is that of a cell, which is smoother than that of a point.
        assert along == pytest.approx(math.exp(-0.5 * r2), abs=0.05)
        assert across == pytest.approx((1 - r2) * math.exp(-0.5 * r2), abs=0.08)


def spread(source: DrawnEddies | None, flight: float, lon: float, lat: float, days: int) -> tuple[NDArray[Any], Any]:
    """Of boats let go at one place, one pair 10 km apart for each member: rms from the mean, and between two, km."""
    members, step = 200, 3600.0
    first = np.repeat(np.arange(members), 2)
    side = np.tile([-0.5, 0.5], members)
    state = new_state(lon + side * 10.0 / (111.2 * math.cos(math.radians(lat))), np.full(2 * members, lat), np.float32)
    state["member"][:-1] = first
    keep = math.exp(-step / (3 * DAY))
    physics = plain_physics(step, np.float32, seed=9)._replace(
        flight=flight > 0.0, flight_keep=np.float32(keep), flight_kick=np.float32(flight * math.sqrt(1 - keep**2))
    )
    rng = np.random.default_rng(2)
    for name in ("flight_u", "flight_v"):
        state[name][:-1] = flight * rng.standard_normal(2 * members)
    sources = {} if source is None else {"eddies": source}
    advection = Advection(sources, state, physics, lambda t: t)
    order, out = advection.order(np.arange(2 * members)), []
    for day in range(days):
        advection.drive(order, 24 * day, 24)
        x = (state["lon"][:-1] - lon) * 111.2 * math.cos(math.radians(lat))
        y = (state["lat"][:-1] - lat) * 111.2
        single = math.sqrt(0.5 * (x.var() + y.var()))
        pair = np.hypot(x[::2] - x[1::2], y[::2] - y[1::2])
        out.append((single, rms(pair)))
    return np.array(out).T, None


@pytest.mark.long
def test_boats_of_a_season_stay_together_for_a_while() -> None:
    """Against the flight of 0.12 m/s that stood for eddies: single boats spread alike, pairs much later."""
    found = {}
    for name, lon, lat in (("Yamato Basin", 135.2, 38.8), ("Japan Basin", 136.0, 41.7)):
        drawn, _ = spread(climatology(200, days=32), 0.04, lon, lat, 30)
        alone, _ = spread(None, 0.12, lon, lat, 30)
        found[name] = drawn, alone
        print(
            name,
            *(
                f"{what} {values[:, [4, 9, 19, 29]].round(0).tolist()}"
                for what, values in (("eddies", drawn), ("flight", alone))
            ),
        )
    drawn, alone = found["Yamato Basin"]
    assert 0.6 < drawn[0, 19] / alone[0, 19] < 1.2  # no more than the dispersion that was there before
    assert drawn[1, 4] < 0.6 * alone[1, 4]
    drawn, alone = found["Japan Basin"]
    assert drawn[0, 19] < 0.8 * alone[0, 19]  # a quiet sea


# ---- the error of a current from files ----


def from_files(tmp_path: Any, product: str, members: int = 1, **mixing: float) -> configuration.Config:
    """A day and a half with a uniform current of 0.1 m/s in the layout of a product."""
    import xarray as xr

    lon, lat = np.arange(132.0, 138.1, 0.25), np.arange(37.0, 41.1, 0.25)
    times = np.datetime64("2017-11-01T12", "ns") + np.arange(4) * np.timedelta64(1, "D")
    shape = (len(times), len(lat), len(lon))
    names = {"duacs": ("ugos", "vgos"), "glo12": ("uo", "vo"), "cf": ("uo", "vo")}[product]
    coordinates = {
        "time": times,
        "latitude": ("latitude", lat, {"units": "degrees_north"}),
        "longitude": ("longitude", lon, {"units": "degrees_east"}),
    }
    dimensions: tuple[str, ...] = ("time", "latitude", "longitude")
    if members > 1:
        shape, dimensions = (members, *shape), ("number", *dimensions)
        coordinates["number"] = ("number", np.arange(members), {"standard_name": "realization"})  # type: ignore[assignment]
    variables = {name: (dimensions, np.full(shape, 0.1, np.float32), {"units": "m s-1"}) for name in names}
    file = tmp_path / f"{product}_{members}.nc"
    xr.Dataset(variables, coordinates).to_netcdf(file)
    tables = {
        "run": {"start": "2017-11-02", "end": "2017-11-03T12:00", "threads": 1},
        "current": {"product": product, "files": [str(file)], "u": names[0], "v": names[1]},
        "boats": {"number": 400, "classes": [{"windage_percent": 0.0}]},
        "mixing": {"diffusivity_m2_s": 0.0, **mixing},
        "release": {"sources": [{"name": "a", "kind": "point", "points": [[135.0, 39.0]], "dates": ["2017-11-02"]}]},
        "coast": {"shoreline": "none", "domain": [132.5, 137.5, 37.5, 40.5]},
        "output": {"tracks": 0},
    }
    return configuration.parse(tables, tmp_path)


@pytest.mark.parametrize(("product", "speed"), [("duacs", 0.10), ("glo12", 0.12), ("cf", 0.0)])
def test_a_current_from_files_errs_as_its_kind_does(tmp_path: Any, product: str, speed: float) -> None:
    """Boats of one place drift apart by the error of their member, 200 of them, and two of one member not at all."""
    run = Simulation(from_files(tmp_path, product))
    run.advance(36)
    arrivals = run.arrivals()
    x = arrivals["final_lon"].values - 135.0 - 0.1 * 36 * 3.6 / (111.2 * math.cos(math.radians(39.0)))
    spread = x.std() * 111.2 * math.cos(math.radians(39.0)) / (36 * 3.6)
    # In 36 of 72 hours a little of it is forgotten; 200 draws have a standard error of 5 %.
    assert spread == pytest.approx(0.97 * speed, rel=0.15)
    assert np.array_equal(x[:200], x[200:])
    assert run.members == (200 if speed else 1)
    note = run.notes["eddies" if speed else "current"]["note"]
    assert (f"{speed:g} m/s rms" if speed else "no error of it is assumed") in note


def test_an_error_that_is_given_or_there_already(tmp_path: Any) -> None:
    """Given without a length, each boat has its own; an ensemble is its own error."""
    own = from_files(tmp_path, "duacs", current_error_m_s=0.2)
    assert own.mixing.boat_error_m_s == 0.2 and "eddies" not in Simulation(own, numbers=[0]).windows
    field = from_files(tmp_path, "duacs", current_error_m_s=0.2, current_error_km=80.0)
    assert field.mixing.boat_error_m_s == 0.0 and Simulation(field, numbers=[0]).notes["eddies"]["speed_m_s"] == 0.2
    ensemble = Simulation(from_files(tmp_path, "glo12", members=3), numbers=[0])
    assert ensemble.members == 3 and "its members are its error" in ensemble.notes["current"]["note"]
