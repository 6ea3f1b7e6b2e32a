"""The netCDF files of a run: described data sets with CF metadata and their provenance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..system.disk import whole
from ..system.kinds import Json, JsonView
from .columns import CONVENTIONS, describe
from .identity import version

if TYPE_CHECKING:
    import xarray as xr


def write_netcdf(file: Path, dataset: xr.Dataset, attributes: JsonView, title: str) -> None:
    """Write a described data set, CF metadata and provenance with it, lightly compressed."""
    origin = {key: _attribute(value) for key, value in attributes.items() if value not in (None, "")}
    out = dataset.copy(deep=False)
    out.attrs = {
        "Conventions": CONVENTIONS,
        "title": title,
        "source": f"driftsim {attributes.get('driftsim_version', version())}: simulated drift, not observed",
        "history": "driftsim run, with the config in the attribute of that name",  # no date: equal runs, equal bytes
        **{key: _attribute(value) for key, value in dataset.attrs.items() if key not in ("title", "Conventions")},
        **origin,
    }
    encoding: dict[str, Json] = {}
    for name, variable in out.variables.items():
        exact = str(name).endswith("_bounds") or variable.dims == (name,)  # CF: coordinate variables have no gaps
        floating = variable.dtype.kind == "f"
        encoding[str(name)] = {"_FillValue": np.nan if floating and not exact else None}
        if variable.size > 1000:
            encoding[str(name)] |= {"zlib": True, "complevel": 1, "shuffle": True}
    with whole(file) as beside:
        out.to_netcdf(beside, engine="netcdf4", format="NETCDF4", encoding=encoding)


def _attribute(value: object) -> object:
    """What netCDF can hold: text, numbers; the rest as JSON."""
    if isinstance(value, str | np.ndarray | np.generic | float):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return np.int64(value)
    if isinstance(value, bool | int):
        return str(value).lower()
    return json.dumps(value, sort_keys=True, default=str)


def write_arrivals(folder: Path, arrivals: xr.Dataset, attributes: JsonView) -> None:
    """``arrivals.nc``: one row per boat."""
    title = f"Fates of drifting boats: {arrivals.attrs.get('title') or 'a run of driftsim'}"
    write_netcdf(folder / "arrivals.nc", describe(arrivals), attributes, title)


def write_tracks(folder: Path, tracks: xr.Dataset, attributes: JsonView) -> None:
    """``tracks.nc``: CF trajectories."""
    write_netcdf(folder / "tracks.nc", tracks, attributes, "Tracks of drifting boats")


def write_density(folder: Path, density: xr.Dataset, attributes: JsonView) -> None:
    """``density.nc``: days afloat by week, class and cell."""
    write_netcdf(folder / "density.nc", density, attributes, "Drifting boats at sea by week and class")


def write_forcing_mean(folder: Path, forcing: xr.Dataset, attributes: JsonView) -> None:
    """``forcing_mean.nc``: mean current and wind by fortnight."""
    write_netcdf(folder / "forcing_mean.nc", forcing, attributes, "Mean current and wind by fortnight")
