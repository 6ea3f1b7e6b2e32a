"""A store: a folder of files that is replaced as a whole, by another one that was made beside it.

No system replaces a folder in one step. For a moment the old store lies beside its place, under a name made from that
of the place, and whoever comes to the place after an interruption (`settle`) puts it back, or finishes removing it.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from ..system.disk import sync
from ..system.errors import InputError
from .folder import FILE as MARKER
from .folder import read_marker

KIND = "store"


def files_of(store: Path) -> list[str]:
    """What is in a store, but for its marker; links count as files."""
    return [
        path.relative_to(store).as_posix()
        for path in store.rglob("*")
        if (path.is_symlink() or not path.is_dir()) and path != store / MARKER
    ]


def faults(store: Path) -> dict[str, str] | None:
    """What in a store is not as it was written, by name, and what is wrong with it; None for no store of driftsim's.

    Raises
    ------
    InputError
        If its marker is damaged.
    """
    marker = read_marker(store) if store.is_dir() and not store.is_symlink() else None
    if marker is None or marker.kind != KIND:
        return None
    return marker.faults() | dict.fromkeys({*files_of(store)} - marker.files.keys(), "is not of the store")


def replace(place: Path, made: Path) -> None:
    """Put a store that was made into the place of a whole one.

    Raises
    ------
    InputError
        If something that is not driftsim's lies where the old one has to wait.
    OSError
        If the system cannot; then the old one is in its place.
    """
    old = _beside(place)
    if os.path.lexists(old):
        raise InputError(f"{old}: is in the way, and not known to be driftsim's; move it away")
    place.rename(old)
    try:
        os.replace(made, place)
    except OSError:
        settle(place)
        raise
    sync(place.parent)
    _remove(old)


def settle(place: Path) -> None:
    """Make up for an interruption of `replace`: the old store is put back, or removed where the new one is whole.

    Nothing is touched that does not prove itself a store of driftsim's.

    Raises
    ------
    InputError
        If the old one cannot be put back.
    """
    old = _beside(place)
    if not os.path.lexists(old):
        return
    if os.path.lexists(place):
        if _is_whole(place):
            _remove(old)
    elif _is_whole(old):
        try:
            old.rename(place)
            sync(place.parent)
        except OSError as problem:
            raise InputError(
                f"{old}: the store that was at {place} cannot be put back ({problem.strerror or problem})"
            ) from problem


def _beside(place: Path) -> Path:
    """Where an old store waits; of one length, however long the name of the place is."""
    place = place.absolute()
    return place.parent / f".driftsim-{hashlib.sha256(os.fsencode(place.name)).hexdigest()[:16]}.old"


def _is_whole(store: Path) -> bool:
    try:
        return faults(store) == {}
    except InputError:
        return False


def _remove(store: Path) -> None:
    """Remove a store, or the rest of one; the marker goes last, so that what is left proves itself to the end."""
    with suppress(OSError, InputError):
        wrong = faults(store)
        marker = read_marker(store)
        if wrong is not None and marker is not None:
            if any(os.path.lexists(store / name) for name in wrong):  # somebody's
                return
            for name in marker.files:
                (store / name).unlink(missing_ok=True)
            folders = {folder for name in marker.files for folder in Path(name).parents} - {Path()}
            for folder in sorted(folders, reverse=True):
                if (store / folder).is_dir():
                    (store / folder).rmdir()
            sync(store)
            (store / MARKER).unlink()
        if not store.is_symlink():
            store.rmdir()  # the system refuses unless it is empty
