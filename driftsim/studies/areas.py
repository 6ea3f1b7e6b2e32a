"""Areas made for the command line: `driftsim.area.builder` does the work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def build(file: Path, output: Path | None, say: Callable[[str], None], *, overwrite: bool = False) -> Path:
    """Make the folder of an area from its ``area.toml``; see `driftsim.area.builder.folder.build`.

    Parameters
    ----------
    file : Path
    output : Path, optional
        By default the folder of the file.
    say : callable
        Told what has been done, a line at a time.
    overwrite : bool

    Returns
    -------
    Path
        That of the shoreline.
    """
    from ..area.builder import folder

    return folder.build(file, output or file.parent, say, overwrite=overwrite)
