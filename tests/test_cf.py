"""The data files are what the CF conventions say they are: by a checker, and by what other people read them with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from driftsim.studies.study import Study

FILES = ("arrivals.nc", "tracks.nc", "density.nc", "forcing_mean.nc")


def complaints(file: Path, report: Path) -> list[str]:
    """What the IOOS compliance checker has against a file: errors, warnings and hints alike."""
    runner = pytest.importorskip("compliance_checker.runner")
    runner.CheckSuite.load_all_available_checkers()
    runner.ComplianceChecker.run_checker(
        ds_loc=str(file), checker_names=["cf:1.10"], verbose=0, criteria="strict", output_filename=str(report),
        output_format="json",
    )  # fmt: skip
    found = json.loads(report.read_text(encoding="utf-8"))["cf:1.10"]
    assert found["possible_points"] > 100
    return [
        f"{check['name']}: {message}"
        for check in found["all_priorities"]
        for message in [*check["msgs"], *(text for child in check["children"] for text in child["msgs"])]
    ]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FILES)
def test_the_checker_has_nothing_to_say(tiny_run: Study, tmp_path: Path, name: str) -> None:
    assert complaints(tiny_run.folder / name, tmp_path / "report.json") == []


@pytest.mark.filterwarnings("ignore")
def test_the_checker_would_say_something(tiny_run: Study, tmp_path: Path) -> None:
    with xr.open_dataset(tiny_run.folder / "tracks.nc") as tracks:
        tracks["lon"].attrs["units"] = "furlongs"
        tracks.to_netcdf(tmp_path / "wrong.nc")
    assert any("furlongs" in text for text in complaints(tmp_path / "wrong.nc", tmp_path / "report.json"))


def test_tracks_by_standard_name_and_role(tiny_run: Study) -> None:
    """As cf_xarray finds them, with no name of ours."""
    import cf_xarray  # noqa: F401

    with xr.open_dataset(tiny_run.folder / "tracks.nc") as tracks:
        assert tracks.attrs["featureType"] == "trajectory"
        assert tracks.cf["trajectory_id"].size == 50
        lon, lat, time = (tracks.cf[name] for name in ("longitude", "latitude", "time"))
        assert lon.dims == lat.dims == time.dims == ("trajectory", "obs")
        assert np.issubdtype(time.dtype, np.datetime64)


def test_tracks_as_a_table_and_as_lines(tiny_run: Study) -> None:
    """As pandas and what builds upon it take trajectories: a row for each fix, in order of time within a boat."""
    import pandas as pd

    with xr.open_dataset(tiny_run.folder / "tracks.nc") as tracks:
        table: Any = tracks[["age_days"]].to_dataframe().reset_index().dropna(subset=["lon", "lat"])
        boats = set(tracks["trajectory"].values.tolist())
    assert set(table["trajectory"]) == boats
    steps = table.groupby("trajectory")["time"].diff().dropna()
    assert (steps > pd.Timedelta(0)).all()
    geopandas = pytest.importorskip("geopandas")
    points = geopandas.GeoDataFrame(table, geometry=geopandas.points_from_xy(table["lon"], table["lat"]), crs=4326)
    west, south, east, north = points.total_bounds
    assert 127 < west < 133.5
    assert 133.5 < east < 143
    assert 33 < south < north < 48
