"""A file that cannot be used is refused with its name, the variable and the remedy, before anything runs."""

from __future__ import annotations

import netCDF4
import numpy as np
import pytest
import replicas
from replicas import BOX, DAY, HOUR, ORIGIN, section

from driftsim.forcing.open import open_source
from driftsim.system.errors import InputError

TIMES = ORIGIN + 6 * HOUR * np.arange(5)
PERIOD = (ORIGIN, ORIGIN + DAY)


def refused(match, path, kind="current", product="cf", box=BOX, period=PERIOD, **keys):
    with pytest.raises(InputError, match=match):
        open_source(kind, section(product, path, **keys), box, period)


@pytest.fixture
def good(tmp_path):
    return replicas.plain(tmp_path / "plain.nc", TIMES)


def test_a_file_that_is_not_there(tmp_path):
    refused(r"current\.files: .*absent\.nc: no such file", tmp_path / "absent.nc")
    refused(r"current\.files: .*\*\.grib: no such file", tmp_path / "*.grib")
    with pytest.raises(InputError, match=r"current\.files is empty"):
        open_source("current", section("glo12"), BOX, PERIOD)


def test_a_file_that_is_not_netcdf(tmp_path):
    path = tmp_path / "page.nc"
    path.write_text("<html>503 Service Unavailable</html>")
    refused(r"page\.nc cannot be read: it is a web page or XML", path)
    path.write_bytes(b"")
    refused(r"page\.nc cannot be read: it is empty", path)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_truncated_file(good, share):
    whole = good.read_bytes()
    good.write_bytes(whole[: int(share * len(whole))])
    refused(r"plain\.nc.* cannot be read", good)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_classic_file(tmp_path, share):
    path = replicas.cmems_classic(tmp_path / "classic.nc", ORIGIN + DAY * np.arange(3))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    # The NetCDF library reads zeros beyond the end of such a file and says nothing.
    refused(r"classic\.nc cannot be read: .*shorter than its header says", path, product="glorys12")


def test_no_velocity_in_the_file(good):
    match = r"plain\.nc: no wind found in it: looked for u10/v10.*it holds.*east\(time, lat, lon\).*wind\.u"
    refused(match, good, "wind", "era5")
    refused(r"looked for a/b", good, u="a", v="b")
    refused(r"current\.u = 'a', current\.v = '': give both", good, u="a")


def test_one_component_alone(tmp_path):
    replicas.ncep_r1(tmp_path, TIMES)
    refused(
        r"uwnd\.10m\.gauss\.2017\.nc has uwnd, but no file has the northward", tmp_path / "uwnd*", "wind", "ncep_r1"
    )


def test_components_that_share_no_time(tmp_path):
    _, v = replicas.ncep_r1(tmp_path, TIMES)
    with netCDF4.Dataset(v, "r+") as dataset:
        dataset["time"][:] = np.asarray(dataset["time"][:]) + 1.0
    refused(r"share no time step", tmp_path / "*.nc", "wind", "ncep_r1")


def test_two_variables_of_one_standard_name(good):
    with netCDF4.Dataset(good, "r+") as dataset:
        dataset.createVariable("east_15m", "f4", ("time", "lat", "lon")).standard_name = "eastward_sea_water_velocity"
    refused(r"plain\.nc: variables east, east_15m all have the standard name .*current\.u", good)


def test_a_velocity_of_text(tmp_path, good):
    with netCDF4.Dataset(good, "r+") as dataset:
        dataset.createVariable("words", str, ("time", "lat", "lon"))
    refused(r"plain\.nc: variable words holds text", good, u="words", v="north")


@pytest.mark.parametrize("axis", ["lat", "lon"])
def test_an_axis_that_turns_back(good, axis):
    with netCDF4.Dataset(good, "r+") as dataset:
        dataset[axis][7] = dataset[axis][3]
    refused(rf"plain\.nc: variable east: {'lat' if axis == 'lat' else 'long'}itude is not monotonic", good)


@pytest.mark.parametrize("axis", ["lat", "lon"])
def test_an_axis_without_a_coordinate(good, axis):
    with netCDF4.Dataset(good, "r+") as dataset:
        dataset.renameVariable(axis, "gone")
        for name in ("units", "standard_name", "axis"):
            dataset["gone"].delncattr(name)
    refused(rf"plain\.nc: variable east has no {'lat' if axis == 'lat' else 'long'}itude coordinate", good)


def test_an_unknown_dimension(tmp_path):
    lon, lat = np.arange(128.0, 142.0), np.arange(34.0, 45.0)
    path = replicas.write(
        tmp_path / "spectral.nc",
        {"time": 1, "band": 4, "lat": lat.size, "lon": lon.size},
        {
            "time": (("time",), [ORIGIN], {"units": "seconds since 1970-01-01"}),
            "lat": (("lat",), lat, replicas.degrees("Y")),
            "lon": (("lon",), lon, replicas.degrees("X")),
            **{
                n: (("time", "band", "lat", "lon"), np.zeros((1, 4, lat.size, lon.size)), {"units": "m/s"})
                for n in ("uo", "vo")
            },
        },
    )
    refused(r"variable uo has a dimension band that is no axis", path, product="glo12", steady=True)


def test_many_levels_in_pressure_are_not_the_surface(tmp_path):
    lon, lat = np.arange(128.0, 142.0), np.arange(34.0, 45.0)
    path = replicas.write(
        tmp_path / "levels.nc",
        {"time": 1, "level": 3, "lat": lat.size, "lon": lon.size},
        {
            "time": (("time",), [ORIGIN], {"units": "seconds since 1970-01-01"}),
            "level": (("level",), [1000.0, 850.0, 500.0], {"units": "hPa"}),
            "lat": (("lat",), lat, replicas.degrees("Y")),
            "lon": (("lon",), lon, replicas.degrees("X")),
            **{
                n: (("time", "level", "lat", "lon"), np.zeros((1, 3, lat.size, lon.size)), {"units": "m/s"})
                for n in ("uwnd", "vwnd")
            },
        },
    )
    refused(
        r"at 1000 hPa, 850 hPa, 500 hPa, not at 10 m.*wind\.level = \"500 hPa\"", path, "wind", "ncep_r1", steady=True
    )


def test_curvilinear_and_unstructured_grids_are_told_how_to_regrid(tmp_path):
    y, x = np.meshgrid(np.linspace(34, 45, 12), np.linspace(128, 142, 15), indexing="ij")
    time = (("time",), [ORIGIN], {"units": "seconds since 1970-01-01"})
    text = {"units": "m s-1", "coordinates": "nav_lon nav_lat"}
    path = replicas.write(
        tmp_path / "nemo.nc",
        {"time": 1, "y": 12, "x": 15},
        {
            "time": time,
            "nav_lat": (("y", "x"), y + 0.1 * x, {"units": "degrees_north"}),
            "nav_lon": (("y", "x"), x, {"units": "degrees_east"}),
            "uo": (("time", "y", "x"), np.zeros((1, 12, 15)), text),
            "vo": (("time", "y", "x"), np.zeros((1, 12, 15)), text),
        },
    )
    refused(r"nemo\.nc: variable uo lies on a curvilinear.*cdo remapbil", path, product="glo12")
    path = replicas.write(
        tmp_path / "mesh.nc",
        {"time": 1, "node": 180},
        {
            "time": time,
            "lat": (("node",), y.ravel(), {"units": "degrees_north"}),
            "lon": (("node",), x.ravel(), {"units": "degrees_east"}),
            "u": (("time", "node"), np.zeros((1, 180)), {**text, "standard_name": "eastward_sea_water_velocity"}),
            "v": (("time", "node"), np.zeros((1, 180)), {**text, "standard_name": "northward_sea_water_velocity"}),
        },
    )
    refused(r"mesh\.nc: variable u lies on an unstructured grid.*cdo remapbil", path)


def test_a_grid_that_does_not_reach(good):
    refused(r"covers 128 to 142 E, 34 to 45 N; the run needs 127 to 139 E", good, box=(127.0, 139.0, 36.0, 42.0))
    refused(r"the run needs 130 to 139 E, 36 to 45\.5 N", good, box=(130.0, 139.0, 36.0, 45.5))
    refused(r"the run needs -10 to 5 E", good, box=(-10.0, 5.0, 36.0, 42.0))
    open_source("current", section("cf", good), (128.0, 142.0, 34.0, 45.0), PERIOD)


def test_a_hole_between_two_regions_is_not_covered(tmp_path):
    lon, lat = np.concatenate((np.arange(0.0, 131.0), np.arange(200.0, 360.0))), np.arange(34.0, 45.0)
    blank = (("lat", "lon"), np.zeros((lat.size, lon.size)), {"units": "m/s"})
    path = replicas.write(
        tmp_path / "hole.nc",
        {"lat": lat.size, "lon": lon.size},
        {
            "lat": (("lat",), lat, replicas.degrees("Y")),
            "lon": (("lon",), np.roll(lon, 160), replicas.degrees("X")),
            "uo": blank,
            "vo": blank,
        },
    )
    refused(r"the run needs 130\.3 to 139\.4 E", path, product="glo12", steady=True)


def test_files_of_different_grids(tmp_path):
    replicas.cmems_toolbox(tmp_path / "a.nc", [ORIGIN], step=0.25)
    replicas.cmems_toolbox(tmp_path / "b.nc", [ORIGIN + DAY], step=0.5)
    refused(r"b\.nc \(uo\) and .*a\.nc \(uo\) lie on different grids", tmp_path / "*.nc", product="glo12")


def test_nothing_but_missing_values(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", TIMES)
    with netCDF4.Dataset(path, "r+") as dataset:
        dataset["north"][:] = np.nan
    refused(r"plain\.nc: variable east has no value at all in the box|variable north", path)


def test_impossible_speeds_say_where_and_when(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", TIMES)
    with netCDF4.Dataset(path, "r+") as dataset:
        dataset["north"][3, 12, 11] = -32.767
    source = open_source("current", section("cf", path), BOX, PERIOD)
    with pytest.raises(
        InputError,
        match=r"plain\.nc: variable north: the speed is 32\.76\d* m/s at 133\.500 E, 40\.000 N, 2017-10-01 18:00 UTC",
    ):
        source.level(3)
    source.close()
    # In the first level it is found before anything runs; a scale factor does not hide it; for wind it is no matter.
    with netCDF4.Dataset(path, "r+") as dataset:
        dataset["north"][0, 12, 11] = -32.767
    refused(r"more than 5 m/s is no current", path, scale=0.1)
    open_source("wind", section("cf", path, u="east", v="north"), BOX, PERIOD)


def test_a_value_that_goes_missing_far_from_the_rest(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", TIMES)
    with netCDF4.Dataset(path, "r+") as dataset:
        dataset["east"][3, 9:16, 8:16] = np.nan
        dataset["east"][1, 12, 11] = np.nan
    source = open_source("current", section("cf", path, fill_km=60.0), BOX, PERIOD)
    words = r"variable east has no value at .*2017-10-01 18:00 UTC .*such nodes.*raise current\.fill_km to \d+0"
    with pytest.raises(InputError, match=words):
        source.level(3)
    # A single hole is filled like land, from the values of its own level.
    values = source.level(1)[0]
    j, i = int(np.searchsorted(source.lat, 40.0)), int(np.searchsorted(source.lon, 133.5))
    around = [values[j + a, i + b] for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)]
    np.testing.assert_allclose(values[j, i], np.mean(around, axis=0), atol=0.01)


def test_products_are_known_by_name():
    with pytest.raises(InputError, match=r"current\.product = 'glory12': no such product; did you mean 'glorys12'"):
        open_source("current", section("glory12", "x.nc"), BOX, PERIOD)
    made = "climatology, none, constant, series, smoc"
    with pytest.raises(InputError, match=rf"current\.product = 'era5': this product has no current; allowed: {made}"):
        open_source("current", section("era5", "x.nc"), BOX, PERIOD)
    with pytest.raises(InputError, match=r"current\.product = 'wind_roses': this product has no current"):
        open_source("current", section("wind_roses", "x.nc"), BOX, PERIOD)
    with pytest.raises(InputError, match=r"current\.stamp = 'noon'; allowed: auto, middle"):
        open_source("current", section("glo12", "x.nc", stamp="noon"), BOX, PERIOD)
