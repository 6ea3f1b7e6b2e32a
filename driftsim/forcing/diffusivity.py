"""A gridded diffusivity, for the random walk."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from ..kernels.walk import Diffusivity
from ..system import capacity
from ..system.errors import InputError
from ..system.kinds import AnyArray
from .files.library import Datasets, reading
from .files.packing import decode, numbers
from .grid import Axis

VARIABLE = "diffusivity"
GREATEST_M2_S = 1e6
"""As for the constant of the config; oceans have 10 to 10,000 m2/s."""

_NAMES = {"longitude": "lon", "latitude": "lat", "lon": "lon", "lat": "lat"}


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
    lon, lat, values = _field(str(path))
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
    if values.max() > GREATEST_M2_S:
        raise InputError(
            f"{path}: {VARIABLE!r} reaches {values.max():g} m2/s; {GREATEST_M2_S:g} is the most: its units or its "
            "scale must be wrong"
        )
    return Diffusivity(
        True,
        np.ascontiguousarray(values, np.float32).reshape(-1),
        float(lon.start),
        float(lat.start),
        1.0 / float(lon.step),
        1.0 / float(lat.step),
        len(lon),
        len(lat),
    )


def _field(path: str) -> tuple[Axis, Axis, AnyArray]:
    """Axes and values (lat, lon), both axes ascending."""
    lacking = InputError(
        f"{path}: mixing.diffusivity_file needs a variable {VARIABLE!r} (m2/s) with dimensions lat, lon and their "
        "coordinates, and no other dimension longer than 1"
    )
    with closing(Datasets()) as files, reading(path, what="mixing.diffusivity_file"):
        file = files.get(path)
        variable = file.variables.get(VARIABLE)
        if variable is None:
            raise lacking
        kept = [name for name, size in zip(variable.dimensions, variable.shape, strict=True) if size > 1]
        axes = [_NAMES.get(name.lower(), "") for name in kept]
        if sorted(axes) != ["lat", "lon"] or not all(file.variables.get(name) is not None for name in kept):
            raise lacking
        capacity.require(25.0 * variable.size, f"{path}: {VARIABLE!r}", "cut the file to coast.domain")
        coordinates = {axis: numbers(file.variables[name]) for axis, name in zip(axes, kept, strict=True)}
        values = decode(np.squeeze(variable[...]), variable)
    values = values if axes == ["lat", "lon"] else values.T
    turned = {axis: bool(nodes[0] > nodes[-1]) for axis, nodes in coordinates.items()}
    lon, lat = (Axis(coordinates[axis][:: -1 if turned[axis] else 1]) for axis in ("lon", "lat"))
    return lon, lat, values[:: -1 if turned["lat"] else 1, :: -1 if turned["lon"] else 1]
