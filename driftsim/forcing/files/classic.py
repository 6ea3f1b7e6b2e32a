"""How long a classic NetCDF file must be: beyond its end the NetCDF library reads zeros, and says nothing."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Callable
from typing import BinaryIO

_DIMENSION, _VARIABLE, _ATTRIBUTE = 10, 11, 12
_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
"""Size of a value by its type's number."""

_STREAMING = {4: 0xFFFFFFFF, 8: 0xFFFFFFFFFFFFFFFF}
"""Number of records of a file that was written without going back to say how many."""


def refuse_cut_short(path: str) -> None:
    """See that a file of the classic, 64-bit offset or 64-bit data format holds all that its header says.

    Raises
    ------
    OSError
        If it is shorter, or its header cannot be followed.
    """
    try:
        with open(path, "rb") as file:
            needed = _Header(file).length()
    except (struct.error, KeyError, ValueError, IndexError, OverflowError, MemoryError) as error:
        raise OSError("its header cannot be followed") from error
    if os.path.getsize(path) < needed:
        raise OSError("the file is shorter than its header says")


class _Header:
    """The header of a classic file, read front to back (format specification in the NetCDF User's Guide)."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        version = file.read(4)[3]
        self._count = 8 if version == 5 else 4
        self._offset = 4 if version == 1 else 8

    def length(self) -> int:
        """The last byte that a variable reaches."""
        records = self._number(self._count)
        dimensions: list[int] = []
        self._each(_DIMENSION, lambda: dimensions.append(self._dimension()))
        self._each(_ATTRIBUTE, self._attribute)
        found: list[tuple[int, int, bool]] = []
        self._each(_VARIABLE, lambda: found.append(self._variable(dimensions)))
        ends = [begin + size for begin, size, along in found if not along and size]
        along = [(begin, size) for begin, size, grows in found if grows]
        if records and records != _STREAMING[self._count]:
            # Records are padded to four bytes, but for a lone variable's.
            step = along[0][1] if len(along) == 1 else sum(-(-size // 4) * 4 for _, size in along)
            ends += [begin + (records - 1) * step + size for begin, size in along if size]
        return max(ends, default=0)

    def _number(self, size: int) -> int:
        return int(struct.unpack(">I" if size == 4 else ">Q", self._file.read(size))[0])

    def _each(self, tag: int, read: Callable[[], object]) -> None:
        found, count = self._number(4), self._number(self._count)
        if found not in (0, tag):
            raise IndexError
        for _ in range(count):
            read()

    def _skip(self, size: int) -> None:
        self._file.seek(-(-size // 4) * 4, os.SEEK_CUR)

    def _dimension(self) -> int:
        self._skip(self._number(self._count))
        return self._number(self._count)

    def _attribute(self) -> None:
        self._skip(self._number(self._count))
        kind = self._number(4)
        self._skip(_BYTES[kind] * self._number(self._count))

    def _variable(self, dimensions: list[int]) -> tuple[int, int, bool]:
        """Where a variable begins, its bytes (of one record), and whether it grows by records."""
        self._skip(self._number(self._count))
        sizes = [dimensions[self._number(self._count)] for _ in range(self._number(self._count))]
        self._each(_ATTRIBUTE, self._attribute)
        kind = self._number(4)
        self._number(self._count)  # its size as the header has it: 2**32 - 1 for what is too large to say
        grows = bool(sizes) and sizes[0] == 0
        return self._number(self._offset), _BYTES[kind] * math.prod(sizes[grows:]), grows
