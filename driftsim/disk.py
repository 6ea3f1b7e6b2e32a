"""Writing to disk so that nothing half-written is ever taken for a whole: files that appear at once, folders held."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import InputError


def make_folder(path: Path | str) -> Path:
    """Make a folder with its parents; one that is there is left as it is.

    Raises
    ------
    InputError
        If it is a file, or cannot be made.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise InputError(f"{folder}: cannot be made ({problem.strerror}); choose another folder with -o") from problem
    return folder


def hold(file: Path, busy: str) -> int:
    """Hold a lock file; its handle. The system lets go of it when the process ends, however it ends.

    Parameters
    ----------
    file : Path
    busy : str
        What to say of the folder when another process holds it.

    Raises
    ------
    InputError
        If another process holds it, or the folder cannot be written to.
    """
    while True:
        try:
            handle = os.open(file, os.O_CREAT | os.O_RDWR, 0o644)
        except OSError as problem:
            raise InputError(
                f"{file.parent}: cannot be written to ({problem.strerror}); choose another folder"
            ) from problem
        try:
            _lock(handle)
        except OSError as problem:
            os.close(handle)
            raise InputError(f"{file.parent}: {busy}") from problem
        if file.exists() and os.path.samestat(os.fstat(handle), os.stat(file)):
            return handle
        os.close(handle)  # taken away by a process that ended between our two steps: try again


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """A path beside the file to write to; it takes the file's place when all is written, and goes when something fails.

    Raises
    ------
    InputError
        If the system cannot write (disk full, no permission).
    """
    beside = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        yield beside
        with open(beside, "rb+") as handle:
            os.fsync(handle.fileno())
        os.replace(beside, file)
    except (OSError, RuntimeError) as problem:  # the netCDF library says a full disk with the second
        reason = getattr(problem, "strerror", None) or problem
        raise InputError(f"{file}: cannot be written ({reason}); no part of it was left") from problem
    finally:
        beside.unlink(missing_ok=True)
