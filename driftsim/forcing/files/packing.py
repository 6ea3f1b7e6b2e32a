"""Stored numbers as they are meant: scale, offset, and what marks a missing value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ...system.errors import InputError
from ...system.kinds import AnyArray, StoredVariable

if TYPE_CHECKING:
    pass

MOST_NODES = 1_000_000
"""Longest axis that is read: hours for a century."""


def numbers(variable: StoredVariable, most: int = MOST_NODES) -> AnyArray:
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
    return decode(variable[...], variable, ranged=False)


def named_in(variable: StoredVariable) -> str:
    """File and variable, for a message."""
    return f"{variable.group().filepath()}: variable {variable.name}"


def chunk(variable: StoredVariable) -> int:
    """Values that are packed together; 0 where each stands by itself."""
    chunks = variable.chunking()
    return 0 if chunks is None or isinstance(chunks, str) else math.prod(int(n) for n in chunks)


def decode(raw: AnyArray, variable: StoredVariable, *, ranged: bool = True) -> AnyArray:
    """Stored numbers as floating point: missing values to NaN, then scale and offset.

    Missing is what equals ``_FillValue`` (without one, the NetCDF default of the type) or any ``missing_value``, and,
    where ``ranged``, what lies outside ``valid_range``, or ``valid_min`` and ``valid_max``; all compared as stored,
    before unpacking. Signed integers with ``_Unsigned = "true"`` are taken without their sign. Single precision stays
    single unless it is packed. So does the NetCDF library for Python, which passes with a warning over what does not
    fit the type of the variable; here that is refused.

    Raises
    ------
    InputError
        If an attribute cannot be meant: a scale of 0, a range that does not fit the type.
    """
    raw = np.asarray(raw)
    if raw.dtype.kind not in "fiu":
        raise InputError(f"{named_in(variable)} holds text or a compound type, not numbers; repair the file")
    stored = raw.dtype
    if stored.kind == "i" and getattr(variable, "_Unsigned", "") in ("true", "True"):
        raw = raw.view(f"{stored.byteorder}u{stored.itemsize}")
    missing = np.zeros(raw.shape, dtype=bool)
    for mark in _missing_marks(stored, raw.dtype, variable):
        missing |= raw == mark
    if ranged and any(hasattr(variable, name) for name in _RANGE):
        low, high = _valid_range(stored, raw.dtype, variable)
        missing |= (raw < low) | (raw > high)
    scale, offset = _packing(variable, "scale_factor", 1.0), _packing(variable, "add_offset", 0.0)
    plain = scale == 1.0 and offset == 0.0
    values = raw.astype(raw.dtype if plain and raw.dtype.kind == "f" else np.float64)
    if not plain:
        values = values * scale + offset
    if missing.any():
        values[missing] = np.nan
    return values


def resolution(variable: StoredVariable) -> float:
    """Half a unit of a packed integer; 0 where numbers are stored as they are."""
    return 0.5 * abs(_packing(variable, "scale_factor", 1.0)) if variable.dtype.kind in "iu" else 0.0


def _packing(variable: StoredVariable, name: str, default: float) -> float:
    """One of the two numbers that unpack a variable."""
    given = getattr(variable, name, default)
    usable = np.ndim(given) == 0 and not isinstance(given, str) and np.isfinite(given)
    if not usable or (name == "scale_factor" and given == 0.0):
        raise InputError(f"{named_in(variable)} has {name} = {str(given)[:40]!r}, which unpacks nothing; repair it")
    return float(given)


_DEFAULT_FILL = {"f4": np.float32(9.969209968386869e36), "f8": 9.969209968386869e36}
_RANGE = ("valid_range", "valid_min", "valid_max")


def _missing_marks(stored: np.dtype[Any], dtype: np.dtype[Any], variable: StoredVariable) -> list[np.generic]:
    """What marks a missing value, as numbers of ``dtype``."""
    stated = [
        (name, mark)
        for name in ("_FillValue", "missing_value")
        if hasattr(variable, name)
        for mark in np.atleast_1d(getattr(variable, name))
    ]
    marks = [cast for _, mark in stated if (cast := _as_stored(mark, stored, dtype)) is not None]
    # A NaN or an unpacked number cannot occur in packed integers; beside another mark it does no harm.
    if stated and not marks:
        name, mark = stated[0]
        raise InputError(f"{named_in(variable)} has {name} = {str(mark)[:40]!r}{_no_fit(name, stored)}")
    # In floating point the default is no speed, and some write it beside a mark of their own.
    default = _DEFAULT_FILL.get(stored.str[1:]) if hasattr(variable, "_FillValue") else variable.get_fill_value()
    if default is not None and dtype == stored:  # there is no default without a sign
        marks.append(_as_stored(default, stored, dtype))
    return marks


def _valid_range(stored: np.dtype[Any], dtype: np.dtype[Any], variable: StoredVariable) -> tuple[Any, Any]:
    """Least and greatest valid number, as stored."""
    pair = getattr(variable, "valid_range", None)
    if pair is None:
        given = [(name, getattr(variable, name, None)) for name in ("valid_min", "valid_max")]
    elif isinstance(pair, str) or np.size(pair) != 2:
        raise InputError(f"{named_in(variable)} has valid_range = {str(pair)[:40]!r}, not two numbers; repair it")
    else:
        given = [("valid_range", value) for value in pair]
    limits: list[Any] = [-np.inf, np.inf]
    for k, (name, value) in enumerate(given):
        if value is not None:
            limits[k] = _as_stored(value, stored, dtype)
            if limits[k] is None:
                raise InputError(f"{named_in(variable)} has {name} = {str(value)[:40]!r}{_no_fit(name, stored)}")
    return limits[0], limits[1]


def _no_fit(name: str, stored: np.dtype[Any]) -> str:
    return (
        f", which does not fit its type ({stored.name}): it is meant for the numbers as they are stored. Correct it, "
        f"or take it away (`ncatted -a {name},NAME,d,,`) if no value depends on it"
    )


def _as_stored(value: Any, stored: np.dtype[Any], dtype: np.dtype[Any]) -> Any | None:
    """An attribute as a number of the stored type (without its sign where ``dtype`` has none); None if it is none."""
    if isinstance(value, (str, bytes)) or np.ndim(value) != 0 or np.asarray(value).dtype.kind not in "fiub":
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        cast = np.asarray(value).astype(stored)
    if stored.kind != "f" and not (np.isfinite(value) and float(cast) == float(value)):
        return None
    return cast.view(dtype)[()]
