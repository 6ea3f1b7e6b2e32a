"""Writing to disk so that nothing half-written is ever taken for a whole: files that appear at once, folders held."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path

from .errors import InputError

_HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
"""What the system says of a lock that another process holds; anything else is a file system without locks."""


def make_folder(path: Path | str) -> Path:
    """Make a folder with its parents; one that is there is left as it is.

    Raises
    ------
    InputError
        If it is a file, or cannot be made.
    """
    if path == "":
        raise InputError("the name of the folder is empty; '.' is the one you are in")
    folder = Path(path)
    try:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        for above in reversed(folder.parents):  # not by recursion, which a path of 1,500 folders exhausts
            above.mkdir(exist_ok=True)
        folder.mkdir(exist_ok=True)
    except OSError as problem:
        raise InputError(f"{folder}: cannot be made ({problem.strerror}); choose another folder with -o") from problem
    with suppress(OSError):  # of a parent that may be written to and not read
        for one in missing[::-1]:
            sync(one.parent)
    return folder


def refuse_link(path: Path) -> None:
    """Stop where a folder of ours within another is a link: who planted it chose where our files would go.

    Raises
    ------
    InputError
    """
    if path.is_symlink():
        raise InputError(f"{path}: is a link, and nothing is written through one; remove it")


class Busy(InputError):
    """Another process holds a lock file."""


def hold(file: Path, busy: str) -> int:
    """Hold a lock file; its handle. The system lets go of it when the process ends, however it ends.

    Parameters
    ----------
    file : Path
    busy : str
        What to say of the folder when another process holds it.

    Raises
    ------
    Busy
        If another process holds it.
    InputError
        If the folder cannot be written to, or something else has the lock's name.
    """
    while True:
        try:
            handle = os.open(file, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o644)
        except OSError as problem:
            refuse_link(file)
            at = file if os.path.lexists(file) else file.parent
            raise InputError(f"{at}: cannot be written to ({problem.strerror}); choose another folder") from problem
        try:
            _lock(handle)
        except OSError as problem:
            if problem.errno in _HELD:
                os.close(handle)
                raise Busy(f"{file.parent}: {busy}") from problem
            warnings.warn(
                f"{file.parent}: on this file system nothing keeps a second run out ({problem.strerror})", stacklevel=3
            )
        if file.exists() and os.path.samestat(os.fstat(handle), os.stat(file)):
            return handle
        os.close(handle)  # taken away by a process that ended between our two steps: try again


def let_go(file: Path, handle: int) -> None:
    """Let go of a lock file that `hold` gave; nothing of it stays behind."""
    with suppress(OSError):
        if os.path.samestat(os.fstat(handle), os.lstat(file)):
            file.unlink()
    os.close(handle)


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def open_plain(file: Path) -> BufferedReader:
    """A file opened for reading: a regular one that is there, not what a link leads to, nor a pipe that may hang.

    Raises
    ------
    OSError
        Otherwise.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(file, flags)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "is no regular file", str(file))
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def temporary(folder: Path, ending: str = ".part") -> Path:
    """A name in a folder that nobody has or can foresee: ``.driftsim-``, 16 hexadecimal digits, an ending."""
    return folder / f".driftsim-{secrets.token_hex(8)}{ending}"


def sync(path: Path) -> None:
    """See that a file, or the names in a folder, are on the disk and not only promised."""
    flags = os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR
    try:
        handle = os.open(path, flags)
    except PermissionError:
        if os.name == "nt":  # Windows opens no folders, and keeps their names itself
            return
        raise
    try:
        os.fsync(handle)
    except OSError as problem:
        if problem.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):  # a file system that knows no such thing
            raise
    finally:
        os.close(handle)


@contextmanager
def whole(file: Path, *, new: bool = False, beside: Path | None = None, ending: str = ".part") -> Iterator[Path]:
    """A path to write to; it takes the file's place when all is written, and goes when something fails.

    Parameters
    ----------
    file : Path
    new : bool
        The file must not be there, not even since somebody has looked.
    beside : Path, optional
        Folder on the same file system for what is half written; by default that of the file.
    ending : str
        Of the temporary name, for libraries that go by it.

    Raises
    ------
    InputError
        If the system cannot write (disk full, no permission), or the file is there and ``new``.
    """
    half = temporary(beside or file.parent, ending)
    try:
        os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0), 0o666))
        yield half
        sync(half)
        if new:
            _put_new(half, file)
        else:
            os.replace(half, file)
        sync(file.parent)
    except FileExistsError as problem:
        raise InputError(f"{file}: exists already; give another name") from problem
    except (OSError, RuntimeError) as problem:  # the netCDF library says a full disk with the second
        reason = getattr(problem, "strerror", None) or problem
        raise InputError(f"{file}: cannot be written ({reason}); no part of it was left") from problem
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


def _put_new(half: Path, file: Path) -> None:
    """Move to a name that nobody has: a second link to the file, which the system refuses where the name is taken."""
    try:
        os.link(half, file)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: then there is a moment between looking and moving
        if os.path.lexists(file):
            raise FileExistsError(errno.EEXIST, "exists already", str(file)) from None
        os.replace(half, file)
