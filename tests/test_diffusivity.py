"""A gridded diffusivity: what a file must hold, and what boats make of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from driftsim import config as configuration
from driftsim.drift.simulation import Simulation
from driftsim.forcing import diffusivity
from driftsim.system.errors import InputError

DOMAIN = (127.0, 143.0, 33.0, 48.0)
LON, LAT = np.arange(126.0, 144.1, 0.5), np.arange(32.0, 49.1, 0.5)
K0, SLOPE = 100.0, 80.0  # m2/s, and m2/s per degree of longitude


def field(lon: Any = LON, lat: Any = LAT, name: str = "diffusivity", axes: tuple[str, str] = ("lat", "lon")) -> Any:
    """K0 at 135 E, growing to the east and slowly to the north; never below 1."""
    x, y = np.meshgrid(lon, lat)
    k = np.maximum(K0 + SLOPE * (x - 135.0) + 3.0 * (y - 40.0), 1.0)
    coords = {axes[0]: lat, axes[1]: lon}
    return xr.Dataset({name: (axes, k, {"units": "m2 s-1"})}, coords)


def nodes(read: Any) -> np.ndarray:
    return read.data.reshape(read.ny, read.nx)


def test_a_field_comes_out_as_it_is(tmp_path: Path) -> None:
    field().to_netcdf(tmp_path / "k.nc")
    read = diffusivity.read(tmp_path / "k.nc", DOMAIN)
    assert read.present
    assert (read.nx, read.ny, read.lon0, read.lat0) == (37, 35, 126.0, 32.0)
    assert (read.cells_x, read.cells_y) == pytest.approx((2.0, 2.0))
    np.testing.assert_array_equal(nodes(read), field()["diffusivity"].values.astype(np.float32))


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.rename(lat="latitude", lon="longitude"),
        lambda f: f.isel(lat=slice(None, None, -1)),
        lambda f: f.transpose("lon", "lat"),
        lambda f: f.expand_dims(time=[0.0]),
        lambda f: f.astype("f4"),
    ],
    ids=["long names", "north first", "transposed", "one time", "single"],
)
def test_other_layouts_are_the_same_field(tmp_path: Path, change: Any) -> None:
    change(field()).to_netcdf(tmp_path / "k.nc")
    np.testing.assert_array_equal(
        nodes(diffusivity.read(tmp_path / "k.nc", DOMAIN)), field()["diffusivity"].values.astype(np.float32)
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: field(name="kh"), r"k\.nc: .*needs a variable 'diffusivity' \(m2/s\)"),
        (lambda: field(axes=("y", "x")), r"k\.nc: .*dimensions lat, lon"),
        (lambda: xr.concat([field(), field()], "time"), r"k\.nc: .*dimensions lat, lon"),
        (lambda: field(lon=np.append(LON[:20], LON[20:] + 0.2)), r"k\.nc: the grid of 'diffusivity' is not uniform"),
        (lambda: field(lon=LON[4:]), r"covers 128-144 E, 32-49 N and not the domain 127-143 E, 33-48 N"),
        (lambda: field(lat=LAT[:-4]), r"covers 126-144 E, 32-47 N and not the domain"),
        (lambda: field().where(field().lon < 142.0), r"must be 0 or more everywhere, also on land; fill the missing"),
        (lambda: -field(), r"must be 0 or more everywhere"),
        (lambda: field() / 0.0, r"must be 0 or more everywhere"),
    ],
    ids=["no such variable", "no axes", "two times", "uneven", "short east", "short north", "nan", "negative", "inf"],
)  # fmt: skip
def test_what_cannot_be_used_is_told(tmp_path: Path, make: Any, message: str) -> None:
    make().to_netcdf(tmp_path / "k.nc")
    with pytest.raises(InputError, match=message):
        diffusivity.read(tmp_path / "k.nc", DOMAIN)


def test_what_is_no_netcdf_is_told(tmp_path: Path) -> None:
    (tmp_path / "k.nc").write_text("lon,lat,K\n")
    for name in ("k.nc", "absent.nc"):
        with pytest.raises(InputError, match=rf"{name}: mixing\.diffusivity_file"):
            diffusivity.read(tmp_path / name, DOMAIN)


def walked(folder: Path, number: int, days: int = 4) -> np.ndarray:
    """East and north displacement (boat, 2), metres, of boats that only walk at random from 135 E 40 N."""
    still = xr.Dataset(
        {
            name: (("lat", "lon"), np.zeros((LAT.size, LON.size)), {"units": "m s-1", "standard_name": standard})
            for name, standard in (("u", "eastward_sea_water_velocity"), ("v", "northward_sea_water_velocity"))
        },
        {"lat": ("lat", LAT, {"units": "degrees_north"}), "lon": ("lon", LON, {"units": "degrees_east"})},
    )
    still.to_netcdf(folder / "still.nc")
    day = "2017-10-01"
    config = configuration.parse(
        {
            "run": {"start": day, "end": f"2017-10-0{1 + days}", "threads": 1, "metric": "nautical"},
            "current": {"product": "cf", "files": ["still.nc"], "steady": True},
            "boats": {"number": number, "classes": [{"windage_percent": 0.0}]},
            "mixing": {"diffusivity_file": "k.nc"},
            "release": {
                "first": day, "last": day, "sources": [{"name": "a", "kind": "point", "points": [[135.0, 40.0]]}]
            },
            "coast": {"shoreline": "none"},
            "output": {"tracks": 0},
        },
        folder,
    )  # fmt: skip
    run = Simulation(config)
    run.advance(config.run.steps)
    boats = run.arrivals()
    degree = 111_120.0
    return np.column_stack(
        [(boats.final_lon - 135.0) * degree * np.cos(np.radians(40.0)), (boats.final_lat - 40.0) * degree]
    )


def test_boats_spread_and_drift_as_the_field_says(tmp_path: Path) -> None:
    """With K linear in x: the mean moves by K' t towards more of it, the variance is 2 K t (K at the moving mean)."""
    field().to_netcdf(tmp_path / "k.nc")
    n, t = 40_000, 4 * 86_400.0
    moved = walked(tmp_path, n)
    degree = 111_120.0
    gradient = np.array([SLOPE / (degree * np.cos(np.radians(40.0))), 3.0 / degree])  # m/s
    sigma = np.sqrt(2.0 * K0 * t)
    np.testing.assert_allclose(moved.mean(axis=0), gradient * t, atol=4.0 * sigma / np.sqrt(n))
    assert gradient[0] * t > 4.0 * sigma / np.sqrt(n)  # the drift is there to be seen
    np.testing.assert_allclose(moved.var(axis=0), 2.0 * K0 * t, rtol=0.03)


def test_a_field_that_is_the_same_everywhere_is_the_constant(tmp_path: Path) -> None:
    (field() * 0.0 + 70.0).to_netcdf(tmp_path / "k.nc")
    moved = walked(tmp_path, 20_000)
    np.testing.assert_allclose(moved.var(axis=0), 2.0 * 70.0 * 4 * 86_400.0, rtol=0.04)
    assert (np.abs(moved.mean(axis=0)) < 4.0 * np.sqrt(2.0 * 70.0 * 4 * 86_400.0 / 20_000)).all()


def test_a_bad_file_stops_the_run_before_it_starts(tmp_path: Path) -> None:
    field(lon=LON[6:]).to_netcdf(tmp_path / "k.nc")
    with pytest.raises(InputError, match=r"not the domain 127-143 E"):
        walked(tmp_path, 8)
