"""Reference runs of a config: the same boats, places and dates, and less physics."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from .. import config as configuration
from ..config.models import DRAWN
from ..system.disk import make_folder, whole
from ..system.errors import InputError
from ..system.kinds import Json

DOWNWIND_PERCENT = 3.0
"""Drift of the downwind reference, percent of the wind: the middle of the 2 to 4 % that are reckoned with for boats."""


def baselines(config: configuration.Config, folder: Path, warn: Callable[[str], None] | None = None) -> list[Path]:
    """Write the configs of the reference runs of a config: the same boats, places and dates, and less physics.

    ``straight_downwind.toml`` has no current and no mixing: boats go where the wind blows, at 3 % of its speed.
    ``currents_only.toml`` has the geostrophic current, its eddies and the config's mixing: no wind, no waves, no
    leeway, and no Ekman drift, which is wind. Where a product has that in the same numbers, there is no such reference.

    Parameters
    ----------
    config : Config
    folder : Path
        Made if it does not exist.
    warn : callable, optional
        Called with a sentence where the second reference cannot be made, or nobody knows what its current holds.

    Returns
    -------
    list of Path
        The configs written.

    Raises
    ------
    InputError
        If the config has no wind or no current, a file of the current cannot be used, or a config is there or cannot be
        written.
    """
    if config.wind is None or config.current.product == "none":
        lacking = "wind" if config.wind is None else "current"
        raise InputError(f"the config has no {lacking}: of its two references one would be the run itself")
    given = configuration.tables(config)
    boats = given["boats"]
    given.pop("stokes", None)
    # Members draw the same places and dates: what they draw of boats, fields and mixing the references do not have.
    drawn = given.pop("uncertain", {})
    if "release" in drawn:
        given["uncertain"] = {"members": drawn["members"], "release": drawn["release"]}
    afloat = {"number": boats["number"], **({"sinking": boats["sinking"]} if "sinking" in boats else {})}
    still = dict.fromkeys(("diffusivity_m2_s", "flight_speed_m_s", "current_error_m_s", "wind_error_m_s"), 0.0)
    downwind = {
        **given,
        "run": {**given["run"], "title": f"straight downwind, {DOWNWIND_PERCENT:g} % of the wind"},
        "current": {"product": "none"},
        "boats": {**afloat, "classes": [{"windage_percent": DOWNWIND_PERCENT}]},
        "mixing": still,
    }
    current, doubt = _without_wind(config, given["current"])
    if current is not None and config.current.draws_eddies and config.wind.product in DRAWN:
        current["members"] = config.current.members or config.wind.members  # the same eddies, member by member
    if doubt and warn is not None:
        warn(doubt)
    made = {folder / "straight_downwind.toml": downwind}
    if current is not None:
        made[folder / "currents_only.toml"] = {
            **{name: table for name, table in given.items() if name != "wind"},
            "run": {**given["run"], "title": "currents without wind"},
            "current": current,
            "boats": {**afloat, "classes": [{"windage_percent": 0.0}]},
            "mixing": {**given["mixing"], "wind_error_m_s": 0.0},
        }
    for path in made:
        if os.path.lexists(path):
            raise InputError(f"{path}: exists already; choose another folder with -o")
    make_folder(folder)
    for path, tables in made.items():
        text = configuration.dump(configuration.parse(tables, name=path))
        with whole(path, new=True) as beside:
            beside.write_text(text, encoding="utf-8", newline="\n")
    return list(made)


def _without_wind(config: configuration.Config, given: Json) -> tuple[Json | None, str]:
    """The current's table with nothing in it that the wind has made, or None; and what is to be said of it."""
    from ..forcing import catalogue
    from ..forcing.open import open_source

    table = {**{key: value for key, value in given.items() if key != "ekman_angle_deg"}, "ekman_percent": 0.0}
    section, period = config.current, (config.run.start_epoch, config.run.end_epoch)
    if section.product in catalogue.GENERATED:
        return table, ""
    parts = catalogue.find(section.product, "current").parts
    geostrophic = [name for name, holds in parts.items() if holds == ("geostrophic",)]
    title = section.product
    for u in ("", *geostrophic):
        named = {"u": u, "v": "v" + u[1:]} if u else {}
        try:
            source = open_source("current", section.model_copy(update=named), config.coast.domain, period)
        except InputError:
            if not u:
                raise
            continue  # the files have none of that name
        holds, title = source.info["holds"], source.info["title"]
        if holds is None:
            return table, f"nobody knows what {title} holds: currents_only is without wind only if the files are"
        if not {"ekman", "stokes"} & set(holds):
            return {**table, **named}, ""
    return None, (
        f"{title} holds Ekman or Stokes drift, which is wind, in the same numbers as the rest: there is no "
        "currents_only; compare with a geostrophic current (current.u, current.v, or another product)"
    )
