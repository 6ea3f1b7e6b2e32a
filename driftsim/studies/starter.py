"""The starter config."""

from __future__ import annotations

from pathlib import Path

from ..system import resources
from ..system.disk import whole


def init(path: Path) -> None:
    """Write the starter config; never over a file that is there.

    Raises
    ------
    InputError
        If the file exists or cannot be written.
    """
    with whole(path, new=True) as beside:
        beside.write_bytes(Path(resources.config("starter.toml")).read_bytes())
