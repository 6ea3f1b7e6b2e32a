"""What is open: one thread in the libraries at a time, a few files open, and no file open twice."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from ...system import formats, names
from ...system.errors import InputError
from ...system.kinds import JsonView
from ..doors import opening
from ..doors.views import View, of_xarray
from . import classic

if TYPE_CHECKING:
    import netCDF4

_OPEN_FILES = 12  # a step of a field needs one file or two (parted components), its successor the next ones
_LOCK = threading.RLock()  # the library is not safe to enter twice
_inside = 0  # how deep in the library the thread is that holds the lock


@dataclass
class _File:
    dataset: netCDF4.Dataset
    version: tuple[int, ...]
    users: set[int] = field(default_factory=set)


_files: OrderedDict[str, _File] = OrderedDict()
"""What is open, the least recently used first. HDF5 crashes on text in a file that was open twice and closed once."""

_OF_THE_LIBRARY = (OSError, RuntimeError, IndexError, ValueError, TypeError, OverflowError, MemoryError)
"""What the NetCDF library raises when it meets damaged bytes."""

_gone: list[int] = []
"""Users that were collected as garbage, perhaps while the same thread was in the library."""


class Datasets:
    """What one user has open.

    Parameters
    ----------
    given : dict of str to dataset, optional
        Datasets of xarray from Python, by the names that stand for them.
    """

    def __init__(self, given: JsonView | None = None) -> None:
        self._token = id(self)
        self._given = {path: of_xarray(dataset, path) for path, dataset in (given or {}).items()}
        self._seen: dict[str, tuple[int, ...]] = {}
        weakref.finalize(self, _release, self._token)

    def get(self, path: str) -> netCDF4.Dataset:
        """The open file, its numbers as they are stored; to be called within `reading`.

        Raises
        ------
        InputError
            If the file is another one than when this user asked for it first.
        """
        _sweep()
        if names.is_given(path):
            if path not in self._given:
                raise InputError(f"{path}: is given from Python alone: driftsim.run(config, sources=...)")
            return cast("netCDF4.Dataset", self._given[path])  # a view answers as one
        version = opening.version_of(path)
        if self._seen.setdefault(path, version) != version:
            raise InputError(f"{path} was replaced or changed while the run was reading it; run again when it is whole")
        known = _files.get(path)
        if known is not None and known.version != version:
            _files.pop(path).dataset.close()
            known = None
        if known is None:
            opened = _open(path)
            while len(_files) >= _OPEN_FILES:
                _files.popitem(last=False)[1].dataset.close()
            known = _files[path] = _File(opened, version)
        known.users.add(self._token)
        _files.move_to_end(path)
        return known.dataset

    def close(self) -> None:
        """Close the files that nobody else uses; they are opened again when they are asked for."""
        _release(self._token)

    def drop(self, path: str) -> None:
        """Close a file of which no more is wanted, with what the library keeps of it, unless somebody else uses it."""
        with _LOCK:
            file = _files.get(path)
            # A store keeps nothing of what it gave, and to open it again may take a server's answer.
            if file is not None and file.users <= {self._token} and not isinstance(file.dataset, View):
                _files.pop(path).dataset.close()

    @property
    def open(self) -> list[str]:
        """The files that are open for this user."""
        return [path for path, file in _files.items() if self._token in file.users]


def _open(path: str) -> Any:
    """A dataset, its numbers as they are stored."""
    door = formats.door_of(path)
    if door == "grib":
        from ..doors.grib import converted

        return _netcdf(converted(path))
    return opening.open_door(path, door) if door else _netcdf(path)


def _netcdf(path: str) -> Any:
    from netCDF4 import Dataset

    # Before the library sees it: it makes room for as many dimensions as a header promises, 24 GB for one of 124 bytes.
    with open(path, "rb") as file:
        is_classic = file.read(3) == b"CDF"
    if is_classic:
        classic.refuse_cut_short(path)
    dataset = Dataset(path, "r")
    dataset.set_auto_maskandscale(False)
    return dataset


def _release(token: int) -> None:
    _gone.append(token)
    if _LOCK.acquire(blocking=False):
        try:
            if _inside == 0:
                _sweep()
        finally:
            _LOCK.release()


def _sweep() -> None:
    """Close what was used by the gone alone."""
    while _gone:
        token = _gone.pop()
        for path in [path for path, file in _files.items() if token in file.users]:
            _files[path].users.discard(token)
            if not _files[path].users:
                _files.pop(path).dataset.close()


@contextmanager
def reading(path: str, name: str = "", what: str = "") -> Iterator[None]:
    """One thread in the library, and its errors as messages: of a variable, of a file, of what the file should be.

    Raises
    ------
    InputError
        If the library cannot read the file (or the variable of this name in it).
    """
    global _inside
    try:
        with _LOCK:
            _inside += 1
            try:
                yield
            finally:
                _inside -= 1
    except InputError:
        raise
    except Exception as err:
        told = f"{path}: variable {name}" if name else f"{path}: {what}" if what else path
        if not names.is_file(path) or formats.is_references(path):
            raise InputError(
                f"{told} cannot be read: the store is damaged, cut short or of an unknown kind "
                f"({opening.reason(err)}); fetch it again, or ask who keeps it"
            ) from None  # what a library says may hold a secret
        if not isinstance(err, _OF_THE_LIBRARY):
            raise
        reason = f"it is not NetCDF, or damaged or cut short ({opening.reason(err)}); fetch it again"
        raise InputError(f"{told} cannot be read: {formats.identify(path) or reason}") from err
