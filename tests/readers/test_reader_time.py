"""Which steps there are, what their stamps mean, and when a run may not start."""

from __future__ import annotations

import netCDF4
import numpy as np
import pytest
import replicas
from replicas import BOX, DAY, HOUR, ORIGIN, PLACES, interpolate, known, section

from driftsim.forcing.open import open_source
from driftsim.system.errors import InputError

STEP = 3 * HOUR


def steps(first: int, last: int) -> np.ndarray:
    return ORIGIN + STEP * np.arange(first, last)


def retime(path, values, units, calendar=None):
    with netCDF4.Dataset(path, "r+") as dataset:
        time = dataset["time"]
        time[:] = values
        time.units = units
        if calendar:
            time.calendar = calendar


def test_point_12_files_in_any_order_and_overlapping(tmp_path):
    names = ["z_first.nc", "a_last.nc", "m_middle.nc"]
    for name, (first, last) in zip(names, ((0, 6), (9, 14), (4, 10)), strict=True):
        replicas.plain(tmp_path / name, steps(first, last))
    source = open_source("current", section("cf", *(tmp_path / n for n in names)), BOX, (ORIGIN, ORIGIN + 13 * STEP))
    np.testing.assert_array_equal(source.times, steps(0, 14))
    when = ORIGIN + np.array([0.3, 4.7, 9.2, 12.9]) * STEP
    np.testing.assert_allclose(interpolate(source, PLACES, when), known(PLACES, when), rtol=0.0, atol=2e-6)
    assert len(source.info["files"]) == 3


def test_point_12_duplicate_steps_that_differ_are_refused(tmp_path):
    replicas.plain(tmp_path / "b.nc", steps(0, 4), factor=1.0)
    replicas.plain(tmp_path / "a.nc", steps(2, 6), factor=1.5)
    files = section("cf", tmp_path / "*.nc")
    with pytest.raises(InputError, match=r"a\.nc and .*b\.nc differ in east at 2017-10-01 06:00 UTC.*realization"):
        open_source("current", files, BOX, (ORIGIN, ORIGIN + 5 * STEP))
    # They are no matter to a run that does not need them.
    open_source("current", files, BOX, (ORIGIN + 4 * STEP, ORIGIN + 5 * STEP))


def test_a_repeated_block_and_a_step_back_within_a_file(tmp_path):
    order = np.array([0, 1, 2, 3, 2, 3, 4, 5])
    path = replicas.plain(tmp_path / "plain.nc", ORIGIN + STEP * order)
    source = open_source("current", section("cf", path), BOX, (ORIGIN, ORIGIN + 5 * STEP))
    np.testing.assert_array_equal(source.times, steps(0, 6))


def test_point_12_a_gap_stops_with_its_dates(tmp_path):
    replicas.hycom(tmp_path / "a.nc", steps(0, 9))
    replicas.hycom(tmp_path / "b.nc", steps(8 + 17, 40))
    period = (ORIGIN, ORIGIN + 30 * STEP)
    with pytest.raises(
        InputError, match=r"between 2017-10-02 00:00 UTC and 2017-10-04 03:00 UTC \(51 h; the limit is 6 h\)"
    ):
        open_source("current", section("hycom", tmp_path / "*.nc"), BOX, period)
    # Allowed when asked for, and no matter to a run that does not cross it.
    assert open_source("current", section("hycom", tmp_path / "*.nc", max_gap_hours=51.0), BOX, period).times.size == 15
    assert open_source("current", section("hycom", tmp_path / "*.nc"), BOX, (ORIGIN, ORIGIN + DAY)).times.size == 9


def test_two_distant_steps_are_a_gap_and_no_spacing(tmp_path):
    path = replicas.hycom(tmp_path / "a.nc", [ORIGIN, ORIGIN + 51 * HOUR])
    with pytest.raises(InputError, match=r"51 h; the limit is 6 h"):
        open_source("current", section("hycom", path), BOX, (ORIGIN, ORIGIN + 51 * HOUR))
    thin = replicas.hycom(tmp_path / "b.nc", ORIGIN + 51 * HOUR * np.arange(4))
    with pytest.raises(InputError, match=r"51 h; the limit is 48 h"):
        open_source("current", section("hycom", thin), BOX, (ORIGIN, ORIGIN + 51 * HOUR))


def test_a_run_beyond_the_record_does_not_start(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", steps(0, 9))
    with pytest.raises(
        InputError,
        match=r"cover 2017-10-01 00:00 UTC to 2017-10-02 00:00 UTC.*needs 2017-10-01 00:00 UTC to 2017-10-02 01",
    ):
        open_source("current", section("cf", path), BOX, (ORIGIN, ORIGIN + 25 * HOUR))
    with pytest.raises(InputError, match=r"current\.steady = true"):
        open_source("current", section("cf", path), BOX, (ORIGIN - HOUR, ORIGIN + HOUR))
    # Backward in time is the same question.
    assert open_source("current", section("cf", path), BOX, (ORIGIN + DAY, ORIGIN)).times.size == 9


def test_only_the_steps_around_the_period_are_kept(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", steps(0, 40))
    source = open_source("current", section("cf", path), BOX, (ORIGIN + 5.2 * STEP, ORIGIN + 8.1 * STEP))
    np.testing.assert_array_equal(source.times, steps(5, 10))
    assert source.covers == (ORIGIN + 5 * STEP, ORIGIN + 9 * STEP)


@pytest.mark.parametrize(("stamp", "early"), [("middle", 0.5), ("start", 0.0), ("end", 1.0), ("instant", None)])
def test_what_a_stamp_means_can_be_said(tmp_path, stamp, early):
    path = replicas.plain(tmp_path / "plain.nc", ORIGIN + DAY * np.arange(4))
    source = open_source("current", section("cf", path, stamp=stamp), BOX, (ORIGIN, ORIGIN + 2.5 * DAY))
    first = ORIGIN - (early or 0.0) * DAY
    assert source.covers[0] == first
    assert source.times[0] == (first if early is None else first + 0.5 * DAY)


def test_five_day_means_hold_to_the_ends_of_their_intervals(tmp_path):
    # The mean of the days 1 to 5 is stamped 00:00 on day 3, the middle day.
    days = ORIGIN + DAY * (2 + 5 * np.arange(6))
    path = replicas.cmems_toolbox(tmp_path / "five.nc", days, step=0.5)
    source = open_source("current", section("glo12", path), BOX, (ORIGIN, ORIGIN + 30 * DAY))
    assert source.covers == (ORIGIN, ORIGIN + 30 * DAY)
    assert source.times[0] == ORIGIN + 2.5 * DAY and source.times.size == 6


def test_bounds_in_the_file_say_what_a_mean_is(tmp_path):
    times = ORIGIN + DAY * np.array([10.0, 40.0, 70.0])
    path = replicas.plain(tmp_path / "plain.nc", times, extra={"cell_methods": "area: mean time: mean"})
    edges = ORIGIN + DAY * np.array([[0.0, 31.0], [31.0, 61.0], [61.0, 92.0]])
    with netCDF4.Dataset(path, "r+") as dataset:
        dataset.createDimension("nv", 2)
        dataset.createVariable("time_bnds", "f8", ("time", "nv"))[:] = edges
        dataset["time"].bounds = "time_bnds"
    source = open_source("current", section("cf", path), BOX, (edges[0, 0], edges[2, 1]))
    assert source.covers == (edges[0, 0], edges[2, 1])
    np.testing.assert_array_equal(source.times, edges.mean(axis=1))


def test_a_mean_over_an_unknown_time_is_asked_for(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", [ORIGIN], extra={"cell_methods": "time: mean"})
    with pytest.raises(InputError, match=r"current\.interval_hours"):
        open_source("current", section("cf", path), BOX, (ORIGIN, ORIGIN))
    said = open_source("current", section("cf", path, interval_hours=72.0), BOX, (ORIGIN - DAY, ORIGIN + DAY))
    assert said.covers == (ORIGIN - 1.5 * DAY, ORIGIN + 1.5 * DAY)


def test_a_steady_field_is_one_level(tmp_path):
    path = replicas.plain(tmp_path / "one.nc", [ORIGIN])
    source = open_source("current", section("cf", path, steady=True), BOX, (0.0, 4e9))
    assert source.times.tolist() == [ORIGIN] and source.covers == (-np.inf, np.inf)
    more = replicas.plain(tmp_path / "more.nc", steps(0, 3))
    with pytest.raises(InputError, match=r"steady = true needs one time level, .*more\.nc holds 3"):
        open_source("current", section("cf", more, steady=True), BOX, (0.0, 4e9))


def test_a_field_with_no_time_axis_must_be_called_steady(tmp_path):
    lon, lat = np.arange(128.0, 142.0, 0.5), np.arange(34.0, 45.0, 0.5)
    u, v, _ = replicas.fields(lon, lat, [ORIGIN])
    text = {"units": "m s-1"}
    path = replicas.write(
        tmp_path / "flat.nc",
        {"lat": lat.size, "lon": lon.size},
        {
            "lat": (("lat",), lat, replicas.degrees("Y")),
            "lon": (("lon",), lon, replicas.degrees("X")),
            "uo": (("lon", "lat"), u[0].T, text),
            "vo": (("lon", "lat"), v[0].T, text),
        },
    )
    with pytest.raises(InputError, match=r"flat\.nc: variable uo has no time coordinate.*steady = true"):
        open_source("current", section("glo12", path), BOX, (ORIGIN, ORIGIN))
    source = open_source("current", section("glo12", path, steady=True), BOX, (ORIGIN, ORIGIN + DAY))
    np.testing.assert_allclose(
        interpolate(source, PLACES, [ORIGIN])[0], known(PLACES, [ORIGIN])[0], rtol=0.0, atol=1e-6
    )


@pytest.mark.parametrize(
    ("units", "scale", "calendar"),
    [
        ("days since 1950-01-01", DAY, "gregorian"),
        ("hours since 1800-01-01 00:00:0.0", HOUR, "standard"),
        ("minutes since 2017-09-30T12:00:00Z", 60.0, "proleptic_gregorian"),
        ("seconds since 1970-01-01", 1.0, None),
        ("hours since 1-1-1 00:00:0.0", HOUR, "standard"),
        ("days since 2017-09-01 09:00:00 +09:00", DAY, "proleptic_gregorian"),
    ],
)
def test_time_units_and_calendars(tmp_path, units, scale, calendar):
    import cftime

    path = replicas.plain(tmp_path / "plain.nc", steps(0, 4))
    dates = cftime.num2date(steps(0, 4), "seconds since 1970-01-01", "standard")
    values = cftime.date2num(dates, units, calendar or "standard")
    retime(path, values, units, calendar)
    source = open_source("current", section("cf", path), BOX, (ORIGIN, ORIGIN + 3 * STEP))
    np.testing.assert_allclose(source.times, steps(0, 4), rtol=0.0, atol=0.001)


@pytest.mark.parametrize("calendar", ["noleap", "360_day", "julian"])
def test_a_calendar_that_is_not_ours_is_refused(tmp_path, calendar):
    path = replicas.plain(tmp_path / "plain.nc", steps(0, 4))
    retime(path, steps(0, 4), "seconds since 1970-01-01", calendar)
    with pytest.raises(InputError, match=rf"plain\.nc: variable east: time variable time has calendar '{calendar}'"):
        open_source("current", section("cf", path), BOX, (ORIGIN, ORIGIN + STEP))


@pytest.mark.parametrize(
    "units", ["", "hours", "months since 2017-10-01", "fortnights since 2017-10-01", "hours since yesterday"]
)
def test_time_units_that_say_nothing_are_refused(tmp_path, units):
    path = replicas.plain(tmp_path / "plain.nc", steps(0, 4))
    retime(path, steps(0, 4), units)
    with pytest.raises(InputError, match=r"plain\.nc: variable east: time variable time"):
        open_source("current", section("cf", path), BOX, (ORIGIN, ORIGIN + STEP))


def test_few_files_stay_open_and_levels_are_not_kept(tmp_path):
    for day in range(16):
        replicas.plain(tmp_path / f"{day:02d}.nc", [ORIGIN + DAY * day])
    source = open_source("current", section("cf", tmp_path / "*.nc"), BOX, (ORIGIN, ORIGIN + 15 * DAY))
    for k in (3, 11, 0, 7):
        first, again = source.level(k), source.level(k)
        assert first is not again and np.array_equal(first, again)
    assert 1 <= len(source._files.open) <= 12
    source.close()
    assert not source._files.open and source.level(5).shape[0] == 1
