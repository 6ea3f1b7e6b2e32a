"""What the motion is made of: which terms the current holds, what is added to it, and that none is there twice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..system.errors import InputError
from ..system.kinds import Json
from .assumptions import Assumptions

if TYPE_CHECKING:
    from ..config import Config
    from ..forcing.source import Source

EKMAN_PERCENT = 1.0
"""Ekman drift of the surface, percent of the wind, where the current lacks it."""


def ekman(config: Config, sources: Json) -> tuple[float, float]:
    """The Ekman drift that the run adds, as fractions of the wind: downwind, and to its right (left in the south).

    It is added to a current that is known to be geostrophic only, where there is a wind, or as
    ``current.ekman_percent`` says; the current's ``info`` tells it to the outputs.

    Parameters
    ----------
    config : Config
    sources : dict of str to Source
        Open fields by kind.

    Raises
    ------
    InputError
        If it is asked for and the current holds it, or there is no wind.
    """
    section, source = config.current, sources.get("current")
    if source is None:
        return 0.0, 0.0
    holds, said = source.info.get("holds"), section.ekman_percent
    title = source.info.get("title", section.product)
    if said and holds is not None and "ekman" in holds:
        raise InputError(
            f"current.ekman_percent = {said:g}: {title} holds Ekman drift already, which would be there twice; "
            "leave the key out, or name geostrophic variables with current.u and current.v"
        )
    lacks = holds is not None and "geostrophic" in holds and "ekman" not in holds
    percent = said if said is not None else EKMAN_PERCENT if lacks else 0.0
    if "wind" not in sources:
        if said:
            raise InputError(f"current.ekman_percent = {said:g} is a share of the wind: add a table [wind]")
        if lacks and said is None:
            _tell(source, None, "no wind is given, so no Ekman drift is added")
        return 0.0, 0.0
    angle = section.ekman_angle_deg
    if percent == 0.0:
        if lacks:
            _tell(source, None, "no Ekman drift is added, as the config asks")
        return 0.0, 0.0
    side = f"{abs(angle):g}° to its {_side(angle, config.coast.domain)}"
    _tell(
        source,
        {"percent_of_wind": percent, "degrees_to_the_right": angle, "side": _side(angle, config.coast.domain)},
        f"Ekman drift of {percent:g} % of the wind, {side}, is added to what the boats follow",
    )
    return (
        0.01 * percent * math.cos(math.radians(angle)),
        0.01 * percent * math.sin(math.radians(angle)),
    )


def own_ekman(config: Config, sources: dict[str, Source], drawn: Assumptions) -> NDArray[np.float64] | None:
    """The Ekman drift of each member, (member, 2), as `ekman` has it for all; None where all have the same.

    Raises
    ------
    InputError
        If the current holds Ekman drift already.
    """
    keys = ("current.ekman_percent", "current.ekman_angle_deg")
    if "current" not in sources or not any(key in drawn.values for key in keys):
        return None
    section, holds = config.current, sources["current"].info.get("holds")
    if holds is not None and "ekman" in holds:
        key = next(key for key in keys if key in drawn.values)
        raise InputError(
            f"uncertain.{key}: {sources['current'].info.get('title', section.product)} holds Ekman drift already, "
            "which would be there twice; leave the key out"
        )
    lacks = holds is not None and "geostrophic" in holds
    percent = section.ekman_percent if section.ekman_percent is not None else EKMAN_PERCENT if lacks else 0.0
    angle = np.radians(drawn.of(keys[1], section.ekman_angle_deg))
    part = 0.01 * drawn.of(keys[0], percent)
    _tell(sources["current"], None, "each member has an Ekman drift of its own")
    return np.stack(np.broadcast_arrays(part * np.cos(angle), part * np.sin(angle)), axis=-1)


def _side(angle: float, domain: tuple[float, ...]) -> str:
    """Right or left of the wind, in the hemisphere of the run or in both."""
    north, south = ("right", "left") if angle >= 0.0 else ("left", "right")
    if domain[2] >= 0.0:
        return north
    return south if domain[3] <= 0.0 else f"{north}, {south} south of the equator"


def _tell(source: Source, added: Json | None, note: str) -> None:
    known = str(source.info.get("note", ""))
    if note not in known:
        source.info["note"] = f"{known}; {note}" if known else note
    if added is not None:
        source.info["ekman_added"] = added


def refuse_twice(config: Config, sources: Json) -> None:
    """See that Stokes drift is not there twice: in the current, and beside it or in the leeway table.

    Raises
    ------
    InputError
    """
    source = sources.get("current")
    if source is None or "stokes" not in (source.info.get("holds") or ()):
        return
    variables = ", ".join(source.info.get("variables", ()))
    here = f"the current ({variables} of {source.info.get('title', config.current.product)}) holds Stokes drift already"
    others = "name variables without it with current.u and current.v"
    if "stokes" in sources:
        raise InputError(f"[stokes]: {here}, which would be there twice; leave [stokes] out, or {others}")
    if any(kind.leeway for kind in config.boats.classes) or config.boats.capsizing is not None:
        raise InputError(
            f"current.product = {config.current.product!r}: {here}, and table leeway holds the push of the waves as "
            f"well; {others}, or give the boats windage_percent"
        )
