"""GRIB files as NetCDF copies of what the reader needs, made by another process and kept for the next run.

Another process, because the library for GRIB and those for NetCDF do not live together: a program that loads both ends
with a double free. The copies lie in a private folder of the user, each under the checksum of the file that it is of.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

from ...system import capacity, disk
from ...system.constants import SECONDS_PER_DAY
from ...system.errors import InputError
from . import opening

FOLDER, MOST_GB, DAYS = "DRIFTSIM_GRIB_DIR", "DRIFTSIM_GRIB_GB", "DRIFTSIM_GRIB_DAYS"
"""Environment variables: where copies are kept, how large they may be together, how long one is kept unused."""

DEFAULT_GB, DEFAULT_DAYS = 20.0, 30.0

_FORMAT = 1
_COPY = re.compile(r"[0-9a-f]{40}-\d+\.nc")
_known: dict[tuple[str, int, int, int], Path] = {}
"""The copies that this process has asked for: they are not removed while it may read them."""


def converted(path: str) -> str:
    """The NetCDF copy of a GRIB file: the velocities that are in it, at all their levels.

    Raises
    ------
    InputError
        If the package is missing, the file cannot be read, or the copy is larger than all copies may be.
    """
    status = os.stat(path)
    key = (os.path.abspath(path), status.st_ino, status.st_mtime_ns, status.st_size)
    copy = _known.get(key)
    if copy is None or not copy.exists():
        with open(path, "rb") as file:
            name = f"{hashlib.file_digest(file, 'sha256').hexdigest()[:40]}-{_FORMAT}.nc"
        copy = _known[key] = folder() / name
    if copy.exists():
        os.utime(copy)
    else:
        with disk.whole(copy) as beside:
            convert(path, beside)
            _make_room(copy.parent, beside.stat().st_size, path)
    return str(copy)


def folder() -> Path:
    """The folder of the copies, private to the user.

    Raises
    ------
    InputError
        If it cannot be had.
    """
    given = os.environ.get(FOLDER)
    found = Path(given) if given else _usual() / "grib"
    remedy = f"set {FOLDER} to a folder of your own"
    try:
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = found.lstat()
    except OSError as problem:
        raise InputError(f"{found}: for copies of GRIB files, cannot be made ({problem.strerror}); {remedy}") from None
    others = hasattr(os, "getuid") and (known.st_uid != os.getuid() or known.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    if not stat.S_ISDIR(known.st_mode) or others:
        raise InputError(f"{found}: is a link, another user's, or others may write to it; {remedy}")
    return found


def _usual() -> Path:
    """Where compiled code lies as well (`kernels.jit`, which may not know of this module)."""
    root = os.environ.get("DRIFTSIM_CACHE_DIR")
    if root:
        return Path(root)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "driftsim"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "driftsim"


def convert(path: str, to: Path) -> None:
    """Write the NetCDF copy of a GRIB file, by another process.

    Raises
    ------
    InputError
        If the package is missing, or the file cannot be read.
    """
    # -P: modules are not looked for in the folder that one is in, where strangers' files may lie.
    command = [sys.executable, "-P", "-m", "driftsim.forcing.doors.messages", path, str(to)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    said = opening.reason(ValueError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""))
    if done.returncode == 2:
        raise InputError(f"{path}: {said}")
    if done.returncode != 0:
        raise InputError(f"{path} cannot be read: it is GRIB, damaged or cut short ({said[:200]}); fetch it again")


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if not 0.0 < value < 1e6:
        raise InputError(f"{name} = {text[:40]}: must be a number above 0")
    return value


def _make_room(where: Path, size: int, path: str) -> None:
    """Remove copies that were not used for long, then the least recently used ones, until one more has room."""
    most, oldest = _number(MOST_GB, DEFAULT_GB) * 1e9, time.time() - _number(DAYS, DEFAULT_DAYS) * SECONDS_PER_DAY
    mine = set(_known.values())
    found = [file for file in where.iterdir() if _COPY.fullmatch(file.name) and not file.is_symlink()]
    others = [(file.stat(), file) for file in found if file not in mine]
    copies = sorted(((s.st_mtime, s.st_size, file) for s, file in others), reverse=True)
    held = size + sum(file.stat().st_size for file in mine if file.parent == where and file.exists())
    if held > most:
        raise InputError(
            f"{path}: its copy as NetCDF would make {capacity.shown(held)} of copies for this run, more than the "
            f"{capacity.shown(most)} that are allowed in {where}: raise {MOST_GB}"
        )
    for used, nbytes, file in copies:
        held += nbytes
        if used < oldest or held > most:
            file.unlink(missing_ok=True)
            held -= nbytes
