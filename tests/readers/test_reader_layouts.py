"""Every provider's layout gives the known velocity back at off-grid places and times.

The tests `test_point_01` to `test_point_13`, here and in test_reader_time.py, are the list of what has gone wrong in
other readers; `pytest -k point_03` runs one of its points.
"""

from __future__ import annotations

import json
from dataclasses import replace

import netCDF4
import numpy as np
import pytest
import replicas
from replicas import BOX, DAY, HOUR, ORIGIN, PLACES, epoch, interpolate, known, section

from driftsim.forcing import catalogue
from driftsim.forcing.files.file_source import FileSource
from driftsim.forcing.grid import uniformise
from driftsim.forcing.open import open_source
from driftsim.system.errors import InputError

ROUNDING = 2e-6
PERIOD = (ORIGIN + 0.5 * DAY, ORIGIN + 2.5 * DAY)
TIMES = ORIGIN + np.array([0.5, 1.13, 1.77, 2.5]) * DAY
DAYS = ORIGIN + DAY * np.arange(3)
SIX_HOURLY = ORIGIN + 6 * HOUR * np.arange(12)


def assert_known(source, tolerance, times=TIMES, places=PLACES):
    np.testing.assert_allclose(interpolate(source, places, times), known(places, times), rtol=0.0, atol=tolerance)
    assert np.all(np.diff(source.lon) > 0) and np.all(np.diff(source.lat) > 0)
    level = source.level(0)
    assert level.dtype == np.float32 and level.flags.c_contiguous and np.isfinite(level).all()
    assert level.shape == (1, source.lat.size, source.lon.size, 2)


def test_point_01_cmems_toolbox(tmp_path):
    path = replicas.cmems_toolbox(tmp_path / "toolbox.nc", DAYS)
    source = open_source("current", section("glorys12", path), BOX, PERIOD)
    assert_known(source, ROUNDING)
    # One cell of margin on each side, no more.
    assert source.lon[1] <= BOX[0] < source.lon[2] and source.lon[-3] < BOX[1] <= source.lon[-2]
    assert source.covers == (ORIGIN, ORIGIN + 3 * DAY)
    np.testing.assert_array_equal(source.times, DAYS + 0.5 * DAY)


def test_point_02_cmems_classic_surface_of_two_depths(tmp_path):
    path = replicas.cmems_classic(tmp_path / "classic.nc", DAYS)
    source = open_source("current", section("glorys12", path), BOX, PERIOD)
    assert_known(source, 0.00031)
    assert source.covers == (ORIGIN, ORIGIN + 3 * DAY)
    assert source.info["depth_m"] == pytest.approx(0.494, abs=1e-3)


def test_old_and_new_day_stamps_name_the_same_day(tmp_path):
    # 12:00 in one file, 00:00 in the other: both are the mean of that day.
    replicas.cmems_classic(tmp_path / "a.nc", DAYS[:1])
    path = replicas.cmems_toolbox(tmp_path / "b.nc", DAYS[:1])
    for name in ("a.nc", "b.nc"):
        source = open_source("current", section("glo12", tmp_path / name), BOX, (ORIGIN, ORIGIN + DAY))
        assert source.covers == (ORIGIN, ORIGIN + DAY) and source.times.tolist() == [ORIGIN + 0.5 * DAY]
    said = open_source("current", section("glo12", path, stamp="middle"), BOX, (ORIGIN, ORIGIN + 0.5 * DAY))
    assert said.covers == (ORIGIN - 0.5 * DAY, ORIGIN + 0.5 * DAY)


def test_point_03_hycom_with_its_change_of_step(tmp_path):
    times = ORIGIN + 12 * HOUR + 3 * HOUR * np.arange(17)
    path = replicas.hycom(tmp_path / "hycom.nc", times)
    source = open_source("current", section("hycom", path), BOX, PERIOD)
    assert_known(source, 0.0006)
    steps = np.unique(np.round(np.diff(source.lat), 6))
    assert steps.tolist() == [0.04, 0.08]


def test_point_03_hycom_refined_is_the_same_bilinear_field(tmp_path):
    path = replicas.hycom(tmp_path / "hycom.nc", [ORIGIN, ORIGIN + 3 * HOUR])
    source = open_source("current", section("hycom", path), BOX, (ORIGIN, ORIGIN))
    fine = uniformise(source)
    assert fine is not None and fine.dlat == pytest.approx(0.04, rel=1e-9) and fine.nx == source.lon.size
    # Noise, so that an inexact refinement shows.
    coarse = np.random.default_rng(8).normal(size=source.level(0).shape).astype(np.float32)
    refined = fine.transform(coarse)
    assert refined.shape == (1, fine.ny, fine.nx, 2) and refined.flags.c_contiguous
    lat = fine.lat0 + fine.dlat * np.arange(fine.ny)
    original = np.searchsorted(lat, source.lat - 1e-3)
    assert np.array_equal(refined[:, original], coarse)
    from scipy.interpolate import RegularGridInterpolator

    rng = np.random.default_rng(9)
    at = np.column_stack((rng.uniform(36.2, 42.9, 400), rng.uniform(130.3, 139.4, 400)))
    twin = RegularGridInterpolator((source.lat, source.lon), coarse[0].astype(np.float64))(at)
    ours = RegularGridInterpolator((lat, fine.lon0 + fine.dlon * np.arange(fine.nx)), refined[0].astype(np.float64))(at)
    np.testing.assert_allclose(ours, twin, rtol=0.0, atol=1e-5)


def test_point_04_hycom_experiments_on_two_branches_are_stitched(tmp_path):
    change = ORIGIN + 12 * HOUR
    first = replicas.hycom(tmp_path / "expt_57.7.nc", change - 3 * HOUR * np.arange(5, 0, -1), branch="-180..180")
    second = replicas.hycom(tmp_path / "expt_92.9.nc", change + 3 * HOUR * np.arange(5))
    source = open_source("current", section("hycom", second, first), BOX, (change - 12 * HOUR, change + 12 * HOUR))
    assert_known(source, 0.0006, times=change + np.array([-11.3, -1.4, 0.0, 7.7]) * HOUR)
    assert [record["path"] for record in source.info["files"]] == [str(first), str(second)]


def test_point_05_oscar_transposed_and_called_julian(tmp_path):
    for k, day in enumerate(DAYS):
        replicas.oscar(tmp_path / f"oscar_currents_final_2017100{k + 1}.nc", day)
    source = open_source("current", section("oscar", tmp_path / "oscar_*.nc"), BOX, PERIOD)
    assert_known(source, ROUNDING)
    assert source.covers == (ORIGIN, ORIGIN + 3 * DAY)


@pytest.mark.parametrize("depths", [(0.0, -15.0), (0.0, 15.0), (15.0, 0.0), (-15.0, 0.0)])
def test_point_06_globcurrent_takes_the_surface(tmp_path, depths):
    path = replicas.globcurrent(tmp_path / "globcurrent.nc", DAYS, depths)
    assert_known(open_source("current", section("globcurrent", path), BOX, PERIOD), ROUNDING)


def test_point_07_era5_old_and_new_in_one_run(tmp_path):
    replicas.era5(tmp_path / "old_a.nc", SIX_HOURLY[:4], new=False, scale=0.00031, offset=0.42)
    replicas.era5(tmp_path / "old_b.nc", SIX_HOURLY[4:8], new=False, scale=0.00017, offset=-0.13)
    replicas.era5(tmp_path / "new.nc", SIX_HOURLY[8:], new=True)
    source = open_source("wind", section("era5", tmp_path / "*.nc"), BOX, PERIOD)
    assert_known(source, 0.00016)
    assert source.wet is None and source.valid is None
    assert source.covers == (PERIOD[0], PERIOD[1])


def test_point_07_era5_final_and_preliminary_side_by_side(tmp_path):
    path = replicas.era5(tmp_path / "era5.nc", SIX_HOURLY[:3], new=True)
    with netCDF4.Dataset(path) as old:
        u, v, lon, lat = (np.asarray(old[n][:]) for n in ("u10", "v10", "longitude", "latitude"))
    halves = {}
    for name, values in (("u10", u), ("v10", v)):
        both = np.full((3, 2, lat.size, lon.size), np.nan, dtype="f4")
        both[:2, 0], both[2:, 1] = values[:2], values[2:]
        halves[name] = (("time", "expver", "latitude", "longitude"), both, {"units": "m s**-1"})
    path = replicas.write(
        tmp_path / "expver.nc",
        {"time": 3, "expver": 2, "latitude": lat.size, "longitude": lon.size},
        {
            "time": (("time",), SIX_HOURLY[:3], {"units": "seconds since 1970-01-01"}),
            "expver": (("expver",), np.int32([1, 5]), {}),
            "latitude": (("latitude",), lat, replicas.degrees("Y")),
            "longitude": (("longitude",), lon, replicas.degrees("X")),
            **halves,
        },
    )
    source = open_source("wind", section("era5", path), BOX, (ORIGIN, ORIGIN + 12 * HOUR))
    assert_known(source, ROUNDING, times=ORIGIN + np.array([0.0, 7.0, 11.9]) * HOUR)


def test_point_08_ncep_gaussian_rows_and_parted_components(tmp_path):
    replicas.ncep_r1(tmp_path, SIX_HOURLY)
    source = open_source("wind", section("ncep_r1", tmp_path / "*.nc"), BOX, PERIOD)
    assert_known(source, ROUNDING)
    # In these latitudes the Gaussian rows are uniform to 20 m, so the fast kernels may have them.
    even = uniformise(source)
    assert even is not None
    np.testing.assert_allclose(even.lat0 + even.dlat * np.arange(even.ny), source.lat, rtol=0.0, atol=2e-4)
    assert [record["path"].rpartition("/")[2][:4] for record in source.info["files"]] == ["uwnd", "vwnd"]


@pytest.mark.parametrize(
    ("product", "names"), [("waverys", ("VSDX", "VSDY")), ("glo12", ("vsdx", "vsdy")), ("glo12", ("VSDX", "vsdy"))]
)
def test_point_09_stokes_drift_in_either_case(tmp_path, product, names):
    path = replicas.cmems_toolbox(tmp_path / "waves.nc", DAYS, names=names)
    source = open_source(
        "stokes", section(product, path, stamp="middle", interval_hours=24.0), BOX, (ORIGIN, ORIGIN + 2 * DAY)
    )
    np.testing.assert_allclose(
        interpolate(source, PLACES, DAYS), known(PLACES, DAYS + 0.5 * DAY), rtol=0.0, atol=ROUNDING
    )


@pytest.mark.parametrize(
    ("units", "factor"),
    [
        ("m s-1", 1.0),
        ("m/s", 1.0),
        ("m s**-1", 1.0),
        ("m.s-1", 1.0),
        ("m s^-1", 1.0),
        ("meters/second", 1.0),
        ("metre per second", 1.0),
        ("m sec-1", 1.0),
        ("cm s-1", 100.0),
        ("cm/s", 100.0),
        ("centimeters/sec", 100.0),
        ("knots", 3600.0 / 1852.0),
    ],
)
def test_point_10_units_are_converted(tmp_path, units, factor):
    path = replicas.plain(tmp_path / "plain.nc", SIX_HOURLY, units=units, factor=factor)
    assert_known(open_source("current", section("cf", path), BOX, PERIOD), ROUNDING)


@pytest.mark.parametrize("units", ["", None, "km/h", "mm s-1", "m", "m s-2", "m2 s-1", "1"])
def test_point_10_unknown_units_are_refused(tmp_path, units):
    path = replicas.plain(tmp_path / "plain.nc", SIX_HOURLY, units=units)
    with pytest.raises(InputError, match=r"plain\.nc: variable east has (no )?units"):
        open_source("current", section("cf", path), BOX, PERIOD)


@pytest.mark.parametrize(
    ("dry", "extra"),
    [
        (np.nan, {}),
        (-999.0, {"_FillValue": np.float32(-999.0)}),
        (1e20, {"missing_value": np.float32(1e20)}),
        (1e20, {"_FillValue": np.float32(-999.0), "missing_value": np.float32(1e20)}),
        (-77.0, {"_FillValue": np.float32(-999.0), "missing_value": np.float32([3e9, -77.0])}),
        (9.969209968386869e36, {}),
    ],
)
def test_point_11_land_is_told_from_sea(tmp_path, dry, extra):
    path = replicas.plain(tmp_path / "plain.nc", SIX_HOURLY, dry=dry, extra=extra)
    source = open_source("current", section("cf", path), BOX, PERIOD)
    lon, lat = np.meshgrid(source.lon, source.lat)
    np.testing.assert_array_equal(source.wet, ~replicas.land(lon, lat))
    assert_known(source, ROUNDING)


def test_point_11_exact_zeros_are_land_only_where_the_product_says_so(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", SIX_HOURLY, dry=0.0)
    assert open_source("current", section("cf", path), BOX, PERIOD).wet is None
    entry = replace(catalogue.CATALOGUE["cf"], zero_is_land=True)
    source = FileSource("current", entry, [path], BOX, PERIOD)
    lon, lat = np.meshgrid(source.lon, source.lat)
    np.testing.assert_array_equal(source.wet, ~replicas.land(lon, lat))


def test_point_11_land_zero_leaves_the_coast_unfilled(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", SIX_HOURLY)
    source = open_source("current", section("cf", path, land="zero"), BOX, PERIOD)
    assert source.valid is None and source.filled is None
    assert np.all(source.level(0)[:, ~source.wet] == 0.0) and np.all(source.level(0)[:, source.wet] != 0.0)


def test_point_13_uniform_current_next_to_land(tmp_path):
    # A tool once gave back four times the current; uniform 0.3 m/s must be 0.3 at every wet place and over filled land.
    path = replicas.hycom(tmp_path / "uniform.nc", [ORIGIN, ORIGIN + 3 * HOUR])
    with netCDF4.Dataset(path, "r+") as dataset:
        for name, value in (("water_u", 300), ("water_v", -200)):
            dataset[name].set_auto_maskandscale(False)
            raw = dataset[name][:]
            dataset[name][:] = np.where(raw == -30000, raw, value)
    source = open_source("current", section("hycom", path, fill_km=40.0), BOX, (ORIGIN, ORIGIN))
    assert 0 < source.filled.sum() < (~source.wet).sum()
    assert np.array_equal(source.valid, source.wet | source.filled)
    level = source.level(0)[0]
    np.testing.assert_allclose(level[source.valid], np.tile([0.3, -0.2], (int(source.valid.sum()), 1)), rtol=1e-6)
    assert np.all(level[~source.valid] == 0.0)
    raw = source._raw(0)[0][0]
    assert np.array_equal(level[source.wet], raw[source.wet])


@pytest.mark.parametrize(
    ("branch", "box"), [("0..360", (-7.3, 9.6, 36.2, 42.9)), ("-180..180", (171.3, 188.2, 36.2, 42.9))]
)
def test_a_box_across_the_seam(tmp_path, branch, box):
    centre = 0.5 * (box[0] + box[1])
    lon, lat = np.arange(0.0, 360.0, 0.75) - (180.0 if branch != "0..360" else 0.0), np.arange(30.0, 46.0, 0.5)
    u, v, _ = replicas.fields(lon, lat, [ORIGIN], centre)
    u, v = u / 8.0, v / 8.0  # far from 135 E the known field is fast
    text = {"units": "m s-1"}
    dims = ("time", "lat", "lon")
    path = replicas.write(
        tmp_path / "global.nc",
        {"time": 1, "lat": lat.size, "lon": lon.size},
        {
            "time": (("time",), [ORIGIN], {"units": "seconds since 1970-01-01"}),
            "lat": (("lat",), lat, replicas.degrees("Y")),
            "lon": (("lon",), lon, replicas.degrees("X")),
            "water_u": (dims, u, text),
            "water_v": (dims, v, text),
        },
    )
    source = open_source("current", section("hycom", path, steady=True), box, (0.0, 1e9))
    assert source.lon[0] <= box[0] and source.lon[-1] >= box[1] and np.all(np.diff(source.lon) == 0.75)
    assert source.covers == (-np.inf, np.inf)
    places = np.array([[centre - 6.11, 37.77], [centre - 0.29, 40.1], [centre + 5.03, 42.2]])
    for at in (places, places + np.array([0.31, 0.4])):
        expected = np.column_stack(replicas.truth(at[:, 0], at[:, 1], ORIGIN)) / 8.0
        np.testing.assert_allclose(interpolate(source, at, [ORIGIN])[0], expected, rtol=0.0, atol=1e-6)


def test_names_given_by_hand_go_before_everything(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", SIX_HOURLY, names=("b", "c"), standard=("whatever", "whatever_else"))
    source = open_source("current", section("cf", path, u="b", v="c"), BOX, PERIOD)
    assert_known(source, ROUNDING)
    assert source.info["variables"] == ["b", "c"]


def test_scale_is_a_factor_on_the_velocity(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", SIX_HOURLY)
    one, more = (open_source("current", section("cf", path, scale=s), BOX, PERIOD) for s in (1.0, 1.4))
    np.testing.assert_allclose(more.level(2), 1.4 * one.level(2), rtol=1e-6)


def test_members_of_an_ensemble_are_kept_apart(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", SIX_HOURLY[:3])
    with netCDF4.Dataset(path) as old:
        lon, lat = np.asarray(old["lon"][:]), np.asarray(old["lat"][:])
        u, v = (old[n][:].filled(np.nan) for n in ("east", "north"))
    dims = ("lat", "number", "time", "lon")
    path = replicas.write(
        tmp_path / "ensemble.nc",
        {"time": 3, "number": 3, "lat": lat.size, "lon": lon.size},
        {
            "time": (("time",), SIX_HOURLY[:3], {"units": "seconds since 1970-01-01"}),
            "number": (("number",), np.arange(3), {"standard_name": "realization"}),
            "lat": (("lat",), lat, replicas.degrees("Y")),
            "lon": (("lon",), lon, replicas.degrees("X")),
            **{
                name: (dims, np.stack([a, 2 * a, -a]).transpose(2, 0, 1, 3), {"units": "m s-1"})
                for name, a in (("u10", u), ("v10", v))
            },
        },
    )
    source = open_source("wind", section("era5", path), BOX, (ORIGIN, ORIGIN + 6 * HOUR))
    level = source.level(1)
    assert source.members == 3 and level.shape[0] == 3
    assert np.array_equal(level[1], 2 * level[0]) and np.array_equal(level[2], -level[0])
    np.testing.assert_allclose(
        interpolate(source, PLACES, [ORIGIN])[0], known(PLACES, [ORIGIN])[0], rtol=0.0, atol=ROUNDING
    )


def test_provenance_is_told_and_can_be_written(tmp_path):
    import hashlib

    path = replicas.hycom(tmp_path / "hycom.nc", [ORIGIN, ORIGIN + 3 * HOUR])
    source = open_source("current", section("hycom", path), BOX, (ORIGIN, ORIGIN + 3 * HOUR))
    info = json.loads(json.dumps(source.info))
    assert info["files"] == [
        {"path": str(path), "bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    ]
    assert info["product"] == "hycom" and "HYCOM" in info["credit"] and info["kind_of_record"] == "analysis"
    assert info["note"] == "holds: geostrophic, ekman; without: tide, stokes; at 0 m"


def test_every_entry_of_the_catalogue_can_be_credited():
    for entry in catalogue.CATALOGUE.values():
        if entry.key != "cf":
            assert entry.credit and entry.licence, entry.key
        assert entry.record in ("climatology", "reanalysis", "analysis", "observation")
        assert entry.holds is None or set(entry.holds) <= set(catalogue.PARTS)
        assert set(entry.kinds) <= {"current", "wind", "stokes"}
        assert ("current" in entry.kinds) == (entry.holds is not None) or entry.key == "cf"


def test_the_example_date_is_what_it_says():
    assert np.datetime64(int(epoch("2017-10-01T12:00")), "s") == np.datetime64("2017-10-01T12:00")


def test_point_03_hycom_repeats_a_block_and_misses_51_hours(tmp_path):
    # It starts at 12:00, says steps 5 to 8 twice, and has none for 51 h.
    first = ORIGIN + 12 * HOUR
    said = np.concatenate((np.arange(9), np.arange(5, 9), np.arange(9, 12), np.arange(28, 34)))
    path = replicas.hycom(tmp_path / "hycom.nc", first + 3 * HOUR * said)
    here = open_source("current", section("hycom", path), BOX, (first, first + 33 * HOUR))
    assert_known(here, 0.0006, times=first + np.array([0.4, 14.2, 17.9, 31.0]) * HOUR)
    assert here.times.size == 12
    with pytest.raises(InputError, match=r"between 2017-10-02 21:00 UTC and 2017-10-05 00:00 UTC \(51 h"):
        open_source("current", section("hycom", path), BOX, (first, first + 90 * HOUR))


def test_point_06_globcurrent_parts_by_name(tmp_path):
    path = replicas.globcurrent(tmp_path / "globcurrent.nc", DAYS, (0.0, 15.0))
    with netCDF4.Dataset(path, "r+") as dataset:
        for name, factor in (("ugos", 0.5), ("vgos", 0.5)):
            other = dataset.createVariable(name, "f4", dataset["uo"].dimensions, fill_value=9.96921e36)
            other.units = "m s-1"
            other[:] = factor * dataset["uo" if name == "ugos" else "vo"][:]
    whole = open_source("current", section("globcurrent", path), BOX, PERIOD)
    part = open_source("current", section("globcurrent", path, u="ugos", v="vgos"), BOX, PERIOD)
    assert whole.info["holds"] == ["geostrophic", "ekman", "tide"] and part.info["holds"] == ["geostrophic"]
    np.testing.assert_allclose(part.level(1), 0.5 * whole.level(1), rtol=1e-6, atol=1e-8)


def test_point_09_waverys_as_packed_and_smoc_with_its_parts(tmp_path):
    hours = ORIGIN + 3 * HOUR * np.arange(24)
    path = replicas.latlon(
        tmp_path / "waverys.nc", hours, ("VSDX", "VSDY"), np.arange(-180.0, 180.0, 0.6), np.arange(30.0, 50.1, 0.4),
        axes=replicas.CMEMS_AXES, packed=(0.0002, 0.0, -32767, "i2"),
    )  # fmt: skip
    assert_known(open_source("stokes", section("waverys", path), BOX, PERIOD), 0.00011)
    path = replicas.smoc(tmp_path / "smoc.nc", ORIGIN + HOUR * np.arange(72))
    plain, drift, total = (
        open_source(kind, section("smoc", path, **names), BOX, PERIOD)
        for kind, names in (("current", {}), ("stokes", {}), ("current", {"u": "utotal", "v": "vtotal"}))
    )
    assert_known(plain, ROUNDING)
    np.testing.assert_allclose(drift.level(3), 0.3 * plain.level(3), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(total.level(3), 1.5 * plain.level(3), rtol=1e-5, atol=1e-7)
    assert plain.info["holds"] == ["geostrophic", "ekman"]
    assert total.info["holds"] == ["geostrophic", "ekman", "tide", "stokes"]


def test_point_10_fora_in_packed_centimetres(tmp_path):
    source = open_source("current", section("fora", replicas.fora(tmp_path / "fora.nc", DAYS)), BOX, PERIOD)
    assert_known(source, 0.00006)
    assert source.covers == (ORIGIN, ORIGIN + 3 * DAY) and source.info["depth_m"] == 0.5


def test_duacs_packed_in_thousandths_of_a_centimetre(tmp_path):
    source = open_source(
        "current", section("duacs", replicas.duacs(tmp_path / "duacs.nc", DAYS)), BOX, (DAYS[0], DAYS[2])
    )
    assert_known(source, 0.00006, times=ORIGIN + np.array([0.1, 0.9, 1.7]) * DAY)
    assert source.info["holds"] == ["geostrophic"]


def test_msm_a_file_a_day(tmp_path):
    for k, day in enumerate(DAYS):
        replicas.msm(tmp_path / f"100{k + 1}.nc", day)
    source = open_source("wind", section("msm", tmp_path / "1*.nc"), BOX, PERIOD)
    assert_known(source, 0.0031)
    assert source.wet is None and source.times[1] - source.times[0] == HOUR
    with pytest.raises(InputError, match=r"22\.4 to 47\.6 N; the run needs .* to 48 N"):
        open_source("wind", section("msm", tmp_path / "1*.nc"), (130.0, 139.0, 36.0, 48.0), PERIOD)


def test_espc_one_variable_a_data_set(tmp_path):
    times = ORIGIN + 3 * HOUR * np.arange(24)
    replicas.espc(tmp_path, times)
    source = open_source("current", section("espc", tmp_path / "espc_*.nc"), BOX, PERIOD)
    assert_known(source, ROUNDING)
    assert [record["path"].rpartition("_")[2] for record in source.info["files"]] == ["u3z.nc", "v3z.nc"]


@pytest.mark.parametrize(
    ("kind", "product", "how"),
    [
        ("current", "jcope", {"names": ("u", "v"), "level": ("depth", 0.0)}),
        ("wind", "cmems_wind", {"names": ("eastward_wind", "northward_wind"), "packed": (0.0002, 0.0, -32768, "i2")}),
        ("wind", "cmems_wind", {"names": ("eastward_wind", "northward_wind"), "axes": replicas.CMEMS_AXES}),
        ("wind", "ccmp", {"names": ("uwnd", "vwnd"), "since": ("hours since 1987-01-01", HOUR, "f8")}),
        ("wind", "gfs", {"names": ("ugrd10m", "vgrd10m"), "units": "m/s", "dry": False}),
        ("wind", "gfs", {"names": ("u10", "v10"), "level": ("height_above_ground", 10.0)}),
        ("wind", "era_interim", {
            "names": ("u10", "v10"), "packed": (0.0002, 0.1, -32767, "i2"), "dry": False, "units": "m s**-1",
            "since": ("hours since 1900-01-01 00:00:00.0", HOUR, "i4"), "axes": replicas.CMEMS_AXES,
        }),
        ("stokes", "era5", {
            "names": ("ust", "vst"), "units": "m s**-1", "axes": ("valid_time", "latitude", "longitude"),
        }),
    ],
)  # fmt: skip
def test_the_other_products(tmp_path, kind, product, how):
    lat = np.arange(46.0, 33.9, -0.5)
    times = ORIGIN + 6 * HOUR * np.arange(13)
    if product == "jcope":
        times, how = DAYS + 0.5 * DAY, {**how, "stamps": DAYS}
    path = replicas.latlon(tmp_path / "a.nc", times, how["names"], np.arange(0.0, 360.0, 0.5), lat, **{
        key: value for key, value in how.items() if key != "names"
    })  # fmt: skip
    source = open_source(kind, section(product, path), BOX, PERIOD)
    assert_known(source, 0.00011)


def test_a_part_that_is_not_the_products_own_is_not_taken_for_it(tmp_path):
    path = replicas.plain(tmp_path / "plain.nc", SIX_HOURLY)
    assert open_source("current", section("hycom", path), BOX, PERIOD).info["holds"] is None
    names = ("surface_geostrophic_eastward_sea_water_velocity", "surface_geostrophic_northward_sea_water_velocity")
    path = replicas.plain(tmp_path / "plain.nc", SIX_HOURLY, standard=names)
    assert open_source("current", section("cf", path), BOX, PERIOD).info["holds"] == ["geostrophic"]


def test_the_page_of_products_is_the_catalogue():
    from pathlib import Path

    from driftsim.forcing.catalogue.__main__ import reference

    page = Path(__file__).parents[2] / "docs" / "reference" / "products.md"
    assert page.read_text(encoding="utf-8") == reference(), (
        "python -m driftsim.forcing.catalogue > docs/reference/products.md"
    )
    for entry in catalogue.CATALOGUE.values():
        assert entry.key == "cf" or entry.published is not None
