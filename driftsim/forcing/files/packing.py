"""Stored numbers as they are meant: scale, offset, and what marks a missing value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

MOST_NODES = 1_000_000
"""Longest axis that is read: hours for a century."""


def numbers(variable: Any, most: int = MOST_NODES) -> NDArray[Any]:
    """A coordinate variable (or another small one) unpacked, NaN where missing.

    Raises
    ------
    InputError
        If it holds no numbers, or more of them than any axis has: a header of a few bytes can say so.
    """
    size = max(variable.size, chunk(variable) // 20)  # short axes that grow come in chunks of a million or so
    if size > most:
        raise InputError(
            f"{named_in(variable)} has {size:,} values, where {most:,} are allowed: cut the file to the area and the "
            "time of the run"
        )
    return decode(variable[...], variable)


def named_in(variable: Any) -> str:
    return f"{variable.group().filepath()}: variable {variable.name}"


def chunk(variable: Any) -> int:
    """Values that are packed together; 0 where each stands by itself."""
    chunks = variable.chunking()
    return 0 if chunks is None or isinstance(chunks, str) else math.prod(int(n) for n in chunks)


def decode(raw: NDArray[Any], variable: Any) -> NDArray[Any]:
    """Stored numbers as floating point: missing values to NaN, then scale and offset.

    Missing is what equals ``_FillValue``, any ``missing_value`` or the NetCDF default of the type, all compared before
    unpacking. Single precision stays single unless it is packed.
    """
    raw = np.asarray(raw)
    if raw.dtype.kind not in "fiu":
        raise InputError(f"{named_in(variable)} holds text or a compound type, not numbers; repair the file")
    missing = np.zeros(raw.shape, dtype=bool)
    for mark in _missing_marks(raw.dtype, variable):
        missing |= raw == mark
    scale, offset = _packing(variable, "scale_factor", 1.0), _packing(variable, "add_offset", 0.0)
    plain = scale == 1.0 and offset == 0.0
    values = raw.astype(raw.dtype if plain and raw.dtype.kind == "f" else np.float64)
    if not plain:
        values = values * scale + offset
    if missing.any():
        values[missing] = np.nan
    return values


def _packing(variable: Any, name: str, default: float) -> float:
    """One of the two numbers that unpack a variable."""
    given = getattr(variable, name, default)
    usable = np.ndim(given) == 0 and not isinstance(given, str) and np.isfinite(given)
    if not usable or (name == "scale_factor" and given == 0.0):
        raise InputError(f"{named_in(variable)} has {name} = {str(given)[:40]!r}, which unpacks nothing; repair it")
    return float(given)


def _missing_marks(dtype: np.dtype[Any], variable: Any) -> list[Any]:
    from netCDF4 import default_fillvals

    stated = [getattr(variable, name, ()) for name in ("_FillValue", "missing_value")]
    marks = [mark for group in stated for mark in np.atleast_1d(group) if not isinstance(mark, str)]
    if dtype.itemsize > 1:  # every byte is a value
        marks.append(default_fillvals.get(dtype.str[1:], np.nan))
    with np.errstate(over="ignore", invalid="ignore"):
        cast = [np.asarray(mark).astype(dtype)[()] for mark in marks]
    # A NaN or an unpacked number cannot occur in packed integers, and its cast would hit an honest value.
    return [c for c, mark in zip(cast, marks, strict=True) if dtype.kind == "f" or float(c) == float(mark)]
