"""What an unfinished run leaves behind, so that nothing computed is lost: one file in its folder.

The file holds the run's config, what it was computed with, and from the first save on the boats and the observers at a
step. It is written whole or not at all, and goes when the results stand.
"""

from __future__ import annotations

import json
import math
import time
import tomllib
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import config as configuration
from . import output, placing
from .disk import whole
from .errors import InputError, Interrupted

FILE = placing.CHECKPOINT
FORMAT = 1

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
    inputs : list
        The files that were read, with their checksums; empty before the first save.
    arrays : dict of ndarray
        `Simulation.saved`; empty before the first save.
    """

    file: Path
    config: configuration.Config
    made_with: dict[str, str]
    inputs: list[Any]
    arrays: dict[str, NDArray[Any]]

    @property
    def step(self) -> int:
        """The step to go on from."""
        return int(self.arrays["clock"][0]) if self.arrays else 0

    def refuse_other_config(self, other: configuration.Config) -> None:
        """Stop where a config is not the run's; the number of threads may differ.

        Raises
        ------
        InputError
            Names the keys.
        """
        mine, theirs = (_flat(config.model_dump(mode="json")) for config in (self.config, other))
        changed = [
            f"{key} is {mine.get(key)!r} in the run and {theirs.get(key)!r} in the config"
            for key in sorted(mine.keys() | theirs.keys())
            if mine.get(key) != theirs.get(key) and key != "run.threads"
        ]
        if changed:
            raise InputError(
                f"{self.file.parent}: the config has changed since the run began: {'; '.join(changed[:5])}; "
                "put it back, or run it anew with --overwrite"
            )

    def refuse_other_inputs(self, inputs: list[Any]) -> None:
        """Stop where an input file is not the one that the run began with.

        Raises
        ------
        InputError
            Names the files.
        """
        if not self.arrays:
            return
        mine, theirs = (_by_path(files) for files in (self.inputs, json.loads(output.json_text(inputs))))
        changed = [path for path in sorted(mine.keys() | theirs.keys()) if mine.get(path) != theirs.get(path)]
        if changed:
            raise InputError(
                f"{', '.join(changed[:5])}: not as it was when the run in {self.file.parent} began; "
                "put it back, or run anew with --overwrite"
            )

    def restore(self, simulation: Any) -> None:
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
            f"{name} {self.made_with.get(name) or 'unknown'} then, {now[name]} now"
            for name in now
            if now[name] != self.made_with.get(name)
        ]


def made_with() -> dict[str, str]:
    """What the bits of a run depend on beside its config and inputs."""
    import llvmlite.binding as llvm

    origin = output.provenance("", 0, {})
    return {
        "driftsim": origin["driftsim_version"],
        "commit": origin["git_commit"],
        **origin["libraries"],
        "processor": llvm.get_host_cpu_name(),
    }


def _flat(value: Any, key: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {key: value}
    return {k: v for name, item in value.items() for k, v in _flat(item, f"{key}.{name}" if key else name).items()}


def _by_path(files: list[Any]) -> dict[str, Any]:
    """Each input file with what tells its content: everything noted of it."""
    return {str(file.get("path")) if isinstance(file, Mapping) else str(file): file for file in files}


def begin(folder: Path, config: configuration.Config) -> None:
    """Leave word in the folder that a run of this config has begun."""
    _write(folder, config, [], {})


def save(folder: Path, config: configuration.Config, simulation: Any) -> None:
    """Leave a simulation in the folder as it stands."""
    _write(folder, config, simulation.inputs, simulation.saved())


def _write(folder: Path, config: configuration.Config, inputs: list[Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    about = {"format": FORMAT, "config": configuration.dump(config), "made_with": made_with(), "inputs": inputs}
    text = np.frombuffer(output.json_text(about).encode(), np.uint8)
    with whole(folder / FILE, ending=placing.SAVING) as beside, open(beside, "wb") as file:
        np.savez(file, allow_pickle=False, about=text, **arrays)


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
    try:
        # Every member carries a checksum, which reading it whole compares.
        with np.load(file, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        about = json.loads(arrays.pop("about").tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise InputError(f"{file}: damaged ({problem}); run the config anew with --overwrite") from problem
    if about.get("format") != FORMAT:
        raise InputError(f"{file}: of another version of driftsim; run the config anew with --overwrite")
    config = configuration.parse(tomllib.loads(about["config"]), Path(folder), name=file)
    return Checkpoint(file, config, about["made_with"], about["inputs"], arrays)


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
    """

    def __init__(
        self,
        folder: Path,
        config: configuration.Config,
        least_s: float = LEAST_S,
        stop: Callable[[], int | None] | None = None,
    ) -> None:
        self._folder, self._config, self._least_s, self._stop = folder, config, least_s, stop
        self.saves, self.seconds = 0, 0.0
        self._began, self._next = time.perf_counter(), math.nan

    def __call__(self, simulation: Any) -> None:
        """Save if it is time; the run's last step needs none, for its results follow.

        Raises
        ------
        Interrupted
            After saving, where the run was asked to stop.
        """
        asked = self._stop() if self._stop is not None else None
        if math.isnan(self._next):
            reckoned = sum(array.nbytes for array in simulation.saved().values()) / SLOW_BYTES_S
            self._next = self._began + max(self._least_s, reckoned / SHARE)
        if asked is None and time.perf_counter() < self._next:
            return
        if simulation.step < self._config.run.steps or asked is not None:
            began = time.perf_counter()
            save(self._folder, self._config, simulation)
            took = time.perf_counter() - began
            self.saves, self.seconds = self.saves + 1, self.seconds + took
            self._next = time.perf_counter() + max(self._least_s, took / SHARE)
        if asked is not None:
            raise Interrupted(asked)
