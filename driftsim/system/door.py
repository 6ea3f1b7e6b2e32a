"""The door for files that say what a run has found: whatever stands in them, a value or one `InputError`.

Nothing hangs (a pipe in a file's place), nothing is believed that the file is too short for (a header that promises
800 GB), and whatever a library makes of damaged bytes becomes a message.
"""

from __future__ import annotations

import json
import os
import stat
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np

from . import capacity
from .disk import open_plain
from .errors import InputError
from .kinds import AnyArray, Json
from .text import clean, cleaned, is_clean_json

if TYPE_CHECKING:
    import xarray as xr
    from pydantic import BaseModel

AGAIN = "run the config again, into another folder"
"""What helps with a damaged result: a run does not take the place of what is no longer as driftsim wrote it."""

LARGEST_TEXT_BYTES = 1 << 30
"""Of a JSON file: the summary of ten thousand sources takes as much."""

_MOST_PACKED = 1100
"""Deflate, which results are packed with, makes at most 1,032 bytes out of one."""

_HDF5 = b"\x89HDF\r\n\x1a\n"


class Variable(NamedTuple):
    """What a variable of a data set must be."""

    kind: str  # of the numbers: "f8", "i2", ...
    dimensions: tuple[str, ...]
    optional: bool = False


@contextmanager
def told(file: Path, remedy: str) -> Iterator[None]:
    """Make one message of whatever goes wrong with a file."""
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{file}: not there; {remedy}") from None
    except Exception as problem:  # a library that meets damaged bytes raises whatever it likes
        reason = getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
        raise InputError(f"{file}: cannot be read ({clean(reason).splitlines()[0][:200]}); {remedy}") from problem


def refuse_unreadable(file: Path, remedy: str) -> int:
    """Stop where a file is not there, is no regular one, or may not be read; links are followed.

    Returns
    -------
    int
        Its length, bytes.

    Raises
    ------
    InputError
    """
    with told(file, remedy):
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            raise InputError(f"{file}: is {kind_of(found.st_mode)}; {remedy}")
        if not os.access(file, os.R_OK):
            raise PermissionError(13, "Permission denied")
    return found.st_size


def kind_of(mode: int) -> str:
    """What stands in a regular file's place, in words."""
    if stat.S_ISDIR(mode):
        return "a folder"
    kinds = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"))
    return " but ".join(["no regular file", *(word for is_one, word in kinds if is_one(mode))])


@contextmanager
def opened(file: Path, remedy: str = AGAIN) -> Iterator[BinaryIO]:
    """A result, open for reading: a regular file, not what a link leads to.

    Raises
    ------
    InputError
        Also for what goes wrong while it is read.
    """
    with told(file, remedy), open_plain(file) as stream:
        yield stream


def read_text(file: Path, remedy: str = AGAIN, most: int = LARGEST_TEXT_BYTES) -> str:
    """The text of a result, UTF-8.

    Raises
    ------
    InputError
        If it is not there, no regular file, not UTF-8 or too long.
    """
    with opened(file, remedy) as stream:
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise InputError(f"{file}: is larger than {capacity.shown(most)}; {remedy}")
        text = raw.decode("utf-8")
    return text


def read_json(
    file: Path, shape: type[BaseModel], remedy: str = AGAIN, upgrade: Callable[[object, Path], object] | None = None
) -> Json:
    """An object from a JSON file, its texts cleaned.

    Parameters
    ----------
    file : Path
    shape : type of pydantic model
        What must stand in it; keys beyond it are kept.
    remedy : str
    upgrade : callable, optional
        Makes of the content of an earlier version one of this; called with it and the file.

    Raises
    ------
    InputError
        If it cannot be read, or something in it is of another kind.
    """
    text = read_text(file, remedy)
    with told(file, remedy):
        content = json.loads(text, parse_constant=_no_number)
        if not is_clean_json(text):
            content = cleaned(content)
    if upgrade is not None:
        content = upgrade(content, file)
    return shaped(content, shape, str(file), remedy)


def shaped(content: Any, shape: type[BaseModel], name: str, remedy: str = AGAIN) -> Json:
    """The content again if it is of this shape; `InputError` names the first thing that is not."""
    from pydantic import ValidationError

    try:
        shape.model_validate(content)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        at = ".".join(clean(step)[:40] for step in first["loc"]) or "all of it"
        raise InputError(f"{name}: {at}: {clean(first['msg'])[:120]}; {remedy}") from problem
    return dict(content)


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number in JSON")


def read_toml(text: str, name: str, remedy: str = AGAIN) -> Json:
    """The tables of a resolved config.

    Raises
    ------
    InputError
        If the text is not TOML.
    """
    with told(Path(name), remedy):
        tables: Json = cleaned(tomllib.loads(text))
    return tables


# --- data sets -----------------------------------------------------------------------------------------------------


def read_dataset(
    file: Path, variables: Mapping[str, Variable], remedy: str = AGAIN, pick: tuple[str, int] | None = None
) -> xr.Dataset:
    """A NetCDF result in memory, codes as integers and times as seconds.

    Parameters
    ----------
    file : Path
    variables : mapping of str to Variable
        What must be in it, and what may; anything else is left out.
    remedy : str
    pick : tuple of str and int, optional
        A coordinate and a value: the rows that have it are read, and of the others the coordinate alone.

    Raises
    ------
    InputError
        If it cannot be read, lacks a variable, or one is of another type or shape, or larger than the file can hold.
    """
    with opened(file, remedy) as stream:
        size = os.fstat(stream.fileno()).st_size
        if stream.read(len(_HDF5)) != _HDF5:
            raise InputError(f"{file}: {'is empty' if not size else 'is not a NetCDF file of a run'}; {remedy}")
    with told(file, remedy):
        import netCDF4
        import xarray as xr
        from xarray.backends.store import StoreBackendEntrypoint

        with netCDF4.Dataset(file) as found:  # ours to close: xarray would keep a file open that it fails on
            _refuse_header(found, file, size, variables, remedy)
            for variable in found.variables.values():
                if variable.chunking() not in (None, "contiguous"):
                    variable.set_var_chunk_cache(1 << 20)  # the library's own 16 MB would be 350 of all columns
            others = [name for name in found.variables if name not in variables]
            store = xr.backends.NetCDF4DataStore(found)  # type: ignore[no-untyped-call]
            # The engine by its class: a name, or none, makes xarray import every engine that is installed: half a
            # second, and a library for GRIB in the process that reads NetCDF ends it with a double free.
            out = xr.open_dataset(
                store,
                engine=StoreBackendEntrypoint,
                decode_times=False,
                mask_and_scale=False,
                drop_variables=others,
            )
            if pick is not None:
                out = out.isel({pick[0]: (out[pick[0]].values == pick[1]).nonzero()[0]})
            out = out.load()
        described: list[Any] = [out, *out.variables.values()]
        for of in described:
            of.attrs = {str(key): clean(value) if isinstance(value, str) else value for key, value in of.attrs.items()}
    return out


def look_at(file: Path, variables: Mapping[str, Variable], remedy: str = AGAIN) -> dict[str, int]:
    """The sizes of the dimensions of a NetCDF result whose header is as it must be; no value is read.

    Raises
    ------
    InputError
        As `read_dataset`.
    """
    with opened(file, remedy) as stream:
        size = os.fstat(stream.fileno()).st_size
    with told(file, remedy):
        import netCDF4

        with netCDF4.Dataset(file, "r") as found:
            _refuse_header(found, file, size, variables, remedy, False)
            return {name: len(dimension) for name, dimension in found.dimensions.items()}


def _refuse_header(
    found: Any, file: Path, size: int, variables: Mapping[str, Variable], remedy: str, hold: bool = True
) -> None:
    """Look at the header of a file before any value is read."""
    promised = 0
    for name, wanted in variables.items():
        if name not in found.variables:
            if wanted.optional:
                continue
            raise InputError(f"{file}: has no variable {name}; {remedy}")
        variable = found.variables[name]
        kind = np.dtype(variable.dtype) if variable.dtype is not str else np.dtype(object)
        if kind != np.dtype(wanted.kind) or variable.dimensions != wanted.dimensions:
            shown = f"{kind} ({', '.join(variable.dimensions)})"
            must = f"{np.dtype(wanted.kind)} ({', '.join(wanted.dimensions)})"
            raise InputError(f"{file}: variable {name} is {clean(shown)[:100]}, not {must}; {remedy}")
        promised += int(np.prod([float(n) for n in variable.shape])) * kind.itemsize
    if promised > _MOST_PACKED * size:
        raise InputError(
            f"{file}: its header promises {capacity.shown(promised)}, which {size:,} bytes cannot hold; {remedy}"
        )
    if hold:
        capacity.require(2.0 * promised, f"{file}: what is in it", "read it on a larger machine")


# --- archives of arrays --------------------------------------------------------------------------------------------


def read_arrays(file: Path, remedy: str) -> dict[str, AnyArray]:
    """The arrays of an ``.npz`` file that is stored without packing, so that nothing in it can grow.

    Raises
    ------
    InputError
        If it cannot be read, or is not as numpy's ``savez`` writes it.
    """
    with opened(file, remedy) as stream, zipfile.ZipFile(stream) as archive:
        size, members = os.fstat(stream.fileno()).st_size, archive.infolist()
        for member in members:
            stored = member.compress_type == zipfile.ZIP_STORED and member.compress_size == member.file_size <= size
            if not stored or not member.filename.endswith(".npy"):
                raise ValueError("it is packed, or holds more than arrays")
        if len({member.filename for member in members}) < len(members) or sum(m.file_size for m in members) > size:
            raise ValueError("a part of it stands in it twice")
        arrays = {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}
    return arrays


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> AnyArray:
    """An array of an archive; as many bytes as its header says, and no more is made room for."""
    stream: Any
    with archive.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, kind = header(stream)
        count = int(np.prod([int(n) for n in shape], dtype=object))
        if kind.hasobject or (fortran and len(shape) > 1) or min(shape, default=0) < 0:
            raise ValueError("an array of another kind")
        if count * kind.itemsize != member.file_size - stream.tell():
            raise ValueError("an array of another length than its header says")
        out: Any = np.empty(count, kind)
        room, done = memoryview(out).cast("B") if count * kind.itemsize else memoryview(b""), 0
        while done < len(room):
            done += stream.readinto(room[done:]) or _cut_short()
        if stream.read(1):  # the checksum is compared at the end
            raise ValueError("an array of another length than its header says")
        found: AnyArray = out.reshape(shape)
        return found


def _cut_short() -> int:
    raise EOFError("it is cut short")
