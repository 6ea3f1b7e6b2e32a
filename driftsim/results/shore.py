"""The shoreline that a finished run had: results outlive their area, but a map of them needs its coast."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..area.area import Area, built_in
from ..system.errors import InputError

if TYPE_CHECKING:
    from ..area.coast import Coast


def of_run(told: Area, given: Path | str | Area | None = None) -> Coast | None:
    """The coast of an area that results carry.

    Parameters
    ----------
    told : Area
        As the results carry it.
    given : path, str or Area, optional
        Where to look for it; by default among the areas that are built in.

    Returns
    -------
    Coast or None
        None: the area is none that is built in, and no other was given, or it has no shoreline.

    Raises
    ------
    InputError
        If the shoreline is another one than that of the run, or there is none where one was given.
    """
    from ..area import coast

    area = area_of(told, given)
    if area.path("shoreline.npz") is None:
        return None
    if told.shoreline_sha256 and area.shoreline_sha256 != told.shoreline_sha256:
        raise InputError(
            f"area {area.key}: its shoreline is not the one that the run had ({told.shoreline_sha256[:12]}..., not "
            f"{area.shoreline_sha256[:12]}...); give the run's own with --area, or run it again"
        )
    return coast.of(area)


def area_of(told: Area, given: Path | str | Area | None = None) -> Area:
    """The area with its folder, by the name that results carry or as given; else as they carry it.

    Raises
    ------
    InputError
        If none is where one was given.
    """
    if given is None:
        return Area.load(told.key) if told.key in built_in() else told
    return given if isinstance(given, Area) else Area.load(given)
