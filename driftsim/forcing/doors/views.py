"""Datasets of other kinds, seen as the NetCDF library shows its own: numbers as stored, attributes as they stand.

The reader knows this shape alone: ``dataset.variables[name]`` with ``dimensions``, ``shape``, ``dtype``, attributes,
``[...]``, ``chunking()``. Whatever rules it has hold for each door then.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...system.kinds import AnyArray, Json, JsonView
from ..transport.dap import Remote

EPOCH = "seconds since 1970-01-01"

Read = Callable[[Any], AnyArray]


class Variable:
    """A variable: see the module. ``read`` takes what stands in the brackets, one index or slice a dimension."""

    def __init__(
        self,
        dataset: View,
        name: str,
        dimensions: tuple[str, ...],
        shape: tuple[int, ...],
        dtype: Any,
        attributes: JsonView,
        read: Read,
        chunks: tuple[int, ...] | None = None,
    ) -> None:
        self.name, self.dimensions, self.shape = name, dimensions, shape
        self.dtype = np.dtype(dtype)
        self.datatype: Any = self.dtype if self.dtype.kind in "fiu" else str
        self.ndim, self.size = len(shape), math.prod(shape)
        self._dataset, self._attributes, self._read, self._chunks = dataset, dict(attributes), read, chunks

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_attributes"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, key: Any) -> AnyArray:
        whole = key is Ellipsis
        return np.asarray(self._read(tuple(slice(None) for _ in self.shape) if whole else key))

    def chunking(self) -> list[int] | None:
        """Sizes of what is packed together; None where each number stands by itself."""
        return None if self._chunks is None else list(self._chunks)

    def group(self) -> View:
        """The dataset."""
        return self._dataset

    def get_fill_value(self) -> Any:
        """What marks a number that was never written, where the variable does not say: as in NetCDF."""
        import netCDF4

        return netCDF4.default_fillvals.get(self.dtype.str[1:])


class View:
    """A dataset: see the module.

    Attributes
    ----------
    variables : dict of str to Variable
    dimensions : dict of str to range
        Each as long as the dimension.
    """

    def __init__(self, path: str, attributes: JsonView, close: Callable[[], None] = lambda: None) -> None:
        self.variables: dict[str, Variable] = {}
        self.dimensions: dict[str, range] = {}
        self._path, self._attributes, self._close = path, dict(attributes), close

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_attributes"][name]
        except KeyError:
            raise AttributeError(name) from None

    def filepath(self) -> str:
        """What messages call it."""
        return self._path

    def close(self) -> None:
        """Let go of what it holds."""
        self._close()

    def add(self, name: str, dimensions: tuple[str, ...], shape: tuple[int, ...], *more: Any) -> None:
        """Put a variable in; ``more`` as of `Variable`."""
        for dim, size in zip(dimensions, shape, strict=True):
            self.dimensions.setdefault(dim, range(size))
        self.variables[name] = Variable(self, name, dimensions, shape, *more)


# xarray --------------------------------------------------------------------------------------------------------------


def of_xarray(dataset: Any, path: str) -> View:
    """A dataset of xarray, decoded or not: dates become numbers again, and what was unpacked stays so."""
    view = View(path, dataset.attrs, dataset.close)
    for name, variable in dataset.variables.items():
        dates = _numbers_of_dates(variable)
        attributes = _attributes(variable)
        if dates is not None:
            values, units = dates
            attributes |= units
            view.add(str(name), variable.dims, variable.shape, values.dtype, attributes, values.__getitem__)
            continue
        view.add(
            str(name),
            tuple(str(dim) for dim in variable.dims),
            variable.shape,
            variable.dtype,
            attributes,
            lambda key, variable=variable: variable[key].values,
            _chunks(variable),
        )
    for name, known in view.variables.items():
        edges = view.variables.get(str(getattr(known, "bounds", "")))
        counted = [str(getattr(one, "units", "")) == EPOCH for one in (known, edges or known)]
        if counted[0] != counted[1]:  # dates whose bounds were not decoded with them
            view.variables[name]._attributes.pop("bounds", None)
    return view


def _attributes(variable: Any) -> Json:
    """Attributes as a file has them: what decoding took away and the reader needs is put back."""
    encoding, out = variable.encoding, dict(variable.attrs)
    for name in ("coordinates", "grid_mapping"):
        if name in encoding and name not in out:
            out[name] = encoding[name]
    if "scale_factor" in encoding or "add_offset" in encoding:  # limits are meant for the packed numbers
        scale, offset = encoding.get("scale_factor", 1.0), encoding.get("add_offset", 0.0)
        for name in ("valid_range", "valid_min", "valid_max"):
            if name in out:
                out[name] = np.asarray(out[name], np.float64) * scale + offset
    return out


def _numbers_of_dates(variable: Any) -> tuple[NDArray[np.float64], dict[str, str]] | None:
    """Dates as seconds, durations too, and the units that say so; None for anything else."""
    kind = variable.dtype.kind
    if kind in "Mm":
        values = np.asarray(variable.values)
        whole = values.astype("datetime64[us]" if kind == "M" else "timedelta64[us]")
        seconds = np.where(np.isnat(whole), np.nan, whole.astype(np.int64) / 1e6)
        return seconds, {"units": EPOCH, "calendar": "proleptic_gregorian"} if kind == "M" else {"units": "seconds"}
    first = np.ravel(variable.values)[0] if kind == "O" and variable.size and variable.size < 10**6 else None
    calendar = getattr(first, "calendar", None)
    if calendar is None:
        return None
    import cftime

    numbers = np.asarray(cftime.date2num(variable.values, EPOCH, calendar), np.float64)
    return numbers, {"units": EPOCH, "calendar": str(calendar)}


def _chunks(variable: Any) -> tuple[int, ...] | None:
    if variable.chunks is not None:  # dask
        return tuple(max(sizes) for sizes in variable.chunks)
    found = variable.encoding.get("chunks") or variable.encoding.get("chunksizes")
    return tuple(int(size) for size in found) if found else None


# OPeNDAP -------------------------------------------------------------------------------------------------------------


def of_opendap(remote: Remote, path: str) -> View:
    """A dataset on an OPeNDAP server, each part of it asked for as it is read."""
    view = View(path, remote.attributes("NC_GLOBAL"))
    for name, declared in remote.variables().items():
        dims = tuple(dim or f"{name}_{k}" for k, dim in enumerate(declared.dims))

        def read(key: Any, name: str = name, shape: tuple[int, ...] = declared.shape) -> AnyArray:
            parts = [_ends(k, size) for k, size in zip(key, shape, strict=True)]
            kept = tuple(slice(None) if isinstance(k, slice) else 0 for k in key)
            return remote.read(name, *parts)[kept]

        view.add(name, dims, declared.shape, remote.kept(name), remote.attributes(name), read)
    return view


def _ends(key: Any, size: int) -> tuple[int, int]:
    """First and last index of what is asked for along a dimension."""
    if not isinstance(key, slice):
        return int(key), int(key)
    start, stop, _ = key.indices(size)
    return start, stop - 1
