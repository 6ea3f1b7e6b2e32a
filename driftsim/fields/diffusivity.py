"""A gridded diffusivity, for the random walk."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError
from ..kernels.walk import Diffusivity
from .grid import Axis

VARIABLE = "diffusivity"


def read(path: str | Path, domain: tuple[float, ...]) -> Diffusivity:
    """Read a steady diffusivity (variable ``diffusivity``, m2/s) on a uniform longitude-latitude grid.

    Parameters
    ----------
    path : str or Path
        NetCDF file with one-dimensional coordinates ``lon`` or ``longitude`` and ``lat`` or ``latitude``.
    domain : tuple of float
        West, east, south, north; the grid must cover it.

    Raises
    ------
    InputError
        If it cannot be read, does not cover the domain, or is missing, negative or infinite anywhere.
    """
    import xarray as xr

    try:
        with xr.open_dataset(path) as file:
            names = {"longitude": "lon", "latitude": "lat"}
            data = file.rename({k: v for k, v in names.items() if k in file.variables or k in file.dims})
            field = data[VARIABLE].squeeze().transpose("lat", "lon").sortby("lat").sortby("lon").load()
    except (OSError, KeyError, ValueError) as problem:
        raise InputError(
            f"{path}: mixing.diffusivity_file needs a variable {VARIABLE!r} (m2/s) with dimensions lat, lon ({problem})"
        ) from problem
    lon, lat, values = Axis(field["lon"].values), Axis(field["lat"].values), field.values
    if not (lon.uniform and lat.uniform):
        raise InputError(f"{path}: the grid of {VARIABLE!r} is not uniform; interpolate it to a regular grid")
    west, east, south, north = domain
    if lon.values[0] > west or lon.values[-1] < east or lat.values[0] > south or lat.values[-1] < north:
        raise InputError(
            f"{path}: {VARIABLE!r} covers {lon.values[0]:g}-{lon.values[-1]:g} E, "
            f"{lat.values[0]:g}-{lat.values[-1]:g} N and not the domain {west:g}-{east:g} E, {south:g}-{north:g} N; "
            "extend it or reduce coast.domain"
        )
    if not np.all(np.isfinite(values)) or values.min() < 0.0:
        raise InputError(f"{path}: {VARIABLE!r} must be 0 or more everywhere, also on land; fill the missing values")
    return Diffusivity(
        True, np.ascontiguousarray(values, np.float32).reshape(-1), float(lon.start), float(lat.start),
        1.0 / float(lon.step), 1.0 / float(lat.step), len(lon), len(lat),
    )  # fmt: skip
