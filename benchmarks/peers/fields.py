"""The fields and particles that all programs are given: those of ``driftsim bench``, as NetCDF files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftsim import bench
from driftsim.area import shoreline

START = "2017-10-01T00:00:00"
OFFSHORE_KM = 5.0


def write(folder: Path, days: int, count: int) -> dict[str, str]:
    """Write ``current.nc``, ``wind.nc``, and ``open.npz`` and ``sea.npz`` with particles; returns their paths."""
    start = float(np.datetime64(START, "s").astype(np.int64))
    files = {name: str(folder / name) for name in ("current.nc", "wind.nc", "open.npz", "sea.npz")}
    # A day more than the run: some programs want a level after the last step.
    _netcdf(files["current.nc"], bench.daily_current(days + 1, start), ("uo", "vo"), "sea_water_velocity")
    _netcdf(files["wind.nc"], bench.six_hourly_wind(days + 1, 1, start), ("u10", "v10"), "wind")
    _mesh(str(folder / "mesh.nc"), files["current.nc"])
    draw = np.random.default_rng(2)
    _particles(files["open.npz"], draw.uniform(129.0, 141.0, count), draw.uniform(35.0, 46.0, count))
    coast = shoreline.load()
    lon, lat = draw.uniform(131.0, 138.5, 2 * count), draw.uniform(36.5, 42.0, 2 * count)
    off = ~coast.is_land(lon, lat)
    off[off] = coast.distance_km(lon[off], lat[off]) > OFFSHORE_KM
    _particles(files["sea.npz"], lon[off][:count], lat[off][:count])
    return files


def _particles(file: str, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> None:
    """Round to what float32 holds, since some programs start from that: then all start from the same places."""
    np.savez(file, lon=lon.astype(np.float32).astype(np.float64), lat=lat.astype(np.float32).astype(np.float64))


def _netcdf(file: str, source: Any, names: tuple[str, str], what: str) -> None:
    """A CF file that every program reads."""
    from netCDF4 import Dataset

    hours = (source.times - source.times[0]) / 3600.0
    with Dataset(file, "w") as out:
        for name, values, units in (
            ("time", hours, f"hours since {START.replace('T', ' ')}"),
            ("latitude", source.lat, "degrees_north"),
            ("longitude", source.lon, "degrees_east"),
        ):
            out.createDimension(name, len(values))
            axis = out.createVariable(name, "f8", (name,))
            axis.units, axis.standard_name = units, name
            axis.axis = {"time": "T", "latitude": "Y", "longitude": "X"}[name]
            axis[:] = values
        out["time"].calendar = "standard"
        levels = np.stack([source.level(k)[0] for k in range(len(hours))])
        for component, name in enumerate(names):
            direction = ("eastward", "northward")[component]
            variable = out.createVariable(name, "f4", ("time", "latitude", "longitude"), fill_value=np.float32(1e20))
            variable.units = "m s-1"
            variable.standard_name = f"{direction}_{what}"
            variable[:] = levels[..., component]


def _mesh(file: str, current: str) -> None:
    """The current on triangles, each cell of the grid cut from south-west to north-east, laid out as SCHISM does."""
    from netCDF4 import Dataset

    with Dataset(current) as grid, Dataset(file, "w") as out:
        ny, nx = len(grid["latitude"]), len(grid["longitude"])
        node = 1 + np.arange(ny * nx).reshape(ny, nx)
        sw, se, ne, nw = node[:-1, :-1], node[:-1, 1:], node[1:, 1:], node[1:, :-1]
        faces = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((sw, se, ne), (sw, ne, nw))])
        x, y = np.meshgrid(grid["longitude"][:], grid["latitude"][:])
        sizes = {"time": len(grid["time"]), "nSCHISM_hgrid_node": ny * nx, "nSCHISM_hgrid_face": len(faces), "two": 2}
        for name, size in {**sizes, "nMaxSCHISM_hgrid_face_nodes": 3}.items():
            out.createDimension(name, size)
        at = ("nSCHISM_hgrid_node",)
        time = out.createVariable("time", "f8", ("time",))
        time.units, time[:] = grid["time"].units, grid["time"][:]
        for name, values in (("SCHISM_hgrid_node_x", x), ("SCHISM_hgrid_node_y", y), ("depth", np.full((ny, nx), 1e3))):
            out.createVariable(name, "f8", at)[:] = np.ravel(values)
        out.createVariable(
            "SCHISM_hgrid_face_nodes", "i4", ("nSCHISM_hgrid_face", "nMaxSCHISM_hgrid_face_nodes")
        )[:] = faces  # fmt: skip
        out.createVariable("wetdry_elem", "f4", ("time", "nSCHISM_hgrid_face"))[:] = 0.0
        out.createVariable("elev", "f4", ("time", *at))[:] = 0.0
        velocity = np.stack([np.asarray(grid[name][:]).reshape(-1, ny * nx) for name in ("uo", "vo")], -1)
        out.createVariable("dahv", "f4", ("time", *at, "two"))[:] = velocity
