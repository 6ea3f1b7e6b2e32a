"""The mean currents beside two real fields. The model's parameters were chosen with both in view: a comparison."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import shapely

from driftsim.forcing.climatology.circulation import CirculationClimatology
from driftsim.system import resources

CURRENTS = Path(__file__).parents[2].parent / "shared" / "data" / "currents"
DUACS = CURRENTS / "duacs_nrt_20190223_seaofjapan.nc"
GLO12 = CURRENTS / "cmems_mod_glo_phy-cur_anfc_0.083deg_P1D-m_2021-01_1deg_5day.nc"

# Sea of Japan with the Korea Strait, cut at Tsugaru, Soya and 48 N; the other vertices run through the land.
SEA = shapely.from_wkt(
    "POLYGON ((127.5 35.5, 127.5 34, 130 33.3, 131.2 34, 133.5 34.95, 136.2 35.2, 138 36.3, 140.3 38.5, 140.55 40.5, "
    "140.3 41.2, 140.2 41.45, 140.5 42.2, 141.2 43, 142.5 44.3, 141.95 45.3, 141.95 46, 142.4 48, 138 48, 129 43.5, "
    "126.5 39.5, 128.3 37, 127.5 35.5))"
)


def climatology(month: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Longitude, latitude, geostrophic part and total of a month, complex, NaN on land."""
    with netCDF4.Dataset(resources.data("areas/sea_of_japan/circulation.nc")) as file:
        u, v, ue, ve = (file[name][month - 1].filled(np.nan) for name in ("uo", "vo", "u_ekman", "v_ekman"))
        return file["longitude"][:].data, file["latitude"][:].data, u - ue + 1j * (v - ve), u + 1j * v


def real(path: Path, u: str, v: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places and time-mean velocities of a real field at its wet points in the Sea of Japan."""
    if not path.exists():
        pytest.skip(f"{path.name}: the real files are not on this machine")
    with netCDF4.Dataset(path) as file:
        lon, lat = np.meshgrid(file["longitude"][:].data.astype(float), file["latitude"][:].data.astype(float))
        w = (file[u][:].filled(np.nan) + 1j * file[v][:].filled(np.nan)).mean(axis=0)
    use = np.isfinite(w) & shapely.contains_xy(SEA, lon, lat)
    return lon[use], lat[use], w[use]


def block_mean(lon, lat, field, places_lon, places_lat, width: float) -> np.ndarray:
    """Mean of the wet cells within a square of `width` degrees about each place; NaN where there is none."""
    out = np.full(places_lon.size, np.nan, dtype=complex)
    for k, (x, y) in enumerate(zip(places_lon, places_lat, strict=True)):
        block = field[np.ix_(np.abs(lat - y) < width / 2, np.abs(lon - x) < width / 2)]
        if np.isfinite(block).any():
            out[k] = np.nanmean(block)
    return out


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    return float(np.sum(a * b.conj()).real / np.sqrt(np.sum(np.abs(a) ** 2) * np.sum(np.abs(b) ** 2)))


def test_beside_the_altimetry_of_a_february_day():
    x, y, w = real(DUACS, "ugos", "vgos")
    assert np.abs(w).mean() == pytest.approx(0.098, abs=0.002)  # the region is the one meant
    lon, lat, geostrophic, total = climatology(2)
    ours = block_mean(lon, lat, geostrophic, x, y, 0.25)
    assert np.isfinite(ours).mean() > 0.98
    assert correlation(ours, w) >= 0.40
    assert 0.07 < np.nanmean(np.abs(block_mean(lon, lat, total, x, y, 0.25))) < 0.11


def test_beside_a_model_january():
    x, y, w = real(GLO12, "uo", "vo")
    assert np.abs(w).mean() == pytest.approx(0.088, abs=0.002)
    lon, lat, _, total = climatology(1)
    ours = block_mean(lon, lat, total, x, y, 1.0)
    assert correlation(ours, w) >= 0.42
    assert 0.07 < np.nanmean(np.abs(ours)) < 0.11


def test_as_a_boat_meets_it():
    """Filled to the coast and linear between nodes, the agreement is the same."""
    x, y, w = real(GLO12, "uo", "vo")
    moment = datetime(2021, 1, 16, 12, tzinfo=UTC).timestamp()
    source = CirculationClimatology((126.9, 143.1, 32.9, 48.1), (moment, moment + 1))
    level = source.level(int(np.abs(source.times - moment).argmin()))[0]
    i, j = np.searchsorted(source.lon, x) - 1, np.searchsorted(source.lat, y) - 1
    a = (x - source.lon[i]) / (source.lon[i + 1] - source.lon[i])
    b = (y - source.lat[j]) / (source.lat[j + 1] - source.lat[j])
    corner = [((1 - a) * (1 - b), 0, 0), (a * (1 - b), 0, 1), ((1 - a) * b, 1, 0), (a * b, 1, 1)]
    ours = sum(c * (level[j + dj, i + di, 0] + 1j * level[j + dj, i + di, 1]) for c, dj, di in corner)
    assert correlation(ours, w) >= 0.42
