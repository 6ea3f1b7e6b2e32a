"""The moment for which a forecast is, never the one at which it began: in all ways in which files say so."""

from __future__ import annotations

from typing import Any

import netCDF4
import numpy as np
import pytest
from replicas import BOX, HOUR, ORIGIN, section, write

from driftsim.forcing.open import open_source
from driftsim.system.errors import InputError

LON, LAT = np.arange(129.0, 141.1, 1.5), np.arange(35.0, 44.1, 1.5)
SINCE = "hours since 2017-10-01"
TIME, CYCLE = {"standard_name": "time", "units": SINCE}, {"standard_name": "forecast_reference_time", "units": SINCE}
LEAD = {"standard_name": "forecast_period", "units": "hours"}
PERIOD = (ORIGIN + 13 * HOUR, ORIGIN + 19 * HOUR)


def wind_at(hours: Any) -> Any:
    """Eastward wind that tells the hour: 1.7 m/s, and 0.31 m/s more each hour."""
    return 1.7 + 0.31 * np.asarray(hours, float)


def made(path, dims: dict[str, int], coordinates: dict[str, Any], u: Any, coord: str = "", extra: Any = None):
    """A file of wind with these dimensions before those of the grid; ``u`` on them."""
    names = (*dims, "lat", "lon")
    u = np.asarray(u, float)[..., None, None] * np.ones((LAT.size, LON.size))
    text = {"units": "m s-1", **({"coordinates": coord} if coord else {}), **(extra or {})}
    return write(
        path,
        {**dims, "lat": LAT.size, "lon": LON.size},
        {
            "lat": (("lat",), LAT, {"units": "degrees_north"}),
            "lon": (("lon",), LON, {"units": "degrees_east"}),
            **coordinates,
            "u10": (names, u.astype("f4"), {**text, "standard_name": "eastward_wind"}),
            "v10": (names, (-0.5 * u).astype("f4"), {**text, "standard_name": "northward_wind"}),
        },
    )


def hours_read(*files: Any, period=PERIOD, **keys: Any) -> Any:
    """The hours after the origin that the steps are for, seen to be those that the wind tells."""
    source = open_source("wind", section("cf", *files, **keys), BOX, period)
    told = np.array([(source.level(k)[0, 0, 0] - [1.7, -0.85]) / [0.31, -0.155] for k in range(source.times.size)])
    hours = (source.times - ORIGIN) / HOUR
    np.testing.assert_allclose(told, np.stack([hours, hours], axis=1), atol=1e-4)
    return source, hours


def refused(match: str, *files: Any, **keys: Any) -> None:
    with pytest.raises(InputError, match=match):
        open_source("wind", section("cf", *files, **keys), BOX, PERIOD)


def test_a_file_for_each_lead_of_one_cycle(tmp_path):
    for lead in (0, 9, 18, 27):
        made(
            tmp_path / f"f{lead:03d}.nc", {},
            {"time": ((), 3.0, CYCLE), "step": ((), float(lead), LEAD), "valid_time": ((), 3.0 + lead, TIME)},
            wind_at(3.0 + lead), "time step valid_time",
        )  # fmt: skip
    _, hours = hours_read(tmp_path / "f*.nc")
    np.testing.assert_array_equal(hours, [12.0, 21.0])


def test_valid_time_along_a_dimension_of_leads(tmp_path):
    leads = np.array([2.0, 9.0, 16.0])
    path = made(
        tmp_path / "a.nc", {"step": 3},
        {"time": ((), 4.0, CYCLE), "step": (("step",), leads, LEAD), "valid_time": (("step",), 4.0 + leads, TIME)},
        wind_at(4.0 + leads),
    )  # fmt: skip
    assert hours_read(path)[1].tolist() == [13.0, 20.0]


def test_the_coordinate_of_a_dimension_is_the_cycle(tmp_path):
    cycles = 6.0 * np.arange(5)
    path = made(
        tmp_path / "a.nc", {"time": 5},
        {"time": (("time",), cycles, CYCLE), "step": ((), 3.0, LEAD), "valid_time": (("time",), cycles + 3.0, TIME)},
        wind_at(cycles + 3.0), "step valid_time",
    )  # fmt: skip
    assert hours_read(path)[1].tolist() == [9.0, 15.0, 21.0]


def test_a_time_that_is_only_the_sum_of_cycle_and_lead(tmp_path):
    leads = np.array([12.0, 15.0, 18.0])
    path = made(
        tmp_path / "a.nc", {"prediction_timedelta": 3},
        {
            "time": ((), 4.0, CYCLE),
            "prediction_timedelta": (("prediction_timedelta",), (leads * 3600).astype("i8"), {"units": "seconds"}),
        },
        wind_at(4.0 + leads),
    )  # fmt: skip
    period = (ORIGIN + 16.5 * HOUR, ORIGIN + 21 * HOUR)
    assert hours_read(path, period=period)[1].tolist() == [16.0, 19.0, 22.0]
    ncl = made(
        tmp_path / "ncl.nc", {"initial_time0_hours": 3},
        {"initial_time0_hours": (("initial_time0_hours",), leads, {"units": SINCE, "long_name": "initial time"})},
        wind_at(leads + 6.0), extra={"forecast_time": np.int32(6), "forecast_time_units": "hours"},
    )  # fmt: skip
    assert hours_read(ncl, period=(ORIGIN + 19 * HOUR, ORIGIN + 20 * HOUR))[1].tolist() == [18.0, 21.0]


def test_a_cycle_alone_is_no_time(tmp_path):
    cycles = 6.0 * np.arange(5)
    path = made(tmp_path / "a.nc", {"time": 5}, {"time": (("time",), cycles, CYCLE)}, wind_at(cycles))
    refused(r"time says when the forecast began, not for when it is, and there is no lead", path)


def test_of_two_times_the_one_that_is_called_so(tmp_path):
    record = np.array([7.0, 14.0, 21.0])
    coordinates = {
        "reftime": (("record",), record - 7.0, {"units": SINCE, "long_name": "reference time"}),
        "valtime": (("record",), record, {"units": SINCE, "long_name": "valid time"}),
    }
    path = made(tmp_path / "a.nc", {"record": 3}, coordinates, wind_at(record))
    assert hours_read(path)[1].tolist() == [7.0, 14.0, 21.0]
    # The bounds of an averaging period, as one model writes them, are no rivals of the time.
    more = {
        "time": (("time",), record, {"units": SINCE}),
        "average_T1": (("time",), record - 3.5, {"units": SINCE}),
        "average_T2": (("time",), record + 3.5, {"units": SINCE}),
    }
    assert hours_read(made(tmp_path / "b.nc", {"time": 3}, more, wind_at(record)))[1].tolist() == [7.0, 14.0, 21.0]


def test_two_times_that_differ_are_an_error(tmp_path):
    hours = np.array([7.0, 14.0, 21.0])
    for names, text in ((("time", "valid_time"), {}), (("time_counter", "other"), {"standard_name": "time"})):
        path = made(
            tmp_path / f"{names[0]}.nc", {names[0]: 3},
            {names[0]: ((names[0],), hours, {"units": SINCE, **text}),
             names[1]: ((names[0],), hours + 3.0, {"units": SINCE, **text})},
            wind_at(hours),
        )  # fmt: skip
        refused(rf"has two times, {names[0]} and {names[1]}, that differ.*ncks", path)
        with netCDF4.Dataset(path, "r+") as file:
            file[names[1]][:] = hours
        assert hours_read(path)[1].tolist() == [7.0, 14.0, 21.0]


def test_a_reference_time_of_one_value_is_no_axis(tmp_path):
    hours = np.array([6.0, 13.0, 20.0])
    dims = {"forecast_reference_time": 1, "time": 3}
    coordinates = {
        "forecast_reference_time": (("forecast_reference_time",), [0.0], CYCLE),
        "time": (("time",), hours, TIME),
    }
    path = made(tmp_path / "a.nc", dims, coordinates, wind_at(hours)[None])
    assert hours_read(path)[1].tolist() == [13.0, 20.0]


def archive(path, order=("cycle", "lead"), valid=True, change=0.0):
    """Cycles every 9 h, each with leads 0 to 27 h; an older forecast is another one."""
    cycles, leads = 9.0 * np.arange(3), 3.0 * np.arange(10)
    hours = cycles[:, None] + leads
    u = wind_at(hours)
    u[:2, leads >= 9.0] += change  # what a newer cycle foretells as well
    turn = order == ("lead", "cycle")
    coordinates = {
        "cycle": (("cycle",), cycles, CYCLE),
        "lead": (("lead",), leads, LEAD),
        **({"valid": (order, hours.T if turn else hours, TIME)} if valid else {}),
    }
    sizes = {"cycle": 3, "lead": 10}
    return made(path, {d: sizes[d] for d in order}, coordinates, u.T if turn else u)


@pytest.mark.parametrize("order", [("cycle", "lead"), ("lead", "cycle")])
@pytest.mark.parametrize("valid", [True, False])
def test_an_archive_gives_the_newest_cycle_of_each_moment(tmp_path, order, valid):
    path = archive(tmp_path / "a.nc", order, valid, change=5.0)
    source, hours = hours_read(path, period=(ORIGIN + 1 * HOUR, ORIGIN + 40 * HOUR))
    np.testing.assert_array_equal(hours, 3.0 * np.arange(15))
    assert "of several forecasts for one moment that of the newest cycle" in source.info["decisions"]


def test_archives_that_cannot_be_told_are_refused_in_these_words(tmp_path):
    hours = 6.0 * np.arange(4)
    coordinates = {"run": (("run",), [0.0, 6.0], CYCLE), "time": (("time",), hours, TIME)}
    path = made(tmp_path / "a.nc", {"run": 2, "time": 4}, coordinates, wind_at(hours)[None] * np.ones((2, 1)))
    refused(r"is a forecast archive with two time axes \(run, time\)", path)


def test_overlapping_cycles_in_files_give_the_newest(tmp_path):
    for cycle, leads in ((0.0, np.arange(0.0, 31.0, 6.0)), (12.0, np.arange(0.0, 31.0, 6.0))):
        hours = cycle + leads
        spoilt = wind_at(hours) + np.where((cycle == 0.0) & (hours >= 12.0), 4.0, 0.0)
        # Named so that the newest comes first.
        made(
            tmp_path / f"{'b' if cycle == 0.0 else 'a'}.nc", {"time": leads.size},
            {"time": (("time",), hours, TIME), "forecast_reference_time": ((), cycle, CYCLE)}, spoilt,
        )  # fmt: skip
    source, hours = hours_read(tmp_path / "*.nc", period=(ORIGIN + 1 * HOUR, ORIGIN + 40 * HOUR))
    np.testing.assert_array_equal(hours, 6.0 * np.arange(8))
    assert any("newest cycle" in text for text in source.info["decisions"])


def test_steps_that_come_twice_must_be_equal(tmp_path):
    hours = np.array([6.0, 13.0, 20.0])
    for name, change in (("a.nc", 0.0), ("b.nc", 0.0)):
        made(tmp_path / name, {"time": 3}, {"time": (("time",), hours, TIME)}, wind_at(hours) + change)
    source, _ = hours_read(tmp_path / "*.nc")
    assert source.info["decisions"] == ["2 steps come twice, with equal values"]
    source.close()
    with netCDF4.Dataset(tmp_path / "b.nc", "r+") as file:
        file["v10"][2, 1, 3] += 0.01  # one node of one component of one step
    refused(r"b\.nc.* differ in v10 at 2017-10-01 20:00 UTC, and nothing says which", tmp_path / "*.nc")
    # Copies that were packed in their own ways are equal to their packing.
    for name, scale in (("c.nc", 0.001), ("d.nc", 0.0013)):
        path = made(tmp_path / name, {"time": 3}, {"time": (("time",), hours, TIME)}, wind_at(hours))
        with netCDF4.Dataset(path, "r+") as file:
            file.renameVariable("u10", "old")
            file["old"].standard_name = "old"
            packed = file.createVariable("u10", "i2", ("time", "lat", "lon"))
            packed.setncatts({"units": "m s-1", "standard_name": "eastward_wind", "scale_factor": scale})
            packed[:] = wind_at(hours)[:, None, None] * np.ones((LAT.size, LON.size))
    open_source("wind", section("cf", tmp_path / "c.nc", tmp_path / "d.nc"), BOX, PERIOD)


@pytest.mark.parametrize("units", ["days since 0000-01-01", "days since 0-1-1 00:00:00"])
def test_a_year_0_has_a_remedy(tmp_path, units):
    hours = np.array([6.0, 13.0, 20.0])
    path = made(tmp_path / "a.nc", {"time": 3}, {"time": (("time",), 736969.0 + hours / 24, {"units": units})}, hours)
    refused(r"counts from the year 0.*MATLAB.*subtract 719529.*days since 1970-01-01", path)


def test_the_component_that_lacks_the_hours_is_blamed(tmp_path):
    hours = np.arange(25.0)
    path = made(tmp_path / "u_hourly.nc", {"time": 25}, {"time": (("time",), hours, TIME)}, wind_at(hours))
    thin = made(tmp_path / "v_thin.nc", {"time": 5}, {"time": (("time",), hours[::6], TIME)}, wind_at(hours[::6]))
    for file, drop in ((path, "v10"), (thin, "u10")):
        with netCDF4.Dataset(file, "r+") as dataset:
            dataset.renameVariable(drop, "left")
            dataset["left"].standard_name = "left"
    refused(
        r"\(.*v_thin\.nc\): v10 has no step between 2017-10-01 12:00 UTC and 2017-10-01 18:00.*where u10",
        tmp_path / "*.nc",
    )


def test_hours_that_one_component_has_alone_are_told_of(tmp_path):
    hours = np.arange(25.0)
    every, third = hours, hours[::3]
    for name, when, drop in (("u.nc", third, "v10"), ("v.nc", every, "u10")):
        path = made(tmp_path / name, {"time": when.size}, {"time": (("time",), when, TIME)}, wind_at(when))
        with netCDF4.Dataset(path, "r+") as dataset:
            dataset.renameVariable(drop, "left")
            dataset["left"].standard_name = "left"
    source, read = hours_read(tmp_path / "u.nc", tmp_path / "v.nc")
    assert read.tolist() == [12.0, 15.0, 18.0, 21.0]
    assert source.info["decisions"] == ["6 steps of v10 that others lack are not used"]
