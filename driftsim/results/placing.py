"""How files take their place in a folder, so that nothing of anybody else's is ever lost.

A run writes its results into a folder of its own within the run's folder (the stage), and moves them up when all of
them are whole; until then the results that were there stay as they are. Only files that prove themselves driftsim's
are replaced or deleted: by the marker (`driftsim.results.folder`) or, where they differ between equal runs, by what
they hold.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ..system.constants import SECONDS_PER_DAY
from ..system.disk import Busy, hold, let_go, make_folder, open_plain, sync, temporary, whole
from ..system.door import AGAIN
from ..system.errors import InputError
from ..system.text import clean
from .folder import FILE as MARKER
from .folder import Marker, Stamp, put_marker, read_marker, write_marker

LOCK = ".driftsim.lock"
CHECKPOINT = "checkpoint.npz"
TIMINGS = "run.json"
LOG = "run.log"

SAVING = ".save"
"""Ending of a checkpoint that is half written."""

SET_ASIDE = ".damaged"
"""In the name of a sweep's results that were set aside; the folder of a variation has no dot in its name."""

_MARKER_LOCK = ".driftsim.marker.lock"
_STAGE, _READY = ".new", ".ready"
_TEMPORARY = re.compile(r"\.driftsim-[0-9a-f]{16}(\.new|\.ready|\.save|\.part)")
_PARTITION = re.compile(r"arrivals-\d{5,}-of-\d{5,}\.nc")
_LINE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ")


class Names(NamedTuple):
    """What a run or a sweep writes: results (the last of them says that all are there), and what is made of them."""

    results: tuple[str, ...]
    made: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


NAMES = {
    "run": Names(
        (
            "arrivals.nc",
            "arrivals.csv",
            "arrivals.parquet",
            "landings_by_km.csv",
            "members.csv",
            "tracks.nc",
            "density.nc",
            "forcing_mean.nc",
            "config.toml",
            "summary.json",
        ),
        ("landing_map.png", "density_map.png"),
        (TIMINGS, CHECKPOINT),
    ),
    "part": Names(
        ("arrivals.nc", "counts.npz", "forcing_mean.nc", "config.toml", "part.json"), (), (TIMINGS, CHECKPOINT)
    ),
    "sweep": Names(("tornado.png", "sweep.csv", "sweep.json")),
}


class Folder:
    """The folder of a run or a sweep, held against a second one until released; a context manager.

    Nothing in it is changed before `accept`.

    Parameters
    ----------
    path : Path
        There, and a folder.
    kind : str
        ``run``, ``part`` or ``sweep``.

    Attributes
    ----------
    path
        The folder.
    finished
        Whether results stand that an earlier process had ready and not yet moved.
    """

    def __init__(self, path: Path, kind: str = "run") -> None:
        self.path, self.kind, self.finished = path, kind, False
        self._names = NAMES[kind]
        self._stage: Path | None = None
        self._lock: int | None = hold(
            path / LOCK, "another run is writing into this folder; wait for it, or choose another folder with -o"
        )

    def release(self) -> None:
        """Let go of the folder; nothing of the lock, or of results that were not whole, stays behind."""
        if self._stage is not None:
            _discard(self._stage)
            self._stage = None
        if self._lock is not None:
            let_go(self.path / LOCK, self._lock)
            self._lock = None

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    @property
    def stage(self) -> Path:
        """Where the results are written, each under its own name, before `commit`."""
        if self._stage is None:
            self.accept()
        assert self._stage is not None
        return self._stage

    def refuse(self, overwrite: bool) -> None:
        """Stop where something is in the way; with ``overwrite``, where it does not prove itself driftsim's.

        Raises
        ------
        InputError
            Names it.
        """
        marker = read_marker(self.path)
        if os.path.lexists(self.path / CHECKPOINT) and not overwrite:
            raise InputError(
                f"{self.path}: holds an unfinished run; go on with `driftsim resume {self.path}`, use --overwrite, "
                "or choose another folder with -o"
            )
        if marker is not None and marker.kind not in (self.kind, "figures"):
            raise InputError(f"{self.path}: is the folder of a {marker.kind}; choose another folder with -o")
        there = self._there(marker)
        for name in there:
            fault = self._fault(name, marker)
            if fault:
                raise InputError(
                    f"{self.path / name}: {fault}, so it may not be replaced; move it away, or choose another folder "
                    "with -o"
                )
        if there and not overwrite:
            raise InputError(
                f"{self.path}: holds results already ({', '.join(there[:3])}{', ...' if len(there) > 3 else ''}); "
                "use --overwrite, or choose another folder with -o"
            )

    def _there(self, marker: Marker | None) -> list[str]:
        """Files in the folder that would be replaced or deleted."""
        results, made, others = self._names
        listed = marker.files if marker is not None else ()
        names = dict.fromkeys((*results, *made, *others, *listed))
        return [name for name in names if os.path.lexists(self.path / name)]

    def _fault(self, name: str, marker: Marker | None) -> str:
        """Why a file may not be replaced; empty where it proves itself."""
        if name in _PROOFS:
            try:
                with open_plain(self.path / name) as stream:
                    return "" if _PROOFS[name](stream.read(_PROOF_BYTES)) else f"is no {name} of driftsim"
            except OSError as problem:
                return f"is no file of driftsim ({problem.strerror or problem})"
        if marker is None:
            return f"is there without a {MARKER} that says it is a {self.kind}'s"
        return marker.fault(name)

    def accept(self, reads: Iterable[Path | str] = ()) -> None:
        """Begin to change the folder: what was accepted may write now. What processes that were killed left is removed.

        Parameters
        ----------
        reads : iterable of path
            Files that the run reads, its config among them.

        Raises
        ------
        InputError
            If one of them would be replaced.
        """
        targets = [self.path / name for name in self._there(read_marker(self.path))]
        for file in map(Path, reads):
            if any(_is_same(file, target) for target in targets):
                raise InputError(f"{file}: is read by this run, and would be replaced; choose another folder with -o")
        for left in _temporaries(self.path):
            if left.suffix in (_STAGE, SAVING) or _is_old(left):
                _discard(left)
        self._stage = temporary(self.path, _STAGE)
        try:
            self._stage.mkdir()
            sync(self.path)
        except OSError as problem:
            raise self._cannot_write(problem) from problem

    def commit(self) -> None:
        """Move what is on the stage to its place: all of it, or after an interruption the rest with `settle`.

        Raises
        ------
        InputError
            If something that is not the run's has come in the way, or the system cannot write.
        """
        self.refuse(overwrite=True)
        stage, (results, made, _) = self.stage, self._names
        try:
            drawn = {name: Stamp.of(stage / name) for name in made if (stage / name).exists()}
            old = read_marker(self.path)
            others = old.made if old is not None and old.kind != self.kind else {}  # figures of other runs stay
            present = [name for name in results if (stage / name).exists()] + partitions(stage)
            write_marker(stage, present, self.kind, made={**others, **drawn})
            ready = stage.with_suffix(_READY)
            os.rename(stage, ready)
            self._stage = None
            sync(self.path)
        except OSError as problem:
            raise self._cannot_write(problem) from problem
        with _marker_held(self.path):
            self._move(ready)

    def settle(self) -> bool:
        """Finish moving results that were ready when a process ended; whether there were any.

        Each step may be done again, and the new marker comes last, so an interruption at any moment is made up for.

        Raises
        ------
        InputError
            If they are not whole any more, or cannot be moved.
        """
        with _marker_held(self.path):
            for ready in _temporaries(self.path):
                if ready.suffix == _READY:
                    self._see_whole(ready)
                    self._move(ready)
                    self.finished = True
        return self.finished

    def _see_whole(self, ready: Path) -> None:
        """See that results that were ready are whole, on the stage or in their places, and nothing in the way."""
        new, old = read_marker(ready), read_marker(self.path)
        if new is None and not any(ready.iterdir()):  # all moved
            return
        known = {name for name in new.files if _PARTITION.fullmatch(name)} if new is not None else set()
        if new is None or new.kind != self.kind or not new.files.keys() <= {*self._names.results, *known}:
            raise InputError(f"{ready}: holds no results of a {self.kind} that are whole; delete it")
        moved = replace(new, folder=self.path)
        for name in (*new.files, *(new.made.keys() & {*self._names.made})):
            there, waits = os.path.lexists(self.path / name), os.path.lexists(ready / name)
            if waits and (fault := new.fault(name)):
                raise InputError(f"{ready / name}: {fault}; delete {ready}, and {AGAIN}")
            if not waits and (fault := moved.fault(name)):
                raise InputError(f"{self.path / name}: {fault}; delete {ready}, and {AGAIN}")
            if there and waits and (fault := self._fault(name, old)):
                raise InputError(f"{self.path / name}: {fault}, so it may not be replaced; move it away")

    def _move(self, ready: Path) -> None:
        try:
            new, old = read_marker(ready), read_marker(self.path)
            if new is not None:
                self._replace(ready, new, old)
            if CHECKPOINT in self._names.others:
                (self.path / CHECKPOINT).unlink(missing_ok=True)
                sync(self.path)
            _discard(ready)
        except OSError as problem:
            raise self._cannot_write(problem) from problem

    def _replace(self, ready: Path, new: Marker, old: Marker | None) -> None:
        last = self._names.results[-1]
        coming = {*new.files, *(new.made.keys() & {*self._names.made}), *self._names.others}
        if old is not None and old.kind == self.kind:
            # Readers that know no marker go by the last file: without it, nothing in the folder looks complete.
            gone = [*([last] if (ready / last).exists() else []), *({*old.files, *old.made} - coming)]
            for name in gone:
                if not old.fault(name):
                    (self.path / name).unlink()
            sync(self.path)
        for group in (sorted(coming - {last}), [last], [MARKER]):
            for name in group:
                if (ready / name).exists():
                    os.replace(ready / name, self.path / name)
            sync(self.path)

    def _cannot_write(self, problem: OSError) -> InputError:
        return InputError(f"{self.path}: cannot be written to ({problem.strerror or problem}); choose another folder")

    def withdraw(self) -> None:
        """Take away results that are true no longer, the one that says that all are there first.

        Raises
        ------
        InputError
            If one of them does not prove itself.
        """
        self.refuse(overwrite=True)
        marker = read_marker(self.path)
        if marker is not None and marker.kind == self.kind:
            for name in (*self._names.results[::-1], MARKER):
                (self.path / name).unlink(missing_ok=True)
            sync(self.path)


def partitions(folder: Path) -> list[str]:
    """Names of the files that arrivals too many for one stand in, in the order of their boats."""
    return sorted(name for name in os.listdir(folder) if _PARTITION.fullmatch(name))


def prepare_folder(path: Path | str, overwrite: bool = False, unfinished: bool = False) -> Folder:
    """Make the folder of a run and hold it: before the run, so that nothing is computed in vain.

    Nothing that is in the folder is changed, unless results lie ready that a process had no time to move.

    Parameters
    ----------
    overwrite
        Whether results, or what an unfinished run has saved, may be in the folder and will go.
    unfinished
        Whether to go on with an unfinished run, which must be there.

    Raises
    ------
    InputError
        If it is a file, cannot be written to, holds results (and not ``overwrite``) or files that may not be replaced,
        or another run holds it.
    """
    if unfinished and not Path(path).is_dir():
        raise InputError(f"{path}: no such folder; give one that `driftsim run` has begun to fill")
    if unfinished and not _is_unfinished(Path(path)):
        raise InputError(f"{path}: holds no unfinished run (no {CHECKPOINT}); start one with `driftsim run CONFIG`")
    held = Folder(make_folder(path))
    try:
        held.settle()
        if not unfinished:
            held.refuse(overwrite)
    except BaseException:
        held.release()
        raise
    return held


def _is_unfinished(folder: Path) -> bool:
    return os.path.lexists(folder / CHECKPOINT) or any(left.suffix == _READY for left in _temporaries(folder))


# --- proofs ---------------------------------------------------------------------------------------------------------

_PROOF_BYTES = 1 << 20


def _is_timings(raw: bytes) -> bool:
    try:
        held = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        return False
    return isinstance(held, dict) and {"version", "machine"} <= held.keys()


def _is_checkpoint(raw: bytes) -> bool:
    """Empty, or an archive that begins with what we put first, damaged or not."""
    return not raw or (raw[:4] == b"PK\x03\x04" and raw[30:39] == b"about.npy")


def _is_log(raw: bytes) -> bool:
    return not raw or _LINE.match(raw) is not None


_PROOFS = {TIMINGS: _is_timings, CHECKPOINT: _is_checkpoint}


# --- what is left behind --------------------------------------------------------------------------------------------


def _temporaries(folder: Path) -> list[Path]:
    """Files and folders under temporary names of ours; no links."""
    with os.scandir(folder) as entries:
        return sorted(
            folder / entry.name
            for entry in entries
            if _TEMPORARY.fullmatch(entry.name)
            and (entry.is_dir(follow_symlinks=False) == entry.name.endswith((_STAGE, _READY)))
            and not entry.is_symlink()
        )


def _is_old(path: Path) -> bool:
    return path.suffix == ".part" and time.time() - path.lstat().st_mtime > SECONDS_PER_DAY


def _discard(path: Path) -> None:
    """Remove a file of ours, or a folder of ours with the files in it; folders within are left, and it with them."""
    with suppress(OSError):
        if not path.is_dir():
            path.unlink(missing_ok=True)
            return
        for file in path.iterdir():
            file.unlink()
        path.rmdir()


def _is_same(a: Path, b: Path) -> bool:
    try:
        return os.path.samefile(a, b)
    except OSError:
        return False


def remove_part(folder: Path) -> None:
    """Remove a part of a run that has been merged; what does not prove itself stays, and the folder with it."""
    marker = read_marker(folder)
    if marker is None or marker.kind != "part":
        return
    with Folder(folder, "part") as held:
        held.settle()
        for name in [name for name in marker.files if not marker.fault(name)]:
            (folder / name).unlink()
        for name, proves in (*_PROOFS.items(), (LOG, _is_log)):
            with suppress(OSError):
                with open_plain(folder / name) as stream:
                    proven = proves(stream.read(_PROOF_BYTES))
                if proven:
                    (folder / name).unlink()
        if not any(os.path.lexists(folder / name) for name in marker.files):
            (folder / MARKER).unlink()
    with suppress(OSError):
        folder.rmdir()


# --- files made of results ------------------------------------------------------------------------------------------


@contextmanager
def made(file: Path, *, overwrite: bool = False, ending: str = ".part", keep: bool = False) -> Iterator[Path]:
    """A path to write to for what a command makes of results; it takes its place when whole, and is noted there.

    A file that is there is replaced if driftsim made it and nobody has changed it, or with ``overwrite``; never one
    of the run itself.

    Parameters
    ----------
    file : Path
    overwrite : bool
    ending : str
        Of the temporary name, for libraries that go by it.
    keep : bool
        Mark the folder if it has no marker yet: for commands that fill a folder with files of names of their own.

    Raises
    ------
    InputError
        If the file may not be replaced, or cannot be written.
    """
    there = claim(file, overwrite)
    with whole(file, new=not there, ending=ending) as half:
        yield half
    marker = _marker(file.parent)
    if marker is not None or (keep and not os.path.lexists(file.parent / MARKER)):
        _note(file)


def claim(file: Path, overwrite: bool) -> bool:
    """Whether a file is there that may be replaced; see `made`.

    Raises
    ------
    InputError
        If it is there and may not.
    """
    if not os.path.lexists(file):
        return False
    marker = _marker(file.parent)
    if file.is_dir():
        raise InputError(f"{file}: is a folder; give the name of a file with -o")
    if file.name in (CHECKPOINT, TIMINGS, LOG, LOCK, MARKER) or (marker is not None and file.name in marker.files):
        raise InputError(f"{file}: belongs to the run itself; give another name with -o")
    listed = marker is not None and file.name in marker.made and not marker.fault(file.name)
    if not (listed or overwrite):
        raise InputError(f"{file}: exists already; use --overwrite, or choose another place with -o")
    return True


def _marker(folder: Path) -> Marker | None:
    """The marker of a folder where it has one that can be read: what it lists may be replaced."""
    try:
        return read_marker(folder)
    except InputError:
        return None


def _note(file: Path) -> None:
    """Add a file to what its folder's marker says was made."""
    folder = file.parent
    try:
        with _marker_held(folder):
            marker = _marker(folder) or write_marker(folder, (), "figures")
            put_marker(replace(marker, made={**marker.made, file.name: Stamp.of(file)}))
    except OSError as problem:
        raise InputError(f"{folder / MARKER}: cannot be written ({problem.strerror or problem})") from problem


@contextmanager
def _marker_held(folder: Path, tries: int = 50) -> Iterator[None]:
    """Keep others from changing the folder's marker for a moment."""
    for n in range(tries):
        try:
            lock = hold(folder / _MARKER_LOCK, "another command is writing into this folder; try again")
            break
        except Busy:
            if n == tries - 1:
                raise
            time.sleep(0.1)
    try:
        yield
    finally:
        let_go(folder / _MARKER_LOCK, lock)


# --- the log --------------------------------------------------------------------------------------------------------


def log(folder: Path, text: str) -> None:
    """Add a line to the folder's log: one line, whatever is in the text.

    That it cannot be written stops nothing; one that is somebody else's is left alone.
    """
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    line = clean(text).replace("\n", "; ")
    with suppress(OSError):
        handle = _open_log(folder / LOG)
        try:
            os.write(handle, f"{moment} {line}\n".encode())
        finally:
            os.close(handle)


def _open_log(file: Path) -> int:
    """The log, open at its end; `OSError` where it is a link, has a second name, or is somebody else's."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(file, flags, 0o644)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            raise OSError(errno.EINVAL, "is no file of its own", str(file))
        if not _is_log(os.read(handle, 100)):
            raise OSError(errno.EINVAL, "is no log of driftsim", str(file))
    except BaseException:
        os.close(handle)
        raise
    return handle
