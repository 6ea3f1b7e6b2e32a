"""What an unfinished run leaves behind, so that nothing computed is lost: one file in its folder.

The file holds the run's config, what it was computed with, and from the first save on the boats and the observers at a
step. It is written whole or not at all, and goes when the results stand.
"""

from __future__ import annotations

import itertools
import json
import math
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from .. import config as configuration
from ..results import identity, placing, text_files
from ..system import door
from ..system.disk import whole
from ..system.errors import InputError, Interrupted
from ..system.kinds import AnyArray, Json, JsonView
from ..system.text import clean

if TYPE_CHECKING:
    from .simulation import Simulation

FILE = placing.CHECKPOINT
FORMAT = 2

_ANEW = "run the config anew, into another folder"
_SEEN = "what it has used so far must be the same"

CHANGEABLE = frozenset(
    f"{kind}.{key}"
    for kind in ("current", "wind", "stokes")
    for key in ("files", "fill_km", "zeros_are_land", "fastest_m_s", "max_gap_hours", "interval_hours", "stamp")
)
"""Keys that may be other from some step on, with ``--force``: how the levels to come are found and read."""

LEAST_S = 20.0
"""Time between two saves, at the least."""

SHARE = 0.02
"""Part of the time that saving may take."""

SLOW_BYTES_S = 25e6
"""What the first save is reckoned with, before there is one to go by: 60 MB took 2.4 s on a busy machine."""


@dataclass(frozen=True)
class Checkpoint:
    """An unfinished run.

    Attributes
    ----------
    file : Path
    config : Config
    made_with : dict
        Versions and processor.
    sources : str
        Hash of the program's sources.
    inputs : list
        The files that were read, with their checksums; empty before the first save.
    changes : list of dict
        What was other from some step on: ``step``, ``moment`` (UTC) and ``changed``, sentences.
    arrays : dict of ndarray
        `Simulation.saved`; empty before the first save.
    """

    file: Path
    config: configuration.Config
    made_with: dict[str, str]
    sources: str
    inputs: list[Json]
    changes: list[Json]
    arrays: dict[str, AnyArray]

    @property
    def step(self) -> int:
        """The step to go on from."""
        return int(self.arrays["clock"][0]) if self.arrays else 0

    def other_config(self, other: configuration.Config, force: bool = False) -> list[str]:
        """What another config says otherwise; the number of threads may differ.

        Raises
        ------
        InputError
            Names the keys: those that the run is built on, and without ``force`` those that say how fields are read.
        """
        mine, theirs = (_flat(config.model_dump(mode="json")) for config in (self.config, other))
        keys = [
            key
            for key in sorted(mine.keys() | theirs.keys())
            if mine.get(key) != theirs.get(key) and key != "run.threads"
        ]
        firm = [key for key in keys if key not in CHANGEABLE]
        if keys and (firm or not force):
            told = [
                f"{key} is {mine.get(key)!r} in the run and {theirs.get(key)!r} in the config" for key in firm or keys
            ]
            way = "" if firm else f"go on with --force, which the results record ({_SEEN}), "
            raise InputError(
                f"{self.file.parent}: the config has changed since the run began: {'; '.join(told[:5])}; {way}"
                "put it back, or run it anew with --overwrite"
            )
        return [f"{key} {mine.get(key)!r} then, {theirs.get(key)!r} from here on" for key in keys]

    def other_inputs(self, simulation: Simulation, force: bool = False) -> list[str]:
        """Which input files are not those that the run began with.

        Raises
        ------
        InputError
            Names the files: those that boats are released by, and without ``force`` those of fields.
        """
        if not self.arrays:
            return []
        mine, theirs = (_by_path(files) for files in (self.inputs, json.loads(text_files.json_text(simulation.inputs))))
        changed = [path for path in sorted(mine.keys() | theirs.keys()) if mine.get(path) != theirs.get(path)]
        firm = [path for path in changed if path in {source.file for source in self.config.release.sources}]
        if changed and (firm or not force):
            way = "" if firm else f"go on with --force, which the results record ({_SEEN}), "
            raise InputError(
                f"{', '.join((firm or changed)[:5])}: not as it was when the run in {self.file.parent} began; {way}"
                "put it back, or run anew with --overwrite"
            )
        return [f"{path} as it is from here on ({_content(theirs.get(path))})" for path in changed]

    def other_sources(self, force: bool = False) -> list[str]:
        """Whether the program is another one than that which the run began with.

        Raises
        ------
        InputError
            If it is, and not ``force``.
        """
        if not self.arrays or self.sources == identity.sources():
            return []
        then, now = (_named(made) for made in (self.made_with, made_with()))
        if not force:
            raise InputError(
                f"{self.file.parent}: the sources of driftsim are not those that the run began with ({then} then, "
                f"{now} now): use those again, go on with --force, which the results record, or run anew with "
                "--overwrite"
            )
        return [f"sources of driftsim: {then}, {self.sources[:12]} then, {now}, {identity.sources()[:12]} from here on"]

    def restore(self, simulation: Simulation) -> None:
        """Bring a simulation of the same config to where this one stood.

        Raises
        ------
        InputError
            If another version has saved it in another way.
        """
        if not self.arrays:
            return
        try:
            simulation.restore(self.arrays)
        except ValueError as problem:
            raise InputError(f"{self.file}: {problem}; run the config anew with --overwrite") from problem

    def differences(self) -> list[str]:
        """What is other than when the run began and may change last bits: versions, processor."""
        now = made_with()
        return [
            f"{name} {self.made_with.get(name) or 'unknown'} then, {now[name] or 'unknown'} from here on"
            for name in now
            if now[name] != self.made_with.get(name) and name not in ("driftsim", "commit")
        ]


def made_with() -> dict[str, str]:
    """What the bits of a run depend on beside its config, inputs and the sources."""
    return {
        "driftsim": identity.version(),
        "commit": identity.git_commit(),
        **identity.libraries(computing_only=True),
        "processor": identity.processor(),
    }


def _named(made: Mapping[str, str]) -> str:
    commit = made.get("commit", "")
    return f"{made.get('driftsim') or 'unknown'}{f' of commit {commit[:12]}' if commit else ''}"


def _content(file: JsonView | None) -> str:
    """What tells a file's content, in short."""
    if not isinstance(file, Mapping):
        return "no longer read" if file is None else "read"
    return f"sha256 {str(file.get('sha256') or file.get('header_sha256') or 'unknown')[:12]}"


def _flat(value: object, key: str = "") -> Json:
    if not isinstance(value, dict):
        return {key: value}
    return {k: v for name, item in value.items() for k, v in _flat(item, f"{key}.{name}" if key else name).items()}


def _by_path(files: list[Json]) -> Json:
    """Each input file with what tells its content: everything noted of it."""
    return {str(file.get("path")) if isinstance(file, Mapping) else str(file): file for file in files}


def begin(folder: Path, config: configuration.Config) -> None:
    """Leave word in the folder that a run of this config has begun."""
    _write(folder, config, [], [], ())


def save(folder: Path, config: configuration.Config, simulation: Simulation, changes: Sequence[JsonView] = ()) -> None:
    """Leave a simulation in the folder as it stands, with what was other from some step on."""
    _write(folder, config, simulation.inputs, changes, simulation.saved_in_pieces())


def _write(
    folder: Path,
    config: configuration.Config,
    inputs: Sequence[Json | str],
    changes: Sequence[JsonView],
    arrays: Iterable[tuple[str, tuple[int, ...], Iterator[AnyArray]]],
) -> None:
    about = {
        "format": FORMAT,
        "config": configuration.dump(config),
        "made_with": made_with(),
        "sources": identity.sources(),
        "inputs": inputs,
        "changes": changes,
    }
    text = np.frombuffer(text_files.json_text(about).encode(), np.uint8)
    with whole(folder / FILE, ending=placing.SAVING) as beside, zipfile.ZipFile(beside, "w") as archive:
        for name, shape, pieces in itertools.chain([("about", text.shape, iter([text]))], arrays):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as out:
                _put(out, shape, pieces)


def _put(out: IO[bytes], shape: tuple[int, ...], pieces: Iterator[AnyArray]) -> None:
    """An array as numpy's ``save`` writes it, a piece after the other."""
    for n, piece in enumerate(pieces):
        if n == 0:
            described = np.lib.format.dtype_to_descr(piece.dtype)
            np.lib.format.write_array_header_1_0(out, {"descr": described, "fortran_order": False, "shape": shape})
        out.write(np.ascontiguousarray(piece).tobytes())


def read(folder: Path | str) -> Checkpoint:
    """The unfinished run in a folder.

    Raises
    ------
    InputError
        If there is none, or its file is damaged.
    """
    file = Path(folder) / FILE
    if not file.exists():
        raise InputError(f"{folder}: holds no unfinished run (no {FILE}); start one with `driftsim run CONFIG`")
    arrays = door.read_arrays(file, _ANEW)
    about = _about(arrays.pop("about", None), file)
    config = configuration.parse_text(about["config"], Path(folder), name=file)
    return Checkpoint(file, config, about["made_with"], about["sources"], about["inputs"], about["changes"], arrays)


class Change(BaseModel):
    """What was other from a step on."""

    model_config = ConfigDict(strict=True)

    step: int
    moment: str
    changed: list[str]


class About(BaseModel):
    """What stands in the file beside the arrays."""

    model_config = ConfigDict(strict=True)

    format: Literal[2]
    config: str
    made_with: dict[str, str]
    sources: str
    inputs: list[dict[str, str | int | float | None] | str]
    changes: list[Change]


def _about(raw: AnyArray | None, file: Path) -> Json:
    if raw is None or raw.dtype != np.uint8 or raw.ndim != 1:
        raise InputError(f"{file}: damaged (it does not say what it is); {_ANEW}")
    try:
        found = json.loads(raw.tobytes())
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{file}: damaged ({clean(problem)[:100]}); {_ANEW}") from problem
    if isinstance(found, dict) and found.get("format") != FORMAT:
        raise InputError(f"{file}: of another version of driftsim; {_ANEW}")
    return door.shaped(found, About, str(file), _ANEW)


class Keeper:
    """Saves a simulation now and then: after each day it is asked, and does so when the last save has paid off.

    Parameters
    ----------
    folder : Path
    config : Config
    least_s : float
        Least time between saves, s; infinite for none but when the run is told to stop.
    stop : callable, optional
        The signal that asked the run to stop, or None.
    changes : sequence of mapping
        What was other from some step on (`Checkpoint.changes`).
    """

    def __init__(
        self,
        folder: Path,
        config: configuration.Config,
        least_s: float = LEAST_S,
        stop: Callable[[], int | None] | None = None,
        changes: Sequence[JsonView] = (),
    ) -> None:
        self._folder, self._config, self._least_s, self._stop = folder, config, least_s, stop
        self.changes = changes
        self.saves, self.seconds = 0, 0.0
        self._began, self._next = time.perf_counter(), math.nan

    def __call__(self, simulation: Simulation) -> None:
        """Save if it is time; the run's last step needs none, for its results follow.

        Raises
        ------
        Interrupted
            After saving, where the run was asked to stop.
        """
        asked = self._stop() if self._stop is not None else None
        if math.isnan(self._next):
            reckoned = simulation.saved_bytes / SLOW_BYTES_S
            self._next = self._began + max(self._least_s, reckoned / SHARE)
        if asked is None and time.perf_counter() < self._next:
            return
        if simulation.step < self._config.run.steps or asked is not None:
            began = time.perf_counter()
            save(self._folder, self._config, simulation, self.changes)
            took = time.perf_counter() - began
            self.saves, self.seconds = self.saves + 1, self.seconds + took
            self._next = time.perf_counter() + max(self._least_s, took / SHARE)
        if asked is not None:
            raise Interrupted(asked)
