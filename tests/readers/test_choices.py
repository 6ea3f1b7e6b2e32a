"""Level, members, months, land: what is chosen among several possibilities is stated in the file, or refused."""

from __future__ import annotations

import itertools
from typing import Any

import netCDF4
import numpy as np
import pytest
from replicas import BOX, DAY, HOUR, ORIGIN, epoch, section, write

from driftsim.forcing.files import levels
from driftsim.forcing.files.levels import Level
from driftsim.forcing.open import open_source
from driftsim.system.errors import InputError

LON, LAT = np.arange(129.0, 141.1, 1.5), np.arange(35.0, 44.1, 1.5)
GRID = {
    "lat": (("lat",), LAT, {"units": "degrees_north"}),
    "lon": (("lon",), LON, {"units": "degrees_east"}),
}
HOURS = np.array([0.0, 12.0, 24.0])
TIME = {"time": (("time",), HOURS, {"units": "hours since 2017-10-01"})}
PERIOD = (ORIGIN + HOUR, ORIGIN + 22 * HOUR)
STANDARD = {
    "wind": ("eastward_wind", "northward_wind"),
    "current": ("eastward_sea_water_velocity", "northward_sea_water_velocity"),
}


def made(
    path, u: Any, kind: str = "wind", dims: Any = ("time",), coordinates: Any = TIME, names: Any = ("ua", "va"),
    extra: Any = None,
):  # fmt: skip
    """A file of eastward velocity ``u`` along ``dims``, constant over the grid or given on it; v = -u / 4."""
    u = np.asarray(u, float)
    if u.ndim == len(dims):
        u = u[..., None, None] * np.ones((LAT.size, LON.size))
    sizes = dict(zip(dims, u.shape, strict=False))
    text = [{"units": "m s-1", "standard_name": name, **(extra or {})} for name in STANDARD[kind]]
    return write(
        path,
        {**sizes, "lat": LAT.size, "lon": LON.size},
        {
            **GRID,
            **coordinates,
            names[0]: ((*dims, "lat", "lon"), u.astype("f4"), text[0]),
            names[1]: ((*dims, "lat", "lon"), (-0.25 * u).astype("f4"), text[1]),
        },
    )


def opened(*files: Any, kind: str = "wind", period: Any = PERIOD, **keys: Any) -> Any:
    return open_source(kind, section(keys.pop("product", "cf"), *files, **keys), BOX, period)


def refused(match: str, *files: Any, **keys: Any) -> None:
    with pytest.raises(InputError, match=match):
        opened(*files, **keys)


# Level ---------------------------------------------------------------------------------------------------------------


def at_level(path, values: Any, units: str, kind: str = "wind", name: str = "lev", **attributes: Any):
    values = np.atleast_1d(np.asarray(values, float))
    u = (0.001 * values)[None, :] * np.ones((3, 1))
    lev = {name: ((name,), values, {"units": units, **attributes})}
    return made(path, u, kind, ("time", name), {**TIME, **lev})


@pytest.mark.parametrize(
    ("values", "units", "says", "key"),
    [
        (850.0, "hPa", "850 hPa", "850 hPa"),
        (70000.0, "Pa", "700 hPa", "700 hPa"),
        ([1000.0, 700.0], "millibar", "1000 hPa, 700 hPa", "700 hPa"),
        (100.0, "m", "100 m", "100 m"),
        ([2.0, 80.0], "metres", "2 m, 80 m", "2 m"),
        (850.0, "", r"850 \(no units\)", "850 hPa"),
    ],
)
def test_a_wind_that_is_not_at_10_m_is_refused_unless_a_key_says_so(tmp_path, values, units, says, key):
    path = at_level(tmp_path / "aloft.nc", values, units, positive="up")
    refused(rf"aloft\.nc: variable ua is given at {says}, not at 10 m.*wind\.level = ", path)
    source = opened(path, level=key)
    told = levels.parse(key).value * (100.0 if units == "Pa" else 1.0)
    np.testing.assert_allclose(source.level(1)[0, ..., 0], 0.001 * told, rtol=1e-6)
    assert source.info["level"] == key and f"wind at {key}" in source.info["note"]
    refused(r'wind\.level = "33 m" is none of these', path, level="33 m")


@pytest.mark.parametrize(
    ("name", "attributes"), [("hybrid", {}), ("lev", {"standard_name": "atmosphere_hybrid_sigma_pressure_coordinate"})]
)
def test_a_level_of_a_model_is_no_height(tmp_path, name, attributes):
    path = at_level(tmp_path / "a.nc", 137.0, "1", name=name, **attributes)
    refused(r"given at level 137 of the model, not at 10 m.*wind\.level = .10 m. if that is its height", path)
    assert opened(path, level="10 m").info["level"] == "10 m"
    refused(r"cannot tell which of the 3 levels", at_level(tmp_path / "b.nc", [135.0, 136.0, 137.0], "1", name=name))


def test_a_level_of_one_value_is_the_level_too(tmp_path):
    path = tmp_path / "a.nc"
    for where, attributes in ((100.0, {"standard_name": "height"}), (10.0, {"standard_name": "height"})):
        height = {"z": ((), where, {"units": "m", **attributes})}
        made(path, [3.0, 3.0, 3.0], coordinates={**TIME, **height}, extra={"coordinates": "z"})
        if where == 10.0:
            assert "wind at 10 m" in opened(path).info["note"]
        else:
            refused(r"given at 100 m, not at 10 m", path)
    # A height that belongs to another variable, where the wind's own name states its level.
    other = {"height": ((), 2.0, {"units": "m"})}
    made(path, [3.0] * 3, coordinates={**TIME, **other}, extra={"long_name": "10 metre wind component"})
    assert opened(path).info["level"] == "10 m"
    two = {"height": ((), 2.0, {"units": "m"}), "heightAboveGround": ((), 10.0, {"units": "m"})}
    made(path, [3.0] * 3, coordinates={**TIME, **two})
    refused(r"may be at 2 m, 10 m: name the one coordinate", path)


@pytest.mark.parametrize(
    ("names", "long_name", "level"),
    [
        (("u100", "v100"), "", Level(100.0, "m")),
        (("ua", "va"), "100 metre U wind component", Level(100.0, "m")),
        (("UGRD_850mb", "VGRD_850mb"), "", Level(850.0, "hPa")),
        (("ua", "va"), "** 925 mb u-component of wind [m/s]", Level(925.0, "hPa")),
        (("UGRD_80maboveground", "VGRD_80maboveground"), "", Level(80.0, "m")),
    ],
)
def test_the_level_in_a_name_counts(tmp_path, names, long_name, level):
    path = made(tmp_path / "a.nc", [3.0] * 3, names=names, extra={"long_name": long_name})
    refused(rf"variable {names[0]} is given at {level}, not at 10 m", path)
    assert opened(path, level=str(level)).info["level"] == str(level)


def test_components_of_two_levels_are_refused(tmp_path):
    path = made(tmp_path / "a.nc", [3.0] * 3, names=("UGRD_10maboveground", "VGRD_12maboveground"))
    keys = {"u": "UGRD_10maboveground", "v": "VGRD_12maboveground"}
    refused(r"are not of one level and the same members \(10 m, 1; 12 m, 1\)", path, **keys)
    one = made(tmp_path / "b.nc", [3.0] * 3, names=("UGRD_10maboveground", "v_component"))
    assert opened(one, u="UGRD_10maboveground", v="v_component").info["level"] == "10 m"


def test_a_wind_of_no_stated_height_says_so(tmp_path):
    path = made(tmp_path / "a.nc", [3.0] * 3)
    assert "the file does not say at which height, 10 m is assumed" in opened(path).info["note"]


def test_of_several_heights_that_of_10_m_is_taken(tmp_path):
    path = at_level(tmp_path / "a.nc", [2.0, 80.0, 10.0, 30.0], "m")
    source = opened(path)
    np.testing.assert_allclose(source.level(0)[0, ..., 0], 0.01, rtol=1e-6)
    assert source.info["level"] == "10 m" and source.info["units"] == "m s-1"


@pytest.mark.parametrize(("depth", "units"), [(541.0, "m"), (-120.0, "m"), (97.0, "")])
def test_a_current_of_the_deep_is_refused_unless_a_key_says_so(tmp_path, depth, units):
    path = at_level(tmp_path / "deep.nc", depth, units, "current", "depth")
    refused(rf"variable ua is given at {abs(depth):g} m, deeper than 30 m.*current\.level", path, kind="current")
    source = opened(path, kind="current", level=f"{abs(depth):g} m")
    assert source.info["depth_m"] == abs(depth)
    shallow = at_level(tmp_path / "b.nc", [15.0, 0.5, 300.0], "m", "current", "depth")
    assert opened(shallow, kind="current").info["level"] == "0.5 m"
    assert opened(shallow, kind="current", level="15 m").info["level"] == "15 m"


@pytest.mark.parametrize("text", ["850", "10 km", "hPa", "surface", "-5 m", "1e3 hPa"])
def test_a_level_is_a_number_with_its_unit(text):
    assert levels.parse(text) is None


# Members -------------------------------------------------------------------------------------------------------------


def test_members_in_files_of_their_own(tmp_path):
    for k, first in ((7, 0.3), (3, 0.5), (4, 0.9)):
        made(tmp_path / f"{9 - k}.nc", first + 0.1 * np.arange(3),
             coordinates={**TIME, "number": ((), k, {"standard_name": "realization"})})  # fmt: skip
    source = opened(tmp_path / "*.nc")
    assert source.members == 3 and len(source.info["files"]) == 3
    np.testing.assert_allclose(source.level(1)[:, 0, 0, 0], [0.6, 1.0, 0.4], rtol=1e-6)  # in the order of their numbers
    np.testing.assert_allclose(source.level(2)[:, 2, 3, 1], [-0.175, -0.275, -0.125], rtol=1e-6)
    assert any("members 3, 4, 7 of 3 groups of files" in text for text in source.info["decisions"])


def test_members_in_files_and_along_a_dimension(tmp_path):
    for name, numbers in (("a", [0, 1]), ("b", [2, 3, 4])):
        for part, hours in (("1", [0.0, 12.0]), ("2", [24.0])):
            u = np.array(numbers)[None, :] + 0.01 * np.array(hours)[:, None]
            coordinates = {
                "time": (("time",), hours, {"units": "hours since 2017-10-01"}),
                "ensemble_member": (("ensemble_member",), numbers, {}),
            }
            made(tmp_path / f"{name}{part}.nc", u, dims=("time", "ensemble_member"), coordinates=coordinates)
    source = opened(tmp_path / "*.nc")
    assert source.members == 5 and source.times.size == 3
    np.testing.assert_allclose(source.level(2)[:, 1, 1, 0], np.arange(5) + 0.24, rtol=1e-6)


def test_files_of_an_ensemble_that_do_not_number_their_members_are_refused(tmp_path):
    for k in range(3):
        made(tmp_path / f"{k}.nc", [1.0 + k] * 3)
    refused(
        r"2\.nc and .*differ in ua at 2017-10-01 00:00 UTC|1\.nc and .*differ|0\.nc and .*differ", tmp_path / "*.nc"
    )
    number = {"number": ((), 5, {"standard_name": "realization"})}
    made(tmp_path / "1.nc", [2.0] * 3, coordinates={**TIME, **number})
    # One of them alone has a number, as old and new files of ERA5 do: still steps that come twice.
    refused(r"differ in ua", tmp_path / "*.nc")
    made(tmp_path / "2.nc", [3.0] * 3, coordinates={**TIME, "number": ((), 6, {"standard_name": "realization"})})
    refused(r"0\.nc: variable ua does not say which member it is", tmp_path / "*.nc")


def test_a_key_names_the_dimension_of_members(tmp_path):
    u = np.arange(4.0)[None, :] * np.ones((3, 1))
    path = made(tmp_path / "a.nc", u, dims=("time", "run"))
    refused(r'has a dimension run that is no axis known here.*member_dimension = "run"', path)
    source = opened(path, member_dimension="run")
    np.testing.assert_array_equal(source.level(0)[:, 0, 0, 0], np.arange(4.0))


# Months --------------------------------------------------------------------------------------------------------------

MONTHS = ("2016-11-01", "2016-12-01", "2017-01-01", "2017-02-01", "2017-03-01")


def monthly(path, stamps: Any = MONTHS, kind: str = "current", extra: Any = None, **more: Any):
    days = [epoch(stamp) / DAY for stamp in stamps]
    time = {"time": (("time",), days, {"units": "days since 1970-01-01", **more})}
    u = 0.1 * np.arange(1.0, len(days) + 1.0)
    return made(path, u, kind, coordinates=time, names=("uo", "vo"), extra=extra)


@pytest.mark.parametrize("product", ["glorys12", "cf"])
def test_means_stamped_on_the_first_stand_in_the_middle_of_their_month(tmp_path, product):
    path = monthly(tmp_path / "a.nc")
    period = (epoch("2016-12-03"), epoch("2017-02-20"))
    source = opened(path, kind="current", product=product, period=period)
    middles = [epoch(a) / 2 + epoch(b) / 2 for a, b in itertools.pairwise(MONTHS)]
    np.testing.assert_array_equal(source.times, [*middles, epoch("2017-03-16T12")])
    assert source.covers == (epoch("2016-11-01"), epoch("2017-04-01"))  # the last month to its own end
    assert any("calendar months" in text for text in source.info["decisions"])
    wind = made(
        tmp_path / "wind.nc", [5.0, 10.0, 15.0], names=("u10", "v10"),
        coordinates={"time": (("time",), [0.0, 31.0, 62.0], {"units": "days since 2016-12-01"})},
    )  # fmt: skip
    period = (epoch("2016-12-18"), epoch("2017-01-20"))
    assert opened(wind, product="era5", period=period).times[0] == epoch("2016-12-16T12")


def test_bounds_and_other_days_go_before_calendar_months(tmp_path):
    path = monthly(tmp_path / "a.nc", bounds="edges")
    edges = np.array([[epoch(stamp) / DAY - 10.0, epoch(stamp) / DAY + 20.0] for stamp in MONTHS])
    with netCDF4.Dataset(path, "r+") as file:
        file.createDimension("nv", 2)
        file.createVariable("edges", "f8", ("time", "nv"))[:] = edges
    period = (epoch("2016-12-03"), epoch("2017-02-10"))
    assert opened(path, kind="current", period=period).times[0] == epoch("2016-11-06")
    middle = [f"{stamp[:8]}16" for stamp in MONTHS]
    stamped = monthly(tmp_path / "b.nc", middle)
    for product in ("cf", "glorys12"):
        source = opened(stamped, kind="current", period=period, product=product)
        assert source.times[0] == epoch("2016-11-16") and not source.info["decisions"]
    moments = monthly(tmp_path / "c.nc", extra={"cell_methods": "time: point"})
    assert opened(moments, kind="current", period=period).times[0] == epoch("2016-12-01")
    end = opened(monthly(tmp_path / "d.nc"), kind="current", period=period, stamp="end")
    assert end.times[0] == epoch("2016-11-16")


def test_a_missing_month_is_a_gap(tmp_path):
    path = monthly(tmp_path / "a.nc", ("2016-11-01", "2016-12-01", "2017-03-01", "2017-04-01"))
    refused(r"no step between 2016-12-16 12:00 UTC and 2017-03-16 12:00", path, kind="current",
            period=(epoch("2016-12-20"), epoch("2017-03-20")))  # fmt: skip


def test_an_evenly_spaced_series_is_never_offered_a_longer_gap(tmp_path):
    stamps = np.arange(epoch("2016-11-05"), epoch("2017-03-01"), 20.0 * DAY)
    path = made(
        tmp_path / "a.nc", 0.1 * np.ones(stamps.size), "current", names=("uo", "vo"),
        coordinates={"time": (("time",), stamps, {"units": "seconds since 1970-01-01"})},
    )  # fmt: skip
    period = (epoch("2016-11-20"), epoch("2017-02-01"))
    with pytest.raises(InputError) as caught:
        opened(path, kind="current", product="glorys12", period=period)
    assert "max_gap_hours" not in str(caught.value)
    assert "All its steps are 480 h apart" in str(caught.value)
    assert "current.interval_hours = 480" in str(caught.value)
    source = opened(path, kind="current", product="glorys12", period=period, stamp="start", interval_hours=480.0)
    assert source.times[0] == stamps[0] + 10.0 * DAY


# Land ----------------------------------------------------------------------------------------------------------------

DRY = (LON[None, :] > 137.0) & (LAT[:, None] < 38.5)


def with_land(path, dry: Any, mask: Any = None, kind: str = "current"):
    u = np.where(DRY, dry, 0.1 + 0.2 * np.arange(3)[:, None, None])
    extra = {} if mask is None else {"mask": mask}
    return made(path, u, kind, coordinates={**TIME, **extra})


def test_zeros_on_land_are_told_of_and_a_key_makes_them_land(tmp_path):
    path = with_land(tmp_path / "zeros.nc", 0.0)
    source = opened(path, kind="current")
    count = int(DRY.sum())
    share = f"{100 * count / DRY.size:.3g}"
    said = [text for text in source.info["decisions"] if "zeros_are_land = true" in text]
    assert len(said) == 1 and f"exactly 0 at {count} nodes ({share} %) in 3 of 3 levels" in said[0]
    assert source.wet is None
    land = opened(path, kind="current", zeros_are_land=True)
    np.testing.assert_array_equal(land.wet, ~DRY)
    nans = opened(with_land(tmp_path / "nans.nc", np.nan), kind="current")
    np.testing.assert_array_equal(land.level(1), nans.level(1))
    # Said to be water, they are no surprise; and a calm is none in the air.
    assert not opened(path, kind="current", zeros_are_land=False).info["decisions"]
    assert not any(
        "zeros" in text for text in opened(with_land(tmp_path / "wind.nc", 0.0, kind="wind")).info["decisions"]
    )


def test_nodes_that_move_at_another_level_are_no_land(tmp_path):
    path = with_land(tmp_path / "a.nc", 0.0)
    with netCDF4.Dataset(path, "r+") as file:
        file["va"][2] = 0.2
    assert not opened(path, kind="current").info["decisions"]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (DRY.astype("i1"), {"standard_name": "land_binary_mask"}),
        ((~DRY).astype("i1"), {"standard_name": "sea_binary_mask"}),
        (np.where(DRY, 0.8, 0.1), {"standard_name": "land_area_fraction"}),
        (np.where(DRY, 2, 1).astype("i1"), {"flag_values": np.int8([1, 2]), "flag_meanings": "sea land"}),
    ],
)
def test_a_mask_in_the_file_is_used(tmp_path, values, text):
    path = with_land(tmp_path / "a.nc", 0.0, (("lat", "lon"), values, text))
    source = opened(path, kind="current")
    np.testing.assert_array_equal(source.wet, ~DRY)
    assert source.info["decisions"] == ["land as the variable mask has it"]
    # A wind blows over land, and a mask that says nothing of itself is none.
    assert opened(with_land(tmp_path / "b.nc", 0.5, (("lat", "lon"), values, text), "wind")).wet is None
    source.close()
    with netCDF4.Dataset(path, "r+") as file:
        for name in text:
            file["mask"].delncattr(name)
    assert opened(path, kind="current").wet is None


@pytest.mark.parametrize("k", [1, 2])
def test_a_mask_that_changes_is_seen_before_the_run(tmp_path, k):
    path = made(tmp_path / "a.nc", [0.1, 0.2, 0.3], "current")
    with netCDF4.Dataset(path, "r+") as file:
        file["ua"][k, 1:5, 1:6] = np.nan
    when = "2017-10-01 12:00" if k == 1 else "2017-10-02 00:00"
    refused(rf"no value at .*{when} UTC.*raise current\.fill_km to 3\d0", path, kind="current")
    opened(path, kind="current", fill_km=390.0)
