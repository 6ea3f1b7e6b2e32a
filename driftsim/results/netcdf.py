"""The netCDF files of a run: described data sets with CF metadata and their provenance."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..system.disk import whole
from ..system.kinds import AnyArray, Json, JsonView, Slice
from . import draws
from .columns import CONVENTIONS, describe
from .harvest import GROUP
from .identity import version

if TYPE_CHECKING:
    import netCDF4
    import xarray as xr


def write_netcdf(file: Path, dataset: xr.Dataset, attributes: JsonView, title: str) -> None:
    """Write a described data set, CF metadata and provenance with it, lightly compressed."""
    out = dataset.copy(deep=False)
    out.attrs = _global(dataset.attrs, attributes, title)
    encoding: dict[str, Json] = {}
    for name, variable in out.variables.items():
        encoding[str(name)] = {"_FillValue": _gap(str(name), variable)}
        if variable.size > _SMALL:
            encoding[str(name)] |= _PACKED
    with whole(file) as beside:
        out.to_netcdf(beside, engine="netcdf4", format="NETCDF4", encoding=encoding)


_SMALL = 1000
_PACKED: Json = {"zlib": True, "complevel": 1, "shuffle": True}

_CHUNK = 1 << 16
"""Boats in a chunk of ``arrivals.nc``: whole ones in a row group, so that each is packed once."""


_CACHE = 1 << 20
"""Bytes of unpacked chunks that are held of each variable; the library's own 16 MB would be 350 of all."""


def _global(own: JsonView, attributes: JsonView, title: str) -> Json:
    """The attributes of a file."""
    origin = {key: _attribute(value) for key, value in attributes.items() if value not in (None, "")}
    return {
        "Conventions": CONVENTIONS,
        "title": title,
        "source": f"driftsim {attributes.get('driftsim_version', version())}: simulated drift, not observed",
        "history": "driftsim run, with the config in the attribute of that name",  # no date: equal runs, equal bytes
        **{key: _attribute(value) for key, value in own.items() if key not in ("title", "Conventions")},
        **origin,
    }


def _gap(name: str, variable: xr.Variable) -> float | None:
    exact = name.endswith("_bounds") or variable.dims == (name,)  # CF: coordinate variables have no gaps
    return np.nan if variable.dtype.kind == "f" and not exact else None


def _attribute(value: object) -> object:
    """What netCDF can hold: text, numbers; the rest as JSON."""
    if isinstance(value, str | np.ndarray | np.generic | float):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return np.int64(value)
    if isinstance(value, bool | int):
        return str(value).lower()
    return json.dumps(value, sort_keys=True, default=str)


@contextmanager
def arrivals_file(
    folder: Path, head: xr.Dataset, boats: int, attributes: JsonView, name: str = "arrivals.nc"
) -> Iterator[Callable[[xr.Dataset], None]]:
    """``arrivals.nc``: one row per boat.

    Parameters
    ----------
    folder : Path
    head
        Arrivals of any boats of the run, or of none: attributes, and the names behind codes.
    boats : int
        How many rows there will be.
    attributes : mapping
        Provenance.
    name : str
        Of the file.

    Yields
    ------
    callable
        Takes the arrivals, a group of boats after the other; nothing of them is kept.
    """
    import netCDF4

    title = f"Fates of drifting boats: {head.attrs.get('title') or 'a run of driftsim'}"
    plan = describe(head.isel(boat=slice(0, 0)))
    with whole(folder / name) as beside, netCDF4.Dataset(beside, "w", format="NETCDF4") as file:
        file.setncatts(_global(plan.attrs, attributes, title))
        file.createDimension("boat", boats)
        packed = {**_PACKED, "chunksizes": (min(boats, _CHUNK),), "chunk_cache": _CACHE} if boats > _SMALL else {}
        if draws.NAME in plan:
            _put_draws(file, plan)
        columns = [column for column in plan.variables if column != draws.NAME]
        for column in columns:
            variable = plan[column].variable
            made = file.createVariable(
                str(column), variable.dtype, ("boat",), fill_value=_gap(str(column), variable), **packed
            )
            made.set_auto_maskandscale(False)
            made.setncatts(variable.attrs)
        done = 0

        def append(arrivals: xr.Dataset) -> None:
            nonlocal done
            rows = slice(done, done + arrivals.sizes["boat"])
            described = describe(arrivals)
            for column in columns:
                file[str(column)][rows] = described[column].values
            done = rows.stop

        yield append
        if done != boats:
            raise ValueError(f"{done} boats were written of {boats}")


def _put_draws(file: netCDF4.Dataset, plan: xr.Dataset) -> None:
    """What members drew: a table that belongs to no boat."""
    table = plan[draws.NAME]
    for name, size in table.sizes.items():
        file.createDimension(str(name), size)
    made = file.createVariable(draws.NAME, table.dtype, draws.DIMENSIONS, fill_value=_gap(draws.NAME, table.variable))
    made.setncatts(table.attrs)
    made[:] = table.values


def write_arrivals(folder: Path, arrivals: xr.Dataset, attributes: JsonView) -> None:
    """``arrivals.nc`` of boats that are all in memory."""
    with arrivals_file(folder, arrivals, arrivals.sizes["boat"], attributes) as append:
        append(arrivals)


def write_tracks(folder: Path, tracks: xr.Dataset, attributes: JsonView) -> None:
    """``tracks.nc``: CF trajectories."""
    write_netcdf(folder / "tracks.nc", tracks, attributes, "Tracks of drifting boats")


def write_density(folder: Path, density: xr.Dataset, attributes: JsonView) -> None:
    """``density.nc``: days afloat by week, class and cell."""
    write_netcdf(folder / "density.nc", density, attributes, "Drifting boats at sea by week and class")


def write_forcing_mean(folder: Path, forcing: xr.Dataset, attributes: JsonView) -> None:
    """``forcing_mean.nc``: mean current and wind by fortnight."""
    write_netcdf(folder / "forcing_mean.nc", forcing, attributes, "Mean current and wind by fortnight")


def columns_of(files: Sequence[Path]) -> Iterator[Callable[[str], AnyArray]]:
    """Columns of arrivals by name, from their files, some boats of them at a time."""
    import netCDF4

    for path in files:
        with netCDF4.Dataset(path, "r") as file:
            file.set_auto_maskandscale(False)
            for first in range(0, file.dimensions["boat"].size, GROUP):
                rows = slice(first, first + GROUP)
                yield partial(_column, file, rows)


def _column(file: netCDF4.Dataset, rows: Slice, name: str) -> AnyArray:
    return np.asarray(file[name][rows])


def copy_partitions(folder: Path, files: Sequence[Path]) -> list[Path]:
    """Arrivals that stand in several files, under the names by which readers find them; in the order of boats."""
    out = []
    for number, file in enumerate(files, 1):
        out.append(folder / f"arrivals-{number:05d}-of-{len(files):05d}.nc")
        with whole(out[-1]) as beside:
            shutil.copyfile(file, beside)
    return out
