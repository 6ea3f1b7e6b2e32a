"""An entry of the catalogue of public products: what one is called inside its files, what it holds, whom to thank.

An entry is data. What a provider's layout asks of the reader (axis order, packing, branch of longitude, direction of
latitude) is read from the file itself. An entry says what the file does not: the variables to take, what a time stamp
means, which parts of the motion are in the numbers, and the credit line. Beside that it says how the provider
publishes the series, for people and for ``driftsim inspect``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Names = tuple[tuple[str, str], ...]

STANDARD_NAMES: dict[str, Names] = {
    "current": (
        ("eastward_sea_water_velocity", "northward_sea_water_velocity"),
        ("surface_eastward_sea_water_velocity", "surface_northward_sea_water_velocity"),
        ("surface_geostrophic_eastward_sea_water_velocity", "surface_geostrophic_northward_sea_water_velocity"),
        ("sea_water_x_velocity", "sea_water_y_velocity"),
    ),
    "wind": (("eastward_wind", "northward_wind"), ("x_wind", "y_wind")),
    "stokes": (
        ("sea_surface_wave_stokes_drift_eastward_velocity", "sea_surface_wave_stokes_drift_northward_velocity"),
        ("sea_surface_wave_stokes_drift_x_velocity", "sea_surface_wave_stokes_drift_y_velocity"),
        ("eastward_surface_stokes_drift", "northward_surface_stokes_drift"),
    ),
}
"""CF standard names by kind, most wanted first (CF table 86; the last pair of ``stokes`` is ECMWF's)."""

POLAR_NAMES: dict[str, Names] = {
    "current": (
        ("sea_water_speed", "sea_water_velocity_to_direction"),
        ("sea_water_speed", "direction_of_sea_water_velocity"),
        ("sea_water_speed", "sea_water_velocity_from_direction"),
    ),
    "wind": (("wind_speed", "wind_from_direction"), ("wind_speed", "wind_to_direction")),
    "stokes": (),
}
"""CF standard names of a speed and a direction, by kind."""

GEOSTROPHIC_NAMES = (
    "surface_geostrophic_eastward_sea_water_velocity",
    "surface_geostrophic_eastward_sea_water_velocity_assuming_sea_level_for_geoid",
    "geostrophic_eastward_sea_water_velocity",
)
"""Standard names of an eastward component that is geostrophic only, whatever the product."""

PARTS = ("geostrophic", "ekman", "tide", "stokes")
"""What a current may be made of; the simulation adds no part that a product already holds."""


@dataclass(frozen=True)
class Published:
    """How the provider publishes a series. The reader goes by the file; this is what a file is expected to be.

    Attributes
    ----------
    dataset : str
        The provider's own names.
    grid : str
        Resolution, size, branch of longitude, direction of latitude.
    axes : str
        Order of the dimensions.
    values : str
        Units, packing, fill.
    time : str
        Units of the time axis, calendar, spacing, mean or instantaneous.
    depth : str
        Levels, and which is taken.
    covers : str
        Dates.
    login : str
        What a download asks for.
    unconfirmed : str
        What of this is general knowledge that no page or file confirmed.
    """

    dataset: str
    grid: str
    axes: str
    values: str
    time: str
    depth: str
    covers: str
    login: str
    unconfirmed: str = ""


@dataclass(frozen=True)
class Product:
    """One provider's series.

    Attributes
    ----------
    key, title : str
    names : dict of str to tuple of (str, str)
        For each kind the product can be, its pairs of variables, most wanted first; matched without regard to case.
    stamp : str
        What a time stamp means where the file has no time bounds: ``instant``; ``middle``, ``start`` or ``end`` of the
        interval of a mean; ``day``, a mean stamped anywhere within the middle day of its interval (toolbox files say
        00:00, older ones 12:00, both mean the day); ``cell_methods``, as the variable's attribute says.
    step_hours : float
        The usual spacing, hours; 0 unknown.
    holds : tuple of str or None
        Which of `PARTS` a current holds; None: unknown.
    parts : dict of str to tuple of str
        The same for other variables of the product, by their eastward name in lower case.
    record : str
        ``climatology``, ``reanalysis``, ``analysis`` or ``observation``.
    depth_m : float
        The level of a current taken is the nearest to this depth.
    zero_is_land : bool
        Both components exactly zero mean land.
    calendars : dict of str to str
        Calendar attributes that the provider is known to write wrongly, and what they mean.
    licence, credit, doi, note : str
    hints : tuple of str
        What the name or the title of a file says of the product, in lower case.
    published : Published or None
    """

    key: str
    title: str
    names: dict[str, Names]
    credit: str
    stamp: str = "instant"
    step_hours: float = 0.0
    holds: tuple[str, ...] | None = None
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    record: str = "analysis"
    depth_m: float = 0.0
    zero_is_land: bool = False
    calendars: dict[str, str] = field(default_factory=dict)
    licence: str = ""
    doi: str = ""
    note: str = ""
    hints: tuple[str, ...] = ()
    published: Published | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the product can be."""
        return tuple(self.names)

    def held(self, variable: str, standard_name: str = "") -> tuple[str, ...] | None:
        """Which of `PARTS` a current holds that is read from this (eastward) variable; None: unknown."""
        if variable.lower() in self.parts:
            return self.parts[variable.lower()]
        own = {name.lower() for name, _ in self.names.get("current", ())}
        if own and variable.lower() in own:
            return self.holds
        if standard_name in GEOSTROPHIC_NAMES:
            return ("geostrophic",)
        return None

    def describe(self, kind: str, holds: tuple[str, ...] | None, level: str = "") -> str:
        """What is in the numbers, in one sentence for outputs; ``holds`` as `held` says, ``level`` as the file does."""
        if kind == "current" and holds is not None:
            inside = [part for part in PARTS if part in holds]
            outside = [part for part in PARTS if part not in holds]
            text = (
                "holds: "
                + (", ".join(inside) or "none of the parts")
                + (f"; without: {', '.join(outside)}" if outside else "")
            )
        elif kind == "current":
            text = "what the current holds (Ekman drift, tide, Stokes drift) is not known"
        elif kind == "stokes":
            text = "surface Stokes drift"
        if kind == "wind":
            text = f"wind at {level}" if level else "wind; the file does not say at which height, 10 m is assumed"
        elif level:
            text += f"; at {level}"
        return f"{text}; {self.note}" if self.note else text


GENERAL_CIRCULATION = ("geostrophic", "ekman")
NO_LOGIN = "none"
EARTHDATA = "Earthdata account"
TIME_LAT_LON = "time, latitude, longitude"
TIME_DEPTH_LAT_LON = "time, depth, latitude, longitude"
