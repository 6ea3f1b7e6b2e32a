"""Which program this is: its version, its sources by their hash, and everything its numbers rest on.

A version number does not tell one dirty checkout from another, nor two wheels that were built under one number. The
hash of the sources does, and takes some milliseconds.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from ..system import resources
from ..system.version import __version__

COMPUTING = (
    "numpy",
    "scipy",
    "xarray",
    "numba",
    "llvmlite",
    "netCDF4",
    "cftime",
    "shapely",
    "pyproj",
    "pydantic",
    "pydantic-core",
)
"""Libraries that the last bits of a result may depend on."""

SHOWING = ("matplotlib", "cmocean", "pillow", "click", "requests", "urllib3")
"""Libraries that figures, messages and downloads depend on."""


def version() -> str:
    """Version of driftsim."""
    return __version__


@cache
def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


@cache
def sources() -> str:
    """SHA-256 of the package's files and of the data that come with it, the same in a checkout and in a wheel."""
    digest = hashlib.sha256()
    package, data = Path(__file__).resolve().parents[1], resources.data("leeway_classes.csv").parent
    for room, folder in (("driftsim", package), ("data", data)):
        for name, file in sorted(_files(folder)):
            content = file.read_bytes()
            digest.update(f"{room}/{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files below a folder by their names in it; data and configs of a wheel, and compiled code, left out."""
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in ("__pycache__", "_data", "_configs") and name[0] != "."]
        for name in names:
            if name[0] != "." and not name.endswith((".pyc", ".pyo")):
                file = Path(at, name)
                yield file.relative_to(folder).as_posix(), file


@cache
def git_commit() -> str:
    """Commit of the checkout that runs, ``-dirty`` after changes in code or data; empty when it is not a checkout."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return ""
    top, commit = (_git(root, "rev-parse", what) for what in ("--show-toplevel", "HEAD"))
    if top is None or commit is None or not os.path.samefile(top[1], root) or commit[0] != 0:
        return ""
    changed = _git(root, "diff", "--quiet", "HEAD", "--", "driftsim", "data")
    return commit[1] + ("-dirty" if changed is None or changed[0] else "")


def _git(root: Path, *words: str) -> tuple[int, str] | None:
    """Exit code and answer of git in a folder; whatever repository the environment names is not asked."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", *words], cwd=root, env=environment, capture_output=True, text=True, timeout=10, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return None
    answer = done.stdout.strip()
    return None if words[0] == "rev-parse" and (done.returncode or not answer) else (done.returncode, answer)


def libraries(computing_only: bool = False) -> dict[str, str]:
    """Versions of Python and of all libraries, those in C beneath them too; empty where one is not installed."""
    import netCDF4
    import pyproj
    import shapely

    names = COMPUTING if computing_only else (*COMPUTING, *SHOWING)
    return {
        "python": platform.python_version(),
        **{name: _installed(name) for name in names},
        "HDF5": str(netCDF4.__hdf5libversion__),
        "netCDF-C": str(netCDF4.__netcdf4libversion__).split()[0],
        "GEOS": str(shapely.geos_version_string),
        "PROJ": str(pyproj.proj_version_str),
    }


@cache
def processor() -> str:
    """Type of the processor, as the compiler of the kernels calls it."""
    import llvmlite.binding as llvm

    return str(llvm.get_host_cpu_name())
