"""Many rows of text at once: each column as a matrix of bytes, of which zeros are left out in the end.

A million rows of sixteen columns take a second; Python's own formatting takes seven.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..system.constants import SECONDS_PER_DAY
from ..system.kinds import AnyArray

DAY = int(SECONDS_PER_DAY)

Bytes = NDArray[np.uint8]

_ZERO, _MINUS, _POINT = ord("0"), ord("-"), ord(".")
_UNSURE = 1e-3
"""This close to the middle between two decimals a product has not the bits to tell; Python's formatting has."""


def lines(columns: Sequence[Bytes]) -> bytes:
    """Rows of text, a comma between columns and a line feed at the end of each; columns are (row, width)."""
    height = columns[0].shape[0]
    ends = [ord(",")] * (len(columns) - 1) + [ord("\n")]
    parts = [part for column, end in zip(columns, ends, strict=True) for part in (column, _constant(height, end))]
    flat = np.concatenate(parts, axis=1).ravel()
    return bytes(flat[flat != 0].tobytes())


def _constant(height: int, byte: int) -> Bytes:
    return np.full((height, 1), byte, np.uint8)


def integer(values: AnyArray) -> Bytes:
    """Whole numbers, 0 or more, as ``%d`` writes them."""
    out = _digits(values.astype(np.uint64))
    out[:, :-1][np.logical_and.accumulate(out[:, :-1] == _ZERO, axis=1)] = 0
    return out


def _digits(values: NDArray[np.uint64], least: int = 1) -> Bytes:
    most = int(values.max(initial=0))
    rest = values.astype(np.uint32) if most < 2**32 else values
    out = np.empty((values.size, max(len(str(most)), least)), np.uint8)
    for column in range(out.shape[1] - 1, -1, -1):
        rest, digit = np.divmod(rest, rest.dtype.type(10))
        out[:, column] = digit
    return out + np.uint8(_ZERO)


def decimal(values: AnyArray, places: int, missing: str = "nan") -> Bytes:
    """Numbers as ``%.{places}f`` writes them, to the last digit; what is no number as a word.

    Parameters
    ----------
    values : (row,)
        Below 1e9 in size.
    places : int
        Decimals, 1 to 6.
    missing : str
        At most three letters.
    """
    exact = np.asarray(values, np.float64)
    known = np.isfinite(exact)
    scaled = np.abs(np.where(known, exact, 0.0)) * 10.0**places
    rounded = np.rint(scaled).astype(np.uint64)
    for row in np.flatnonzero(np.abs(scaled - np.floor(scaled) - 0.5) < _UNSURE):
        rounded[row] = int(f"{abs(exact[row]):.{places}f}".replace(".", ""))
    digits = _digits(rounded, places + 1)
    left = digits.shape[1] - places
    out = np.zeros((exact.size, digits.shape[1] + 2), np.uint8)
    out[:, 0] = np.where(np.signbit(exact), _MINUS, 0)
    out[:, 1 : left + 1], out[:, left + 1], out[:, left + 2 :] = digits[:, :left], _POINT, digits[:, left:]
    leading = np.logical_and.accumulate(digits[:, : left - 1] == _ZERO, axis=1)
    out[:, 1:left][leading] = 0
    if not known.all():
        out[~known] = 0
        out[~known, : len(missing)] = np.frombuffer(missing.encode(), np.uint8)
    return out


def words(codes: AnyArray, names: Sequence[str]) -> Bytes:
    """The names behind codes; a negative code is none."""
    table = np.array([*(name.encode() for name in names), b""], dtype=bytes)
    if not table.dtype.itemsize:
        return np.zeros((codes.size, 0), np.uint8)
    return table.view(np.uint8).reshape(len(table), -1)[np.maximum(codes.astype(np.int64), -1)]


def times(seconds: NDArray[np.float64], start: np.datetime64) -> Bytes:
    """UTC times in ISO form with a Z, to the second, of seconds since a start; nothing for what is no number."""
    known = np.isfinite(seconds)
    moment = start.astype("datetime64[s]").astype(np.int64) + np.rint(np.where(known, seconds, 0.0)).astype(np.int64)
    day, second = np.divmod(moment, DAY)
    days, which = np.unique(day, return_inverse=True)
    dates = np.datetime_as_string(days.astype("datetime64[D]")).astype("S10").view(np.uint8).reshape(-1, 10)
    out = np.concatenate([dates[which], _clock()[second]], axis=1)
    out[~known] = 0
    return out


@cache
def _clock() -> Bytes:
    """``T00:00:00Z`` to ``T23:59:59Z``."""
    every = [f"T{k // 3600:02d}:{k // 60 % 60:02d}:{k % 60:02d}Z" for k in range(DAY)]
    return np.array(every, "S10").view(np.uint8).reshape(-1, 10)
