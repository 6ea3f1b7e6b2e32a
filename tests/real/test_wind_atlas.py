"""Winds drawn from the roses of the Blended Sea Winds atlas, and the shipped table made from it again."""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from driftsim.forcing.climatology.atlas import roses_from_atlas
from driftsim.forcing.climatology.rose_wind import RoseWind
from driftsim.forcing.climatology.roses import load_roses
from driftsim.system import resources
from driftsim.system.errors import InputError

ATLAS = Path(__file__).parents[2].parent / "shared" / "data" / "winds" / "blended_seawinds_atlas_seaofjapan.nc"
SCRIPT = Path(__file__).parents[2] / "data" / "make_wind_roses.py"

pytestmark = pytest.mark.skipif(not ATLAS.exists(), reason=f"{ATLAS} is not here")


def test_the_script_makes_the_shipped_table(tmp_path, monkeypatch):
    out = tmp_path / "roses.csv"
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), str(ATLAS), str(out)])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    assert out.read_bytes() == resources.data("areas/sea_of_japan/wind_roses_2deg.csv").read_bytes()


def test_blocks_of_two_degrees_are_the_shipped_roses():
    atlas, table = roses_from_atlas(ATLAS, spacing_deg=2.0, minimum_cells=4), load_roses()
    for n, (lon, lat) in enumerate(zip(table.lon, table.lat, strict=True)):
        at = int(np.flatnonzero((atlas.lon == lon) & (atlas.lat == lat))[0])
        known = ~table.filled[:, n]
        assert atlas.share[known, at] == pytest.approx(table.share[known, n], abs=2e-3)
        assert atlas.speed[known, at] == pytest.approx(table.speed[known, n], abs=0.011)
        assert atlas.gale[known, at] == pytest.approx(table.gale[known, n], abs=6e-4)


def test_january_2021_from_the_atlas():
    roses = roses_from_atlas(ATLAS)
    assert roses.spacing_deg == 1.0
    start, end = (float(np.datetime64(day, "s").astype(int)) for day in ("2021-01-01", "2021-01-31"))
    wind = RoseWind(roses, (127.0, 143.0, 33.0, 48.0), (start, end), members=60, seed=4)
    assert (wind.lon[0], wind.lon[-1], wind.lat[0], wind.lat[-1]) == (127.0, 143.0, 33.0, 48.0)
    total = np.zeros((60, len(wind.lat), len(wind.lon), 2))
    for k in range(len(wind.times)):
        total += wind.level(k)
    season = total / len(wind.times)
    mean, error = season.mean(axis=0), season.std(axis=0) / np.sqrt(60)
    # The mean vector that the atlas implies, at the places with a rose of their own.
    for n in range(len(roses.lon)):
        j, i = np.flatnonzero(wind.lat == roses.lat[n]), np.flatnonzero(wind.lon == roses.lon[n])
        if len(j) and len(i) and not roses.filled[[11, 0, 1], n].any():
            assert (np.abs(mean[j[0], i[0]] - roses.mean_vector[0, n]) < 0.4 + 4 * error[j[0], i[0]]).all()
    assert wind.info["files"][0]["bytes"] == ATLAS.stat().st_size


def test_a_file_that_is_no_atlas_is_refused(tmp_path):
    import netCDF4

    with pytest.raises(InputError, match=r"gfs.*missing variable\(s\) .*freq"):
        roses_from_atlas(ATLAS.with_name("gfs_10m_wind_20161120-22_seaofjapan.nc"))
    with pytest.raises(InputError, match="cannot be read"):
        roses_from_atlas(tmp_path / "absent.nc")
    turned = tmp_path / "turned.nc"
    shutil.copy(ATLAS, turned)
    turned.chmod(0o600)
    with netCDF4.Dataset(turned, "a") as file:
        file["dir"][:] = file["dir"][:] + 180.0
    with pytest.raises(InputError, match=r"turned\.nc: dir is"):
        roses_from_atlas(turned)
