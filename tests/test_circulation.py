"""The mean currents: what the script solves, what the file holds, and how it is read."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from driftsim.forcing.climatology.circulation import CirculationClimatology, mid_month
from driftsim.system import resources
from driftsim.system.errors import InputError

SCRIPT = Path(__file__).parents[1] / "data" / "make_circulation.py"
BOX = (127.0, 143.0, 33.0, 48.0)


def epoch(year: int, month: int, day: int) -> float:
    return datetime(year, month, day, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_circulation", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_circulation"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def model(script):
    """The shipped resolution; its coastline is the slow part."""
    return script.make()


@pytest.fixture(scope="module")
def stored():
    """The file's geostrophic part and total, (12, ny, nx) complex, NaN on land, and its axes and parameters."""
    with netCDF4.Dataset(resources.data("areas/sea_of_japan/circulation.nc")) as file:
        field = {name: file[name][:].filled(np.nan) for name in ("uo", "vo", "u_ekman", "v_ekman")}
        total = field["uo"] + 1j * field["vo"]
        return {
            "total": total,
            "geostrophic": total - field["u_ekman"] - 1j * field["v_ekman"],
            "lon": file["longitude"][:].data,
            "lat": file["latitude"][:].data,
            "depth": json.loads(file.parameters)["depth_m"],
        }


# ---- operators against fields that are known ----


def test_operators_on_a_known_field(script):
    grid = script.make_grid(0.125, (130.0, 138.0, 35.0, 45.0))
    lon, lat = np.meshgrid(np.radians(grid.lon_edge), np.radians(grid.lat_edge))
    radius = script.RADIUS_M
    psi = np.sin(7 * lon) * np.cos(11 * lat)
    balance = script.make_balance(grid)
    area = balance.area.reshape(psi.shape)
    inside = (slice(2, -2), slice(2, -2))

    got = (balance.laplacian @ psi.ravel()).reshape(psi.shape) / area
    known = (-49 / np.cos(lat) ** 2 - 121 + 11 * np.tan(lat) * np.tan(11 * lat)) * psi / radius**2
    assert got[inside] == pytest.approx(known[inside], abs=2e-4 * np.abs(known).max())

    got = (balance.jacobian @ psi.ravel()).reshape(psi.shape) / area
    beta = 2 * script.OMEGA * np.cos(lat) / radius
    known = beta * 7 * np.cos(7 * lon) * np.cos(11 * lat) / (radius * np.cos(lat))
    assert got[inside] == pytest.approx(known[inside], abs=2e-3 * np.abs(known).max())


def test_velocity_of_a_solid_rotation(script):
    """psi = R^2 W sin(lat) turns westward with the latitude circle: u = -R W cos(lat), v = 0."""
    grid = script.make_grid(0.25, (130.0, 132.0, 35.0, 45.0))
    psi = script.RADIUS_M**2 * 1e-8 * np.sin(np.radians(grid.lat_edge))[:, None] * np.ones(grid.lon_edge.size)
    w = script.velocity(grid, psi)
    assert w.real == pytest.approx(
        -script.RADIUS_M * 1e-8 * np.cos(np.radians(grid.lat))[:, None] * np.ones(8), rel=1e-6
    )
    assert np.abs(w.imag).max() < 1e-12
    w = script.velocity(grid, np.ones((grid.lat_edge.size, 1)) * 3000.0 * np.radians(grid.lon_edge))
    metres = script.RADIUS_M * np.cos(np.radians(grid.lat))[:, None]
    assert w.imag == pytest.approx(3000.0 / metres * np.ones(8), rel=1e-9)


def test_curl_of_a_known_stress(script):
    """W cos(lat) to the east and A cos(3 lon) to the north: R curl = 2 W sin(lat) - 3 A sin(3 lon) / cos(lat)."""
    grid = script.make_grid(0.125, (130.0, 134.0, 35.0, 45.0))
    lon, lat = np.meshgrid(np.radians(grid.lon_edge), np.radians(grid.lat_edge))
    got = script.curl(grid, 0.2 * np.cos(lat) + 0.05j * np.cos(3 * lon)) * script.RADIUS_M
    known = 0.4 * np.sin(lat) - 0.15 * np.sin(3 * lon) / np.cos(lat)
    assert got[1:-1, 1:-1] == pytest.approx(known[1:-1, 1:-1], abs=1e-4)


def test_roses_give_a_wind_to_where_it_blows(script, tmp_path):
    columns = [f"share_{d}" for d in script.OCTANTS] + [f"speed_{d}_m_s" for d in script.OCTANTS]
    path = tmp_path / "roses.csv"
    lines = [",".join(["month", "lat", "lon", *columns])]
    for month in range(1, 13):
        share, speed = [0.0] * 8, [0.0] * 8
        share[7], speed[7], share[0], speed[0] = 0.75, 8.0, 0.25, 4.0  # mostly from the north-west, some from the north
        lines.append(",".join(map(str, [month, 40.0, 134.0, *share, *speed])))
    path.write_text("\n".join(lines))
    p = script.Parameters(drag=1e-3, gustiness=0.5)
    wind = script.read_roses(path, p)
    assert wind.mean[3, 0] == pytest.approx(6 * np.exp(-0.25j * np.pi) - 1j)
    square = 0.75 * 64 * np.exp(-0.25j * np.pi) - 0.25 * 16j
    assert wind.stress[3, 0] == pytest.approx(1.25 * 1e-3 * 1.25 * square)


def test_ekman_is_to_the_right_of_the_wind(model):
    turned = model.ekman(1) / (model.p.ekman_share * (model.wind.mean[0].mean()))
    assert np.degrees(np.angle(turned[model.wet].mean())) == pytest.approx(-45.0, abs=8.0)
    inside = np.abs(turned[model.wet])
    assert inside.min() > 0.4 and inside.max() < 2.0


# ---- the circulation ----


@pytest.mark.parametrize("month", [2, 10])
def test_nothing_passes_the_coast(model, month):
    psi, wet = model.psi(month), model.wet
    faces = [
        (np.diff(psi, axis=0)[:, 1:-1], wet[:, 1:] != wet[:, :-1]),
        (np.diff(psi, axis=1)[1:-1], wet[1:] != wet[:-1]),
    ]
    for flux, shore in faces:
        assert shore.sum() > 500
        assert np.all(flux[shore] == 0)
        assert np.abs(flux[~shore]).max() > 100


@pytest.mark.parametrize("month", [2, 10])
def test_no_divergence_between_cell_middles(script, model, month):
    """Flux out of each box of four neighbouring cell middles, with a field that is linear between them."""
    w, grid = script.velocity(model.grid, model.psi(month)), model.grid
    u, v = w.real, w.imag * np.cos(np.radians(grid.lat))[:, None]
    out = np.diff(u, axis=1)[:-1] + np.diff(u, axis=1)[1:] + np.diff(v, axis=0)[:, :-1] + np.diff(v, axis=0)[:, 1:]
    wet = model.wet[1:, 1:] & model.wet[1:, :-1] & model.wet[:-1, 1:] & model.wet[:-1, :-1]
    assert wet.sum() > 10_000
    assert np.abs(out[wet]).max() < 1e-9 * np.abs(u).max()


def test_the_interior_obeys_the_balance(script, model):
    """Every term by plain differences far from land: friction + beta - restoring = curl of the stress."""
    psi, grid, p = model.psi(1), model.grid, model.p
    d, cos = np.radians(grid.step), np.cos(np.radians(grid.lat_edge))[:, None]
    j, i = np.abs(grid.lat_edge - 41.0).argmin(), slice(*(np.abs(grid.lon_edge - x).argmin() for x in (132.0, 138.0)))
    row = psi[j - 1 : j + 2]
    left, right = slice(i.start - 1, i.stop - 1), slice(i.start + 1, i.stop + 1)
    c = cos[j, 0]
    zonal = (row[1, left] - 2 * row[1, i] + row[1, right]) / (d * c) ** 2
    meridional = (row[2, i] - 2 * row[1, i] + row[0, i]) / d**2
    slope = np.tan(np.radians(grid.lat_edge[j])) * (row[2, i] - row[0, i]) / (2 * d)
    laplacian = (zonal + meridional - slope) / script.RADIUS_M**2
    beta = 2 * script.OMEGA * c / script.RADIUS_M * (row[1, right] - row[1, left]) / (2 * d * c * script.RADIUS_M)
    target = model.target.reshape(psi.shape)[j, i] * script.INFLOW_SV[0] * 1e6 / p.depth_m
    restoring = p.friction_s / (p.restoring_km * 1e3) ** 2 * (row[1, i] - target)
    curl = script.curl(grid, model.corner_weights @ model.wind.stress[0])[j, i] / (script.RHO_SEA * p.depth_m)
    terms = [p.friction_s * laplacian, beta, -restoring, -curl]
    size = max(np.abs(t).max() for t in terms)
    assert all(np.abs(t).max() > 0.02 * size for t in terms)  # none of them idle
    assert sum(terms) == pytest.approx(np.zeros(row[1, i].size), abs=5e-3 * size)


def test_an_island_gets_its_own_value(model):
    """Sado is neither Japan nor Asia: the current passes on both sides."""
    land, grid = model.land.corner, model.grid
    sado = land[np.abs(grid.lat_edge - 38.03).argmin(), np.abs(grid.lon_edge - 138.4).argmin()]
    assert sado > 0 and sado not in model.land.names
    psi = model.psi(1)
    value = np.unique(psi[land == sado])
    assert value.size == 1
    assert 0.3 * psi.max() < value[0] < 0.999 * psi.max()


def test_a_closed_strait_is_refused(script):
    grid = script.make_grid(1 / 3)
    wet = np.zeros((grid.lat.size, grid.lon.size), dtype=bool)  # one land mass everywhere
    with pytest.raises(ValueError, match="strait is closed"):
        script.label_land(grid, wet)


# ---- transports: the published statements, then the file against them ----


def test_transports_are_as_published(script):
    east, west = script.EAST_CHANNEL_SV, script.WEST_CHANNEL_SV
    assert east.mean() == pytest.approx(1.20, abs=0.005) and west.mean() == pytest.approx(1.45, abs=0.005)
    assert script.INFLOW_SV.mean() == pytest.approx(2.65, abs=0.005)
    assert list(np.flatnonzero(east > west) + 1) == [2, 3, 4]
    assert (west.argmax() + 1, west.argmin() + 1) == (10, 2)
    assert west.max() / west.min() == pytest.approx(1.75, abs=0.01)
    assert script.TSUGARU_SHARE[:2].mean() == pytest.approx(0.79, abs=0.005)
    assert script.TSUGARU_SHARE[6:8].mean() == pytest.approx(0.65, abs=0.005)
    assert 0.6 < script.SOYA_SV.mean() < 1.04


def through(stored, along: str, at: float, low: float, high: float) -> np.ndarray:
    """Transport (Sv, by month) across a row or column of cells between two places on land."""
    lon, lat = stored["lon"], stored["lat"]
    w = np.nan_to_num(stored["geostrophic"])
    step = np.radians(lat[1] - lat[0]) * 6_371_008.8
    if along == "lat":
        j, cells = np.abs(lat - at).argmin(), (lon > low) & (lon < high)
        speed = w[:, j, cells].imag.sum(axis=1) * np.cos(np.radians(lat[j]))
    else:
        i, cells = np.abs(lon - at).argmin(), (lat > low) & (lat < high)
        speed = w[:, cells, i].real.sum(axis=1)
    return speed * step * stored["depth"] / 1e6


def test_the_file_carries_the_transports(script, stored):
    west = through(stored, "lat", 34.45, 126.5, 129.3)
    east = through(stored, "lat", 34.45, 129.3, 131.5)
    assert west == pytest.approx(script.WEST_CHANNEL_SV, abs=0.01)
    assert east == pytest.approx(script.EAST_CHANNEL_SV, abs=0.01)
    assert through(stored, "lon", 141.0, 41.35, 41.9) == pytest.approx(script.TSUGARU_SV, abs=0.01)
    assert through(stored, "lon", 142.05, 45.0, 46.2) == pytest.approx(script.SOYA_SV, abs=0.01)


def test_the_file_is_what_the_script_makes(script, model, stored):
    again = script.velocity(model.grid, model.psi(7)) + model.ekman(7)
    assert np.array_equal(np.isfinite(stored["total"][6]), model.wet)
    assert np.abs(again - stored["total"][6])[model.wet].max() < 1e-4


def test_a_model_made_twice_is_the_same_to_the_bit(script, model):
    twin = script.Model(model.grid, model.wet, model.wind, model.p)
    assert np.array_equal(twin.psi(4), model.psi(4)) and np.array_equal(twin.ekman(4), model.ekman(4))


def test_writing_leaves_one_whole_file_with_the_same_bytes(script, model, tmp_path):
    class Small(script.Model):
        """One solution for all months: the writing is what is tried."""

        def psi(self, month):
            return model_psi

    model_psi = model.psi(1)
    small = Small.__new__(Small)
    small.__dict__ = model.__dict__
    for name in ("a.nc", "b.nc"):
        script.write(tmp_path / name, small)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.nc", "b.nc"]
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


# ---- what a sea-goer would know ----


def test_mean_speed(stored):
    lon, lat = np.meshgrid(stored["lon"], stored["lat"])
    sea = (lon > 128.5) & (lon < 139.5) & (lat > 35.4) & (lat < 47.5) & np.isfinite(stored["total"][0])
    for month in stored["total"]:
        assert 0.07 < np.abs(month[sea]).mean() < 0.11
    assert np.nanmax(np.abs(stored["geostrophic"])) < 2.0


@pytest.mark.parametrize("month", range(12))
def test_currents_where_they_are_known(stored, month):
    def mean(west, east, south, north):
        lon, lat = np.meshgrid(stored["lon"], stored["lat"])
        return np.nanmean(stored["geostrophic"][month][(lon > west) & (lon < east) & (lat > south) & (lat < north)])

    assert mean(129.4, 130.0, 35.6, 37.0).imag > 0.15  # East Korean Warm Current, 30-100 cm/s in its core
    assert mean(128.5, 129.6, 39.0, 40.0).imag < 0.03  # it has left the coast
    assert 0.05 < mean(134.0, 138.0, 39.8, 40.8).real < 0.3  # the front at 40 N, 10-30 cm/s
    assert mean(133.0, 135.0, 35.6, 35.9).real > 0.08  # nearshore branch off San'in
    assert mean(136.5, 137.0, 44.8, 45.6).real < 0.08  # Liman Current, to the south-west along the coast
    assert mean(136.6, 137.4, 44.6, 45.2).imag < -0.01
    assert mean(140.2, 140.6, 41.2, 41.6).real > 0.3  # Tsugaru
    assert mean(144.0 - 1.5, 143.4, 33.0, 37.0).real < 0.1  # no Kuroshio


# ---- the source ----


@pytest.fixture(scope="module")
def source():
    return CirculationClimatology(BOX, (epoch(2017, 10, 1), epoch(2018, 3, 31)))


def test_levels_enclose_the_period(source):
    assert source.times.size == 8  # mid-September to mid-April
    assert source.times[0] == epoch(2017, 9, 16) and source.times[4] == epoch(2018, 1, 16) + 43_200
    assert np.all(np.diff(source.times) > 0)
    assert source.covers[0] <= epoch(2017, 10, 1) and source.covers[1] >= epoch(2018, 3, 31)
    assert source.kind == "current" and source.members == 1


def test_a_level_is_the_month_of_the_file(source, stored):
    j, i = np.abs(source.lat - 38.54).argmin(), np.abs(source.lon - 134.04).argmin()
    column = np.abs(stored["lon"] - source.lon[i]).argmin(), np.abs(stored["lat"] - source.lat[j]).argmin()
    for k, month in enumerate([8, 9, 10, 11, 0, 1, 2, 3]):
        level = source.level(k)
        known = stored["total"][month, column[1], column[0]]
        assert level[0, j, i] == pytest.approx([known.real, known.imag], abs=1e-6)
        assert level.shape == (1, source.lat.size, source.lon.size, 2)
        assert level.dtype == np.float32 and level.flags.c_contiguous and np.all(np.isfinite(level))
        assert np.all(level[:, ~source.valid] == 0)


def test_any_year_backward_and_a_moment(stored):
    then = epoch(1911, 5, 3)
    one = CirculationClimatology(BOX, (then, then))
    assert one.times.size == 2 and one.times[0] < then < one.times[1]
    a = CirculationClimatology(BOX, (epoch(2030, 12, 20), epoch(2031, 1, 10)))
    b = CirculationClimatology(BOX, (epoch(2031, 1, 10), epoch(2030, 12, 20)))
    assert np.array_equal(a.times, b.times) and a.times.size == 2
    assert np.array_equal(a.level(1), b.level(1)) and not np.array_equal(a.level(0), a.level(1))
    at = CirculationClimatology(BOX, (mid_month(600), mid_month(600)))  # exactly on a level
    assert at.times[0] <= mid_month(600) <= at.times[-1]
    with pytest.raises(IndexError):
        a.level(2)


def test_every_sea_point_of_the_domain_has_a_value(source):
    from driftsim.area import shoreline
    from driftsim.forcing.fill import check_sea

    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(BOX[0], BOX[1], 40_000), rng.uniform(BOX[2], BOX[3], 40_000)
    sea = ~shoreline.load().is_land(lon, lat)
    assert sea.sum() > 20_000
    check_sea(source, lon[sea], lat[sea])


def test_scale_and_reach_of_the_fill():
    period = (epoch(2020, 7, 1), epoch(2020, 7, 5))
    plain = CirculationClimatology(BOX, period)
    bare, fast = (CirculationClimatology(BOX, period, scale=scale, ekman=False) for scale in (1.0, 1.5))
    assert np.allclose(fast.level(0), 1.5 * bare.level(0), rtol=1e-5, atol=1e-7)
    both = CirculationClimatology(BOX, period, scale=1.5)  # the Ekman part is wind
    assert np.allclose(both.level(0), plain.level(0) + 0.5 * bare.level(0), rtol=1e-5, atol=1e-6)
    narrow = CirculationClimatology(BOX, period, fill_km=10.0)
    assert narrow.valid.sum() < plain.valid.sum()


def test_info_says_what_it_is(source):
    assert source.info["product"] == "climatology" and source.info["kind_of_record"] == "climatology"
    assert "not observations" in source.info["note"] and source.info["credit"]
    assert source.info["files"][0]["bytes"] > 100_000


def test_refusals():
    period = (epoch(2020, 1, 1), epoch(2020, 2, 1))
    with pytest.raises(InputError, match="120"):
        CirculationClimatology((120.0, 143.0, 33.0, 48.0), period)
    with pytest.raises(InputError, match="finite"):
        CirculationClimatology(BOX, (float("nan"), 0.0))


def test_the_file_says_what_it_holds():
    with netCDF4.Dataset(resources.data("areas/sea_of_japan/circulation.nc")) as file:
        assert file.Conventions == "CF-1.10"
        assert file["uo"].standard_name == "eastward_sea_water_velocity"
        assert file["time"].climatology in file.variables
        text = " ".join(str(file.getncattr(name)) for name in file.ncattrs())
        assert "/" + "work" not in text and "not observations" in text
        assert file["latitude"][-1] > 48.1 and file["longitude"][-1] > 143.1 and file["longitude"][0] < 126.9
        assert np.diff(file["longitude"][:]).max() < 0.125
