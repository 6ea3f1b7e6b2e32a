"""Grids whose coordinates stand in two dimensions, projected grids, and the ways in which a velocity is written."""

from __future__ import annotations

from typing import Any

import netCDF4
import numpy as np
import pytest
from replicas import BOX, HOUR, ORIGIN, PLACES, fields, interpolate, known, section, write

from driftsim.forcing.open import open_source
from driftsim.studies.inspection import inspect
from driftsim.system.errors import InputError
from driftsim.system.formats import identify

LON, LAT = np.arange(128.0, 142.1, 0.7), np.arange(34.0, 45.1, 0.55)
TIMES = ORIGIN + 6 * HOUR * np.arange(4)
PERIOD = (ORIGIN + HOUR, ORIGIN + 17 * HOUR)
SECONDS = {"units": "seconds since 1970-01-01"}
CURRENT = ("eastward_sea_water_velocity", "northward_sea_water_velocity")
WIND = ("eastward_wind", "northward_wind")


def known_again(source: Any, atol: float = 1e-5) -> None:
    times = np.linspace(*PERIOD, 3)
    np.testing.assert_allclose(interpolate(source, PLACES, times), known(PLACES, times), atol=atol)


def two_dimensional(path, dims=("y", "x"), lead=False, standard=CURRENT, names=("uo", "vo"), lon=LON, turn=0.0):
    """(time, y, x), or whatever ``dims`` say, with latitude and longitude along both."""
    u, v, _ = fields(lon, LAT, TIMES)
    x, y = np.meshgrid(lon, LAT)
    y = y + turn * (x - 135.0)
    order = [("y", "x").index(d) for d in dims]
    where = ("time", *dims) if lead else dims

    def plane(values: Any) -> Any:
        flat = np.transpose(values, order).astype("f4")
        return np.broadcast_to(flat, (len(TIMES), *flat.shape)) if lead else flat

    text = [{"units": "m s-1", "standard_name": name, "coordinates": "nav_lon nav_lat"} for name in standard]
    return write(
        path,
        {"time": len(TIMES), "y": LAT.size, "x": lon.size},
        {
            "time": (("time",), TIMES, SECONDS),
            "nav_lat": (where, plane(y), {"units": "degrees_north"}),
            "nav_lon": (where, plane(x), {"units": "degrees_east"}),
            **{
                name: (("time", *dims), np.transpose(a, [0, *(1 + k for k in order)]).astype("f4"), t)
                for name, a, t in zip(names, (u, v), text, strict=True)
            },
        },
    )


@pytest.mark.parametrize("dims", [("y", "x"), ("x", "y")])
@pytest.mark.parametrize("lead", [False, True])
def test_a_rectilinear_grid_with_coordinates_in_two_dimensions_is_read(tmp_path, dims, lead):
    path = two_dimensional(tmp_path / "a.nc", dims, lead)
    known_again(open_source("current", section("cf", path), BOX, PERIOD))
    assert inspect([path], box=BOX).readable


def test_longitudes_that_turn_over_within_such_a_grid(tmp_path):
    path = two_dimensional(tmp_path / "a.nc", lon=LON - 360.0)
    source = open_source("current", section("cf", path), BOX, PERIOD)
    known_again(source)


@pytest.mark.parametrize(
    ("standard", "turned"), [(CURRENT, False), (("sea_water_x_velocity", "sea_water_y_velocity"), True)]
)
def test_a_curvilinear_grid_is_refused_and_says_what_becomes_of_the_vectors(tmp_path, standard, turned):
    path = two_dimensional(tmp_path / "a.nc", standard=standard, turn=0.001)
    with pytest.raises(InputError) as caught:
        open_source("current", section("cf", path), BOX, PERIOD)
    text = str(caught.value)
    assert "lies on a curvilinear grid" in text and "cdo remapbil" in text
    assert ("Turn them to east and north before you regrid" in text) == turned
    assert ("are eastward and northward, and need not be turned" in text) == (not turned)


def test_a_grid_that_moves_is_refused(tmp_path):
    path = two_dimensional(tmp_path / "a.nc", lead=True)
    with netCDF4.Dataset(path, "r+") as file:
        file["nav_lon"][2] = file["nav_lon"][2] + 0.7  # a nest that follows a storm
    with pytest.raises(InputError, match="curvilinear grid"):
        open_source("current", section("cf", path), BOX, PERIOD)


def projected(path, standard=("x_wind", "y_wind"), mapping="polar_stereographic"):
    x, y = 20e3 * np.arange(12), 20e3 * np.arange(10)
    a = np.radians(14.0)
    east, north = np.meshgrid(x, y)
    lat = 38.0 + (east * np.sin(a) + north * np.cos(a)) / 111e3
    lon = 133.0 + (east * np.cos(a) - north * np.sin(a)) / 88e3
    shape = (("time", "y", "x"), 7.0 * np.ones((2, 10, 12)))
    return write(
        path,
        {"time": 2, "y": 10, "x": 12},
        {
            "time": (("time",), TIMES[:2], SECONDS),
            "x": (("x",), x, {"units": "m", "standard_name": "projection_x_coordinate"}),
            "y": (("y",), y, {"units": "m", "standard_name": "projection_y_coordinate"}),
            "crs": ((), 0, {"grid_mapping_name": mapping}),
            "lat": (("y", "x"), lat, {"units": "degrees_north"}),
            "lon": (("y", "x"), lon, {"units": "degrees_east"}),
            **{
                name: (*shape, {"units": "m/s", "standard_name": s, "grid_mapping": "crs"})
                for name, s in zip(("u10m", "v10m"), standard, strict=True)
            },
        },
    )


def test_a_projected_grid_is_called_so_and_its_vectors_must_be_turned_first(tmp_path):
    path = projected(tmp_path / "a.nc")
    with pytest.raises(InputError) as caught:
        open_source("wind", section("cf", path), BOX, PERIOD)
    text = str(caught.value)
    assert "lies on a projected grid (polar stereographic)" in text
    assert text.index("Turn them to east and north before you regrid") < text.index("cdo remapbil")
    assert "projected grid (polar stereographic)" in " ".join(inspect([path]).text.split())
    with pytest.raises(InputError, match=r"projected grid.*need not be turned"):
        open_source("wind", section("cf", projected(tmp_path / "b.nc", WIND)), BOX, PERIOD)


def test_the_axes_of_a_mercator_projection_are_those_of_its_coordinates(tmp_path):
    path = two_dimensional(tmp_path / "a.nc")
    with netCDF4.Dataset(path, "r+") as file:
        for name, size in (("x", LON.size), ("y", LAT.size)):
            axis = file.createVariable(name, "f8", (name,))
            axis.setncatts({"units": "m", "standard_name": f"projection_{name}_coordinate"})
            axis[:] = 5e4 * np.arange(size)
    known_again(open_source("current", section("cf", path), BOX, PERIOD))


# What is measured ----------------------------------------------------------------------------------------------------


def polar(path, towards="wind_from_direction", units="degree", kind="wind", names=("ff", "dd"), speed="wind_speed"):
    """The known velocity as a speed and a direction."""
    u, v, _ = fields(LON, LAT, TIMES)
    way = np.arctan2(u, v) + (np.pi if "from" in towards else 0.0)
    angle = way % (2 * np.pi) if units == "radian" else np.degrees(way) % 360.0
    dims = ("time", "lat", "lon")
    return write(
        path,
        {"time": len(TIMES), "lat": LAT.size, "lon": LON.size},
        {
            "time": (("time",), TIMES, SECONDS),
            "lat": (("lat",), LAT, {"units": "degrees_north"}),
            "lon": (("lon",), LON, {"units": "degrees_east"}),
            names[0]: (dims, np.hypot(u, v), {"units": "m s-1", "standard_name": speed}),
            names[1]: (dims, angle, {"units": units, "standard_name": towards}),
        },
    )


@pytest.mark.parametrize(
    ("kind", "towards", "units", "speed"),
    [
        ("wind", "wind_from_direction", "degree", "wind_speed"),
        ("wind", "wind_to_direction", "radian", "wind_speed"),
        ("current", "sea_water_velocity_to_direction", "degrees", "sea_water_speed"),
        ("current", "sea_water_velocity_from_direction", "degrees_true", "sea_water_speed"),
    ],
)
def test_a_speed_and_a_direction_are_read_as_such(tmp_path, kind, towards, units, speed):
    path = polar(tmp_path / "a.nc", towards, units, kind, speed=speed)
    for keys in ({}, {"u": "ff", "v": "dd"}):
        source = open_source(kind, section("cf", path, **keys), BOX, PERIOD)
        known_again(source)
        assert "from the speed ff and the direction dd" in source.info["note"]


def test_a_direction_that_does_not_say_which_is_refused(tmp_path):
    path = polar(tmp_path / "a.nc", "")
    with pytest.raises(InputError) as caught:
        open_source("wind", section("cf", path, u="ff", v="dd"), BOX, PERIOD)
    assert "does not say whether from or to" in str(caught.value) and "set the units" not in str(caught.value)
    path = polar(tmp_path / "b.nc")
    with pytest.raises(InputError, match=r"dd is a direction.*give the speed as wind\.u and the direction as wind\.v"):
        open_source("wind", section("cf", path, u="dd", v="ff"), BOX, PERIOD)


@pytest.mark.parametrize(
    ("product", "names", "long_name", "units"),
    [
        ("gfs", ("ugrd10m", "vgrd10m"), "** 10 m above ground {}-component of wind [m/s]", None),
        ("cf", ("ugrd10m", "vgrd10m"), "** 10 m above ground {}-component of wind [m/s]", None),
        ("gfs", ("UGRD_10maboveground", "VGRD_10maboveground"), "{}-Component of Wind", "m/s"),
        ("cf", ("UGRD_10maboveground", "VGRD_10maboveground"), "{}-Component of Wind", "m/s"),
        ("cf", ("10u", "10v"), "10 metre {} wind component", "m s**-1"),
        ("era5", ("10u", "10v"), "10 metre {} wind component", "m s**-1"),
    ],
)
def test_winds_by_the_names_that_converters_give(tmp_path, product, names, long_name, units):
    u, v, _ = fields(LON, LAT, TIMES)
    dims = ("time", "lat", "lon")
    path = write(
        tmp_path / "converted.nc",
        {"time": len(TIMES), "lat": LAT.size, "lon": LON.size},
        {
            "time": (("time",), TIMES, SECONDS),
            "lat": (("lat",), LAT, {"units": "degrees_north"}),
            "lon": (("lon",), LON, {"units": "degrees_east"}),
            **{
                name: (dims, a, {"long_name": long_name.format(c), **({"units": units} if units else {})})
                for name, a, c in zip(names, (u, v), "uv", strict=True)
            },
        },
    )
    source = open_source("wind", section(product, path), BOX, PERIOD)
    known_again(source)
    assert "wind at 10 m" in source.info["note"]
    # Such a file is nobody's until somebody says so.
    report = inspect([path], box=BOX)
    assert [s.info["product"] for s in report.sources] == ["cf"], report.text
    assert "ERA5" not in report.sources[0].info["credit"] and "say so with --product" in " ".join(report.text.split())


def test_a_file_smaller_than_the_domain_prints_the_line_to_paste(tmp_path):
    path = two_dimensional(tmp_path / "a.nc", lon=LON - 360.0)
    with pytest.raises(InputError) as caught:
        open_source("current", section("cf", path), (127.0, 143.0, 33.0, 42.0), PERIOD)
    line = str(caught.value).rpartition("in [coast], ")[2].partition(" is what")[0]
    box = tuple(float(x) for x in line.partition("[")[2].rstrip("]").split(","))
    assert box == pytest.approx((128.0, 142.0, 34.0, 42.0), abs=2e-4)
    open_source("current", section("cf", path), box, PERIOD)
    with pytest.raises(InputError) as elsewhere:
        open_source("current", section("cf", path), (10.0, 20.0, 33.0, 42.0), PERIOD)
    assert "[coast]" not in str(elsewhere.value)


def test_what_a_file_is_that_is_not_netcdf(tmp_path):
    good = two_dimensional(tmp_path / "a.nc")
    assert identify(str(good)) == ""
    (tmp_path / "a.json").write_text('{"error": "no such data set"}')
    assert "it is JSON text" in identify(str(tmp_path / "a.json"))
