"""The driver at the coast: landfalls against shapely, islets, the four edges, refloating.

A step's chord is straight in longitude and latitude, so shapely's plane geometry is exact for it. Boats land at the
first crossing of their path, in the middle of a step, and nowhere else.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely
from analytic import boats, go, gridded, uniform

from driftsim.area import shoreline
from driftsim.forcing.memory import MemorySource
from driftsim.kernels import drive

AREAS = {  # W, E, S, N
    "oga": (139.5, 140.1, 39.75, 40.1),
    "noto": (136.6, 137.4, 36.8, 37.6),
    "sado": (138.1, 138.7, 37.7, 38.4),
    "oki": (132.8, 133.5, 35.9, 36.4),
    "tsugaru": (139.9, 141.6, 40.9, 41.9),
}
BOX = (120.0, 150.0, 28.0, 55.0)
MEMBERS = 64
DEGREE_M = 111_320.0


class Land:
    """The same polygons for shapely: prepared to ask for points, and as single edges to ask for crossings."""

    def __init__(self, coast: shoreline.Coast) -> None:
        self.polygons = [shapely.Polygon(ring) for ring in coast.polygons]
        self.all = shapely.multipolygons(self.polygons)
        shapely.prepare(self.all)
        shore = np.flatnonzero(coast.segment_is_shore)
        self.edges = shapely.linestrings(np.stack([coast.vertices[shore], coast.vertices[shore + 1]], axis=1))
        self.tree = shapely.STRtree(self.edges)

    def holds(self, lon: Any, lat: Any) -> np.ndarray:
        return np.asarray(shapely.contains_xy(self.all, lon, lat))

    def landfalls(self, x0: Any, y0: Any, x1: Any, y1: Any) -> np.ndarray:
        """Part of each chord, which starts at sea, after which it meets the shore; inf where it does not."""
        chords = shapely.linestrings(np.stack([np.stack([x0, y0], -1), np.stack([x1, y1], -1)], axis=1))
        which, edge = self.tree.query(chords, predicate="intersects")
        points, owner = shapely.get_coordinates(
            shapely.intersection(chords[which], self.edges[edge]), return_index=True
        )
        which = which[owner]
        start = np.stack([x0, y0], axis=-1)[which]
        way = np.stack([x1, y1], axis=-1)[which] - start
        out = np.full(len(chords), np.inf)
        np.minimum.at(out, which, ((points - start) * way).sum(axis=1) / (way**2).sum(axis=1))
        return out


@pytest.fixture(scope="module")
def coast() -> shoreline.Coast:
    return shoreline.load()


@pytest.fixture(scope="module")
def land(coast: shoreline.Coast) -> Land:
    return Land(coast)


def metres(x0: Any, y0: Any, x1: Any, y1: Any) -> np.ndarray:
    return DEGREE_M * np.hypot((np.asarray(x1) - x0) * np.cos(np.radians(y0)), np.asarray(y1) - y0)


def at_sea(land: Land, area: str, n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    west, east, south, north = AREAS[area]
    lon, lat = rng.uniform(west, east, 4 * n), rng.uniform(south, north, 4 * n)
    sea = ~land.holds(lon, lat)
    return lon[sea][:n], lat[sea][:n]


def everywhere(seed: int = 2) -> MemorySource:
    """Steady currents that are the same everywhere: a direction and a speed (0.5 to 8 km an hour) for each member."""
    rng = np.random.default_rng(seed)
    speed, towards = rng.uniform(500.0, 8000.0, MEMBERS) / 3600.0, rng.uniform(0.0, 2.0 * np.pi, MEMBERS)
    return uniform("current", speed * np.cos(towards), speed * np.sin(towards), BOX)


def fleet(lon: Any, lat: Any, coast: shoreline.Coast | None, precision: str = "single", **how: Any) -> Any:
    physics = {"coast": coast is not None, **how.pop("physics", {})}
    more = {"shore": coast.shore} if coast is not None else {}
    a = boats(lon, lat, precision=precision, physics=physics, more=more, **how)
    a.state["member"][:-1] = np.arange(len(lon)) % MEMBERS
    return a


def check_step(land: Land, before: Any, free: Any, end: Any, elapsed: float, dt: float = 3600.0) -> int:
    """One step against shapely: who landed, where and when; the rest moved as without a coast."""
    fraction = land.landfalls(before["lon"], before["lat"], free["lon"], free["lat"])
    landed = end["status"] == drive.LANDED
    # A chord that ends within a millimetre of the shore may go either way by rounding.
    length = metres(before["lon"], before["lat"], free["lon"], free["lat"])
    sure = np.abs(fraction - 1.0) * length > 1e-3
    np.testing.assert_array_equal(landed[sure], np.isfinite(fraction)[sure])
    hit = landed & np.isfinite(fraction)
    lon = before["lon"] + fraction * (free["lon"] - before["lon"])
    lat = before["lat"] + fraction * (free["lat"] - before["lat"])
    off = metres(lon[hit], lat[hit], end["land_lon"][hit], end["land_lat"][hit])
    assert off.size == 0 or off.max() < 0.01, off.max()
    np.testing.assert_allclose(end["land_time"][hit], elapsed + fraction[hit] * dt, atol=0.1)
    for name in ("lon", "lat"):
        np.testing.assert_array_equal(end[name][~landed], free[name][~landed])
        np.testing.assert_array_equal(end[name][hit], end[f"land_{name}"][hit])
    assert (end["segment"][landed] >= 0).all()
    assert (end["segment"][~landed] == -1).all()
    return int(landed.sum())


@pytest.mark.parametrize("area", [*AREAS])
@pytest.mark.parametrize("precision", ["single", "double"])
def test_no_landfall_is_missed_and_none_invented(area: str, precision: str, coast: shoreline.Coast, land: Land) -> None:
    """20 000 steps in each of five waters."""
    one_step(*at_sea(land, area, 20_000), coast, land, precision)


def one_step(lon: Any, lat: Any, coast: shoreline.Coast, land: Land, precision: str) -> None:
    field = everywhere()
    start = fleet(lon, lat, None, precision, current=field).state[:-1].copy()
    free = go(fleet(lon, lat, None, precision, current=field), 1)
    end = go(fleet(lon, lat, coast, precision, current=field), 1)
    landings = check_step(land, start, free, end, 0.0)
    assert landings > 0.05 * len(lon)
    # What a program sees that only asks whether a step ends on land:
    assert land.holds(free["lon"], free["lat"]).sum() < landings


def test_a_path_of_two_days_with_wind_and_walk(coast: shoreline.Coast, land: Land) -> None:
    """Step after step: a boat lands at the first crossing of all its chords; the dead stay, the living are at sea."""
    lon, lat = at_sea(land, "tsugaru", 2000, seed=8)
    wind = uniform("wind", *np.random.default_rng(4).normal(0.0, 8.0, (2, MEMBERS)), BOX)

    def made(with_coast: bool) -> Any:
        a = fleet(
            lon, lat, coast if with_coast else None, current=everywhere(9), wind=wind, step_s=1800.0, seed=3,
            physics={"draws": True, "walk_m": 100.0, "jibe": 0.05},
        )  # fmt: skip
        for name, value in zip(drive.HULL, (0.03, 0.0, 0.01, 0.02, -0.01, -0.02), strict=True):
            a.state[name][:-1] = value
        return a

    real, ghost, total = made(True), made(False), 0
    for step in range(96):
        alive = real.state["status"][:-1] < drive.LANDED
        before = real.state[:-1].copy()
        ghost.state[:] = real.state  # where it would have gone without a coast
        free, end = go(ghost, 1, first=step).copy(), go(real, 1, first=step)
        assert (end["lon"][~alive] == before["lon"][~alive]).all()
        total += check_step(land, before[alive], free[alive], end[alive], 1800.0 * step, 1800.0)
    status = real.state["status"][:-1]
    assert total == (status == drive.LANDED).sum() > 1200
    adrift = status == drive.AFLOAT
    assert adrift.sum() > 30
    assert not land.holds(real.state["lon"][:-1][adrift], real.state["lat"][:-1][adrift]).any()


def test_every_islet_is_hit(coast: shoreline.Coast, land: Land) -> None:
    """The smallest islands of the data, some of 50 m: boats sent across each from eight sides, over steps of 6 km."""
    island = np.array([[*ring.mean(axis=0), *np.ptp(ring, axis=0)] for ring in coast.polygons])
    inside = (island[:, 0] > 128) & (island[:, 0] < 144) & (island[:, 1] > 33) & (island[:, 1] < 47)
    small = np.flatnonzero(inside & (np.maximum(island[:, 2], island[:, 3]) < 1.0 / 60.0))[-150:]
    middle = shapely.get_coordinates(shapely.point_on_surface([land.polygons[i] for i in small]))
    bearing = np.linspace(0.1, 0.1 + 2.0 * np.pi, MEMBERS, endpoint=False)[::8]
    field = uniform("current", 6000.0 / 3600.0 * np.sin(bearing), 6000.0 / 3600.0 * np.cos(bearing), BOX)
    x, y, side = np.repeat(middle[:, 0], 8), np.repeat(middle[:, 1], 8), np.tile(np.arange(8), len(small))
    lon = x - 0.6 * 6000.0 * np.sin(bearing[side]) / (DEGREE_M * np.cos(np.radians(y)))
    lat = y - 0.6 * 6000.0 * np.cos(bearing[side]) / DEGREE_M
    sea = ~land.holds(lon, lat)
    lon, lat, x, y, side = lon[sea], lat[sea], x[sea], y[sea], side[sea]
    a, b = fleet(lon, lat, coast, current=field), fleet(lon, lat, None, current=field)
    for one in (a, b):
        one.state["member"][:-1] = side
    start = a.state[:-1].copy()
    free, end = go(b, 1), go(a, 1)
    landed = check_step(land, start, free, end, 0.0)
    assert landed > 0.85 * len(lon)  # a few pass beside the smallest: their aim is off by the metric
    assert len(np.unique(end["segment"][end["status"] == drive.LANDED])) > len(small)


# --- edges of the domain

EDGES = {"west": 129.0, "east": 139.0, "south": 35.0, "north": 43.0}


@pytest.mark.parametrize(
    ("u", "v", "side", "edge"),
    [
        (-1.3, 0.2, drive.WEST, "west"),
        (1.1, -0.3, drive.EAST, "east"),
        (0.4, -1.2, drive.SOUTH, "south"),
        (-0.2, 1.4, drive.NORTH, "north"),
    ],
    ids=[*EDGES],
)
def test_boats_leave_by_all_four_edges(u: float, v: float, side: int, edge: str) -> None:
    """On the edge to the last bit or two, at the moment at which the chord meets it, and by one side."""
    lon = np.array([EDGES["west"] + 0.1, EDGES["east"] - 0.1, 134.7, 134.2, 134.9])
    lat = np.array([39.3, 38.2, EDGES["south"] + 0.1, EDGES["north"] - 0.1, 38.7])
    flow = uniform("current", u, v, BOX)
    end = go(fleet(lon, lat, None, "double", current=flow, physics=EDGES), 4)
    leaver = [drive.WEST, drive.EAST, drive.SOUTH, drive.NORTH].index(side)
    status = np.full(5, drive.AFLOAT)
    status[leaver] = drive.LEFT
    np.testing.assert_array_equal(end["status"], status)
    assert end["exit"].tolist() == [side if k == leaver else -1 for k in range(5)]
    axis = "lon" if edge in ("west", "east") else "lat"
    assert end[axis][leaver] == pytest.approx(EDGES[edge], abs=1e-12)
    # When: by following the same boat without edges.
    free = fleet(lon[leaver : leaver + 1], lat[leaver : leaver + 1], None, "double", current=flow)
    path = [float((lon if axis == "lon" else lat)[leaver])]
    path += [float(go(free, 1, first=i)[axis][0]) for i in range(4)]
    order = np.argsort(path)
    when = np.interp(EDGES[edge], np.array(path)[order], 3600.0 * np.arange(5)[order])
    assert end["end_time"][leaver] == pytest.approx(when, abs=1e-3)
    assert np.isnan(end["end_time"][np.arange(5) != leaver]).all()
    assert np.isnan(end["land_time"]).all()


def test_over_a_corner_it_leaves_by_the_edge_that_it_meets_first() -> None:
    lon, lat = np.array([138.99, 138.94]), np.array([42.96, 42.99])
    flow = uniform("current", 2.0, 2.0, BOX)
    end = go(fleet(lon, lat, None, current=flow, physics=EDGES), 2)
    assert end["exit"].tolist() == [drive.EAST, drive.NORTH]
    assert end["lon"][0] == pytest.approx(139.0, abs=1e-9)
    assert end["lat"][0] < 43.0
    assert end["lat"][1] == pytest.approx(43.0, abs=1e-9)
    assert end["lon"][1] < 139.0


def test_land_before_the_edge_is_a_landing_and_behind_it_is_none(coast: shoreline.Coast, land: Land) -> None:
    """An edge of the domain between a boat and the shore, and one behind the shore, in a single step."""
    lon, lat = np.array([139.60]), np.array([39.90])  # off Oga, to the east
    flow = uniform("current", 11.0, 0.0, BOX)
    free = go(fleet(lon, lat, None, current=flow), 1)
    shore = float((land.landfalls(lon, lat, free["lon"], free["lat"]) * (free["lon"] - lon) + lon)[0])
    assert lon[0] < shore < free["lon"][0]
    for east, status in ((shore - 1e-4, drive.LEFT), (shore + 1e-4, drive.LANDED)):
        end = go(fleet(lon, lat, coast, current=flow, physics={"east": east}), 1)
        assert end["status"][0] == status
        assert (end["segment"][0] >= 0) == (status == drive.LANDED)


# --- refloating


@pytest.mark.parametrize(("hours", "half_life"), [(1.0, 6.0), (0.25, 3.0)])
def test_half_of_the_stranded_float_again_in_a_half_life(hours: float, half_life: float) -> None:
    """Boats on the shore of still water: how many are left after each of 24 steps, within 4 standard errors."""
    n = 60_000
    physics = {"draws": True, "refloat": 1.0 - 0.5 ** (hours / half_life)}
    a = boats(np.full(n, 138.1), np.full(n, 38.2), step_s=3600.0 * hours, precision="single", seed=6, physics=physics)
    a.state["status"][:-1] = drive.STRANDED
    for step in range(24):
        left = (go(a, 1, first=step)["status"] == drive.STRANDED).mean()
        share = 0.5 ** ((step + 1) * hours / half_life)
        assert abs(left - share) < 4.0 * math.sqrt(share * (1.0 - share) / n)
    assert set(a.state["status"][:-1].tolist()) == {drive.STRANDED, drive.AFLOAT}


def test_a_stranded_boat_is_held_in_the_water(coast: shoreline.Coast, land: Land) -> None:
    """All run ashore on Sado in the first step, are held off the shore within 25 m of the landing, and stay there."""
    lon, lat = at_sea(land, "sado", 4000, seed=3)
    axes = np.linspace(137.5, 139.5, 41), np.linspace(37.0, 39.0, 41)
    inward = gridded(
        "current", *axes, [0.0], lambda x, y, t: (6.0 * np.sign(138.4 - x), 6.0 * np.sign(38.05 - y))
    )  # fmt: skip
    a = fleet(lon, lat, coast, current=inward, scheme="euler", physics={"draws": True, "refloat": 1e-9})
    first = go(a, 1).copy()
    ashore = first["status"] == drive.STRANDED
    assert ashore.sum() > 1500
    held = first[ashore]
    assert not land.holds(held["lon"], held["lat"]).any()
    assert metres(held["lon"], held["lat"], held["land_lon"], held["land_lat"]).max() < 25.0
    later = go(a, 10, first=1)[ashore]
    for name in ("lon", "lat", "land_lon", "land_lat", "land_time", "segment", "status"):
        np.testing.assert_array_equal(later[name], held[name])


def test_a_second_landing_changes_nothing_of_the_first(coast: shoreline.Coast, land: Land) -> None:
    """An onshore current: boats strand and float again, over and over; what is told is the first landing."""
    lon, lat = at_sea(land, "oga", 500, seed=4)
    a = fleet(lon, lat, coast, current=uniform("current", 0.9, 0.1, BOX), physics={"draws": True, "refloat": 0.5})
    a.state["member"] = 0
    noted: dict[int, tuple[float, ...]] = {}
    fell = np.zeros(len(lon), int)
    status = a.state["status"][:-1].copy()
    for step in range(40):
        end = go(a, 1, first=step)
        fell += (end["status"] == drive.STRANDED) & (status != drive.STRANDED)
        status = end["status"].copy()
        for i in np.flatnonzero(end["segment"] >= 0):
            row = tuple(float(end[name][i]) for name in ("land_lon", "land_lat", "land_time", "segment"))
            assert noted.setdefault(int(i), row) == row
        assert not land.holds(end["lon"], end["lat"]).any()
    assert (fell > 3).sum() > 50
    assert len(noted) == (end["segment"] >= 0).sum()
