"""The reader on real files: node for node what is in them, and the mean speeds that are known of them."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from driftsim import config
from driftsim.forcing.open import open_source
from driftsim.system.errors import InputError

DATA = Path(__file__).parents[2].parent / "shared" / "data"
BOX = (127.0, 143.0, 33.0, 48.0)
DAY = 86400.0


def real(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name}: the real files are not on this machine")
    return path


def epoch(text: str) -> float:
    return float(np.datetime64(text, "s").astype(np.int64))


def section(product: str, path: Path, **keys) -> config.FieldSection:
    return config.FieldSection(product=product, files=(str(path),), **keys)


def node(source, k: int, lon: float, lat: float) -> np.ndarray:
    i, j = int(np.abs(source.lon - lon).argmin()), int(np.abs(source.lat - lat).argmin())
    assert abs(source.lon[i] - lon) < 1e-4 and abs(source.lat[j] - lat) < 1e-4
    return source.level(k)[0, j, i]


def by_hand(path: Path, names: tuple[str, str], lon: float, lat: float, k: int = 0) -> list[float]:
    """Two numbers straight from the file, unpacked here."""
    with netCDF4.Dataset(path) as dataset:
        dataset.set_auto_maskandscale(False)
        find = {n: dataset[n][:] for n in dataset.variables if n in ("lon", "lat", "longitude", "latitude")}
        lons, lats = find.get("lon", find.get("longitude")), find.get("lat", find.get("latitude"))
        j, i = int(np.abs(lats - lat).argmin()), int(np.abs(lons - lon).argmin())
        numbers = []
        for name in names:
            variable = dataset[name]
            raw = float(variable[k, j, i])
            assert raw != getattr(variable, "_FillValue", None)
            numbers.append(raw * getattr(variable, "scale_factor", 1.0) + getattr(variable, "add_offset", 0.0))
    return numbers


def basin(source) -> np.ndarray:
    """Wet nodes of the Sea of Japan: a rough polygon that leaves out the Pacific, the Okhotsk and the Yellow Sea."""
    from matplotlib.path import Path as Outline

    corners = [
        (129.2, 35.0),
        (131, 34.4),
        (133, 35.3),
        (136, 35.5),
        (137.5, 37),
        (139.5, 38),
        (140.2, 41),
        (141.6, 43.5),
    ]
    corners += [(142, 46), (141, 48), (139, 47), (135, 43.5), (130, 42.5), (127, 40), (128.5, 38), (129.3, 36)]
    lon, lat = np.meshgrid(source.lon, source.lat)
    inside = Outline(corners).contains_points(np.column_stack((lon.ravel(), lat.ravel()))).reshape(lon.shape)
    return inside if source.wet is None else inside & source.wet


def test_glo12_january_2021():
    path = real("currents/cmems_mod_glo_phy-cur_anfc_0.083deg_P1D-m_2021-01_1deg_5day.nc")
    period = (epoch("2021-01-01"), epoch("2021-01-31"))
    source = open_source("current", section("glo12", path), BOX, period)
    # Six means of five days, each held to the ends of its interval: the thirty days and not an hour more.
    assert source.covers == period and source.times.size == 6
    np.testing.assert_array_equal(source.times, period[0] + DAY * (2.5 + 5.0 * np.arange(6)))
    with pytest.raises(InputError, match="cover 2021-01-01 00:00 UTC to 2021-01-31 00:00 UTC"):
        open_source("current", section("glo12", path), BOX, (period[0], period[1] + 3600.0))
    for k, lon, lat in ((0, 135.45834, 39.45834), (3, 131.45834, 37.45834), (5, 138.45834, 41.45834)):
        np.testing.assert_array_equal(node(source, k, lon, lat), by_hand(path, ("uo", "vo"), lon, lat, k))
    sea = basin(source)
    speed = np.mean([np.hypot(*np.moveaxis(source.level(k)[0], -1, 0))[sea].mean() for k in range(6)])
    assert speed == pytest.approx(0.089, abs=0.012)
    assert "10.48670/moi-00016" in source.info["credit"] and source.info["depth_m"] == pytest.approx(0.494, abs=1e-3)


def test_duacs_day_packed_and_cut_are_one_field():
    whole = real("currents/nrt_global_allsat_phy_l4_20190223_20190226.nc")
    cut = real("currents/duacs_nrt_20190223_seaofjapan.nc")
    period = (epoch("2016-11-20"), epoch("2016-11-22"))
    source = open_source("current", section("duacs", whole, steady=True), BOX, period)
    small = open_source("current", section("duacs", cut, steady=True), BOX, period)
    np.testing.assert_array_equal(source.lon, small.lon)
    np.testing.assert_array_equal(source.wet, small.wet)
    np.testing.assert_allclose(source.level(0), small.level(0), rtol=0.0, atol=1e-6)
    for lon, lat in ((135.125, 38.875), (131.375, 36.125), (138.875, 45.125)):
        np.testing.assert_allclose(node(source, 0, lon, lat), by_hand(whole, ("ugos", "vgos"), lon, lat), rtol=1e-6)
    speed = np.hypot(*np.moveaxis(source.level(0)[0], -1, 0))[basin(source)].mean()
    assert speed == pytest.approx(0.098, abs=0.012)
    assert source.info["holds"] == ["geostrophic"]
    # One day is no record of November 2016.
    with pytest.raises(InputError, match=r"cover 2019-02-22 12:00 UTC to 2019-02-23 12:00 UTC.*steady = true"):
        open_source("current", section("duacs", whole), BOX, period)


def test_duacs_across_greenwich():
    path = real("currents/nrt_global_allsat_phy_l4_20190223_20190226.nc")
    source = open_source("current", section("duacs", path, steady=True), (-12.0, 3.0, 44.0, 50.0), (0.0, 1.0))
    assert source.lon[0] <= -12.0 and source.lon[-1] >= 3.0 and np.all(np.diff(source.lon) == 0.25)
    for lon in (-10.125, -5.375):
        np.testing.assert_allclose(
            node(source, 0, lon, 48.625), by_hand(path, ("ugos", "vgos"), lon + 360.0, 48.625), rtol=1e-6
        )


def test_gfs_november_2016():
    path = real("winds/gfs_10m_wind_20161120-22_seaofjapan.nc")
    period = (epoch("2016-11-20"), epoch("2016-11-22"))
    for product in ("gfs", "cf"):
        source = open_source("wind", section(product, path), BOX, period)
        assert source.covers == period and source.times.size == 9 and source.valid is None
        for k, lon, lat in ((0, 135.0, 39.0), (4, 129.0, 36.0), (8, 141.0, 45.0)):
            np.testing.assert_array_equal(node(source, k, lon, lat), by_hand(path, ("u10", "v10"), lon, lat, k))
    with pytest.raises(InputError, match=r"the run needs 124 to 143 E"):
        open_source("wind", section("gfs", path), (124.0, 143.0, 33.0, 48.0), period)
    # Its own edge is covered.
    assert open_source("wind", section("gfs", path), (125.0, 145.0, 30.0, 53.0), period).lon.size == 21


def test_era_interim_february_2017():
    path = real("winds/ERA_Interim_2017a.nc")
    source = open_source("wind", section("era_interim", path, steady=True), BOX, (0.0, DAY))
    for lon, lat in ((135.0, 39.0), (129.75, 36.75), (140.25, 45.75)):
        np.testing.assert_allclose(node(source, 0, lon, lat), by_hand(path, ("u10", "v10"), lon, lat), rtol=1e-6)
    mean = source.level(0)[0][basin(source)].mean(axis=0)
    assert np.hypot(*mean) == pytest.approx(5.6, abs=0.3)
    # The winter monsoon blows to the south-east.
    assert mean[0] > 0.0 > mean[1]


def test_globcurrent_agulhas():
    path = real("reference/globcurrent_agulhas_2002-01-01_2002-03-02.nc")
    box, period = (15.0, 34.0, -40.0, -30.5), (epoch("2002-01-05"), epoch("2002-02-05"))
    source = open_source("current", section("cf", path, stamp="instant", land="zero"), box, period)
    np.testing.assert_array_equal(source.times, period[0] + DAY * np.arange(32))
    for k, lon, lat in ((0, 20.125, -36.125), (31, 28.625, -38.875)):
        np.testing.assert_array_equal(node(source, k, lon, lat), by_hand(path, ("uo", "vo"), lon, lat, k + 4))
    assert source.valid is None and not source.wet.all()
    assert np.all(source.level(7)[:, ~source.wet] == 0.0)
    # As a daily mean it stands at noon and the same numbers are filled over land.
    daily = open_source("current", section("globcurrent", path, fill_km=60.0), box, period)
    assert daily.times[1] == period[0] + 0.5 * DAY
    np.testing.assert_array_equal(daily.level(1)[0][daily.wet], source.level(0)[0][source.wet])
    assert daily.filled.any() and np.all(daily.level(1)[0][daily.filled].any(axis=-1))


def test_wind_roses_of_the_atlas():
    path = real("winds/blended_seawinds_atlas_seaofjapan.nc")
    section_ = section("wind_roses", path)
    source = open_source("wind", section_, BOX, (epoch("2021-01-01"), epoch("2021-01-31")), members=3, seed=7)
    assert source.members == 3 and source.covers[0] <= epoch("2021-01-01") and source.covers[1] >= epoch("2021-01-31")
    level = source.level(0)
    assert level.shape == (3, source.lat.size, source.lon.size, 2) and np.isfinite(level).all()
